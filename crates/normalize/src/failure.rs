//! Whether a span failed, and why (`conventions.md` §4.2), from what every dialect shares: the OTLP
//! status, `error.*`, the last exception event, an HTTP status.

use crate::draft::{Draft, Text, is_placeholder};
use crate::messages::parsed;
use serde_json::Value as Json;
use std::borrow::Cow;
use vedette_model::{Attributes, Status, StatusCode};

/// Fills status and failure from the shared signs. Runs after the dialects.
pub fn fill(draft: &mut Draft<'_>) {
    let raw = draft.raw;
    let attributes = &raw.attributes;
    if raw.status.code == StatusCode::Error {
        draft.status("status.code", Status::Failed);
    }
    if attributes.str("error.type").is_some_and(|kind| !is_placeholder(kind)) {
        draft.status("error.type", Status::Failed);
    }
    for key in ["http.response.status_code", "http.status_code"] {
        if attributes.get(key).and_then(vedette_model::Value::as_i64).is_some_and(|code| code >= 400) {
            draft.status(key, Status::Failed);
        }
    }
    if !matches!(draft.status, Some((Status::Failed | Status::Timeout | Status::Cancelled, _))) {
        return;
    }
    if raw.status.code == StatusCode::Error {
        draft.put_text(Text::ErrorMessage, "status.message", raw.status.message.as_str());
    }
    let exception = raw.events.iter().rev().find(|event| event.name == "exception").map(|event| &event.attributes);
    if let Some(exception) = exception {
        from_event(draft, Text::ErrorMessage, exception, "exception.message");
    }
    draft.text(Text::ErrorMessage, &["error.message", "exception.message", "langfuse.observation.status_message"]);
    draft.text(Text::ErrorKind, &["error.type"]);
    if let Some(exception) = exception {
        from_event(draft, Text::ErrorKind, exception, "exception.type");
    }
    draft.text(Text::ErrorKind, &["exception.type", "error.code"]);
}

fn from_event<'a>(draft: &mut Draft<'a>, field: Text, event: &'a Attributes, key: &'static str) {
    if let Some(text) = event.str(key) {
        draft.put_text(field, format!("event exception {key}"), text);
    }
}

/// What an error says, trace-back and wrapping taken off.
#[must_use]
pub fn message(text: &str) -> Cow<'_, str> {
    let line = line(text);
    if line.starts_with('{')
        && let Some(said) = said(&parsed(line), 0)
    {
        return Cow::Owned(said);
    }
    Cow::Borrowed(line)
}

/// The words inside an error object: `{"message": .., "data": {"error": ..}}`.
fn said(json: &Json, depth: usize) -> Option<String> {
    const WORDS: &[&str] = &["message", "error", "detail", "data"];
    match json {
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Json::Object(map) if depth < 4 => {
            let words = WORDS.iter().filter_map(|word| said(map.get(*word)?, depth + 1));
            Some(words.collect::<Vec<_>>().join(": ")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// The first line that says something; of a Python trace-back its last, where the exception is.
fn line(text: &str) -> &str {
    let text = text.trim();
    const TRACE_BACK: &str = "Traceback (most recent call last)";
    let text = match text.find(TRACE_BACK) {
        Some(at) if at > 0 => text.get(..at).unwrap_or(text).trim(),
        _ => text,
    };
    let line = if text.starts_with(TRACE_BACK) {
        text.lines().rev().find(|line| !line.trim().is_empty())
    } else {
        text.lines().find(|line| !line.trim().is_empty())
    };
    line.unwrap_or(text).trim()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::message;
    use crate::{Prices, normalize, sample};
    use vedette_model::{Attributes, RawEvent, RawStatus, Status, StatusCode};

    #[test]
    fn the_best_sign_of_a_failure_is_kept() {
        let exception = |kind: &str, text: &str| RawEvent {
            name: "exception".into(),
            attributes: [("exception.type", kind), ("exception.message", text)].into_iter().collect(),
            ..RawEvent::default()
        };
        let error = |message: &str| RawStatus { code: StatusCode::Error, message: message.into() };
        let none = Attributes::default;
        for (why, status, attributes, events, failed, kind, text) in [
            ("nothing wrong", RawStatus::default(), none(), vec![], false, None, None),
            (
                "an exception that was handled",
                RawStatus::default(),
                none(),
                vec![exception("E", "x")],
                false,
                None,
                None,
            ),
            (
                "status message first",
                error("boom"),
                none(),
                vec![exception("E", "other")],
                true,
                Some("E"),
                Some("boom"),
            ),
            (
                "the last exception",
                error(""),
                none(),
                vec![exception("A", "1"), exception("B", "2")],
                true,
                Some("B"),
                Some("2"),
            ),
            (
                "error.type alone",
                RawStatus::default(),
                [("error.type", "RateLimit")].into_iter().collect(),
                vec![],
                true,
                Some("RateLimit"),
                None,
            ),
            (
                "an HTTP status",
                RawStatus::default(),
                [("http.response.status_code", 429)].into_iter().map(|(k, v)| (k, i64::from(v))).collect(),
                vec![],
                true,
                None,
                None,
            ),
            (
                "a good HTTP status",
                RawStatus::default(),
                [("http.response.status_code", 200_i64)].into_iter().collect(),
                vec![],
                false,
                None,
                None,
            ),
            ("an error without words", error(""), none(), vec![], true, None, None),
        ] {
            let mut raw = sample::span("a span");
            raw.attributes = attributes;
            raw.status = status;
            raw.events = events;
            let span = normalize(&raw, &Prices::bundled());
            assert_eq!(span.status == Status::Failed, failed, "{why}");
            let failure = span.failure.unwrap_or_default();
            assert_eq!((failure.kind.as_deref(), failure.message.as_deref()), (kind, text), "{why}");
        }
    }

    #[test]
    fn a_trace_back_is_cut_to_what_it_says() {
        for (sent, said) in [
            (
                "ValueError('tool exploded')Traceback (most recent call last):\n\n  File \"/app\"",
                "ValueError('tool exploded')",
            ),
            ("Traceback (most recent call last):\n  File \"x\", line 1\nValueError: boom\n", "ValueError: boom"),
            ("\n first \n second", "first"),
            (
                "{'message': 'Error running tool', 'data': {'tool_name': 'broken', 'error': 'tool exploded'}}",
                "Error running tool: tool exploded",
            ),
            ("{\"error\": {\"message\": \"no such model\", \"code\": 404}}", "no such model"),
            ("{\"code\": 404}", "{\"code\": 404}"),
            ("", ""),
        ] {
            assert_eq!(message(sent), said);
        }
    }
}
