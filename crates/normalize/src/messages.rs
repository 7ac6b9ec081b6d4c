//! One tolerant reader for every shape in which messages arrive: OTel `parts[]`, OpenAI, Anthropic,
//! Gemini and Converse messages, request and response bodies around them, LangChain's constructors,
//! flattened keys, Python reprs, plain text. What is no message is left for the caller to keep as it is.

mod finish;
mod indexed;
mod part;
mod python;

pub use finish::finish_reason;
pub use indexed::nested;
pub use python::from_python;

use part::{arguments, parts, text_of};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use vedette_model::{Attributes, Direction, Message, Part, Value, limits};

/// Where content is. Nothing is read before someone asks.
#[derive(Clone, Debug)]
pub enum Place<'a> {
    /// A value: structured, JSON text, a Python repr, or plain text.
    Value(&'a Value),
    /// Text the dialect cut out of something: JSON or plain.
    Text(Cow<'a, str>),
    /// Flattened keys under a prefix: `<prefix>0.role`, `<prefix>0.message.content`.
    Indexed(&'a Attributes, &'static str),
    /// One message of a known role; the body is its text, its content list, or the message itself.
    Message(&'static str, &'a Value),
    /// All attributes together as one object: an event that is a message, or parameters under a prefix.
    Object(&'a Attributes, &'static str),
    /// One after another.
    Many(Vec<Place<'a>>),
}

impl Place<'_> {
    /// As JSON: text that is JSON, or a Python repr of a list or map, is parsed; other text is a string.
    #[must_use]
    pub fn json(&self) -> Json {
        match self {
            Place::Value(value) => json_of(value),
            Place::Text(text) => parsed(text),
            Place::Indexed(attributes, prefix) | Place::Object(attributes, prefix) => nested(attributes, prefix),
            Place::Message(_, value) => json_of(value),
            Place::Many(places) => match places.as_slice() {
                [one] => one.json(),
                many => Json::Array(many.iter().map(Place::json).collect()),
            },
        }
    }

    /// As messages; empty if it holds none.
    #[must_use]
    pub fn messages(&self, direction: Direction) -> Vec<Message> {
        let mut reader = Reader { direction, found: Vec::new() };
        reader.place(self);
        reader.found
    }
}

/// A value as JSON, JSON text inside parsed.
fn json_of(value: &Value) -> Json {
    match value {
        Value::Str(text) => parsed(text),
        other => other.to_json(),
    }
}

/// Text as JSON where it is JSON (or a Python repr of a list or map), else as a string.
#[must_use]
pub fn parsed(text: &str) -> Json {
    let trimmed = text.trim();
    if matches!(trimmed.as_bytes().first(), Some(b'{' | b'[' | b'"')) {
        if let Ok(json) = serde_json::from_str(trimmed) {
            return json;
        }
        if let Some(json) = from_python(trimmed) {
            return json;
        }
    }
    Json::String(text.to_owned())
}

/// The provider's id of the answer in a raw response body: the outermost that looks like one.
#[must_use]
pub fn response_id(body: &str) -> Option<&str> {
    const PREFIXES: &[&str] = &["resp_", "chatcmpl-", "msg_"];
    let ids = body.match_indices("\"id\"").filter_map(|(at, key)| {
        let rest = body.get(at + key.len()..)?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        let id = rest.split('"').next()?;
        let rank = PREFIXES.iter().position(|prefix| id.starts_with(prefix))?;
        Some((rank, id))
    });
    ids.min_by_key(|(rank, _)| *rank).map(|(_, id)| id)
}

/// What a Python function was called with, as decorators tell it (`{"args": [..], "kwargs": {..}}`): its one
/// argument, or its named ones, or its list; as it is if both are given.
#[must_use]
pub fn call_arguments(map: &Map<String, Json>) -> Option<Json> {
    let (args, kwargs) = (map.get("args")?.as_array()?, map.get("kwargs")?.as_object()?);
    match (args.as_slice(), map.len() == 2) {
        ([], true) => Some(Json::Object(kwargs.clone())),
        ([one], true) if kwargs.is_empty() => Some(one.clone()),
        (many, true) if kwargs.is_empty() => Some(Json::Array(many.to_vec())),
        _ => None,
    }
}

/// What LangChain's callbacks wrap in an envelope with tags and metadata, in a constructor, or in the message
/// that gives a tool's answer back.
#[must_use]
pub fn unwrapped(mut json: Json) -> Json {
    for _ in 0..limits::MESSAGE_DEPTH {
        let Json::Object(map) = &mut json else { return json };
        let inner = if map.contains_key("tags") && map.contains_key("metadata") {
            map.remove("inputs").or_else(|| map.remove("input_str"))
        } else if map.contains_key("kwargs") && map.contains_key("lc") {
            map.get_mut("kwargs").and_then(|kwargs| kwargs.get_mut("content")).map(Json::take)
        } else if let Some(arguments) = call_arguments(map) {
            return arguments;
        } else if map.get("type").and_then(Json::as_str) == Some("tool") && map.contains_key("tool_call_id") {
            map.remove("content")
        } else if map.get("type").and_then(Json::as_str) == Some("tool") && map.contains_key("data") {
            map.remove("data")
        } else if map.len() == 1 && map.get("output").is_some_and(|output| output.get("tool_call_id").is_some()) {
            map.remove("output")
        } else if map.contains_key("kwargs") && map.len() == 2 {
            map.remove("outputs").or_else(|| map.remove("output"))
        } else {
            None
        };
        match inner {
            Some(Json::String(text)) => json = parsed(&text),
            Some(inner) => json = inner,
            None => return json,
        }
    }
    json
}

struct Reader {
    direction: Direction,
    found: Vec<Message>,
}

impl Reader {
    fn place(&mut self, place: &Place<'_>) {
        match place {
            Place::Many(places) => places.iter().for_each(|place| self.place(place)),
            Place::Message(role, value) => self.of_role(role, json_of(value)),
            Place::Object(..) => self.read(&place.json(), 0),
            other => self.read(&other.json(), 0),
        }
    }

    /// A body that belongs to a role: a whole message, or only its content.
    fn of_role(&mut self, role: &str, mut body: Json) {
        // `{index, finish_reason, message: {...}}` of a choice.
        let finish = field(&body, FINISH).and_then(Json::as_str).map(str::to_owned);
        if let Some(inner @ Json::Object(_)) = body.get_mut("message").map(Json::take) {
            body = inner;
        }
        let mut message = match &body {
            Json::Object(object) if is_message(object) || !part::is_part(object) => self.message(object, role),
            content => Message {
                role: role.to_owned(),
                direction: self.direction,
                name: None,
                parts: parts(content),
                finish_reason: None,
            },
        };
        if message.finish_reason.is_none() {
            message.finish_reason = finish.map(|sent| finish_reason(&sent).into_owned());
        }
        // Events without content are sent too.
        if !message.parts.is_empty() {
            self.found.push(message);
        }
    }

    fn default_role(&self) -> &'static str {
        match self.direction {
            Direction::Input => "user",
            Direction::Output => "assistant",
        }
    }

    fn read(&mut self, json: &Json, depth: usize) {
        if depth > limits::MESSAGE_DEPTH {
            return;
        }
        match json {
            Json::String(text) => match parsed(text) {
                Json::String(text) => self.text(text),
                inner => self.read(&inner, depth + 1),
            },
            Json::Array(items) => self.list(items, depth),
            Json::Object(object) => self.object(object, depth),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn text(&mut self, text: String) {
        if !text.is_empty() {
            let parts = vec![Part::Text { text }];
            let role = self.default_role().to_owned();
            self.found.push(Message { role, direction: self.direction, name: None, parts, finish_reason: None });
        }
    }

    fn list(&mut self, items: &[Json], depth: usize) {
        let is_part = |item: &Json| item.as_object().is_some_and(|object| !is_message(object) && part::is_part(object));
        // LangChain's shorthand: a role and what it says.
        if let [Json::String(role), said @ Json::String(_)] = items {
            let role = match role.as_str() {
                "human" | "user" => Some("user"),
                "ai" | "assistant" => Some("assistant"),
                "system" => Some("system"),
                _ => None,
            };
            if let Some(role) = role {
                return self.of_role(role, said.clone());
            }
        }
        if !items.is_empty() && items.iter().all(is_part) {
            // Parts without a message around them: one message.
            self.of_role(self.default_role(), Json::Array(items.to_vec()));
        } else {
            items.iter().for_each(|item| self.read(item, depth + 1));
        }
    }

    /// A message, or a body that holds some.
    fn object(&mut self, object: &Map<String, Json>, depth: usize) {
        if let Some(constructor) = object.get("kwargs").and_then(Json::as_object).filter(|_| object.contains_key("lc"))
        {
            return self.langchain(object, constructor);
        }
        if is_message(object) {
            let role = self.default_role();
            let message = self.message(object, role);
            return self.found.push(message);
        }
        if let Some(arguments) = call_arguments(object) {
            return self.read(&arguments, depth + 1);
        }
        // What wraps one message.
        for key in ["message", "delta"] {
            if let Some(inner @ Json::Object(_)) = object.get(key) {
                let before = self.found.len();
                self.read(inner, depth + 1);
                let finish = FINISH.iter().find_map(|key| object.get(*key)).and_then(Json::as_str);
                if let Some(message) = self.found.get_mut(before) {
                    if let Some(sent) = finish {
                        message.finish_reason.get_or_insert_with(|| finish_reason(sent).into_owned());
                    }
                    message.parts.extend(beside(object));
                }
                return;
            }
        }
        let mut any = false;
        for key in ["system", "instructions", "system_instruction", "systemInstruction"] {
            // ADK keeps it in the request's configuration.
            let content = object.get(key).or_else(|| object.get("config")?.get(key));
            if let Some(content) = content.filter(|content| !content.is_null()) {
                let parts = parts(content);
                if !parts.is_empty() && self.direction == Direction::Input {
                    let role = "system".to_owned();
                    self.found.push(Message {
                        role,
                        direction: self.direction,
                        name: None,
                        parts,
                        finish_reason: None,
                    });
                    any = true;
                }
            }
        }
        const INPUT: &[&str] = &["messages", "input", "contents", "items", "prompt", "prompts", "history"];
        const OUTPUT: &[&str] = &[
            "choices",
            "candidates",
            "completion",
            "output",
            "generations",
            "messages",
            "content",
            "output_text",
            "response",
            "text",
        ];
        let keys = if self.direction == Direction::Input { INPUT } else { OUTPUT };
        for key in keys {
            if let Some(inner) = object.get(*key).filter(|inner| !inner.is_null()) {
                let before = self.found.len();
                self.read(inner, depth + 1);
                if self.found.len() > before {
                    self.stop_reason(object, before);
                    return;
                }
            }
        }
        if !any && part::is_part(object) {
            self.of_role(self.default_role(), Json::Array(vec![Json::Object(object.clone())]));
        }
    }

    fn stop_reason(&mut self, object: &Map<String, Json>, from: usize) {
        let sent = FINISH.iter().find_map(|key| object.get(*key)).and_then(Json::as_str);
        if let (Some(sent), Some(message)) = (sent, self.found.get_mut(from)) {
            message.finish_reason.get_or_insert_with(|| finish_reason(sent).into_owned());
        }
    }

    /// LangChain's `{"lc": 1, "id": [.., "HumanMessage"], "kwargs": {..}}`.
    fn langchain(&mut self, object: &Map<String, Json>, kwargs: &Map<String, Json>) {
        let class = object.get("id").and_then(Json::as_array).and_then(|id| id.last()).and_then(Json::as_str);
        let role = class.map_or(self.default_role(), |class| match class.trim_end_matches("Chunk") {
            "HumanMessage" => "user",
            "AIMessage" => "assistant",
            "SystemMessage" => "system",
            "ToolMessage" | "FunctionMessage" => "tool",
            _ => self.default_role(),
        });
        let mut message = self.message(kwargs, role);
        role.clone_into(&mut message.role);
        self.found.push(message);
    }

    fn message(&self, object: &Map<String, Json>, default_role: &str) -> Message {
        let sent = object.get("role").or_else(|| object.get("type")).and_then(Json::as_str);
        let role = match sent {
            None | Some("message" | "text") => default_role,
            Some("human" | "HumanMessage") => "user",
            Some("ai" | "model" | "AIMessage" | "AIMessageChunk") => "assistant",
            Some("developer" | "SystemMessage") => "system",
            Some("function" | "function_call_output" | "ToolMessage" | "tool-response") => "tool",
            Some("function_call" | "reasoning" | "tool-call" | "thinking") => "assistant",
            Some(role) => role,
        };
        let data = object.get("data").and_then(Json::as_object).unwrap_or(object);
        let mut parts = body_parts(data, role);
        for item in [object, data] {
            if parts.is_empty() && part::is_part(item) {
                parts = part::parts(&Json::Array(vec![Json::Object(item.clone())]));
            }
        }
        // OpenLLMetry's older versions tell what the model thought as a message of a role of its own.
        if sent == Some("thinking") {
            let thought = |part| if let Part::Text { text } = part { Part::Reasoning { text } } else { part };
            parts = parts.into_iter().map(thought).collect();
        }
        Message {
            role: role.to_owned(),
            direction: self.direction,
            name: data
                .get("name")
                .and_then(Json::as_str)
                .filter(|name| !name.is_empty() && role != "tool")
                .map(str::to_owned),
            parts,
            finish_reason: FINISH
                .iter()
                .find_map(|key| data.get(*key))
                .and_then(Json::as_str)
                .filter(|sent| !sent.is_empty())
                .map(|sent| finish_reason(sent).into_owned()),
        }
    }
}

/// What AutoGen's instrumentation puts beside a message: what functions gave back, each as JSON.
fn beside(object: &Map<String, Json>) -> Vec<Part> {
    let results = object.get("function").and_then(Json::as_array).into_iter().flatten();
    let result = |result: &Json| match result.as_str().map(parsed)? {
        Json::Object(result) => Some(part::response(&result)),
        _ => None,
    };
    results.filter_map(result).collect()
}

const FINISH: &[&str] = &["finish_reason", "finishReason", "stop_reason", "stopReason"];

fn field<'a>(json: &'a Json, keys: &[&str]) -> Option<&'a Json> {
    keys.iter().find_map(|key| json.get(*key))
}

/// Says it is one: a role and something said, or a Responses item that stands for one.
fn is_message(object: &Map<String, Json>) -> bool {
    if object.get("role").is_some_and(Json::is_string) {
        return true;
    }
    let says = ["content", "parts", "tool_calls", "contents", "data"].iter().any(|key| object.contains_key(*key));
    match object.get("type").and_then(Json::as_str) {
        Some(
            "human" | "ai" | "system" | "tool" | "HumanMessage" | "AIMessage" | "SystemMessage" | "ToolMessage"
            | "message",
        ) => says,
        Some("function_call" | "function_call_output") => true,
        Some("reasoning") => object.contains_key("summary"),
        Some(_) => false,
        None => {
            let has = |key: &str| object.contains_key(key);
            // The last two: an answer in Vercel's words.
            has("tool_calls")
                || has("parts")
                || has("tool_call_id")
                || has("toolCalls")
                || (object.get("reasoning").is_some_and(Json::is_string)
                    && object.get("text").is_some_and(Json::is_string))
        }
    }
}

/// All that a message says, in the order thought, said, called.
fn body_parts(object: &Map<String, Json>, role: &str) -> Vec<Part> {
    let mut found = Vec::new();
    for key in ["reasoning_content", "reasoning", "thinking"] {
        if let Some(text) = object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()) {
            found.push(Part::Reasoning { text: text.to_owned() });
            break;
        }
    }
    let content = ["parts", "content", "contents", "text"].iter().find_map(|key| {
        object.get(*key).filter(|content| {
            !content.is_null() && content.as_str() != Some("") && content.as_array().is_none_or(|l| !l.is_empty())
        })
    });
    if let Some(content) = content {
        let call = object.get("tool_call_id").or_else(|| object.get("toolCallId")).and_then(Json::as_str);
        if role == "tool" && part::is_plain(content) {
            let name = object.get("name").and_then(Json::as_str).map(str::to_owned);
            let id = call.or_else(|| object.get("id").and_then(Json::as_str)).map(str::to_owned);
            let result = text_of(content).map_or_else(|| content.clone(), |text| parsed(&text));
            found.push(Part::ToolCallResponse { id, name, result });
        } else {
            found.extend(parts(content));
        }
    }
    let calls = object.get("tool_calls").or_else(|| object.get("toolCalls")).map(|calls| match calls {
        Json::String(text) => Cow::Owned(parsed(text)),
        other => Cow::Borrowed(other),
    });
    for call in calls.as_deref().and_then(Json::as_array).into_iter().flatten() {
        let call = call.get("tool_call").unwrap_or(call);
        let function = call.get("function").unwrap_or(call);
        let id = field(call, &["call_id", "toolCallId", "id"]).and_then(Json::as_str).map(str::to_owned);
        if found.iter().any(|part| matches!(part, Part::ToolCall { id: known, .. } if known.is_some() && *known == id))
        {
            continue;
        }
        let name = field(function, &["name", "toolName"]).and_then(Json::as_str).unwrap_or_default().to_owned();
        let arguments = arguments(function);
        // Arize's processor for Vercel writes a call of nulls into each message that has none.
        if id.is_some() || !name.is_empty() || !arguments.is_null() {
            found.push(Part::ToolCall { id, name, arguments });
        }
    }
    if let Some(call) = object.get("function_call").filter(|call| call.is_object()) {
        let name = call.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
        found.push(Part::ToolCall { id: None, name, arguments: arguments(call) });
    }
    if found.len() > 1 {
        // Beside a call that is all it says.
        found.retain(|part| !matches!(part, Part::Text { text } if text.is_empty()));
    }
    found
}

#[cfg(test)]
mod tests;
