//! Identifiers: fixed bytes as keys, every spelling of them accepted, one spelling written.

use serde::{Deserialize, Serialize};
use std::fmt;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A tenant. Every row belongs to one; `AccountId::DEFAULT` where none is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(pub u32);

impl AccountId {
    /// The implicit account of a server without configured accounts, named `default`.
    pub const DEFAULT: AccountId = AccountId(1);
}

/// A run's key: the 16 bytes of its trace id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct RunKey(pub [u8; 16]);

/// A span's key inside its run: 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SpanKey(pub [u8; 8]);

/// How an identifier was spelled by its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    /// It holds the key itself.
    Key,
    /// Foreign: the key is a hash of it, and this is what answers show.
    External(String),
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != N * 2 {
        return None;
    }
    let mut key = [0; N];
    for (byte, pair) in key.iter_mut().zip(bytes.chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? * 16 + digit(*low)?) as u8;
    }
    Some(key)
}

impl RunKey {
    /// From the bytes of a trace id. `None` if it is not 16 bytes or all zero, which OTLP forbids.
    #[must_use]
    pub fn from_trace_id(bytes: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(bytes).ok().filter(|key| *key != [0; 16]).map(RunKey)
    }

    /// Reads any spelling: `run_eu_<32 hex>`, 32 hex, a UUID; anything else is hashed and kept as
    /// external (`decisions.md` §1). `None` only for the empty text.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, Id)> {
        if text.is_empty() {
            return None;
        }
        if let Some(key) = Self::parse_exact(text) {
            return Some((key, Id::Key));
        }
        Some((RunKey(xxh3_128(text.as_bytes()).to_be_bytes()), Id::External(text.to_owned())))
    }

    /// Reads a spelling that holds the key itself, else `None`.
    #[must_use]
    pub fn parse_exact(text: &str) -> Option<Self> {
        let bare = match text.strip_prefix("run_") {
            Some(rest) => rest.split_once('_').filter(|(region, _)| region.len() == 2)?.1,
            None => text,
        };
        if let Some(key) = hex(bare) {
            return (key != [0; 16]).then_some(RunKey(key));
        }
        let groups: Vec<usize> = bare.split('-').map(str::len).collect();
        if groups == [8, 4, 4, 4, 12] { hex(&bare.replace('-', "")).map(RunKey) } else { None }
    }

    /// The canonical spelling in a region: `run_eu_<32 hex>`.
    #[must_use]
    pub fn canonical(self, region: &str) -> String {
        format!("run_{region}_{self}")
    }
}

impl SpanKey {
    /// From the bytes of a span id. `None` if it is not 8 bytes or all zero, which OTLP forbids.
    #[must_use]
    pub fn from_span_id(bytes: &[u8]) -> Option<Self> {
        <[u8; 8]>::try_from(bytes).ok().filter(|key| *key != [0; 8]).map(SpanKey)
    }

    /// 16 hex digits are the key; any other text is hashed, never cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let key = hex(text).unwrap_or_else(|| xxh3_64(text.as_bytes()).to_be_bytes());
        (key != [0; 8]).then_some(SpanKey(key))
    }
}

/// Stable 64-bit hash of content: identity of id-less records and of differing copies. Part of the
/// storage format.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

macro_rules! hex_display {
    ($($name:ident),+) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )+ };
}
hex_display!(RunKey, SpanKey);

#[cfg(test)]
mod tests {
    use super::{Id, RunKey, SpanKey};

    #[test]
    fn every_spelling_of_a_run_is_the_same_key() {
        let hex = "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";
        for text in [
            hex,
            "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6",
            "run_us_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6",
            "018f3a2b-9c1d-7e8f-a4b9-c2d7e8f1a3b6",
            "018F3A2B9C1D7E8FA4B9C2D7E8F1A3B6",
        ] {
            let (key, id) = RunKey::parse(text).expect(text);
            assert_eq!((key.to_string().as_str(), id), (hex, Id::Key), "{text}");
        }
        let (key, id) = RunKey::parse("run-174").expect("hashed");
        assert_eq!(id, Id::External("run-174".into()));
        assert_eq!(RunKey::parse("run-174").map(|(again, _)| again), Some(key));
        assert_eq!(RunKey::parse(""), None);
        assert_eq!(RunKey::from_trace_id(&[0; 16]), None);
    }

    #[test]
    fn foreign_span_ids_are_hashed_not_cut() {
        let one = SpanKey::parse("evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6");
        let two = SpanKey::parse("evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b7");
        assert_ne!(one, two);
        assert_eq!(SpanKey::parse("00000000000000ff").map(|key| key.to_string()).as_deref(), Some("00000000000000ff"));
    }
}
