//! The server's clock: the one place that reads it.

use vedette_model::Timestamp;

/// Now, UTC.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX))
}
