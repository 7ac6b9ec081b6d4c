//! LiveKit Agents (voice): `lk.*`, with what people said marked `lk.pii.*` in the newer versions.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status, Value};

pub const DIALECT: Dialect = Dialect { name: "livekit", applies: |signs| signs.has(Family::LiveKit), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::LiveKit) && signs.scope != "livekit-agents" {
        return None;
    }
    let kind = match raw.name.as_str() {
        "job_entrypoint" | "agent_session" => Kind::Workflow,
        "agent_turn" => Kind::Agent,
        "function_tool" => Kind::Tool,
        // Holds the request that was made for it.
        "llm_node" => Kind::Custom,
        "llm_request" => Kind::Llm,
        _ => return None,
    };
    Some((kind, "(span name)"))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Agent, &["lk.agent_name", "lk.agent_label"]);
    draft.text(Text::Session, &["lk.room_sid", "lk.pii.room_name", "lk.room_name"]);
    draft.text(Text::User, &["lk.pii.participant_identity", "lk.participant_identity"]);
    draft.text(Text::Tool, &["lk.function_tool.name"]);
    draft.text(Text::ToolCallId, &["lk.function_tool.id"]);
    if raw.attributes.get("lk.function_tool.is_error").and_then(Value::as_bool) == Some(true) {
        draft.status("lk.function_tool.is_error", Status::Failed);
    }
    if let Some(seconds) = raw.attributes.get("lk.response.ttft").and_then(Value::as_f64) {
        draft.first_token_ns("lk.response.ttft", (seconds * 1e9) as i64);
    }
    draft.place(Slot::Sent, &["lk.pii.chat_ctx", "lk.chat_ctx"]);
    draft.place(Slot::Received, &["lk.pii.response.text", "lk.response.text"]);
    draft.place(
        Slot::Input,
        &[
            "lk.pii.function_tool.arguments",
            "lk.function_tool.arguments",
            "lk.pii.user_input",
            "lk.user_input",
            "lk.pii.input_text",
            "lk.input_text",
        ],
    );
    draft.place(Slot::Output, &["lk.pii.function_tool.output", "lk.function_tool.output"]);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Kind, Status};

    #[test]
    fn spans_are_told_by_name_in_old_and_new_words() {
        for pii in ["", "pii."] {
            let attributes = json!({
                "lk.function_tool.name": "f", "lk.function_tool.id": "c", "lk.function_tool.is_error": true,
                format!("lk.{pii}function_tool.arguments"): "{\"a\": 1}",
                format!("lk.{pii}function_tool.output"): "went wrong",
            });
            let span = normalize(&span_of("livekit-agents", "function_tool", attributes), &Prices::bundled());
            assert_eq!(
                (span.kind, span.tool.as_deref(), span.tool_call_id.as_deref()),
                (Kind::Tool, Some("f"), Some("c"))
            );
            assert_eq!((span.status, span.input_preview.as_deref()), (Status::Failed, Some("{\"a\": 1}")));
            assert_eq!(span.output_preview.as_deref(), Some("went wrong"));
        }
        for (name, kind) in [
            ("agent_session", Kind::Workflow),
            ("agent_turn", Kind::Agent),
            ("llm_node", Kind::Custom),
            ("llm_request", Kind::Llm),
            ("tts_node", Kind::Custom),
        ] {
            let raw = span_of("livekit-agents", name, json!({"lk.agent_label": "agent", "lk.response.ttft": 0.25}));
            let span = normalize(&raw, &Prices::bundled());
            assert_eq!((span.kind, span.first_token_ns), (kind, Some(250_000_000)), "{name}");
        }
    }
}
