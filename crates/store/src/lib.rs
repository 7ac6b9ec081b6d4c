//! The store: where appended spans become durable and from where everything is read.
//!
//! [`Store`] is the contract, the conformance suite its proof, run against both backends: `Memory`, the
//! naive oracle that also serves `--memory`, and `Embedded`: SQLite for all that changes, Parquet
//! segments for spans at rest. The store knows no wire format and no HTTP; SQL lives in the lake crate.

pub mod cursor;
mod embedded;
mod error;
pub mod figures;
mod filter;
mod memory;
mod query;
mod row;
pub mod schema;

pub use embedded::{Embedded, EmbeddedOptions, Report, doctor, read_announcement};
pub use error::{Result, StoreError, StoreErrorKind};
pub use filter::listed;
pub use memory::{Memory, MemoryOptions};
pub use query::{
    AgentRow, Bucket, CostBy, CostReport, CostRow, Facets, Page, Range, RunFilter, RunQuery, RunSort, SessionQuery,
    SessionRow, SourceRow, Statistics, Stats, ToolRow,
};
pub use row::{
    Account, Batch, Change, ChangeKind, ControlChange, ControlOutcome, Deletion, Document, DocumentChange, Health, Key,
    KeyScope, Listen, Listener, PriceId, PriceOverride, Pricing, Receipt, Record, RunRow, SpanRow, StoreStatus,
    StoredSpan, Table, Target, UnseenRun,
};

use arrow::record_batch::RecordBatch;
use vedette_model::{AccountId, RunKey, Score, SpanKey, Timestamp};

/// The contract. All calls block; call them off the async runtime. Every read is bound to one account,
/// and an unknown or foreign key is `None` or an empty page, never an error and never data; a write for an
/// account that does not exist is `Invalid`. A run of only log records is hidden: no read knows it.
pub trait Store: Send + Sync + 'static {
    /// Durable when it returns, visible to every read, and published to the listener in commit order.
    /// Group-committed: what arrives during one commit forms the next. A span that is already there
    /// with the same content changes nothing; a closed copy beats an open one; of two closed copies
    /// that differ the smaller content hash stays and the run's `conflicting_spans` counts that span, once.
    /// Of differing open ones the smaller hash stays too. What changes a run moves its `last_received_at`
    /// and undoes what [`Store::settle`] concluded.
    /// `Unavailable` when the queue is full (retry later) or the disk refuses (see [`Store::health`]).
    fn append(&self, batch: Batch<'_>) -> Result<Receipt>;

    /// Says something of runs directly, in order; see [`ControlChange`]. One commit, durable when it returns: all of
    /// it or, after an error, nothing; of nothing there is none. A first start or end is a sign of life like a span;
    /// a verdict is none. Answers each change, as many as there are.
    fn control_all(&self, account: AccountId, changes: Vec<(RunKey, ControlChange)>) -> Result<Vec<ControlOutcome>>;
    /// [`Store::control_all`] of one change.
    fn control(&self, account: AccountId, run: RunKey, change: ControlChange) -> Result<ControlOutcome> {
        let outcome = self.control_all(account, vec![(run, change)])?.pop();
        outcome.ok_or_else(|| StoreError::new(StoreErrorKind::Internal, "a change was not answered"))
    }

    /// Inserts or replaces scores by (account, id), in one commit; the last of an id stays. Their runs need not exist yet.
    fn put_scores(&self, account: AccountId, scores: Vec<Score>) -> Result<()>;
    /// [`Store::put_scores`] of one.
    fn put_score(&self, account: AccountId, score: Score) -> Result<()> {
        self.put_scores(account, vec![score])
    }
    /// Scores of a run, oldest first, then by id; also of one that does not exist.
    fn scores(&self, account: AccountId, run: RunKey) -> Result<Vec<Score>>;

    /// One page of runs. Stable under inserts: a cursor continues after the last row seen.
    fn runs(&self, account: AccountId, query: &RunQuery) -> Result<Page<RunRow>>;
    /// One run, hidden ones (`only_logs`) excepted.
    fn run(&self, account: AccountId, run: RunKey) -> Result<Option<RunRow>>;
    /// Spans and point events of a run without bodies, by (start, id), open ones included, log records that
    /// joined their span left out; at most [`vedette_model::limits::SPANS_PER_RUN`].
    fn spans(&self, account: AccountId, run: RunKey) -> Result<Vec<SpanRow>>;
    /// One span whole, with the log records and duplicates whose content joins it.
    fn span(&self, account: AccountId, run: RunKey, span: SpanKey) -> Result<Option<StoredSpan>>;
    /// All raw spans of a run as received, log records included, by (start, id).
    fn raw_spans(&self, account: AccountId, run: RunKey) -> Result<Vec<vedette_model::RawSpan>>;

    /// Statistics of the runs a filter selects, with a row a bucket of `bucket_ns` if asked. `Invalid` if
    /// that is not positive or makes more than [`vedette_model::limits::BUCKETS`].
    fn stats(&self, account: AccountId, filter: &RunFilter, bucket_ns: Option<i64>) -> Result<Stats>;
    /// Agents with at least one run in range, by last run ever, newest first. Plain traces make none.
    fn agents(&self, account: AccountId, range: Range) -> Result<Vec<AgentRow>>;
    /// Distinct values with counts for every facet, under the filter (each facet ignores its own part).
    fn facets(&self, account: AccountId, filter: &RunFilter) -> Result<Facets>;
    /// Cost of the runs in range, grouped. Days begin at midnight in `tz`: an IANA name, `UTC`, or an offset
    /// such as `+02:00`; else `Invalid`.
    fn costs(&self, account: AccountId, by: CostBy, range: Range, tz: &str) -> Result<CostReport>;
    /// Sessions by last activity, newest first.
    fn sessions(&self, account: AccountId, query: &SessionQuery) -> Result<Page<SessionRow>>;
    /// Tools by calls, most first.
    fn tools(&self, account: AccountId, filter: &RunFilter) -> Result<Vec<ToolRow>>;

    /// Rows of a table for the SQL engine, in batches, projected by column index of [`Table::schema`].
    /// Range bounds runs by `started_at`, spans by their own start, scores by their time. `runs` holds what
    /// is listed, plain traces too; `spans` those of every run that is not hidden. In no order.
    fn scan(
        &self,
        table: Table,
        account: AccountId,
        range: Range,
        projection: Option<&[usize]>,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>>;

    /// Removes a run, an agent's runs or an account. Invisible when it returns; `Deletion` says whether
    /// the bytes are gone too or will be after the rewrite in the background. Scores go with their run;
    /// copies of its calls count for themselves again; what arrives later is new. The implicit account
    /// itself stays; no other's id is used again.
    fn delete(&self, account: AccountId, target: &Target) -> Result<Deletion>;

    /// Closes what fell silent, drops log records [`vedette_model::limits::LOG_WAIT`] after their receipt if
    /// their run has not come, as of `now`. Called every second. An announced run is alive as long as any
    /// record of its process comes, repeats too; that is not durable: a process counts as heard of at the
    /// first call after opening.
    fn settle(&self, now: Timestamp) -> Result<()>;
    /// Moves what may leave the log into segments, merges small segments, drops runs past retention,
    /// finishes deletions, as of `now`. A no-op in memory but for retention, which is counted from a run's
    /// last receipt, so that an import of old files is kept. True when so much has come meanwhile that the next
    /// call should not wait.
    fn maintain(&self, now: Timestamp) -> Result<bool>;
    /// Like [`Store::maintain`], but moves everything regardless of age: for tests, benchmarks, shutdown.
    fn flush(&self, now: Timestamp) -> Result<()>;

    /// Changes with a sequence above `after`, oldest first, at most `limit`; `None` if the ring
    /// ([`vedette_model::limits::STREAM_RING`]) no longer reaches back that far, or not up to it yet.
    fn changes(&self, account: AccountId, after: u64, limit: usize) -> Result<Option<Vec<Change>>>;
    /// The last change of any account; 0 before the first. What is asked from now on knows of it and of all
    /// before it, so that with [`Store::changes`] after it nothing is missed.
    fn sequence(&self) -> u64;

    /// Accounts, the implicit one included.
    fn accounts(&self) -> Result<Vec<Account>>;
    /// Creates one; `Invalid` if the name is empty or taken.
    fn create_account(&self, name: &str, now: Timestamp) -> Result<Account>;
    /// Sets how long runs are kept, at least a nanosecond; `None` is as the server says.
    fn set_retention(&self, account: AccountId, retain_ns: Option<i64>) -> Result<()>;
    /// Adds a key; only its hash is stored. `Invalid` if the hash is known.
    fn create_key(&self, key: Key) -> Result<()>;
    /// An account's keys, oldest first, revoked ones included.
    fn keys(&self, account: AccountId) -> Result<Vec<Key>>;
    /// The live key of a hash.
    fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<Key>>;
    /// Revokes at once, the first time stands; false if there is no such key.
    fn revoke_key(&self, account: AccountId, id: &str, now: Timestamp) -> Result<bool>;
    /// Prices stored calls of some runs anew; answers how many calls changed. A run's figures follow its
    /// calls as ever. Nothing else of a call changes, and it is no sign of life. A copy of the call that
    /// comes later and stays brings its own price.
    fn reprice(&self, account: AccountId, runs: &[RunKey], pricing: Pricing) -> Result<u64>;
    /// An account's own prices.
    fn price_overrides(&self, account: AccountId) -> Result<Vec<PriceOverride>>;
    /// Inserts or replaces by [`PriceId`].
    fn put_price_override(&self, account: AccountId, price: PriceOverride) -> Result<()>;
    /// Removes one; false if there is none. Calls keep what they cost.
    fn delete_price_override(&self, account: AccountId, price: &PriceId) -> Result<bool>;

    /// Documents of a collection, by id: what the server keeps for an account beside its runs.
    fn documents(&self, account: AccountId, collection: &str) -> Result<Vec<Document>>;
    /// Puts and removes documents, all or none, in order, and takes note of runs in the same transaction: who
    /// concludes something from runs loses none and concludes nothing twice, whenever the process ends.
    /// `Invalid` if a body is longer than [`vedette_model::limits::DOCUMENT_BYTES`].
    fn change_documents(&self, account: AccountId, changes: Vec<DocumentChange>, seen: Vec<UnseenRun>) -> Result<()>;
    /// Runs that [`Store::changes`] spoke of, that got another score or were removed since note was taken of
    /// them; each once, in the order of their last change, at most `limit`.
    fn unseen_runs(&self, account: AccountId, limit: usize) -> Result<Vec<UnseenRun>>;

    /// Whether writes are taken, and if not, why.
    fn health(&self) -> Health;
    /// Figures of the whole store, or of one account where they are an account's.
    fn status(&self, account: AccountId) -> Result<StoreStatus>;
}
