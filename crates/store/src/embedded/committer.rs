//! The one thread that writes. Callers hand it work and wait; what arrives during one commit forms the
//! next, so there is no timer. A commit that fails changes nothing, on disk or in memory.

use super::active::{ActiveRuns, Key};
use super::codec::internal;
use super::commit::Commit;
use super::{Shared, ring};
use crate::{Change, ChangeKind, Health, Result, StoreError, StoreErrorKind};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use vedette_model::{AccountId, Mark, Span, Timestamp, limits};

/// Called with the commit's outcome, once.
type Reply = Box<dyn FnOnce(std::result::Result<u64, &StoreError>) + Send>;
/// Does its part of a commit.
type Part = Box<dyn FnOnce(&mut Commit<'_>) -> std::result::Result<Reply, (StoreError, Reply)> + Send>;

enum Work {
    Part(Part),
    /// Runs between commits, without a transaction.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
}

struct Queued {
    bytes: usize,
    work: Work,
}

/// Work that waits, in order.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    works: VecDeque<Queued>,
    bytes: usize,
    closed: bool,
}

fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the store is closing")
}

fn copy(error: &StoreError) -> StoreError {
    StoreError::new(error.kind, error.message.clone())
}

impl Queue {
    /// Hands work over and waits for the commit that holds it; answers with the commit's sequence. An
    /// error of kind `Invalid` is the work's alone, any other fails the commit.
    pub(super) fn commit<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<(T, u64)> {
        let (answer, receiver) = sync_channel(1);
        let part: Part = Box::new(move |commit| {
            let (result, fatal) = match work(commit) {
                Ok(value) => (Ok(value), None),
                Err(error) if error.kind == StoreErrorKind::Invalid => (Err(error), None),
                Err(error) => (Err(copy(&error)), Some(error)),
            };
            let reply: Reply = Box::new(move |outcome| {
                let answered = match outcome {
                    Ok(sequence) => result.map(|value| (value, sequence)),
                    Err(error) => Err(copy(error)),
                };
                // Nobody may wait any more.
                let _ = answer.send(answered);
            });
            match fatal {
                None => Ok(reply),
                Some(error) => Err((error, reply)),
            }
        });
        self.push(bytes, Work::Part(part))?;
        receiver.recv().unwrap_or_else(|_| Err(internal("the commit was given up")))
    }

    /// Hands over what cannot be part of a commit, and waits for it; appends wait meanwhile.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, receiver) = sync_channel(1);
        // Nobody may wait any more.
        let work = move |db: &Connection| drop(answer.send(work(db)));
        self.push(0, Work::Alone(Box::new(work)))?;
        receiver.recv().unwrap_or_else(|_| Err(internal("the work was given up")))
    }

    fn push(&self, bytes: usize, work: Work) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(closed());
        }
        if state.bytes + bytes > limits::QUEUE_BYTES && !state.works.is_empty() {
            let message = format!("too much is waiting to be written, bytes={}", state.bytes);
            return Err(StoreError::new(StoreErrorKind::Unavailable, message));
        }
        state.bytes += bytes;
        state.works.push_back(Queued { bytes, work });
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// What forms the next commit; `None` when the store closes and nothing waits.
    fn next(&self) -> Option<Vec<Work>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.works.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut works = Vec::new();
        let mut bytes = 0;
        while bytes < limits::COMMIT_BYTES
            && let Some(queued) = state.works.pop_front()
        {
            bytes += queued.bytes;
            let alone = matches!(queued.work, Work::Alone(_));
            if alone && !works.is_empty() {
                bytes -= queued.bytes;
                state.works.push_front(queued);
                break;
            }
            works.push(queued.work);
            if alone {
                break;
            }
        }
        state.bytes -= bytes;
        Some(works)
    }

    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.arrived.notify_all();
    }
}

/// What the committing thread owns.
pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) db: Connection,
    pub(super) active: ActiveRuns,
    pub(super) processes: HashMap<(AccountId, Arc<str>), Timestamp>,
    pub(super) next_run: i64,
    pub(super) next_chunk: i64,
}

/// What follows from a commit once it is durable.
struct Durable {
    sequence: u64,
    changes: Vec<Change>,
    used: BTreeSet<Key>,
}

impl Committer {
    /// Commits until the queue closes.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        while let Some(works) = shared.queue.next() {
            let mut parts = Vec::with_capacity(works.len());
            for work in works {
                match work {
                    Work::Part(part) => parts.push(part),
                    // Its caller hears of a panic by getting no answer.
                    Work::Alone(work) => drop(catch_unwind(AssertUnwindSafe(|| work(&self.db)))),
                }
            }
            if parts.is_empty() {
                continue;
            }
            let mut replies = Vec::with_capacity(parts.len());
            let outcome = catch_unwind(AssertUnwindSafe(|| self.commit(parts, &mut replies)))
                .unwrap_or_else(|_| Err(internal("the commit failed; this is a fault of vedette")));
            match outcome {
                Ok(durable) => {
                    if let Some(listener) = shared.options.listener.as_ref().filter(|_| !durable.changes.is_empty()) {
                        // What is durable is acknowledged, whatever becomes of those who listen.
                        let heard = catch_unwind(AssertUnwindSafe(|| listener.hear(&durable.changes)));
                        if heard.is_err() {
                            tracing::error!("a listener failed; this is a fault of vedette");
                        }
                    }
                    replies.into_iter().for_each(|reply: Reply| reply(Ok(durable.sequence)));
                    self.active.settle(durable.used.into_iter());
                }
                Err(error) => {
                    // Without a transaction under way this is an error that says nothing.
                    let _ = self.db.execute_batch("ROLLBACK");
                    self.active.clear();
                    tracing::error!(reason = %error, "a commit failed");
                    if error.kind == StoreErrorKind::ReadOnly {
                        shared.set_health(Health::from(&error));
                    }
                    replies.into_iter().for_each(|reply| reply(Err(&error)));
                }
            }
        }
    }

    fn commit(&mut self, parts: Vec<Part>, replies: &mut Vec<Reply>) -> Result<Durable> {
        let shared = self.shared.clone();
        let next_chunk = self.next_chunk;
        let mut commit = Commit {
            db: &self.db,
            shared: &shared,
            active: &mut self.active,
            processes: &mut self.processes,
            next_run: &mut self.next_run,
            next_chunk: &mut self.next_chunk,
            touched: BTreeMap::new(),
            new_rows: HashMap::new(),
            arrivals: Vec::new(),
            places: HashMap::default(),
            said_spans: Vec::new(),
            said_runs: BTreeSet::new(),
            used: BTreeSet::new(),
            unlogged: Vec::new(),
            carried: Vec::new(),
            dead: BTreeMap::new(),
            moved: Vec::new(),
            purge: false,
        };
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let mut failed = None;
        for part in parts {
            match part(&mut commit) {
                Ok(reply) => replies.push(reply),
                Err((error, reply)) => {
                    replies.push(reply);
                    failed = failed.or(Some(error));
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let written = commit.conclude()?;
        let before = shared.sequence.load(Ordering::Acquire);
        for key in &commit.said_runs {
            commit.mark_unseen(*key)?;
        }
        let sequence = ring::write(&self.db, before, &commit.said_spans, commit.said_runs.iter())?;
        let ends: Vec<(Key, bool, bool, Timestamp)> = commit
            .used
            .iter()
            .filter_map(|key| commit.active.get(*key))
            .map(|active| (active.key, active.run().status.is_terminal(), !active.shown, active.received.1))
            .collect();
        let (used, unlogged, moved) =
            (std::mem::take(&mut commit.used), std::mem::take(&mut commit.unlogged), std::mem::take(&mut commit.moved));
        super::crash::point("commit");
        // DURABILITY: with synchronous=FULL this returns after the write-ahead log is synced. Memory, the
        // callers and the listener hear of the commit only after it.
        self.db.execute_batch("COMMIT")?;
        super::crash::point("committed");
        debug_assert!(next_chunk <= *commit.next_chunk);
        shared.edit_log(|log| {
            for (key, last) in &unlogged {
                log.remove(*key, *last);
            }
            for chunk in commit.carried.iter().chain(&written) {
                log.add(chunk);
            }
            for (key, ended, hidden, last_received) in ends {
                if let Some(logged) = log.runs.get_mut(&key) {
                    (logged.ended, logged.hidden, logged.last_received) = (ended, hidden, last_received);
                }
            }
        });
        shared.follow(moved);
        shared.sequence.store(sequence, Ordering::Release);
        // Most of the time nobody listens, and what changed need not be put together.
        let listens = shared.options.listener.as_ref().is_some_and(|listener| listener.listens());
        let changes = if listens { changes(&commit, before) } else { Ok(Vec::new()) };
        let changes = changes.unwrap_or_else(|error| {
            tracing::error!(reason = %error, "what a commit changed cannot be told");
            Vec::new()
        });
        let arrivals = std::mem::take(&mut commit.arrivals);
        shared.edit_log(|log| log.keep(&written, arrivals));
        Ok(Durable { sequence, changes, used })
    }
}

/// The changes with what they say.
fn changes(commit: &Commit<'_>, before: u64) -> Result<Vec<Change>> {
    let rows = commit.said()?;
    let mut spans: HashMap<_, Arc<crate::SpanRow>> = HashMap::with_capacity(rows.len());
    for (at, (span, mark)) in rows {
        spans.insert(at, Arc::new(row(span, mark)));
    }
    let mut changes = Vec::with_capacity(commit.said_spans.len() + commit.said_runs.len());
    let mut sequence = before;
    for (key, id, finished) in &commit.said_spans {
        sequence += 1;
        let Some(row) = spans.get(&(*key, *id)).cloned() else { continue };
        let kind = if *finished { ChangeKind::Finished(row) } else { ChangeKind::Changed(row) };
        changes.push(Change { sequence, account: key.0, kind });
    }
    for key in &commit.said_runs {
        sequence += 1;
        if let Some(row) = commit.row(*key)? {
            changes.push(Change { sequence, account: key.0, kind: ChangeKind::Run(Arc::new(row)) });
        }
    }
    Ok(changes)
}

fn row(span: Span, mark: Mark) -> crate::SpanRow {
    crate::SpanRow { span: Span { facts: None, ..span }, mark }
}
