//! Spans of quiet runs leave the log for a segment. The file is written beside everything else; one commit
//! then names it and lets the log go, so a span is never in neither.

use super::active::Key;
use super::log::{self, Arrival, Logged};
use super::segment::Row;
use super::spans::{self, Patch};
use super::{Shared, crash, rows};
use crate::Result;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::PoisonError;
use vedette_model::{AccountId, RunKey, Timestamp, limits};

/// Which runs leave the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Haste {
    /// Those that are quiet, once there are enough; more if the log is full.
    Calm,
    /// All.
    Everything,
}

/// A run that leaves, as the log held it.
type Leaving = (Key, Logged);

impl Shared {
    /// Moves what may leave the log into segments.
    pub(super) fn flush_log(&self, now: Timestamp, haste: Haste) -> Result<()> {
        for group in groups(self.leaving(now, haste), haste) {
            self.flush_group(group)?;
        }
        Ok(())
    }

    fn leaving(&self, now: Timestamp, haste: Haste) -> Vec<Leaving> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let shown = || log.runs.iter().filter(|(_, logged)| !logged.hidden);
        let own = |(key, logged): (&Key, &Logged)| (*key, logged.clone());
        if haste == Haste::Everything {
            return shown().map(own).collect();
        }
        let quiet = |logged: &Logged| logged.ended && logged.last_received.plus(limits::FLUSH_QUIET) <= now;
        if log.spans < limits::FLUSH_SPANS && log.bytes < limits::FLUSH_BYTES {
            let quiet = || shown().filter(|(_, logged)| quiet(logged));
            let spans: usize = quiet().map(|(_, logged)| logged.spans()).sum();
            let waited = |(_, logged): (&Key, &Logged)| logged.last_received.plus(limits::FLUSH_WAIT) <= now;
            // A segment of a few runs compresses badly and has to be merged soon.
            let worth = spans >= limits::FLUSH_QUIET_SPANS || quiet().any(waited);
            return if worth { quiet().map(own).collect() } else { Vec::new() };
        }
        // The quiet first, then the ended, then what has been silent longest, until half the log is free.
        let mut order: Vec<(&Key, &Logged)> = shown().collect();
        order.sort_unstable_by_key(|(_, logged)| (!quiet(logged), !logged.ended, logged.last_received));
        let (mut spans, mut bytes) = (log.spans, log.bytes);
        let takes = |(_, logged): &(&Key, &Logged)| {
            let takes = logged.ended || spans > limits::FLUSH_SPANS / 2 || bytes > limits::FLUSH_BYTES / 2;
            (spans, bytes) = (spans - logged.spans(), bytes - logged.bytes());
            takes
        };
        order.into_iter().take_while(takes).map(own).collect()
    }

    /// Writes one segment and commits it.
    fn flush_group(&self, group: Vec<Leaving>) -> Result<()> {
        let Cargo { account, mut rows, open, runs, left } = match self.readers.read(|db| self.load(db, &group))? {
            Some(cargo) => cargo,
            None => return Ok(()),
        };
        let placed = self.place(account, &mut rows, &runs)?;
        drop(rows);
        let id = placed.segment.id;
        let mut chunks: BTreeMap<i64, BTreeSet<RunKey>> = BTreeMap::new();
        let mut last: HashMap<Key, i64> = HashMap::new();
        for (key, logged) in group.iter().filter(|(key, _)| left.contains(&key.1)) {
            last.insert(*key, logged.last_chunk());
            for part in &logged.parts {
                chunks.entry(part.chunk).or_default().insert(key.1);
            }
        }
        let outcome = self.queue.commit(0, move |commit| {
            for moved in &placed.runs {
                let key = (account, moved.run);
                if commit.logged(key).last_chunk() > last.get(&key).copied().unwrap_or(0) {
                    // What came since may have replaced what was written.
                    commit.load(key)?;
                }
            }
            commit.record(&placed, &BTreeSet::new())?;
            for (chunk, runs) in &chunks {
                log::forget(commit.db, *chunk, runs, false)?;
            }
            commit.unlogged.extend(last);
            commit.carry(&open)?;
            crash::point("flush recorded");
            Ok(())
        });
        if outcome.is_err() {
            self.segments.remove(id)?;
        }
        outcome?;
        crash::point("flushed");
        Ok(())
    }

    /// Reads a group: from memory what is still there.
    fn load(&self, db: &Connection, group: &[Leaving]) -> Result<Option<Cargo>> {
        let Some(((account, _), _)) = group.first() else { return Ok(None) };
        let mut patches: HashMap<RunKey, Patch> = HashMap::new();
        let mut runs = HashMap::new();
        for ((_, run), _) in group {
            // A run that was removed since has left the log with its commit.
            if let Some((row, state)) = rows::state(db, *account, *run)? {
                runs.insert(*run, row);
                patches.insert(*run, state.patch);
            }
        }
        let parts = group.iter().flat_map(|((_, run), logged)| logged.parts.iter().map(|part| (part.chunk, *run)));
        let mut chunks: BTreeMap<i64, BTreeSet<RunKey>> = BTreeMap::new();
        for (chunk, run) in parts {
            chunks.entry(chunk).or_default().insert(run);
        }
        let mut lines = Vec::new();
        for (chunk, mut wanted) in chunks {
            wanted.retain(|run| runs.contains_key(run));
            self.edit_log(|log| lines.extend(log.take(chunk, &mut wanted)));
            if !wanted.is_empty() {
                lines.extend(log::read(db, chunk, true, |span| wanted.contains(&span.run))?);
            }
        }
        let lines =
            spans::winners(lines, |line| patches.get(&line.span.run).is_none_or(|patch| patch.admits(&line.span)));
        let (closed, open): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.span.end.is_some());
        let left: BTreeSet<RunKey> = closed.iter().map(|line| line.span.run).collect();
        if left.is_empty() {
            return Ok(None);
        }
        let open = open.into_iter().filter(|line| left.contains(&line.span.run));
        let open = open.filter_map(|line| line.into_arrival(*account)).collect();
        let row = |line: spans::Line| {
            let mark = patches.get(&line.span.run).map(|patch| patch.mark(&line)).unwrap_or_default();
            (line, mark)
        };
        let rows = closed.into_iter().map(row).collect();
        Ok(Some(Cargo { account: *account, rows, open, runs, left }))
    }
}

/// Runs of one account each, as many as fill one segment. In the order in which they came, so that a chunk of the
/// log is read for one group, mostly. What is left over goes too if it must, or if it is all there is; else it waits
/// for more: a small segment compresses badly and has to be merged soon.
fn groups(leaving: Vec<Leaving>, haste: Haste) -> Vec<Vec<Leaving>> {
    let mut accounts: BTreeMap<AccountId, Vec<Leaving>> = BTreeMap::new();
    for (key, logged) in leaving {
        accounts.entry(key.0).or_default().push((key, logged));
    }
    let mut groups = Vec::new();
    for mut runs in accounts.into_values() {
        runs.sort_unstable_by_key(|(key, logged)| (logged.first_chunk(), *key));
        let (mut group, mut filled, mut is_first) = (Vec::new(), 0.0, true);
        for (key, logged) in runs {
            filled += fills(&logged);
            group.push((key, logged));
            if filled >= 1.0 {
                groups.push(std::mem::take(&mut group));
                (filled, is_first) = (0.0, false);
            }
        }
        if !group.is_empty() && (is_first || haste == Haste::Everything) {
            groups.push(group);
        }
    }
    groups
}

/// The part of a segment that a run's spans fill.
fn fills(logged: &Logged) -> f64 {
    let spans = logged.spans() as f64 / limits::FLUSH_SPANS as f64;
    spans.max(logged.bytes() as f64 / limits::FLUSH_BYTES as f64)
}

/// What a group holds.
struct Cargo {
    account: AccountId,
    /// Finished spans.
    rows: Vec<Row>,
    /// Open ones stay in the log, by themselves.
    open: Vec<Arrival>,
    /// Rows of the runs.
    runs: HashMap<RunKey, i64>,
    /// Runs that have anything to move.
    left: BTreeSet<RunKey>,
}
