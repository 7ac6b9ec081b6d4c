//! Vercel's AI SDK for TypeScript: versions 3 to 6 and the legacy telemetry of 7 (`ai.*`, scope `ai`),
//! and what version 7 says beyond the current conventions (scope `gen_ai`).

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::Place;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Value};

pub const DIALECT: Dialect =
    Dialect { name: "vercel_ai", applies: |signs| signs.has(Family::Ai) || signs.scope == "gen_ai", fill };

const OPERATION: &str = "ai.operationId";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Ai) {
        return None;
    }
    let kind = match raw.attributes.str(OPERATION)? {
        "ai.toolCall" => Kind::Tool,
        "ai.generateText" | "ai.streamText" => Kind::Agent,
        name if name.ends_with(".doGenerate") || name.ends_with(".doStream") => Kind::Llm,
        name if name.ends_with(".doEmbed") => Kind::Embedding,
        name if name.ends_with(".doRerank") => Kind::Reranker,
        _ => Kind::Workflow,
    };
    Some((kind, OPERATION))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    if attributes.str("gen_ai.operation.name") == Some("agent_step") {
        draft.noise("a step holds nothing of its own");
    }
    if let Some(millis) = attributes.get("ai.response.msToFirstChunk").and_then(Value::as_f64) {
        draft.first_token_ns("ai.response.msToFirstChunk", (millis * 1e6) as i64);
    }
    draft.text(Text::Provider, &["ai.model.provider"]);
    draft.text(Text::Model, &["ai.response.model"]);
    draft.text(Text::RequestModel, &["ai.model.id"]);
    draft.text(Text::ResponseId, &["ai.response.id"]);
    draft.text(Text::FinishReason, &["ai.response.finishReason", "ai.finishReason"]);
    draft.text(Text::Tool, &["ai.toolCall.name"]);
    draft.text(Text::ToolCallId, &["ai.toolCall.id"]);
    draft.text(Text::Agent, &["ai.telemetry.functionId", "resource.name"]);
    if draft.kind() == Kind::Workflow {
        draft.text(Text::Workflow, &["ai.telemetry.functionId", "resource.name"]);
    }
    draft.count(Count::Input, &["ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"]);
    draft.count(Count::Output, &["ai.usage.outputTokens", "ai.usage.completionTokens"]);
    draft.count(Count::Total, &["ai.usage.totalTokens"]);
    draft.count(Count::CacheRead, &["ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"]);
    draft.count(Count::CacheWrite, &["ai.usage.inputTokenDetails.cacheWriteTokens"]);
    draft.count(Count::Reasoning, &["ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"]);
    about_the_run(raw, draft);

    match draft.kind() {
        Kind::Llm => {
            draft.place(Slot::Sent, &["ai.prompt.messages", "ai.prompt"]);
            answer(raw, draft);
            draft.place(Slot::Tools, &["ai.prompt.tools"]);
        }
        // Vectors stay where they are.
        Kind::Embedding => embedded(raw, draft),
        Kind::Tool => {
            draft.place(Slot::Input, &["ai.toolCall.args"]);
            draft.place(Slot::Output, &["ai.toolCall.result"]);
        }
        _ => {
            draft.place(Slot::Sent, &["ai.prompt"]);
            embedded(raw, draft);
            answer(raw, draft);
        }
    }
}

/// Texts to embed, each as JSON.
fn embedded<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if let Some(Value::Array(values)) = raw.attributes.get("ai.values") {
        draft.put_place(Slot::Input, "ai.values", Place::Many(values.iter().map(Place::Value).collect()));
    }
    draft.place(Slot::Input, &["ai.value"]);
}

/// Text, tool calls, reasoning and object are attributes side by side; together they are one message.
fn answer<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let said = |key: &str| raw.attributes.str(key).is_some();
    if said("ai.response.toolCalls") || said("ai.response.reasoning") {
        draft.put_place(Slot::Received, "ai.response.", Place::Object(&raw.attributes, "ai.response."));
    }
    draft.place(Slot::Received, &["ai.response.text", "ai.response.object", "ai.result.text", "ai.result.object"]);
}

/// What the caller attached: metadata in the older versions, context in the newest.
fn about_the_run<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    for prefix in ["ai.telemetry.metadata.", "ai.settings.context."] {
        for (key, value) in raw.attributes.prefixed(prefix) {
            let name = key.get(prefix.len()..).unwrap_or_default();
            let field = match name {
                "sessionId" | "session_id" | "threadId" | "chatId" | "conversationId" => Text::Session,
                "userId" | "user_id" => Text::User,
                "tags" => {
                    if let Value::Array(tags) = value {
                        tags.iter().filter_map(Value::as_str).for_each(|tag| draft.tag(prefix, tag));
                    }
                    continue;
                }
                _ => {
                    draft.metadata(prefix, name, value);
                    continue;
                }
            };
            if let Some(text) = value.as_str() {
                draft.put_text(field, prefix, text);
            }
        }
    }
}
