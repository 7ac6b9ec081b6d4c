//! AgentOps 0.4: decorators (`agentops.*`) and its own instrumentations, whose scope is the name of the
//! SDK they wrap.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status};

pub const DIALECT: Dialect =
    Dialect { name: "agentops", applies: |signs| signs.has(Family::AgentOps) || requests_tool(signs.scope), fill };

/// Scopes of instrumentations that tell a call the model asked for as a span.
fn requests_tool(scope: &str) -> bool {
    scope.starts_with("agentops.instrumentation.")
}

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if requests_tool(signs.scope) && raw.name.starts_with("tool_call.") {
        return Some((Kind::Custom, "(asked for, not executed)"));
    }
    if !signs.has(Family::AgentOps) {
        return None;
    }
    const KEY: &str = "agentops.span.kind";
    let kind = match raw.attributes.str(KEY)? {
        "session" | "workflow" | "task" | "chain" => Kind::Workflow,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "llm" => Kind::Llm,
        "guardrail" => Kind::Guardrail,
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if requests_tool(&raw.scope.name) {
        draft.noise("a call the model asked for is told by its message");
    }
    match draft.kind() {
        Kind::Agent => draft.text(Text::Agent, &["operation.name"]),
        Kind::Tool => draft.text(Text::Tool, &["operation.name"]),
        _ => {}
    }
    draft.tags("agentops.tags");
    draft.cost(&["gen_ai.usage.total_cost"]);
    const END_STATE: &str = "agentops.session.end_state";
    if matches!(raw.attributes.str(END_STATE), Some("Fail" | "Failure" | "Error")) {
        draft.status(END_STATE, Status::Failed);
    }
    draft.place(
        Slot::Input,
        &[
            "agentops.entity.input",
            "agentops.tool.input",
            "agentops.task.input",
            "agentops.operation.input",
            "agentops.agent.input",
            "agentops.workflow.input",
        ],
    );
    draft.place(
        Slot::Output,
        &[
            "agentops.entity.output",
            "agentops.tool.output",
            "agentops.task.output",
            "agentops.operation.output",
            "agentops.agent.output",
            "agentops.workflow.output",
        ],
    );
}
