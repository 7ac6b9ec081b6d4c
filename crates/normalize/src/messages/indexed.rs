//! Flattened keys folded back: `llm.input_messages.0.message.role` becomes `[{"message": {"role": ..}}]`,
//! wrappers that only name what they hold (`message`, `message_content`, `tool_call`) are taken off.

use super::parsed;
use serde_json::{Map, Value as Json};
use vedette_model::{Attributes, Value, limits};

/// All attributes under a prefix as one JSON value; maps whose keys are all numbers become lists.
#[must_use]
pub fn nested(attributes: &Attributes, prefix: &str) -> Json {
    let mut root = Map::new();
    for (key, value) in attributes.prefixed(prefix) {
        let path = key.get(prefix.len()..).unwrap_or_default();
        insert(&mut root, path, leaf(value));
    }
    fold(Json::Object(root), 0)
}

fn leaf(value: &Value) -> Json {
    match value {
        Value::Str(text) => Json::String(text.clone()),
        other => other.to_json(),
    }
}

fn insert(root: &mut Map<String, Json>, path: &str, value: Json) {
    let mut at = root;
    let mut rest = path;
    for _ in 0..limits::VALUE_DEPTH {
        let Some((head, tail)) = rest.split_once('.') else { break };
        let next = at.entry(head).or_insert_with(|| Json::Object(Map::new()));
        // A key that is both a value and a prefix of others: the value steps aside.
        if !next.is_object() {
            *next = Json::Object(Map::new());
        }
        let Json::Object(map) = next else { return };
        at = map;
        rest = tail;
    }
    at.entry(rest).or_insert(value);
}

fn fold(json: Json, depth: usize) -> Json {
    let Json::Object(map) = json else { return json };
    if depth > limits::VALUE_DEPTH {
        return Json::Object(map);
    }
    let map: Map<String, Json> = map.into_iter().map(|(key, value)| (key, fold(value, depth + 1))).collect();
    if map.is_empty() || !map.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_digit()) && key.len() < 8) {
        return unwrap(map);
    }
    let mut items: Vec<(u32, Json)> =
        map.into_iter().map(|(key, value)| (key.parse().unwrap_or(u32::MAX), value)).collect();
    items.sort_by_key(|(at, _)| *at);
    Json::Array(items.into_iter().map(|(_, value)| value).collect())
}

fn unwrap(mut map: Map<String, Json>) -> Json {
    for wrapper in ["message", "message_content", "tool_call", "document", "tool"] {
        if map.len() == 1
            && let Some(inner) = map.remove(wrapper)
        {
            return inner;
        }
    }
    // `tool.json_schema`: JSON text.
    match map.get("json_schema").and_then(Json::as_str) {
        Some(text) if map.len() == 1 => parsed(text),
        _ => Json::Object(map),
    }
}
