//! OpenInference: Arize's instrumentations, and what else speaks their words (Phoenix, smolagents,
//! `@arizeai/openinference-vercel`).

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::{Place, response_id};
use crate::quoted::{body_usage, object};
use crate::signs::{Family, Signs};
use serde_json::{Map, Value as Json};
use vedette_model::{Kind, NanoUsd, RawSpan, Value};

pub const DIALECT: Dialect = Dialect {
    name: "openinference",
    applies: |signs| {
        signs.has(Family::OpenInference) || signs.has(Family::Llm) || signs.scope.starts_with("openinference.")
    },
    fill,
};

/// The scope of CrewAI's instrumentation.
const CREWAI: &str = "openinference.instrumentation.crewai";

/// LlamaIndex methods that only prepare or pass on a call and are marked as one.
const PASSES_ON: &[&str] = &["_prepare_chat_with_tools", "apredict", "acomplete", "predict"];

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    const KEY: &str = "openinference.span.kind";
    if !signs.has(Family::OpenInference) {
        return None;
    }
    let kind = match raw.attributes.str(KEY)?.to_ascii_uppercase().as_str() {
        "LLM" => {
            let attributes = &raw.attributes;
            if attributes.str("gen_ai.operation.name") == Some("invoke_agent") {
                return Some((Kind::Agent, "gen_ai.operation.name"));
            }
            let method = raw.name.rsplit('.').next().unwrap_or_default();
            if PASSES_ON.contains(&method) && !attributes.has_prefix("llm.token_count.") {
                return Some((Kind::Custom, "(LlamaIndex passes a call on)"));
            }
            Kind::Llm
        }
        "EMBEDDING" => Kind::Embedding,
        "TOOL" => Kind::Tool,
        "AGENT" => Kind::Agent,
        "CHAIN" => Kind::Workflow,
        "RETRIEVER" => Kind::Retriever,
        "RERANKER" => Kind::Reranker,
        "GUARDRAIL" => Kind::Guardrail,
        "EVALUATOR" => Kind::Evaluator,
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    let kind = draft.kind();
    draft.text(Text::Provider, &["llm.provider", "llm.system"]);
    draft.text(
        Text::Model,
        &["llm.response.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name"],
    );
    draft.text(Text::RequestModel, &["llm.request.model_name"]);
    draft.text(Text::FinishReason, &["llm.finish_reason"]);
    draft.text(Text::Agent, &["agent.name"]);
    if kind == Kind::Agent {
        // The role, which is what CrewAI's people call an agent; its span is named by a method. Elsewhere a node
        // may be a number.
        if raw.scope.name == CREWAI {
            draft.text(Text::Agent, &["graph.node.id"]);
        }
        draft.put_text(Text::Agent, "span name", raw.name.as_str());
    }
    draft.text(Text::Tool, &["tool.name"]);
    draft.text(Text::ToolCallId, &["tool.id", "tool_call.id"]);
    draft.tags("tag.tags");

    draft.count(Count::Input, &["llm.token_count.prompt"]);
    draft.count(Count::Output, &["llm.token_count.completion"]);
    draft.count(Count::Total, &["llm.token_count.total"]);
    draft.count(
        Count::CacheRead,
        &["llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"],
    );
    draft.count(Count::CacheWrite, &["llm.token_count.prompt_details.cache_write"]);
    draft.count(Count::Reasoning, &["llm.token_count.completion_details.reasoning"]);
    draft.count(Count::AudioInput, &["llm.token_count.prompt_details.audio"]);
    draft.count(Count::AudioOutput, &["llm.token_count.completion_details.audio"]);
    // AutoGen's clients tell their tokens only in what they answer.
    const ANSWER: &str = "output.value";
    if kind.is_model_call()
        && [Count::Input, Count::Output, Count::Total].iter().all(|count| draft.get_count(*count).is_none())
        && let Some(usage) = attributes.str(ANSWER).and_then(body_usage)
    {
        draft.usage_object(ANSWER, &usage);
    }
    draft.cost(&["llm.cost.total"]);
    let part = |key: &str| attributes.get(key).and_then(Value::as_f64);
    if let (Some(prompt), Some(completion)) = (part("llm.cost.prompt"), part("llm.cost.completion"))
        && let Some(usd) = NanoUsd::from_usd(prompt + completion)
    {
        draft.put_cost("llm.cost.prompt, llm.cost.completion", usd);
    }

    if let Some(event) = raw.events.iter().find(|event| event.name == "First Token Stream Event") {
        draft.first_token_at("event First Token Stream Event", event.time);
    }
    if raw.name == "turn" && raw.scope.name.ends_with("openai_agents") {
        draft.noise("a turn holds nothing of its own");
    }
    if let Some(map) = attributes.get("metadata").and_then(object) {
        metadata(map, draft);
    }

    match kind {
        Kind::Llm => {
            draft.indexed(Slot::Sent, "llm.input_messages.");
            draft.indexed(Slot::Sent, "llm.prompts.");
            draft.place(Slot::Sent, &["input.value"]);
            draft.indexed(Slot::Received, "llm.output_messages.");
            draft.indexed(Slot::Received, "llm.choices.");
            draft.place(Slot::Received, &["output.value"]);
            if !draft.has_text(Text::RequestModel) && !draft.has_text(Text::Model) {
                asked_model(draft);
            }
        }
        Kind::Embedding => {
            texts(raw, draft);
            draft.place(Slot::Input, &["input.value"]);
            draft.place(Slot::Output, &["output.value"]);
        }
        Kind::Tool => {
            // `tool.parameters` are arguments with some producers, a schema with others.
            draft.place(Slot::Input, &["input.value", "tool.parameters"]);
            draft.place(Slot::Output, &["output.value"]);
        }
        Kind::Reranker => {
            draft.place(Slot::Input, &["reranker.query", "input.value"]);
            draft.indexed(Slot::Documents, "reranker.output_documents.");
        }
        _ => {
            draft.place(Slot::Input, &["input.value"]);
            draft.place(Slot::Output, &["output.value"]);
            draft.indexed(Slot::Sent, "llm.input_messages.");
            draft.indexed(Slot::Received, "llm.output_messages.");
        }
    }
    draft.indexed(Slot::Documents, "retrieval.documents.");
    draft.indexed(Slot::Tools, "llm.tools.");
    draft.place(Slot::Parameters, &["llm.invocation_parameters", "embedding.invocation_parameters"]);
    if kind.is_model_call()
        && !draft.has_text(Text::ResponseId)
        && let Some(id) = attributes.str(ANSWER).and_then(response_id)
    {
        draft.put_text(Text::ResponseId, "output.value: id", id);
    }
}

/// A failed call names its model only in its parameters.
fn asked_model(draft: &mut Draft<'_>) {
    const KEY: &str = "llm.invocation_parameters";
    let parameters =
        draft.raw.attributes.str(KEY).and_then(|text| serde_json::from_str::<Map<String, Json>>(text).ok());
    if let Some(Json::String(model)) = parameters.and_then(|mut map| map.remove("model")) {
        draft.put_text(Text::AskedModel, "llm.invocation_parameters: model", model);
    }
}

/// The texts that were embedded; their vectors stay where they are.
fn texts<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const PREFIX: &str = "embedding.embeddings.";
    let texts: Vec<Place<'a>> = raw
        .attributes
        .prefixed(PREFIX)
        .filter(|(key, _)| key.ends_with(".embedding.text"))
        .map(|(_, text)| Place::Value(text))
        .collect();
    if !texts.is_empty() {
        draft.put_place(Slot::Input, PREFIX, Place::Many(texts));
    }
}

/// LangChain's metadata: its own plumbing is left out, what users put there is kept.
fn metadata(map: Map<String, Json>, draft: &mut Draft<'_>) {
    const KEY: &str = "metadata";
    let said = |name: &str| match map.get(name)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    for (field, names, key) in [
        (Text::Session, &["session_id", "thread_id", "conversation_id"] as &[&str], "metadata: session"),
        (Text::User, &["user_id"], "metadata: user_id"),
    ] {
        if let Some(value) = names.iter().find_map(|name| said(name)) {
            draft.put_text(field, key, value);
        }
    }
    for (name, value) in map {
        draft.metadata(KEY, &name, &Value::from_json(value));
    }
}
