//! How many events an account may send in a UTC month, where one is bounded. Half as much again as the
//! plan is still taken; beyond it the doors answer 429 until the month ends. The count is kept beside the
//! data about every second, so a crash forgives at most that much.

use crate::app::App;
use crate::clock;
use crate::config::{Config, Place};
use crate::error::{ApiError, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vedette_model::{AccountId, Timestamp};

/// See the module.
pub struct Quotas {
    plans: BTreeMap<String, u64>,
    file: Option<PathBuf>,
    used: Mutex<Used>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Used {
    /// Such as `2026-11`.
    month: String,
    /// By account name.
    events: BTreeMap<String, u64>,
    #[serde(skip)]
    unsaved: bool,
}

impl Quotas {
    /// Reads what was used this month.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let plans: BTreeMap<String, u64> =
            config.quotas.iter().map(|quota| (quota.account.clone(), quota.events_per_month)).collect();
        let file = match &config.place {
            Place::Folder(folder) if !plans.is_empty() => Some(folder.join("usage.json")),
            _ => None,
        };
        let used = match &file {
            Some(path) if path.exists() => serde_json::from_slice(&std::fs::read(path)?)?,
            _ => Used::default(),
        };
        Ok(Quotas { plans, file, used: Mutex::new(used) })
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts events, or refuses them uncounted.
    fn charge(&self, account: &str, events: u64, now: Timestamp) -> Result<Charge<'_>, ApiError> {
        let Some(plan) = self.plans.get(account) else { return Ok(Charge::default()) };
        let month = now.date().chars().take(7).collect::<String>();
        let mut used = self.lock();
        if used.month != month {
            *used = Used { month: month.clone(), ..Used::default() };
        }
        let so_far = used.events.entry(account.to_owned()).or_default();
        if *so_far + events > plan.saturating_add(plan / 2) {
            return Err(ApiError {
                retry_after: Some(until_next_month(now)),
                ..ApiError::new(ErrorKind::QuotaExceeded, format!("the monthly bound of {plan} events is used up"))
            });
        }
        *so_far += events;
        used.unsaved = true;
        Ok(Charge { of: Some((self, account.to_owned(), month)), events })
    }

    fn give_back(&self, account: &str, month: &str, events: u64) {
        let mut used = self.lock();
        if used.month == month
            && let Some(so_far) = used.events.get_mut(account)
        {
            *so_far = so_far.saturating_sub(events);
            used.unsaved = true;
        }
    }

    /// Writes what was used, if it changed.
    pub fn save(&self) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let used = {
            let mut used = self.lock();
            if !std::mem::take(&mut used.unsaved) {
                return Ok(());
            }
            used.clone()
        };
        let fresh = file.with_extension("json.new");
        std::fs::write(&fresh, serde_json::to_vec(&used)?)?;
        std::fs::rename(fresh, file)
    }
}

/// Events that were counted. Given back when it is dropped, unless what they are counted for was taken.
#[must_use]
#[derive(Default)]
pub struct Charge<'a> {
    /// Whose, in which month; none if there is no plan.
    of: Option<(&'a Quotas, String, String)>,
    events: u64,
}

impl Charge<'_> {
    /// They were taken.
    pub fn keep(mut self) {
        self.of = None;
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        if let Some((quotas, account, month)) = &self.of {
            quotas.give_back(account, month, self.events);
        }
    }
}

/// Counts events of an account, or says 429.
pub fn charge(app: &App, account: AccountId, events: usize) -> Result<Charge<'_>, ApiError> {
    if app.quotas.plans.is_empty() {
        return Ok(Charge::default());
    }
    let name = app.keyring.account_name(account).unwrap_or_default();
    app.quotas.charge(&name, events as u64, clock::now())
}

fn until_next_month(now: Timestamp) -> Duration {
    let at = jiff::Timestamp::from_nanosecond(i128::from(now.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let utc = at.to_zoned(jiff::tz::TimeZone::UTC);
    let next = utc.date().last_of_month().tomorrow().and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC));
    let seconds = next.map_or(0, |next| next.timestamp().as_second() - at.as_second());
    Duration::from_secs(seconds.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas(plan: u64) -> Quotas {
        Quotas { plans: BTreeMap::from([("acme".to_owned(), plan)]), file: None, used: Mutex::default() }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect(text)
    }

    #[test]
    fn half_as_much_again_is_taken_then_nothing_until_the_month_ends() {
        let quotas = quotas(10);
        let november = at("2026-11-20T00:00:00Z");
        drop(quotas.charge("acme", 15, november).expect("room, of which no use was made"));
        quotas.charge("acme", 15, november).expect("room").keep();
        let error = quotas.charge("acme", 1, november).err().expect("used up");
        assert_eq!(error.kind, ErrorKind::QuotaExceeded);
        assert_eq!(error.retry_after, Some(Duration::from_secs(11 * 86_400)));
        let late = quotas.charge("other", 1, november).expect("no plan");
        quotas.charge("acme", 1, at("2026-12-01T00:00:00Z")).expect("a new month").keep();
        drop(late);
        assert_eq!(quotas.lock().events.get("acme"), Some(&1));
        assert!(quotas.charge("other", 1_000, november).is_ok());
    }

    #[test]
    fn the_wait_reaches_exactly_to_the_next_utc_month() {
        for (now, seconds) in
            [("2026-12-31T23:59:59Z", 1), ("2026-02-01T00:00:00Z", 28 * 86_400), ("2028-02-29T12:00:00Z", 43_200)]
        {
            assert_eq!(until_next_month(at(now)), Duration::from_secs(seconds), "{now}");
        }
    }

    #[test]
    fn what_was_used_survives_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("usage.json");
        let quotas = Quotas { file: Some(file.clone()), ..quotas(10) };
        quotas.charge("acme", 7, at("2026-11-20T00:00:00Z")).expect("taken").keep();
        quotas.save().expect("saved");
        let bytes = std::fs::read(file).expect("read");
        let read: Used = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((read.month.as_str(), read.events.get("acme")), ("2026-11", Some(&7)));
    }
}
