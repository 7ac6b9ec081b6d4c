//! Costs by model, agent, day and so on.

use super::usage_beyond;
use crate::{CostBy, CostReport, CostRow, Result, StoreError, StoreErrorKind};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
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

fn day(time: Timestamp, zone: &TimeZone) -> Arc<str> {
    let instant = jiff::Timestamp::from_nanosecond(i128::from(time.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    zone.to_datetime(instant).date().to_string().into()
}

/// The costs of the runs given, grouped; see [`crate::Store::costs`].
pub fn costs<'a>(runs: impl Iterator<Item = &'a Run>, by: CostBy, zone: &TimeZone) -> CostReport {
    let mut groups: BTreeMap<Option<Arc<str>>, CostRow> = BTreeMap::new();
    let mut unpriced: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    let mut total = None;
    let mut none = true;
    for run in runs {
        none = false;
        total = plus(total, run.cost);
        for model in &run.unpriced_models {
            *unpriced.entry(model.clone()).or_default() += run.by_model.get(model).map_or(0, |figures| figures.calls);
        }
        match by {
            CostBy::Model => by_model(&mut groups, run),
            CostBy::Agent => whole(&mut groups, run.agent.clone(), run),
            CostBy::Workflow => whole(&mut groups, run.workflow.clone(), run),
            CostBy::Customer => whole(&mut groups, run.customer_id.clone(), run),
            CostBy::Feature => whole(&mut groups, run.feature.clone(), run),
            CostBy::User => whole(&mut groups, run.user_id.clone(), run),
            CostBy::Day => whole(&mut groups, Some(day(run.started_at, zone)), run),
        }
    }
    let mut rows: Vec<CostRow> = groups.into_values().collect();
    if by == CostBy::Day {
        rows.reverse();
    } else {
        // `None` is the smallest amount, so the unknown come last; of equals those without a key.
        rows.sort_by(|a, b| {
            b.cost.cmp(&a.cost).then_with(|| (a.key.is_none(), &a.key).cmp(&(b.key.is_none(), &b.key)))
        });
    }
    let mut unpriced: Vec<(Arc<str>, u64)> = unpriced.into_iter().collect();
    unpriced.sort_by(|(_, a), (_, b)| b.cmp(a));
    CostReport { total: if none { Some(NanoUsd::ZERO) } else { total }, rows, unpriced }
}

fn plus(a: Option<NanoUsd>, b: Option<NanoUsd>) -> Option<NanoUsd> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.plus(b)),
        (one, other) => one.or(other),
    }
}

fn whole(groups: &mut BTreeMap<Option<Arc<str>>, CostRow>, key: Option<Arc<str>>, run: &Run) {
    add(groups, key, &ModelFigures { calls: run.model_calls, usage: run.usage, cost: run.cost });
}

/// Each model its share; what no model accounts for (a total that the client reported) goes without one.
fn by_model(groups: &mut BTreeMap<Option<Arc<str>>, CostRow>, run: &Run) {
    let mut known = ModelFigures::default();
    for (model, figures) in &run.by_model {
        known.calls += figures.calls;
        known.usage = known.usage.plus(&figures.usage);
        known.cost = plus(known.cost, figures.cost);
        add(groups, Some(model.clone()), figures);
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
        add(groups, None, &rest);
    }
}

fn add(groups: &mut BTreeMap<Option<Arc<str>>, CostRow>, key: Option<Arc<str>>, figures: &ModelFigures) {
    let row = groups.entry(key).or_insert_with_key(|key| CostRow {
        key: key.clone(),
        cost: None,
        runs: 0,
        model_calls: 0,
        usage: Usage::default(),
    });
    row.cost = plus(row.cost, figures.cost);
    row.runs += 1;
    row.model_calls += figures.calls;
    row.usage = row.usage.plus(&figures.usage);
}

#[cfg(test)]
mod tests {
    use super::{day, zone};
    use vedette_model::Timestamp;

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let time = Timestamp::parse("2025-06-09T23:30:00Z").expect("a time");
        for (name, expected) in
            [("UTC", "2025-06-09"), ("", "2025-06-09"), ("+02:00", "2025-06-10"), ("-05:30", "2025-06-09")]
        {
            let zone = zone(name).expect(name);
            assert_eq!(&*day(time, &zone), expected, "{name}");
        }
        assert!(zone("Mars/Olympus").is_err());
    }
}
