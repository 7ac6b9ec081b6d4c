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
        "retrieval" | "search_memory" => Kind::Retriever,
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
