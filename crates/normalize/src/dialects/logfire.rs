//! Logfire: spans named by a template, with a readable `logfire.msg`; plain attributes typed by a JSON
//! schema; logs as spans without duration; its own wrappers around provider SDKs (`logfire.openai`).

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::body_usage;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status, Value};

pub const DIALECT: Dialect = Dialect { name: "logfire", applies: |signs| signs.has(Family::Logfire), fill };

const SPAN_TYPE: &str = "logfire.span_type";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Logfire) {
        return None;
    }
    match raw.attributes.str(SPAN_TYPE) {
        // The end of a streamed call: a second copy of what its span says.
        Some("log") if is_wrapper(signs.scope) => return Some((Kind::Event, SPAN_TYPE)),
        Some("log") => return Some((Kind::Log, SPAN_TYPE)),
        Some("pending_span") => return Some((Kind::Event, SPAN_TYPE)),
        _ => {}
    }
    // Wrappers of the time before operation names.
    const MODEL: &str = "gen_ai.request.model";
    let is_call = is_wrapper(signs.scope)
        && raw.attributes.get("gen_ai.operation.name").is_none()
        && raw.attributes.get(MODEL).is_some();
    is_call.then(|| (if raw.name.starts_with("Embedding") { Kind::Embedding } else { Kind::Llm }, MODEL))
}

/// `logfire.openai` and its like, as opposed to the user's own `logfire`.
fn is_wrapper(scope: &str) -> bool {
    scope.starts_with("logfire.")
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    let is_own = raw.scope.name == "logfire";
    draft.text(Text::Name, &["logfire.msg"]);
    if is_own {
        draft.tags("logfire.tags");
        draft.text(Text::Session, &["session_id", "conversation_id", "thread_id"]);
        draft.text(Text::User, &["user_id"]);
        draft.place(Slot::Output, &["return"]);
        if raw.parent.is_none() {
            for (key, value) in attributes.iter().filter(|(key, _)| !key.contains('.')) {
                draft.metadata("(attributes)", key, value);
            }
        }
    }
    if attributes.str(SPAN_TYPE) == Some("pending_span") {
        draft.noise("announces a span that comes when it ends");
    }
    const LEVEL: &str = "logfire.level_num";
    const ERROR: i64 = 17;
    let level = attributes.get(LEVEL).and_then(Value::as_i64);
    if draft.kind().is_point() {
        if is_wrapper(&raw.scope.name) {
            draft.usage_is_copy("logs of a streamed call repeat its usage");
        }
        if let Some(level) = level {
            let word = match level {
                ..9 => "debug",
                9..13 => "info",
                13..ERROR => "warn",
                _ => "error",
            };
            draft.put_text(Text::Level, LEVEL, word);
        }
    } else if level.is_some_and(|level| level >= ERROR) {
        draft.status(LEVEL, Status::Failed);
    }
    draft.usage_attribute("gen_ai.usage.raw");
    draft.place(Slot::Sent, &["request_data"]);
    draft.place(Slot::Received, &["response_data"]);
    if draft.kind().is_model_call() || is_wrapper(&raw.scope.name) {
        const RESPONSE: &str = "response_data";
        if let Some(usage) = attributes.str(RESPONSE).and_then(body_usage) {
            draft.usage_object(RESPONSE, &usage);
        }
    }
}
