//! What goes in and comes out of the store.

use crate::StoreError;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vedette_model::{
    AccountId, Closed, Cost, Mark, NanoUsd, Opened, RawSpan, Run, RunKey, Span, Timestamp, Usage, Verdict,
};

/// One span on its way in: as it came, and what it means. `span.content_hash` is set by the store.
#[derive(Clone, Debug)]
pub struct Record {
    /// As it came.
    pub raw: RawSpan,
    /// What it means.
    pub span: Span,
}

/// What one request brought.
pub struct Batch<'r> {
    /// Whose.
    pub account: AccountId,
    /// Server's clock.
    pub received: Timestamp,
    /// In any order; taken one by one, so that what is made of a span as it is taken is made of warm memory.
    pub records: Box<dyn Iterator<Item = Record> + 'r>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// New spans, or open ones that were closed.
    pub appended: usize,
    /// Already there with the same content, or closed already when an open copy comes.
    pub repeated: usize,
    /// Already there with other content, both open or both closed; whichever copy stays.
    pub conflicting: usize,
    /// Sequence of the commit's last change.
    pub sequence: u64,
}

/// What may be said of a run directly.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlChange {
    /// The run starts. May come after its events or its end. The first stands.
    Open(Opened),
    /// The run ends. May come before its start. The first stands.
    Close(Closed),
    /// A verdict; the latest stands, part by part.
    Judge(Verdict),
    /// It takes longer than so many seconds, which it may: a run that is running becomes `timeout`, until its
    /// real end. `Same` if it is not running, `Missing` if it does not exist.
    Overdue(u64),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlOutcome {
    /// Taken.
    First(Box<RunRow>),
    /// The same was said before; nothing changed.
    Same(Box<RunRow>),
    /// Another start (agent or started_at differ) or another end was said before and stands.
    Conflict(Box<RunRow>),
    /// `Judge` or `Overdue` of a run that does not exist.
    Missing,
}

/// A run with what other runs say of it: only listed ones (not hidden, no duplicates) take part, and a
/// circle of parents is cut where it closes.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its own figures.
    pub run: Run,
    /// The topmost run above it that is stored; itself if none.
    pub root: RunKey,
    /// Descendants that failed or timed out.
    pub failed_children: u64,
    /// Its cost and its descendants'.
    pub tree_cost: Option<NanoUsd>,
    /// Its tokens and its descendants'.
    pub tree_usage: Usage,
    /// Children, by start.
    pub children: Vec<RunKey>,
}

/// A span as lists show it: the meaning without `facts`, `warnings` and `filled_by` (those are derived
/// from the raw span when it is opened), with its mark.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanRow {
    /// The meaning.
    pub span: Span,
    /// Counted, duplicate, late, joined.
    pub mark: Mark,
}

/// A span as it came, with those whose content joins it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSpan {
    /// As in lists.
    pub row: SpanRow,
    /// As it came.
    pub raw: RawSpan,
    /// Log records of this span, then duplicates of it, by (start, id). Of duplicates also those of other runs.
    pub joined: Vec<RawSpan>,
}

/// Something that happened, in commit order; inside a commit spans first, then runs. Of a hidden run nothing
/// is said until it is shown, then all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Grows by one with every change of the store.
    pub sequence: u64,
    /// Whose.
    pub account: AccountId,
    /// What.
    pub kind: ChangeKind,
}

/// See [`Change`].
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeKind {
    /// A span or point event is finished; said once for each, never for a log record that joined its span.
    Finished(Arc<SpanRow>),
    /// A span was opened, replaced by another copy, or its mark changed.
    Changed(Arc<SpanRow>),
    /// A run appeared or changed, or one below it did; said once a commit for each.
    Run(Arc<RunRow>),
}

/// Told of commits, in commit order, by the committing thread: must not block. A function is one that always listens.
pub trait Listen: Send + Sync {
    /// Whether anybody wants to be told. Asked once a commit is durable: who begins to listen after that finds it
    /// in [`crate::Store::changes`].
    fn listens(&self) -> bool {
        true
    }

    /// What a commit changed.
    fn hear(&self, changes: &[Change]);
}

impl<F: Fn(&[Change]) + Send + Sync> Listen for F {
    fn hear(&self, changes: &[Change]) {
        self(changes);
    }
}

/// See [`Listen`].
pub type Listener = Box<dyn Listen>;

/// What a stored call costs by prices that were set since; `None` leaves it as it is.
pub type Pricing = Arc<dyn Fn(&Span) -> Option<Cost> + Send + Sync>;

/// The tables of SQL and of [`crate::Store::scan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// One row a run.
    Runs,
    /// One row a span or point event.
    Spans,
    /// One row a score.
    Scores,
}

impl Table {
    /// The columns, stable: SQL is written against them.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        crate::schema::schema(self)
    }
}

/// What to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One run; its children stay.
    Run(RunKey),
    /// All runs whose `agent` it is.
    Agent(String),
    /// Everything of the account, its keys too.
    Account,
}

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// Runs that were removed.
    pub runs: u64,
    /// False while bytes are still to be rewritten by [`crate::Store::maintain`].
    pub done: bool,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Unique.
    pub name: String,
    /// When.
    pub created_at: Timestamp,
    /// How long runs are kept; `None` is as the server says, else for ever.
    pub retain_ns: Option<i64>,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Ingest, scores, outcomes.
    Write,
    /// Every read.
    Read,
    /// Heartbeats of one agent.
    Ping,
    /// Delete, keys, prices, rules, retention.
    Admin,
}

/// A key; the secret itself is shown once and never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Names it in lists: `apk_...`.
    pub id: String,
    /// Whose.
    pub account: AccountId,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// For people.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// The one agent of a ping key.
    pub agent: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// An account's own price, in USD per million tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceOverride {
    /// Normalized; empty matches any.
    pub provider: String,
    /// Exact model name.
    pub model: String,
    /// From then on.
    pub valid_from: Timestamp,
    /// Input that is neither cache read nor cache write.
    pub input_per_million: NanoUsd,
    /// Output.
    pub output_per_million: NanoUsd,
    /// Cache reads; `None` as input.
    pub cache_read_per_million: Option<NanoUsd>,
    /// Cache writes; `None` as input.
    pub cache_write_per_million: Option<NanoUsd>,
}

/// Which of an account's own prices; sorted as they are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceId {
    /// As in [`PriceOverride`].
    pub provider: String,
    /// As in [`PriceOverride`].
    pub model: String,
    /// As in [`PriceOverride`].
    pub valid_from: Timestamp,
}

impl PriceOverride {
    /// An account has one price for each.
    #[must_use]
    pub fn id(&self) -> PriceId {
        PriceId { provider: self.provider.clone(), model: self.model.clone(), valid_from: self.valid_from }
    }
}

/// Something the server keeps for an account; the store does not look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Unique in its collection.
    pub id: String,
    /// JSON.
    pub body: String,
}

/// A step of [`crate::Store::change_documents`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    /// The collection.
    pub collection: &'static str,
    /// The document.
    pub id: String,
    /// What it is from now on; `None` removes it.
    pub body: Option<String>,
}

/// A run that changed, see [`crate::Store::unseen_runs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnseenRun {
    /// Of its last change; a later one has a larger number.
    pub number: i64,
    /// The run, which may be gone.
    pub run: RunKey,
}

/// Whether the store takes writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Writable,
    /// It does not, for this reason; reads go on.
    ReadOnly(String),
}

/// Figures for `/status` and `/metrics`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreStatus {
    /// Runs of the account, hidden ones excepted.
    pub runs: u64,
    /// Spans and point events of these.
    pub spans: u64,
    /// Spans of all accounts still in the log.
    pub log_spans: u64,
    /// Segment files of all accounts.
    pub segments: u64,
    /// Segments that could not be read.
    pub damaged_segments: Vec<String>,
    /// All files.
    pub disk_bytes: u64,
    /// Log records that were dropped since start for want of a run.
    pub dropped_logs: u64,
    /// What was deleted has still to leave the files; false for whoever keeps none.
    pub deletion_pending: bool,
}

impl From<&StoreError> for Health {
    fn from(error: &StoreError) -> Self {
        Health::ReadOnly(error.message.clone())
    }
}
