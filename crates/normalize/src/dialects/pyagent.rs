//! pyagent-trace: what a span is stands in its name, what it cost and used in `pyagent.*`.

use crate::Dialect;
use crate::draft::{Count, Draft, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "pyagent", applies: speaks, fill };

fn speaks(signs: &Signs<'_>) -> bool {
    signs.has(Family::Pyagent) || signs.scope == "pyagent"
}

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !speaks(signs) {
        return None;
    }
    let rest = raw.name.strip_prefix("pyagent.")?;
    let kind = match rest.split('.').next().unwrap_or(rest) {
        "llm_call" => Kind::Llm,
        "agent" => Kind::Agent,
        "pattern" => Kind::Workflow,
        "tool" | "tool_call" => Kind::Tool,
        "router" | "routing" => Kind::Decision,
        _ => Kind::Event,
    };
    Some((kind, "(span name)"))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Agent, &["pyagent.agent.name"]);
    if let Some(agent) = raw.name.strip_prefix("pyagent.agent.") {
        draft.put_text(Text::Agent, "span name", agent);
    }
    draft.text(Text::Pattern, &["pyagent.pattern.type"]);
    draft.text(Text::Tool, &["pyagent.tool.name"]);
    draft.text(Text::Model, &["pyagent.cost.model"]);
    draft.text(Text::RequestModel, &["pyagent.router.selected_model"]);
    // `pyagent.compress.*` and `pyagent.exec.token_estimate` count no call.
    draft.count(Count::Input, &["pyagent.cost.input_tokens"]);
    draft.count(Count::Output, &["pyagent.cost.output_tokens"]);
    draft.cost(&["pyagent.cost.total_usd"]);
    if draft.kind() == Kind::Event {
        if let Some(what) = raw.name.strip_prefix("pyagent.") {
            draft.put_text(Text::Level, "span name", what);
        }
        if raw.name == "pyagent.cost" {
            draft.usage_is_copy("a cost event repeats its call's figures");
        }
    }
}
