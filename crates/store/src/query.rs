//! Questions and the figures that answer them. By the definitions of `product.md` §2 and
//! `decisions.md` §4: ranges are `[since, until)` on a run's start, a run's cost belongs to its start,
//! p95 is exact nearest rank over completed runs, unknown is `None`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use vedette_model::{CostSource, NanoUsd, RunKey, RunKind, Session, Status, Timestamp, Usage};

/// `[since, until)`; an open end is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Inclusive.
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
}

impl Range {
    /// Whether a time lies in it.
    #[must_use]
    pub fn holds(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// Which runs. Parts combine with and; values inside one part with or; an empty part selects all.
/// Runs of kind `trace` only where `kind` asks for them or a `q`, `root` or `session` is given;
/// duplicates of other runs and runs of only log records never.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    /// On `started_at`.
    pub range: Range,
    /// Matches any of `run.agents`.
    pub agent: Vec<String>,
    /// Matches `run.agent` alone: what statistics group by.
    pub main_agent: Option<String>,
    /// How it ended.
    pub status: Vec<Status>,
    /// `Some(None)` asks for runs without a signal.
    pub success: Option<Option<bool>>,
    /// Exact.
    pub outcome: Vec<String>,
    /// What it is.
    pub kind: Vec<RunKind>,
    /// A model it called.
    pub model: Vec<String>,
    /// A tool it used.
    pub tool: Vec<String>,
    /// A session named in it.
    pub session: Vec<String>,
    /// Exact.
    pub user: Vec<String>,
    /// Exact.
    pub customer: Vec<String>,
    /// Exact.
    pub feature: Vec<String>,
    /// Exact.
    pub workflow: Vec<String>,
    /// Exact.
    pub version: Vec<String>,
    /// A tag it carries.
    pub tag: Vec<String>,
    /// Exact.
    pub environment: Vec<String>,
    /// Inclusive; running runs never match a bound on duration.
    pub min_duration_ms: Option<f64>,
    /// Inclusive.
    pub max_duration_ms: Option<f64>,
    /// Inclusive; a run of unknown cost never matches.
    pub min_cost: Option<NanoUsd>,
    /// Inclusive; a run of unknown cost never matches.
    pub max_cost: Option<NanoUsd>,
    /// Case-insensitive substring of run id (canonical, or its digits), external id, name, agent, error and
    /// previews; or a whole run id in any spelling.
    pub q: Option<String>,
    /// The root run, which need not be stored, and its descendants.
    pub root: Option<RunKey>,
}

/// The order of runs; ties by key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunSort {
    /// Newest start first.
    #[default]
    Newest,
    /// Oldest start first.
    Oldest,
    /// Longest first; running ones last.
    Slowest,
    /// Dearest first; unknown cost last.
    Dearest,
}

/// A page of runs.
#[derive(Clone, Debug, Default)]
pub struct RunQuery {
    /// Which.
    pub filter: RunFilter,
    /// In what order.
    pub sort: RunSort,
    /// Clamped to 1..=[`vedette_model::limits::PAGE_ROWS_MAX`].
    pub limit: usize,
    /// Where the last page ended; opaque. `Invalid` if it is not one of ours or of another order.
    pub cursor: Option<String>,
}

/// Rows, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// In order.
    pub rows: Vec<T>,
    /// `None` at the end.
    pub next_cursor: Option<String>,
}

/// Figures over a set of runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// All runs.
    pub total_runs: u64,
    /// Terminal ones.
    pub completed_runs: u64,
    /// Still running.
    pub running_runs: u64,
    /// Status failed or timeout.
    pub failed_runs: u64,
    /// `success_count / total_runs`; `None` when no run has a signal.
    pub success_rate: Option<f64>,
    /// `success` true.
    pub success_count: u64,
    /// `success` false.
    pub failure_count: u64,
    /// `success` null.
    pub no_signal_count: u64,
    /// Mean over completed runs with a cost, rounded half up. Heartbeats count only where the whole
    /// selection (not a bucket of it) holds nothing else.
    pub avg_cost_per_run: Option<NanoUsd>,
    /// How many runs that mean is over.
    pub costed_runs: u64,
    /// Over all runs; `None` if runs exist and none has a cost.
    pub total_cost: Option<NanoUsd>,
    /// Exact nearest rank over completed runs; heartbeats as for the mean.
    pub p95_latency_ms: Option<f64>,
    /// Over all runs.
    pub usage: Usage,
    /// Counted model calls over all runs.
    pub model_calls: u64,
    /// Failed spans over all runs.
    pub error_count: u64,
}

/// One bucket of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Inclusive, a multiple of the width since 1970.
    pub start: Timestamp,
    /// Its figures.
    pub statistics: Statistics,
}

/// Figures, and the same over time. Buckets without runs are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Over the whole range.
    pub total: Statistics,
    /// Oldest first.
    pub buckets: Vec<Bucket>,
    /// Runs by outcome label, most first, then by label; at most [`vedette_model::limits::FACET_VALUES`].
    pub outcomes: Vec<(Arc<str>, u64)>,
}

/// One agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentRow {
    /// Unique in its account.
    pub name: Arc<str>,
    /// Start of its first run ever.
    pub created_at: Timestamp,
    /// Start of its last run ever.
    pub last_run_at: Timestamp,
    /// Over the range asked.
    pub statistics: Statistics,
}

/// What costs are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the fields of a run")]
pub enum CostBy {
    Model,
    Agent,
    Workflow,
    Customer,
    Feature,
    User,
    Day,
}

/// Costs of the listed runs of a range, plain traces left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostReport {
    /// Over all rows; `None` if runs exist and none has a cost.
    pub total: Option<NanoUsd>,
    /// Dearest first, unknown last, then by key; days newest first. Runs without the key are under `None`;
    /// by model, so is what a run cost beyond its models' shares.
    pub rows: Vec<CostRow>,
    /// What of the total comes from where, without those that nothing comes from, in the order of [`CostSource`].
    pub by_source: Vec<SourceRow>,
    /// Models without a price, with their calls.
    pub unpriced: Vec<(Arc<str>, u64)>,
}

/// The part of a cost that comes from one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Who says so.
    pub source: CostSource,
    /// How much.
    pub cost: NanoUsd,
    /// Runs that have a part of it; a run whose calls have several sources is one of each.
    pub runs: u64,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct CostRow {
    /// The model, agent, ..., or `YYYY-MM-DD`.
    pub key: Option<Arc<str>>,
    /// `None` if nothing in it could be priced.
    pub cost: Option<NanoUsd>,
    /// Runs.
    pub runs: u64,
    /// Counted model calls.
    pub model_calls: u64,
    /// Tokens.
    pub usage: Usage,
}

/// Values with counts by facet (the filter's own words: `agent status success outcome kind model tool session
/// user customer feature workflow version tag environment`; `success` has `true`, `false` and `null`), most first,
/// then by value; at most [`vedette_model::limits::FACET_VALUES`] each. `kind` counts plain traces too.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Facets(pub BTreeMap<&'static str, Vec<(Arc<str>, u64)>>);

/// Which sessions, by last activity, newest first. Plain traces make none.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// On the start of its last run.
    pub range: Range,
    /// Exact.
    pub user: Option<String>,
    /// Substring of id or name.
    pub q: Option<String>,
    /// As in [`RunQuery`].
    pub limit: usize,
    /// As in [`RunQuery`].
    pub cursor: Option<String>,
}

/// One session: the runs whose `session` it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// Its id; name and user are those of its earliest run that has one.
    pub session: Session,
    /// Start of its first run.
    pub started_at: Timestamp,
    /// Start of its last run.
    pub last_run_at: Timestamp,
    /// Its agents, at most [`vedette_model::limits::NAMES_PER_RUN`].
    pub agents: Vec<Arc<str>>,
    /// Figures over its runs.
    pub statistics: Statistics,
}

/// One tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolRow {
    /// Its name.
    pub name: Arc<str>,
    /// Runs that used it.
    pub runs: u64,
    /// Executions.
    pub calls: u64,
    /// Failed executions.
    pub failures: u64,
}
