//! OpenLLMetry (Traceloop), new and old: `traceloop.*` around gen_ai spans, and until 0.47 flattened
//! `gen_ai.prompt.N` / `gen_ai.completion.N`, which others copied.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect {
    name: "openllmetry",
    applies: |signs| {
        signs.has(Family::Traceloop) || signs.has(Family::Llm) || signs.has(Family::GenAi) || signs.has(Family::CrewAi)
    },
    fill,
};

const KIND: &str = "traceloop.span.kind";

/// Chains and tasks, of which every one claims to be `invoke_agent`.
pub fn workflow_kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    let claims = || raw.attributes.str("gen_ai.operation.name") == Some("invoke_agent");
    kind(raw, signs).filter(|(kind, _)| *kind == Kind::Workflow && claims())
}

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Traceloop) {
        return None;
    }
    let kind = match raw.attributes.str(KIND)? {
        "workflow" | "task" => Kind::Workflow,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "handoff" => Kind::Decision,
        _ => Kind::Custom,
    };
    Some((kind, KIND))
}

/// Spans of the time before `gen_ai.operation.name`.
pub fn request_kind(raw: &RawSpan, _: &Signs) -> Option<Hint> {
    ["llm.request.type", "gen_ai.request.type"].into_iter().find_map(|key| {
        let kind = match raw.attributes.str(key)? {
            "chat" | "completion" => Kind::Llm,
            "embedding" | "embeddings" => Kind::Embedding,
            "rerank" => Kind::Reranker,
            _ => return None,
        };
        Some((kind, key))
    })
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let kind = draft.kind();
    if kind == Kind::Agent {
        draft.text(Text::Agent, &["traceloop.entity.name"]);
    }
    if kind == Kind::Tool {
        draft.text(Text::Tool, &["traceloop.entity.name"]);
    }
    draft.text(Text::Workflow, &["traceloop.workflow.name"]);
    draft.text(
        Text::User,
        &["traceloop.association.properties.user_id", "gen_ai.user", "llm.user", "gen_ai.request.user"],
    );
    draft.text(
        Text::Session,
        &[
            "traceloop.association.properties.session_id",
            "traceloop.association.properties.thread_id",
            "traceloop.association.properties.conversation_id",
        ],
    );
    draft.tags("traceloop.association.properties.tags");
    draft.metadata_prefixed("traceloop.association.properties.");
    draft.text(Text::Version, &["traceloop.prompt.version"]);
    draft.count(Count::Total, &["llm.usage.total_tokens"]);
    draft.count(Count::Reasoning, &["llm.usage.reasoning_tokens"]);
    draft.text(Text::FinishReason, &["gen_ai.completion.0.finish_reason"]);
    if let Some(event) = raw.events.iter().find(|event| event.name.ends_with("content.completion.chunk")) {
        draft.first_token_at("event content.completion.chunk", event.time);
    }

    draft.indexed(Slot::Tools, "llm.request.functions.");
    draft.indexed(Slot::Tools, "gen_ai.request.functions.");
    draft.indexed(Slot::Sent, "gen_ai.prompt.");
    draft.indexed(Slot::Received, "gen_ai.completion.");
    let (input, output) = ("traceloop.entity.input", "traceloop.entity.output");
    if kind.is_model_call() {
        draft.place(Slot::Sent, &[input]);
        draft.place(Slot::Received, &[output]);
    } else {
        draft.place(Slot::Input, &[input, "gen_ai.task.input", "crewai.task.description"]);
        draft.place(Slot::Output, &[output, "gen_ai.task.output", "crewai.crew.result"]);
    }
}
