//! Whether a span failed, and why (`conventions.md` §4.2), from what every dialect shares: the OTLP
//! status, `error.*`, the last exception event, an HTTP status.

use crate::draft::{Draft, Text};
use vedette_model::{Attributes, Status, StatusCode};

/// Fills status and failure from the shared signs. Runs after the dialects.
pub fn fill(draft: &mut Draft<'_>) {
    let raw = draft.raw;
    let attributes = &raw.attributes;
    if raw.status.code == StatusCode::Error {
        draft.status("status.code", Status::Failed);
    }
    if attributes.str("error.type").is_some() {
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
    draft.text(Text::ErrorMessage, &["error.message", "exception.message"]);
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

/// The first line that says something; of a Python trace-back its last, where the exception is.
#[must_use]
pub fn message(text: &str) -> &str {
    let text = text.trim();
    let line = if text.starts_with("Traceback (most recent call last)") {
        text.lines().rev().find(|line| !line.trim().is_empty())
    } else {
        text.lines().find(|line| !line.trim().is_empty())
    };
    line.unwrap_or(text).trim()
}
