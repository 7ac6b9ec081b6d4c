//! The first characters of what went in and came out, on one line. On the hot path: looks only at the
//! last messages of a history, from its end, and stops reading when the line is full.

mod glance;

use crate::messages::{Place, call_arguments};
use glance::{Backwards, Body, Glance, is_of_tool};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::sync::Arc;
use vedette_model::{Attributes, Direction, Value, limits};

/// The last message of the user, or the answer.
#[must_use]
pub fn message(place: &Place<'_>, direction: Direction) -> Option<Arc<str>> {
    let mut line = Line::default();
    match place {
        Place::Value(value) => line.value(value, direction),
        Place::Text(text) => line.body(text, direction),
        Place::Indexed(attributes, prefix) => line.indexed(attributes, prefix, direction),
        // Of a map only what is said in it: records are sent without content too.
        Place::Message(_, value @ Value::Map(_)) => line.element(&value.to_json().to_string()),
        Place::Message(_, value) => line.value(value, direction),
        Place::Object(attributes, prefix) => {
            let said =
                |key: &&str| attributes.get(&format!("{prefix}{key}")).filter(|value| value.as_str() != Some(""));
            if let Some(value) = ["content", "message", "text", "toolCalls"].iter().find_map(said) {
                line.value(value, direction);
            }
        }
        Place::Many(places) => return last_of_many(places, direction),
    }
    line.finish()
}

/// Text or JSON as it is; of a state that holds messages, what [`message`] shows.
#[must_use]
pub fn plain(place: &Place<'_>, direction: Direction) -> Option<Arc<str>> {
    let mut line = Line::default();
    match place {
        Place::Value(Value::Str(text)) => line.plain(text, direction),
        Place::Text(text) => line.plain(text, direction),
        Place::Many(places) => return places.last().and_then(|place| plain(place, direction)),
        other => line.text(&other.json().to_string()),
    }
    line.finish()
}

/// The arguments that a Python decorator wrapped: what people want to see of a call.
fn arguments(text: &str) -> Option<String> {
    if !text.starts_with("{\"args\":") || text.len() > limits::PREVIEW_SEARCH_BYTES {
        return None;
    }
    match call_arguments(&serde_json::from_str(text).ok()?)? {
        Json::String(one) => Some(one),
        Json::Object(none) if none.is_empty() => Some(String::new()),
        other => Some(other.to_string()),
    }
}

/// Text on one line, cut at the bound.
#[must_use]
pub fn one_line(text: &str) -> Option<Arc<str>> {
    let mut line = Line::default();
    line.text(text);
    line.finish()
}

/// Whether a message only gives tools' answers back.
#[must_use]
pub fn answers_a_tool(message: &Value) -> bool {
    let json = message.to_json().to_string();
    serde_json::from_str::<Glance<'_>>(&json).is_ok_and(|glance| glance.answers_a_tool())
}

fn last_of_many(places: &[Place<'_>], direction: Direction) -> Option<Arc<str>> {
    let of_user = |place: &&Place<'_>| direction == Direction::Output || matches!(place, Place::Message("user", _));
    let place = places.iter().rev().find(of_user).or(places.last())?;
    message(place, direction)
}

/// A line that takes characters until it is full; runs of white space become one space.
#[derive(Default)]
struct Line {
    text: String,
    chars: usize,
    space: bool,
    depth: u8,
}

impl Line {
    fn full(&self) -> bool {
        self.chars >= limits::PREVIEW_CHARS
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() || c.is_control() {
            self.space = self.chars > 0;
            return;
        }
        if self.space {
            self.space = false;
            self.text.push(' ');
            self.chars += 1;
            if self.full() {
                return;
            }
        }
        self.text.push(c);
        self.chars += 1;
    }

    fn text(&mut self, mut text: &str) {
        loop {
            text = self.words(text, |_| true);
            let mut chars = text.chars();
            let Some(c) = chars.next().filter(|_| !self.full()) else { return };
            self.push(c);
            text = chars.as_str();
        }
    }

    /// Takes as many plain words at once as there are and as fit; answers the rest. Most text is nothing else.
    fn words<'t>(&mut self, text: &'t str, plain: impl Fn(u8) -> bool) -> &'t str {
        let bytes = text.as_bytes();
        let word = |byte: &u8| byte.is_ascii_graphic() && plain(*byte);
        let room = limits::PREVIEW_CHARS.saturating_sub(self.chars + usize::from(self.space));
        let mut taken = 0;
        while taken < room
            && let Some(byte) = bytes.get(taken)
            && (word(byte) || (*byte == b' ' && taken > 0 && bytes.get(taken + 1).is_some_and(word)))
        {
            taken += 1;
        }
        let Some((words, rest)) = text.split_at_checked(taken).filter(|_| taken > 0) else { return text };
        if std::mem::take(&mut self.space) {
            self.text.push(' ');
            self.chars += 1;
        }
        self.text.push_str(words);
        self.chars += taken;
        rest
    }

    fn separate(&mut self) {
        self.space = self.chars > 0;
    }

    fn finish(self) -> Option<Arc<str>> {
        (!matches!(self.text.as_str(), "" | "null")).then(|| self.text.into())
    }

    /// Reads a JSON string, quotes included, only as far as the line has room.
    fn json_string(&mut self, raw: &str) {
        let mut rest = raw.trim().trim_start_matches('"');
        let mut high = None;
        loop {
            rest = self.words(rest, |byte| !matches!(byte, b'"' | b'\\'));
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return };
            if self.full() || c == '"' {
                return;
            }
            if c != '\\' {
                self.push(c);
                rest = chars.as_str();
                continue;
            }
            match chars.next() {
                Some('n' | 'r' | 't' | 'f' | 'b') => self.push(' '),
                Some('u') => {
                    let code = (0..4).try_fold(0_u32, |code, _| Some(code * 16 + chars.next()?.to_digit(16)?));
                    let Some(code) = code else { return };
                    match (high.take(), code) {
                        (_, 0xD800..0xDC00) => high = Some(code),
                        (Some(high), 0xDC00..0xE000) => {
                            let joined = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
                            self.push(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
                        }
                        _ => self.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
                    }
                }
                Some(other) => self.push(other),
                None => return,
            }
            rest = chars.as_str();
        }
    }

    fn text_or_json_string(&mut self, text: &str) {
        let trimmed = text.trim();
        if trimmed.len() >= 2 && trimmed.starts_with('"') && trimmed.ends_with('"') {
            self.json_string(trimmed);
        } else {
            self.text(trimmed);
        }
    }

    fn plain(&mut self, text: &str, direction: Direction) {
        let text = text.trim_start();
        // A graph's state, or a callback's envelope around it.
        const WRAPPERS: &[&str] = &["messages", "output", "outputs", "inputs", "input_str", "type", "lc"];
        let first = text.strip_prefix("{\"").and_then(|rest| rest.split('"').next());
        if first.is_some_and(|first| WRAPPERS.contains(&first)) {
            return self.object(text, direction, 0);
        }
        match arguments(text) {
            Some(inner) => self.text(&inner),
            None => self.text_or_json_string(text),
        }
    }

    fn value(&mut self, value: &Value, direction: Direction) {
        match value {
            Value::Str(text) => self.body(text, direction),
            // Structured: only the message that is shown becomes JSON text.
            Value::Array(items) => {
                if direction == Direction::Input {
                    let of_user = items.iter().rev().filter(|item| role(item) == Some("user"));
                    for text in of_user.map(|item| item.to_json().to_string()) {
                        match serde_json::from_str::<Glance<'_>>(&text) {
                            Ok(glance) if !glance.answers_a_tool() => return self.glance(&glance),
                            _ => {}
                        }
                    }
                }
                match items.last() {
                    Some(nested @ Value::Array(_)) => self.list(&nested.to_json().to_string(), direction),
                    Some(item) => self.element(&item.to_json().to_string()),
                    None => {}
                }
            }
            other => self.body(&other.to_json().to_string(), direction),
        }
    }

    /// JSON text of messages, of one, or of a body around them; or plain text.
    fn body(&mut self, text: &str, direction: Direction) {
        let trimmed = text.trim();
        match trimmed.as_bytes().first() {
            Some(b'[') => self.list(trimmed, direction),
            Some(b'{') => match arguments(trimmed) {
                Some(inner) => self.body(&inner, direction),
                None => self.object(trimmed, direction, 0),
            },
            _ => self.text_or_json_string(trimmed),
        }
    }

    fn list(&mut self, text: &str, direction: Direction) {
        if direction == Direction::Output {
            // What the model said: all of it, as a rule one message.
            if text.len() <= limits::PREVIEW_SEARCH_BYTES
                && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text)
            {
                for item in items {
                    // An agent's whole turn: what it said last is its answer.
                    if item.get().contains("tool") && is_of_tool(item.get()) {
                        *self = Line::default();
                    } else {
                        self.element(item.get());
                        self.separate();
                    }
                }
            }
            if self.chars == 0 {
                self.text(text);
            }
            return;
        }
        let mut last = None;
        let mut searched = 0;
        for element in Backwards::of(text) {
            if element.starts_with('[') && last.is_none() && self.depth < limits::PREVIEW_DEPTH {
                self.depth += 1;
                return self.list(element, direction);
            }
            last = last.or(Some(element));
            searched += element.len();
            if searched > limits::PREVIEW_SEARCH_BYTES {
                break;
            }
            if let Ok(glance) = serde_json::from_str::<Glance<'_>>(element)
                && glance.is("user")
                && !glance.answers_a_tool()
            {
                self.glance(&glance);
                if self.chars > 0 {
                    return;
                }
            }
        }
        last.into_iter().for_each(|element| self.element(element));
        if self.chars == 0 {
            self.text(text);
        }
    }

    fn object(&mut self, text: &str, direction: Direction, depth: usize) {
        let Ok(body) = serde_json::from_str::<Body<'_>>(text) else { return self.text(text) };
        let Body { messages, input, contents, prompt, choices, output, candidates, generations, message, update } =
            body;
        let inner = match direction {
            Direction::Input => [messages, input, contents, prompt, message, None, None],
            Direction::Output => [choices, candidates, output, generations, message, messages, update],
        };
        match inner.into_iter().flatten().find(|inner| inner.get() != "null") {
            Some(inner) if depth < 4 => match inner.get().as_bytes().first() {
                Some(b'{') => self.object(inner.get(), direction, depth + 1),
                Some(b'[') => {
                    // The last choice or message; inside it may be another wrapper.
                    let element = match direction {
                        Direction::Input => return self.list(inner.get(), direction),
                        Direction::Output => Backwards::of(inner.get()).next(),
                    };
                    let nested = element.filter(|element| element.starts_with('['));
                    let element = nested.and_then(|nested| Backwards::of(nested).next()).or(element);
                    element.into_iter().for_each(|element| self.object(element, direction, depth + 1));
                }
                _ => self.json_string(inner.get()),
            },
            _ => self.element(text),
        }
        if self.chars == 0 {
            self.text(text);
        }
    }

    /// One message, one part, or text; below the bound nothing is looked at.
    fn element(&mut self, json: &str) {
        if self.depth < limits::PREVIEW_DEPTH {
            self.depth += 1;
            self.element_within(json);
            self.depth -= 1;
        }
    }

    fn element_within(&mut self, json: &str) {
        match json.trim_start().as_bytes().first() {
            Some(b'"') => self.json_string(json),
            Some(b'{') => {
                if let Ok(glance) = serde_json::from_str::<Glance<'_>>(json) {
                    self.glance(&glance);
                }
            }
            Some(b'[') => {
                for item in serde_json::from_str::<Vec<&RawValue>>(json).unwrap_or_default() {
                    if self.full() {
                        return;
                    }
                    self.element(item.get());
                    self.separate();
                }
            }
            _ => {}
        }
    }

    fn glance(&mut self, glance: &Glance<'_>) {
        if glance.kind("reasoning") || glance.kind("thinking") {
            return;
        }
        for said in [glance.text, glance.content, glance.parts, glance.response, glance.result].into_iter().flatten() {
            self.element(said.get());
            if self.chars > 0 {
                return;
            }
        }
        let inner = [glance.message, glance.function, glance.tool_use, glance.tool_result, glance.kwargs];
        for inner in inner.into_iter().flatten() {
            self.element(inner.get());
            if self.chars > 0 {
                return;
            }
        }
        if let Some(calls) = glance.tool_calls {
            return self.element(calls.get());
        }
        // A call: `get_weather {"city": "Paris"}`.
        if let Some(name) = glance.name.or(glance.tool_name) {
            let arguments = glance.arguments.or(glance.input).or(glance.args);
            if let Some(arguments) = arguments {
                self.json_string(name.get());
                self.separate();
                match arguments.get().as_bytes().first() {
                    Some(b'"') => self.json_string(arguments.get()),
                    _ => self.text(arguments.get()),
                }
                return;
            }
        }
        // Its arguments were left out.
        let call = glance.function.or(glance.tool_use).map(|call| serde_json::from_str::<Glance<'_>>(call.get()));
        if let Some(Ok(Glance { name: Some(name), .. })) = call {
            self.json_string(name.get());
        }
    }

    /// Flattened messages: the last of the user, or the last of all.
    fn indexed(&mut self, attributes: &Attributes, prefix: &str, direction: Direction) {
        let mut last = None;
        let mut last_of_user = None;
        for (key, value) in attributes.prefixed(prefix) {
            let rest = key.get(prefix.len()..).unwrap_or_default();
            let Some((number, rest)) = rest.split_once('.') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            last = last.max(Some(number));
            if rest.ends_with("role") && matches!(value.as_str(), Some("user" | "human")) {
                last_of_user = last_of_user.max(Some(number));
            }
        }
        let number = if direction == Direction::Input { last_of_user.or(last) } else { last };
        let Some(number) = number else { return };
        let one = format!("{prefix}{number}.");
        for (key, value) in attributes.prefixed(&one) {
            let rest = key.get(one.len()..).unwrap_or_default();
            let says = rest.ends_with("content") || rest.ends_with("text");
            let kind = || attributes.str(&key.replace(".text", ".type"));
            if let (true, Some(text)) = (says && kind() != Some("reasoning"), value.as_str()) {
                self.body(text, direction);
                self.separate();
                // The parts repeat it.
                if matches!(rest, "content" | "message.content") && self.chars > 0 {
                    return;
                }
            }
        }
        if self.chars == 0 {
            for end in ["name", "arguments"] {
                for (_, value) in attributes.prefixed(&one).filter(|(key, _)| key.ends_with(end)) {
                    self.text(value.as_str().unwrap_or_default());
                    self.separate();
                }
            }
        }
    }
}

fn role(value: &Value) -> Option<&str> {
    match value {
        Value::Map(pairs) => pairs.iter().find(|(key, _)| key == "role").and_then(|(_, role)| role.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
