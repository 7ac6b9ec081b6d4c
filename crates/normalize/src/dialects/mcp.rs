//! MCP clients and servers (`mcp-python-sdk` and others that follow its conventions): a call of a tool is
//! one, the rest of the protocol is plumbing.

use crate::Dialect;
use crate::draft::{Draft, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "mcp", applies: |signs| signs.has(Family::Mcp), fill };

const METHOD: &str = "mcp.method.name";
const CALL: &str = "tools/call";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Mcp) {
        return None;
    }
    Some((if raw.attributes.str(METHOD)? == CALL { Kind::Tool } else { Kind::Custom }, METHOD))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    match raw.attributes.str(METHOD) {
        Some(CALL) => {
            // Python's client says what it does with it: `MCP send tools/call weather`.
            if let Some((_, tool)) = raw.name.split_once(CALL) {
                draft.put_text(Text::Tool, "span name", tool.trim_start());
            }
        }
        Some(_) => draft.noise("the protocol between a client and a tool server"),
        None => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::Kind;

    #[test]
    fn only_a_call_of_a_tool_is_one() {
        for (name, attributes, kind, tool, noise) in [
            ("tools/call weather", json!({"mcp.method.name": "tools/call"}), Kind::Tool, Some("weather"), false),
            (
                "MCP send tools/call weather",
                json!({"mcp.method.name": "tools/call"}),
                Kind::Tool,
                Some("weather"),
                false,
            ),
            ("MCP send initialize", json!({"mcp.method.name": "initialize"}), Kind::Custom, None, true),
            (
                "tools/call weather",
                json!({"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "w"}),
                Kind::Tool,
                Some("w"),
                false,
            ),
            ("tools/list", json!({"mcp.method.name": "tools/list"}), Kind::Custom, None, true),
            (
                "initialize",
                json!({"mcp.method.name": "initialize", "http.request.method": "POST"}),
                Kind::Custom,
                None,
                true,
            ),
        ] {
            let span = normalize(&span_of("mcp-python-sdk", name, attributes.clone()), &Prices::bundled());
            assert_eq!((span.kind, span.tool.as_deref(), span.noise), (kind, tool, noise), "{attributes}");
        }
    }
}
