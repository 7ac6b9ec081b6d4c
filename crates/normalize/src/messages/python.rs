//! Python reprs of lists, maps and scalars, as `str(value)` leaves them in attributes.

use serde_json::{Map, Number, Value as Json};
use vedette_model::limits;

/// A list, map or scalar; `None` for anything else, such as the repr of an object.
#[must_use]
pub fn from_python(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text.trim() };
    let json = reader.value(0)?;
    reader.rest.trim().is_empty().then_some(json)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > limits::VALUE_DEPTH {
            return None;
        }
        self.skip();
        match self.rest.chars().next()? {
            '{' => self.map(depth),
            '[' => self.list('[', ']', depth),
            '(' => self.list('(', ')', depth),
            '\'' | '"' => self.string().map(Json::String),
            _ => self.word(),
        }
    }

    fn map(&mut self, depth: usize) -> Option<Json> {
        self.take("{");
        let mut map = Map::new();
        loop {
            if self.take("}") {
                return Some(Json::Object(map));
            }
            let key = match self.value(depth + 1)? {
                Json::String(key) => key,
                other => other.to_string(),
            };
            if !self.take(":") {
                return None;
            }
            map.insert(key, self.value(depth + 1)?);
            if !self.take(",") {
                return self.take("}").then_some(Json::Object(map));
            }
        }
    }

    fn list(&mut self, open: char, close: char, depth: usize) -> Option<Json> {
        let (mut bytes, mut other) = ([0; 4], [0; 4]);
        let (open, close) = (&*open.encode_utf8(&mut bytes), &*close.encode_utf8(&mut other));
        self.take(open);
        let mut items = Vec::new();
        loop {
            if self.take(close) {
                return Some(Json::Array(items));
            }
            items.push(self.value(depth + 1)?);
            if !self.take(",") {
                return self.take(close).then_some(Json::Array(items));
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut chars = self.rest.char_indices();
        let (_, quote) = chars.next()?;
        let mut text = String::new();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = self.rest.get(at + c.len_utf8()..)?;
                return Some(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let (_, escaped) = chars.next()?;
            let digits = match escaped {
                'n' => {
                    text.push('\n');
                    continue;
                }
                't' => {
                    text.push('\t');
                    continue;
                }
                'r' => {
                    text.push('\r');
                    continue;
                }
                'x' => 2,
                'u' => 4,
                'U' => 8,
                other => {
                    text.push(other);
                    continue;
                }
            };
            let mut code = 0_u32;
            for _ in 0..digits {
                code = code.checked_mul(16)?.checked_add(chars.next()?.1.to_digit(16)?)?;
            }
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        None
    }

    fn word(&mut self) -> Option<Json> {
        let end = self.rest.find(|c: char| matches!(c, ',' | ':' | ']' | '}' | ')') || c.is_whitespace());
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let json = match word {
            "None" | "null" => Json::Null,
            "True" | "true" => Json::Bool(true),
            "False" | "false" => Json::Bool(false),
            number => match number.parse::<i64>() {
                Ok(number) => Json::from(number),
                Err(_) => Json::Number(Number::from_f64(number.parse().ok()?)?),
            },
        };
        self.rest = rest;
        Some(json)
    }
}

#[cfg(test)]
mod tests {
    use super::from_python;
    use serde_json::json;

    #[test]
    fn reprs_of_plain_values_are_read_and_of_objects_refused() {
        for (text, is) in [
            ("{'cache_read': 16}", Some(json!({"cache_read": 16}))),
            ("{'a': [1, 2.5, None, True], 'b': \"it's\"}", Some(json!({"a": [1, 2.5, null, true], "b": "it's"}))),
            (r"{'t': 'a\n\'b\' \x41 \u00e9'}", Some(json!({"t": "a\n'b' A é"}))),
            ("('x', 'y',)", Some(json!(["x", "y"]))),
            ("[]", Some(json!([]))),
            ("{'m': HumanMessage(content='x')}", None),
            ("{'a': 1", None),
            ("{'a': 1} tail", None),
            ("", None),
        ] {
            assert_eq!(from_python(text), is, "{text}");
        }
        assert_eq!(from_python(&"[".repeat(100_000)), None);
    }
}
