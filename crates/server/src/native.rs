//! Spans written by doors that receive none (runs API, batch API, Studio files), in the native dialect of
//! `normalize`. What such a door was told is kept whole in the attributes, like any other span.

use serde_json::Value as Json;
use std::sync::{Arc, LazyLock};
use vedette_model::{
    Attributes, Kind, NanoUsd, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, ScoreValue, SpanKey, StatusCode,
    Timestamp, Value, content_hash, cut, limits,
};

static NO_RESOURCE: LazyLock<Arc<Resource>> = LazyLock::new(Arc::default);

/// The span that a run's own spans hang from. It never comes itself: a span without a parent would close
/// its run, which only the sender's own word may do.
#[must_use]
pub fn root_key(run: RunKey) -> SpanKey {
    hashed_key(&format!("root of {run}"))
}

/// The key of a span that its door identifies by some text.
#[must_use]
pub fn hashed_key(text: &str) -> SpanKey {
    SpanKey(content_hash(text.as_bytes()).max(1).to_be_bytes())
}

/// A new run's key; in the order of time.
#[must_use]
pub fn new_run_key() -> RunKey {
    RunKey(*uuid::Uuid::now_v7().as_bytes())
}

/// A span below the run's root, to which attributes are added with [`Native`].
#[must_use]
pub fn span(door: &Arc<Scope>, run: RunKey, id: SpanKey, kind: Kind, name: &str, start: Timestamp) -> RawSpan {
    let mut attributes = Attributes::default();
    attributes.set("vedette.kind", kind.as_str());
    RawSpan {
        run,
        id,
        parent: Some(root_key(run)),
        name: cut(name, limits::NAME_BYTES).into_owned(),
        otel_kind: OtelKind::Internal,
        start,
        end: Some(start),
        status: RawStatus::default(),
        attributes,
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::clone(&NO_RESOURCE),
        scope: Arc::clone(door),
    }
}

/// The scope of a door's spans.
#[must_use]
pub fn scope(name: &str) -> Arc<Scope> {
    Arc::new(Scope { name: name.to_owned(), ..Scope::default() })
}

/// Attributes that are set only where there is a value.
pub trait Native {
    /// Text that is not empty, of bounded length.
    fn text(&mut self, key: &str, value: Option<&str>);
    /// A count.
    fn count(&mut self, key: &str, value: Option<u64>);
    /// Yes or no.
    fn flag(&mut self, key: &str, value: Option<bool>);
    /// US dollars.
    fn money(&mut self, key: &str, value: Option<NanoUsd>);
    /// Text as it is, anything else as JSON; nothing for what is empty.
    fn json(&mut self, key: &str, value: Option<&Json>);
    /// It failed, with a message and perhaps a type.
    fn fail(&mut self, error: Option<&Json>);
}

impl Native for RawSpan {
    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(text) = value.filter(|text| !text.is_empty()) {
            let text = bounded(&mut self.attributes, key, text);
            self.attributes.set(key, text);
        }
    }

    fn count(&mut self, key: &str, value: Option<u64>) {
        if let Some(count) = value {
            self.attributes.set(key, i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    fn flag(&mut self, key: &str, value: Option<bool>) {
        if let Some(flag) = value {
            self.attributes.set(key, flag);
        }
    }

    fn money(&mut self, key: &str, value: Option<NanoUsd>) {
        if let Some(amount) = value {
            self.attributes.set(key, amount.to_string());
        }
    }

    fn json(&mut self, key: &str, value: Option<&Json>) {
        let empty = |value: &&Json| match value {
            Json::Null => true,
            Json::String(text) => text.is_empty(),
            Json::Array(items) => items.is_empty(),
            Json::Object(pairs) => pairs.is_empty(),
            Json::Bool(_) | Json::Number(_) => false,
        };
        if let Some(value) = value.filter(|value| !empty(value)) {
            match value {
                Json::String(text) => self.text(key, Some(text)),
                other => self.text(key, Some(&other.to_string())),
            }
        }
    }

    fn fail(&mut self, error: Option<&Json>) {
        self.status.code = StatusCode::Error;
        let (kind, message) = error.map(failure_words).unwrap_or_default();
        self.text("vedette.error.type", kind.as_deref());
        let message = message.unwrap_or_default();
        self.status.message = bounded(&mut self.attributes, "status.message", &message).to_owned();
    }
}

/// The type and the message of an error that is text or an object of the two.
#[must_use]
pub fn failure_words(error: &Json) -> (Option<String>, Option<String>) {
    let word = |key: &str| error.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    match error {
        Json::Null | Json::Bool(_) => (None, None),
        Json::String(text) => (None, Some(text.clone())),
        Json::Object(_) => {
            let kind = word("type").or_else(|| word("error_type"));
            let message = word("message").or_else(|| word("error"));
            (kind, message.or_else(|| Some(error.to_string())))
        }
        other => (None, Some(other.to_string())),
    }
}

/// The text, or as much of it as a span takes; then its key is listed among what was cut, as the decoders do.
fn bounded<'t>(attributes: &mut Attributes, key: &str, text: &'t str) -> &'t str {
    if text.len() <= limits::STRING_BYTES {
        return text;
    }
    let mut listed = match attributes.get(RawSpan::TRUNCATED) {
        Some(Value::Array(listed)) => listed.clone(),
        _ => Vec::new(),
    };
    listed.push(key.into());
    attributes.set(RawSpan::TRUNCATED, Value::Array(listed));
    text.get(..text.floor_char_boundary(limits::STRING_BYTES)).unwrap_or_default()
}

/// A number, a yes or no, or a word; nothing else judges.
#[must_use]
pub fn score_value(value: &Json) -> Option<ScoreValue> {
    match value {
        Json::Bool(flag) => Some(ScoreValue::Bool(*flag)),
        Json::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(ScoreValue::Number),
        Json::String(text) => Some(ScoreValue::Text(cut(text, limits::NAME_BYTES).into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_told_is_kept_in_bounded_size_and_says_where_it_is_cut() {
        let long = "é".repeat(limits::STRING_BYTES);
        let mut raw = span(&scope("door"), RunKey([1; 16]), SpanKey([1; 8]), Kind::Event, &long, Timestamp(1));
        raw.text("text", Some(&long));
        raw.json("list", Some(&json!([long])));
        raw.json("short", Some(&json!(["word"])));
        raw.fail(Some(&json!({ "type": "E", "message": long })));
        let size = |key: &str| raw.attributes.str(key).map(str::len);
        assert_eq!((size("text"), size("list")), (Some(limits::STRING_BYTES), Some(limits::STRING_BYTES)));
        assert_eq!((size("short"), raw.status.message.len()), (Some(8), limits::STRING_BYTES));
        let listed = Value::Array(["text", "list", "status.message"].map(Value::from).to_vec());
        assert_eq!(raw.attributes.get(RawSpan::TRUNCATED), Some(&listed));
        assert!(raw.name.len() <= limits::NAME_BYTES);
    }
}
