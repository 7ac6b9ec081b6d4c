//! What is expected of an agent's runs: that they begin, by a cron expression in a time zone or every so often,
//! and that they end in time.

use crate::Severity;
use croner::Cron;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::time::Duration;
use vedette_model::Timestamp;

/// An agent's clock may be this far ahead of the schedule and still mean the run that is due.
const EARLY: Duration = Duration::from_secs(60);

/// What is expected of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Whose runs.
    pub agent: String,
    /// Five fields, such as `0 3 * * *`; or give `every_seconds`, or only `max_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The zone of `cron`, such as `Europe/Berlin`; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// A run at least this often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_seconds: Option<u64>,
    /// How late a run may begin; five minutes if absent.
    #[serde(default = "five_minutes")]
    pub grace_seconds: u64,
    /// How long a run may take; then it is told of, and its status is `timeout` until it ends after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u64>,
    /// A run may begin while the one before is still running.
    #[serde(default)]
    pub may_overlap: bool,
    /// How loudly.
    #[serde(default = "critical")]
    pub severity: Severity,
    /// Ids or names of channels; every channel that takes the notice if empty.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Off.
    #[serde(default)]
    pub paused: bool,
    /// When it was made: nothing is expected before.
    pub created_at: Timestamp,
}

fn five_minutes() -> u64 {
    300
}
fn critical() -> Severity {
    Severity::Critical
}

/// A schedule that can be asked.
pub struct Timetable {
    when: When,
    grace: Duration,
}

enum When {
    Cron(Box<Cron>, TimeZone),
    Every(Duration),
    /// Whenever they like.
    Never,
}

fn zoned(time: Timestamp, zone: &TimeZone) -> Option<jiff::Zoned> {
    Some(jiff::Timestamp::from_nanosecond(i128::from(time.0)).ok()?.to_zoned(zone.clone()))
}

fn stamp(time: &jiff::Zoned) -> Timestamp {
    Timestamp(i64::try_from(time.timestamp().as_nanosecond()).unwrap_or(i64::MAX))
}

impl Schedule {
    /// Whether it makes sense, and if not, why.
    pub fn timetable(&self) -> Result<Timetable, String> {
        if self.agent.trim().is_empty() {
            return Err("agent must not be empty".into());
        }
        let when = match (&self.cron, self.every_seconds) {
            (Some(text), None) => {
                let cron = Cron::from_str(text).map_err(|error| format!("cron makes no sense: {error}"))?;
                let name = self.time_zone.as_deref().unwrap_or("UTC");
                let zone = TimeZone::get(name).map_err(|_| format!("time_zone is not known: {name}"))?;
                When::Cron(Box::new(cron), zone)
            }
            (None, Some(seconds)) if seconds > 0 => When::Every(Duration::from_secs(seconds)),
            (None, Some(_)) => return Err("every_seconds must not be 0".into()),
            (None, None) if self.max_seconds.is_some() => When::Never,
            _ => return Err("give either cron or every_seconds, or only max_seconds".into()),
        };
        if self.max_seconds == Some(0) {
            return Err("max_seconds must not be 0".into());
        }
        let timetable = Timetable { when, grace: Duration::from_secs(self.grace_seconds) };
        if self.cron.is_some() && timetable.next(self.created_at).is_none() {
            return Err("cron names no time to come".into());
        }
        Ok(timetable)
    }
}

impl Timetable {
    /// How late a run may begin.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.grace
    }

    /// How early a run may begin and still be the one that is due.
    #[must_use]
    pub fn early(&self) -> Duration {
        EARLY.min(self.grace)
    }

    /// Runs are expected so long after one another, rather than at times of day.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        match &self.when {
            When::Every(period) => Some(*period),
            When::Cron(..) | When::Never => None,
        }
    }

    /// The first expected time after this one.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.when {
            When::Every(period) => Some(after.plus(*period)),
            When::Cron(cron, zone) => {
                Some(stamp(&cron.find_next_occurrence(&zoned(after, zone)?, false).ok()?)).filter(|next| *next > after)
            }
            When::Never => None,
        }
    }

    /// The last expected time at or before this one; only of times of day.
    #[must_use]
    pub fn last(&self, at: Timestamp) -> Option<Timestamp> {
        match &self.when {
            When::Every(_) | When::Never => None,
            When::Cron(cron, zone) => Some(stamp(&cron.find_previous_occurrence(&zoned(at, zone)?, true).ok()?)),
        }
    }
}
