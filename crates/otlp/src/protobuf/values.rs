//! Attributes and their values.

use crate::bounds::{Admitted, Intake, Reason, text};
use crate::wire::{Fields, Payload};
use vedette_model::{RawSpan, Value};

type Pairs = Vec<(String, Value)>;

/// A key-value pair with the key first, as we write it.
fn is_list_of_cuts(pair: &[u8]) -> bool {
    const KEY: &[u8] = RawSpan::TRUNCATED.as_bytes();
    matches!(pair, [0x0a, len, key @ ..] if usize::from(*len) == KEY.len() && key.starts_with(KEY))
}

/// Attributes as they are read, of which those beyond the bound are only counted.
#[derive(Default)]
pub(super) struct AttributeList {
    pairs: Pairs,
    admitted: Admitted,
    dropped: usize,
}

impl AttributeList {
    pub(super) fn with_capacity(pairs: usize) -> Self {
        AttributeList { pairs: Vec::with_capacity(pairs), ..AttributeList::default() }
    }

    pub(super) fn add(&mut self, intake: &mut Intake, owner: &str, bytes: &[u8]) -> Result<(), Reason> {
        if self.admits(intake, bytes) { self.read(intake, owner, bytes) } else { Ok(()) }
    }

    /// One of a resource or scope: what has no room there is noted, and not even read.
    pub(super) fn add_shared(&mut self, intake: &mut Intake, bytes: &[u8]) -> Result<(), Reason> {
        if !self.admits(intake, bytes) {
            return Ok(());
        }
        if intake.has_room(&mut self.admitted, bytes.len(), is_list_of_cuts(bytes)) {
            return self.read(intake, "", bytes);
        }
        let (mut key, mut fields) = (&[][..], Fields(bytes));
        while let Some((field, payload)) = fields.next()? {
            if let (1, Payload::Bytes(bytes)) = (field, payload) {
                key = bytes;
            }
        }
        intake.note(text(key, intake.bounds.name_bytes).0);
        Ok(())
    }

    fn admits(&mut self, intake: &Intake, bytes: &[u8]) -> bool {
        let admits = intake.admits(&mut self.admitted, is_list_of_cuts(bytes));
        self.dropped += usize::from(!admits);
        admits
    }

    fn read(&mut self, intake: &mut Intake, owner: &str, bytes: &[u8]) -> Result<(), Reason> {
        let mut cut = false;
        let pair = key_value(intake, bytes, 0, &mut cut)?;
        if cut {
            intake.note(format!("{owner}{}", pair.0));
        }
        self.pairs.push(pair);
        Ok(())
    }

    pub(super) fn finish(self, intake: &mut Intake, list: &str) -> Pairs {
        intake.note_dropped(list, self.dropped);
        self.pairs
    }
}

fn key_value(intake: &mut Intake, bytes: &[u8], depth: usize, cut: &mut bool) -> Result<(String, Value), Reason> {
    let (mut key, mut value) = (String::new(), None);
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Bytes(bytes)) => {
                let (name, shortened) = text(bytes, intake.bounds.name_bytes);
                key = name;
                *cut |= shortened;
            }
            (2, Payload::Bytes(bytes)) => value = Some(any_value(intake, bytes, depth, cut)?),
            _ => {}
        }
    }
    if value.is_none() {
        // It takes as much memory as one with a value.
        intake.spend()?;
    }
    Ok((key, value.unwrap_or_default()))
}

pub(super) fn any_value(intake: &mut Intake, bytes: &[u8], depth: usize, cut: &mut bool) -> Result<Value, Reason> {
    intake.spend()?;
    let mut value = Value::Null;
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Bytes(bytes)) => {
                let (text, shortened) = text(bytes, intake.bounds.text_bytes);
                value = Value::Str(text);
                *cut |= shortened;
            }
            (2, Payload::Varint(flag)) => value = Value::Bool(flag != 0),
            (3, Payload::Varint(number)) => value = Value::Int(number.cast_signed()),
            (4, Payload::Fixed64(bits)) => value = Value::Double(f64::from_bits(bits)),
            (5 | 6, Payload::Bytes(_)) if depth >= intake.bounds.depth => {
                value = Value::Null;
                *cut = true;
            }
            (5, Payload::Bytes(bytes)) => {
                let mut items = Vec::new();
                let mut fields = Fields(bytes);
                while let Some((field, payload)) = fields.next()? {
                    if let (1, Some(bytes)) = (field, payload.bytes()) {
                        items.push(any_value(intake, bytes, depth + 1, cut)?);
                    }
                }
                value = Value::Array(items);
            }
            (6, Payload::Bytes(bytes)) => {
                let mut pairs = Vec::new();
                let mut fields = Fields(bytes);
                while let Some((field, payload)) = fields.next()? {
                    if let (1, Some(bytes)) = (field, payload.bytes()) {
                        pairs.push(key_value(intake, bytes, depth + 1, cut)?);
                    }
                }
                value = Value::Map(pairs);
            }
            (7, Payload::Bytes(bytes)) => {
                let kept = bytes.get(..intake.bounds.text_bytes).unwrap_or(bytes);
                *cut |= kept.len() < bytes.len();
                value = Value::Bytes(kept.to_vec());
            }
            _ => {}
        }
    }
    Ok(value)
}
