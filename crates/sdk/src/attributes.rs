//! Attributes as they are gathered: encoded at once, so that nothing of the caller's is kept or copied twice.

use crate::limits;
use crate::redact::Redaction;
use crate::value::{Value, cut};
use crate::wire;
use std::borrow::Cow;

/// Attributes of a span or an event in OTLP's encoding, each key once.
#[derive(Debug)]
pub(crate) struct Attributes {
    field: u32,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    cut: Vec<String>,
    dropped: u32,
}

#[derive(Debug)]
struct Entry {
    hash: u32,
    len: u32,
}

impl Attributes {
    /// None yet; they will stand in this field of their message.
    pub(crate) fn new(field: u32) -> Attributes {
        Attributes { field, bytes: Vec::new(), entries: Vec::new(), cut: Vec::new(), dropped: 0 }
    }

    /// None yet, with room for those of most spans.
    pub(crate) fn with_room(field: u32) -> Attributes {
        Attributes { bytes: Vec::with_capacity(1_024), entries: Vec::with_capacity(16), ..Attributes::new(field) }
    }

    /// Sets a value; that of an earlier call with this key is forgotten. [`Value::None`] sets nothing.
    pub(crate) fn set(&mut self, rules: &Redaction, key: &str, value: Value<'_>) {
        if matches!(value, Value::None) {
            return;
        }
        let key = cut(key, limits::NAME_BYTES);
        let value = rules.clean_value(key, value);
        let hash = hash(key);
        if self.entries.iter().any(|entry| entry.hash == hash) {
            self.remove(key, hash);
        }
        if self.entries.len() >= limits::ATTRIBUTES {
            self.dropped += 1;
            return;
        }
        let value = self.bounded(key, value);
        self.put(key, hash, &value);
    }

    fn put(&mut self, key: &str, hash: u32, value: &Value<'_>) {
        let before = self.bytes.len();
        wire::key_value(&mut self.bytes, self.field, key, value);
        self.entries.push(Entry { hash, len: (self.bytes.len() - before) as u32 });
    }

    /// Removes the attribute of this key, if one of this hash has it.
    fn remove(&mut self, key: &str, hash: u32) {
        let mut at = 0;
        for (index, entry) in self.entries.iter().enumerate() {
            let range = at..at + entry.len as usize;
            if entry.hash == hash && self.bytes.get(range.clone()).is_some_and(|bytes| key_of(bytes) == Some(key)) {
                self.bytes.drain(range);
                self.entries.remove(index);
                return;
            }
            at = range.end;
        }
    }

    fn bounded<'v>(&mut self, key: &str, value: Value<'v>) -> Value<'v> {
        let room = limits::SPAN_BYTES.saturating_sub(self.bytes.len()).min(limits::VALUE_BYTES);
        let mut left = room;
        let (value, whole) = bound(value, &mut left, limits::VALUE_DEPTH);
        if !whole {
            self.cut.push(key.to_owned());
        }
        value
    }

    /// Their bytes, with a word about what was cut.
    pub(crate) fn finish(mut self) -> (Vec<u8>, u32) {
        if !self.cut.is_empty() {
            let keys = std::mem::take(&mut self.cut);
            self.put("vedette.truncated", 0, &Value::from(keys));
        }
        (self.bytes, self.dropped)
    }

    /// A copy of their bytes as they are now.
    pub(crate) fn so_far(&self) -> &[u8] {
        &self.bytes
    }
}

/// Cuts what exceeds the room left; says whether nothing was.
fn bound<'v>(value: Value<'v>, left: &mut usize, depth: usize) -> (Value<'v>, bool) {
    match value {
        Value::Str(text) => {
            if text.len() <= *left {
                *left -= text.len();
                return (Value::Str(text), true);
            }
            let kept = cut(&text, *left).to_owned();
            *left = 0;
            (Value::Str(Cow::Owned(kept)), false)
        }
        Value::Bytes(data) if data.len() > *left => (Value::from("[data too large]"), false),
        Value::Bytes(data) => {
            *left -= data.len();
            (Value::Bytes(data), true)
        }
        Value::List(_) | Value::Map(_) if depth == 0 => (Value::from("[nested too deep]"), false),
        Value::List(items) => {
            let mut whole = true;
            let mut kept = Vec::with_capacity(items.len().min(1_024));
            for item in items {
                if *left < 16 {
                    whole = false;
                    break;
                }
                *left -= 16;
                let (item, all) = bound(item, left, depth - 1);
                whole &= all;
                kept.push(item);
            }
            (Value::List(kept), whole)
        }
        Value::Map(pairs) => {
            let mut whole = true;
            let mut kept = Vec::with_capacity(pairs.len().min(1_024));
            for (key, item) in pairs {
                let cost = key.len() + 16;
                if *left < cost {
                    whole = false;
                    break;
                }
                *left -= cost;
                let (item, all) = bound(item, left, depth - 1);
                whole &= all;
                kept.push((key, item));
            }
            (Value::Map(kept), whole)
        }
        scalar => (scalar, true),
    }
}

/// FNV-1a over the length and the key, eight bytes at a time: only to tell keys of one span apart quickly.
fn hash(key: &str) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ key.len() as u64;
    let mut add = |word: u64| hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    let (words, rest) = key.as_bytes().as_chunks();
    words.iter().for_each(|word| add(u64::from_le_bytes(*word)));
    add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    (hash ^ hash >> 32) as u32
}

/// The key of an encoded `KeyValue` with its head.
fn key_of(bytes: &[u8]) -> Option<&str> {
    fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
        let len = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (digits, rest) = bytes.split_at_checked(len)?;
        Some((digits.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)), rest))
    }
    let (_, rest) = varint(bytes)?;
    let (_, rest) = varint(rest)?;
    let (_, rest) = varint(rest)?;
    let (len, rest) = varint(rest)?;
    std::str::from_utf8(rest.get(..len as usize)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use prost::Message;

    fn decoded(attributes: Attributes) -> Vec<(String, String)> {
        let (bytes, _) = attributes.finish();
        let span = Span::decode(&*bytes).unwrap();
        let text = |value: opentelemetry_proto::tonic::common::v1::AnyValue| format!("{:?}", value.value.unwrap());
        span.attributes.into_iter().map(|pair| (pair.key, text(pair.value.unwrap()))).collect()
    }

    #[test]
    fn every_kind_of_value_is_read_by_the_reference() {
        let mut attributes = Attributes::new(9);
        let nested = Value::Map(vec![("a".into(), Value::List(vec![Value::Int(1), Value::None, Value::from("x")]))]);
        let long = "y".repeat(70_000);
        let values = [
            ("text", Value::from("ünï")),
            ("yes", Value::from(true)),
            ("no", Value::from(false)),
            ("whole", Value::Int(-5)),
            ("big", Value::Int(i64::MAX)),
            ("part", Value::Float(0.25)),
            ("data", Value::Bytes(vec![0, 255].into())),
            ("nested", nested),
            ("long", Value::List(vec![Value::from(long.as_str())])),
            ("nothing", Value::None),
        ];
        for (key, value) in values {
            attributes.set(&Redaction::none(), key, value);
        }
        let decoded = decoded(attributes);
        let shown: Vec<String> = decoded
            .iter()
            .map(|(key, value)| format!("{key}={}", value.chars().take(100).collect::<String>()))
            .collect();
        assert_eq!(
            shown[..6],
            [
                "text=StringValue(\"ünï\")",
                "yes=BoolValue(true)",
                "no=BoolValue(false)",
                "whole=IntValue(-5)",
                "big=IntValue(9223372036854775807)",
                "part=DoubleValue(0.25)",
            ]
        );
        assert_eq!(shown[6], "data=BytesValue([0, 255])");
        assert!(decoded[7].1.contains("\"a\"") && decoded[7].1.contains("IntValue(1)"), "{}", decoded[7].1);
        assert!(decoded[8].1.len() > 70_000);
        assert_eq!(decoded.len(), 9);
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let mut attributes = Attributes::new(9);
        for (key, value) in [("a", "1"), ("b", "2"), ("a", "a longer one"), ("c", "3"), ("b", "")] {
            attributes.set(&Redaction::none(), key, Value::from(value));
        }
        let shown: Vec<String> = decoded(attributes).into_iter().map(|(key, value)| format!("{key} {value}")).collect();
        assert_eq!(shown, ["a StringValue(\"a longer one\")", "c StringValue(\"3\")", "b StringValue(\"\")"]);
    }

    #[test]
    fn what_is_too_large_is_cut_and_says_so() {
        let mut attributes = Attributes::new(9);
        let mut deep = Value::Int(1);
        for _ in 0..limits::VALUE_DEPTH + 2 {
            deep = Value::List(vec![deep]);
        }
        attributes.set(&Redaction::none(), "long", Value::from("é".repeat(limits::VALUE_BYTES)));
        attributes.set(&Redaction::none(), "deep", deep);
        for index in 0..limits::ATTRIBUTES + 3 {
            attributes.set(&Redaction::none(), &format!("k{index}"), Value::Int(1));
        }
        let (bytes, dropped) = attributes.finish();
        assert_eq!(dropped, 5);
        assert!(bytes.len() < limits::SPAN_BYTES);

        let mut attributes = Attributes::new(9);
        for key in ["one", "two", "three", "four", "five"] {
            attributes.set(&Redaction::none(), key, Value::from("x".repeat(limits::VALUE_BYTES)));
        }
        let decoded = decoded(attributes);
        assert!(decoded.last().is_some_and(|(key, value)| key == "vedette.truncated" && value.contains("five")));
    }
}
