//! Runs that go: past their time, or by request. What a commit removes is out of sight when it ends; bytes
//! at rest go when their segment is rewritten, and at a request also from the database's free space.

use super::active::Key;
use super::codec::{from_bytes, to_bytes};
use super::commit::Commit;
use super::rows::{self, Waiting};
use super::spans::{RunState, Stretch};
use super::{Shared, lists, log, ring};
use crate::{Deletion, Result, Target};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use vedette_model::{AccountId, Control, Run, RunKey, Timestamp};

/// Runs that one commit of retention drops, so that appends do not wait long.
const RUNS_AT_ONCE: usize = 1_000;
/// Removed runs after which rows of response ids that name them are swept.
const SWEEP_AFTER: u64 = 10_000;
/// The chore of [`Commit::must_scrub`].
const SCRUB: &str = "scrub";

impl Commit<'_> {
    /// Removes runs with their scores; answers how many of them were not hidden. Runs that were copies of
    /// theirs are computed anew.
    pub(super) fn remove(&mut self, account: AccountId, keys: &[RunKey]) -> Result<u64> {
        self.recompute()?;
        let mut shown = 0;
        for run in keys {
            let key = (account, *run);
            self.db
                .prepare_cached("DELETE FROM scores WHERE account = ?1 AND run = ?2")?
                .execute(params![account.0, &run.0[..]])?;
            let Some((row, found)) = rows::run(self.db, account, *run)? else { continue };
            self.mark_unseen(key)?;
            shown += u64::from(!found.only_logs);
            let state = RunState::load(self.db, row)?;
            if !state.patch.shares {
                self.active.remove(key);
                self.erase(key, row, &found, &state.stretches)?;
            } else if self.load(key)?
                && let Some(active) = self.active.get_mut(key)
            {
                active.drop_spans(|_| true);
                active.control = Control::default();
                self.touched.entry(key).or_default();
            }
        }
        self.recompute()?;
        let keys: BTreeSet<&RunKey> = keys.iter().collect();
        ring::forget(self.db, |(owner, run)| *owner == account && keys.contains(run))?;
        Ok(shown)
    }

    /// Takes a run's rows away, and its spans out of the log.
    pub(super) fn erase(&mut self, key: Key, row: i64, run: &Run, stretches: &[Stretch]) -> Result<()> {
        let moved = rows::delete(self.db, key.0, row, run)?;
        self.moved.push(moved);
        for stretch in stretches {
            self.dead.entry(stretch.segment).or_default().push((stretch.first, stretch.rows));
        }
        let logged = self.logged(key);
        if !logged.parts.is_empty() {
            self.unlogged.push((key, logged.last_chunk()));
            for part in &logged.parts {
                log::forget(self.db, part.chunk, &BTreeSet::from([key.1]), self.purge)?;
            }
        }
        Ok(())
    }

    /// Notes in their segments which rows are dead.
    pub(super) fn bury(&mut self) -> Result<()> {
        for (segment, rows) in std::mem::take(&mut self.dead) {
            let sql = "SELECT dead FROM segments WHERE id = ?1";
            let known: Option<Option<Vec<u8>>> =
                self.db.prepare_cached(sql)?.query_row([segment], |row| row.get(0)).optional()?;
            let Some(known) = known else { continue };
            let mut dead: Vec<(u32, u32)> =
                known.map(|known| from_bytes(&known, "dead rows")).transpose()?.unwrap_or_default();
            dead.extend(rows);
            self.db
                .prepare_cached("UPDATE segments SET dead = ?2, purge = max(purge, ?3) WHERE id = ?1")?
                .execute(params![segment, to_bytes(&dead)?, self.purge])?;
        }
        Ok(())
    }

    /// What this commit removes has to leave the disk.
    fn must_scrub(&mut self) -> Result<()> {
        self.purge = true;
        self.db.execute("INSERT OR IGNORE INTO chores(name) VALUES (?1)", [SCRUB])?;
        Ok(())
    }

    pub(super) fn delete(&mut self, account: AccountId, target: &Target) -> Result<Deletion> {
        self.recompute()?;
        let known: Option<i64> =
            self.db.query_row("SELECT 1 FROM accounts WHERE id = ?1", [account.0], |row| row.get(0)).optional()?;
        if known.is_none() {
            return Ok(Deletion { runs: 0, done: true });
        }
        let mut keys = Vec::new();
        match target {
            Target::Run(run) => keys.push(*run),
            Target::Agent(agent) => lists::all(self.db, account, |_, run| {
                if run.agent.as_deref() == Some(agent) {
                    keys.push(run.key);
                }
                Ok(())
            })?,
            Target::Account => lists::all(self.db, account, |_, run| {
                keys.push(run.key);
                Ok(())
            })?,
        }
        self.must_scrub()?;
        let runs = self.remove(account, &keys)?;
        if *target == Target::Account {
            self.forget_account(account)?;
        }
        Ok(Deletion { runs, done: false })
    }

    fn forget_account(&mut self, account: AccountId) -> Result<()> {
        for table in ["scores", "keys", "prices", "documents", "unseen"] {
            self.db.execute(&format!("DELETE FROM {table} WHERE account = ?1"), [account.0])?;
        }
        self.processes.retain(|(owner, _), _| *owner != account);
        if account == AccountId::DEFAULT {
            self.db.execute("UPDATE accounts SET retain_ns = NULL WHERE id = ?1", [account.0])?;
        } else {
            self.db.execute("DELETE FROM accounts WHERE id = ?1", [account.0])?;
        }
        Ok(())
    }
}

impl Shared {
    /// Drops runs that have been silent for longer than they are kept.
    pub(super) fn retain(&self, now: Timestamp) -> Result<()> {
        for account in self.readers.read(super::catalog::accounts)? {
            let own = account.retain_ns.map(|ns| Duration::from_nanos(ns.unsigned_abs()));
            let Some(kept_for) = own.or(self.options.retain) else { continue };
            let id = account.id;
            loop {
                let past = self.readers.read(|db| past(db, id, now, kept_for))?;
                if past.is_empty() {
                    break;
                }
                let some: Vec<RunKey> = past.into_iter().take(RUNS_AT_ONCE).collect();
                let removed = some.len() as u64;
                self.queue.commit(0, move |commit| {
                    // One of them may have come to life since it was looked at.
                    let still = past_of(commit.db, id, now, kept_for, &some)?;
                    let answer = commit.remove(id, &still);
                    super::crash::point("retention recorded");
                    answer
                })?;
                super::crash::point("retained");
                self.sweep_responses(removed)?;
            }
        }
        Ok(())
    }

    /// Response ids of removed runs go now and then: they do no harm.
    fn sweep_responses(&self, removed: u64) -> Result<()> {
        use std::sync::atomic::Ordering;
        if self.removed.fetch_add(removed, Ordering::Relaxed) + removed >= SWEEP_AFTER {
            self.removed.store(0, Ordering::Relaxed);
            self.queue.commit(0, |commit| super::responses::sweep(commit.db))?;
        }
        Ok(())
    }

    /// Whether removed runs have still to leave the disk.
    pub(super) fn must_scrub(&self) -> Result<bool> {
        self.readers.read(|db| {
            let sql = "SELECT EXISTS(SELECT 1 FROM chores WHERE name = ?1)";
            Ok(db.prepare_cached(sql)?.query_row([SCRUB], |row| row.get(0))?)
        })
    }

    /// Once no file holds what was removed, rewrites the database without its free space. Readers that
    /// hold an old snapshot make it wait for the next time.
    pub(super) fn scrub(&self) -> Result<()> {
        let purges: bool = self.readers.read(|db| {
            Ok(db.query_row("SELECT EXISTS(SELECT 1 FROM segments WHERE purge = 1)", [], |row| row.get(0))?)
        })?;
        if purges || self.files.are_waiting() {
            return Ok(());
        }
        self.queue.commit(0, |commit| super::responses::sweep(commit.db))?;
        let done = self.queue.alone(|db| {
            // Not in memory: it holds the whole database.
            db.execute_batch("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY;")?;
            super::crash::point("vacuumed");
            super::upkeep::truncate(db)
        })?;
        if done {
            self.queue.commit(0, |commit| {
                commit.db.execute("DELETE FROM chores WHERE name = ?1", [SCRUB])?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Runs of an account that have been silent for longer than they are kept.
fn past(db: &Connection, account: AccountId, now: Timestamp, kept_for: Duration) -> Result<Vec<RunKey>> {
    let mut keys = Vec::new();
    for waiting in Waiting::ALL {
        keys.extend(rows::silent(db, account, waiting, now.minus(kept_for))?);
    }
    past_of(db, account, now, kept_for, &keys)
}

fn past_of(
    db: &Connection,
    account: AccountId,
    now: Timestamp,
    kept_for: Duration,
    keys: &[RunKey],
) -> Result<Vec<RunKey>> {
    let mut past = Vec::new();
    for key in keys {
        if rows::run(db, account, *key)?.is_some_and(|(_, run)| run.last_received_at.plus(kept_for) < now) {
            past.push(*key);
        }
    }
    Ok(past)
}

/// Dead rows by segment.
pub(super) type Dead = BTreeMap<i64, Vec<(u32, u32)>>;
