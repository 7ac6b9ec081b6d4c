//! Values that arrive inside JSON text where plain ones belong: `"\"AGENT\""`, `{"input_tokens": 50}`.

use crate::draft::{Count, Draft, Text};
use crate::messages::parsed;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use vedette_model::{NanoUsd, Value};

/// A JSON string as its text; other text as it is.
#[must_use]
pub fn unquoted(text: &str) -> Cow<'_, str> {
    if text.len() >= 2
        && text.starts_with('"')
        && let Ok(inner) = serde_json::from_str::<String>(text)
    {
        return Cow::Owned(inner);
    }
    Cow::Borrowed(text)
}

/// An object: a map, or JSON or Python text of one.
#[must_use]
pub fn object(value: &Value) -> Option<Map<String, Json>> {
    let json = match value {
        Value::Str(text) if text.trim_start().starts_with('{') => parsed(text),
        Value::Map(_) => value.to_json(),
        _ => return None,
    };
    match json {
        Json::Object(object) => Some(object),
        _ => None,
    }
}

/// The usage object at the top of a response body; the rest of the body is not read into memory.
#[must_use]
pub fn body_usage(body: &str) -> Option<Map<String, Json>> {
    #[derive(Deserialize)]
    struct Body {
        usage: Option<Map<String, Json>>,
        usage_metadata: Option<Map<String, Json>>,
        #[serde(rename = "usageMetadata")]
        camel: Option<Map<String, Json>>,
    }
    let body: Body = serde_json::from_str(body).ok()?;
    body.usage.or(body.usage_metadata).or(body.camel)
}

/// The model that a response body names at its top.
#[must_use]
pub fn body_model(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        model: Option<String>,
    }
    serde_json::from_str::<Body>(body).ok()?.model
}

/// Whether it is Anthropic's or Bedrock's own usage object, whose input leaves out what it counts of the cache.
/// A sum over both is somebody else's.
#[must_use]
pub fn leaves_cache_out(usage: &Map<String, Json>) -> bool {
    const APART: &[&str] =
        &["cache_read_input_tokens", "cache_creation_input_tokens", "cacheReadInputTokens", "cacheWriteInputTokens"];
    number(usage, &["input_tokens", "inputTokens"]).is_some()
        && number(usage, APART).is_some()
        && !usage.contains_key("total_tokens")
}

const INPUT: &[&str] = &[
    "input_tokens",
    "prompt_tokens",
    "input",
    "inputTokens",
    "promptTokens",
    "prompt_token_count",
    "promptTokenCount",
];
const OUTPUT: &[&str] = &[
    "output_tokens",
    "completion_tokens",
    "output",
    "outputTokens",
    "completionTokens",
    "candidates_token_count",
    "candidatesTokenCount",
];
const TOTAL: &[&str] = &["total_tokens", "total", "totalTokens", "total_token_count", "totalTokenCount"];
const CACHE_READ: &[&str] = &[
    "cache_read_input_tokens",
    "cache_read_tokens",
    "cached_prompt_tokens",
    "cachedPromptTokens",
    "input_cached_tokens",
    "cachedInputTokens",
    "cacheReadInputTokens",
    "cachedContentTokens",
    "cached_content_token_count",
    "cachedContentTokenCount",
    "cache_read",
];
const CACHE_WRITE: &[&str] = &[
    "cache_creation_input_tokens",
    "cache_creation_tokens",
    "cache_write_input_tokens",
    "cacheCreationInputTokens",
    "cacheWriteInputTokens",
    "cache_creation",
];
const REASONING: &[&str] = &[
    "reasoning_tokens",
    "reasoning",
    "output_reasoning_tokens",
    "reasoningTokens",
    "thoughtsTokens",
    "thoughts_token_count",
    "thoughtsTokenCount",
];
const INPUT_DETAILS: &[&str] = &["input_tokens_details", "prompt_tokens_details", "input_token_details"];
const OUTPUT_DETAILS: &[&str] = &["output_tokens_details", "completion_tokens_details", "output_token_details"];

fn number(object: &Map<String, Json>, keys: &[&str]) -> Option<u64> {
    keys.iter().find_map(|key| whole(object.get(*key)?))
}

/// A whole number of at least 0, also as `30.0` or as text.
fn whole(json: &Json) -> Option<u64> {
    let value = match json {
        Json::Number(number) => {
            return number.as_u64().or_else(|| Value::Double(number.as_f64()?).as_i64()?.try_into().ok());
        }
        Json::String(text) => Value::Str(text.clone()),
        _ => return None,
    };
    value.as_i64()?.try_into().ok()
}

fn details<'a>(object: &'a Map<String, Json>, keys: &[&str]) -> Option<&'a Map<String, Json>> {
    keys.iter().find_map(|key| object.get(*key).and_then(Json::as_object))
}

impl<'a> Draft<'a> {
    /// As [`Draft::text`], for values that may be JSON strings.
    pub fn quoted_text(&mut self, field: Text, keys: &[&'static str]) {
        let raw = self.raw;
        for key in keys {
            if !self.has_text(field)
                && let Some(text) = raw.attributes.str(key)
            {
                self.put_text(field, *key, unquoted(text));
            }
        }
    }

    /// Adds all attributes under a prefix as metadata; JSON strings lose their quotes.
    pub fn quoted_metadata(&mut self, prefix: &'static str) {
        let raw = self.raw;
        for (key, value) in raw.attributes.prefixed(prefix) {
            let name = key.get(prefix.len()..).unwrap_or_default();
            match value {
                Value::Str(text) => self.metadata(prefix, name, &Value::Str(unquoted(text).into_owned())),
                other => self.metadata(prefix, name, other),
            }
        }
    }

    /// Fills token counts from an object in an attribute.
    pub fn usage_attribute(&mut self, key: &'static str) {
        let raw = self.raw;
        if let Some(object) = raw.attributes.get(key).and_then(object) {
            self.usage_object(key, &object);
        }
    }

    /// Fills token counts from a usage object, in any provider's words. Counts are taken as they are:
    /// whether `input` holds its cached part is found out at the end, from the numbers, unless the object's own
    /// words tell.
    pub fn usage_object(&mut self, key: &'static str, object: &Map<String, Json>) {
        let input = details(object, INPUT_DETAILS);
        let output = details(object, OUTPUT_DETAILS);
        let in_input = |keys: &[&str]| input.and_then(|details| number(details, keys));
        // LangChain says 0 created beside the tokens it breaks down by how long they stay.
        let by_time: u64 = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]
            .iter()
            .filter_map(|key| in_input(&[*key]))
            .fold(0, u64::saturating_add);
        let written = number(object, CACHE_WRITE).or_else(|| in_input(&["cache_write_tokens", "cache_creation"]));
        let counts = [
            (Count::Input, number(object, INPUT)),
            (Count::Output, number(object, OUTPUT)),
            (Count::Total, number(object, TOTAL)),
            (Count::CacheRead, number(object, CACHE_READ).or_else(|| in_input(&["cached_tokens", "cache_read"]))),
            (Count::CacheWrite, if by_time > 0 { written.max(Some(by_time)) } else { written }),
            (
                Count::Reasoning,
                number(object, REASONING)
                    .or_else(|| output.and_then(|details| number(details, &["reasoning_tokens", "reasoning"]))),
            ),
        ];
        for (field, tokens) in counts {
            if let Some(tokens) = tokens {
                self.put_count(field, key, tokens);
            }
        }
        self.exclusive_input |= leaves_cache_out(object) && self.get_count(Count::Input) == number(object, INPUT);
    }

    /// Fills the reported cost from an object: its total, else the sum of its parts. Nothing at all is no
    /// value, with tokens or without.
    pub fn cost_attribute(&mut self, key: &'static str) {
        let raw = self.raw;
        let Some(object) = raw.attributes.get(key).and_then(object) else { return };
        let usd = |name: &str| object.get(name).and_then(Json::as_f64);
        let total = ["total", "total_cost"].into_iter().find_map(usd);
        let total = total.or_else(|| {
            let parts: Vec<f64> = object.values().filter_map(Json::as_f64).collect();
            (!parts.is_empty()).then(|| parts.iter().sum())
        });
        if let Some(usd) = total.and_then(NanoUsd::from_usd).filter(|usd| *usd != NanoUsd::ZERO) {
            self.put_cost(key, usd);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::{body_usage, unquoted};
    use crate::draft::{Count, Draft, Source};
    use crate::usage::usage;
    use std::borrow::Cow;
    use vedette_model::{Kind, Value};

    fn read(object: &str) -> [Option<u64>; 5] {
        let mut raw = crate::sample::span("call");
        raw.attributes.set("usage", object);
        let mut draft = Draft::new(&raw, (Kind::Llm, Source { dialect: "test", key: Cow::Borrowed("test") }));
        draft.usage_attribute("usage");
        assert_eq!(draft.get_count(Count::Total).is_some(), object.contains("otal"), "{object}");
        let usage = usage(&draft).unwrap_or_default();
        [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning]
    }

    #[test]
    fn every_provider_s_usage_object_is_read() {
        let none = None;
        for (object, is) in [
            (
                r#"{"completion_tokens":20,"prompt_tokens":50,"total_tokens":70,"completion_tokens_details":{"reasoning_tokens":8},"prompt_tokens_details":{"cached_tokens":16}}"#,
                [Some(50), Some(20), Some(16), none, Some(8)],
            ),
            (
                r#"{"input_tokens":50,"input_tokens_details":{"cache_write_tokens":0,"cached_tokens":16},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":8}}"#,
                [Some(50), Some(20), Some(16), Some(0), Some(8)],
            ),
            (
                r#"{"input_tokens":30,"cache_creation_input_tokens":50,"cache_read_input_tokens":100,"output_tokens":20}"#,
                [Some(180), Some(20), Some(100), Some(50), none],
            ),
            (
                "{'promptTokenCount': 42, 'cachedContentTokenCount': 16, 'candidatesTokenCount': 12, 'thoughtsTokenCount': 8, 'totalTokenCount': 62}",
                [Some(42), Some(20), Some(16), none, Some(8)],
            ),
            (
                r#"{"input_tokens":180,"output_tokens":20,"input_token_details":{"cache_read":100,"cache_creation":0,"ephemeral_5m_input_tokens":50}}"#,
                [Some(180), Some(20), Some(100), Some(50), none],
            ),
            (r#"{"inputTokens":42,"outputTokens":12,"thoughtsTokens":3}"#, [Some(42), Some(12), none, none, Some(3)]),
            (r#"{"input": 5}"#, [Some(5), none, none, none, none]),
            (r#"{"prompt_tokens": 5}"#, [Some(5), none, none, none, none]),
            (r#"{"completion_tokens": 5}"#, [none, Some(5), none, none, none]),
            (r#"{"input_tokens": -5, "output_tokens": "many"}"#, [none; 5]),
            ("not an object", [none; 5]),
            ("{", [none; 5]),
        ] {
            assert_eq!(read(object), is, "{object}");
        }
    }

    #[test]
    fn only_the_top_of_a_body_tells_its_usage() {
        let body = r#"{"choices":[{"message":{"content":"{\"usage\":{\"prompt_tokens\":9}}","usage":{"prompt_tokens":8}}}],"usage":{"prompt_tokens":5}}"#;
        assert_eq!(body_usage(body).unwrap()["prompt_tokens"], 5);
        assert_eq!(body_usage(r#"{"choices":[]}"#), None);
        assert_eq!(body_usage("[]"), None);
    }

    #[test]
    fn quotes_come_off_json_strings_only() {
        for (text, is) in
            [(r#""AGENT""#, "AGENT"), ("AGENT", "AGENT"), (r#""a" b"#, r#""a" b"#), ("\"", "\""), (r#""é\n""#, "é\n")]
        {
            assert_eq!(unquoted(text), is);
        }
        let map = Value::Map(vec![("input".to_owned(), Value::Int(5))]);
        assert_eq!(super::object(&map).unwrap()["input"], 5);
    }
}
