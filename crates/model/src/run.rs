//! The run: what a summary says of all its spans, and what was said of it directly.

use crate::{CostSource, Failure, NanoUsd, RunFacts, RunKey, RunKind, Session, SpanKey, Status, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `POST /v1/runs` or a heartbeat's `start`: the run is known to be open. The first received stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The agent.
    pub agent: Arc<str>,
    /// Client's clock.
    pub started_at: Timestamp,
    /// Server's clock.
    pub received_at: Timestamp,
    /// `run` or `heartbeat`.
    pub kind: RunKind,
    /// What it says of the run.
    pub facts: RunFacts,
}

/// `finish`, or a heartbeat's end: the run is closed. The first received stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// Terminal.
    pub status: Status,
    /// Client's clock.
    pub finished_at: Timestamp,
    /// Server's clock.
    pub received_at: Timestamp,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The first characters of its output.
    pub output_preview: Option<Arc<str>>,
    /// A total that the client reports itself (heartbeats, records).
    pub reported_cost: Option<NanoUsd>,
    /// What it says of the run.
    pub facts: RunFacts,
}

/// The server's own conclusion about a run that nobody closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// Silent for [`crate::limits::SETTLE`]: closed with the status of its topmost span. Undone by a real close.
    Presumed,
    /// Known to be open, but silent too long: `timeout`. Undone by a real close.
    TimedOut,
    /// Still running after as many seconds as a run of its agent may take: `timeout`. Undone by a real close
    /// alone, not by a sign of life.
    Overdue(u64),
}

/// The kind of failure of a run that took longer than it may.
pub const OVERDUE: &str = "overdue";

/// A verdict given later, by `PATCH` or with a score: always changeable, the latest stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `Some(None)` clears it.
    pub success: Option<Option<bool>>,
    /// `Some(None)` clears it.
    pub outcome: Option<Option<Arc<str>>>,
}

/// All that was said of a run directly, apart from its spans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// See [`Opened`].
    pub opened: Option<Opened>,
    /// See [`Closed`].
    pub closed: Option<Closed>,
    /// See [`Settled`].
    pub settled: Option<Settled>,
    /// See [`Verdict`].
    pub verdict: Verdict,
}

/// The spans of a run that are copies of calls owned by another run (`decisions.md` §2), with their owner.
pub type Copies = BTreeMap<SpanKey, (RunKey, SpanKey)>;

/// What the summary says of one span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its tokens and cost are in the run's figures. Only ever true for model calls, and for an
    /// agent's or client's own total where no span below it has usage.
    pub counted: bool,
    /// The span that is the same call, possibly of another run.
    pub duplicate_of: Option<(RunKey, SpanKey)>,
    /// Dated after the run's end.
    pub late: bool,
    /// A log record that has joined its span and is no event of its own.
    pub joined: bool,
}

/// The figures and facts of one run. Computed by `vedette-summary`, stored as a row, never edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its key.
    pub key: RunKey,
    /// The sender's own spelling, where it was foreign.
    pub external_id: Option<Arc<str>>,
    /// What it is.
    pub kind: RunKind,
    /// The one agent it counts for.
    pub agent: Option<Arc<str>>,
    /// Every agent seen in it.
    pub agents: BTreeSet<Arc<str>>,
    /// The topmost span's name.
    pub name: Arc<str>,
    /// How it ended.
    pub status: Status,
    /// The end is presumed: nobody said so.
    pub presumed: bool,
    /// Did it do its job.
    pub success: Option<bool>,
    /// How it went, in a word.
    pub outcome: Option<Arc<str>>,
    /// Sender's clock.
    pub started_at: Timestamp,
    /// Sender's clock; `None` while running.
    pub finished_at: Option<Timestamp>,
    /// Server's clock at the first sign of it.
    pub received_at: Timestamp,
    /// Server's clock at the last sign of it: what silence is measured from.
    pub last_received_at: Timestamp,
    /// The conversation.
    pub session: Option<Session>,
    /// All sessions named by its spans.
    pub sessions: BTreeSet<Arc<str>>,
    /// The end user.
    pub user_id: Option<Arc<str>>,
    /// The customer.
    pub customer_id: Option<Arc<str>>,
    /// The feature.
    pub feature: Option<Arc<str>>,
    /// The workflow.
    pub workflow: Option<Arc<str>>,
    /// The pattern.
    pub pattern: Option<Arc<str>>,
    /// The agent's version.
    pub version: Option<Arc<str>>,
    /// `production`, ...
    pub environment: Option<Arc<str>>,
    /// Each once.
    pub tags: Vec<Arc<str>>,
    /// Flat.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// The run above it.
    pub parent: Option<RunKey>,
    /// Spans with a duration.
    pub span_count: u64,
    /// Point events.
    pub event_count: u64,
    /// Counted model calls.
    pub model_calls: u64,
    /// Tool executions, copies not counted.
    pub tool_calls: u64,
    /// Failed spans, copies not counted.
    pub error_count: u64,
    /// Spans that came twice with different content.
    pub conflicting_spans: u64,
    /// Why it failed: the root's failure, else the first failing span's when the run failed.
    pub failure: Option<Failure>,
    /// Tokens of the counted spans.
    pub usage: Usage,
    /// `Some(0)` without any model call, `None` if nothing could be priced.
    pub cost: Option<NanoUsd>,
    /// What of the cost comes from where; empty if no counted span has one.
    pub cost_by_source: BTreeMap<CostSource, NanoUsd>,
    /// Models whose calls could not be priced.
    pub unpriced_models: BTreeSet<Arc<str>>,
    /// Cost, calls and tokens by model, counted spans only.
    pub by_model: BTreeMap<Arc<str>, ModelFigures>,
    /// Calls and failures by tool.
    pub by_tool: BTreeMap<Arc<str>, ToolFigures>,
    /// First characters of what went in.
    pub input_preview: Option<Arc<str>>,
    /// First characters of what came out.
    pub output_preview: Option<Arc<str>>,
    /// All its calls are copies of this run's: kept, but out of lists and statistics.
    pub duplicate_of: Option<RunKey>,
    /// It was announced as open (runs API, heartbeat start, open span), so silence means `timeout`.
    pub announced: bool,
    /// The announcing process, if it said so.
    pub process_id: Option<Arc<str>>,
    /// Only log records so far: not shown, dropped after [`crate::limits::LOG_WAIT`].
    pub only_logs: bool,
}

impl Run {
    /// The one source of all counted costs; `None` if they differ or there are none.
    #[must_use]
    pub fn cost_source(&self) -> Option<CostSource> {
        self.cost_by_source.keys().next().copied().filter(|_| self.cost_by_source.len() == 1)
    }
}

/// One model's share of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFigures {
    /// Counted calls.
    pub calls: u64,
    /// Their tokens.
    pub usage: Usage,
    /// Their cost; `None` if none could be priced.
    pub cost: Option<NanoUsd>,
}

/// One tool's share of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolFigures {
    /// Executions.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
}

/// The answer of the summary function.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The run.
    pub run: Run,
    /// For every span whose mark is not the default.
    pub marks: BTreeMap<SpanKey, Mark>,
}

/// A judgement of a run or of one of its spans: a row of its own, idempotent by id, changeable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The sender's or ours.
    pub id: Arc<str>,
    /// The run.
    pub run: RunKey,
    /// The span, if it judges one.
    pub span: Option<SpanKey>,
    /// What is judged.
    pub name: Arc<str>,
    /// How.
    pub value: ScoreValue,
    /// Why.
    pub reason: Option<Arc<str>>,
    /// `self`, `check`, `judge` or `human`.
    pub source: Option<Arc<str>>,
    /// When.
    pub time: Timestamp,
}

/// A number, a yes or no, or a word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, true or false, or a word")]
pub enum ScoreValue {
    /// Yes or no.
    Bool(bool),
    /// Finite.
    Number(f64),
    /// A category.
    Text(Arc<str>),
}
