//! What never leaves the process: values under telling keys, and secrets inside any text.

use crate::value::Value;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// What stands where something was taken out.
pub const REDACTED: &str = "[redacted]";

/// Last words of keys whose values are secrets, in lower case with underscores.
const KEYS: &[&str] = &[
    "access_key",
    "access_token",
    "api_key",
    "api_token",
    "apikey",
    "auth_token",
    "authorization",
    "bearer_token",
    "card_number",
    "client_secret",
    "cookie",
    "credentials",
    "credit_card",
    "csrf_token",
    "cvc",
    "cvv",
    "id_token",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "pwd",
    "refresh_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "session_token",
    "set_cookie",
    "ssn",
    "token",
    "x_api_key",
];

/// Secrets that are known by their shape. What the group `keep` holds stays.
const SHAPES: &str = r#"(?x)
    sk-[A-Za-z0-9_-]{16,} | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}
    | AKIA[0-9A-Z]{16} | ASIA[0-9A-Z]{16}
    | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_[A-Za-z0-9_]{30,} | glpat-[A-Za-z0-9_-]{20,}
    | xox[abprs]-[A-Za-z0-9-]{10,} | AIza[A-Za-z0-9_-]{30,} | hf_[A-Za-z0-9]{30,}
    | (?:apk|ping|vdt)_[a-z]{2}_[0-9a-f]{32} | vk_[0-9a-f]{64}
    | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
    | (?P<a>Bearer\ |Basic\ )[A-Za-z0-9._~+/=-]{16,}
    | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----[^-]*(?:-----END\ [A-Z\ ]*PRIVATE\ KEY-----)?
    | (?P<b>://[^\s/:@"']{1,256}:)[^\s/@"']{1,256}(?P<c>@)
    | (?P<d>"(?:password|passwd|secret|client_secret|api_key|apikey|access_token|refresh_token|auth_token|private_key|authorization)\\{0,3}"\s*:\s*\\{0,3}")[^"\\]+
"#;

static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SHAPES).ok());

/// The shortest text in which a secret is looked for.
const SHORTEST: usize = 12;

/// Rules for what is taken out before anything is kept.
#[derive(Clone, Debug)]
pub struct Redaction {
    keys: HashSet<String>,
    /// Lengths of keys by their last byte, a bit each: most other keys are told apart by that.
    lengths: [u64; 256],
    patterns: Vec<Regex>,
    secrets: bool,
}

impl Default for Redaction {
    /// Common secrets: keys, tokens, passwords, card numbers.
    fn default() -> Self {
        let rules = Redaction { secrets: true, ..Redaction::none() };
        KEYS.iter().fold(rules, |rules, key| rules.with_key(key))
    }
}

impl Redaction {
    /// Nothing is taken out.
    #[must_use]
    pub fn none() -> Redaction {
        Redaction { keys: HashSet::new(), lengths: [0; 256], patterns: Vec::new(), secrets: false }
    }

    /// Values under this key too, whatever its case and whatever stands before its last dot.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Redaction {
        let word = last_word(key).into_owned();
        if let Some(lengths) = word.bytes().last().and_then(|last| self.lengths.get_mut(usize::from(last))) {
            *lengths |= length_bit(&word);
        }
        self.keys.insert(word);
        self
    }

    /// Whatever matches this regular expression too.
    ///
    /// # Errors
    /// If it is none.
    pub fn with_pattern(mut self, pattern: &str) -> Result<Redaction, regex::Error> {
        self.patterns.push(Regex::new(pattern)?);
        Ok(self)
    }

    /// Whether values under this key are secrets.
    #[must_use]
    pub fn hides(&self, key: &str) -> bool {
        let word = last_word(key);
        let lengths = word.bytes().last().and_then(|last| self.lengths.get(usize::from(last)));
        lengths.is_some_and(|lengths| lengths & length_bit(&word) != 0) && self.keys.contains(&*word)
    }

    /// Text without secrets.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        if self.secrets && text.len() >= SHORTEST {
            if let Some(secrets) = &*SECRETS {
                clean = replaced(clean, secrets);
            }
            clean = without_cards(clean);
        }
        for pattern in &self.patterns {
            clean = match pattern.replace_all(&clean, regex::NoExpand(REDACTED)) {
                Cow::Borrowed(_) => clean,
                Cow::Owned(changed) => Cow::Owned(changed),
            };
        }
        clean
    }

    /// A value without secrets, inside and out.
    #[must_use]
    pub fn clean_value<'a>(&self, key: &str, value: Value<'a>) -> Value<'a> {
        match value {
            Value::None | Value::Bool(_) => value,
            _ if self.hides(key) => Value::from(REDACTED),
            Value::Str(Cow::Borrowed(text)) => Value::Str(self.clean(text)),
            Value::Str(Cow::Owned(text)) => match self.clean(&text) {
                Cow::Borrowed(_) => Value::Str(Cow::Owned(text)),
                Cow::Owned(clean) => Value::Str(Cow::Owned(clean)),
            },
            Value::List(items) => Value::List(items.into_iter().map(|item| self.clean_value("", item)).collect()),
            Value::Map(pairs) => Value::Map(
                pairs
                    .into_iter()
                    .map(|(key, value)| {
                        let value = self.clean_value(&key, value);
                        (key, value)
                    })
                    .collect(),
            ),
            Value::Int(_) | Value::Float(_) | Value::Bytes(_) => value,
        }
    }
}

fn length_bit(word: &str) -> u64 {
    1 << word.len().min(63)
}

/// What stands behind the last dot, in lower case, with underscores: `Set-Cookie` is `set_cookie` and
/// `apiKey` is `api_key`.
fn last_word(key: &str) -> Cow<'_, str> {
    let word = key.rsplit('.').next().unwrap_or(key);
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let mut plain = String::with_capacity(word.len() + 4);
    let mut after_small = false;
    for letter in word.chars() {
        if letter.is_ascii_uppercase() && after_small {
            plain.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        plain.push(if letter == '-' || letter == ' ' { '_' } else { letter.to_ascii_lowercase() });
    }
    Cow::Owned(plain)
}

fn replaced<'a>(text: Cow<'a, str>, secrets: &Regex) -> Cow<'a, str> {
    let with = |found: &Captures<'_>| {
        let group = |name| found.name(name).map_or("", |kept| kept.as_str());
        format!("{}{}{}{REDACTED}{}", group("a"), group("b"), group("d"), group("c"))
    };
    // Most text has none, and to look for groups costs more than to look.
    if !secrets.is_match(&text) {
        return text;
    }
    match secrets.replace_all(&text, with) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    }
}

/// Takes out 13 to 19 digits, perhaps in groups, whose check digit is that of a card.
fn without_cards(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let in_card = |byte: u8| byte.is_ascii_digit() || byte == b' ' || byte == b'-';
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    // A card has at least 13 such bytes in a row, so looking at each eighth finds one of them.
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if !in_card(*byte) {
            at += 8;
            continue;
        }
        let before = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| in_card(**byte)).count();
        let after = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| in_card(**byte)).count();
        let (start, end) = (at - before, at + after);
        if after + before >= 13 {
            found.extend(cards(bytes, start..end));
        }
        at = end + 1;
    }
    if found.is_empty() {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for card in found {
        clean.push_str(text.get(done..card.start).unwrap_or_default());
        clean.push_str(REDACTED);
        done = card.end;
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Cards inside a stretch of digits, blanks and dashes.
fn cards(bytes: &[u8], stretch: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let mut cards = Vec::new();
    let mut digits: Vec<(usize, u8)> = Vec::new();
    let mut gap = 2;
    for at in stretch.clone().chain(std::iter::once(stretch.end)) {
        match bytes.get(at).copied().filter(|_| at < stretch.end) {
            Some(byte) if byte.is_ascii_digit() => {
                digits.push((at, byte - b'0'));
                gap = 0;
            }
            Some(_) if gap == 0 => gap = 1,
            _ => {
                if let (Some((first, _)), Some((last, _))) = (digits.first(), digits.last())
                    && (13..=19).contains(&digits.len())
                    && is_card(&digits)
                {
                    cards.push(*first..*last + 1);
                }
                digits.clear();
                gap = 2;
            }
        }
    }
    cards
}

/// Luhn's check, and a first digit that cards have.
fn is_card(digits: &[(usize, u8)]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, (_, digit))| {
            let doubled = u32::from(*digit) * if place % 2 == 1 { 2 } else { 1 };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10) && matches!(digits.first(), Some((_, 2..=6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_and_the_rest_stays() {
        let cases = [
            (concat!("use sk-", "ant-api03-abcdefgh12345678 now"), "use [redacted] now"),
            ("key AKIAIOSFODNN7EXAMPLE.", "key [redacted]."),
            (concat!("vk_", "a73818a2c5f282ca0462772e049da8ff", "a6f9e4a8c74f580c6872f0150eabb083"), "[redacted]"),
            ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [redacted]"),
            ("postgres://bob:hunter2@db/x", "postgres://bob:[redacted]@db/x"),
            (r#"{"user":"bob","password":"hunter2","n":1}"#, r#"{"user":"bob","password":"[redacted]","n":1}"#),
            (r#""{\"api_key\": \"abc\"}""#, r#""{\"api_key\": \"[redacted]\"}""#),
            ("card 4111 1111 1111 1111 thanks", "card [redacted] thanks"),
            ("5555-5555-5555-4444", "[redacted]"),
            ("4111111111111111, 378282246310005", "[redacted], [redacted]"),
            // Not secrets: no check digit, a time, an order, a UUID, words.
            ("4111 1111 1111 1112", "4111 1111 1111 1112"),
            ("2026-11-21 06:15:00 1763705700000000000", "2026-11-21 06:15:00 1763705700000000000"),
            ("018f3a2b-9c1d-7e8f-a4b9-c2d7e8f1a3b6", "018f3a2b-9c1d-7e8f-a4b9-c2d7e8f1a3b6"),
            ("task-list and ask-me-anything", "task-list and ask-me-anything"),
        ];
        let rules = Redaction::default();
        for (text, clean) in cases {
            assert_eq!(rules.clean(text), clean);
            assert_eq!(Redaction::none().clean(text), text);
        }
    }

    #[test]
    fn keys_that_tell() {
        let rules = Redaction::default().with_key("Patient");
        for key in ["password", "db.password", "apiKey", "Set-Cookie", "X-Api-Key", "patient", "request.PATIENT"] {
            assert!(rules.hides(key), "{key}");
        }
        for key in ["gen_ai.usage.input_tokens", "max_tokens", "", "passwords_changed", "token_count"] {
            assert!(!rules.hides(key), "{key}");
        }
    }

    #[test]
    fn patterns_of_the_user() {
        let rules = Redaction::none().with_pattern(r"[\w.]+@[\w.]+").unwrap();
        assert_eq!(rules.clean("ask ann@example.org"), "ask [redacted]");
        assert!(Redaction::none().with_pattern("(").is_err());
    }

    #[test]
    fn values_inside_values() {
        let map = Value::Map(vec![
            ("password".into(), Value::Int(1)),
            ("more".into(), Value::List(vec![Value::from("AKIAIOSFODNN7EXAMPLE")])),
        ]);
        let clean = Redaction::default().clean_value("data", map);
        let expected = Value::Map(vec![
            ("password".into(), Value::from(REDACTED)),
            ("more".into(), Value::List(vec![Value::from(REDACTED)])),
        ]);
        assert_eq!(clean, expected);
    }
}
