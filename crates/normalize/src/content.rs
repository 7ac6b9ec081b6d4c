//! From filled drafts to [`Content`]: reads whole what the previews only glanced at.

use crate::draft::{Draft, Slot};
use crate::messages::{Place, unwrapped};
use serde_json::Value as Json;
use std::collections::HashSet;
use vedette_model::{Content, Direction, Kind, Message, Part};

/// A list of this many numbers or more is an embedding.
const VECTOR: usize = 32;

impl Draft<'_> {
    fn json(&self, slot: Slot) -> Option<Json> {
        self.slot(slot).map(|place| place.json())
    }

    /// What this span says by itself.
    pub(crate) fn content(&self) -> Content {
        let messages_of = |slot, direction| self.slot(slot).map(|place| place.messages(direction)).unwrap_or_default();
        let mut system = messages_of(Slot::System, Direction::Input);
        for message in &mut system {
            "system".clone_into(&mut message.role);
        }
        let sent = messages_of(Slot::Sent, Direction::Input);
        // OpenLIT says it twice: apart and as the first message.
        if sent
            .iter()
            .any(|message| message.role == "system" && system.iter().any(|apart| apart.parts == message.parts))
        {
            system.clear();
        }
        let received = messages_of(Slot::Received, Direction::Output);
        let mut content = Content {
            input: self.json(Slot::Input).map(unwrapped),
            output: self.json(Slot::Output).map(unwrapped),
            tools: self.json(Slot::Tools).or_else(|| offered(self.json(Slot::Sent)?)).map(list).unwrap_or_default(),
            documents: self.json(Slot::Documents).map(list).unwrap_or_default(),
            parameters: self.json(Slot::Parameters).map(parameters).unwrap_or_default(),
            messages: Vec::new(),
        };
        if self.kind() == Kind::Embedding {
            content.output = content.output.map(without_vectors);
        }
        // Nothing is lost that could not be read as messages.
        let unread = |slot| self.slot(slot).filter(|place| !matches!(place, Place::Message(..))).map(Place::json);
        if sent.is_empty() && content.input.is_none() {
            content.input = unread(Slot::Sent);
        }
        if received.is_empty() && content.output.is_none() {
            content.output = unread(Slot::Received);
        }
        content.messages = system.into_iter().chain(sent).chain(received).collect();
        content
    }
}

/// Fills what `into` lacks, each field and each direction of messages as a whole.
pub(crate) fn fill_missing(into: &mut Content, from: Content) {
    into.input = into.input.take().or(from.input);
    into.output = into.output.take().or(from.output);
    if into.tools.is_empty() {
        into.tools = from.tools;
    }
    if into.documents.is_empty() {
        into.documents = from.documents;
    }
    if into.parameters.is_empty() {
        into.parameters = from.parameters;
    }
    let has = |messages: &[Message], direction| messages.iter().any(|message| message.direction == direction);
    let (sent, received): (Vec<_>, Vec<_>) =
        from.messages.into_iter().partition(|message| message.direction == Direction::Input);
    if !has(&into.messages, Direction::Input) {
        into.messages.splice(0..0, sent);
    }
    if !has(&into.messages, Direction::Output) {
        into.messages.extend(received);
    }
}

/// Drops messages that only repeat tools' answers: Botocore's records say each twice, as the tool's message
/// and again inside the user's.
pub(crate) fn drop_repeated_answers(messages: &mut Vec<Message>) {
    let mut known = HashSet::new();
    messages.retain(|message| {
        let answered = |part: &Part| if let Part::ToolCallResponse { id, .. } = part { id.clone() } else { None };
        let ids: Option<Vec<String>> = message.parts.iter().map(answered).collect();
        let Some(ids) = ids.filter(|ids| !ids.is_empty()) else { return true };
        let before = known.len();
        known.extend(ids);
        known.len() > before
    });
}

/// The tools in the body of a request, or in ADK's configuration of it.
fn offered(mut body: Json) -> Option<Json> {
    let tools = body.get_mut("tools").map(Json::take);
    tools.or_else(|| body.get_mut("config")?.get_mut("tools").map(Json::take)).filter(Json::is_array)
}

/// Embeddings are for machines; the raw attributes keep them.
fn without_vectors(json: Json) -> Json {
    match json {
        Json::Array(items) if items.len() >= VECTOR && items.iter().all(Json::is_number) => {
            Json::String(format!("({} numbers)", items.len()))
        }
        Json::Array(items) => items.into_iter().map(without_vectors).collect(),
        Json::Object(map) => map.into_iter().map(|(key, value)| (key, without_vectors(value))).collect(),
        other => other,
    }
}

fn list(json: Json) -> Vec<Json> {
    match json {
        Json::Array(items) => items
            .into_iter()
            .map(|item| if let Json::String(text) = &item { crate::messages::parsed(text) } else { item })
            .collect(),
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

fn parameters(json: Json) -> serde_json::Map<String, Json> {
    match json {
        Json::Object(map) => {
            map.into_iter().filter(|(key, value)| !value.is_null() && !is_no_parameter(key, value)).collect()
        }
        _ => serde_json::Map::new(),
    }
}

/// What is told elsewhere, and what OpenLIT sends for parameters that were not given.
fn is_no_parameter(key: &str, value: &Json) -> bool {
    match key {
        "model" | "functions" => true,
        "max_tokens" => value.as_i64() == Some(-1),
        "seed" => value.as_i64() == Some(0),
        "user" => value.as_str() == Some(""),
        _ => false,
    }
}
