//! Mistral's SDK (scope `mistralai_sdk_tracer`): current names. A failed request leaves the status unset.

use crate::Dialect;
use crate::draft::Draft;
use vedette_model::{Kind, RawSpan, StatusCode};

pub const DIALECT: Dialect =
    Dialect { name: "mistral_sdk", applies: |signs| signs.scope == "mistralai_sdk_tracer", fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let has_result =
        raw.attributes.get("gen_ai.output.messages").is_some() || raw.attributes.has_prefix("gen_ai.usage.");
    if draft.kind() == Kind::Llm && raw.status.code == StatusCode::Unset && !has_result {
        draft.warn("no result: neither an answer nor tokens nor an error was sent");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;

    #[test]
    fn a_call_without_any_result_says_so() {
        for (attributes, warns) in [
            (json!({"gen_ai.operation.name": "chat"}), true),
            (json!({"gen_ai.operation.name": "chat", "gen_ai.output.messages": "[]"}), false),
            (json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5}), false),
            (json!({"gen_ai.operation.name": "execute_tool"}), false),
        ] {
            let span = normalize(&span_of("mistralai_sdk_tracer", "chat", attributes.clone()), &Prices::bundled());
            assert_eq!(!span.warnings.is_empty(), warns, "{attributes}");
        }
    }
}
