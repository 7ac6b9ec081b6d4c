//! Laminar: `lmnr.*` around gen_ai names.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "laminar", applies: |signs| signs.has(Family::Lmnr), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Lmnr) {
        return None;
    }
    const KEY: &str = "lmnr.span.type";
    let kind = match raw.attributes.str(KEY)? {
        "LLM" | "CACHED" => Kind::Llm,
        "TOOL" => Kind::Tool,
        "EVALUATOR" | "HUMAN_EVALUATOR" => Kind::Evaluator,
        "EXECUTOR" | "EVALUATION" | "PIPELINE" => Kind::Workflow,
        _ => return None,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Session, &["lmnr.association.properties.session_id"]);
    draft.text(Text::User, &["lmnr.association.properties.user_id"]);
    draft.tags("lmnr.association.properties.tags");
    draft.quoted_metadata("lmnr.association.properties.metadata.");
    draft.cost(&["gen_ai.usage.cost"]);
    if raw.attributes.str("lmnr.span.type") == Some("CACHED") {
        draft.usage_is_copy("answered from Laminar's cache: no call was made");
    }
    let (input, output) = ("lmnr.span.input", "lmnr.span.output");
    if draft.kind() == Kind::Llm {
        draft.place(Slot::Sent, &[input]);
        draft.place(Slot::Received, &[output]);
        return;
    }
    if draft.kind() == Kind::Tool {
        draft.put_text(Text::Tool, "span name", raw.name.as_str());
    }
    draft.place(Slot::Input, &[input]);
    draft.place(Slot::Output, &[output]);
}
