//! AG2's own telemetry: gen_ai names with a few words of its own, OpenAI's messages under the
//! conventions' names, and usage told once more by a span of its own.

use crate::Dialect;
use crate::draft::{Count, Draft};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "ag2", applies: |signs| signs.has(Family::Ag2), fill };

const TYPE: &str = "ag2.span.type";

/// Before the operation's name: a span that only repeats figures is none of what they are of.
pub fn usage_kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    (signs.has(Family::Ag2) && raw.attributes.str(TYPE) == Some("usage")).then_some((Kind::Custom, TYPE))
}

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Ag2) {
        return None;
    }
    let kind = match raw.attributes.str(TYPE)? {
        "agent" => Kind::Agent,
        "llm" => Kind::Llm,
        "tool" | "code_execution" => Kind::Tool,
        "conversation" | "multi_conversation" => Kind::Workflow,
        "speaker_selection" | "handoff" => Kind::Decision,
        _ => Kind::Custom,
    };
    Some((kind, TYPE))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.count(Count::Reasoning, &["gen_ai.usage.thinking_tokens"]);
    draft.count(Count::Total, &["ag2.usage.total_tokens"]);
    draft.cost(&["gen_ai.usage.cost"]);
    if raw.attributes.str(TYPE) == Some("usage") {
        draft.usage_is_copy("a usage span repeats its call's figures");
        draft.noise("a usage span repeats its call's figures");
    }
}
