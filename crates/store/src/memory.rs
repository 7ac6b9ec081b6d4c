//! The store in memory: the oracle that the embedded one is held against, and what `--memory` serves.
//!
//! It is naive on purpose: one lock, ordered maps, every touched run computed anew from all its spans,
//! every question answered by looking at every run. Nothing reaches the disk and nothing is dropped to
//! make room: beyond [`limits::MEMORY_SPANS`] and [`limits::MEMORY_BYTES`] it refuses writes.

mod changes;
mod commit;
mod scan;
mod tenant;
mod tree;

use crate::cursor::RunPlace;
use crate::figures;
use crate::{
    Account, AgentRow, Batch, Change, ChangeKind, ControlChange, ControlOutcome, CostBy, CostReport, Deletion,
    Document, DocumentChange, Facets, Health, Key, Listener, Page, PriceId, PriceOverride, Pricing, Range, Receipt,
    Result, RunFilter, RunQuery, RunRow, SessionQuery, SessionRow, SpanRow, Stats, Store, StoreError, StoreErrorKind,
    StoreStatus, StoredSpan, Table, Target, ToolRow, UnseenRun,
};
use arrow::record_batch::RecordBatch;
use changes::Ring;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tenant::Tenant;
use vedette_model::{AccountId, RawSpan, RunKey, Score, SpanKey, Timestamp, limits};

/// How a [`Memory`] behaves.
pub struct MemoryOptions {
    /// Silence after which a run without an explicit end is presumed closed.
    pub settle: Duration,
    /// How long runs of accounts that say nothing themselves are kept; `None` is for ever.
    pub retain: Option<Duration>,
    /// Told of every commit under the store's lock: it must not call the store.
    pub listener: Option<Listener>,
    /// Spans that are held before writes are refused.
    pub max_spans: usize,
    /// Their encoded bytes.
    pub max_bytes: usize,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        MemoryOptions {
            settle: limits::SETTLE,
            retain: None,
            listener: None,
            max_spans: limits::MEMORY_SPANS,
            max_bytes: limits::MEMORY_BYTES,
        }
    }
}

/// See the module.
pub struct Memory {
    state: Mutex<State>,
    options: MemoryOptions,
}

struct State {
    tenants: BTreeMap<AccountId, Tenant>,
    /// Ids are never used again, so that nothing of a deleted account can be mistaken for another's.
    next_account: u32,
    ring: Ring,
    dropped_logs: u64,
}

impl Memory {
    /// An empty store with the account `default`.
    #[must_use]
    pub fn open(options: MemoryOptions) -> Self {
        let account = Account {
            id: AccountId::DEFAULT,
            name: "default".to_owned(),
            created_at: Timestamp::default(),
            retain_ns: None,
        };
        let tenants = BTreeMap::from([(AccountId::DEFAULT, Tenant::new(account))]);
        let state = State { tenants, next_account: AccountId::DEFAULT.0 + 1, ring: Ring::default(), dropped_logs: 0 };
        Memory { state: Mutex::new(state), options }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers from one account; the empty answer for one that does not exist.
    fn read<T: Default>(&self, account: AccountId, answer: impl FnOnce(&Tenant) -> T) -> T {
        self.lock().tenants.get(&account).map(answer).unwrap_or_default()
    }

    /// Whether so much more may be taken.
    fn admit(&self, state: &State, spans: usize, bytes: usize) -> Result<()> {
        let held = |of: fn(&Tenant) -> usize| state.tenants.values().map(of).sum::<usize>();
        let (held_spans, held_bytes) = (held(Tenant::weight), held(|tenant| tenant.bytes));
        if held_spans + spans > self.options.max_spans || held_bytes + bytes > self.options.max_bytes {
            let message = format!("the store in memory is full, spans={held_spans} bytes={held_bytes}");
            return Err(StoreError::new(StoreErrorKind::Unavailable, message));
        }
        Ok(())
    }

    fn publish(&self, state: &mut State, account: AccountId, said: commit::Said) {
        let changes = state.ring.push(account, said.into_kinds());
        if let Some(tenant) = state.tenants.get_mut(&account) {
            for change in &changes {
                if let ChangeKind::Run(row) = &change.kind {
                    tenant.mark_unseen(row.run.key);
                }
            }
        }
        if let Some(listener) = self.options.listener.as_ref().filter(|listener| listener.listens())
            && !changes.is_empty()
        {
            listener.hear(&changes);
        }
    }
}

impl State {
    /// What was said of runs that are gone is not told again.
    fn forget_removed(&mut self, account: AccountId) {
        let tenant = self.tenants.get(&account);
        self.ring.forget(account, |run| tenant.is_none_or(|tenant| !tenant.runs.contains_key(&run)));
    }

    fn tenant(&mut self, account: AccountId) -> Result<&mut Tenant> {
        self.tenants.get_mut(&account).ok_or_else(|| invalid(format!("there is no such account, id={}", account.0)))
    }
}

fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}

impl Store for Memory {
    fn append(&self, batch: Batch<'_>) -> Result<Receipt> {
        let encoded = commit::encode(batch.records);
        let bytes = encoded.iter().map(|span| span.bytes).sum();
        let mut state = self.lock();
        self.admit(&state, encoded.len(), bytes)?;
        let mut said = commit::Said::default();
        let mut receipt = state.tenant(batch.account)?.append(encoded, batch.received, &mut said);
        self.publish(&mut state, batch.account, said);
        receipt.sequence = state.ring.sequence();
        Ok(receipt)
    }

    fn control_all(&self, account: AccountId, changes: Vec<(RunKey, ControlChange)>) -> Result<Vec<ControlOutcome>> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let mut state = self.lock();
        self.admit(&state, changes.len(), 0)?;
        let mut said = commit::Said::default();
        let tenant = state.tenant(account)?;
        let outcomes = changes.into_iter().map(|(run, change)| tenant.control(run, change, &mut said)).collect();
        self.publish(&mut state, account, said);
        Ok(outcomes)
    }

    fn put_scores(&self, account: AccountId, scores: Vec<Score>) -> Result<()> {
        if scores.is_empty() {
            return Ok(());
        }
        let mut state = self.lock();
        self.admit(&state, scores.len(), 0)?;
        let tenant = state.tenant(account)?;
        scores.into_iter().for_each(|score| tenant.put_score(score));
        Ok(())
    }

    fn scores(&self, account: AccountId, run: RunKey) -> Result<Vec<Score>> {
        Ok(self.read(account, |tenant| tenant.scores(run)))
    }

    fn runs(&self, account: AccountId, query: &RunQuery) -> Result<Page<RunRow>> {
        let after = query.cursor.as_deref().map(|cursor| RunPlace::parse(cursor, query.sort)).transpose()?;
        let limit = query.limit.clamp(1, limits::PAGE_ROWS_MAX);
        Ok(self
            .read(account, |tenant| {
                let mut places: Vec<RunPlace> =
                    tenant.selected(&query.filter).map(|run| RunPlace::of(run, query.sort)).collect();
                places.retain(|place| after.is_none_or(|after| *place > after));
                places.sort();
                let more = places.len() > limit;
                places.truncate(limit);
                let next_cursor = places.last().filter(|_| more).map(ToString::to_string);
                Some(Page { rows: places.iter().filter_map(|place| tenant.row(place.key())).collect(), next_cursor })
            })
            .unwrap_or(Page { rows: Vec::new(), next_cursor: None }))
    }

    fn run(&self, account: AccountId, run: RunKey) -> Result<Option<RunRow>> {
        Ok(self.read(account, |tenant| tenant.row(run)))
    }

    fn spans(&self, account: AccountId, run: RunKey) -> Result<Vec<SpanRow>> {
        Ok(self.read(account, |tenant| tenant.span_rows(run)))
    }

    fn span(&self, account: AccountId, run: RunKey, span: SpanKey) -> Result<Option<StoredSpan>> {
        Ok(self.read(account, |tenant| tenant.span(run, span)))
    }

    fn raw_spans(&self, account: AccountId, run: RunKey) -> Result<Vec<RawSpan>> {
        Ok(self.read(account, |tenant| tenant.raw_spans(run)))
    }

    fn stats(&self, account: AccountId, filter: &RunFilter, bucket_ns: Option<i64>) -> Result<Stats> {
        self.read(account, |tenant| Some(figures::stats(tenant.selected(filter), bucket_ns)))
            .unwrap_or_else(|| figures::stats(std::iter::empty(), bucket_ns))
    }

    fn agents(&self, account: AccountId, range: Range) -> Result<Vec<AgentRow>> {
        Ok(self.read(account, |tenant| figures::agents(tenant.all(), range)))
    }

    fn facets(&self, account: AccountId, filter: &RunFilter) -> Result<Facets> {
        Ok(self.read(account, |tenant| figures::facets(tenant.under(filter.root), filter)))
    }

    fn costs(&self, account: AccountId, by: CostBy, range: Range, tz: &str) -> Result<CostReport> {
        let zone = figures::zone(tz)?;
        let filter = RunFilter { range, ..RunFilter::default() };
        Ok(self
            .read(account, |tenant| Some(figures::costs(tenant.selected(&filter), by, &zone)))
            .unwrap_or_else(|| figures::costs(std::iter::empty(), by, &zone)))
    }

    fn sessions(&self, account: AccountId, query: &SessionQuery) -> Result<Page<SessionRow>> {
        self.read(account, |tenant| Some(figures::sessions(tenant.all(), query)))
            .unwrap_or_else(|| figures::sessions(std::iter::empty(), query))
    }

    fn tools(&self, account: AccountId, filter: &RunFilter) -> Result<Vec<ToolRow>> {
        Ok(self.read(account, |tenant| figures::tools(tenant.selected(filter))))
    }

    fn scan(
        &self,
        table: Table,
        account: AccountId,
        range: Range,
        projection: Option<&[usize]>,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        let lines = self.read(account, |tenant| Some(scan::lines(tenant, table, range)));
        let projection = projection.map(<[usize]>::to_vec);
        Ok(Box::new(lines.into_iter().flat_map(move |lines| scan::batches(lines, projection.clone()))))
    }

    fn delete(&self, account: AccountId, target: &Target) -> Result<Deletion> {
        let mut state = self.lock();
        let Some(tenant) = state.tenants.get_mut(&account) else { return Ok(Deletion { runs: 0, done: true }) };
        let mut said = commit::Said::default();
        let runs = match target {
            Target::Run(run) => tenant.remove(&[*run].into(), &mut said),
            Target::Agent(agent) => {
                let theirs =
                    tenant.all().filter(|run| run.agent.as_deref() == Some(agent)).map(|run| run.key).collect();
                tenant.remove(&theirs, &mut said)
            }
            Target::Account => {
                let runs = tenant.all().filter(|run| !run.only_logs).count() as u64;
                let account = Account { retain_ns: None, ..tenant.account.clone() };
                *tenant = Tenant::new(account);
                runs
            }
        };
        state.forget_removed(account);
        self.publish(&mut state, account, said);
        if *target == Target::Account && account != AccountId::DEFAULT {
            state.tenants.remove(&account);
        }
        Ok(Deletion { runs, done: true })
    }

    fn settle(&self, now: Timestamp) -> Result<()> {
        let mut state = self.lock();
        let accounts: Vec<AccountId> = state.tenants.keys().copied().collect();
        for account in accounts {
            let mut said = commit::Said::default();
            let dropped = state.tenant(account)?.settle(now, self.options.settle, &mut said);
            state.dropped_logs += dropped;
            self.publish(&mut state, account, said);
        }
        Ok(())
    }

    fn maintain(&self, now: Timestamp) -> Result<bool> {
        let mut state = self.lock();
        let accounts: Vec<AccountId> = state.tenants.keys().copied().collect();
        for account in accounts {
            let mut said = commit::Said::default();
            let tenant = state.tenant(account)?;
            let before = tenant.runs.len();
            tenant.retain(now, self.options.retain, &mut said);
            if tenant.runs.len() < before {
                state.forget_removed(account);
            }
            self.publish(&mut state, account, said);
        }
        Ok(false)
    }

    fn flush(&self, now: Timestamp) -> Result<()> {
        self.maintain(now).map(|_| ())
    }

    fn changes(&self, account: AccountId, after: u64, limit: usize) -> Result<Option<Vec<Change>>> {
        Ok(self.lock().ring.after(account, after, limit))
    }

    fn sequence(&self) -> u64 {
        self.lock().ring.sequence()
    }

    fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.lock().tenants.values().map(|tenant| tenant.account.clone()).collect())
    }

    fn create_account(&self, name: &str, now: Timestamp) -> Result<Account> {
        let mut state = self.lock();
        if name.is_empty() || state.tenants.values().any(|tenant| tenant.account.name == name) {
            return Err(invalid(format!("the name is empty or taken, name={name}")));
        }
        let id = AccountId(state.next_account);
        state.next_account += 1;
        let account = Account { id, name: name.to_owned(), created_at: now, retain_ns: None };
        state.tenants.insert(id, Tenant::new(account.clone()));
        Ok(account)
    }

    fn set_retention(&self, account: AccountId, retain_ns: Option<i64>) -> Result<()> {
        if retain_ns.is_some_and(|ns| ns < 1) {
            return Err(invalid("runs have to be kept for some time"));
        }
        self.lock().tenant(account)?.account.retain_ns = retain_ns;
        Ok(())
    }

    fn create_key(&self, key: Key) -> Result<()> {
        let mut state = self.lock();
        if state
            .tenants
            .values()
            .flat_map(|tenant| &tenant.keys)
            .any(|known| known.hash == key.hash || known.id == key.id)
        {
            return Err(invalid(format!("the key is known, id={}", key.id)));
        }
        state.tenant(key.account)?.keys.push(key);
        Ok(())
    }

    fn keys(&self, account: AccountId) -> Result<Vec<Key>> {
        let mut keys = self.read(account, |tenant| tenant.keys.clone());
        keys.sort_by(|a, b| a.created_at.cmp(&b.created_at).then_with(|| a.id.cmp(&b.id)));
        Ok(keys)
    }

    fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<Key>> {
        let state = self.lock();
        let mut keys = state.tenants.values().flat_map(|tenant| &tenant.keys);
        Ok(keys.find(|key| key.hash == *hash && key.revoked_at.is_none()).cloned())
    }

    fn revoke_key(&self, account: AccountId, id: &str, now: Timestamp) -> Result<bool> {
        let mut state = self.lock();
        let Some(tenant) = state.tenants.get_mut(&account) else { return Ok(false) };
        let key = tenant.keys.iter_mut().find(|key| key.id == id);
        Ok(key.map(|key| key.revoked_at.get_or_insert(now)).is_some())
    }

    fn price_overrides(&self, account: AccountId) -> Result<Vec<PriceOverride>> {
        Ok(self.read(account, |tenant| tenant.prices.values().cloned().collect()))
    }

    fn put_price_override(&self, account: AccountId, price: PriceOverride) -> Result<()> {
        self.lock().tenant(account)?.prices.insert(price.id(), price);
        Ok(())
    }

    fn delete_price_override(&self, account: AccountId, price: &PriceId) -> Result<bool> {
        let mut state = self.lock();
        Ok(state.tenants.get_mut(&account).is_some_and(|tenant| tenant.prices.remove(price).is_some()))
    }

    fn reprice(&self, account: AccountId, runs: &[RunKey], pricing: Pricing) -> Result<u64> {
        let mut state = self.lock();
        self.admit(&state, 1, 0)?;
        let mut said = commit::Said::default();
        let calls = state.tenant(account)?.reprice(runs, &pricing, &mut said);
        self.publish(&mut state, account, said);
        Ok(calls)
    }

    fn documents(&self, account: AccountId, collection: &str) -> Result<Vec<Document>> {
        Ok(self.read(account, |tenant| tenant.documents(collection)))
    }

    fn change_documents(&self, account: AccountId, changes: Vec<DocumentChange>, seen: Vec<UnseenRun>) -> Result<()> {
        let too_long = |change: &DocumentChange| change.body.as_ref().is_some_and(|b| b.len() > limits::DOCUMENT_BYTES);
        if changes.iter().any(too_long) {
            return Err(invalid("the document is too long"));
        }
        self.lock().tenant(account)?.change_documents(changes, &seen);
        Ok(())
    }

    fn unseen_runs(&self, account: AccountId, limit: usize) -> Result<Vec<UnseenRun>> {
        Ok(self.read(account, |tenant| tenant.unseen(limit)))
    }

    fn health(&self) -> Health {
        Health::Writable
    }

    fn status(&self, account: AccountId) -> Result<StoreStatus> {
        let state = self.lock();
        let runs = || state.tenants.get(&account).into_iter().flat_map(Tenant::all).filter(|run| !run.only_logs);
        Ok(StoreStatus {
            runs: runs().count() as u64,
            spans: runs().map(|run| run.span_count + run.event_count).sum(),
            dropped_logs: state.dropped_logs,
            ..StoreStatus::default()
        })
    }
}
