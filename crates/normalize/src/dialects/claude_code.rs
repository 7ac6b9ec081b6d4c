//! Claude Code's own telemetry: spans (`span.type`) without content, and log events that carry what the
//! spans lack: the prompt, the answers, and alone the cost. A request's event names the interaction's
//! span, not the call's, so its figures are placed by the summary.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::{Place, parsed};
use crate::quoted::object;
use crate::signs::Signs;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use vedette_model::{Kind, RawSpan, Status, Value};

pub const DIALECT: Dialect = Dialect { name: "claude_code", applies: |signs| signs.scope.starts_with(SCOPE), fill };

const SCOPE: &str = "com.anthropic.claude_code";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.scope.starts_with(SCOPE) {
        return None;
    }
    const KEY: &str = "span.type";
    let kind = match raw.attributes.str(KEY)? {
        "interaction" => Kind::Agent,
        "llm_request" => Kind::Llm,
        "tool" => Kind::Tool,
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::RequestModel, &["model"]);
    draft.count(Count::Input, &["input_tokens"]);
    draft.count(Count::Output, &["output_tokens"]);
    draft.count(Count::CacheRead, &["cache_read_tokens"]);
    draft.count(Count::CacheWrite, &["cache_creation_tokens"]);
    draft.cost(&["cost_usd"]);
    if raw.is_log_record() { event(raw, draft) } else { span(raw, draft) }
}

fn span<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    draft.text(Text::FinishReason, &["stop_reason"]);
    draft.text(Text::Tool, &["tool_name"]);
    draft.text(Text::ToolCallId, &["tool_use_id"]);
    if attributes.get("success").and_then(Value::as_bool) == Some(false) {
        draft.status("success", Status::Failed);
        draft.text(Text::ErrorMessage, &["error"]);
    }
    if let Some(millis) = attributes.get("ttft_ms").and_then(Value::as_f64) {
        draft.first_token_ns("ttft_ms", (millis * 1e6) as i64);
    }
    match draft.kind() {
        Kind::Agent => draft.place(Slot::Input, &["user_prompt"]),
        Kind::Tool => {
            draft.place(Slot::Input, &["tool_input", "full_command", "file_path"]);
            if let Some(event) = raw.events.iter().find(|event| event.name == "tool.output") {
                let place = match event.attributes.get("output") {
                    Some(output) => Place::Value(output),
                    None => Place::Object(&event.attributes, ""),
                };
                draft.put_place(Slot::Output, "event tool.output", place);
            }
        }
        Kind::Custom => draft.noise("a part of its tool's time"),
        _ => {}
    }
}

/// One message of the conversation, or the figures of one request.
fn event<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    match raw.name.trim_start_matches("claude_code.") {
        "user_prompt" => {
            if let Some(prompt) = attributes.get("prompt").filter(|prompt| prompt.as_str().is_some()) {
                draft.put_place(Slot::Sent, "prompt", Place::Message("user", prompt));
            }
        }
        "assistant_response" => {
            if let Some(response) = attributes.get("response").filter(|response| response.as_str().is_some()) {
                draft.put_place(Slot::Received, "response", Place::Message("assistant", response));
            }
        }
        "tool_result" => {
            let said = |key: &str| attributes.str(key);
            // Of a tool of MCP the name is only among its parameters.
            let parameters = attributes.get("tool_parameters").and_then(object).unwrap_or_default();
            let name = parameters.get("mcp_tool_name").and_then(Json::as_str).or_else(|| said("tool_name"));
            if let (Some(name), Some(input)) = (name, said("tool_input")) {
                let call = json!({ "id": said("tool_use_id"), "name": name, "arguments": parsed(input) });
                let message = json!({ "role": "assistant", "tool_calls": [call] }).to_string();
                draft.put_place(Slot::Received, "tool_input", Place::Text(Cow::Owned(message)));
            }
        }
        "api_error" => {
            draft.put_text(Text::Level, "(an api_error event)", "error");
            draft.status("(an api_error event)", Status::Failed);
            draft.text(Text::ErrorMessage, &["error"]);
            draft.text(Text::ErrorKind, &["status_code"]);
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Kind, RawSpan, Status};

    #[test]
    fn a_request_s_event_has_its_figures_as_text_too() {
        let attributes = json!({
            RawSpan::LOG: "api_request",
            "model": "claude-sonnet-4-5", "input_tokens": "30", "output_tokens": "20",
            "cache_read_tokens": "100", "cache_creation_tokens": "50", "cost_usd": "0.0006075",
        });
        let span =
            normalize(&span_of("com.anthropic.claude_code.events", "api_request", attributes), &Prices::bundled());
        let usage = span.usage.unwrap();
        assert_eq!((span.kind, span.model.as_deref()), (Kind::Log, Some("claude-sonnet-4-5")));
        assert_eq!([usage.input, usage.output, usage.cache_read, usage.cache_write], [180, 20, 100, 50].map(Some));
        assert_eq!(span.cost.unwrap().amount.to_string(), "0.0006075");
    }

    #[test]
    fn success_is_told_by_a_flag() {
        for (scope, name, attributes) in [
            (
                "com.anthropic.claude_code.tracing",
                "claude_code.llm_request",
                json!({"span.type": "llm_request", "success": false, "error": "529 overloaded"}),
            ),
            (
                "com.anthropic.claude_code.events",
                "api_error",
                json!({RawSpan::LOG: "api_error", "error": "529 overloaded", "status_code": "529"}),
            ),
        ] {
            let span = normalize(&span_of(scope, name, attributes), &Prices::bundled());
            assert_eq!(
                (span.status, span.failure.unwrap().message.as_deref()),
                (Status::Failed, Some("529 overloaded"))
            );
        }
    }
}
