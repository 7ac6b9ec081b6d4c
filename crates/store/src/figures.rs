//! Figures over runs, by the definitions of `product.md` §2 and `decisions.md` §4, as pure functions of
//! the runs they are given: which runs those are is the filter's and the backend's business. Each is a sum
//! that takes run by run, so that a backend need not hold them all.

mod costs;
mod facets;
mod run;
mod sessions;

pub use costs::{CostShare, CostsSum, costs, zone};
pub use facets::{FacetsSum, facets};
pub use run::RunFigures;
pub use sessions::{SessionsSum, sessions};

use crate::{AgentRow, Bucket, Range, Result, Statistics, Stats, StoreError, StoreErrorKind, ToolRow};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vedette_model::{NanoUsd, Run, RunKind, Status, Timestamp, Usage, limits};

/// What [`Statistics`] are made of, run by run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    plain: Statistics,
    priced: bool,
    total_cost: NanoUsd,
    of_runs: Completed,
    of_heartbeats: Completed,
    others: bool,
}

#[derive(Clone, Debug, Default)]
struct Completed {
    durations_ns: Vec<i64>,
    cost: i128,
    costed: u64,
}

impl Tally {
    /// Counts one more run.
    pub fn add(&mut self, run: &RunFigures) {
        let figures = &mut self.plain;
        figures.total_runs += 1;
        if run.status.is_terminal() {
            figures.completed_runs += 1;
        } else {
            figures.running_runs += 1;
        }
        if matches!(run.status, Status::Failed | Status::Timeout) {
            figures.failed_runs += 1;
        }
        match run.success {
            Some(true) => figures.success_count += 1,
            Some(false) => figures.failure_count += 1,
            None => figures.no_signal_count += 1,
        }
        figures.usage = figures.usage.plus(&run.usage);
        figures.model_calls += run.model_calls;
        figures.error_count += run.error_count;
        if let Some(cost) = run.cost {
            self.priced = true;
            self.total_cost = self.total_cost.plus(cost);
        }
        let heartbeat = run.kind == RunKind::Heartbeat;
        self.others |= !heartbeat;
        if run.status.is_terminal() {
            let completed = if heartbeat { &mut self.of_heartbeats } else { &mut self.of_runs };
            if let Some(end) = run.finished_at {
                completed.durations_ns.push(end.0.saturating_sub(run.started_at.0).max(0));
            }
            if let Some(cost) = run.cost {
                completed.cost += i128::from(cost.0);
                completed.costed += 1;
            }
        }
    }

    /// Whether there is nothing but heartbeats: only then do they count in average and p95.
    #[must_use]
    pub fn only_heartbeats(&self) -> bool {
        !self.others
    }

    /// The figures, with heartbeats or other runs as what average and p95 are over.
    #[must_use]
    pub fn finish(self, only_heartbeats: bool) -> Statistics {
        let figures = self.plain;
        let signals = figures.success_count + figures.failure_count;
        let completed = if only_heartbeats { self.of_heartbeats } else { self.of_runs };
        Statistics {
            success_rate: (signals > 0).then(|| figures.success_count as f64 / figures.total_runs as f64),
            avg_cost_per_run: mean(completed.cost, completed.costed),
            costed_runs: completed.costed,
            total_cost: (self.priced || figures.total_runs == 0).then_some(self.total_cost),
            p95_latency_ms: p95(completed.durations_ns).map(|ns| ns as f64 / 1e6),
            ..figures
        }
    }
}

impl From<Tally> for Statistics {
    fn from(tally: Tally) -> Self {
        let only_heartbeats = tally.only_heartbeats();
        tally.finish(only_heartbeats)
    }
}

/// Halves are rounded up.
fn mean(sum: i128, count: u64) -> Option<NanoUsd> {
    let count = i128::from(count);
    (count > 0).then(|| NanoUsd(((2 * sum + count).div_euclid(2 * count)) as i64))
}

/// Nearest rank: element number ceil(0.95 n) of the sorted values.
fn p95(mut values: Vec<i64>) -> Option<i64> {
    let rank = (values.len() * 95).div_ceil(100).checked_sub(1)?;
    Some(*values.select_nth_unstable(rank).1)
}

/// Adds up the statistics of runs, one by one; see [`crate::Store::stats`].
pub struct StatsSum {
    bucket_ns: Option<i64>,
    total: Tally,
    buckets: BTreeMap<i64, Tally>,
    outcomes: Counts,
}

impl StatsSum {
    /// `Invalid` if a bucket has no length.
    pub fn new(bucket_ns: Option<i64>) -> Result<Self> {
        if bucket_ns.is_some_and(|width| width < 1) {
            return Err(StoreError::new(StoreErrorKind::Invalid, "a bucket has to have a length"));
        }
        Ok(StatsSum { bucket_ns, total: Tally::default(), buckets: BTreeMap::new(), outcomes: Counts::default() })
    }

    /// Counts one more run. `Invalid` when the buckets become too many.
    pub fn add(&mut self, run: &RunFigures) -> Result<()> {
        self.total.add(run);
        if let Some(width) = self.bucket_ns {
            let start = run.started_at.0 - run.started_at.0.rem_euclid(width);
            self.buckets.entry(start).or_default().add(run);
            if self.buckets.len() > limits::BUCKETS {
                let message = format!("the buckets are too small for the range, limit={}", limits::BUCKETS);
                return Err(StoreError::new(StoreErrorKind::Invalid, message));
            }
        }
        self.outcomes.add_all(run.outcome.iter());
        Ok(())
    }

    /// The statistics.
    #[must_use]
    pub fn finish(self) -> Stats {
        let only_heartbeats = self.total.only_heartbeats();
        let bucket = |(start, tally): (i64, Tally)| Bucket {
            start: Timestamp(start),
            statistics: tally.finish(only_heartbeats),
        };
        Stats {
            total: self.total.finish(only_heartbeats),
            buckets: self.buckets.into_iter().map(bucket).collect(),
            outcomes: self.outcomes.most(),
        }
    }
}

/// Statistics of runs; see [`crate::Store::stats`].
pub fn stats<'a>(runs: impl Iterator<Item = &'a Run>, bucket_ns: Option<i64>) -> Result<Stats> {
    let mut sum = StatsSum::new(bucket_ns)?;
    runs.filter_map(RunFigures::of).try_for_each(|run| sum.add(&run))?;
    Ok(sum.finish())
}

/// Adds up the agents of an account's runs; see [`crate::Store::agents`].
pub struct AgentsSum {
    range: Range,
    /// First and last start ever, and the runs in range.
    agents: BTreeMap<Arc<str>, (Timestamp, Timestamp, Tally)>,
}

impl AgentsSum {
    /// Figures will be over a range.
    #[must_use]
    pub fn new(range: Range) -> Self {
        AgentsSum { range, agents: BTreeMap::new() }
    }

    /// Looks at one more run of the account, of whatever time.
    pub fn add(&mut self, run: &RunFigures) {
        let Some(name) = run.agent.as_ref().filter(|_| run.kind != RunKind::Trace) else { return };
        let start = run.started_at;
        if !self.agents.contains_key(name) {
            self.agents.insert(name.clone(), (start, start, Tally::default()));
        }
        let Some((first, last, tally)) = self.agents.get_mut(name) else { return };
        (*first, *last) = (start.min(*first), start.max(*last));
        if self.range.holds(start) {
            tally.add(run);
        }
    }

    /// The agents that have a run in range.
    #[must_use]
    pub fn finish(self) -> Vec<AgentRow> {
        let row = |(name, (created_at, last_run_at, tally)): (Arc<str>, (Timestamp, Timestamp, Tally))| {
            let statistics = Statistics::from(tally);
            (statistics.total_runs > 0).then_some(AgentRow { name, created_at, last_run_at, statistics })
        };
        let mut rows: Vec<AgentRow> = self.agents.into_iter().filter_map(row).collect();
        rows.sort_by(|a, b| b.last_run_at.cmp(&a.last_run_at).then_with(|| a.name.cmp(&b.name)));
        rows
    }
}

/// Agents of all runs of an account, with figures over a range; see [`crate::Store::agents`].
pub fn agents<'a>(runs: impl Iterator<Item = &'a Run>, range: Range) -> Vec<AgentRow> {
    let mut sum = AgentsSum::new(range);
    runs.filter_map(RunFigures::of).for_each(|run| sum.add(&run));
    sum.finish()
}

/// Adds up tools; see [`crate::Store::tools`].
#[derive(Default)]
pub struct ToolsSum(BTreeMap<Arc<str>, ToolRow>);

impl ToolsSum {
    /// Counts one more run.
    pub fn add(&mut self, run: &RunFigures) {
        for (name, figures) in &run.by_tool {
            if !self.0.contains_key(name) {
                self.0.insert(name.clone(), ToolRow { name: name.clone(), runs: 0, calls: 0, failures: 0 });
            }
            let Some(row) = self.0.get_mut(name) else { continue };
            row.runs += 1;
            row.calls += figures.calls;
            row.failures += figures.failures;
        }
    }

    /// The tools.
    #[must_use]
    pub fn finish(self) -> Vec<ToolRow> {
        let mut rows: Vec<ToolRow> = self.0.into_values().collect();
        rows.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
        rows
    }
}

/// Tools of the runs given; see [`crate::Store::tools`].
pub fn tools<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<ToolRow> {
    let mut sum = ToolsSum::default();
    runs.filter_map(RunFigures::of).for_each(|run| sum.add(&run));
    sum.finish()
}

/// How often each value occurs.
#[derive(Default)]
struct Counts(HashMap<Arc<str>, u64, RandomState>);

impl Counts {
    fn add(&mut self, value: &str) {
        match self.0.get_mut(value) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(value.into(), 1);
            }
        }
    }

    fn add_all<'a>(&mut self, values: impl IntoIterator<Item = &'a Arc<str>>) {
        for value in values {
            match self.0.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    self.0.insert(value.clone(), 1);
                }
            }
        }
    }

    /// Most first, ties by value, bounded.
    fn most(self) -> Vec<(Arc<str>, u64)> {
        let mut values: Vec<(Arc<str>, u64)> = self.0.into_iter().collect();
        values.sort_unstable_by(|(a, often), (b, seldom)| seldom.cmp(often).then_with(|| a.cmp(b)));
        values.truncate(limits::FACET_VALUES);
        values
    }
}

/// The part of the first that the second does not hold.
fn usage_beyond(whole: &Usage, part: &Usage) -> Usage {
    let beyond = |whole: Option<u64>, part: Option<u64>| {
        whole.map(|whole| whole.saturating_sub(part.unwrap_or(0))).filter(|rest| part.is_none() || *rest > 0)
    };
    Usage {
        input: beyond(whole.input, part.input),
        output: beyond(whole.output, part.output),
        cache_read: beyond(whole.cache_read, part.cache_read),
        cache_write: beyond(whole.cache_write, part.cache_write),
        reasoning: beyond(whole.reasoning, part.reasoning),
    }
}

#[cfg(test)]
mod tests {
    use super::{mean, p95};
    use vedette_model::NanoUsd;

    #[test]
    fn p95_is_the_nearest_rank() {
        for (count, expected) in
            [(0, None), (1, Some(1)), (19, Some(19)), (20, Some(19)), (21, Some(20)), (100, Some(95))]
        {
            assert_eq!(p95((1..=count).rev().collect()), expected, "{count}");
        }
    }

    #[test]
    fn a_mean_rounds_to_the_nearest_nano() {
        for (sum, count, expected) in [(0, 0, None), (10, 3, Some(3)), (11, 3, Some(4)), (5, 2, Some(3))] {
            assert_eq!(mean(sum, count), expected.map(NanoUsd), "{sum}/{count}");
        }
    }
}
