//! Anthropic's SDK, which traces itself from version 2 on (scope `com.anthropic.sdk.python`): current
//! names, and in `anthropic.*` the stop reason and what a tool run by the SDK gave back.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::signs::Family;
use serde_json::Value as Json;
use vedette_model::{Kind, RawSpan, StatusCode};

pub const DIALECT: Dialect = Dialect { name: "anthropic_sdk", applies: |signs| signs.has(Family::Anthropic), fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::FinishReason, &["anthropic.message.stop_reason"]);
    if draft.kind() == Kind::Tool {
        const RESULT: &str = "anthropic.tool_result.content";
        draft.place(Slot::Output, &[RESULT]);
        // The status of a failed tool has no message; what went back to the model says why.
        if raw.status.code == StatusCode::Error
            && let Some(Ok(Json::Array(parts))) = raw.attributes.str(RESULT).map(serde_json::from_str)
            && let Some(text) = parts.iter().find_map(|part| part.get("text")?.as_str())
        {
            draft.put_text(Text::ErrorMessage, RESULT, text.to_owned());
        }
    }
}
