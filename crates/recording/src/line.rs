//! One line: what is asked of it, wherever its shape keeps it. A field of an unexpected type is as absent;
//! only what is no JSON object fails.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// See the module. What stands at the top of a line goes before what stands in its payload.
#[derive(Default)]
pub struct Line<'a> {
    pub event_type: Option<Cow<'a, str>>,
    pub agent_name: Option<Cow<'a, str>>,
    pub model: Option<Cow<'a, str>>,
    pub run_id: Option<Cow<'a, str>>,
    pub duration_ms: Option<f64>,
    pub cost_usd: Option<f64>,
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub tokens: Option<u64>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Line<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut line = Line::default();
        deserializer.deserialize_map(Fields { line: &mut line, inner: false })?;
        Ok(line)
    }
}

/// Reads an object's fields into a line.
struct Fields<'b, 'a> {
    line: &'b mut Line<'a>,
    /// Of the payload: fills only what is absent.
    inner: bool,
}

impl<'de: 'a, 'a> Visitor<'de> for Fields<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut payload = Line::default();
        while let Some(key) = map.next_key_seed(Key)? {
            let line = &mut *self.line;
            let late = self.inner;
            match key.as_ref() {
                "event_type" => fill(&mut line.event_type, map.next_value::<Loose<'a>>()?.text(), late),
                "type" => fill(&mut line.event_type, map.next_value::<Loose<'a>>()?.text(), true),
                "agent_name" => fill(&mut line.agent_name, map.next_value::<Loose<'a>>()?.text(), late),
                "agent" => fill(&mut line.agent_name, map.next_value::<Loose<'a>>()?.text(), true),
                "model" => fill(&mut line.model, map.next_value::<Loose<'a>>()?.text(), late),
                "run_id" => fill(&mut line.run_id, map.next_value::<Loose<'a>>()?.id(), late),
                "trace_id" => fill(&mut line.run_id, map.next_value::<Loose<'a>>()?.id(), true),
                "duration_ms" => fill(&mut line.duration_ms, map.next_value::<Loose<'a>>()?.number(), late),
                "latency_ms" => fill(&mut line.duration_ms, map.next_value::<Loose<'a>>()?.number(), true),
                "duration_seconds" => {
                    let ms = map.next_value::<Loose<'a>>()?.number().map(|seconds| seconds * 1e3);
                    fill(&mut line.duration_ms, ms, true);
                }
                "cost_estimate" | "cost_usd" => fill(&mut line.cost_usd, map.next_value::<Loose<'a>>()?.number(), late),
                "cost" => fill(&mut line.cost_usd, map.next_value::<Loose<'a>>()?.number(), true),
                "input_tokens" => fill(&mut line.input_tokens, map.next_value::<Loose<'a>>()?.count(), late),
                "prompt_tokens" => fill(&mut line.input_tokens, map.next_value::<Loose<'a>>()?.count(), true),
                "output_tokens" => fill(&mut line.output_tokens, map.next_value::<Loose<'a>>()?.count(), late),
                "completion_tokens" => fill(&mut line.output_tokens, map.next_value::<Loose<'a>>()?.count(), true),
                "tokens" => fill(&mut line.tokens, map.next_value::<Loose<'a>>()?.count(), late),
                "token_count" | "total_tokens" => {
                    fill(&mut line.tokens, map.next_value::<Loose<'a>>()?.count(), true);
                }
                "payload" | "metadata" if !self.inner => map.next_value_seed(Payload(&mut payload))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !self.inner {
            self.line.complete(payload);
        }
        Ok(())
    }
}

impl Line<'_> {
    fn complete(&mut self, payload: Self) {
        fill(&mut self.agent_name, payload.agent_name, true);
        fill(&mut self.model, payload.model, true);
        fill(&mut self.run_id, payload.run_id, true);
        fill(&mut self.duration_ms, payload.duration_ms, true);
        fill(&mut self.cost_usd, payload.cost_usd, true);
        fill(&mut self.input_tokens, payload.input_tokens, true);
        fill(&mut self.output_tokens, payload.output_tokens, true);
        fill(&mut self.tokens, payload.tokens, true);
    }
}

/// A second choice fills only what is absent.
fn fill<T>(place: &mut Option<T>, value: Option<T>, second: bool) {
    if value.is_some() && !(second && place.is_some()) {
        *place = value;
    }
}

/// A key, borrowed from the line where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// What stands in `payload` or `metadata`; anything but an object is as absent.
struct Payload<'b, 'a>(&'b mut Line<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Payload<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! nothing {
    ($($method:ident($type:ty)),* $(,)?) => {
        $(fn $method<E>(self, _: $type) -> Result<Self::Value, E> { Ok(Self::Value::default()) })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

impl<'de: 'a, 'a> Visitor<'de> for Payload<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a payload")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Fields { line: self.0, inner: true }.visit_map(map)
    }

    nothing!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
}

/// A scalar of whatever type; arrays and objects are as absent.
#[derive(Default)]
enum Loose<'a> {
    Text(Cow<'a, str>),
    Count(u64),
    Number(f64),
    #[default]
    Absent,
}

impl<'a> Loose<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Loose::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Ids may be numbers.
    fn id(self) -> Option<Cow<'a, str>> {
        match self {
            Loose::Count(count) => Some(Cow::Owned(count.to_string())),
            other => other.text(),
        }
    }

    /// Amounts may be text.
    fn number(self) -> Option<f64> {
        let number = match self {
            Loose::Text(text) => text.trim().parse().ok()?,
            Loose::Count(count) => count as f64,
            Loose::Number(number) => number,
            Loose::Absent => return None,
        };
        number.is_finite().then_some(number)
    }

    fn count(self) -> Option<u64> {
        match self {
            Loose::Count(count) => Some(count),
            other => other.number().filter(|number| (0.0..9e15).contains(number)).map(|number| number.round() as u64),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl<'de> Visitor<'de> for Scalar {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E>(self, count: u64) -> Result<Self::Value, E> {
                Ok(Loose::Count(count))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Loose::Number(number))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose::Absent)
            }
            nothing!(visit_bool(bool), visit_i64(i64));
        }
        deserializer.deserialize_any(Scalar)
    }
}
