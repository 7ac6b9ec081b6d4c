//! The store on disk: SQLite for all that changes, Parquet segments for spans at rest.
//!
//! A commit writes what arrived to the log and upserts the runs it touched, in one transaction; `maintain`
//! moves spans of quiet runs from the log into segments, merges small ones, drops what is past retention.
//! Both are rows of the same database, so a crash at any point leaves a span in exactly one of the two.
//!
//! One file a concern: `committer` (the writing thread), `commit` and `settling` (a commit's two halves),
//! `shared` (what all threads hold), `active` (runs in memory), `log`, `rows` (a run's row), `hot` (its figures), `recent` (those in
//! memory), `responses`, `links`, `ring`, `spans` (reading them), `lists` (many runs), `settle`, `catalog`, `database`, `lock`, `codec`.

mod active;
mod catalog;
mod codec;
mod commit;
mod committer;
mod crash;
mod database;
mod doctor;
mod documents;
mod files;
mod flush;
mod hot;
mod links;
mod lists;
mod lock;
mod log;
mod merge;
mod placing;
mod pricing;
mod recent;
mod removal;
mod responses;
mod ring;
mod rows;
#[cfg(test)]
mod sample;
mod scan;
mod segment;
mod settle;
mod settling;
mod shared;
mod spans;
mod upkeep;

pub use doctor::{Report, doctor};
pub use lock::read_announcement;

use crate::figures::RunFigures;
use crate::{
    Account, AgentRow, Batch, Change, ControlChange, ControlOutcome, CostBy, CostReport, Deletion, Document,
    DocumentChange, Facets, Health, Key, Listener, Page, PriceId, PriceOverride, Pricing, Range, Receipt, Result,
    RunFilter, RunQuery, RunRow, SessionQuery, SessionRow, SpanRow, Stats, Store, StoreError, StoreErrorKind,
    StoreStatus, StoredSpan, Table, Target, ToolRow, UnseenRun, figures,
};
use active::ActiveRuns;
use arrow::record_batch::RecordBatch;
use commit::{Commit, Prepared, invalid};
use committer::{Committer, Queue};
use database::Readers;
use files::Files;
use flush::{Flushing, Haste};
use hot::Depth;
use lists::{Order, Source};
use lock::Lock;
use log::Index;
use segment::Segments;
use shared::Shared;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
use vedette_model::{AccountId, RawSpan, RunKey, Score, SpanKey, Timestamp, limits};

const DATABASE: &str = "vedette.db";
const SEGMENTS: &str = "segments";

/// How an [`Embedded`] behaves.
pub struct EmbeddedOptions {
    /// The data folder; made if it is not there.
    pub dir: PathBuf,
    /// Silence after which a run without an explicit end is presumed closed.
    pub settle: Duration,
    /// How long runs of accounts that say nothing themselves are kept; `None` is for ever.
    pub retain: Option<Duration>,
    /// Told of every commit by the committing thread, before its callers: it must not call the store.
    pub listener: Option<Listener>,
}

impl EmbeddedOptions {
    /// The defaults for a folder.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        EmbeddedOptions { dir: dir.into(), settle: limits::SETTLE, retain: None, listener: None }
    }
}

/// See the module. Closing waits for the last commit.
pub struct Embedded {
    shared: Arc<Shared>,
    lock: Lock,
    committer: Option<JoinHandle<()>>,
    /// Processes that announced runs before this start were greeted.
    greeted: AtomicBool,
}

impl Embedded {
    /// Opens a data folder, and owns it as long as it lives. `Unavailable` names another owner,
    /// `Incompatible` an unknown format version.
    pub fn open(options: EmbeddedOptions) -> Result<Self> {
        let dir = &options.dir;
        std::fs::create_dir_all(dir).map_err(|error| {
            let message = format!("the data folder cannot be made, path={} reason={error}", dir.display());
            StoreError::caused(StoreErrorKind::ReadOnly, message, error)
        })?;
        let lock = Lock::take(dir)?;
        let path = dir.join(DATABASE);
        let db = database::open_writer(&path)?;
        let mut index = Index::load(&db)?;
        for (key, logged) in &mut index.runs {
            if let Some((_, run)) = rows::run(&db, key.0, key.1)? {
                logged.ended = run.status.is_terminal();
                logged.hidden = run.only_logs;
                logged.last_received = run.last_received_at;
            }
        }
        let next_chunk = index.chunks.last_key_value().map_or(1, |(last, _)| last + 1);
        let used = |table: &str| {
            let sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1";
            db.query_row(sql, [table], |row| row.get::<_, Option<i64>>(0)).map(Option::unwrap_or_default)
        };
        let (next_run, next_segment) = (used("runs")?, used("segments")? + 1);
        let shared = Arc::new(Shared {
            queue: Queue::default(),
            keeper: Mutex::new(database::open_keeper(&path)?),
            readers: Readers::new(path),
            segments: Segments::open(dir.join(SEGMENTS))?,
            files: Files::default(),
            log: RwLock::new(index),
            flushing: Flushing::default(),
            recent: Arc::default(),
            health: Mutex::new(Health::Writable),
            sequence: AtomicU64::new(ring::last(&db)?),
            next_segment: AtomicI64::new(next_segment),
            dropped_logs: AtomicU64::new(0),
            removed: AtomicU64::new(0),
            options,
        });
        shared.remove_orphans()?;
        let committer = Committer {
            shared: shared.clone(),
            db,
            active: ActiveRuns::default(),
            processes: HashMap::new(),
            next_run,
            next_chunk,
        };
        let thread = std::thread::Builder::new().name("committer".to_owned()).spawn(move || committer.run());
        let committer = thread.map_err(|error| {
            StoreError::caused(StoreErrorKind::Unavailable, format!("no thread can be started, reason={error}"), error)
        })?;
        Ok(Embedded { shared, lock, committer: Some(committer), greeted: AtomicBool::new(false) })
    }

    /// Says in the lock file how to reach the owner; see [`read_announcement`].
    pub fn announce(&self, text: &str) -> Result<()> {
        self.lock.announce(text)
    }

    fn read<T>(&self, answer: impl FnOnce(&rusqlite::Connection) -> Result<T>) -> Result<T> {
        self.shared.readers.read(answer)
    }

    /// One commit of its own work; `bytes` is what it holds while it waits.
    fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<(T, u64)> {
        self.shared.check_writable()?;
        self.shared.queue.commit(bytes, work)
    }

    fn account_ids(&self) -> Result<Vec<AccountId>> {
        Ok(self.accounts()?.into_iter().map(|account| account.id).collect())
    }

    /// Answers from the runs of an account, recent ones in memory.
    fn ask<T>(&self, account: AccountId, range: Range, answer: impl FnOnce(Source<'_>) -> Result<T>) -> Result<T> {
        let recent = self.shared.recent.read().unwrap_or_else(PoisonError::into_inner).view(account, range);
        self.read(|db| answer(Source { db, account, recent }))
    }

    /// Calls `add` with the runs that a filter selects, as far as their figures know them.
    fn sum(
        &self,
        account: AccountId,
        filter: &RunFilter,
        depth: Depth,
        mut add: impl FnMut(&RunFigures) -> Result<()>,
    ) -> Result<()> {
        let add = |_, run: &RunFigures| add(run).map(|()| true);
        self.ask(account, filter.range, |source| lists::selected(source, filter, Order::NewestFirst, depth, add))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(committer) = self.committer.take() {
            // It does not panic: each commit's panic is caught.
            let _ = committer.join();
        }
    }
}

impl Store for Embedded {
    fn append(&self, batch: Batch<'_>) -> Result<Receipt> {
        self.shared.check_writable()?;
        self.shared.wait_for_flush();
        let prepared = Prepared::of(batch)?;
        let (mut receipt, sequence) = self.write(prepared.bytes, move |commit| commit.append(prepared))?;
        receipt.sequence = sequence;
        Ok(receipt)
    }

    fn control_all(&self, account: AccountId, changes: Vec<(RunKey, ControlChange)>) -> Result<Vec<ControlOutcome>> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = size_of_val(changes.as_slice());
        let apply = move |commit: &mut Commit<'_>| {
            changes.into_iter().map(|(run, change)| commit.control((account, run), change)).collect()
        };
        Ok(self.write(bytes, apply)?.0)
    }

    fn put_scores(&self, account: AccountId, scores: Vec<Score>) -> Result<()> {
        if scores.is_empty() {
            return Ok(());
        }
        let bytes = size_of_val(scores.as_slice());
        let put = move |commit: &mut Commit<'_>| scores.iter().try_for_each(|score| commit.put_score(account, score));
        self.write(bytes, put).map(|_| ())
    }

    fn scores(&self, account: AccountId, run: RunKey) -> Result<Vec<Score>> {
        self.read(|db| catalog::scores(db, account, run))
    }

    fn runs(&self, account: AccountId, query: &RunQuery) -> Result<Page<RunRow>> {
        self.ask(account, query.filter.range, |source| lists::runs(source, query))
    }

    fn run(&self, account: AccountId, run: RunKey) -> Result<Option<RunRow>> {
        self.read(|db| links::find(db, account, run))
    }

    fn spans(&self, account: AccountId, run: RunKey) -> Result<Vec<SpanRow>> {
        self.shared.span_rows(account, run)
    }

    fn span(&self, account: AccountId, run: RunKey, span: SpanKey) -> Result<Option<StoredSpan>> {
        self.shared.stored_span(account, run, span)
    }

    fn raw_spans(&self, account: AccountId, run: RunKey) -> Result<Vec<RawSpan>> {
        self.shared.raw_spans(account, run)
    }

    fn stats(&self, account: AccountId, filter: &RunFilter, bucket_ns: Option<i64>) -> Result<Stats> {
        let mut sum = figures::StatsSum::new(bucket_ns)?;
        self.sum(account, filter, Depth::Figures, |run| sum.add(run))?;
        Ok(sum.finish())
    }

    fn agents(&self, account: AccountId, range: Range) -> Result<Vec<AgentRow>> {
        let mut sum = figures::AgentsSum::new(range);
        self.sum(account, &RunFilter::default(), Depth::Figures, |run| {
            sum.add(run);
            Ok(())
        })?;
        Ok(sum.finish())
    }

    fn facets(&self, account: AccountId, filter: &RunFilter) -> Result<Facets> {
        let mut sum = figures::FacetsSum::new(filter);
        self.ask(account, filter.range, |source| {
            lists::under(source, filter, |run| {
                sum.add(run);
                Ok(())
            })
        })?;
        Ok(sum.finish())
    }

    fn costs(&self, account: AccountId, by: CostBy, range: Range, tz: &str) -> Result<CostReport> {
        let mut sum = figures::CostsSum::new(by, &figures::zone(tz)?);
        self.ask(account, range, |source| lists::costs(source, range, &mut sum))?;
        Ok(sum.finish())
    }

    fn sessions(&self, account: AccountId, query: &SessionQuery) -> Result<Page<SessionRow>> {
        let mut sum = figures::SessionsSum::default();
        self.sum(account, &RunFilter::default(), Depth::Labels, |run| {
            sum.add(run);
            Ok(())
        })?;
        sum.finish(query)
    }

    fn tools(&self, account: AccountId, filter: &RunFilter) -> Result<Vec<ToolRow>> {
        let mut sum = figures::ToolsSum::default();
        self.sum(account, filter, Depth::Shares, |run| {
            sum.add(run);
            Ok(())
        })?;
        Ok(sum.finish())
    }

    fn scan(
        &self,
        table: Table,
        account: AccountId,
        range: Range,
        projection: Option<&[usize]>,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        scan::scan(&self.shared, table, account, range, projection)
    }

    fn delete(&self, account: AccountId, target: &Target) -> Result<Deletion> {
        let target = target.clone();
        Ok(self.write(0, move |commit| commit.delete(account, &target))?.0)
    }

    fn settle(&self, now: Timestamp) -> Result<()> {
        let silence = self.shared.options.settle;
        let greet = !self.greeted.swap(true, Ordering::AcqRel);
        for account in self.account_ids()? {
            if greet {
                self.write(0, move |commit| commit.greet_processes(account, now))?;
            }
            let due = self.read(|db| settle::due(db, account, now, silence))?;
            for due in due.chunks(limits::SETTLE_RUNS) {
                let due = due.to_vec();
                let (dropped, _) = self.write(0, move |commit| commit.settle(account, now, &due))?;
                self.shared.dropped_logs.fetch_add(dropped, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn maintain(&self, now: Timestamp) -> Result<bool> {
        self.shared.maintain(now, Haste::Calm)
    }

    fn flush(&self, now: Timestamp) -> Result<()> {
        self.shared.maintain(now, Haste::Everything).map(|_| ())
    }

    fn changes(&self, account: AccountId, after: u64, limit: usize) -> Result<Option<Vec<Change>>> {
        ring::after(&self.shared, account, after, limit)
    }

    fn sequence(&self) -> u64 {
        self.shared.sequence.load(Ordering::Acquire)
    }

    fn accounts(&self) -> Result<Vec<Account>> {
        self.read(catalog::accounts)
    }

    fn create_account(&self, name: &str, now: Timestamp) -> Result<Account> {
        let name = name.to_owned();
        Ok(self.write(name.len(), move |commit| commit.create_account(&name, now))?.0)
    }

    fn set_retention(&self, account: AccountId, retain_ns: Option<i64>) -> Result<()> {
        if retain_ns.is_some_and(|ns| ns < 1) {
            return Err(invalid("runs have to be kept for some time"));
        }
        self.write(0, move |commit| commit.set_retention(account, retain_ns)).map(|_| ())
    }

    fn create_key(&self, key: Key) -> Result<()> {
        self.write(size_of::<Key>(), move |commit| commit.create_key(&key)).map(|_| ())
    }

    fn keys(&self, account: AccountId) -> Result<Vec<Key>> {
        self.read(|db| catalog::keys(db, account))
    }

    fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<Key>> {
        self.read(|db| catalog::key_by_hash(db, hash))
    }

    fn revoke_key(&self, account: AccountId, id: &str, now: Timestamp) -> Result<bool> {
        let id = id.to_owned();
        Ok(self.write(id.len(), move |commit| commit.revoke_key(account, &id, now))?.0)
    }

    fn price_overrides(&self, account: AccountId) -> Result<Vec<PriceOverride>> {
        self.read(|db| catalog::prices(db, account))
    }

    fn put_price_override(&self, account: AccountId, price: PriceOverride) -> Result<()> {
        self.write(size_of::<PriceOverride>(), move |commit| commit.put_price(account, &price)).map(|_| ())
    }

    fn delete_price_override(&self, account: AccountId, price: &PriceId) -> Result<bool> {
        let price = price.clone();
        Ok(self.write(size_of::<PriceId>(), move |commit| commit.delete_price(account, &price))?.0)
    }

    fn reprice(&self, account: AccountId, runs: &[RunKey], pricing: Pricing) -> Result<u64> {
        let runs: BTreeSet<RunKey> = runs.iter().copied().collect();
        let priced =
            self.write(size_of::<RunKey>() * runs.len(), move |commit| commit.reprice(account, &runs, &pricing));
        Ok(priced?.0)
    }

    fn documents(&self, account: AccountId, collection: &str) -> Result<Vec<Document>> {
        self.read(|db| documents::documents(db, account, collection))
    }

    fn change_documents(&self, account: AccountId, changes: Vec<DocumentChange>, seen: Vec<UnseenRun>) -> Result<()> {
        documents::check(&changes)?;
        let bytes = changes.iter().map(|change| change.body.as_ref().map_or(0, String::len)).sum();
        self.write(bytes, move |commit| commit.change_documents(account, &changes, &seen))?;
        Ok(())
    }

    fn unseen_runs(&self, account: AccountId, limit: usize) -> Result<Vec<UnseenRun>> {
        self.read(|db| documents::unseen(db, account, limit))
    }

    fn health(&self) -> Health {
        self.shared.health()
    }

    fn status(&self, account: AccountId) -> Result<StoreStatus> {
        let ((runs, spans), segments) = self.read(|db| Ok((catalog::totals(db, account)?, catalog::segments(db)?)))?;
        let name = |id: i64| format!("{SEGMENTS}/{id}.parquet");
        let log_spans = self.shared.log.read().unwrap_or_else(PoisonError::into_inner).spans as u64;
        Ok(StoreStatus {
            runs,
            spans,
            log_spans,
            segments,
            damaged_segments: self.shared.segments.damaged().into_iter().map(name).collect(),
            disk_bytes: self.shared.disk_bytes()?,
            dropped_logs: self.shared.dropped_logs.load(Ordering::Relaxed),
            deletion_pending: self.shared.must_scrub()?,
        })
    }
}
