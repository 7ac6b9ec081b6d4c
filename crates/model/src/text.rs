//! Text of bounded length.

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
}
