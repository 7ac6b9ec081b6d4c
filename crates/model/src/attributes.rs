//! Attribute values as they arrived, and a set of them that is cheap to probe.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};

/// One attribute value: OTLP's `AnyValue`. An empty `AnyValue` is [`Value::Null`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Sent without a value.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A float; may be NaN or infinite.
    Double(f64),
    /// Text; may hold anything, JSON included.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    Array(Vec<Value>),
    /// A map, in the order sent.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number: an integer, a float without fraction, or text that spells one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            Value::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Value::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A finite number: integer, float, or text that spells one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Double(number) => Some(*number),
            Value::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    /// A boolean, or text that spells one (`true`, `True`, `false`, `False`).
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(flag) => Some(*flag),
            Value::Str(text) => match text.as_str() {
                "true" | "True" => Some(true),
                "false" | "False" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// As JSON: bytes become base16 text, floats that JSON cannot hold become text.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(number) => Json::from(*number),
            Value::Double(number) => {
                serde_json::Number::from_f64(*number).map_or_else(|| Json::String(number.to_string()), Json::Number)
            }
            Value::Str(text) => Json::String(text.clone()),
            Value::Bytes(bytes) => Json::String(bytes.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })),
            Value::Array(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Map(pairs) => {
                Json::Object(pairs.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// From JSON; numbers without fraction that fit become integers.
    #[must_use]
    pub fn from_json(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Value::Double(number.as_f64().unwrap_or(f64::NAN)), Value::Int)
            }
            Json::String(text) => Value::Str(text),
            Json::Array(items) => Value::Array(items.into_iter().map(Value::from_json).collect()),
            Json::Object(pairs) => {
                Value::Map(pairs.into_iter().map(|(key, value)| (key, Value::from_json(value))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Double(number)
    }
}

/// Attributes sorted by key, each key once (of repeats the last sent stands, as OTLP asks).
/// A probe is a look at one bit, then a binary search, so that twenty dialects may ask for hundreds of keys.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, Value)>", into = "Vec<(String, Value)>")]
pub struct Attributes {
    pairs: Vec<(String, Value)>,
    /// [`bit`] of every key.
    bits: u64,
}

/// Most keys that are not there have another one than all that are: a length and its last letters tell keys apart
/// that begin alike.
fn bit(key: &str) -> u64 {
    let mut letters = key.bytes().rev();
    let mut letter = || letters.next().map_or(0, usize::from);
    1 << ((letter() * 31 + letter() * 7 + letter() + key.len() * 13) % 64)
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attributes").field(&self.pairs).finish()
    }
}

impl From<Vec<(String, Value)>> for Attributes {
    fn from(pairs: Vec<(String, Value)>) -> Self {
        Attributes::new(pairs)
    }
}

impl From<Attributes> for Vec<(String, Value)> {
    fn from(attributes: Attributes) -> Self {
        attributes.pairs
    }
}

impl Attributes {
    /// Takes them in the order sent.
    #[must_use]
    pub fn new(mut pairs: Vec<(String, Value)>) -> Self {
        if !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
            pairs.reverse();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            pairs.dedup_by(|(a, _), (b, _)| a == b);
        }
        let bits = pairs.iter().fold(0, |bits, (key, _)| bits | bit(key));
        Attributes { pairs, bits }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        if self.bits & bit(key) == 0 {
            return None;
        }
        let at = self.pairs.binary_search_by(|(probe, _)| probe.as_str().cmp(key)).ok()?;
        self.pairs.get(at).map(|(_, value)| value)
    }

    /// The non-empty text of a key.
    #[must_use]
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// All pairs whose key starts with a prefix, in key order.
    pub fn prefixed<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> + 'a {
        let from = self.pairs.partition_point(|(key, _)| key.as_str() < prefix);
        self.pairs
            .iter()
            .skip(from)
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.as_str(), value))
    }

    /// Whether any key starts with a prefix.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixed(prefix).next().is_some()
    }

    /// All pairs in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Sets a key, replacing what it had.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.pairs.binary_search_by(|(probe, _)| probe.as_str().cmp(key)) {
            Ok(at) => {
                if let Some(pair) = self.pairs.get_mut(at) {
                    pair.1 = value;
                }
            }
            Err(at) => {
                self.bits |= bit(key);
                self.pairs.insert(at, (key.to_owned(), value));
            }
        }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// None at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Object(self.iter().map(|(key, value)| (key.to_owned(), value.to_json())).collect())
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Attributes::new(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Attributes, Value};

    #[test]
    fn the_last_of_repeated_keys_stands_and_prefixes_are_found() {
        let set: Attributes = [("b.2", "x"), ("a", "old"), ("b.1", "y"), ("a", "new")].into_iter().collect();
        assert_eq!(set.str("a"), Some("new"));
        let found: Vec<&str> = set.prefixed("b.").map(|(key, _)| key).collect();
        assert_eq!(found, ["b.1", "b.2"]);
        assert_eq!(set.get("b"), None);
        assert!(!set.has_prefix("c"));
    }

    #[test]
    fn what_is_set_is_found_and_stays_found() {
        let mut set = Attributes::default();
        for at in 0..200_i64 {
            let key = format!("key.{at}");
            assert_eq!(set.get(&key), None);
            set.set(&key, "old");
            set.set(&key, at);
        }
        let again: Attributes = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
        for at in 0..200 {
            assert_eq!(
                (set.get(&format!("key.{at}")), again.get(&format!("key.{at}"))),
                (Some(&Value::Int(at)), Some(&Value::Int(at)))
            );
        }
        assert_eq!((set.len(), set == again), (200, true));
    }

    #[test]
    fn numbers_are_read_from_any_spelling() {
        assert_eq!(Value::from("42").as_i64(), Some(42));
        assert_eq!(Value::Double(42.0).as_i64(), Some(42));
        assert_eq!(Value::Double(f64::NAN).as_f64(), None);
        assert_eq!(Value::from("False").as_bool(), Some(false));
    }
}
