//! What a request may bring in: cuts values that are too long or too deep and notes their keys.
//!
//! Refuses a span only when the request as a whole holds more values than memory is meant for.

use std::borrow::Cow;
use std::collections::BTreeSet;
use vedette_model::{Attributes, RawSpan, Value, limits};

/// Why one item was refused: names the field and the remedy.
pub(crate) type Reason = Cow<'static, str>;

pub(crate) const TOO_MANY_VALUES: Reason = Cow::Borrowed(
    "attributes: more than 4194304 values (limits::VALUES_PER_REQUEST) in one request; send smaller batches",
);

/// The bounds of one decoding.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub attributes: usize,
    pub resource_bytes: usize,
    pub events: usize,
    pub name_bytes: usize,
    pub text_bytes: usize,
    pub depth: usize,
    pub values: usize,
}

impl Bounds {
    /// What arrives from outside.
    pub(crate) const ARRIVING: Bounds = Bounds {
        attributes: limits::ATTRIBUTES_PER_SPAN,
        resource_bytes: limits::RESOURCE_BYTES,
        events: limits::EVENTS_PER_SPAN,
        name_bytes: limits::NAME_BYTES,
        text_bytes: limits::STRING_BYTES,
        depth: limits::VALUE_DEPTH,
        values: limits::VALUES_PER_REQUEST,
    };
    /// What we wrote ourselves comes back whole; the depth only guards the stack.
    pub(crate) const STORED: Bounds = Bounds {
        attributes: usize::MAX,
        resource_bytes: usize::MAX,
        events: usize::MAX,
        name_bytes: usize::MAX,
        text_bytes: usize::MAX,
        depth: 4 * limits::VALUE_DEPTH,
        values: usize::MAX,
    };
}

/// Applies the bounds while one request is read, and remembers what it cut from the current item.
pub(crate) struct Intake {
    pub bounds: Bounds,
    pub values_left: usize,
    /// Sorted, for the encodings of one span give their fields in different orders.
    cut: BTreeSet<String>,
    more: bool,
}

impl Intake {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Intake { bounds, values_left: bounds.values, cut: BTreeSet::new(), more: false }
    }

    /// Accounts for one more value, event or link of the request.
    pub(crate) fn spend(&mut self) -> Result<(), Reason> {
        match self.values_left.checked_sub(1) {
            Some(left) => self.values_left = left,
            None => return Err(TOO_MANY_VALUES),
        }
        Ok(())
    }

    /// Notes that something of the current item was cut.
    pub(crate) fn note(&mut self, key: impl Into<String>) {
        self.cut.insert(key.into());
        if self.cut.len() > limits::CUT_KEYS_LISTED {
            self.cut.pop_last();
            self.more = true;
        }
    }

    /// Notes how many of a list were dropped, if any.
    pub(crate) fn note_dropped(&mut self, list: &str, dropped: usize) {
        if dropped > 0 {
            self.note(format!("{list} ({dropped} dropped)"));
        }
    }

    /// A name from bytes, cut at a character boundary; bytes that are no UTF-8 become U+FFFD.
    pub(crate) fn name(&mut self, field: &str, bytes: &[u8]) -> String {
        let (name, cut) = text(bytes, self.bounds.name_bytes);
        if cut {
            self.note(field);
        }
        name
    }

    /// Longer text from bytes, likewise.
    pub(crate) fn text(&mut self, field: &str, bytes: &[u8]) -> String {
        let (text, cut) = text(bytes, self.bounds.text_bytes);
        if cut {
            self.note(field);
        }
        text
    }

    /// Whether an item may have one more attribute. The list of what was cut before has a place of its own:
    /// what was received once comes back the same.
    pub(crate) fn admits(&self, so_far: &mut Admitted, is_list_of_cuts: bool) -> bool {
        if is_list_of_cuts && !so_far.list_of_cuts {
            so_far.list_of_cuts = true;
            return true;
        }
        so_far.others += 1;
        so_far.others <= self.bounds.attributes
    }

    /// Whether a resource or scope may have one more attribute of so many bytes; the list has its place here too.
    pub(crate) fn has_room(&self, so_far: &mut Admitted, bytes: usize, is_list_of_cuts: bool) -> bool {
        let taken = if is_list_of_cuts { 0 } else { so_far.bytes };
        let fits = bytes <= self.bounds.resource_bytes.saturating_sub(taken);
        if fits && !is_list_of_cuts {
            so_far.bytes += bytes;
        }
        fits
    }

    /// Ends the current item: lists what was cut in its attributes, beside what its sender listed.
    pub(crate) fn finish(&mut self, attributes: Vec<(String, Value)>) -> Attributes {
        let mut attributes = Attributes::new(attributes);
        if self.cut.is_empty() {
            return attributes;
        }
        if let Some(Value::Array(listed)) = attributes.get(RawSpan::TRUNCATED) {
            for key in listed.iter().filter_map(Value::as_str) {
                self.note(key);
            }
        }
        let mut listed: Vec<Value> = std::mem::take(&mut self.cut).into_iter().map(Value::Str).collect();
        if std::mem::take(&mut self.more) {
            listed.push("and more".into());
        }
        attributes.set(RawSpan::TRUNCATED, Value::Array(listed));
        attributes
    }

    /// Forgets what was cut from an item that is refused.
    pub(crate) fn abandon(&mut self) {
        self.cut.clear();
        self.more = false;
    }
}

/// Attributes of one list that were let in.
#[derive(Default)]
pub(crate) struct Admitted {
    others: usize,
    list_of_cuts: bool,
    /// Of a resource or scope.
    bytes: usize,
}

/// Text of at most so many bytes, and whether it was cut. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn text(bytes: &[u8], limit: usize) -> (String, bool) {
    let head = bytes.get(..limit).unwrap_or(bytes);
    let cut = head.len() < bytes.len();
    match std::str::from_utf8(head) {
        Ok(text) => (text.to_owned(), cut),
        Err(error) => {
            let split = cut && error.error_len().is_none();
            let whole = if split { head.get(..error.valid_up_to()).unwrap_or_default() } else { head };
            // U+FFFD takes more bytes than what it stands for.
            let (text, outgrown) = clip(String::from_utf8_lossy(whole).into_owned(), limit);
            (text, cut || outgrown)
        }
    }
}

/// Owned text of at most so many bytes, and whether it was cut.
pub(crate) fn clip(mut text: String, limit: usize) -> (String, bool) {
    let cut = text.len() > limit;
    if cut {
        text.truncate(text.floor_char_boundary(limit));
        text.shrink_to_fit();
    }
    (text, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_frees_what_it_had_grown_to() {
        let limit = 1 << 16;
        for (text, cut) in [text(&vec![0xff; limit], limit), clip("x".repeat(8 * limit), limit)] {
            assert!(cut && text.len() <= limit && text.capacity() <= limit, "{}", text.capacity());
        }
    }
}
