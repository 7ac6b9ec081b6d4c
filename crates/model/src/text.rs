//! Text of bounded length.

use crate::limits;
use std::borrow::Cow;

/// The text whole, or its beginning and `…`, in at most so many bytes.
#[must_use]
pub fn cut(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(bytes.saturating_sub('…'.len_utf8()));
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// The values of a JSON text, nested ones too; at least so many as there are. Each counts as the room it takes once it
/// is read, which is far more than in the text.
#[must_use]
pub fn json_values(text: &[u8]) -> usize {
    let (mut quoted, mut escaped, mut values) = (false, false, 1);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' if !quoted => values += 1,
            b'{' if !quoted => values += limits::JSON_OBJECT_VALUES,
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_beginning_and_says_that_it_is_cut() {
        for (text, bytes, expected) in
            [("", 0, ""), ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…"), ("äöüß", 6, "ä…"), ("äöü", 6, "äöü")]
        {
            assert_eq!(cut(text, bytes), expected);
        }
    }

    #[test]
    fn values_are_counted_by_the_room_they_take() {
        for (text, expected) in [
            ("", 1),
            ("[1,2]", 3),
            (r#"{"":0}"#, 1 + limits::JSON_OBJECT_VALUES),
            (r#"[1,{"a":["[,{", "\",["]}]"#, 5 + limits::JSON_OBJECT_VALUES),
        ] {
            assert_eq!(json_values(text.as_bytes()), expected, "{text}");
        }
    }
}
