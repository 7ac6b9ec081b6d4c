//! Costs by model, agent, day and so on.

use super::{RunFigures, usage_beyond};
use crate::{CostBy, CostReport, CostRow, Result, StoreError, StoreErrorKind};
use foldhash::fast::RandomState;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::Arc;
use vedette_model::{ModelFigures, NanoUsd, Run, Timestamp, Usage};

/// A zone by its IANA name, `UTC`, or an offset such as `+02:00`; else `Invalid`.
pub fn zone(name: &str) -> Result<TimeZone> {
    if name.is_empty() || name.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    jiff::fmt::temporal::DateTimeParser::new().parse_time_zone(name).map_err(|error| {
        StoreError::caused(StoreErrorKind::Invalid, format!("the time zone is unknown, tz={name}"), error)
    })
}

/// The calendar days of a zone. Runs come in order of time mostly, so the last day is looked at first.
struct Days {
    zone: TimeZone,
    /// Begin and end of the last day, and its name.
    last: Option<(i64, i64, Arc<str>)>,
}

impl Days {
    fn day(&mut self, time: Timestamp) -> Arc<str> {
        if let Some((_, _, name)) = self.last.as_ref().filter(|(since, until, _)| (*since..*until).contains(&time.0)) {
            return name.clone();
        }
        let instant = jiff::Timestamp::from_nanosecond(i128::from(time.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let local = instant.to_zoned(self.zone.clone());
        let name: Arc<str> = local.date().to_string().into();
        let nanos = |zoned: jiff::Zoned| i64::try_from(zoned.timestamp().as_nanosecond()).ok();
        let begin = local.start_of_day().ok();
        let end = local.tomorrow().ok().and_then(|tomorrow| tomorrow.start_of_day().ok());
        let bounds = begin.and_then(nanos).zip(end.and_then(nanos));
        self.last = bounds.map(|(begin, end)| (begin, end, name.clone()));
        name
    }
}

type Groups = HashMap<Option<Arc<str>>, CostRow, RandomState>;

/// Adds up the costs of runs, one by one; see [`crate::Store::costs`].
pub struct CostsSum {
    by: CostBy,
    days: Days,
    groups: Groups,
    unpriced: HashMap<Arc<str>, u64, RandomState>,
    total: Option<NanoUsd>,
    none: bool,
}

impl CostsSum {
    /// Days are those of a zone.
    #[must_use]
    pub fn new(by: CostBy, zone: &TimeZone) -> Self {
        let days = Days { zone: zone.clone(), last: None };
        CostsSum { by, days, groups: HashMap::default(), unpriced: HashMap::default(), total: None, none: true }
    }

    /// Counts one more run.
    pub fn add(&mut self, run: &RunFigures) {
        self.none = false;
        self.total = plus(self.total, run.cost);
        for model in &run.unpriced_models {
            let share = run.by_model.iter().find(|(known, _)| known == model);
            let calls = share.map_or(0, |(_, figures)| figures.calls);
            match self.unpriced.get_mut(model) {
                Some(sum) => *sum += calls,
                None => {
                    self.unpriced.insert(model.clone(), calls);
                }
            }
        }
        let groups = &mut self.groups;
        match self.by {
            CostBy::Model => by_model(groups, run),
            CostBy::Agent => whole(groups, &run.agent, run),
            CostBy::Workflow => whole(groups, &run.workflow, run),
            CostBy::Customer => whole(groups, &run.customer_id, run),
            CostBy::Feature => whole(groups, &run.feature, run),
            CostBy::User => whole(groups, &run.user_id, run),
            CostBy::Day => whole(groups, &Some(self.days.day(run.started_at)), run),
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(self) -> CostReport {
        let mut rows: Vec<CostRow> = self.groups.into_values().collect();
        if self.by == CostBy::Day {
            rows.sort_by(|a, b| b.key.cmp(&a.key));
        } else {
            // `None` is the smallest amount, so the unknown come last; of equals those without a key.
            rows.sort_by(|a, b| {
                b.cost.cmp(&a.cost).then_with(|| (a.key.is_none(), &a.key).cmp(&(b.key.is_none(), &b.key)))
            });
        }
        let mut unpriced: Vec<(Arc<str>, u64)> = self.unpriced.into_iter().collect();
        unpriced.sort_by(|(a, most), (b, least)| least.cmp(most).then_with(|| a.cmp(b)));
        CostReport { total: if self.none { Some(NanoUsd::ZERO) } else { self.total }, rows, unpriced }
    }
}

/// The costs of the runs given, grouped; see [`crate::Store::costs`].
pub fn costs<'a>(runs: impl Iterator<Item = &'a Run>, by: CostBy, zone: &TimeZone) -> CostReport {
    let mut sum = CostsSum::new(by, zone);
    runs.filter_map(RunFigures::of).for_each(|run| sum.add(&run));
    sum.finish()
}

fn plus(a: Option<NanoUsd>, b: Option<NanoUsd>) -> Option<NanoUsd> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.plus(b)),
        (one, other) => one.or(other),
    }
}

fn whole(groups: &mut Groups, key: &Option<Arc<str>>, run: &RunFigures) {
    add(groups, key, &run.whole());
}

/// Each model its share; what no model accounts for (a total that the client reported) goes without one.
fn by_model(groups: &mut Groups, run: &RunFigures) {
    let mut known = ModelFigures::default();
    for (model, figures) in &run.by_model {
        known.calls += figures.calls;
        known.usage = known.usage.plus(&figures.usage);
        known.cost = plus(known.cost, figures.cost);
        add(groups, &Some(model.clone()), figures);
    }
    let rest = ModelFigures {
        calls: run.model_calls.saturating_sub(known.calls),
        usage: usage_beyond(&run.usage, &known.usage),
        cost: match (run.cost, known.cost) {
            (Some(cost), Some(known)) => Some(NanoUsd(cost.0.saturating_sub(known.0))),
            (cost, _) => cost,
        },
    };
    let something =
        rest.calls > 0 || rest.usage != Usage::default() || rest.cost.is_some_and(|cost| cost > NanoUsd::ZERO);
    if run.by_model.is_empty() || something {
        add(groups, &None, &rest);
    }
}

fn add(groups: &mut Groups, key: &Option<Arc<str>>, figures: &ModelFigures) {
    if !groups.contains_key(key) {
        let row = CostRow { key: key.clone(), cost: None, runs: 0, model_calls: 0, usage: Usage::default() };
        groups.insert(key.clone(), row);
    }
    let Some(row) = groups.get_mut(key) else { return };
    row.cost = plus(row.cost, figures.cost);
    row.runs += 1;
    row.model_calls += figures.calls;
    row.usage = row.usage.plus(&figures.usage);
}

#[cfg(test)]
mod tests {
    use super::{Days, zone};
    use std::time::Duration;
    use vedette_model::Timestamp;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let time = Timestamp::parse("2025-06-09T23:30:00Z").expect("a time");
        for (name, expected) in
            [("UTC", "2025-06-09"), ("", "2025-06-09"), ("+02:00", "2025-06-10"), ("-05:30", "2025-06-09")]
        {
            let mut days = Days { zone: zone(name).expect(name), last: None };
            assert_eq!(&*days.day(time), expected, "{name}");
            let midnight = Timestamp::parse(&format!("{expected}T00:00:00")).expect("a time");
            let before = Days { zone: zone(name).expect(name), last: days.last.clone() }.day(midnight.minus(DAY));
            assert!(*before < *expected, "{name}: a day ends where the next begins");
        }
        assert!(zone("Mars/Olympus").is_err());
    }
}
