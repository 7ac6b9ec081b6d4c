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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::Kind;

    #[test]
    fn a_span_is_what_its_type_says() {
        for (sent, attributes, kind, copy) in [
            ("LLM", json!({"gen_ai.usage.input_tokens": 5}), Kind::Llm, false),
            ("CACHED", json!({"gen_ai.usage.input_tokens": 5}), Kind::Llm, true),
            ("TOOL", json!({}), Kind::Tool, false),
            ("EVALUATOR", json!({}), Kind::Evaluator, false),
            ("DEFAULT", json!({"gen_ai.operation.name": "chat"}), Kind::Llm, false),
            ("DEFAULT", json!({}), Kind::Custom, false),
        ] {
            let mut raw = span_of("lmnr.tracer", "s", attributes);
            for (key, value) in [
                ("lmnr.span.type", sent),
                ("lmnr.association.properties.session_id", "s"),
                ("lmnr.association.properties.metadata.plan", "\"pro\""),
            ] {
                raw.attributes.set(key, value);
            }
            let span = normalize(&raw, &Prices::bundled());
            assert_eq!((span.kind, span.usage_is_copy), (kind, copy), "{sent}");
            let facts = span.facts.unwrap();
            assert_eq!(
                (&*facts.session.unwrap().id, facts.metadata.get("plan").map(|plan| &**plan)),
                ("s", Some("pro"))
            );
        }
    }
}
