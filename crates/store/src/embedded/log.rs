//! The log: what was appended and is not yet at rest in a segment. A commit writes its spans in chunks:
//! spans of a run together, each one's facts before its raw bytes, of which the previews are a repeat that
//! costs next to nothing to compress. Which chunks hold a run is kept in memory (bounded, as the log is) and
//! rebuilt from the chunks' directories; so are, while there is room, the spans themselves, so that neither a
//! flush nor a reader need read again what has just been written.

use super::codec::{compress, corrupt, decompress, from_bytes, internal, take, to_bytes};
use super::spans::{Line, Raw};
use crate::Result;
use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{AccountId, RunKey, Span, Timestamp, limits};

/// Raw bytes of one chunk: small enough to open for one run, large enough to compress.
const CHUNK_BYTES: usize = 256 << 10;
/// Spans of one chunk: what is read of small ones is larger than they are.
const CHUNK_SPANS: usize = 4_096;
/// Threads that pack the chunks of one commit.
const PACKERS: usize = 4;
/// Roughly what the facts of a span take.
const FACTS_BYTES: usize = 768;

/// A span on its way into the log.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) account: AccountId,
    pub(super) received: Timestamp,
    pub(super) span: Span,
    /// Cut.
    pub(super) raw: Vec<u8>,
    pub(super) resource: Arc<[u8]>,
    pub(super) scope: Arc<[u8]>,
}

impl Arrival {
    /// Bytes that it holds for itself, after the one before it: its neighbours mostly share the rest.
    pub(super) fn own_bytes(&self, before: Option<&Arrival>) -> usize {
        let own = |of: fn(&Arrival) -> &Arc<[u8]>| match before {
            Some(before) if of(before) == of(self) => 0,
            _ => of(self).len(),
        };
        self.raw.len() + own(|arrival| &arrival.resource) + own(|arrival| &arrival.scope)
    }
}

impl From<Arrival> for Line {
    fn from(Arrival { received, span, raw, resource, scope, .. }: Arrival) -> Self {
        Line { span, received, written: None, raw: Some(Raw { bytes: raw, resource, scope }) }
    }
}

/// What a chunk says of a span before it. The span follows, then its raw bytes.
#[derive(Serialize, Deserialize)]
struct Head {
    received: Timestamp,
    resource: u32,
    scope: u32,
    raw: u32,
}

/// Distinct byte strings in the order of their first use.
#[derive(Default)]
struct Table<'a> {
    rows: Vec<&'a [u8]>,
    places: HashMap<&'a [u8], u32>,
}

impl<'a> Table<'a> {
    fn place(&mut self, bytes: &'a [u8]) -> u32 {
        // Spans of one request mostly share them.
        if let Some(last) = self.rows.last().filter(|last| **last == bytes) {
            return self.places.get(last).copied().unwrap_or_default();
        }
        *self.places.entry(bytes).or_insert_with(|| {
            self.rows.push(bytes);
            self.rows.len() as u32 - 1
        })
    }
}

/// What a chunk holds of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) run: RunKey,
    pub(super) spans: u32,
    /// Of raw spans and what they do not share, before compression.
    pub(super) bytes: u32,
}

/// What a chunk holds.
pub(super) type Directory = Vec<Entry>;

/// A chunk that was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) runs: Directory,
}

/// A chunk as it is written.
pub(super) struct Packed {
    account: AccountId,
    spans: Vec<u8>,
    runs: Directory,
}

/// Packs arrivals, which are sorted by (account, run), in chunks, and does something meanwhile: more than one
/// chunk is packed on threads beside it, as everybody waits for the commit.
pub(super) fn pack<T>(arrivals: &[Arrival], meanwhile: impl FnOnce() -> T) -> (Result<Vec<Packed>>, T) {
    let chunks = chunks(arrivals);
    if chunks.len() <= 1 {
        let done = meanwhile();
        return (pack_all(&chunks), done);
    }
    std::thread::scope(|scope| {
        let shares = chunks.chunks(chunks.len().div_ceil(PACKERS));
        let packers: Vec<_> = shares.map(|share| scope.spawn(|| pack_all(share))).collect();
        let done = meanwhile();
        let packed =
            packers.into_iter().map(|packer| packer.join().unwrap_or_else(|_| Err(internal("packing failed"))));
        (packed.collect::<Result<Vec<_>>>().map(|shares| shares.into_iter().flatten().collect()), done)
    })
}

/// Neighbours of one account, as many as fill a chunk.
type Chunk<'a> = (AccountId, &'a [Arrival]);

fn chunks(arrivals: &[Arrival]) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut rest = arrivals;
    while let Some(first) = rest.first() {
        let mut bytes = 0;
        let before = std::iter::once(None).chain(rest.iter().map(Some));
        let fits = |(arrival, before): &(&Arrival, Option<&Arrival>)| {
            let fits = arrival.account == first.account && bytes < CHUNK_BYTES;
            bytes += arrival.own_bytes(*before);
            fits
        };
        let (chunk, others) = rest.split_at(rest.iter().zip(before).take(CHUNK_SPANS).take_while(fits).count());
        rest = others;
        chunks.push((first.account, chunk));
    }
    chunks
}

/// Writes chunks, numbered from `next`.
pub(super) fn write(db: &Connection, packed: Vec<Packed>, next: &mut i64) -> Result<Vec<Written>> {
    let mut written = Vec::with_capacity(packed.len());
    for Packed { account, spans, runs } in packed {
        let id = *next;
        db.prepare_cached("INSERT INTO log(id, spans) VALUES (?1, ?2)")?.execute(params![id, spans])?;
        let directory = to_bytes(&runs)?;
        db.prepare_cached("INSERT INTO log_directory(id, account, runs) VALUES (?1, ?2, ?3)")?
            .execute(params![id, account.0, directory])?;
        written.push(Written { id, account, runs });
        *next += 1;
    }
    Ok(written)
}

fn pack_all(chunks: &[Chunk<'_>]) -> Result<Vec<Packed>> {
    chunks.iter().map(|chunk| pack_chunk(*chunk)).collect()
}

fn pack_chunk((account, chunk): Chunk<'_>) -> Result<Packed> {
    let mut resources = Table::default();
    let mut scopes = Table::default();
    let places: Vec<(u32, u32)> =
        chunk.iter().map(|arrival| (resources.place(&arrival.resource), scopes.place(&arrival.scope))).collect();
    let mut bytes = to_bytes(&(&resources.rows, &scopes.rows))?;
    bytes.reserve(chunk.iter().map(|arrival| arrival.raw.len() + FACTS_BYTES).sum());
    let mut runs: Directory = Vec::new();
    let mut before = None;
    for (arrival, (resource, scope)) in chunk.iter().zip(places) {
        let head = Head { received: arrival.received, resource, scope, raw: arrival.raw.len() as u32 };
        bytes = extend(bytes, &head)?;
        bytes = extend(bytes, &arrival.span)?;
        bytes.extend_from_slice(&arrival.raw);
        let own = arrival.own_bytes(before.replace(arrival)) as u32;
        match runs.last_mut() {
            Some(entry) if entry.run == arrival.span.run => {
                entry.spans += 1;
                entry.bytes += own;
            }
            _ => runs.push(Entry { run: arrival.span.run, spans: 1, bytes: own }),
        }
    }
    Ok(Packed { account, spans: compress(&bytes)?, runs })
}

fn extend<T: Serialize>(bytes: Vec<u8>, value: &T) -> Result<Vec<u8>> {
    postcard::to_extend(value, bytes).map_err(|_| internal("a span cannot be written"))
}

/// Reads the lines of some runs from a chunk; none if the chunk is gone. `wanted` may refuse lines.
pub(super) fn read(db: &Connection, chunk: i64, with_raw: bool, wanted: impl Fn(&Span) -> bool) -> Result<Vec<Line>> {
    let mut statement = db.prepare_cached("SELECT spans FROM log WHERE id = ?1")?;
    let mut rows = statement.query([chunk])?;
    let Some(row) = rows.next()? else { return Ok(Vec::new()) };
    let bytes = decompress(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
    let mut rest = bytes.as_slice();
    let (resources, scopes): (Vec<Vec<u8>>, Vec<Vec<u8>>) = take(&mut rest, "log chunk")?;
    let shared = |rows: Vec<Vec<u8>>| rows.into_iter().map(Arc::from).collect::<Vec<Arc<[u8]>>>();
    let (resources, scopes) = (shared(resources), shared(scopes));
    let mut lines = Vec::new();
    while !rest.is_empty() {
        let head: Head = take(&mut rest, "log chunk")?;
        let span: Span = take(&mut rest, "log chunk")?;
        let (raw, others) = rest.split_at_checked(head.raw as usize).ok_or_else(|| corrupt("log chunk"))?;
        rest = others;
        if wanted(&span) {
            let row = |rows: &[Arc<[u8]>], at: u32| rows.get(at as usize).cloned().ok_or_else(|| corrupt("log chunk"));
            let raw = if with_raw {
                let (resource, scope) = (row(&resources, head.resource)?, row(&scopes, head.scope)?);
                Some(Raw { bytes: raw.into(), resource, scope })
            } else {
                None
            };
            lines.push(Line { span, received: head.received, written: None, raw });
        }
    }
    Ok(lines)
}

/// A chunk that holds a run.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) chunk: i64,
    pub(super) spans: u32,
    pub(super) bytes: u32,
    /// All that it holds of the run, as it came, while memory has room for it.
    pub(super) lines: Option<Arc<Vec<Line>>>,
}

/// Where the log holds a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Logged {
    /// Oldest first.
    pub(super) parts: Vec<Part>,
    /// Ended, so that it may come to rest.
    pub(super) ended: bool,
    /// Only log records: waits for its run.
    pub(super) hidden: bool,
    /// Server's clock.
    pub(super) last_received: Timestamp,
}

impl Logged {
    /// Spans of it in the log.
    pub(super) fn spans(&self) -> usize {
        self.parts.iter().map(|part| part.spans as usize).sum()
    }

    /// Raw bytes of it in the log.
    pub(super) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.bytes as usize).sum()
    }

    /// The first chunk that holds it.
    pub(super) fn first_chunk(&self) -> i64 {
        self.parts.first().map_or(0, |part| part.chunk)
    }

    /// The last chunk that holds it.
    pub(super) fn last_chunk(&self) -> i64 {
        self.parts.last().map_or(0, |part| part.chunk)
    }
}

/// The log as of the last commit.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) runs: HashMap<(AccountId, RunKey), Logged, RandomState>,
    /// Runs of each chunk that still count.
    pub(super) chunks: BTreeMap<i64, usize>,
    pub(super) spans: usize,
    pub(super) bytes: usize,
    /// Of these, spans that are in memory too, ...
    kept_spans: usize,
    /// ... with their raw bytes.
    kept_bytes: usize,
}

impl Index {
    /// A segment's worth of it has to leave.
    pub(super) fn is_full(&self) -> bool {
        self.spans >= limits::FLUSH_SPANS || self.bytes >= limits::FLUSH_BYTES
    }

    /// More is in it than memory keeps.
    pub(super) fn is_long(&self) -> bool {
        self.spans >= limits::LOG_SPANS || self.bytes >= limits::LOG_BYTES
    }

    /// Reads the directories.
    pub(super) fn load(db: &Connection) -> Result<Self> {
        let mut index = Index::default();
        let mut statement = db.prepare("SELECT id, account, runs FROM log_directory ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let runs: Vec<u8> = row.get(2)?;
            index.add(&Written {
                id: row.get(0)?,
                account: AccountId(row.get(1)?),
                runs: from_bytes(&runs, "log directory")?,
            });
        }
        Ok(index)
    }

    pub(super) fn add(&mut self, chunk: &Written) {
        self.chunks.insert(chunk.id, chunk.runs.len());
        for Entry { run, spans, bytes } in &chunk.runs {
            self.spans += *spans as usize;
            self.bytes += *bytes as usize;
            let part = Part { chunk: chunk.id, spans: *spans, bytes: *bytes, lines: None };
            self.runs.entry((chunk.account, *run)).or_default().parts.push(part);
        }
    }

    /// Keeps the spans of chunks that were written, in their order, of runs that are still there.
    pub(super) fn keep(&mut self, chunks: &[Written], arrivals: Vec<Arrival>) {
        let mut arrivals = arrivals.into_iter();
        for chunk in chunks {
            for entry in &chunk.runs {
                let lines: Vec<Line> = arrivals.by_ref().take(entry.spans as usize).map(Line::from).collect();
                let (spans, bytes) = (self.kept_spans + lines.len(), self.kept_bytes + entry.bytes as usize);
                if spans > limits::LOG_SPANS || bytes > limits::LOG_BYTES {
                    continue;
                }
                let logged = self.runs.get_mut(&(chunk.account, entry.run));
                let mut parts = logged.into_iter().flat_map(|logged| logged.parts.iter_mut().rev());
                if let Some(part) = parts.find(|part| part.chunk == chunk.id) {
                    (self.kept_spans, self.kept_bytes) = (spans, bytes);
                    part.lines = Some(Arc::new(lines));
                }
            }
        }
    }

    /// Where a run is, with what memory has of it, which it gives up.
    pub(super) fn take(&mut self, run: (AccountId, RunKey)) -> Option<Logged> {
        let logged = self.runs.get_mut(&run)?;
        let taken = logged.clone();
        for part in &mut logged.parts {
            if part.lines.take().is_some() {
                self.kept_spans -= part.spans as usize;
                self.kept_bytes -= part.bytes as usize;
            }
        }
        Some(taken)
    }

    /// Forgets a run's parts in chunks up to `last`.
    pub(super) fn remove(&mut self, run: (AccountId, RunKey), last: i64) {
        let Some(logged) = self.runs.get_mut(&run) else { return };
        let (gone, left): (Vec<Part>, Vec<Part>) =
            std::mem::take(&mut logged.parts).into_iter().partition(|part| part.chunk <= last);
        logged.parts = left;
        if logged.parts.is_empty() {
            self.runs.remove(&run);
        }
        for part in gone {
            let (spans, bytes) = (part.spans as usize, part.bytes as usize);
            if part.lines.is_some() {
                (self.kept_spans, self.kept_bytes) = (self.kept_spans - spans, self.kept_bytes - bytes);
            }
            (self.spans, self.bytes) = (self.spans - spans, self.bytes - bytes);
            if let Some(runs) = self.chunks.get_mut(&part.chunk) {
                *runs -= 1;
                if *runs == 0 {
                    self.chunks.remove(&part.chunk);
                }
            }
        }
    }
}

/// Takes runs out of a chunk's directory; the chunk goes with the last. Bytes of runs that leave others
/// behind stay where `purge` does not ask for them to go too.
pub(super) fn forget(db: &Connection, chunk: i64, gone: &BTreeSet<RunKey>, purge: bool) -> Result<()> {
    let sql = "SELECT runs FROM log_directory WHERE id = ?1";
    let Some(runs) = db.prepare_cached(sql)?.query_row([chunk], |row| row.get::<_, Vec<u8>>(0)).optional()? else {
        return Ok(());
    };
    let mut runs: Directory = from_bytes(&runs, "log directory")?;
    runs.retain(|entry| !gone.contains(&entry.run));
    if runs.is_empty() {
        db.prepare_cached("DELETE FROM log WHERE id = ?1")?.execute([chunk])?;
        db.prepare_cached("DELETE FROM log_directory WHERE id = ?1")?.execute([chunk])?;
    } else {
        let sql = "UPDATE log_directory SET runs = ?2 WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![chunk, to_bytes(&runs)?])?;
        if purge {
            let left: BTreeSet<RunKey> = runs.iter().map(|entry| entry.run).collect();
            let lines = read(db, chunk, true, |span| left.contains(&span.run))?;
            let arrivals: Vec<Arrival> = lines.into_iter().filter_map(|line| line.into_arrival(AccountId(0))).collect();
            let left = pack_chunk((AccountId(0), &arrivals))?;
            db.prepare_cached("UPDATE log SET spans = ?2 WHERE id = ?1")?.execute(params![chunk, left.spans])?;
        }
    }
    Ok(())
}

/// Runs of a chunk of this account that still count; `None` if it is gone or another account's.
pub(super) fn directory(db: &Connection, account: AccountId, chunk: i64) -> Result<Option<BTreeSet<RunKey>>> {
    let sql = "SELECT runs FROM log_directory WHERE id = ?1 AND account = ?2";
    let runs: Option<Vec<u8>> =
        db.prepare_cached(sql)?.query_row(params![chunk, account.0], |row| row.get(0)).optional()?;
    let Some(runs) = runs else { return Ok(None) };
    let runs: Directory = from_bytes(&runs, "log directory")?;
    Ok(Some(runs.into_iter().map(|entry| entry.run).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::sample;
    use vedette_model::{AccountId, RunKey, SpanKey, Timestamp};
    use vedette_normalize::{Prices, normalize};

    const ACCOUNT: AccountId = AccountId::DEFAULT;

    fn arrival(run: u8, span: u8) -> Arrival {
        let raw = sample::span(RunKey([run; 16]), SpanKey([span; 8]));
        let span = normalize(&raw, &Prices::bundled());
        let (resource, scope) = (Vec::new().into(), Vec::new().into());
        Arrival { account: ACCOUNT, received: Timestamp(3), span, raw: vec![0; 10], resource, scope }
    }

    #[test]
    fn a_chunk_is_full_of_what_its_spans_do_not_share_too() {
        let with = |span, resource: &Arc<[u8]>| Arrival { resource: resource.clone(), ..arrival(1, span) };
        let [one, other]: [Arc<[u8]>; 2] = [1, 2].map(|byte| vec![byte; CHUNK_BYTES].into());
        let lengths = |arrivals: &[Arrival]| chunks(arrivals).iter().map(|chunk| chunk.1.len()).collect::<Vec<_>>();
        assert_eq!(lengths(&[with(1, &other), with(2, &one), with(3, &one), with(4, &other)]), [1, 1, 1, 1]);
        let small: Vec<Arrival> = std::iter::repeat_n(arrival(1, 1), CHUNK_SPANS + 1).collect();
        assert_eq!(lengths(&small), [CHUNK_SPANS, 1]);
        let packed = pack_chunk((ACCOUNT, &[with(1, &one), with(2, &one)])).unwrap();
        assert_eq!(packed.runs, [Entry { run: RunKey([1; 16]), spans: 2, bytes: CHUNK_BYTES as u32 + 20 }]);
    }

    /// The spans that memory gives up of a run, and the chunks that it still has to read.
    fn taken(index: &mut Index, run: u8) -> Option<(Vec<u8>, Vec<i64>)> {
        let logged = index.take((ACCOUNT, RunKey([run; 16])))?;
        let (kept, unkept): (Vec<Part>, Vec<Part>) = logged.parts.into_iter().partition(|part| part.lines.is_some());
        let lines = kept.iter().flat_map(|part| part.lines.iter().flat_map(|lines| lines.iter()));
        Some((lines.map(|line| line.span.id.0[0]).collect(), unkept.iter().map(|part| part.chunk).collect()))
    }

    #[test]
    fn spans_are_handed_out_once_and_leave_with_their_runs() {
        let mut index = Index::default();
        let entry = |run: u8, spans| Entry { run: RunKey([run; 16]), spans, bytes: 10 * spans };
        let chunk = |id, runs| Written { id, account: ACCOUNT, runs };
        let chunks = [chunk(1, vec![entry(1, 2), entry(2, 1)]), chunk(2, vec![entry(2, 1), entry(3, 1)])];
        chunks.iter().for_each(|chunk| index.add(chunk));
        // The third left before its spans could be kept.
        index.remove((ACCOUNT, RunKey([3; 16])), 2);
        index.keep(&chunks, vec![arrival(1, 1), arrival(1, 2), arrival(2, 3), arrival(2, 4), arrival(3, 5)]);
        assert_eq!((index.kept_spans, index.kept_bytes), (4, 40));
        assert_eq!(taken(&mut index, 1), Some((vec![1, 2], vec![])));
        assert_eq!(taken(&mut index, 1), Some((vec![], vec![1])));
        assert_eq!(taken(&mut index, 3), None);
        // Of the second the first chunk leaves.
        index.remove((ACCOUNT, RunKey([2; 16])), 1);
        assert_eq!(taken(&mut index, 2), Some((vec![4], vec![])));
        index.remove((ACCOUNT, RunKey([1; 16])), 1);
        assert_eq!((index.kept_spans, index.kept_bytes, index.spans, index.bytes), (0, 0, 1, 10));
    }
}
