//! Points in time: integer nanoseconds since 1970, UTC.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Nanoseconds since the Unix epoch, UTC. In JSON an ISO 8601 string that ends in `Z`, milliseconds
/// at least, more digits only where there are more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Years 1970 to 2262 in OTLP's unsigned nanoseconds; later ones are held at the last.
fn clamp(nanos: i128) -> i64 {
    nanos.clamp(0, i128::from(i64::MAX)) as i64
}

impl Timestamp {
    /// From OTLP's unsigned nanoseconds.
    #[must_use]
    pub fn from_unix_nanos(nanos: u64) -> Self {
        Timestamp(clamp(i128::from(nanos)))
    }

    /// From Unix seconds with a fraction, to the microsecond that a float can hold.
    #[must_use]
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        let micros = || (seconds * 1e6).round() as i128;
        (seconds.is_finite() && seconds >= 0.0).then(|| Timestamp(clamp(micros().saturating_mul(1_000))))
    }

    /// Reads ISO 8601 with any offset (none means UTC), a date alone, or Unix seconds as a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Timestamp(clamp(instant.as_nanosecond())));
        }
        if let Ok(seconds) = text.parse::<f64>() {
            return Timestamp::from_unix_seconds(seconds);
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Timestamp(clamp(zoned.timestamp().as_nanosecond())))
    }

    /// Later by a duration, held at the ends.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        Timestamp(clamp(i128::from(self.0) + duration.as_nanos() as i128))
    }

    /// Earlier by a duration, held at the ends.
    #[must_use]
    pub fn minus(self, duration: std::time::Duration) -> Self {
        Timestamp(clamp(i128::from(self.0) - duration.as_nanos() as i128))
    }

    /// The calendar date in UTC, `YYYY-MM-DD`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

/// Milliseconds between two points, with their fraction; 0 if they are in the wrong order.
#[must_use]
pub fn duration_ms(start: Timestamp, end: Timestamp) -> f64 {
    end.0.saturating_sub(start.0).max(0) as f64 / 1e6
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        if self.0 % 1_000_000 == 0 { write!(f, "{instant:.3}") } else { write!(f, "{instant}") }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // At rest, in binary formats, it is the number.
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Timestamp);
        }
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Timestamp::parse(&text),
            serde_json::Value::Number(number) => number.as_f64().and_then(Timestamp::from_unix_seconds),
            _ => None,
        }
        .ok_or_else(|| D::Error::custom("expected a time such as \"2026-01-31T12:00:00Z\" or Unix seconds"))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn every_spelling_of_a_time_is_read_and_written_as_utc() {
        for (text, printed) in [
            ("2025-06-09T14:32:01.243Z", "2025-06-09T14:32:01.243Z"),
            ("2025-06-09T16:32:01.243+02:00", "2025-06-09T14:32:01.243Z"),
            ("2025-06-09T14:32:01", "2025-06-09T14:32:01.000Z"),
            ("2025-06-09", "2025-06-09T00:00:00.000Z"),
            ("1749479521.243", "2025-06-09T14:32:01.243Z"),
            ("2025-06-09T14:32:01.243000001Z", "2025-06-09T14:32:01.243000001Z"),
            ("1e308", "2262-04-11T23:47:16.854775807Z"),
        ] {
            let printed_back = Timestamp::parse(text).map(|t| t.to_string());
            assert_eq!(printed_back.as_deref(), Some(printed), "{text}");
        }
        for text in ["", "yesterday", "NaN", "-5", "2025-13-01"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
