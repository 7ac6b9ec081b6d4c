//! Where a page ended: the order's value of its last row and the row's key, so that rows which come or
//! go between two pages neither repeat nor hide others. One text for every backend.

use crate::{Result, RunSort, SessionRow, StoreError, StoreErrorKind};
use std::cmp::Ordering;
use std::sync::Arc;
use vedette_model::{NanoUsd, Run, RunKey, Timestamp};

/// A run's place in an order; smaller places come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPlace {
    sort: RunSort,
    value: Option<i64>,
    key: RunKey,
}

impl RunPlace {
    /// The place of a run.
    #[must_use]
    pub fn of(run: &Run, sort: RunSort) -> Self {
        RunPlace::at(sort, run.key, (run.started_at, run.finished_at), run.cost)
    }

    /// The place of a run of which this is known.
    #[must_use]
    pub fn at(
        sort: RunSort,
        key: RunKey,
        (started_at, finished_at): (Timestamp, Option<Timestamp>),
        cost: Option<NanoUsd>,
    ) -> Self {
        let value = match sort {
            RunSort::Newest | RunSort::Oldest => Some(started_at.0),
            RunSort::Slowest => finished_at.map(|end| end.0.saturating_sub(started_at.0).max(0)),
            RunSort::Dearest => cost.map(|cost| cost.0),
        };
        RunPlace { sort, value, key }
    }

    /// Its order's value: nanoseconds of the start, nanoseconds of duration, or nano-USD.
    #[must_use]
    pub fn value(&self) -> Option<i64> {
        self.value
    }

    /// The run.
    #[must_use]
    pub fn key(&self) -> RunKey {
        self.key
    }

    /// Reads what `Display` wrote; `Invalid` if it is not ours or of another order.
    pub fn parse(text: &str, sort: RunSort) -> Result<Self> {
        let mut parts = text.split('.');
        let (Some(order), Some(value), Some(key), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let value = if value == "-" { None } else { Some(value.parse().map_err(|_| invalid())?) };
        let key = RunKey::parse_exact(key).ok_or_else(invalid)?;
        if order == word(sort) { Ok(RunPlace { sort, value, key }) } else { Err(invalid()) }
    }
}

impl Ord for RunPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = match self.sort {
            RunSort::Oldest => self.value.cmp(&other.value),
            // `None` is the smallest, so the reverse puts it last.
            RunSort::Newest | RunSort::Slowest | RunSort::Dearest => other.value.cmp(&self.value),
        };
        by_value.then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for RunPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for RunPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value {
            Some(value) => write!(f, "{}.{value}.{}", word(self.sort), self.key),
            None => write!(f, "{}.-.{}", word(self.sort), self.key),
        }
    }
}

/// A session's place: last activity first, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace {
    last_run_at: Timestamp,
    id: Arc<str>,
}

impl SessionPlace {
    /// The place of a session.
    #[must_use]
    pub fn of(row: &SessionRow) -> Self {
        SessionPlace { last_run_at: row.last_run_at, id: row.session.id.clone() }
    }

    /// Reads what `Display` wrote; `Invalid` if it is not ours.
    pub fn parse(text: &str) -> Result<Self> {
        let (time, id) = text.strip_prefix("session.").and_then(|rest| rest.split_once('.')).ok_or_else(invalid)?;
        Ok(SessionPlace { last_run_at: Timestamp(time.parse().map_err(|_| invalid())?), id: id.into() })
    }
}

impl Ord for SessionPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        other.last_run_at.cmp(&self.last_run_at).then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SessionPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for SessionPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "session.{}.{}", self.last_run_at.0, self.id)
    }
}

fn word(sort: RunSort) -> &'static str {
    match sort {
        RunSort::Newest => "newest",
        RunSort::Oldest => "oldest",
        RunSort::Slowest => "slowest",
        RunSort::Dearest => "dearest",
    }
}

fn invalid() -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, "the cursor is not one of this list")
}
