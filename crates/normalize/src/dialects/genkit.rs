//! Genkit: what an action is stands in `genkit:metadata:subtype`, its input and output as JSON beside it.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::body_usage;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status};

pub const DIALECT: Dialect = Dialect { name: "genkit", applies: |signs| signs.has(Family::Genkit), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Genkit) {
        return None;
    }
    const KEY: &str = "genkit:metadata:subtype";
    let kind = match raw.attributes.str(KEY)?.split('.').next().unwrap_or_default() {
        "model" | "background-model" => Kind::Llm,
        "embedder" => Kind::Embedding,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "flow" => Kind::Workflow,
        "retriever" => Kind::Retriever,
        "reranker" => Kind::Reranker,
        "evaluator" => Kind::Evaluator,
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const OUTPUT: &str = "genkit:output";
    let kind = draft.kind();
    draft.text(Text::Session, &["genkit:sessionId", "genkit:metadata:sessionId"]);
    match kind {
        Kind::Tool => draft.text(Text::Tool, &["genkit:name"]),
        Kind::Agent => draft.text(Text::Agent, &["genkit:name"]),
        Kind::Workflow => draft.text(Text::Workflow, &["genkit:name"]),
        Kind::Llm | Kind::Embedding => draft.text(Text::RequestModel, &["genkit:name"]),
        _ => {}
    }
    if raw.attributes.str("genkit:state") == Some("error") {
        draft.status("genkit:state", Status::Failed);
    }
    if kind == Kind::Llm {
        draft.place(Slot::Sent, &["genkit:input"]);
        draft.place(Slot::Received, &[OUTPUT]);
        if let Some(usage) = raw.attributes.str(OUTPUT).and_then(body_usage) {
            draft.usage_object(OUTPUT, &usage);
        }
    } else {
        draft.place(Slot::Input, &["genkit:input"]);
        if kind != Kind::Embedding {
            draft.place(Slot::Output, &[OUTPUT]);
        }
    }
}
