//! Mistral's SDK (scope `mistralai_sdk_tracer`): current names. It sets the status OK of every request that was
//! answered, streams too, and leaves that of a refused one unset.

use crate::Dialect;
use crate::draft::{Draft, Text};
use vedette_model::{RawSpan, Status, StatusCode};

pub const DIALECT: Dialect =
    Dialect { name: "mistral_sdk", applies: |signs| signs.scope == "mistralai_sdk_tracer", fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const RULE: &str = "(neither an answer nor tokens nor a status)";
    let has_result =
        raw.attributes.get("gen_ai.output.messages").is_some() || raw.attributes.has_prefix("gen_ai.usage.");
    if draft.kind().is_model_call() && raw.status.code == StatusCode::Unset && !has_result {
        draft.status(RULE, Status::Failed);
        draft.put_text(Text::ErrorMessage, RULE, "no result: neither an answer nor tokens nor a status was sent");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Status, StatusCode};

    #[test]
    fn a_call_without_any_result_is_no_success() {
        for (attributes, code, status) in [
            (json!({"gen_ai.operation.name": "chat"}), StatusCode::Unset, Status::Failed),
            (json!({"gen_ai.operation.name": "embeddings"}), StatusCode::Unset, Status::Failed),
            (json!({"gen_ai.operation.name": "chat"}), StatusCode::Ok, Status::Success),
            (
                json!({"gen_ai.operation.name": "chat", "gen_ai.output.messages": "[]"}),
                StatusCode::Unset,
                Status::Success,
            ),
            (
                json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5}),
                StatusCode::Unset,
                Status::Success,
            ),
            (json!({"gen_ai.operation.name": "execute_tool"}), StatusCode::Unset, Status::Success),
        ] {
            let mut raw = span_of("mistralai_sdk_tracer", "chat", attributes.clone());
            raw.status.code = code;
            let mut span = normalize(&raw, &Prices::bundled());
            assert_eq!(span.status, status, "{attributes} {code:?}");
            let said = span.failure.take().and_then(|failure| failure.message);
            assert_eq!(
                said.is_some_and(|said| said.starts_with("no result")),
                status == Status::Failed,
                "{attributes}"
            );
            // While it runs nothing is known of its end.
            raw.end = None;
            assert_eq!(normalize(&raw, &Prices::bundled()).failure, None, "{attributes}");
        }
    }
}
