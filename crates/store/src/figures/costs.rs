//! Costs by model, agent, day and so on.

use super::{RunFigures, usage_beyond};
use crate::{CostBy, CostReport, CostRow, Result, SourceRow, StoreError, StoreErrorKind};
use foldhash::fast::RandomState;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vedette_model::{CostSource, ModelFigures, NanoUsd, Run, Timestamp, Usage};

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
#[derive(Clone)]
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
#[derive(Clone)]
pub struct CostsSum {
    by: CostBy,
    days: Days,
    groups: Groups,
    /// How much, and of how many runs.
    by_source: BTreeMap<CostSource, (NanoUsd, u64)>,
    unpriced: HashMap<Arc<str>, u64, RandomState>,
    total: Option<NanoUsd>,
    none: bool,
}

impl CostsSum {
    /// Days are those of a zone.
    #[must_use]
    pub fn new(by: CostBy, zone: &TimeZone) -> Self {
        let days = Days { zone: zone.clone(), last: None };
        CostsSum {
            by,
            days,
            groups: HashMap::default(),
            by_source: BTreeMap::new(),
            unpriced: HashMap::default(),
            total: None,
            none: true,
        }
    }

    /// Counts one more run.
    pub fn add(&mut self, run: &RunFigures) {
        self.none = false;
        self.total = plus(self.total, run.cost);
        for (source, cost) in &run.cost_by_source {
            self.add_source(*source, *cost, 1);
        }
        for model in &run.unpriced_models {
            let share = run.by_model.iter().find(|(known, _)| known == model);
            self.add_unpriced(model, share.map_or(0, |(_, figures)| figures.calls));
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

    /// Counts runs that are added up already; false, and nothing happens, if what is known of them together does
    /// not tell.
    pub fn add_share(&mut self, share: &CostShare) -> bool {
        let Some((first, last)) = share.starts else { return true };
        match self.by {
            CostBy::Model => share.by_model.groups.values().for_each(|row| merge(&mut self.groups, &row.key, row)),
            CostBy::Day => {
                let day = self.days.day(first);
                if self.days.day(last) != day {
                    return false;
                }
                merge(&mut self.groups, &Some(day), &share.whole);
            }
            _ => return false,
        }
        self.none = false;
        self.total = plus(self.total, share.by_model.total);
        share.by_model.by_source.iter().for_each(|(source, (cost, runs))| self.add_source(*source, *cost, *runs));
        share.by_model.unpriced.iter().for_each(|(model, calls)| self.add_unpriced(model, *calls));
        true
    }

    fn add_source(&mut self, source: CostSource, cost: NanoUsd, runs: u64) {
        let (sum, of_runs) = self.by_source.entry(source).or_default();
        (*sum, *of_runs) = (sum.plus(cost), *of_runs + runs);
    }

    fn add_unpriced(&mut self, model: &Arc<str>, calls: u64) {
        match self.unpriced.get_mut(model) {
            Some(sum) => *sum += calls,
            None => {
                self.unpriced.insert(model.clone(), calls);
            }
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
        let by_source = self.by_source.into_iter().map(|(source, (cost, runs))| SourceRow { source, cost, runs });
        CostReport {
            total: if self.none { Some(NanoUsd::ZERO) } else { self.total },
            rows,
            by_source: by_source.collect(),
            unpriced,
        }
    }
}

/// What runs next to each other in time cost together, kept so that they need not be added up again.
#[derive(Clone)]
pub struct CostShare {
    /// Of the first and of the last.
    starts: Option<(Timestamp, Timestamp)>,
    whole: CostRow,
    by_model: CostsSum,
}

impl Default for CostShare {
    fn default() -> Self {
        CostShare { starts: None, whole: empty(None), by_model: CostsSum::new(CostBy::Model, &TimeZone::UTC) }
    }
}

impl CostShare {
    /// Counts one more run.
    pub fn add(&mut self, run: &RunFigures) {
        let start = run.started_at;
        let (first, last) = self.starts.unwrap_or((start, start));
        self.starts = Some((first.min(start), last.max(start)));
        count(&mut self.whole, &run.whole());
        self.by_model.add(run);
    }

    /// Distinct models.
    #[must_use]
    pub fn models(&self) -> usize {
        self.by_model.groups.len()
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

fn empty(key: Option<Arc<str>>) -> CostRow {
    CostRow { key, cost: None, runs: 0, model_calls: 0, usage: Usage::default() }
}

/// One more run's part of a row.
fn count(row: &mut CostRow, figures: &ModelFigures) {
    row.cost = plus(row.cost, figures.cost);
    row.runs += 1;
    row.model_calls += figures.calls;
    row.usage = row.usage.plus(&figures.usage);
}

fn add(groups: &mut Groups, key: &Option<Arc<str>>, figures: &ModelFigures) {
    match groups.get_mut(key) {
        Some(row) => count(row, figures),
        None => count(groups.entry(key.clone()).or_insert_with(|| empty(key.clone())), figures),
    }
}

/// Rows of the same key become one.
fn merge(groups: &mut Groups, key: &Option<Arc<str>>, other: &CostRow) {
    let row = groups.entry(key.clone()).or_insert_with(|| empty(key.clone()));
    row.cost = plus(row.cost, other.cost);
    row.runs += other.runs;
    row.model_calls += other.model_calls;
    row.usage = row.usage.plus(&other.usage);
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
