//! Putting spans to rest, for flush and merge alike: rows become a segment, and one commit says of each run
//! where its spans are now and what its segments do not say.

use super::codec::to_bytes;
use super::commit::Commit;
use super::log::{self, Arrival};
use super::rows::{self, Beside};
use super::segment::{Row, Written};
use super::spans::{Rest, RunState, Stretch};
use super::{Shared, crash};
use crate::Result;
use foldhash::fast::RandomState;
use rusqlite::{OptionalExtension, params};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use vedette_model::{AccountId, RunKey, Span, Timestamp};

/// A segment that was written, and what it holds.
pub(super) struct Placed {
    account: AccountId,
    pub(super) segment: Written,
    first_start: Timestamp,
    last_start: Timestamp,
    pub(super) runs: Vec<Moved>,
}

/// A run in a new segment.
pub(super) struct Moved {
    pub(super) run: RunKey,
    row: i64,
    stretch: Stretch,
    spans: Vec<Rest>,
}

impl Shared {
    /// Writes rows as a segment: each run's by (start, id). Rows of runs that are not among `runs` are left out.
    pub(super) fn place(&self, account: AccountId, mut rows: Vec<Row>, runs: &HashMap<RunKey, i64>) -> Result<Placed> {
        rows.retain(|(line, _)| runs.contains_key(&line.span.run));
        let places = places(&rows);
        rows.sort_by_cached_key(|(line, _)| (places.get(&line.span.run), line.span.start, line.span.id));
        let id = self.next_segment.fetch_add(1, Ordering::Relaxed);
        let starts = || rows.iter().map(|(line, _)| line.span.start);
        let (first_start, last_start) = (starts().min().unwrap_or_default(), starts().max().unwrap_or_default());
        let moved = moved(&rows, runs, id);
        let segment = self.segments.write(id, rows).inspect_err(|_| {
            // The disk may be full: what was begun must not stay.
            let _ = self.segments.remove(id);
        })?;
        Ok(Placed { account, segment, first_start, last_start, runs: moved })
    }
}

/// Where each run is in a segment.
fn moved(rows: &[Row], runs: &HashMap<RunKey, i64>, segment: i64) -> Vec<Moved> {
    let mut moved: Vec<Moved> = Vec::new();
    for (at, (line, mark)) in rows.iter().enumerate() {
        let before = line.written.clone().unwrap_or_default();
        let rest = Rest { span: line.span.id, content_hash: line.span.content_hash, mark: mark.clone(), before };
        match moved.last_mut() {
            Some(last) if last.run == line.span.run => {
                last.stretch.rows += 1;
                last.spans.push(rest);
            }
            _ => moved.push(Moved {
                run: line.span.run,
                row: runs.get(&line.span.run).copied().unwrap_or_default(),
                stretch: Stretch { segment, first: at as u32, rows: 1 },
                spans: vec![rest],
            }),
        }
    }
    moved
}

/// Where each run goes. Those that begin alike lie next to each other, so that their text, the same
/// instructions and often the same steps, is packed together: a page finds only what is near.
fn places(rows: &[Row]) -> HashMap<RunKey, usize, RandomState> {
    let mut tops: HashMap<RunKey, &Span, RandomState> = HashMap::default();
    for (line, _) in rows {
        let top = |span: &Span| (span.parent.is_some(), span.start, span.id);
        let known = tops.entry(line.span.run).or_insert(&line.span);
        if top(&line.span) < top(known) {
            *known = &line.span;
        }
    }
    let mut runs: Vec<(RunKey, &Span)> = tops.into_iter().collect();
    runs.sort_unstable_by_key(|(run, top)| (&top.name, &top.input_preview, &top.output_preview, *run));
    runs.into_iter().enumerate().map(|(place, (run, _))| (run, place)).collect()
}

impl Commit<'_> {
    /// Records a segment, instead of those it replaces.
    pub(super) fn record(&mut self, placed: &Placed, replaced: &BTreeSet<i64>) -> Result<()> {
        let mut dead: Vec<(u32, u32)> = Vec::new();
        for moved in &placed.runs {
            if !self.move_run(placed.account, moved, replaced)? {
                dead.push((moved.stretch.first, moved.stretch.rows));
            }
        }
        let segment = &placed.segment;
        self.db
            .prepare_cached(
                "INSERT INTO segments(id, account, rows, bytes, raw_bytes, checksum, first_start, last_start, dead, purge)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                segment.id,
                placed.account.0,
                segment.rows as i64,
                segment.bytes.cast_signed(),
                segment.raw_bytes as i64,
                segment.checksum.cast_signed(),
                placed.first_start.0,
                placed.last_start.0,
                if dead.is_empty() { None } else { Some(to_bytes(&dead)?) },
                // They were removed while the file was written; nobody knows why, so they go soon.
                !dead.is_empty(),
            ])?;
        for id in replaced {
            self.db.prepare_cached("DELETE FROM segments WHERE id = ?1")?.execute([id])?;
        }
        crash::point("segment recorded");
        Ok(())
    }

    /// False if the run is gone, or is another one by now.
    fn move_run(&mut self, account: AccountId, moved: &Moved, replaced: &BTreeSet<i64>) -> Result<bool> {
        let sql = "SELECT 1 FROM runs WHERE id = ?1";
        let found: Option<i64> = self.db.prepare_cached(sql)?.query_row([moved.row], |row| row.get(0)).optional()?;
        if found.is_none() {
            return Ok(false);
        }
        if let Some(active) = self.active.get_mut((account, moved.run)) {
            active.stretches.retain(|stretch| !replaced.contains(&stretch.segment));
            active.stretches.push(moved.stretch);
            for rest in &moved.spans {
                let now = active.skeleton(rest.span).map_or(0, |skeleton| skeleton.content_hash);
                if now == rest.content_hash {
                    active.written.insert(rest.span, rest.mark.clone());
                } else {
                    active.only.insert(rest.span, now);
                }
            }
            if active.stretches.len() == 1 {
                let written = &active.written;
                active.only.retain(|span, _| !written.contains_key(span));
            }
            let patch = active.patch();
            rows::move_spans(self.db, moved.row, &active.stretches, &patch, &mut active.beside)?;
            return Ok(true);
        }
        let state = RunState::load(self.db, moved.row)?;
        let mut beside = Beside::of(&state);
        let RunState { mut stretches, mut patch, .. } = state;
        stretches.retain(|stretch| !replaced.contains(&stretch.segment));
        stretches.push(moved.stretch);
        let written: Vec<&Rest> = moved
            .spans
            .iter()
            .filter(|rest| patch.only.get(&rest.span).is_none_or(|only| *only == rest.content_hash))
            .collect();
        if stretches.len() == 1 {
            for rest in &written {
                patch.only.remove(&rest.span);
            }
        }
        rows::move_spans(self.db, moved.row, &stretches, &patch.beyond(written.into_iter()), &mut beside)?;
        Ok(true)
    }

    /// Keeps open spans of runs that left the log.
    pub(super) fn carry(&mut self, open: &[Arrival]) -> Result<()> {
        let (packed, ()) = log::pack(open, || ());
        self.carried.extend(log::write(self.db, packed?, self.next_chunk)?);
        Ok(())
    }
}
