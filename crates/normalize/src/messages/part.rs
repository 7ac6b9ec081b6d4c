//! One part of a message, in any provider's spelling.

use super::parsed;
use serde_json::{Map, Value as Json};
use vedette_model::Part;

/// Content as parts: text, a part, or a list of either.
pub(super) fn parts(content: &Json) -> Vec<Part> {
    match content {
        Json::Null => Vec::new(),
        Json::String(text) if text.is_empty() => Vec::new(),
        Json::String(text) => match inner_list(text) {
            Some(list) => parts(&list),
            None => vec![Part::Text { text: text.clone() }],
        },
        Json::Array(items) => items.iter().map(part).collect(),
        Json::Object(object) => match object.get("parts") {
            Some(Json::Array(items)) => items.iter().map(part).collect(),
            _ => vec![part(content)],
        },
        other => vec![Part::Text { text: other.to_string() }],
    }
}

/// JSON text of a list of parts, as some producers put it where text belongs.
fn inner_list(text: &str) -> Option<Json> {
    let list = text.trim_start().starts_with("[{").then(|| parsed(text))?;
    let all = list.as_array()?.iter().all(|item| item.as_object().is_some_and(is_part));
    all.then_some(list)
}

/// Text, or a list of nothing but text.
pub(super) fn is_plain(content: &Json) -> bool {
    match content {
        Json::Array(items) => items.iter().all(|item| match item {
            Json::String(_) => true,
            Json::Object(object) => matches!(part_of(object), Some(Part::Text { .. })),
            _ => false,
        }),
        Json::Object(object) => !is_part(object),
        _ => true,
    }
}

/// The text of plain content.
pub(super) fn text_of(content: &Json) -> Option<String> {
    match content {
        Json::String(text) => Some(text.clone()),
        Json::Array(_) => {
            let texts: Vec<String> = parts(content)
                .into_iter()
                .filter_map(|part| if let Part::Text { text } = part { Some(text) } else { None })
                .collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        _ => None,
    }
}

/// Whether an object is a part in some provider's spelling.
pub(super) fn is_part(object: &Map<String, Json>) -> bool {
    part_of(object).is_some()
}

fn part(json: &Json) -> Part {
    match json {
        Json::String(text) => Part::Text { text: text.clone() },
        Json::Object(object) => part_of(object).unwrap_or_else(|| Part::Other { value: json.clone() }),
        other => Part::Other { value: other.clone() },
    }
}

fn text<'a>(object: &'a Map<String, Json>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)).and_then(Json::as_str)
}

fn owned(object: &Map<String, Json>, keys: &[&str]) -> Option<String> {
    text(object, keys).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The arguments of a call: JSON where it parses, else the text.
pub(super) fn arguments(call: &Json) -> Json {
    let sent = ["arguments", "args", "input", "parameters", "server_tool_call"].iter().find_map(|key| call.get(*key));
    match sent {
        Some(Json::String(text)) if text.is_empty() => Json::Object(Map::new()),
        Some(Json::String(text)) => parsed(text),
        Some(other) => other.clone(),
        None => Json::Null,
    }
}

/// What joins a call and its answer. Items of OpenAI's Responses have an id of their own, too.
const CALL_ID: &[&str] = &["call_id", "tool_call_id", "tool_use_id", "toolCallId", "toolUseId", "id", "ref"];

fn call(object: &Map<String, Json>) -> Part {
    let json = Json::Object(object.clone());
    Part::ToolCall {
        id: owned(object, CALL_ID),
        name: owned(object, &["name", "toolName", "tool_name"]).unwrap_or_default(),
        arguments: arguments(&json),
    }
}

/// A call whose name and arguments stand in a `function`, as OpenAI has it, or do not.
fn wrapped_call(object: &Map<String, Json>) -> Part {
    match object.get("function").and_then(Json::as_object) {
        Some(function) => Part::ToolCall {
            id: owned(object, &["id"]),
            name: owned(function, &["name"]).unwrap_or_default(),
            arguments: arguments(&Json::Object(function.clone())),
        },
        None => call(object),
    }
}

pub(super) fn response(object: &Map<String, Json>) -> Part {
    let sent = ["response", "result", "output", "content", "server_tool_call_response"]
        .iter()
        .find_map(|key| object.get(*key));
    // Vercel says of what type the value is.
    let sent = sent.map(|sent| match sent.get("type").and_then(Json::as_str) {
        Some("json" | "text" | "error-text" | "error-json") => sent.get("value").unwrap_or(sent),
        _ => sent,
    });
    let result = match sent {
        Some(content) => text_of(content).map_or_else(|| content.clone(), |text| parsed(&text)),
        None => Json::Null,
    };
    Part::ToolCallResponse {
        id: owned(object, CALL_ID),
        name: owned(object, &["name", "toolName", "tool_name"]),
        result,
    }
}

fn image(url: Option<&str>, media_type: Option<String>, data: Option<String>) -> Part {
    // An address that carries the picture itself.
    if let Some((head, data)) = url.and_then(|url| url.strip_prefix("data:")).and_then(|rest| rest.split_once(",")) {
        let media_type = head.split(';').next().filter(|kind| !kind.is_empty()).map(str::to_owned);
        return Part::Image { media_type, url: None, data: Some(data.to_owned()) };
    }
    Part::Image { media_type, url: url.map(str::to_owned), data }
}

fn is_image(object: &Map<String, Json>) -> bool {
    let kind =
        text(object, &["modality"]).or_else(|| text(object, &["mime_type", "mediaType", "media_type", "mimeType"]));
    kind.is_some_and(|kind| kind.starts_with("image"))
}

fn part_of(object: &Map<String, Json>) -> Option<Part> {
    const MEDIA_TYPE: &[&str] = &["mime_type", "media_type", "mediaType", "mimeType"];
    let Some(kind) = object.get("type").and_then(Json::as_str) else { return untyped(object) };
    let said = |keys: &[&str]| text(object, keys).unwrap_or_default().to_owned();
    Some(match kind {
        "text" | "input_text" | "output_text" | "summary_text" | "refusal" => {
            // OpenLIT puts Anthropic's list where its text belongs.
            let list = || object.get("content").filter(|content| content.is_array()).and_then(text_of);
            Part::Text { text: list().unwrap_or_else(|| said(&["text", "content", "refusal"])) }
        }
        "tool_call" | "tool_use" | "tool-call" | "function_call" | "server_tool_call" | "server_tool_use"
        | "function" => wrapped_call(object),
        "tool_call_response" | "tool_result" | "tool-result" | "function_call_output" | "server_tool_call_response" => {
            response(object)
        }
        "reasoning" | "thinking" | "reasoning_text" | "redacted_thinking" => Part::Reasoning { text: thought(object) },
        "image_url" | "input_image" | "image" => {
            let inner = object.get("image_url").or_else(|| object.get("image"));
            let url = match inner {
                Some(Json::String(url)) => Some(url.as_str()),
                Some(inner) => inner.get("image").unwrap_or(inner).get("url").and_then(Json::as_str),
                None => text(object, &["url", "uri"]),
            };
            let source = object.get("source").and_then(Json::as_object);
            let media_type = source.and_then(|source| owned(source, MEDIA_TYPE)).or_else(|| owned(object, MEDIA_TYPE));
            let data = source.and_then(|source| owned(source, &["data"])).or_else(|| owned(object, &["data"]));
            image(url.or_else(|| source.and_then(|source| text(source, &["url"]))), media_type, data)
        }
        "blob" | "file" | "uri" | "image-data" if is_image(object) => {
            image(text(object, &["uri", "url"]), owned(object, MEDIA_TYPE), owned(object, &["content", "data"]))
        }
        "blob" | "file" | "uri" | "audio" | "input_audio" | "input_file" | "document" | "compaction" | "step-start" => {
            Part::Other { value: Json::Object(object.clone()) }
        }
        _ => return None,
    })
}

fn thought(object: &Map<String, Json>) -> String {
    let said = |key: &&str| object.get(*key).filter(|said| !said.is_null());
    match ["content", "text", "thinking", "reasoning", "summary"].iter().find_map(said) {
        Some(Json::String(text)) => match parsed(text) {
            // A list of summary parts as JSON text.
            list @ Json::Array(_) => text_of(&list).unwrap_or_else(|| text.clone()),
            _ => text.clone(),
        },
        Some(list @ Json::Array(_)) => text_of(list).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Parts without a `type`: Converse and Gemini name the part by its only key.
fn untyped(object: &Map<String, Json>) -> Option<Part> {
    for (key, inner) in object {
        let map = inner.as_object();
        let found = match (key.as_str(), map) {
            ("text", _) if inner.is_string() => {
                let text = inner.as_str().unwrap_or_default().to_owned();
                if object.get("thought").and_then(Json::as_bool) == Some(true) {
                    Part::Reasoning { text }
                } else {
                    Part::Text { text }
                }
            }
            ("toolUse" | "functionCall" | "function_call" | "toolRequest", Some(map)) => call(map),
            // Among OpenInference's contents.
            ("tool_call", Some(map)) if object.contains_key("message_content") => wrapped_call(map),
            ("toolResult" | "functionResponse" | "function_response" | "toolResponse", Some(map)) => response(map),
            ("reasoning", _) if inner.is_string() && !object.contains_key("text") => {
                Part::Reasoning { text: inner.as_str().unwrap_or_default().to_owned() }
            }
            ("reasoningContent", Some(map)) => {
                let inner = map.get("reasoningText").and_then(Json::as_object).unwrap_or(map);
                Part::Reasoning { text: thought(inner) }
            }
            ("inlineData" | "inline_data", Some(map)) if is_image(map) => {
                image(None, owned(map, &["mimeType", "mime_type"]), owned(map, &["data"]))
            }
            ("image", Some(map)) => {
                let data = map.get("source").and_then(Json::as_object).and_then(|source| owned(source, &["bytes"]));
                image(None, owned(map, &["format"]).map(|format| format!("image/{format}")), data)
            }
            (
                "fileData" | "file_data" | "document" | "video" | "inlineData" | "inline_data" | "cachePoint" | "json",
                _,
            ) if object.len() == 1 => Part::Other { value: Json::Object(object.clone()) },
            _ => continue,
        };
        return Some(found);
    }
    None
}
