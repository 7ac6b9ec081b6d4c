//! OpenTelemetry's GenAI conventions, every spelling since 1.27: current names first, deprecated ones
//! after. Also their log events: one message each, or a whole operation.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::Place;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Value};

pub const DIALECT: Dialect = Dialect { name: "otel_genai", applies: |signs| signs.has(Family::GenAi), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::GenAi) {
        return None;
    }
    const KEY: &str = "gen_ai.operation.name";
    let kind = match raw.attributes.str(KEY)? {
        "chat" | "text_completion" | "generate_content" | "completion" | "responses" => Kind::Llm,
        "embeddings" | "embedding" => Kind::Embedding,
        "retrieval" | "search_memory" | "vector_db_retrieve" => Kind::Retriever,
        "rerank" => Kind::Reranker,
        "execute_tool" => Kind::Tool,
        "invoke_agent" => Kind::Agent,
        "invoke_workflow" | "chain" | "execute_task" => Kind::Workflow,
        "handoff" => Kind::Decision,
        // Set-up and steps inside an agent's work.
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Provider, &["gen_ai.provider.name", "gen_ai.system"]);
    draft.text(Text::Model, &["gen_ai.response.model"]);
    draft.text(Text::RequestModel, &["gen_ai.request.model"]);
    draft.text(Text::ResponseId, &["gen_ai.response.id"]);
    draft.text(Text::FinishReason, &["gen_ai.response.finish_reasons"]);
    draft.text(Text::Agent, &["gen_ai.agent.name"]);
    draft.text(Text::Workflow, &["gen_ai.workflow.name"]);
    // Pydantic AI makes one anew for each run, and hands it to what is traced below.
    let made_anew = raw.scope.name == "pydantic-ai" || raw.attributes.get("gen_ai.agent.call.id").is_some();
    let session = if made_anew { Text::WeakSession } else { Text::Session };
    draft.text(session, &["gen_ai.conversation.id"]);
    draft.text(Text::Tool, &["gen_ai.tool.name"]);
    draft.text(Text::ToolCallId, &["gen_ai.tool.call.id"]);
    draft.count(Count::Input, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]);
    draft.count(Count::Output, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]);
    draft.count(Count::Total, &["gen_ai.usage.total_tokens"]);
    draft.count(Count::CacheRead, &["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"]);
    draft.count(
        Count::CacheWrite,
        &[
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
        ],
    );
    draft.count(Count::Reasoning, &["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"]);
    draft.count(Count::CacheWrite1h, &["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"]);
    draft.count(Count::AudioInput, &["gen_ai.usage.audio.input_tokens"]);
    draft.count(Count::AudioOutput, &["gen_ai.usage.audio.output_tokens"]);
    draft.service_tier(&[
        "openai.response.service_tier",
        "anthropic.response.service_tier",
        "gen_ai.response.service_tier",
        "gen_ai.openai.response.service_tier",
    ]);
    for key in [
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.streaming.time_to_first_token",
    ] {
        if let Some(seconds) = raw.attributes.get(key).and_then(Value::as_f64) {
            draft.first_token_ns(key, (seconds * 1e9) as i64);
        }
    }
    if raw.attributes.str("gen_ai.operation.name") == Some("create_agent") {
        draft.noise("an agent is set up, not asked");
    }

    draft.place(Slot::System, &["gen_ai.system_instructions"]);
    draft.place(Slot::Sent, &["gen_ai.input.messages"]);
    draft.place(Slot::Received, &["gen_ai.output.messages"]);
    draft.place(Slot::Tools, &["gen_ai.tool.definitions"]);
    draft.place(Slot::Documents, &["gen_ai.retrieval.documents"]);
    if raw.attributes.has_prefix("gen_ai.request.") {
        draft.put_place(Slot::Parameters, "gen_ai.request.", Place::Object(&raw.attributes, "gen_ai.request."));
    }
    match draft.kind() {
        Kind::Tool => {
            draft.place(Slot::Input, &["gen_ai.tool.call.arguments"]);
            draft.place(Slot::Output, &["gen_ai.tool.call.result"]);
        }
        Kind::Retriever => draft.place(Slot::Input, &["gen_ai.retrieval.query.text"]),
        _ => {}
    }
    if raw.is_log_record() {
        log_event(raw, draft);
    }
}

/// `gen_ai.user.message` and its like: one message a record, its body the message.
fn log_event<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let Some(body) = raw.attributes.get(RawSpan::LOG_BODY) else { return };
    let (slot, role) = match raw.name.as_str() {
        "gen_ai.system.message" => (Slot::Sent, "system"),
        "gen_ai.user.message" => (Slot::Sent, "user"),
        "gen_ai.assistant.message" => (Slot::Sent, "assistant"),
        "gen_ai.tool.message" => (Slot::Sent, "tool"),
        "gen_ai.choice" => (Slot::Received, "assistant"),
        _ => return,
    };
    draft.put_place(slot, "log body", Place::Message(role, body));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Kind, RawSpan, Skeleton, Timestamp};

    #[test]
    fn a_log_record_speaks_by_direction_or_is_a_line() {
        let call = json!([{"id": "c", "type": "function", "function": {"name": "f"}}]);
        let answers = json!({"content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "21"}]}}]});
        for (name, body, kind, input, output) in [
            ("gen_ai.user.message", json!({"content": "hi"}), Kind::Event, Some("hi"), None),
            ("gen_ai.user.message", json!({"content": [{"text": "hi"}]}), Kind::Event, Some("hi"), None),
            ("gen_ai.user.message", json!("hi"), Kind::Event, Some("hi"), None),
            ("gen_ai.user.message", answers, Kind::Log, Some("21"), None),
            ("gen_ai.user.message", json!({}), Kind::Log, None, None),
            ("gen_ai.system.message", json!({"content": "be brief"}), Kind::Log, Some("be brief"), None),
            ("gen_ai.tool.message", json!({"id": "c", "content": "21 C"}), Kind::Log, Some("21 C"), None),
            ("gen_ai.tool.message", json!({"id": "c"}), Kind::Log, None, None),
            ("gen_ai.assistant.message", json!({"tool_calls": call}), Kind::Log, Some("f"), None),
            (
                "gen_ai.choice",
                json!({"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "21 C"}}),
                Kind::Event,
                None,
                Some("21 C"),
            ),
            ("gen_ai.choice", json!({"index": 0, "message": {"tool_calls": call}}), Kind::Event, None, Some("f")),
            ("gen_ai.choice", json!({"index": 0, "message": {"role": "assistant"}}), Kind::Log, None, None),
            ("app.started", json!("listening"), Kind::Log, Some("listening"), None),
        ] {
            let mut raw = span_of(
                "any",
                name,
                json!({"gen_ai.system": "openai", RawSpan::LOG: name, RawSpan::LOG_SEVERITY: "INFO"}),
            );
            raw.attributes.set(RawSpan::LOG_BODY, vedette_model::Value::from_json(body.clone()));
            let span = normalize(&raw, &Prices::bundled());
            let previews = (span.input_preview.as_deref(), span.output_preview.as_deref());
            assert_eq!((span.kind, previews), (kind, (input, output)), "{name} {body}");
            assert_eq!(span.level.as_deref(), (kind == Kind::Log).then_some("info"), "{name} {body}");
            let kept = Skeleton::of(&span, Timestamp(0));
            let shown = if kind == Kind::Event { previews } else { (None, None) };
            assert_eq!((kept.input_preview.as_deref(), kept.output_preview.as_deref()), shown, "{name} {body}");
        }
        let details = json!({
            RawSpan::LOG: "gen_ai.client.inference.operation.details",
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "21 C"}]}],
        });
        let span = normalize(&span_of("any", "gen_ai.client.inference.operation.details", details), &Prices::bundled());
        let previews = (span.input_preview.as_deref(), span.output_preview.as_deref());
        assert_eq!((span.kind, previews), (Kind::Event, (Some("hi"), Some("21 C"))));
    }
}
