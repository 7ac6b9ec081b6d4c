//! LiteLLM's own callback (scope `litellm`): gen_ai names, the cost from its price list, details of usage
//! as a Python repr, and below each call the raw request once more.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::object;
use crate::signs::Signs;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value as Json;
use vedette_model::{Kind, NanoUsd, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "litellm", applies: |signs| signs.scope == SCOPE, fill };

const SCOPE: &str = "litellm";
const RAW: &str = "(the raw request of the span above)";

/// Its operations are the names of its functions.
pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.scope != SCOPE {
        return None;
    }
    if is_raw(raw) {
        return Some((Kind::Custom, RAW));
    }
    const GUARDRAIL: &str = "litellm.guardrail.name";
    if raw.attributes.get(GUARDRAIL).is_some() {
        return Some((Kind::Guardrail, GUARDRAIL));
    }
    const KEY: &str = "gen_ai.operation.name";
    let kind = match raw.attributes.str(KEY)? {
        "acompletion"
        | "atext_completion"
        | "aresponses"
        | "anthropic_messages"
        | "aanthropic_messages"
        | "agenerate_content"
        | "generate_content_stream"
        | "agenerate_content_stream" => Kind::Llm,
        "aembedding" => Kind::Embedding,
        "arerank" => Kind::Reranker,
        _ => return None,
    };
    Some((kind, KEY))
}

/// Named `raw_gen_ai_request`, or as the caller named the generation; tells nothing in gen_ai names.
fn is_raw(raw: &RawSpan) -> bool {
    raw.name == "raw_gen_ai_request" || (raw.attributes.has_prefix("llm.") && !raw.attributes.has_prefix("gen_ai."))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if is_raw(raw) {
        draft.noise(RAW);
        draft.usage_is_copy(RAW);
        return;
    }
    let attributes = &raw.attributes;
    // Gemini's comes as `gemini-2.5-flash/models/gemini-2.5-flash`.
    const MODEL: &str = "gen_ai.response.model";
    if let Some((_, model)) = attributes.str(MODEL).and_then(|model| model.split_once("/models/")) {
        draft.put_text(Text::Model, MODEL, model);
    }
    const ID: &str = "gen_ai.response.id";
    if let Some(id) = attributes.str(ID).and_then(inner_id) {
        draft.put_text(Text::ResponseId, ID, id);
    }
    // `litellm.*` are the words of its second generation.
    draft.cost(&["gen_ai.cost.total_cost", "litellm.cost.total"]);
    const HIDDEN: &str = "hidden_params";
    if let Some(cost) = attributes.get(HIDDEN).and_then(object).and_then(|params| params.get("response_cost")?.as_f64())
        && let Some(usd) = NanoUsd::from_usd(cost).filter(|usd| *usd != NanoUsd::ZERO)
    {
        draft.put_cost(HIDDEN, usd);
    }
    draft.usage_attribute("metadata.usage_object");
    draft.text(Text::User, &["llm.user", "litellm.end_user.id", "metadata.user_api_key_end_user_id"]);
    draft.text(Text::Session, &["metadata.session_id", "metadata.trace_session_id"]);
    draft.tags("metadata.tags");
    // Under `gen_ai.output.messages` a tool call is a message without parts.
    if attributes.has_prefix("gen_ai.completion.") && said_nothing(attributes.str("gen_ai.output.messages")) {
        draft.indexed(Slot::Received, "gen_ai.completion.");
    }
}

/// Its ids of Responses are base64 of `litellm:...;response_id:resp_..`, the provider's own id at the end.
fn inner_id(id: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(id.strip_prefix("resp_")?.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.starts_with("litellm:"))?;
    text.rsplit_once("response_id:").map(|(_, id)| id.to_owned())
}

fn said_nothing(messages: Option<&str>) -> bool {
    let Some(messages) = messages.and_then(|text| serde_json::from_str::<Vec<Json>>(text).ok()) else { return true };
    messages.iter().all(|message| message.get("parts").and_then(Json::as_array).is_none_or(Vec::is_empty))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::inner_id;
    use crate::{Prices, content, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{CostSource, Part};

    #[test]
    fn the_provider_s_id_is_inside_its_own() {
        for (id, is) in [
            (
                "resp_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDpOb25lO3Jlc3BvbnNlX2lkOnJlc3BfMDAwMDA1ODI=",
                Some("resp_00000582"),
            ),
            ("resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b", None),
            ("chatcmpl-1", None),
            ("resp_", None),
        ] {
            assert_eq!(inner_id(id).as_deref(), is, "{id}");
        }
    }

    #[test]
    fn a_cost_in_the_hidden_parameters_is_reported_and_nothing_is_no_cost() {
        for (hidden, is) in
            [(r#"{"response_cost": 1.98e-05}"#, Some("0.0000198")), (r#"{"response_cost": 0.0}"#, None), ("{", None)]
        {
            let attributes = json!({"gen_ai.operation.name": "chat", "hidden_params": hidden});
            let cost = normalize(&span_of("litellm", "litellm_request", attributes), &Prices::bundled()).cost;
            assert!(cost.iter().all(|cost| cost.source == CostSource::Reported));
            assert_eq!(cost.map(|cost| cost.amount.to_string()).as_deref(), is, "{hidden}");
        }
    }

    #[test]
    fn a_call_for_a_tool_is_found_beside_the_empty_message() {
        let attributes = json!({
            "gen_ai.operation.name": "chat",
            "gen_ai.output.messages": r#"[{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}]"#,
            "gen_ai.completion.0.function_call.name": "f",
            "gen_ai.completion.0.function_call.arguments": "{\"a\": 1}",
        });
        let said = content(&span_of("litellm", "litellm_request", attributes), &[]);
        let call = Part::ToolCall { id: None, name: "f".into(), arguments: json!({"a": 1}) };
        assert_eq!(said.messages.iter().flat_map(|message| &message.parts).collect::<Vec<_>>(), [&call]);
    }
}
