//! One commit: what the doors brought since the last, as one transaction. This file takes it in; `settling`
//! computes the touched runs anew and writes what follows from them.

use super::active::{Active, ActiveRuns, Key};
use super::codec::cut;
use super::log::{Arrival, Logged, Written};
use super::recent::Moved;
use super::removal::Dead;
use super::{Shared, links};
use crate::{Batch, ControlChange, ControlOutcome, Receipt, Result, RunRow, StoreError, StoreErrorKind};
use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{
    AccountId, Closed, Control, RunKey, Settled, Skeleton, Span, SpanKey, Status, Timestamp, content_hash, limits,
};
use vedette_otlp::Encoder;

/// A batch as the committer wants it: hashed and encoded by the thread that brought it.
pub(super) struct Prepared {
    account: AccountId,
    received: Timestamp,
    spans: Vec<Arrival>,
    pub(super) bytes: usize,
}

impl Prepared {
    pub(super) fn of(batch: Batch<'_>) -> Result<Self> {
        let mut encoder = Encoder::default();
        let mut resources = Encoded::new(vedette_otlp::encode_resource);
        let mut scopes = Encoded::new(vedette_otlp::encode_scope);
        let mut bytes = 0;
        let mut spans = Vec::with_capacity(batch.records.size_hint().1.unwrap_or_default());
        for record in batch.records {
            let canonical = encoder.span(&record.raw);
            let hash = content_hash(canonical);
            let arrival = Arrival {
                account: batch.account,
                received: batch.received,
                span: Span { content_hash: hash, warnings: Vec::new(), filled_by: Vec::new(), ..record.span },
                raw: cut(canonical)?,
                resource: resources.of(&record.raw.resource),
                scope: scopes.of(&record.raw.scope),
            };
            let own = arrival.own_bytes(spans.last());
            if own > limits::STORED_SPAN_BYTES {
                return Err(invalid(format!("a span is larger than can be kept, span={} bytes={own}", record.raw.id)));
            }
            bytes += own + size_of::<Arrival>();
            spans.push(arrival);
        }
        Ok(Prepared { account: batch.account, received: batch.received, spans, bytes })
    }
}

/// What spans of a request share, encoded once.
struct Encoded<T> {
    encode: fn(&T) -> Vec<u8>,
    last: Option<(Arc<T>, Arc<[u8]>)>,
    known: HashMap<Arc<[u8]>, Arc<[u8]>>,
}

impl<T> Encoded<T> {
    fn new(encode: fn(&T) -> Vec<u8>) -> Self {
        Encoded { encode, last: None, known: HashMap::new() }
    }

    fn of(&mut self, value: &Arc<T>) -> Arc<[u8]> {
        if let Some((_, bytes)) = self.last.as_ref().filter(|(last, _)| Arc::ptr_eq(last, value)) {
            return bytes.clone();
        }
        let bytes: Arc<[u8]> = (self.encode)(value).into();
        let bytes = self.known.entry(bytes.clone()).or_insert(bytes).clone();
        self.last = Some((value.clone(), bytes.clone()));
        bytes
    }
}

/// What became of one copy of a span.
struct Fate {
    /// It stays, being new, closing or smaller; else the one before it stays.
    stays: bool,
    /// Both are closed, or both open, and they differ.
    conflicting: bool,
}

fn fate(before: Option<&Skeleton>, copy: &Span) -> Fate {
    let Some(before) = before else { return Fate { stays: true, conflicting: false } };
    if before.content_hash == copy.content_hash {
        return Fate { stays: false, conflicting: false };
    }
    match (before.is_open(), copy.end.is_none()) {
        (true, false) => Fate { stays: true, conflicting: false },
        (false, true) => Fate { stays: false, conflicting: false },
        _ => Fate { stays: copy.content_hash < before.content_hash, conflicting: true },
    }
}

/// What a commit says of spans, in order: whose, and whether it is finished.
pub(super) type SaidSpan = (Key, SpanKey, bool);

/// See the module.
pub(super) struct Commit<'w> {
    pub(super) db: &'w Connection,
    pub(super) shared: &'w Shared,
    pub(super) active: &'w mut ActiveRuns,
    /// When each announcing process was last heard of.
    pub(super) processes: &'w mut HashMap<(AccountId, Arc<str>), Timestamp>,
    pub(super) next_run: &'w mut i64,
    pub(super) next_chunk: &'w mut i64,
    /// Runs to compute anew, with spans to say, and whether these were said before.
    pub(super) touched: BTreeMap<Key, BTreeMap<SpanKey, bool>>,
    /// Rows of this commit's new runs.
    pub(super) new_rows: HashMap<i64, Key>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) places: HashMap<(Key, SpanKey), usize, RandomState>,
    pub(super) said_spans: Vec<SaidSpan>,
    pub(super) said_runs: BTreeSet<Key>,
    /// All runs it brought into memory or changed there.
    pub(super) used: BTreeSet<Key>,
    /// Runs whose parts of the log up to a chunk are gone, see `Index::remove`.
    pub(super) unlogged: Vec<(Key, i64)>,
    /// Chunks of spans that stay in the log when their runs leave it.
    pub(super) carried: Vec<Written>,
    pub(super) dead: Dead,
    /// What became of runs' figures, in order.
    pub(super) moved: Vec<Moved>,
    /// Bytes of what is removed have to go.
    pub(super) purge: bool,
}

pub(super) fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}

impl Commit<'_> {
    pub(super) fn check_account(&self, account: AccountId) -> Result<()> {
        let sql = "SELECT 1 FROM accounts WHERE id = ?1";
        let found: Option<i64> = self.db.prepare_cached(sql)?.query_row([account.0], |row| row.get(0)).optional()?;
        match found {
            Some(_) => Ok(()),
            None => Err(invalid(format!("there is no such account, id={}", account.0))),
        }
    }

    /// Where the log held a run before this commit.
    pub(super) fn logged(&self, key: Key) -> Logged {
        self.shared.logged(key)
    }

    /// Brings a run into memory; false if it is not stored.
    pub(super) fn load(&mut self, key: Key) -> Result<bool> {
        self.used.insert(key);
        let shared = self.shared;
        self.active.load(self.db, &shared.segments, key, || shared.logged(key))
    }

    fn load_or_new(&mut self, key: Key, received: Timestamp) -> Result<()> {
        if !self.load(key)? {
            *self.next_run += 1;
            self.new_rows.insert(*self.next_run, key);
            self.active.insert(Active::new(key, *self.next_run, received));
        }
        Ok(())
    }

    /// Touched runs are computed at the end of the commit, so that several batches cost one computation.
    pub(super) fn append(&mut self, prepared: Prepared) -> Result<Receipt> {
        self.check_account(prepared.account)?;
        let mut receipt = Receipt::default();
        for arrival in prepared.spans {
            if let Some(process) = arrival.span.facts.as_ref().and_then(|facts| facts.process_id.clone()) {
                let seen = self.processes.entry((prepared.account, process)).or_insert(prepared.received);
                *seen = prepared.received.max(*seen);
            }
            self.append_one(arrival, &mut receipt)?;
        }
        Ok(receipt)
    }

    fn append_one(&mut self, arrival: Arrival, receipt: &mut Receipt) -> Result<()> {
        let (received, id) = (arrival.received, arrival.span.id);
        let key = (arrival.account, arrival.span.run);
        if self.active.get(key).is_none() || !self.used.contains(&key) {
            self.load_or_new(key, received)?;
        }
        let Some(active) = self.active.get_mut(key) else { return Ok(()) };
        let before = active.skeleton(id);
        let flagged = arrival.span.end.is_some() && before.is_some_and(|before| !before.is_open());
        let Fate { stays, conflicting } = fate(before, &arrival.span);
        match (stays, conflicting) {
            (_, true) => receipt.conflicting += 1,
            (true, false) => receipt.appended += 1,
            (false, false) => receipt.repeated += 1,
        }
        let flag = flagged && conflicting && active.conflicting.insert(id);
        if !stays {
            if flag {
                active.touch(received);
                self.touched.entry(key).or_default();
            }
            return Ok(());
        }
        let said = active.was_said(id);
        if active.written.remove(&id).is_some() || active.only.contains_key(&id) {
            // The copy at rest does not count any more.
            active.only.insert(id, arrival.span.content_hash);
        }
        active.costs.remove(&id);
        active.put(Skeleton::of(&arrival.span, received));
        active.touch(received);
        self.touched.entry(key).or_default().entry(id).or_insert(said);
        match self.places.entry((key, id)) {
            Entry::Occupied(place) => {
                if let Some(before) = self.arrivals.get_mut(*place.get()) {
                    *before = arrival;
                }
            }
            Entry::Vacant(place) => {
                place.insert(self.arrivals.len());
                self.arrivals.push(arrival);
            }
        }
        Ok(())
    }

    pub(super) fn control(&mut self, key: Key, change: ControlChange) -> Result<ControlOutcome> {
        self.check_account(key.0)?;
        // What else this commit brought counts before.
        self.recompute()?;
        let stored = self.load(key)?;
        let known = self.active.get(key).filter(|_| stored);
        let before = known.map(|active| active.control.clone()).unwrap_or_default();
        let same = match &change {
            ControlChange::Open(opened) => {
                before.opened.map(|before| before.agent == opened.agent && before.started_at == opened.started_at)
            }
            ControlChange::Close(closed) => {
                before.closed.map(|before| Closed { received_at: closed.received_at, ..before } == *closed)
            }
            ControlChange::Judge(verdict) => {
                if !known.is_some_and(|active| active.shown) {
                    return Ok(ControlOutcome::Missing);
                }
                let known = &before.verdict;
                let same = (verdict.success.is_none() || verdict.success == known.success)
                    && (verdict.outcome.is_none() || verdict.outcome == known.outcome);
                same.then_some(true)
            }
            ControlChange::Overdue(_) => {
                let Some(active) = known.filter(|active| active.shown) else { return Ok(ControlOutcome::Missing) };
                (active.run().status != Status::Running).then_some(true)
            }
        };
        if same.is_none() {
            self.take(key, change)?;
            self.touched.entry(key).or_default();
            self.recompute()?;
        }
        let Some(row) = self.row(key)? else { return Ok(ControlOutcome::Missing) };
        Ok(match same {
            None => ControlOutcome::First(Box::new(row)),
            Some(true) => ControlOutcome::Same(Box::new(row)),
            Some(false) => ControlOutcome::Conflict(Box::new(row)),
        })
    }

    fn take(&mut self, key: Key, change: ControlChange) -> Result<()> {
        let received = match &change {
            ControlChange::Open(opened) => Some(opened.received_at),
            ControlChange::Close(closed) => Some(closed.received_at),
            ControlChange::Judge(_) | ControlChange::Overdue(_) => None,
        };
        self.load_or_new(key, received.unwrap_or_default())?;
        let Some(active) = self.active.get_mut(key) else { return Ok(()) };
        if let Some(received) = received {
            active.touch(received);
        }
        let Control { opened, closed, verdict: known, settled } = &mut active.control;
        match change {
            ControlChange::Open(change) => *opened = Some(change),
            ControlChange::Close(change) => *closed = Some(change),
            ControlChange::Judge(verdict) => {
                known.success = verdict.success.or(known.success.take());
                known.outcome = verdict.outcome.or(known.outcome.take());
            }
            ControlChange::Overdue(seconds) => *settled = Some(Settled::Overdue(seconds)),
        }
        Ok(())
    }

    /// A run as readers will see it after this commit; `None` while it is hidden.
    pub(super) fn row(&self, key: Key) -> Result<Option<RunRow>> {
        let Some(active) = self.active.get(key).filter(|active| active.shown) else {
            return links::find(self.db, key.0, key.1);
        };
        links::row(self.db, key.0, active.run().clone()).map(Some)
    }

    /// Keys of this commit's runs and of the database's, by row.
    pub(super) fn run_of_row(&self, account: AccountId, row: i64) -> Result<Option<RunKey>> {
        match self.new_rows.get(&row) {
            Some(key) => Ok(Some(*key)),
            None => Ok(super::rows::by_row(self.db, row)?.map(|(owner, run)| (owner, run.key))),
        }
        .map(|found| found.filter(|(owner, _)| *owner == account).map(|(_, run)| run))
    }
}
