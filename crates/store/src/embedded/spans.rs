//! Spans of one run, wherever they are: in segments, in the log, or in both while one moves.

use super::codec::{self, corrupt, from_bytes};
use super::log::{self, Arrival, Logged};
use super::segment::Segments;
use super::{Shared, responses, rows};
use crate::{Result, SpanRow, StoreErrorKind, StoredSpan};
use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{
    AccountId, Control, Cost, Mark, RawSpan, Resource, RunKey, Scope, Skeleton, Span, SpanKey, Timestamp, limits,
};

/// A stored span.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) span: Span,
    pub(super) received: Timestamp,
    /// The mark its segment says; `None` in the log.
    pub(super) written: Option<Mark>,
    /// Where it was asked for.
    pub(super) raw: Option<Raw>,
}

/// What of a span is opened only when it is looked at.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    /// Cut.
    pub(super) bytes: Vec<u8>,
    pub(super) resource: Arc<[u8]>,
    pub(super) scope: Arc<[u8]>,
}

/// Rows of a segment that hold a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) segment: i64,
    pub(super) first: u32,
    pub(super) rows: u32,
}

/// What is true of a run's spans besides what is written at rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Patch {
    /// Marks that are neither written in a segment nor, for spans in the log, the default.
    pub(super) marks: BTreeMap<SpanKey, Mark>,
    /// Of these spans only the copy with this content counts; 0 is none.
    pub(super) only: BTreeMap<SpanKey, u64>,
    /// Spans that came with different contents.
    pub(super) conflicting: Vec<SpanKey>,
    /// A response id of the run occurs in another run.
    pub(super) shares: bool,
    /// Of calls that were priced again; they are at rest, or in the log, with the price they came with.
    pub(super) costs: BTreeMap<SpanKey, Cost>,
}

impl Patch {
    pub(super) fn mark(&self, line: &Line) -> Mark {
        self.marks.get(&line.span.id).or(line.written.as_ref()).cloned().unwrap_or_default()
    }

    /// The span with the price that was set since it came.
    pub(super) fn priced(&self, mut line: Line) -> Line {
        if let Some(cost) = self.costs.get(&line.span.id) {
            line.span.cost = Some(cost.clone());
            line.span.unpriced = false;
        }
        line
    }

    /// Whether a copy counts.
    pub(super) fn admits(&self, span: &Span) -> bool {
        self.only.get(&span.id).is_none_or(|only| *only == span.content_hash)
    }

    /// What remains to be said once spans are at rest with new marks.
    pub(super) fn beyond<'a>(mut self, written: impl Iterator<Item = &'a Rest>) -> Self {
        for rest in written {
            // What the patch does not say is as it was written before.
            let now = self.marks.get(&rest.span).unwrap_or(&rest.before);
            if *now == rest.mark {
                self.marks.remove(&rest.span);
            } else {
                let now = now.clone();
                self.marks.insert(rest.span, now);
            }
        }
        self
    }
}

/// A span that comes to rest.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) span: SpanKey,
    pub(super) content_hash: u64,
    /// The mark that is written with it.
    pub(super) mark: Mark,
    /// The mark that its last segment said; in the log, the default.
    pub(super) before: Mark,
}

/// What is kept of a run beside its row.
#[derive(Clone, Debug, Default)]
pub(super) struct RunState {
    pub(super) control: Control,
    pub(super) stretches: Vec<Stretch>,
    pub(super) patch: Patch,
}

impl RunState {
    pub(super) fn load(db: &Connection, run: i64) -> Result<Self> {
        fn one<T: serde::de::DeserializeOwned + Default>(db: &Connection, sql: &str, run: i64) -> Result<T> {
            let blob = db.prepare_cached(sql)?.query_row([run], |row| row.get::<_, Vec<u8>>(0)).optional()?;
            Ok(blob.map(|blob| from_bytes(&blob, "run state")).transpose()?.unwrap_or_default())
        }
        Ok(RunState {
            control: one(db, "SELECT control FROM controls WHERE run = ?1", run)?,
            stretches: one(db, "SELECT stretches FROM stretches WHERE run = ?1", run)?,
            patch: one(db, "SELECT patch FROM patches WHERE run = ?1", run)?,
        })
    }
}

/// All spans of a run, each once, by (start, id). Of copies the closed one counts, of these the one with
/// the smaller content hash.
pub(super) fn lines(
    db: &Connection,
    segments: &Segments,
    run: RunKey,
    logged: &Logged,
    state: &RunState,
    with_raw: bool,
) -> Result<Vec<Line>> {
    let mut found = Vec::new();
    for stretch in &state.stretches {
        match segments.read(*stretch, run, with_raw) {
            Ok(lines) => found.extend(lines),
            // What is damaged is named in the status; the rest of the run goes on.
            Err(error) if error.kind == StoreErrorKind::Corrupt => {}
            Err(error) => return Err(error),
        }
    }
    for part in &logged.parts {
        match &part.lines {
            Some(lines) => found.extend(lines.iter().map(|line| line.copy(with_raw))),
            None => found.extend(log::read(db, part.chunk, with_raw, |span| span.run == run)?),
        }
    }
    let mut found = winners(found, |line| state.patch.admits(&line.span));
    found.sort_by_cached_key(|line| (line.span.start, line.span.id));
    if state.patch.costs.is_empty() {
        return Ok(found);
    }
    Ok(found.into_iter().map(|line| state.patch.priced(line)).collect())
}

/// Of each span the copy that counts.
pub(super) fn winners(found: Vec<Line>, admits: impl Fn(&Line) -> bool) -> Vec<Line> {
    let mut places: HashMap<(RunKey, SpanKey), usize, RandomState> =
        HashMap::with_capacity_and_hasher(found.len(), RandomState::default());
    let mut lines: Vec<Line> = Vec::with_capacity(found.len());
    for line in found {
        if !admits(&line) {
            continue;
        }
        let Some(place) = places.get(&(line.span.run, line.span.id)) else {
            places.insert((line.span.run, line.span.id), lines.len());
            lines.push(line);
            continue;
        };
        let Some(before) = lines.get_mut(*place) else { continue };
        let rank = |line: &Line| (line.span.end.is_none(), line.span.content_hash, line.written.is_none());
        if rank(&line) <= rank(before) {
            *before = line;
        }
    }
    lines
}

impl Line {
    fn copy(&self, with_raw: bool) -> Self {
        let raw = self.raw.as_ref().filter(|_| with_raw).cloned();
        Line { span: self.span.clone(), received: self.received, written: self.written.clone(), raw }
    }

    pub(super) fn skeleton(&self) -> Skeleton {
        Skeleton::of(&self.span, self.received)
    }

    /// As it came into the log; `None` without its raw bytes.
    pub(super) fn into_arrival(self, account: AccountId) -> Option<Arrival> {
        let raw = self.raw?;
        Some(Arrival {
            account,
            received: self.received,
            span: self.span,
            raw: raw.bytes,
            resource: raw.resource,
            scope: raw.scope,
        })
    }

    pub(super) fn into_row(self, mark: Mark) -> SpanRow {
        SpanRow { span: Span { facts: None, ..self.span }, mark }
    }
}

/// Opens raw bytes; resources and scopes that spans share are read once.
#[derive(Default)]
pub(super) struct Opener {
    resources: HashMap<Arc<[u8]>, Arc<Resource>>,
    scopes: HashMap<Arc<[u8]>, Arc<Scope>>,
}

impl Opener {
    pub(super) fn open(&mut self, line: &Line) -> Result<RawSpan> {
        let raw = line.raw.as_ref().ok_or_else(|| codec::internal("the raw span was not read"))?;
        let resource = match self.resources.get(&raw.resource) {
            Some(resource) => resource.clone(),
            None => {
                let resource = vedette_otlp::decode_resource(&raw.resource).map_err(|_| corrupt("resource"))?;
                self.resources.entry(raw.resource.clone()).or_insert(Arc::new(resource)).clone()
            }
        };
        let scope = match self.scopes.get(&raw.scope) {
            Some(scope) => scope.clone(),
            None => {
                let scope = vedette_otlp::decode_scope(&raw.scope).map_err(|_| corrupt("scope"))?;
                self.scopes.entry(raw.scope.clone()).or_insert(Arc::new(scope)).clone()
            }
        };
        let bytes = codec::restore(&raw.bytes, &line.span);
        vedette_otlp::decode_span(&bytes, resource, scope).map_err(|_| corrupt("span"))
    }
}

/// A run found for reading: not hidden.
struct Found {
    state: RunState,
}

/// Looks a run up; `None` also while it is hidden.
fn find(db: &Connection, account: AccountId, run: RunKey) -> Result<Option<Found>> {
    let Some((row, _)) = rows::run(db, account, run)?.filter(|(_, run)| !run.only_logs) else { return Ok(None) };
    Ok(Some(Found { state: RunState::load(db, row)? }))
}

impl Shared {
    fn lines_of(&self, account: AccountId, run: RunKey, with_raw: bool) -> Result<Option<(Found, Vec<Line>)>> {
        // Before the snapshot: see `Shared::logged`.
        let logged = self.logged((account, run));
        let _files = self.files.enter();
        self.readers.read(|db| {
            let Some(found) = find(db, account, run)? else { return Ok(None) };
            let lines = lines(db, &self.segments, run, &logged, &found.state, with_raw)?;
            Ok(Some((found, lines)))
        })
    }

    /// See [`crate::Store::spans`].
    pub(super) fn span_rows(&self, account: AccountId, run: RunKey) -> Result<Vec<SpanRow>> {
        let Some((found, lines)) = self.lines_of(account, run, false)? else { return Ok(Vec::new()) };
        let marked =
            lines.into_iter().map(|line| (found.state.patch.mark(&line), line)).filter(|(mark, _)| !mark.joined);
        Ok(marked.take(limits::SPANS_PER_RUN).map(|(mark, line)| line.into_row(mark)).collect())
    }

    /// See [`crate::Store::raw_spans`].
    pub(super) fn raw_spans(&self, account: AccountId, run: RunKey) -> Result<Vec<RawSpan>> {
        let Some((_, lines)) = self.lines_of(account, run, true)? else { return Ok(Vec::new()) };
        let mut opener = Opener::default();
        lines.iter().map(|line| opener.open(line)).collect()
    }

    /// See [`crate::Store::span`].
    pub(super) fn stored_span(&self, account: AccountId, run: RunKey, span: SpanKey) -> Result<Option<StoredSpan>> {
        let Some((found, lines)) = self.lines_of(account, run, true)? else { return Ok(None) };
        let Some(line) = lines.iter().find(|line| line.span.id == span) else { return Ok(None) };
        let mut opener = Opener::default();
        let raw = opener.open(line)?;
        let patch = &found.state.patch;
        let mut joined = Vec::new();
        for log in lines.iter().filter(|log| log.span.parent == Some(span) && patch.mark(log).joined) {
            joined.push(opener.open(log)?);
        }
        let of = Some((run, span));
        let mut copies: Vec<(Timestamp, SpanKey, RunKey, RawSpan)> = Vec::new();
        let mut take = |lines: &[Line], patch: &Patch| -> Result<()> {
            for copy in lines.iter().filter(|copy| patch.mark(copy).duplicate_of == of) {
                copies.push((copy.span.start, copy.span.id, copy.span.run, opener.open(copy)?));
            }
            Ok(())
        };
        take(&lines, patch)?;
        if patch.shares {
            for other in self.readers.read(|db| sharing(db, account, run, &lines))? {
                if let Some((found, lines)) = self.lines_of(account, other, true)? {
                    take(&lines, &found.state.patch)?;
                }
            }
        }
        copies.sort_by_key(|(start, id, run, _)| (*start, *id, *run));
        joined.extend(copies.into_iter().map(|(.., raw)| raw));
        let row = line.clone().into_row(patch.mark(line));
        Ok(Some(StoredSpan { row, raw, joined }))
    }
}

/// Other runs with a response id of this one.
fn sharing(db: &Connection, account: AccountId, run: RunKey, lines: &[Line]) -> Result<BTreeSet<RunKey>> {
    let mut others = BTreeSet::new();
    for response_id in lines.iter().filter_map(|line| line.span.response_id.as_ref()) {
        for row in responses::rows(db, account, response_id)? {
            let other = rows::by_row(db, row)?.filter(|(owner, other)| *owner == account && other.key != run);
            others.extend(other.map(|(_, other)| other.key));
        }
    }
    Ok(others)
}
