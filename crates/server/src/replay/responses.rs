//! OpenAI's responses.

use super::openai::{arguments_text, refusal};
use super::record::Call;
use super::said::{Said, content, plain, tool_call};
use super::{Format, pieces};
use serde_json::{Value as Json, json};

pub const FORMAT: Format = Format { asked, whole, stream, refusal };

fn asked(request: &Json) -> Vec<Said> {
    let mut asked = Vec::new();
    if let Some(instructions) = request.get("instructions").and_then(Json::as_str) {
        asked.push(Said::new("system", &[instructions.to_owned()]));
    }
    match request.get("input") {
        Some(Json::String(text)) => asked.push(Said::new("user", std::slice::from_ref(text))),
        Some(Json::Array(items)) => asked.extend(items.iter().filter_map(item)),
        _ => {}
    }
    asked
}

fn item(item: &Json) -> Option<Said> {
    let text = |key: &str| item.get(key).and_then(Json::as_str).unwrap_or_default();
    match text("type") {
        "function_call" => {
            let call = tool_call(text("name"), item.get("arguments").unwrap_or(&Json::Null));
            Some(Said::new("assistant", &[call]))
        }
        "function_call_output" => Some(Said::new("tool", &[plain(item.get("output").unwrap_or(&Json::Null))])),
        "" | "message" => Some(Said::new(text("role"), &content(item.get("content").unwrap_or(&Json::Null)))),
        _ => None,
    }
}

/// The items of the answer.
fn output(call: &Call, number: usize) -> Vec<Json> {
    let text = call.text();
    let tools = call.tool_calls(number);
    let mut output = Vec::new();
    if !text.is_empty() || tools.is_empty() {
        output.push(json!({
            "type": "message", "id": format!("msg_replay_{number}"), "status": "completed", "role": "assistant",
            "content": [{ "type": "output_text", "text": text, "annotations": [], "logprobs": [] }],
        }));
    }
    for (at, (id, name, arguments)) in tools.into_iter().enumerate() {
        output.push(json!({
            "type": "function_call", "id": format!("fc_replay_{number}_{at}"), "call_id": id, "name": name,
            "arguments": arguments_text(arguments), "status": "completed",
        }));
    }
    output
}

fn response(call: &Call, number: usize, status: &str, output: Vec<Json>) -> Json {
    let usage = (status == "completed").then(|| {
        json!({
            "input_tokens": call.input_tokens,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": call.output_tokens,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": call.input_tokens + call.output_tokens,
        })
    });
    json!({
        "id": format!("resp_replay_{number}"), "object": "response", "created_at": 0, "status": status,
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "model": call.model,
        "output": output, "parallel_tool_calls": true, "temperature": null, "tool_choice": "auto", "tools": [],
        "top_p": null, "usage": usage,
    })
}

fn whole(call: &Call, number: usize) -> Json {
    response(call, number, "completed", output(call, number))
}

fn stream(call: &Call, number: usize, _: &Json) -> Vec<(Option<&'static str>, String)> {
    let mut events: Vec<(&'static str, Json)> = Vec::new();
    let begun = response(call, number, "in_progress", Vec::new());
    events.push(("response.created", json!({ "response": begun })));
    events.push(("response.in_progress", json!({ "response": begun })));
    let items = output(call, number);
    for (at, item) in items.iter().enumerate() {
        let id = item.get("id").cloned().unwrap_or_default();
        let mut empty = item.clone();
        if let Some(fields) = empty.as_object_mut() {
            fields.insert("status".to_owned(), "in_progress".into());
            if let Some(content) = fields.get_mut("content") {
                *content = json!([]);
            }
            if let Some(arguments) = fields.get_mut("arguments") {
                *arguments = "".into();
            }
        }
        events.push(("response.output_item.added", json!({ "output_index": at, "item": empty })));
        if let Some(part) = item.pointer("/content/0") {
            let text = part.get("text").and_then(Json::as_str).unwrap_or_default();
            let of = |more: Json| {
                let mut event = json!({ "item_id": id, "output_index": at, "content_index": 0 });
                if let (Some(event), Json::Object(more)) = (event.as_object_mut(), more) {
                    event.extend(more);
                }
                event
            };
            let empty = json!({ "type": "output_text", "text": "", "annotations": [], "logprobs": [] });
            events.push(("response.content_part.added", of(json!({ "part": empty }))));
            for piece in pieces(text) {
                events.push(("response.output_text.delta", of(json!({ "delta": piece, "logprobs": [] }))));
            }
            events.push(("response.output_text.done", of(json!({ "text": text, "logprobs": [] }))));
            events.push(("response.content_part.done", of(json!({ "part": part }))));
        } else {
            let arguments = item.get("arguments").and_then(Json::as_str).unwrap_or_default();
            for piece in pieces(arguments) {
                let delta = json!({ "item_id": id, "output_index": at, "delta": piece });
                events.push(("response.function_call_arguments.delta", delta));
            }
            let name = item.get("name");
            let done = json!({ "item_id": id, "output_index": at, "name": name, "arguments": arguments });
            events.push(("response.function_call_arguments.done", done));
        }
        events.push(("response.output_item.done", json!({ "output_index": at, "item": item })));
    }
    events.push(("response.completed", json!({ "response": whole(call, number) })));
    let numbered = events.into_iter().enumerate().map(|(at, (name, mut event))| {
        if let Some(fields) = event.as_object_mut() {
            fields.insert("type".to_owned(), name.into());
            fields.insert("sequence_number".to_owned(), at.into());
        }
        (Some(name), event.to_string())
    });
    numbered.collect()
}
