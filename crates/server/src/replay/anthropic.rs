//! Anthropic's messages.

use super::record::Call;
use super::said::{Said, content};
use super::{Format, pieces};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use vedette_model::Part;

pub const FORMAT: Format = Format { asked, whole, stream, refusal };

fn asked(request: &Json) -> Vec<Said> {
    let mut asked = Vec::new();
    if let Some(system) = request.get("system") {
        asked.push(Said::new("system", &content(system)));
    }
    for message in request.get("messages").and_then(Json::as_array).into_iter().flatten() {
        let said = message.get("content").unwrap_or(&Json::Null);
        let is_result = |part: &Json| part.get("type").and_then(Json::as_str) == Some("tool_result");
        let has_results = said.as_array().is_some_and(|parts| parts.iter().any(is_result));
        let role = message.get("role").and_then(Json::as_str).unwrap_or_default();
        asked.push(Said::new(if has_results { "tool" } else { role }, &content(said)));
    }
    asked
}

/// Text and tool calls, in the order they came.
fn blocks(call: &Call, number: usize) -> Vec<Json> {
    let mut tools = call.tool_calls(number).into_iter();
    let block = |part: &Part| match part {
        Part::Text { text } => Some(json!({ "type": "text", "text": text, "citations": null })),
        Part::ToolCall { .. } => {
            let (id, name, arguments) = tools.next()?;
            let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
            Some(json!({ "type": "tool_use", "id": id, "name": name, "input": parsed.as_ref().unwrap_or(arguments) }))
        }
        _ => None,
    };
    call.received.iter().filter_map(block).collect()
}

fn stop_reason(call: &Call) -> &'static str {
    match call.finish_reason.as_deref() {
        Some("length") => "max_tokens",
        Some("content_filter") => "refusal",
        _ if call.tool_calls(0).is_empty() => "end_turn",
        _ => "tool_use",
    }
}

fn message(call: &Call, number: usize, content: Vec<Json>, stop_reason: Json, output_tokens: u64) -> Json {
    json!({
        "id": format!("msg_replay_{number}"),
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": call.input_tokens, "output_tokens": output_tokens,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        },
    })
}

fn whole(call: &Call, number: usize) -> Json {
    message(call, number, blocks(call, number), stop_reason(call).into(), call.output_tokens)
}

fn stream(call: &Call, number: usize, _: &Json) -> Vec<(Option<&'static str>, String)> {
    let event = |name: &'static str, mut event: Json| {
        if let Some(event) = event.as_object_mut() {
            event.insert("type".to_owned(), name.into());
        }
        (Some(name), event.to_string())
    };
    let begun = message(call, number, Vec::new(), Json::Null, 0);
    let mut events = vec![event("message_start", json!({ "message": begun }))];
    for (index, block) in blocks(call, number).into_iter().enumerate() {
        let is_text = block.get("type").and_then(Json::as_str) == Some("text");
        let (field, delta, key) =
            if is_text { ("text", "text_delta", "text") } else { ("input", "input_json_delta", "partial_json") };
        let value = block.get(field).cloned().unwrap_or_default();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut empty = block;
        if let Some(place) = empty.get_mut(field) {
            *place = if is_text { "".into() } else { json!({}) };
        }
        events.push(event("content_block_start", json!({ "index": index, "content_block": empty })));
        for piece in pieces(&text) {
            let delta = json!({ "type": delta, key: piece });
            events.push(event("content_block_delta", json!({ "index": index, "delta": delta })));
        }
        events.push(event("content_block_stop", json!({ "index": index })));
    }
    let end = json!({
        "delta": { "stop_reason": stop_reason(call), "stop_sequence": null },
        "usage": { "output_tokens": call.output_tokens },
    });
    events.push(event("message_delta", end));
    events.push(event("message_stop", json!({})));
    events
}

fn refusal(status: StatusCode, why: &str) -> Json {
    let kind = if status == StatusCode::NOT_FOUND { "not_found_error" } else { "api_error" };
    json!({ "type": "error", "error": { "type": kind, "message": why } })
}
