//! One line in any of the four shapes, read alike: a flat span line, a recorder's entry, a bus event with
//! its payload, a provider's call.

use serde_json::{Map, Value as Json};
use std::time::Duration;
use vedette_model::{Id, NanoUsd, RunKey, SpanKey, Timestamp, limits};

/// See the module.
pub struct Entry<'a> {
    /// Such as `llm_call_end`.
    pub event: &'a str,
    pub time: Timestamp,
    top: &'a Map<String, Json>,
    /// `payload` of a bus event, `metadata` of a recorder's entry.
    inner: Option<&'a Map<String, Json>>,
}

/// Keys whose values are content and have attributes of their own.
const CONTENT: [&str; 9] =
    ["messages_in", "messages", "input", "response", "output", "result_output", "completion", "prompt", "task"];

impl<'a> Entry<'a> {
    pub fn read(json: &'a Json) -> Result<Self, String> {
        let top = json.as_object().ok_or("not a JSON object")?;
        let event = top.get("event_type").and_then(Json::as_str).filter(|text| !text.is_empty());
        let event = event.ok_or("no event_type: not a trace line")?;
        let time = match top.get("timestamp") {
            Some(Json::String(text)) => Timestamp::parse(text),
            Some(Json::Number(number)) => number.as_f64().and_then(Timestamp::from_unix_seconds),
            _ => None,
        };
        let time = time.ok_or("no valid timestamp; expected Unix seconds or ISO 8601")?;
        let inner = ["payload", "metadata"].iter().find_map(|key| top.get(*key).and_then(Json::as_object));
        Ok(Entry { event, time, top, inner })
    }

    /// The first of some keys that has a value.
    pub fn get(&self, keys: &[&str]) -> Option<&'a Json> {
        let of = |map: &'a Map<String, Json>, key: &str| map.get(key).filter(|value| !value.is_null());
        keys.iter().find_map(|key| of(self.top, key).or_else(|| self.inner.and_then(|inner| of(inner, key))))
    }

    pub fn text(&self, keys: &[&str]) -> Option<&'a str> {
        let fits = |text: &&str| !text.is_empty() && text.len() <= limits::NAME_BYTES;
        self.get(keys).and_then(Json::as_str).filter(fits)
    }

    pub fn count(&self, keys: &[&str]) -> Option<u64> {
        let number = self.get(keys)?;
        number.as_u64().or_else(|| number.as_f64().filter(|n| (0.0..9e15).contains(n)).map(|n| n.round() as u64))
    }

    /// The run it names, and its foreign spelling.
    pub fn run_id(&self) -> Result<Option<(RunKey, Option<String>)>, String> {
        let Some(value) = self.get(&["run_id", "trace_id"]) else { return Ok(None) };
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => return Err("run_id is neither text nor a number".to_owned()),
        };
        if text.len() > limits::NAME_BYTES {
            return Err(format!("run_id is longer than {} bytes", limits::NAME_BYTES));
        }
        Ok(RunKey::parse(&text).map(|(key, id)| match id {
            Id::Key => (key, None),
            Id::External(text) => (key, Some(text)),
        }))
    }

    /// The span it begins, ends or is, where it names one.
    pub fn span_id(&self) -> Option<SpanKey> {
        self.text(&["span_id"]).and_then(SpanKey::parse)
    }

    /// The span above it, where it names one.
    pub fn parent_span_id(&self) -> Option<SpanKey> {
        self.text(&["parent_span_id"]).and_then(SpanKey::parse)
    }

    pub fn agent(&self) -> &'a str {
        self.text(&["agent_name", "agent"]).unwrap_or_default()
    }

    pub fn model(&self) -> &'a str {
        self.text(&["model"]).unwrap_or_default()
    }

    pub fn pattern(&self) -> Option<&'a str> {
        self.text(&["pattern_type", "pattern"])
    }

    pub fn duration(&self) -> Option<Duration> {
        let number = |key: &str| self.get(&[key]).and_then(Json::as_f64);
        let ms = ["duration_ms", "latency_ms"].iter().find_map(|key| number(key));
        let ms = ms.or_else(|| number("duration_seconds").map(|seconds| seconds * 1e3));
        ms.filter(|ms| (0.0..1e12).contains(ms)).map(|ms| Duration::from_nanos((ms * 1e6).round() as u64))
    }

    pub fn tokens(&self) -> (Option<u64>, Option<u64>) {
        (self.count(&["input_tokens", "prompt_tokens"]), self.count(&["output_tokens", "completion_tokens"]))
    }

    /// A cost of nothing for tokens is a place holder, not a cost.
    pub fn cost(&self) -> Option<NanoUsd> {
        let cost = match self.get(&["cost_usd", "cost_estimate", "cost"])? {
            Json::String(text) => NanoUsd::parse(text),
            Json::Number(number) => NanoUsd::parse(&number.to_string()),
            _ => None,
        }?;
        let spent = matches!(self.tokens(), (Some(1..), _) | (_, Some(1..)));
        (cost != NanoUsd::ZERO || !spent).then_some(cost)
    }

    /// Why it failed, as sent.
    pub fn error(&self) -> Option<&'a Json> {
        self.get(&["error", "error_message", "message"])
    }

    pub fn input(&self) -> Option<&'a Json> {
        self.get(&["messages_in", "messages", "input", "prompt", "task"])
    }

    pub fn output(&self) -> Option<&'a Json> {
        self.get(&["response", "output", "result_output", "completion"])
    }

    /// The line without its content.
    pub fn rest(&self) -> String {
        let kept = |map: &Map<String, Json>| -> Map<String, Json> {
            map.iter()
                .filter(|(key, _)| !CONTENT.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let mut line = kept(self.top);
        for key in ["payload", "metadata"] {
            if let Some(Json::Object(inner)) = self.top.get(key) {
                line.insert(key.to_owned(), Json::Object(kept(inner)));
            }
        }
        Json::Object(line).to_string()
    }
}
