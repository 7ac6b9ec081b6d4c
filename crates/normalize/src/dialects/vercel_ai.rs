//! Vercel's AI SDK for TypeScript: versions 3 to 6 and the legacy telemetry of 7 (`ai.*`, scope `ai`),
//! and what version 7 says beyond the current conventions (scope `gen_ai`).

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text, spelled};
use crate::kind::Hint;
use crate::messages::Place;
use crate::quoted::object;
use crate::signs::{Family, Signs};
use serde_json::Value as Json;
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
    provider_usage(raw, draft);
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

/// What the versions up to 5 left to the provider's own words: the cache that Anthropic leaves out of its input, and
/// in version 4 all details.
fn provider_usage<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const KEY: &str = "ai.response.providerMetadata";
    for (_, said) in raw.attributes.get(KEY).and_then(object).unwrap_or_default() {
        let Json::Object(said) = said else { continue };
        draft.usage_object(KEY, &said);
        if let Some(Json::Object(usage)) = said.get("usage") {
            draft.usage_object(KEY, usage);
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
            if let Some(text) = spelled(value) {
                draft.put_text(field, prefix, text);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, content, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Kind, Part};

    #[test]
    fn every_operation_has_its_kind() {
        for (operation, kind) in [
            ("ai.generateText", Kind::Agent),
            ("ai.streamText", Kind::Agent),
            ("ai.generateText.doGenerate", Kind::Llm),
            ("ai.streamObject.doStream", Kind::Llm),
            ("ai.generateObject", Kind::Workflow),
            ("ai.embedMany", Kind::Workflow),
            ("ai.embedMany.doEmbed", Kind::Embedding),
            ("ai.rerank.doRerank", Kind::Reranker),
            ("ai.toolCall", Kind::Tool),
        ] {
            let span = normalize(&span_of("ai", operation, json!({"ai.operationId": operation})), &Prices::bundled());
            assert_eq!(span.kind, kind, "{operation}");
        }
    }

    #[test]
    fn what_the_caller_attached_says_whose_run_it_is() {
        for prefix in ["ai.telemetry.metadata.", "ai.settings.context."] {
            let mut raw = span_of("ai", "ai.generateText", json!({"ai.operationId": "ai.generateText"}));
            for (name, value) in [("sessionId", "s"), ("userId", "u"), ("plan", "pro")] {
                raw.attributes.set(&format!("{prefix}{name}"), value);
            }
            let facts = normalize(&raw, &Prices::bundled()).facts.unwrap();
            assert_eq!((&*facts.session.unwrap().id, facts.user_id.as_deref()), ("s", Some("u")), "{prefix}");
            assert_eq!(facts.metadata.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["plan=pro"]);
        }
    }

    #[test]
    fn the_parts_of_an_answer_are_one_message() {
        let attributes = json!({
            "ai.operationId": "ai.streamText.doStream",
            "ai.response.text": "Let me look.",
            "ai.response.reasoning": "hm",
            "ai.response.toolCalls": r#"[{"toolCallId": "c", "toolName": "f", "input": "{\"a\": 1}"}]"#,
            "ai.response.finishReason": "tool-calls",
            "ai.response.msToFirstChunk": 51.5,
        });
        let raw = span_of("ai", "ai.streamText.doStream", attributes);
        let said = content(&raw, &[]);
        assert_eq!(said.messages.len(), 1);
        assert_eq!(
            said.messages[0].parts,
            [
                Part::Reasoning { text: "hm".into() },
                Part::Text { text: "Let me look.".into() },
                Part::ToolCall { id: Some("c".into()), name: "f".into(), arguments: json!({"a": 1}) },
            ]
        );
        let span = normalize(&raw, &Prices::bundled());
        assert_eq!(span.first_token_ns, Some(51_500_000));
        assert_eq!(
            (span.finish_reason.as_deref(), span.output_preview.as_deref()),
            (Some("tool_calls"), Some("Let me look."))
        );
    }
}
