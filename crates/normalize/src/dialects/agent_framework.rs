//! Microsoft Agent Framework: agents and calls speak the current conventions; its workflows are told by
//! span names.

use crate::Dialect;
use crate::draft::{Draft, Text};
use crate::kind::Hint;
use crate::signs::Signs;
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "agent_framework", applies: |signs| signs.scope == SCOPE, fill };

const SCOPE: &str = "agent_framework";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.scope != SCOPE || raw.attributes.get("gen_ai.operation.name").is_some() {
        return None;
    }
    let kind = match word(&raw.name) {
        "workflow.run" | "workflow.session" | "workflow_invoke" | "executor.process" => Kind::Workflow,
        "workflow.build" | "message.send" | "edge_group.process" => Kind::Custom,
        _ => return None,
    };
    Some((kind, "(span name)"))
}

/// The operation in a name such as `executor.process researcher`.
fn word(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Workflow, &["workflow.name"]);
    if matches!(word(&raw.name), "workflow.build" | "message.send" | "edge_group.process") {
        draft.noise("wiring of a workflow");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::Kind;

    #[test]
    fn workflows_are_told_by_span_names() {
        for (name, attributes, kind, noise) in [
            ("workflow.run", json!({"workflow.name": "w"}), Kind::Workflow, false),
            ("executor.process researcher", json!({}), Kind::Workflow, false),
            ("edge_group.process SingleEdgeGroup", json!({}), Kind::Custom, true),
            ("message.send", json!({}), Kind::Custom, true),
            ("workflow.run", json!({"gen_ai.operation.name": "chat"}), Kind::Llm, false),
        ] {
            let span = normalize(&span_of("agent_framework", name, attributes), &Prices::bundled());
            assert_eq!((span.kind, span.noise), (kind, noise), "{name}");
        }
    }
}
