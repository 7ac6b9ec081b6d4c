//! CrewAI's own telemetry (scope `crewai`): gen_ai names, but `gen_ai.agent.name` is a hash, and what
//! people call an agent is its role.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::signs::Family;
use vedette_model::{Kind, RawSpan};

const SCOPE: &str = "crewai";

pub const DIALECT: Dialect =
    Dialect { name: "crewai", applies: |signs| signs.scope == SCOPE && signs.has(Family::CrewAi), fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    draft.text(Text::Agent, &["crewai.agent.role"]);
    draft.text(Text::Workflow, &["crewai.flow.name"]);
    if attributes.str("crewai.principal.type") == Some("user") {
        draft.text(Text::User, &["crewai.principal.id"]);
    }
    // `execute task` of `research`; without a name of its own the subject is a hash.
    if let Some(subject) = attributes.str("crewai.subject").filter(|subject| !is_hash(subject)) {
        draft.put_text(Text::Name, "crewai.subject", format!("{} {subject}", raw.name));
    }
    draft.text(Text::ErrorMessage, &["crewai.tool.failure.message"]);
    if draft.kind() == Kind::Workflow {
        draft.usage_attribute("crewai.crew.usage_metrics");
        draft.place(Slot::Input, &["crewai.crew.inputs", "crewai.task.description", "crewai.flow.inputs"]);
        draft.place(Slot::Output, &["crewai.crew.output", "crewai.task.output", "crewai.flow.result"]);
    } else {
        draft.place(Slot::Input, &["crewai.method.params"]);
        draft.place(Slot::Output, &["crewai.method.result"]);
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
