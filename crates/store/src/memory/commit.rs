//! Everything that changes runs: what is appended, said, settled and removed. Each commit computes the
//! runs it touches anew, and those that share a call with them, and notes what to publish.

use super::tenant::{Kept, StoredRun, Tenant};
use crate::{ChangeKind, ControlChange, ControlOutcome, Pricing, Receipt, Record, RunRow, SpanRow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use vedette_model::{
    Closed, Control, RunKey, Settled, Skeleton, Span, SpanKey, Status, Timestamp, content_hash, limits,
};
use vedette_summary::{call_sites, copies_among, summarize};

/// A record with its identity and its size.
pub(super) struct Encoded {
    record: Record,
    pub(super) bytes: usize,
}

/// Sets every content hash.
pub(super) fn encode(records: impl Iterator<Item = Record>) -> Vec<Encoded> {
    let encode = |mut record: Record| {
        let bytes = vedette_otlp::encode_span(&record.raw);
        record.span.content_hash = content_hash(&bytes);
        Encoded { record, bytes: bytes.len() }
    };
    records.map(encode).collect()
}

/// What a commit says: spans, then each run once.
#[derive(Default)]
pub(super) struct Said {
    spans: Vec<ChangeKind>,
    runs: BTreeMap<RunKey, RunRow>,
}

impl Said {
    pub(super) fn into_kinds(self) -> Vec<ChangeKind> {
        let runs = self.runs.into_values().map(|row| ChangeKind::Run(Arc::new(row)));
        self.spans.into_iter().chain(runs).collect()
    }
}

/// What became of one copy of a span.
enum Fate {
    /// It stays, being new, closing or smaller.
    Stays { conflicting: bool },
    /// The one before it stays.
    Goes { conflicting: bool },
}

fn fate(before: Option<&Skeleton>, copy: &Span) -> Fate {
    let Some(before) = before else { return Fate::Stays { conflicting: false } };
    if before.content_hash == copy.content_hash {
        return Fate::Goes { conflicting: false };
    }
    match (before.is_open(), copy.end.is_none()) {
        (true, false) => Fate::Stays { conflicting: false },
        (false, true) => Fate::Goes { conflicting: false },
        _ if copy.content_hash < before.content_hash => Fate::Stays { conflicting: true },
        _ => Fate::Goes { conflicting: true },
    }
}

impl StoredRun {
    fn new(key: RunKey, received: Timestamp) -> Self {
        StoredRun {
            spans: BTreeMap::new(),
            control: Control::default(),
            received: (received, received),
            sites: Vec::new(),
            shown: false,
            summary: summarize(key, &[], &Control::default(), &BTreeMap::new()),
        }
    }

    /// A sign of life: it is seen again, and not settled any more, unless it just takes too long.
    fn touch(&mut self, received: Timestamp) {
        let (first, last) = self.received;
        self.received = (received.min(first), received.max(last));
        self.control.settled = self.control.settled.filter(|settled| matches!(settled, Settled::Overdue(_)));
    }

    fn skeletons(&self) -> Vec<Skeleton> {
        self.spans.values().map(|kept| kept.skeleton.clone()).collect()
    }

    fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.control == Control::default()
    }

    /// What to publish of these spans, by (start, id).
    fn say(&mut self, spans: &BTreeSet<SpanKey>) -> Vec<ChangeKind> {
        let mut rows: Vec<SpanRow> = Vec::new();
        let mut kinds = Vec::new();
        rows.extend(spans.iter().filter_map(|id| self.spans.get(id)).map(|kept| self.row(&kept.span)));
        rows.sort_by_key(|row| (row.span.start, row.span.id));
        for row in rows {
            let Some(kept) = self.spans.get_mut(&row.span.id) else { continue };
            if kept.said || row.span.end.is_none() {
                kinds.push(ChangeKind::Changed(Arc::new(row)));
            } else if !row.mark.joined {
                kept.said = true;
                kinds.push(ChangeKind::Finished(Arc::new(row)));
            }
        }
        kinds
    }
}

/// The runs a commit touched, with the spans of them that came or were replaced.
type Touched = BTreeMap<RunKey, BTreeSet<SpanKey>>;

impl Tenant {
    pub(super) fn append(&mut self, records: Vec<Encoded>, received: Timestamp, said: &mut Said) -> Receipt {
        let mut receipt = Receipt::default();
        let mut touched = Touched::new();
        for encoded in records {
            if let Some(process) = encoded.record.span.facts.as_ref().and_then(|facts| facts.process_id.clone()) {
                let seen = self.processes.entry(process).or_insert(received);
                *seen = received.max(*seen);
            }
            self.append_one(encoded, received, &mut receipt, &mut touched);
        }
        self.recompute(touched, said);
        receipt
    }

    fn append_one(&mut self, encoded: Encoded, received: Timestamp, receipt: &mut Receipt, touched: &mut Touched) {
        let Encoded { record: Record { raw, span }, bytes } = encoded;
        let (key, id) = (span.run, span.id);
        let stored = self.runs.entry(key).or_insert_with(|| StoredRun::new(key, received));
        let before = stored.spans.get_mut(&id);
        let both_closed = span.end.is_some() && before.as_ref().is_some_and(|kept| !kept.skeleton.is_open());
        let (stays, conflicting) = match fate(before.as_ref().map(|kept| &kept.skeleton), &span) {
            Fate::Stays { conflicting } => (true, conflicting),
            Fate::Goes { conflicting } => (false, conflicting),
        };
        match (stays, conflicting) {
            (_, true) => receipt.conflicting += 1,
            (true, false) => receipt.appended += 1,
            (false, false) => receipt.repeated += 1,
        }
        let flagged = both_closed && conflicting;
        if !stays {
            if let Some(kept) = before.filter(|kept| flagged && !kept.conflicting) {
                kept.conflicting = true;
                stored.touch(received);
                touched.entry(key).or_default();
            }
            return;
        }
        let (known, said, bytes_before) = before.map_or((false, false, 0), |kept| (true, kept.said, kept.bytes));
        let skeleton = Skeleton::of(&span, received);
        let span = Span { facts: None, warnings: Vec::new(), filled_by: Vec::new(), ..span };
        let kept = Kept { raw: Arc::new(raw), span, skeleton, bytes, conflicting: flagged, said };
        stored.spans.insert(id, kept);
        stored.touch(received);
        touched.entry(key).or_default().insert(id);
        self.spans += usize::from(!known);
        self.bytes = self.bytes + bytes - bytes_before;
    }

    pub(super) fn control(&mut self, key: RunKey, change: ControlChange, said: &mut Said) -> ControlOutcome {
        let before = self.runs.get(&key).map(|stored| stored.control.clone()).unwrap_or_default();
        let same = match &change {
            ControlChange::Open(opened) => {
                before.opened.map(|before| before.agent == opened.agent && before.started_at == opened.started_at)
            }
            ControlChange::Close(closed) => {
                before.closed.map(|before| Closed { received_at: closed.received_at, ..before } == *closed)
            }
            ControlChange::Judge(verdict) => {
                if self.row(key).is_none() {
                    return ControlOutcome::Missing;
                }
                let known = &before.verdict;
                let same = (verdict.success.is_none() || verdict.success == known.success)
                    && (verdict.outcome.is_none() || verdict.outcome == known.outcome);
                same.then_some(true)
            }
            ControlChange::Overdue(_) => match self.row(key) {
                None => return ControlOutcome::Missing,
                Some(row) => (row.run.status != Status::Running).then_some(true),
            },
        };
        let outcome: fn(Box<RunRow>) -> ControlOutcome = match same {
            None => ControlOutcome::First,
            Some(true) => ControlOutcome::Same,
            Some(false) => ControlOutcome::Conflict,
        };
        if same.is_none() {
            self.take(key, change);
            self.recompute(Touched::from([(key, BTreeSet::new())]), said);
        }
        self.row(key).map_or(ControlOutcome::Missing, |row| outcome(Box::new(row)))
    }

    fn take(&mut self, key: RunKey, change: ControlChange) {
        let received = match &change {
            ControlChange::Open(opened) => Some(opened.received_at),
            ControlChange::Close(closed) => Some(closed.received_at),
            ControlChange::Judge(_) | ControlChange::Overdue(_) => None,
        };
        let stored = self.runs.entry(key).or_insert_with(|| StoredRun::new(key, received.unwrap_or_default()));
        if let Some(received) = received {
            stored.touch(received);
        }
        match change {
            ControlChange::Open(opened) => stored.control.opened = Some(opened),
            ControlChange::Close(closed) => stored.control.closed = Some(closed),
            ControlChange::Judge(verdict) => {
                let known = &mut stored.control.verdict;
                known.success = verdict.success.or(known.success.take());
                known.outcome = verdict.outcome.or(known.outcome.take());
            }
            ControlChange::Overdue(seconds) => stored.control.settled = Some(Settled::Overdue(seconds)),
        }
    }

    /// See [`crate::Store::reprice`].
    pub(super) fn reprice(&mut self, runs: &[RunKey], pricing: &Pricing, said: &mut Said) -> u64 {
        let mut touched = Touched::new();
        let mut calls = 0;
        for key in runs {
            for (id, kept) in self.runs.get_mut(key).into_iter().flat_map(|stored| &mut stored.spans) {
                let Some(cost) = pricing(&kept.span).filter(|cost| kept.span.cost.as_ref() != Some(cost)) else {
                    continue;
                };
                kept.skeleton.cost = Some(cost.clone());
                kept.skeleton.unpriced = false;
                (kept.span.cost, kept.span.unpriced) = (Some(cost), false);
                touched.entry(*key).or_default().insert(*id);
                calls += 1;
            }
        }
        self.recompute(touched, said);
        calls
    }

    /// Closes silent runs and drops log records whose run did not come; answers how many it dropped.
    pub(super) fn settle(&mut self, now: Timestamp, silence: Duration, said: &mut Said) -> u64 {
        let mut touched = Touched::new();
        let mut dropped = 0;
        for (key, stored) in &mut self.runs {
            let run = &stored.summary.run;
            if run.only_logs {
                let before = stored.spans.len();
                stored.spans.retain(|_, kept| {
                    let stays = kept.skeleton.received.plus(limits::LOG_WAIT) > now;
                    if !stays {
                        self.spans -= 1;
                        self.bytes -= kept.bytes;
                    }
                    stays
                });
                if stored.spans.len() < before {
                    dropped += (before - stored.spans.len()) as u64;
                    touched.insert(*key, BTreeSet::new());
                }
            } else if run.status == Status::Running {
                let process = run.process_id.as_ref().filter(|_| run.announced);
                let seen = process.and_then(|process| self.processes.get(process)).copied();
                let (patience, settled) = match (run.announced, process) {
                    (true, Some(_)) => (limits::LIVENESS_TIMEOUT, Settled::TimedOut),
                    (true, None) => (limits::OPEN_TIMEOUT, Settled::TimedOut),
                    (false, _) => (silence, Settled::Presumed),
                };
                if seen.unwrap_or_default().max(run.last_received_at).plus(patience) <= now {
                    stored.control.settled = Some(settled);
                    touched.insert(*key, BTreeSet::new());
                }
            }
        }
        self.processes.retain(|_, seen| seen.plus(limits::LIVENESS_TIMEOUT) > now);
        self.recompute(touched, said);
        dropped
    }

    /// Drops runs that have been silent for longer than they are kept.
    pub(super) fn retain(&mut self, now: Timestamp, default: Option<Duration>, said: &mut Said) {
        let own = self.account.retain_ns.map(|ns| Duration::from_nanos(ns.unsigned_abs()));
        let Some(kept_for) = own.or(default) else { return };
        let past = self.all().filter(|run| run.last_received_at.plus(kept_for) < now).map(|run| run.key).collect();
        self.remove(&past, said);
    }

    /// Removes runs with their scores; answers how many of them were not hidden.
    pub(super) fn remove(&mut self, keys: &BTreeSet<RunKey>, said: &mut Said) -> u64 {
        let shown = keys.iter().filter(|key| self.run(**key).is_some_and(|run| !run.only_logs)).count();
        self.scores.retain(|_, score| !keys.contains(&score.run));
        let mut touched = Touched::new();
        for key in keys {
            if let Some(stored) = self.runs.get_mut(key) {
                self.spans -= stored.spans.len();
                self.bytes -= stored.spans.values().map(|kept| kept.bytes).sum::<usize>();
                stored.spans.clear();
                stored.control = Control::default();
                touched.insert(*key, BTreeSet::new());
                self.mark_unseen(*key);
            }
        }
        self.recompute(touched, said);
        shown as u64
    }

    /// Computes the touched runs and all that share a call with them, before or now; empty ones go.
    fn recompute(&mut self, mut touched: Touched, said: &mut Said) {
        let mut responses: BTreeSet<Arc<str>> = BTreeSet::new();
        for key in touched.keys() {
            let Some(stored) = self.runs.get_mut(key) else { continue };
            let sites = call_sites(*key, &stored.skeletons());
            let before = std::mem::replace(&mut stored.sites, sites);
            for site in &before {
                self.responses.entry(site.response_id.clone()).or_default().remove(key);
            }
            for site in &stored.sites {
                let runs = self.responses.entry(site.response_id.clone()).or_default();
                if runs.len() < limits::RESPONSE_RUNS {
                    runs.insert(*key);
                }
            }
            responses.extend(before.iter().chain(&stored.sites).map(|site| site.response_id.clone()));
        }
        for response in responses {
            for key in self.responses.get(&response).into_iter().flatten() {
                touched.entry(*key).or_default();
            }
            if self.responses.get(&response).is_some_and(BTreeSet::is_empty) {
                self.responses.remove(&response);
            }
        }
        let mut changed: BTreeSet<RunKey> = BTreeSet::new();
        for (key, spans) in touched {
            if self.recompute_one(key, spans, said) {
                changed.insert(key);
            }
        }
        let above: Vec<RunKey> = changed.iter().flat_map(|key| self.ancestors(*key)).collect();
        let rows = changed.into_iter().chain(above).filter_map(|key| Some((key, self.row(key)?)));
        said.runs.extend(rows.collect::<BTreeMap<RunKey, RunRow>>());
    }

    /// Whether the run changed.
    fn recompute_one(&mut self, key: RunKey, mut spans: BTreeSet<SpanKey>, said: &mut Said) -> bool {
        let Some(stored) = self.runs.get(&key) else { return false };
        let known = stored.sites.iter().filter_map(|site| self.responses.get(&site.response_id));
        let others = known.filter(|runs| runs.contains(&key)).flatten();
        let others: BTreeSet<RunKey> = others.copied().collect();
        let sites = others.iter().filter_map(|other| self.runs.get(other)).flat_map(|other| other.sites.clone());
        let copies = copies_among(&sites.collect::<Vec<_>>()).remove(&key).unwrap_or_default();

        let Some(stored) = self.runs.get_mut(&key) else { return false };
        let mut summary = summarize(key, &stored.skeletons(), &stored.control, &copies);
        summary.run.conflicting_spans = stored.spans.values().filter(|kept| kept.conflicting).count() as u64;
        (summary.run.received_at, summary.run.last_received_at) = stored.received;
        let gone = stored.is_empty();
        let before = std::mem::replace(&mut stored.summary, summary);
        let appeared = !stored.shown;
        stored.shown = !gone && !stored.summary.run.only_logs;
        let changed = stored.shown && before.run != stored.summary.run;
        if stored.shown {
            let moved = |id: &SpanKey| before.marks.get(id) != stored.summary.marks.get(id);
            spans.extend(stored.spans.keys().copied().filter(|id| appeared || moved(id)));
            said.spans.extend(stored.say(&spans));
        }

        let parent = stored.summary.run.parent.filter(|_| !gone);
        if gone {
            self.runs.remove(&key);
        }
        if let Some(former) = before.run.parent {
            let children = self.children.entry(former).or_default();
            children.remove(&key);
            if children.is_empty() {
                self.children.remove(&former);
            }
        }
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().insert(key);
        }
        changed
    }
}
