//! Tables for the SQL engine, batch by batch: what is asked for is what is read. Segments are read as they
//! are wanted, runs page by page in one snapshot; the log, which is bounded, at once.

use super::segment::Want;
use super::spans::{self, Line, Opener, Patch};
use super::{Shared, codec, links, log, merge, rows};
use crate::schema::{self, RAW, SpanLine};
use crate::{Range, Result, RunRow, SpanRow, StoreErrorKind, Table};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, PoisonError};
use vedette_model::{AccountId, NanoUsd, RawSpan, Run, RunKey, Score, Span, Timestamp, limits};

type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// See [`crate::Store::scan`].
pub(super) fn scan(
    shared: &Arc<Shared>,
    table: Table,
    account: AccountId,
    range: Range,
    projection: Option<&[usize]>,
) -> Result<Batches> {
    let projection = projection.map(<[usize]>::to_vec);
    let names: HashSet<String> = {
        let schema = table.schema();
        let all: Vec<usize> = (0..schema.fields().len()).collect();
        let taken = projection.as_deref().unwrap_or(&all).iter();
        taken.filter_map(|at| schema.fields().get(*at)).map(|field| field.name().clone()).collect()
    };
    Ok(match table {
        Table::Runs => Box::new(Runs::open(shared, account, range, projection, &names)?),
        Table::Spans => Box::new(Spans::open(shared, account, range, projection, &names)?),
        Table::Scores => {
            let (since, until) = bounds(range);
            let scores = shared.readers.read(|db| super::catalog::all_scores(db, account, since, until))?;
            let batches = (0..scores.len().div_ceil(limits::SCAN_ROWS)).map(move |at| {
                let rows: Vec<Score> =
                    scores.iter().skip(at * limits::SCAN_ROWS).take(limits::SCAN_ROWS).cloned().collect();
                schema::scores(&rows, projection.as_deref())
            });
            Box::new(batches)
        }
    })
}

fn bounds(range: Range) -> (i64, i64) {
    (range.since.map_or(i64::MIN, |time| time.0), range.until.map_or(i64::MAX, |time| time.0))
}

/// Listed runs in order of time.
struct Runs {
    /// In a snapshot of its own.
    db: Connection,
    account: AccountId,
    /// Where the last batch ended: start and key.
    after: Option<(i64, RunKey)>,
    range: Range,
    projection: Option<Vec<usize>>,
    /// Trees are walked only where they are asked for.
    with_tree: bool,
}

impl Runs {
    fn open(
        shared: &Shared,
        account: AccountId,
        range: Range,
        projection: Option<Vec<usize>>,
        names: &HashSet<String>,
    ) -> Result<Self> {
        let db = shared.readers.open()?;
        db.execute_batch("BEGIN")?;
        let with_tree = ["root_run_id", "tree_cost_usd"].into_iter().any(|name| names.contains(name));
        Ok(Runs { db, account, after: None, range, projection, with_tree })
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let (since, until) = bounds(self.range);
        let (start, key) = self.after.unwrap_or((since, RunKey::default()));
        let sql = "SELECT started_at, key, run FROM figures
                   WHERE account = ?1 AND (started_at, key) > (?2, ?3) AND started_at < ?4
                   ORDER BY started_at, key LIMIT ?5";
        let places: Vec<(i64, RunKey, i64)> = self
            .db
            .prepare_cached(sql)?
            .query_map(params![self.account.0, start, &key.0[..], until, limits::SCAN_ROWS as i64], |row| {
                Ok((row.get(0)?, RunKey(row.get(1)?), row.get(2)?))
            })?
            .collect::<std::result::Result<_, _>>()?;
        let Some((start, key, _)) = places.last() else { return Ok(None) };
        self.after = Some((*start, *key));
        let mut found = Vec::with_capacity(places.len());
        for (.., row) in places {
            if let Some((_, run)) = rows::by_row(&self.db, row)? {
                found.push(Arc::new(if self.with_tree {
                    links::row(&self.db, self.account, run)?
                } else {
                    alone(run)
                }));
            }
        }
        schema::runs(&found, self.projection.as_deref()).map(Some)
    }
}

/// A run as if it had no tree.
fn alone(run: Run) -> RunRow {
    let (root, tree_cost, tree_usage): (RunKey, Option<NanoUsd>, _) = (run.key, run.cost, run.usage);
    RunRow { run, root, failed_children: 0, tree_cost, tree_usage, children: Vec::new() }
}

impl Iterator for Runs {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// Spans of all runs that are not hidden: first the log, then segment by segment.
struct Spans {
    shared: Arc<Shared>,
    /// Keeps the files.
    _files: Arc<()>,
    range: Range,
    projection: Option<Vec<usize>>,
    columns: Vec<&'static str>,
    with_raw: bool,
    patches: HashMap<RunKey, Patch>,
    log: VecDeque<Line>,
    segments: VecDeque<merge::Segment>,
    open: Option<(i64, ParquetRecordBatchReader)>,
}

impl Spans {
    fn open(
        shared: &Arc<Shared>,
        account: AccountId,
        range: Range,
        projection: Option<Vec<usize>>,
        names: &HashSet<String>,
    ) -> Result<Self> {
        let with_raw = RAW.iter().any(|name| names.contains(*name));
        // Both before the snapshot: see `Shared::logged`.
        let files = shared.files.enter();
        let chunks: Vec<i64> =
            shared.log.read().unwrap_or_else(PoisonError::into_inner).chunks.keys().copied().collect();
        let logged: HashSet<RunKey> = {
            let log = shared.log.read().unwrap_or_else(PoisonError::into_inner);
            log.runs.keys().filter(|(owner, _)| *owner == account).map(|(_, run)| *run).collect()
        };
        shared.readers.read(|db| {
            let patches = patches(db, account)?;
            let mut lines = Vec::new();
            for chunk in chunks {
                let Some(runs) = log::directory(db, account, chunk)? else { continue };
                let wanted = |span: &Span| logged.contains(&span.run) && runs.contains(&span.run);
                lines.extend(log::read(db, chunk, with_raw, wanted)?);
            }
            let lines =
                spans::winners(lines, |line| patches.get(&line.span.run).is_none_or(|patch| patch.admits(&line.span)));
            let hidden: HashSet<RunKey> =
                rows::silent(db, account, rows::Waiting::ForRun, Timestamp(i64::MAX))?.into_iter().collect();
            let log = lines.into_iter().filter(|line| !hidden.contains(&line.span.run)).collect();
            let mut segments = merge::segments(db, Some(account))?;
            segments.retain(|segment| segment.overlaps(range));
            Ok(Spans {
                shared: shared.clone(),
                _files: files,
                range,
                projection,
                columns: columns(names),
                with_raw,
                patches,
                log,
                segments: segments.into(),
                open: None,
            })
        })
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut lines: Vec<Line> = Vec::new();
        let mut bytes = 0;
        let bytes_of = |line: &Line| line.raw.as_ref().map_or(0, |raw| raw.bytes.len());
        while lines.len() < limits::SCAN_ROWS && bytes < limits::SCAN_BYTES {
            if let Some(line) = self.log.pop_front() {
                bytes += bytes_of(&line);
                lines.push(line);
                continue;
            }
            match self.segment_lines() {
                Ok(Some(more)) => {
                    bytes += more.iter().map(bytes_of).sum::<usize>();
                    lines.extend(more);
                }
                Ok(None) => break,
                // What is damaged is named in the status; the rest is answered.
                Err(error) if error.kind == StoreErrorKind::Corrupt => self.open = None,
                Err(error) => return Err(error),
            }
        }
        let done = lines.is_empty();
        let none = Patch::default();
        let mut opener = Opener::default();
        let mut found: Vec<(SpanRow, Option<RawSpan>)> = Vec::with_capacity(lines.len());
        for line in lines {
            let patch = self.patches.get(&line.span.run).unwrap_or(&none);
            let mark = patch.mark(&line);
            if mark.joined || !self.range.holds(line.span.start) || !patch.admits(&line.span) {
                continue;
            }
            let raw = if self.with_raw { Some(opener.open(&line)?) } else { None };
            found.push((patch.priced(line).into_row(mark), raw));
        }
        if done {
            return Ok(None);
        }
        let lines: Vec<SpanLine<'_>> = found.iter().map(|(row, raw)| SpanLine { row, raw: raw.as_ref() }).collect();
        schema::spans(&lines, self.projection.as_deref()).map(Some)
    }

    fn segment_lines(&mut self) -> Result<Option<Vec<Line>>> {
        loop {
            if let Some((id, reader)) = &mut self.open {
                let Some(batch) = reader.next() else {
                    self.open = None;
                    continue;
                };
                let batch = batch.map_err(|error| self.shared.segments.damage(*id, &error))?;
                let mut lines = Vec::with_capacity(batch.num_rows());
                self.shared.segments.lines(*id, &batch, |line| {
                    lines.push(line);
                    Ok(())
                })?;
                return Ok(Some(lines));
            }
            let Some(segment) = self.segments.pop_front() else { return Ok(None) };
            let live = merge::live(&segment);
            let want = if self.with_raw { Want::Raw } else { Want::Only(&self.columns) };
            self.open = Some((segment.id, self.shared.segments.batches(segment.id, Some(&live), want)?));
        }
    }
}

impl Iterator for Spans {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

fn patches(db: &Connection, account: AccountId) -> Result<HashMap<RunKey, Patch>> {
    let sql = "SELECT runs.key, patches.patch FROM patches JOIN runs ON runs.id = patches.run WHERE runs.account = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([account.0])?;
    let mut patches = HashMap::new();
    while let Some(row) = found.next()? {
        let patch = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        patches.insert(RunKey(row.get(0)?), codec::from_bytes(patch, "patch")?);
    }
    Ok(patches)
}

/// What the segments have to tell for these columns of the table, and for range, marks and patches.
fn columns(names: &HashSet<String>) -> Vec<&'static str> {
    const NEEDS: &[(&str, &[&str])] = &[
        ("parent_id", &["parent_id"]),
        ("kind", &["kind"]),
        ("name", &["name"]),
        ("agent", &["agent"]),
        ("status", &["status"]),
        ("finished_at", &["finished_at"]),
        ("duration_ms", &["finished_at"]),
        ("scope", &["scope"]),
        ("service", &["service"]),
        ("provider", &["provider"]),
        ("model", &["model"]),
        ("request_model", &["request_model"]),
        ("tool", &["tool"]),
        ("finish_reason", &["finish_reason"]),
        ("input_tokens", &["input_tokens"]),
        ("output_tokens", &["output_tokens"]),
        ("cache_read_tokens", &["cache_read_tokens"]),
        ("cache_write_tokens", &["cache_write_tokens"]),
        ("reasoning_tokens", &["reasoning_tokens"]),
        ("total_tokens", &["input_tokens", "output_tokens"]),
        ("cost_usd", &["cost_nano_usd"]),
        ("cost_source", &["cost_nano_usd", "cost_source"]),
        ("duplicate_of", &["duplicate_of", "duplicate_of_run"]),
        ("duplicate_of_run", &["duplicate_of", "duplicate_of_run"]),
        ("error_type", &["error_type"]),
        ("error_message", &["error_message"]),
        ("first_token_ms", &["first_token_ns"]),
        ("level", &["level"]),
        ("input_preview", &["input_preview"]),
        ("output_preview", &["output_preview"]),
    ];
    let needed = NEEDS.iter().filter(|(name, _)| names.contains(*name)).flat_map(|(_, needs)| needs.iter().copied());
    needed.chain(["started_at", "flags", "content_hash"]).collect()
}
