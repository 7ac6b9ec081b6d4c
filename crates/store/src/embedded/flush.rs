//! Spans of quiet runs leave the log for a segment. The file is written beside everything else; one commit
//! then names it and lets the log go, so a span is never in neither.

use super::active::Key;
use super::log::{self, Arrival, Logged};
use super::segment::Row;
use super::spans::{self, Patch};
use super::{Shared, crash, rows};
use crate::{Result, StoreErrorKind};
use rusqlite::Connection;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use vedette_model::{AccountId, RunKey, Timestamp, limits};

/// Which runs leave the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Haste {
    /// Those that are quiet, once there are enough; more if the log is full.
    Calm,
    /// All.
    Everything,
}

/// A run that leaves, with what decides in which segment.
struct Leaving {
    key: Key,
    first_chunk: i64,
    /// The part of a segment that its spans fill.
    fills: f64,
}

impl Leaving {
    fn of((key, logged): (&Key, &Logged)) -> Self {
        let spans = logged.spans() as f64 / limits::FLUSH_SPANS as f64;
        let bytes = logged.bytes() as f64 / limits::FLUSH_BYTES as f64;
        Leaving { key: *key, first_chunk: logged.first_chunk(), fills: spans.max(bytes) }
    }
}

/// Whether a flush is under way, for appends that had better wait for it: what comes faster than it leaves
/// would have to be read again, and the log would grow without end.
#[derive(Default)]
pub(super) struct Flushing {
    under_way: Mutex<bool>,
    moved_on: Condvar,
}

impl Flushing {
    /// While what it gives lives, a flush is under way.
    fn begin(&self) -> impl Drop + '_ {
        struct UnderWay<'f>(&'f Flushing);
        impl Drop for UnderWay<'_> {
            fn drop(&mut self) {
                self.0.tell(false);
            }
        }
        self.tell(true);
        UnderWay(self)
    }

    fn tell(&self, under_way: bool) {
        *self.under_way.lock().unwrap_or_else(PoisonError::into_inner) = under_way;
        self.moved_on.notify_all();
    }

    /// Waits while a flush is under way and `is_long` holds, within [`limits::APPEND_WAIT`].
    fn wait_while(&self, is_long: impl Fn() -> bool) {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |under_way: &mut bool| *under_way && is_long();
        drop(self.moved_on.wait_timeout_while(under_way, limits::APPEND_WAIT, waits));
    }
}

impl Shared {
    /// Before an append: gives a flush that is behind the time it needs.
    pub(super) fn wait_for_flush(&self) {
        self.flushing.wait_while(|| self.log.read().unwrap_or_else(PoisonError::into_inner).is_long());
    }

    /// Moves what may leave the log into segments; false if that was nothing. A group that cannot holds up no
    /// other, unless the disk refuses.
    pub(super) fn flush_log(&self, now: Timestamp, haste: Haste) -> Result<bool> {
        let _under_way = self.flushing.begin();
        let groups = groups(self.leaving(now, haste), haste);
        let any = !groups.is_empty();
        let mut failed = None;
        for group in groups {
            match self.flush_group(group) {
                Err(error) if error.kind == StoreErrorKind::ReadOnly => return Err(error),
                Err(error) => failed = failed.or(Some(error)),
                Ok(()) => {}
            }
            self.flushing.tell(true);
        }
        failed.map_or(Ok(any), Err)
    }

    fn leaving(&self, now: Timestamp, haste: Haste) -> Vec<Leaving> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let shown = || log.runs.iter().filter(|(_, logged)| !logged.hidden);
        if haste == Haste::Everything {
            return shown().map(Leaving::of).collect();
        }
        let quiet = |logged: &Logged| logged.ended && logged.last_received.plus(limits::FLUSH_QUIET) <= now;
        if !log.is_full() {
            let quiet = || shown().filter(|(_, logged)| quiet(logged));
            let spans: usize = quiet().map(|(_, logged)| logged.spans()).sum();
            let waited = |(_, logged): (&Key, &Logged)| logged.last_received.plus(limits::FLUSH_WAIT) <= now;
            // A segment of a few runs compresses badly and has to be merged soon.
            let worth = spans >= limits::FLUSH_QUIET_SPANS || quiet().any(waited);
            return if worth { quiet().map(Leaving::of).collect() } else { Vec::new() };
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
        order.into_iter().take_while(takes).map(Leaving::of).collect()
    }

    /// Writes one segment and commits it.
    fn flush_group(&self, group: Vec<Leaving>) -> Result<()> {
        // Before the snapshot: see `Shared::logged`.
        let mut taken: Vec<(Key, Logged)> = Vec::with_capacity(group.len());
        self.edit_log(|log| {
            taken.extend(group.iter().filter_map(|leaving| Some((leaving.key, log.take(leaving.key)?))));
        });
        let places: Vec<(Key, Vec<i64>)> =
            taken.iter().map(|(key, logged)| (*key, logged.parts.iter().map(|part| part.chunk).collect())).collect();
        let Some(Cargo { account, rows, open, runs, left }) = self.readers.read(|db| load(db, taken))? else {
            return Ok(());
        };
        let placed = self.place(account, rows, &runs)?;
        let id = placed.segment.id;
        let mut chunks: BTreeMap<i64, BTreeSet<RunKey>> = BTreeMap::new();
        let mut last: HashMap<Key, i64> = HashMap::new();
        for (key, held_by) in places.into_iter().filter(|(key, _)| left.contains(&key.1)) {
            last.extend(held_by.last().map(|chunk| (key, *chunk)));
            for chunk in held_by {
                chunks.entry(chunk).or_default().insert(key.1);
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
}

/// All that the log holds of a group of one account's runs, from memory what is there; `None` if nothing may leave.
fn load(db: &Connection, taken: Vec<(Key, Logged)>) -> Result<Option<Cargo>> {
    let Some(((account, _), _)) = taken.first() else { return Ok(None) };
    let account = *account;
    let mut patches: HashMap<RunKey, Patch> = HashMap::new();
    let mut runs = HashMap::new();
    let mut lines = Vec::new();
    let mut unkept: BTreeMap<i64, BTreeSet<RunKey>> = BTreeMap::new();
    let mut directories: HashMap<i64, BTreeSet<RunKey>> = HashMap::new();
    for ((_, run), logged) in taken {
        // A run that was removed since has left the log with its commit.
        let Some((row, state)) = rows::state(db, account, run)? else { continue };
        runs.insert(run, row);
        patches.insert(run, state.patch);
        for part in logged.parts {
            let directory = match directories.entry(part.chunk) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(log::directory(db, account, part.chunk)?.unwrap_or_default()),
            };
            // Removed since it was taken, and sent again: what it was must not come back with what it is.
            if !directory.contains(&run) {
                continue;
            }
            match part.lines {
                Some(kept) => lines.extend(Arc::unwrap_or_clone(kept)),
                None => drop(unkept.entry(part.chunk).or_default().insert(run)),
            }
        }
    }
    for (chunk, wanted) in unkept {
        lines.extend(log::read(db, chunk, true, |span| wanted.contains(&span.run))?);
    }
    let lines = spans::winners(lines, |line| patches.get(&line.span.run).is_none_or(|patch| patch.admits(&line.span)));
    let (closed, open): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.span.end.is_some());
    let left: BTreeSet<RunKey> = closed.iter().map(|line| line.span.run).collect();
    if left.is_empty() {
        return Ok(None);
    }
    let open = open.into_iter().filter(|line| left.contains(&line.span.run));
    let open = open.filter_map(|line| line.into_arrival(account)).collect();
    let row = |line: spans::Line| {
        let mark = patches.get(&line.span.run).map(|patch| patch.mark(&line)).unwrap_or_default();
        (line, mark)
    };
    let rows = closed.into_iter().map(row).collect();
    Ok(Some(Cargo { account, rows, open, runs, left }))
}

/// Runs of one account each, as many as fill one segment. In the order in which they came, so that a chunk of the
/// log is read for one group, mostly. What is left over goes too if it must, or if it is all there is; else it waits
/// for more: a small segment compresses badly and has to be merged soon.
fn groups(leaving: Vec<Leaving>, haste: Haste) -> Vec<Vec<Leaving>> {
    let mut accounts: BTreeMap<AccountId, Vec<Leaving>> = BTreeMap::new();
    for run in leaving {
        accounts.entry(run.key.0).or_default().push(run);
    }
    let mut groups = Vec::new();
    for mut runs in accounts.into_values() {
        runs.sort_unstable_by_key(|run| (run.first_chunk, run.key));
        let (mut group, mut filled, mut is_first) = (Vec::new(), 0.0, true);
        for run in runs {
            filled += run.fills;
            group.push(run);
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

#[cfg(test)]
mod tests {
    use super::{Flushing, Haste, Leaving, groups, load};
    use crate::embedded::{Embedded, EmbeddedOptions, sample};
    use crate::{Batch, Record, Store, StoreErrorKind, Target};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;
    use vedette_model::{AccountId, RunKey, SpanKey, Timestamp};
    use vedette_normalize::{Prices, normalize};

    /// Runs that leave, by (account, first chunk, part of a segment), and the first chunks of each group.
    fn grouped(leaving: &[(u32, i64, f64)], haste: Haste) -> Vec<Vec<i64>> {
        let run = |(account, first_chunk, fills): &(u32, i64, f64)| Leaving {
            key: (AccountId(*account), RunKey([*first_chunk as u8; 16])),
            first_chunk: *first_chunk,
            fills: *fills,
        };
        let groups = groups(leaving.iter().map(run).collect(), haste);
        groups.into_iter().map(|group| group.into_iter().map(|run| run.first_chunk).collect()).collect()
    }

    #[test]
    fn runs_leave_in_the_order_in_which_they_came_in_full_segments() {
        let leaving = [(1, 5, 0.5), (1, 1, 0.6), (1, 3, 0.3), (1, 2, 0.5), (1, 4, 0.3)];
        assert_eq!(grouped(&leaving, Haste::Calm), [vec![1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn what_is_left_over_waits_unless_it_is_all_or_must_go() {
        let leaving = [(1, 1, 1.2), (1, 2, 0.1)];
        assert_eq!(grouped(&leaving, Haste::Calm), [[1]]);
        assert_eq!(grouped(&leaving, Haste::Everything), [[1], [2]]);
        assert_eq!(grouped(&leaving[1..], Haste::Calm), [[2]]);
        assert!(grouped(&[], Haste::Everything).is_empty());
    }

    #[test]
    fn accounts_share_no_segment() {
        assert_eq!(grouped(&[(2, 1, 0.2), (1, 2, 0.2), (2, 3, 0.2)], Haste::Calm), [vec![2], vec![1, 3]]);
    }

    #[test]
    fn appends_wait_for_the_flush_that_is_under_way_and_for_no_other() {
        let flushing = Flushing::default();
        let nothing_to_wait_for = || panic!("the log's length matters only while a flush is under way");
        flushing.wait_while(nothing_to_wait_for);
        let is_long = AtomicBool::new(true);
        let (looked, looks) = sync_channel(2);
        std::thread::scope(|scope| {
            let under_way = flushing.begin();
            let waits = scope.spawn(|| {
                flushing.wait_while(|| {
                    let _ = looked.try_send(());
                    is_long.load(Ordering::SeqCst)
                });
                is_long.load(Ordering::SeqCst)
            });
            looks.recv_timeout(Duration::from_secs(60)).unwrap();
            is_long.store(false, Ordering::SeqCst);
            flushing.tell(true);
            assert!(!waits.join().unwrap(), "went on while the log was long");
            drop(under_way);
        });
        flushing.wait_while(nothing_to_wait_for);
    }

    fn append(store: &Embedded, run: RunKey, span: SpanKey) {
        let raw = sample::span(run, span);
        let record = Record { span: normalize(&raw, &Prices::bundled()), raw };
        let records = Box::new(std::iter::once(record));
        store.append(Batch { account: AccountId::DEFAULT, received: Timestamp(3), records }).unwrap();
    }

    #[test]
    fn a_run_that_was_removed_and_sent_again_while_it_left_takes_nothing_of_its_past_along() {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(EmbeddedOptions::new(folder.path())).unwrap();
        let (key, other) = ((AccountId::DEFAULT, RunKey([1; 16])), (AccountId::DEFAULT, RunKey([2; 16])));
        for key in [key, other] {
            append(&store, key.1, SpanKey([1; 8]));
        }
        let mut taken = Vec::new();
        store.shared.edit_log(|log| taken.extend([key, other].map(|key| (key, log.take(key).unwrap()))));
        store.delete(key.0, &Target::Run(key.1)).unwrap();
        append(&store, key.1, SpanKey([2; 8]));
        let cargo = store.shared.readers.read(|db| load(db, taken)).unwrap().unwrap();
        let moved: Vec<RunKey> = cargo.rows.iter().map(|(line, _)| line.span.run).collect();
        assert_eq!(moved, [other.1]);
    }

    #[test]
    fn a_damaged_chunk_holds_up_no_other_run() {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(EmbeddedOptions::new(folder.path())).unwrap();
        let damaged = (AccountId::DEFAULT, RunKey([1; 16]));
        append(&store, damaged.1, SpanKey([1; 8]));
        store.shared.edit_log(|log| drop(log.take(damaged)));
        let damage =
            |commit: &mut crate::embedded::Commit<'_>| Ok(commit.db.execute("UPDATE log SET spans = x'00'", [])?);
        store.write(0, damage).unwrap();
        let other = store.create_account("other", Timestamp(1)).unwrap().id;
        let raw = sample::span(RunKey([2; 16]), SpanKey([1; 8]));
        let record = Record { span: normalize(&raw, &Prices::bundled()), raw };
        store
            .append(Batch { account: other, received: Timestamp(3), records: Box::new([record].into_iter()) })
            .unwrap();
        assert_eq!(store.flush(Timestamp(4)).unwrap_err().kind, StoreErrorKind::Corrupt);
        let left: Vec<AccountId> = store.shared.log.read().unwrap().runs.keys().map(|(account, _)| *account).collect();
        assert_eq!(left, [AccountId::DEFAULT]);
    }
}
