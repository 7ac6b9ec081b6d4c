//! The text of a JSON body as it was meant: what cannot be text becomes U+FFFD, as it does in protobuf, so that
//! one bad string fails nothing beside it.

use std::borrow::Cow;
use vedette_model::limits;

/// A body as the text of its JSON, without a byte order mark. Bytes that are no UTF-8 become U+FFFD, as does the
/// escaped half of a character outside the basic plane (`\ud83d`), which is what senders that count in UTF-16
/// leave of one they cut. Copied only where there is something to replace.
#[must_use]
pub fn json_text(bytes: &[u8]) -> Cow<'_, str> {
    let mut text = utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        at = start
            + match (half(&text, start), half(&text, start + ESCAPE)) {
                (Some(Half::First), Some(Half::Second)) => 2 * ESCAPE,
                (Some(_), _) => {
                    text.to_mut().replace_range(start..start + ESCAPE, "\\ufffd");
                    ESCAPE
                }
                // A backslash and what it escapes, which may be another one.
                (None, _) => 2,
            };
    }
    text
}

/// Bytes of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

enum Half {
    First,
    Second,
}

/// Which half of a character is escaped there.
fn half(text: &str, at: usize) -> Option<Half> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::First),
        0xdc00..=0xdfff => Some(Half::Second),
        _ => None,
    }
}

fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    // U+FFFD takes more bytes than what it stands for.
    let mut growth = limits::REPLACED_BYTES;
    let mut text = String::with_capacity(bytes.len() + growth);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().is_empty() {
            continue;
        }
        match growth.checked_sub('\u{fffd}'.len_utf8() - chunk.invalid().len()) {
            Some(left) => {
                growth = left;
                text.push('\u{fffd}');
            }
            None => text.push('?'),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_text_is_replaced_and_nothing_else() {
        for (sent, read) in [
            (&b"{\"a\":\"\xc3\xa9\\n\"}"[..], "{\"a\":\"\u{e9}\\n\"}"),
            (b"\xef\xbb\xbf{}", "{}"),
            (b"\"a\xffb\xe2\x82\"", "\"a\u{fffd}b\u{fffd}\""),
            (br#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (br#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (br#""\ud83d""#, r#""\ufffd""#),
            (br#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (br#""\ud83d\ud83d\ude00\ude00""#, r#""\ufffd\ud83d\ude00\ufffd""#),
            (br#""\\ud83d""#, r#""\\ud83d""#),
            (br#""\\\ud83d\\""#, r#""\\\ufffd\\""#),
            (br#""\ud83d\\ude00""#, r#""\ufffd\\ude00""#),
            (br#""\ud83"#, r#""\ud83"#),
            ("\"\\ud83d\u{e9}\\\u{e9}\\ud83d".as_bytes(), "\"\\ufffd\u{e9}\\\u{e9}\\ud83d"),
        ] {
            assert_eq!(json_text(sent), read);
        }
    }

    #[test]
    fn only_what_changes_is_copied_and_it_grows_within_a_bound() {
        assert!(matches!(json_text(br#"{"a":"\ud83d\ude00 \\ud83d"}"#), Cow::Borrowed(_)));
        let hostile = vec![0xff; 4 * limits::REPLACED_BYTES];
        let text = json_text(&hostile);
        assert!(text.starts_with('\u{fffd}') && text.ends_with('?'));
        assert_eq!(text.len(), hostile.len() + limits::REPLACED_BYTES);
    }
}
