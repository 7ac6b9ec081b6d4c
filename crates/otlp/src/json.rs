//! JSON text to a tree that borrows from it, keeps the order of keys, reads floats exactly and ends at a
//! depth instead of refusing: what lies deeper is [`Json::TooDeep`].

use crate::bounds::{Reason, TOO_MANY_VALUES};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use vedette_model::limits;

/// One JSON value.
#[derive(Debug)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    TooDeep,
}

/// Levels that are kept: an attribute value takes at most four per level of its own.
const DEPTH: usize = 4 * limits::VALUE_DEPTH + 16;
/// Levels read by one parser: it counts them itself and would refuse at 128.
const DEPTH_PER_PARSER: usize = 96;

/// Reads one JSON value, of no more values than a request may hold.
///
/// # Errors
/// If there are more, or the text is no JSON, with the place.
pub(crate) fn parse(text: &str) -> Result<Json<'_>, Reason> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let values_left = Cell::new(limits::VALUES_PER_REQUEST);
    let json = Level { depth: 0, values_left: &values_left }.deserialize(&mut parser).and_then(|json| {
        parser.end()?;
        Ok(json)
    });
    match json {
        Err(_) if values_left.get() == 0 => Err(TOO_MANY_VALUES),
        json => json.map_err(|error| error.to_string().into()),
    }
}

#[derive(Clone, Copy)]
struct Level<'l> {
    depth: usize,
    values_left: &'l Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Json<'de>, D::Error> {
        if self.depth > 0 && self.depth.is_multiple_of(DEPTH_PER_PARSER) {
            let text = <&RawValue>::deserialize(parser)?.get();
            return self.visit(&mut serde_json::Deserializer::from_str(text)).map_err(D::Error::custom);
        }
        self.visit(parser)
    }
}

impl Level<'_> {
    fn visit<'de, D: Deserializer<'de>>(self, parser: D) -> Result<Json<'de>, D::Error> {
        parser.deserialize_any(self)
    }

    fn deeper(self) -> Self {
        Level { depth: self.depth + 1, ..self }
    }

    /// Accounts for one more value, so that a tree takes no more memory than what is made of one.
    fn spend<E: Error>(self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1).ok_or_else(|| E::custom(TOO_MANY_VALUES))?;
        self.values_left.set(left);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Uint(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        if self.depth >= DEPTH {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::TooDeep);
        }
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper())? {
            self.spend()?;
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Json<'de>, A::Error> {
        if self.depth >= DEPTH {
            while pairs.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::TooDeep);
        }
        let mut object = Vec::new();
        while let Some(key) = pairs.next_key_seed(Key)? {
            // The parser's own floats may be off by one bit, and a span's identity hangs on its bits.
            let value = if matches!(&*key, "doubleValue" | "double_value") {
                double(pairs.next_value::<&RawValue>()?.get())
            } else {
                pairs.next_value_seed(self.deeper())?
            };
            self.spend()?;
            object.push((key, value));
        }
        Ok(Json::Object(object))
    }
}

/// A double as spelled: a number, or text that spells one (`"NaN"`, `"Infinity"`, `"1.5"`). What spells
/// none stays text, for the walk to refuse.
fn double(spelled: &str) -> Json<'_> {
    match spelled.trim_matches('"').parse() {
        Ok(number) => Json::Float(number),
        Err(_) if spelled == "null" => Json::Null,
        Err(_) => Json::Text(Cow::Borrowed(spelled)),
    }
}

/// A key of an object, borrowed where it holds no escapes.
pub(crate) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Cow<'de, str>, D::Error> {
        parser.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The elements of an array, each as its text. Those beyond [`limits::SPANS_PER_REQUEST`] are counted.
#[derive(Default)]
pub(crate) struct Elements<'a> {
    pub kept: Vec<&'a RawValue>,
    pub beyond: u64,
}

impl<'a> Elements<'a> {
    /// Takes in another list, within the same bound.
    pub(crate) fn join(&mut self, mut more: Elements<'a>) {
        let room = limits::SPANS_PER_REQUEST.saturating_sub(self.kept.len());
        self.beyond += more.beyond + more.kept.len().saturating_sub(room) as u64;
        more.kept.truncate(room);
        self.kept.append(&mut more.kept);
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(parser: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Elements<'de>, E> {
                Ok(Elements::default())
            }

            /// Refused without repeating it.
            fn visit_str<E: Error>(self, _: &str) -> Result<Elements<'de>, E> {
                Err(E::custom("expected a list, not text"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Elements::default();
                while elements.kept.len() < limits::SPANS_PER_REQUEST {
                    let Some(item) = items.next_element()? else { return Ok(elements) };
                    elements.kept.push(item);
                }
                while items.next_element::<IgnoredAny>()?.is_some() {
                    elements.beyond += 1;
                }
                Ok(elements)
            }
        }
        parser.deserialize_any(List)
    }
}
