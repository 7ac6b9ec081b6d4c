//! Money: integer nano-USD, never a float at rest.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// US dollars in units of 1e-9. In JSON a decimal string such as `"0.0045"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i64);

const NANOS: i64 = 1_000_000_000;

impl NanoUsd {
    /// Nothing.
    pub const ZERO: NanoUsd = NanoUsd(0);

    /// Rounds to the nearest nano-dollar. `None` for a negative, absurd (over a billion dollars) or
    /// non-finite number: such a figure is unknown, not a cost.
    #[must_use]
    pub fn from_usd(usd: f64) -> Option<Self> {
        (usd.is_finite() && (0.0..=1e9).contains(&usd)).then(|| NanoUsd((usd * NANOS as f64).round() as i64))
    }

    /// Parses a decimal such as `0.004500` or `1e-5` exactly to nine places.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if text.is_empty() || !digits(plain.0) || !digits(plain.1) || plain.1.len() > 9 || plain.0.len() > 9 {
            return Self::from_usd(text.parse().ok()?);
        }
        let whole: i64 = if plain.0.is_empty() { 0 } else { plain.0.parse().ok()? };
        let fraction: i64 = format!("{:0<9}", plain.1).parse().ok()?;
        Some(NanoUsd(whole * NANOS + fraction))
    }

    /// For sums and charts; not for storage.
    #[must_use]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / NANOS as f64
    }

    /// Sum that stops at the largest amount instead of wrapping.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        NanoUsd(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let fraction = format!("{:09}", nanos % NANOS.unsigned_abs());
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{dot}{fraction}", nanos / NANOS.unsigned_abs())
    }
}

impl Serialize for NanoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // At rest, in binary formats, it is the number.
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for NanoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(NanoUsd);
        }
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => NanoUsd::parse(&text),
            serde_json::Value::Number(number) => NanoUsd::parse(&number.to_string()),
            _ => None,
        }
        .ok_or_else(|| D::Error::custom("expected an amount in US dollars such as \"0.0045\""))
    }
}

#[cfg(test)]
mod tests {
    use super::NanoUsd;

    #[test]
    fn decimals_are_exact_and_print_without_padding() {
        for (text, nanos, printed) in [
            ("0.004500", 4_500_000, "0.0045"),
            ("0.043", 43_000_000, "0.043"),
            ("24.80", 24_800_000_000, "24.8"),
            ("0", 0, "0"),
            (".5", 500_000_000, "0.5"),
            ("1e-5", 10_000, "0.00001"),
            ("0.0000000015", 2, "0.000000002"),
        ] {
            let amount = NanoUsd::parse(text).expect(text);
            assert_eq!((amount.0, amount.to_string().as_str()), (nanos, printed), "{text}");
        }
        for text in ["", "-1", "NaN", "inf", "1e30", "abc", "1.2.3"] {
            assert_eq!(NanoUsd::parse(text), None, "{text}");
        }
    }
}
