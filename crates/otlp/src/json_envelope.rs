//! The outer objects of an OTLP/JSON request: what is of one resource, of one scope, and these themselves. Their
//! members stay text until they are walked, and what is unknown is passed over, so that their size does not matter.

use crate::json::{Elements, Json, Key, parse};
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A request of any signal.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub spans: Option<Elements<'a>>,
    pub logs: Option<Elements<'a>>,
    pub metrics: Option<Elements<'a>>,
}

/// Everything of one resource, of any signal.
#[derive(Default)]
pub(crate) struct OfResource<'a> {
    pub resource: Option<&'a RawValue>,
    pub scopes: Option<Elements<'a>>,
}

/// Everything of one scope, of any signal.
#[derive(Default)]
pub(crate) struct OfScope<'a> {
    pub scope: Option<&'a RawValue>,
    pub schema_url: Option<&'a RawValue>,
    pub items: Option<Elements<'a>>,
}

/// A resource, or a scope.
#[derive(Default)]
pub(crate) struct Shared<'a> {
    pub name: Option<&'a RawValue>,
    pub version: Option<&'a RawValue>,
    pub attributes: Option<&'a RawValue>,
}

/// An item or an attribute, of which only the name is of interest.
#[derive(Default)]
struct Named<'a>(Option<&'a RawValue>);

/// Where a member of an object goes.
pub(crate) enum Member<'m, 'a> {
    /// Lists of one meaning are joined.
    List(&'m mut Option<Elements<'a>>),
    /// Of several the last stands.
    Text(&'m mut Option<&'a RawValue>),
}

/// An object of which some members are known, in either spelling.
pub(crate) trait Known<'a>: Default {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>>;
}

impl<'a> Known<'a> for Request<'a> {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>> {
        match key {
            "resourceSpans" | "resource_spans" => Some(Member::List(&mut self.spans)),
            "resourceLogs" | "resource_logs" => Some(Member::List(&mut self.logs)),
            "resourceMetrics" | "resource_metrics" => Some(Member::List(&mut self.metrics)),
            _ => None,
        }
    }
}

impl<'a> Known<'a> for OfResource<'a> {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>> {
        match key {
            "resource" => Some(Member::Text(&mut self.resource)),
            "scopeSpans" | "scope_spans" | "scopeLogs" | "scope_logs" | "scopeMetrics" | "scope_metrics" => {
                Some(Member::List(&mut self.scopes))
            }
            _ => None,
        }
    }
}

impl<'a> Known<'a> for OfScope<'a> {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>> {
        match key {
            "scope" => Some(Member::Text(&mut self.scope)),
            "schemaUrl" | "schema_url" => Some(Member::Text(&mut self.schema_url)),
            "spans" | "logRecords" | "log_records" | "metrics" => Some(Member::List(&mut self.items)),
            _ => None,
        }
    }
}

impl<'a> Known<'a> for Shared<'a> {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>> {
        match key {
            "name" => Some(Member::Text(&mut self.name)),
            "version" => Some(Member::Text(&mut self.version)),
            "attributes" => Some(Member::Text(&mut self.attributes)),
            _ => None,
        }
    }
}

impl<'a> Known<'a> for Named<'a> {
    fn member(&mut self, key: &str) -> Option<Member<'_, 'a>> {
        matches!(key, "key" | "name" | "eventName" | "event_name").then_some(Member::Text(&mut self.0))
    }
}

/// Reads an object.
///
/// # Errors
/// If the text is none, with the place.
pub(crate) fn object<'a, T: Known<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let object = parser.deserialize_any(Object(PhantomData))?;
    parser.end()?;
    Ok(object)
}

/// Reads an object, or nothing for `null`.
///
/// # Errors
/// As [`object`].
pub(crate) fn optional<'a, T: Known<'a>>(text: Option<&'a RawValue>) -> Result<T, serde_json::Error> {
    match text.map_or("null", RawValue::get) {
        "null" => Ok(T::default()),
        text => object(text),
    }
}

/// The name of an item, or the key of an attribute; empty if it cannot be read.
pub(crate) fn name_of(text: &RawValue) -> Cow<'_, str> {
    let Ok(Named(Some(name))) = optional(Some(text)) else { return Cow::Borrowed("") };
    match parse(name.get()) {
        Ok(Json::Text(name)) => name,
        _ => Cow::Borrowed(""),
    }
}

struct Object<T>(PhantomData<T>);

impl<'a, T: Known<'a>> Visitor<'a> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// Refused without repeating it.
    fn visit_str<E: Error>(self, _: &str) -> Result<T, E> {
        Err(E::custom("expected an object, not text"))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(key) = members.next_key_seed(Key)? {
            match object.member(&key) {
                Some(Member::List(list)) => {
                    if let Some(more) = members.next_value()? {
                        list.get_or_insert_default().join(more);
                    }
                }
                Some(Member::Text(text)) => *text = members.next_value::<Option<_>>()?.or(*text),
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(object)
    }
}
