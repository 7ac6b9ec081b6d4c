//! Small segments become one, segments that lost rows shrink. Marks that changed since are folded in.

use super::codec::from_bytes;
use super::segment::{Row, Want};
use super::spans::{self, Line, Patch, RunState};
use super::{Shared, crash, rows};
use crate::{Range, Result};
use rusqlite::Connection;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use vedette_model::{AccountId, RunKey, Timestamp, limits};

/// What a segment's row says.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) rows: usize,
    raw_bytes: usize,
    pub(super) checksum: u64,
    /// First row and count of stretches whose runs are gone.
    pub(super) dead: Vec<(u32, u32)>,
    purge: bool,
    first_start: Timestamp,
    last_start: Timestamp,
}

impl Segment {
    pub(super) fn dead_rows(&self) -> usize {
        self.dead.iter().map(|(_, rows)| *rows as usize).sum()
    }

    /// Whether it may hold spans of a range.
    pub(super) fn overlaps(&self, range: Range) -> bool {
        range.until.is_none_or(|until| self.first_start < until)
            && range.since.is_none_or(|since| self.last_start >= since)
    }

    /// How full it is, by powers of the number that is merged at once; full ones have none.
    fn tier(&self) -> Option<u32> {
        let full = (limits::FLUSH_SPANS / 2, limits::FLUSH_BYTES / 2);
        if self.rows >= full.0 || self.raw_bytes >= full.1 {
            return None;
        }
        let share = (self.rows * 1_000 / full.0).max(self.raw_bytes / (full.1 / 1_000)).max(1);
        Some(share.ilog(limits::MERGE_SEGMENTS))
    }
}

/// All segments, or an account's, oldest first.
pub(super) fn segments(db: &Connection, account: Option<AccountId>) -> Result<Vec<Segment>> {
    let sql = "SELECT id, account, rows, raw_bytes, checksum, dead, purge, first_start, last_start FROM segments
               WHERE ?1 IS NULL OR account = ?1 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([account.map(|account| account.0)])?;
    let mut segments = Vec::new();
    while let Some(row) = found.next()? {
        let dead: Option<Vec<u8>> = row.get(5)?;
        segments.push(Segment {
            id: row.get(0)?,
            account: AccountId(row.get(1)?),
            rows: row.get::<_, i64>(2)?.unsigned_abs() as usize,
            raw_bytes: row.get::<_, i64>(3)?.unsigned_abs() as usize,
            checksum: row.get::<_, i64>(4)?.cast_unsigned(),
            dead: dead.map(|dead| from_bytes(&dead, "dead rows")).transpose()?.unwrap_or_default(),
            purge: row.get(6)?,
            first_start: Timestamp(row.get(7)?),
            last_start: Timestamp(row.get(8)?),
        });
    }
    Ok(segments)
}

impl Shared {
    /// One round of merging. Damaged segments are left alone.
    pub(super) fn merge(&self) -> Result<()> {
        let damaged = self.segments.damaged();
        let mut all = self.readers.read(|db| segments(db, None))?;
        all.retain(|segment| !damaged.contains(&segment.id));
        for group in due(all) {
            self.merge_group(&group)?;
        }
        Ok(())
    }

    fn merge_group(&self, group: &[Segment]) -> Result<()> {
        let Some(account) = group.first().map(|segment| segment.account) else { return Ok(()) };
        let replaced: BTreeSet<i64> = group.iter().map(|segment| segment.id).collect();
        let files = self.files.enter();
        let (rows, runs) = self.readers.read(|db| self.live_rows(db, account, group))?;
        drop(files);
        crash::point("merge read");
        if rows.is_empty() {
            return self.drop_segments(replaced);
        }
        let placed = self.place(account, rows, &runs)?;
        let id = placed.segment.id;
        let gone = replaced.clone();
        let outcome = self.queue.commit(0, move |commit| {
            commit.record(&placed, &gone)?;
            crash::point("merge recorded");
            Ok(())
        });
        if outcome.is_err() {
            self.segments.remove(id)?;
        }
        outcome?;
        crash::point("merged");
        self.files.retire(replaced.into_iter().collect());
        Ok(())
    }

    /// Takes segments without rows out of the database.
    pub(super) fn drop_segments(&self, ids: BTreeSet<i64>) -> Result<()> {
        let gone = ids.clone();
        self.queue.commit(0, move |commit| {
            for id in &gone {
                commit.db.execute("DELETE FROM segments WHERE id = ?1", [id])?;
            }
            Ok(())
        })?;
        crash::point("segments dropped");
        self.files.retire(ids.into_iter().collect());
        Ok(())
    }

    /// Spans of a group that still count, with the rows of their runs.
    fn live_rows(
        &self,
        db: &Connection,
        account: AccountId,
        group: &[Segment],
    ) -> Result<(Vec<Row>, HashMap<RunKey, i64>)> {
        let mut states: HashMap<RunKey, Option<(i64, RunState)>> = HashMap::new();
        let mut lines: Vec<Line> = Vec::new();
        for segment in group {
            let live = live(segment);
            self.segments.read_rows(segment.id, Some(&live), Want::Raw, |line| {
                let run = line.span.run;
                let state = match states.entry(run) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => unknown.insert(rows::state(db, account, run)?),
                };
                let state = state.as_ref();
                // A run that came again after it was removed has nothing to do with these rows.
                let here = |state: &RunState| state.stretches.iter().any(|stretch| stretch.segment == segment.id);
                if state.is_some_and(|(_, state)| here(state) && state.patch.admits(&line.span)) {
                    lines.push(line);
                }
                Ok(())
            })?;
        }
        let none = Patch::default();
        let patch = |run: &RunKey| states.get(run).and_then(Option::as_ref).map_or(&none, |(_, state)| &state.patch);
        let lines = spans::winners(lines, |_| true);
        let rows =
            lines.into_iter().map(|line| (patch(&line.span.run).mark(&line), line)).map(|(mark, line)| (line, mark));
        let rows = rows.collect();
        let runs = states.into_iter().filter_map(|(run, state)| Some((run, state?.0))).collect();
        Ok((rows, runs))
    }
}

/// Stretches of rows whose runs are not gone.
pub(super) fn live(segment: &Segment) -> Vec<(usize, usize)> {
    let mut dead: Vec<(usize, usize)> =
        segment.dead.iter().map(|(first, rows)| (*first as usize, *rows as usize)).collect();
    dead.sort_unstable();
    let mut live = Vec::new();
    let mut at = 0;
    for (first, rows) in dead {
        if first > at {
            live.push((at, first - at));
        }
        at = first + rows;
    }
    if segment.rows > at {
        live.push((at, segment.rows - at));
    }
    live
}

/// What is to be merged, group by group.
fn due(all: Vec<Segment>) -> Vec<Vec<Segment>> {
    let mut groups: Vec<Vec<Segment>> = Vec::new();
    let mut tiers: BTreeMap<(AccountId, u32), Vec<Segment>> = BTreeMap::new();
    for segment in all {
        if segment.purge || segment.dead_rows() * 2 >= segment.rows {
            groups.push(vec![segment]);
        } else if let Some(tier) = segment.tier() {
            tiers.entry((segment.account, tier)).or_default().push(segment);
        }
    }
    for tier in tiers.into_values().filter(|tier| tier.len() >= limits::MERGE_SEGMENTS) {
        let (mut rows, mut bytes) = (0, 0);
        let mut group: Vec<Segment> = Vec::new();
        for segment in tier {
            (rows, bytes) = (rows + segment.rows, bytes + segment.raw_bytes);
            if rows > limits::FLUSH_SPANS || bytes > limits::FLUSH_BYTES {
                (rows, bytes) = (segment.rows, segment.raw_bytes);
                groups.push(std::mem::take(&mut group));
            }
            group.push(segment);
        }
        groups.push(group);
    }
    groups.retain(|group| group.len() > 1 || group.iter().any(|segment| !segment.dead.is_empty()));
    groups
}
