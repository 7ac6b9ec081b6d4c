//! Google's Agent Development Kit (scope `gcp.vertex.agent`): version 1 tells its agents and calls by
//! span names and its content by whole bodies; version 2 speaks the current conventions.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::body_usage;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "google_adk", applies: speaks, fill };

fn speaks(signs: &Signs<'_>) -> bool {
    signs.scope == SCOPE || signs.has(Family::Gcp)
}

/// The agent of `agent_run [weather_agent]`.
fn agent(name: &str) -> Option<&str> {
    name.strip_prefix("agent_run [")?.strip_suffix(']')
}

fn tool(name: &str) -> Option<&str> {
    name.strip_prefix("execute_tool ")
}

const SCOPE: &str = "gcp.vertex.agent";
const MERGED: &str = "execute_tool (merged)";

/// Before the operation's name: what tools called at once answered, put together, claims to be a tool.
pub fn merged_kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    (signs.scope == SCOPE && raw.name == MERGED).then_some((Kind::Custom, "(span name)"))
}

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.scope != SCOPE {
        return None;
    }
    let kind = match raw.name.as_str() {
        "invocation" => Kind::Workflow,
        "call_llm" => Kind::Llm,
        name if agent(name).is_some() => Kind::Agent,
        name if tool(name).is_some() => Kind::Tool,
        _ => return None,
    };
    Some((kind, "(span name)"))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const RESPONSE: &str = "gcp.vertex.agent.llm_response";
    if let Some(agent) = agent(&raw.name) {
        draft.put_text(Text::Agent, "span name", agent);
    }
    if let Some(tool) = tool(&raw.name) {
        draft.put_text(Text::Tool, "span name", tool);
    }
    if raw.name == MERGED {
        draft.noise("what tools answered, once more");
    }
    draft.text(Text::Session, &["gcp.vertex.agent.session_id"]);
    if draft.kind() == Kind::Llm {
        draft.place(Slot::Sent, &["gcp.vertex.agent.llm_request"]);
        draft.place(Slot::Received, &[RESPONSE]);
        // The answer alone tells what was cached, and the thoughts that its output leaves out.
        if let Some(usage) = raw.attributes.str(RESPONSE).and_then(body_usage) {
            draft.usage_object(RESPONSE, &usage);
        }
    } else {
        draft.place(Slot::Input, &["gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.data"]);
        draft.place(Slot::Output, &["gcp.vertex.agent.tool_response"]);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::Kind;

    #[test]
    fn version_1_tells_by_names() {
        for (name, attributes, kind, agent, tool) in [
            ("invocation", json!({}), Kind::Workflow, None, None),
            ("agent_run [weather]", json!({}), Kind::Agent, Some("weather"), None),
            ("call_llm", json!({}), Kind::Llm, None, None),
            ("execute_tool f", json!({}), Kind::Tool, None, Some("f")),
            (
                "execute_tool (merged)",
                json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)"}),
                Kind::Custom,
                None,
                None,
            ),
            ("send_data", json!({}), Kind::Custom, None, None),
            (
                "invoke_agent a",
                json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"}),
                Kind::Agent,
                Some("a"),
                None,
            ),
        ] {
            let span = normalize(&span_of("gcp.vertex.agent", name, attributes), &Prices::bundled());
            assert_eq!((span.kind, span.agent.as_deref(), span.tool.as_deref()), (kind, agent, tool), "{name}");
        }
        let elsewhere = normalize(&span_of("my.app", "invocation", json!({})), &Prices::bundled());
        assert_eq!(elsewhere.kind, Kind::Custom);
    }

    #[test]
    fn a_call_id_that_was_not_specified_is_none() {
        let attributes = json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.id": "<not specified>"});
        let span = normalize(&span_of("gcp.vertex.agent", "execute_tool f", attributes), &Prices::bundled());
        assert_eq!(span.tool_call_id, None);
    }
}
