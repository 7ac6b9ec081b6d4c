//! Chat completions.

use super::record::Call;
use super::said::{Said, content, plain, tool_call};
use super::{Format, pieces};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

pub const FORMAT: Format = Format { asked, whole, stream, refusal };

fn asked(request: &Json) -> Vec<Said> {
    let messages = request.get("messages").and_then(Json::as_array);
    messages.into_iter().flatten().map(message).collect()
}

fn message(message: &Json) -> Said {
    let role = message.get("role").and_then(Json::as_str).unwrap_or_default();
    let mut texts = content(message.get("content").unwrap_or(&Json::Null));
    if role == "tool" {
        texts = texts.into_iter().map(|text| plain(&Json::String(text))).collect();
    }
    for call in message.get("tool_calls").and_then(Json::as_array).into_iter().flatten() {
        let function = call.get("function").unwrap_or(&Json::Null);
        let name = function.get("name").and_then(Json::as_str).unwrap_or_default();
        texts.push(tool_call(name, function.get("arguments").unwrap_or(&Json::Null)));
    }
    Said::new(role, &texts)
}

fn tool_calls(call: &Call, number: usize) -> Vec<Json> {
    let of = |(id, name, arguments): (String, &str, &Json)| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments_text(arguments) } });
    call.tool_calls(number).into_iter().map(of).collect()
}

/// Arguments go as text.
pub fn arguments_text(arguments: &Json) -> String {
    arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned)
}

fn finish_reason(call: &Call) -> &str {
    let default = if call.tool_calls(0).is_empty() { "stop" } else { "tool_calls" };
    call.finish_reason.as_deref().filter(|reason| *reason != "error").unwrap_or(default)
}

fn usage(call: &Call) -> Json {
    json!({
        "prompt_tokens": call.input_tokens,
        "completion_tokens": call.output_tokens,
        "total_tokens": call.input_tokens + call.output_tokens,
    })
}

fn whole(call: &Call, number: usize) -> Json {
    let text = call.text();
    let tools = tool_calls(call, number);
    let mut message = json!({
        "role": "assistant",
        "content": if text.is_empty() && !tools.is_empty() { Json::Null } else { text.into() },
        "refusal": null,
    });
    if !tools.is_empty()
        && let Some(message) = message.as_object_mut()
    {
        message.insert("tool_calls".to_owned(), tools.into());
    }
    json!({
        "id": format!("chatcmpl-replay-{number}"),
        "object": "chat.completion",
        "created": 0,
        "model": call.model,
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(call) }],
        "usage": usage(call),
    })
}

fn stream(call: &Call, number: usize, request: &Json) -> Vec<(Option<&'static str>, String)> {
    let chunk = |choices: Json, usage: Json| {
        let chunk = json!({
            "id": format!("chatcmpl-replay-{number}"),
            "object": "chat.completion.chunk",
            "created": 0,
            "model": call.model,
            "choices": choices,
            "usage": usage,
        });
        (None, chunk.to_string())
    };
    let delta = |delta: Json, finish_reason: Json| {
        chunk(json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }]), Json::Null)
    };
    let mut events = vec![delta(json!({ "role": "assistant", "content": "" }), Json::Null)];
    events.extend(pieces(&call.text()).into_iter().map(|piece| delta(json!({ "content": piece }), Json::Null)));
    for (index, (id, name, arguments)) in call.tool_calls(number).into_iter().enumerate() {
        let begin =
            json!({ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": "" } });
        events.push(delta(json!({ "tool_calls": [begin] }), Json::Null));
        for piece in pieces(&arguments_text(arguments)) {
            let more = json!({ "index": index, "function": { "arguments": piece } });
            events.push(delta(json!({ "tool_calls": [more] }), Json::Null));
        }
    }
    events.push(delta(json!({}), finish_reason(call).into()));
    if request.pointer("/stream_options/include_usage").and_then(Json::as_bool) == Some(true) {
        events.push(chunk(json!([]), usage(call)));
    }
    events.push((None, "[DONE]".to_owned()));
    events
}

/// As all of OpenAI's addresses refuse.
pub fn refusal(status: StatusCode, why: &str) -> Json {
    json!({ "error": { "message": why, "type": "replay_error", "param": null, "code": status.as_u16().to_string() } })
}
