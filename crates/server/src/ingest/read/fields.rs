//! Reading a JSON object field by field, so that an error names the field as its sender would:
//! `events[3].data.model`. Null is absence.

use crate::error::{ApiError, ErrorKind};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vedette_model::{NanoUsd, Timestamp, cut, json_values, limits};
use vedette_otlp::json_text;

type Result<T> = std::result::Result<T, ApiError>;

/// An object and where it stands.
#[derive(Clone)]
pub struct Fields<'a> {
    path: String,
    map: &'a Map<String, Json>,
}

/// A whole body. A value takes far more room once it is read than in the text, hence their bound.
pub fn parse_body(bytes: &[u8]) -> Result<Json> {
    if json_values(bytes) > limits::VALUES_PER_REQUEST {
        let message = format!("the body holds more than {} values; send smaller batches", limits::VALUES_PER_REQUEST);
        return Err(ApiError::new(ErrorKind::TooLarge, message));
    }
    serde_json::from_str(&json_text(bytes))
        .map_err(|error| ApiError::new(ErrorKind::Invalid, format!("the body is no JSON: {error}")))
}

/// A wrong word as an error tells it: quoted, and only its beginning.
#[must_use]
pub fn told(word: &str) -> String {
    let start: String = word.chars().take(limits::REFUSAL_NAME_CHARS).collect();
    if start.len() < word.len() { format!("{start:?}...") } else { format!("{start:?}") }
}

impl<'a> Fields<'a> {
    /// The object of a body, or of a part of it; `path` is empty for the body.
    pub fn of(json: &'a Json, path: impl Into<String>) -> Result<Self> {
        let path = path.into();
        match json.as_object() {
            Some(map) => Ok(Fields { path, map }),
            None if path.is_empty() => Err(ApiError::new(ErrorKind::Invalid, "the body must be a JSON object")),
            None => Err(ApiError::invalid(path.clone(), format!("{path} must be an object"))),
        }
    }

    /// A field's full name.
    #[must_use]
    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A field, unless it is null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Json> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// All of it, as sent.
    #[must_use]
    pub fn map(&self) -> &'a Map<String, Json> {
        self.map
    }

    fn read<T>(&self, key: &str, what: &str, read: impl FnOnce(&'a Json) -> Option<T>) -> Result<Option<T>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let name = self.name(key);
        let message = format!("{name} must be {what}");
        read(value).map(Some).ok_or_else(|| ApiError::invalid(name, message))
    }

    fn needed<T>(&self, key: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| ApiError::missing(self.name(key)))
    }

    /// Text; the empty one is absence.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>> {
        let fits = |text: &&str| text.len() <= limits::STRING_BYTES;
        Ok(self.read(key, "text", |value| value.as_str().filter(fits))?.filter(|text| !text.is_empty()))
    }

    /// Text that must be there.
    pub fn needed_text(&self, key: &str) -> Result<&'a str> {
        let text = self.text(key)?;
        self.needed(key, text)
    }

    /// A name: text of bounded length.
    pub fn label(&self, key: &str) -> Result<Option<Arc<str>>> {
        let what = format!("text of at most {} bytes", limits::NAME_BYTES);
        let label = self.read(key, &what, |value| value.as_str().filter(|text| text.len() <= limits::NAME_BYTES))?;
        Ok(label.filter(|text| !text.is_empty()).map(Arc::from))
    }

    /// A name that must be there.
    pub fn needed_label(&self, key: &str) -> Result<Arc<str>> {
        let label = self.label(key)?;
        self.needed(key, label)
    }

    /// ISO 8601, or Unix seconds.
    pub fn time(&self, key: &str) -> Result<Option<Timestamp>> {
        self.read(key, "a time such as 2026-01-31T12:00:00.000Z", |value| match value {
            Json::String(text) => Timestamp::parse(text),
            Json::Number(number) => number.as_f64().and_then(Timestamp::from_unix_seconds),
            _ => None,
        })
    }

    /// A time that must be there.
    pub fn needed_time(&self, key: &str) -> Result<Timestamp> {
        let time = self.time(key)?;
        self.needed(key, time)
    }

    /// A whole number, not negative.
    pub fn count(&self, key: &str) -> Result<Option<u64>> {
        self.read(key, "a whole number, not negative", |value| match value {
            Json::Number(number) => number
                .as_u64()
                .or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && (0.0..9e15).contains(n)).map(|n| n as u64)),
            _ => None,
        })
    }

    /// A count that must be there.
    pub fn needed_count(&self, key: &str) -> Result<u64> {
        let count = self.count(key)?;
        self.needed(key, count)
    }

    /// A length of time in milliseconds, a fraction allowed.
    pub fn milliseconds(&self, key: &str) -> Result<Option<std::time::Duration>> {
        self.read(key, "a number of milliseconds, not negative", |value| {
            let ms = value.as_f64().filter(|ms| (0.0..=1e15).contains(ms))?;
            Some(std::time::Duration::from_nanos((ms * 1e6).round() as u64))
        })
    }

    /// US dollars, as a decimal string or a number.
    pub fn money(&self, key: &str) -> Result<Option<NanoUsd>> {
        self.read(key, "US dollars such as \"0.0045\"", |value| match value {
            Json::String(text) => NanoUsd::parse(text),
            Json::Number(number) => NanoUsd::parse(&number.to_string()),
            _ => None,
        })
    }

    /// True or false.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.read(key, "true or false", Json::as_bool)
    }

    /// A list, of no more items than a request may have.
    pub fn list(&self, key: &str) -> Result<Option<&'a [Json]>> {
        let list = self.read(key, "a list", |value| value.as_array().map(Vec::as_slice))?;
        if list.is_some_and(|list| list.len() > limits::SPANS_PER_REQUEST) {
            let name = self.name(key);
            let message = format!("{name} holds more than {} items; send smaller batches", limits::SPANS_PER_REQUEST);
            return Err(ApiError { field: Some(name), ..ApiError::new(ErrorKind::TooLarge, message) });
        }
        Ok(list)
    }

    /// A list that must be there.
    pub fn needed_list(&self, key: &str) -> Result<&'a [Json]> {
        let list = self.list(key)?;
        self.needed(key, list)
    }

    /// The objects of a list, each with its place.
    pub fn items(&self, key: &str, list: &'a [Json]) -> impl Iterator<Item = Result<Fields<'a>>> {
        let name = self.name(key);
        list.iter().enumerate().map(move |(at, item)| Fields::of(item, format!("{name}[{at}]")))
    }

    /// An object.
    pub fn object(&self, key: &str) -> Result<Option<Fields<'a>>> {
        self.get(key).map(|value| Fields::of(value, self.name(key))).transpose()
    }

    /// Metadata: a flat object of bounded size; values that are no text are kept as JSON, long ones cut. Null is
    /// what is not said.
    pub fn flat(&self, key: &str) -> Result<BTreeMap<Arc<str>, Arc<str>>> {
        let map = self.read(key, "an object", Json::as_object)?;
        let text = |value: &Json| match value {
            Json::String(text) => Arc::from(cut(text, limits::METADATA_BYTES)),
            other => Arc::from(cut(&other.to_string(), limits::METADATA_BYTES)),
        };
        Ok(map
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .take(limits::METADATA_PER_RUN)
            .map(|(key, value)| (Arc::from(cut(key, limits::NAME_BYTES)), text(value)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_more_values_than_fit_is_refused_before_it_is_held() {
        let objects = limits::VALUES_PER_REQUEST / limits::JSON_OBJECT_VALUES;
        for items in ["1,".repeat(limits::VALUES_PER_REQUEST), "{},".repeat(objects)] {
            let body = format!("{{\"traces\":[{items}1]}}");
            assert_eq!(parse_body(body.as_bytes()).expect_err("refused").kind, ErrorKind::TooLarge);
        }
    }

    #[test]
    fn half_a_character_fails_nothing_beside_it() {
        let body = parse_body(b"\xef\xbb\xbf{\"agent\": \"cut \\ud83d\", \"name\": \"\xff\"}").expect("a body");
        assert_eq!(body, serde_json::json!({ "agent": "cut \u{fffd}", "name": "\u{fffd}" }));
    }

    #[test]
    fn a_list_of_more_items_than_a_request_may_have_is_refused_by_name() {
        let body = serde_json::json!({ "scores": vec![1; limits::SPANS_PER_REQUEST + 1] });
        let error = Fields::of(&body, "").expect("an object").list("scores").expect_err("refused");
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::TooLarge, Some("scores")));
    }

    #[test]
    fn metadata_is_kept_in_bounded_size() {
        let long = "m".repeat(1 << 20);
        let body = serde_json::json!({ "metadata": { "plan": "pro", "text": long, "list": [long], long.as_str(): 1, "unknown": null } });
        let metadata = Fields::of(&body, "").expect("an object").flat("metadata").expect("metadata");
        assert_eq!(metadata.len(), 4);
        assert_eq!(&*metadata["plan"], "pro");
        for (key, value) in &metadata {
            assert!(key.len() <= limits::NAME_BYTES && value.len() <= limits::METADATA_BYTES);
        }
        assert!(metadata["text"].ends_with('…'));
    }

    #[test]
    fn an_error_tells_the_beginning_of_a_long_word() {
        assert_eq!(told("done\n"), "\"done\\n\"");
        assert!(told(&"x".repeat(1 << 20)).len() < 100);
    }
}
