//! AutoGen's core: its agents and tools speak the conventions; its runtime tells every message between
//! agents as queue spans, in traces of their own.

use crate::Dialect;
use crate::draft::Draft;
use vedette_model::{OtelKind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "autogen", applies: |signs| signs.scope.starts_with("autogen"), fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if matches!(raw.otel_kind, OtelKind::Producer | OtelKind::Consumer) || raw.name.starts_with("autogen create") {
        draft.noise("a message between agents");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::OtelKind;

    #[test]
    fn messages_between_agents_are_noise_and_agents_are_not() {
        for (scope, name, role, attributes, noise) in [
            ("autogen SingleThreadedAgentRuntime", "autogen process a", OtelKind::Consumer, json!({}), true),
            ("autogen SingleThreadedAgentRuntime", "autogen create a", OtelKind::Internal, json!({}), true),
            (
                "autogen-core",
                "create_agent a",
                OtelKind::Client,
                json!({"gen_ai.operation.name": "create_agent"}),
                true,
            ),
            (
                "autogen-core",
                "invoke_agent a",
                OtelKind::Client,
                json!({"gen_ai.operation.name": "invoke_agent"}),
                false,
            ),
        ] {
            let mut raw = span_of(scope, name, attributes);
            raw.otel_kind = role;
            assert_eq!(normalize(&raw, &Prices::bundled()).noise, noise, "{name}");
        }
    }
}
