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
