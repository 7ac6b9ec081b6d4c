//! Takes out of a text what looks like a secret: errors quote the keys, tokens and addresses that failed.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What is shown instead.
const HIDDEN: &str = "[secret]";

/// Each may have a group `keep`, which is shown. Where there is a group `maybe`, it is a secret only if it is
/// long and has a digit in it, as no name of an agent has.
const PATTERNS: [&str; 6] = [
    // A header, a setting, a field.
    r"(?i)(?<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}",
    r#"(?i)(?<keep>\b\w*(?:password|passwd|secret|token|api[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;]{4,}"#,
    // The password in an address.
    r"(?<keep>://)[^/\s:@]*:[^/\s@]+@",
    // A JSON web token.
    r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*",
    // Keys of clouds.
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}",
    // Keys that say by their beginning that they are.
    r"(?<maybe>\b(?:sk|pk|rk|vk|av|apk|ping|whsec|local|gsk|hf|gh[pousr]|github_pat|glpat|xox[abeprs])[-_][\w-]{12,})",
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// See the module.
pub fn secrets(text: &str) -> String {
    COMPILED.iter().fold(text.to_owned(), |text, pattern| pattern.replace_all(&text, hide).into_owned())
}

fn hide(found: &Captures<'_>) -> Cow<'static, str> {
    if let Some(maybe) = found.name("maybe")
        && !(maybe.len() >= 16 && maybe.as_str().bytes().any(|byte| byte.is_ascii_digit()))
    {
        return Cow::Owned(maybe.as_str().to_owned());
    }
    let kept = found.name("keep").map_or("", |keep| keep.as_str());
    let at = if kept == "://" { "@" } else { "" };
    Cow::Owned(format!("{kept}{HIDDEN}{at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    #[test]
    fn secrets_are_hidden_and_nothing_else() {
        for (text, shown) in [
            ("401: Bearer abcdefgh12345678 is wrong", "401: Bearer [secret] is wrong"),
            ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [secret]"),
            ("invalid key sk-proj-abc123def456ghi789", "invalid key [secret]"),
            ("vk_0123456789abcdef0123456789abcdef", "[secret]"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[secret]"),
            ("xoxb-123456789012-abcdefghijkl", "[secret]"),
            ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
            ("AIzaSyA-1234567890abcdefghijklmnopqrstu", "[secret]"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def", "jwt [secret]"),
            ("postgres://app:hunter2@db:5432/x refused", "postgres://[secret]@db:5432/x refused"),
            ("{\"password\": \"hunter2\"}", "{\"password\": \"[secret]\"}"),
            ("OPENAI_API_KEY=abcd1234", "OPENAI_API_KEY=[secret]"),
            // No secrets.
            ("the agent sk-learn-classifier failed", "the agent sk-learn-classifier failed"),
            ("ping_database_of_customers timed out", "ping_database_of_customers timed out"),
            ("used 1200 tokens: too many", "used 1200 tokens: too many"),
            ("run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"),
            ("see https://example.com:8443/a", "see https://example.com:8443/a"),
        ] {
            assert_eq!(secrets(text), shown);
        }
    }
}
