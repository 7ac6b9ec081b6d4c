//! Which failures are of the same kind: by agent, failing step and what was said, without ids, numbers and
//! addresses, which differ each time.

use regex::Regex;
use std::sync::LazyLock;
use vedette_model::{content_hash, limits};

/// What is taken out, in this order, and what stands for it.
const CUTS: [(&str, &str); 8] = [
    (r"[a-z][a-z0-9+.-]*://[^\s'\x22<>)\]]+", "<url>"),
    (r"[\w.+-]+@[\w-]+\.[\w.-]+", "<email>"),
    (r"\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b|\[?\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7}\b\]?(:\d+)?", "<address>"),
    (r"\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<id>"),
    (r"\b\d{4}-\d\d-\d\d([t ]\d\d:\d\d(:\d\d)?([.,]\d+)?(z|[+-]\d\d:?\d\d)?)?\b", "<time>"),
    (r"0x[0-9a-f]+", "<id>"),
    // A word of letters and digits that is long, or that begins like an id.
    (r"\b[a-z]{2,8}[_-][a-z0-9_-]*\d[a-z0-9_-]*|\b[a-z]*\d+[a-z]+[a-z0-9]*\d[a-z0-9]*\b|\b[0-9a-f]{12,}\b", "<id>"),
    (r"[+-]?\d+([.,]\d+)*", "<n>"),
];

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> =
    LazyLock::new(|| CUTS.iter().filter_map(|(pattern, word)| Some((Regex::new(pattern).ok()?, *word))).collect());

/// A message without what differs each time.
#[must_use]
pub fn shape(message: &str) -> String {
    let mut text: String = message.chars().take(limits::FINGERPRINT_CHARS).collect::<String>().to_lowercase();
    for (pattern, word) in PATTERNS.iter() {
        if let std::borrow::Cow::Owned(cut) = pattern.replace_all(&text, *word) {
            text = cut;
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name of a way of failing.
#[must_use]
pub fn fingerprint(parts: &[&str]) -> String {
    format!("{:016x}", content_hash(parts.join("\u{1f}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{CUTS, PATTERNS, shape};

    #[test]
    fn what_differs_each_time_is_taken_out() {
        assert_eq!(PATTERNS.len(), CUTS.len(), "every pattern is valid");
        for (one, other, expected) in [
            ("Timeout after 30.5s", "timeout after 12s", "timeout after <n>s"),
            (
                "no row 018f3a2b-9c1d-7e8f-a4b9-c2d7e8f1a3b6 in users",
                "no row 00000000-9c1d-7e8f-a4b9-c2d7e8f1a3b6 in  users",
                "no row <id> in users",
            ),
            ("connect to 10.0.0.1:5432 refused", "connect to 192.168.7.9:80 refused", "connect to <address> refused"),
            (
                "connect to [fe80:0:0:1]:80 refused",
                "connect to [2001:db8::1:2]:8 refused",
                "connect to <address> refused",
            ),
            ("GET https://a.example/x?id=1 failed", "GET http://b.example/y failed", "get <url> failed"),
            ("mail to anna@example.com bounced", "mail to bert@example.org bounced", "mail to <email> bounced"),
            ("request req_011CabcD9 was refused", "request req_9zz8 was refused", "request <id> was refused"),
            ("object at 0x7f2a", "object at 0xdeadbeef", "object at <id>"),
            ("since 2026-01-31T12:00:00Z", "since 2025-12-01 00:00:00", "since <time>"),
        ] {
            assert_eq!((shape(one), shape(other)), (expected.to_owned(), expected.to_owned()));
        }
        assert_ne!(shape("rate limit exceeded"), shape("context length exceeded"));
        assert_ne!(shape("tool search failed"), shape("tool book failed"));
    }
}
