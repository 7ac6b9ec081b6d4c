//! All that one account holds, and the plain reads of it.

use crate::{
    Account, Document, DocumentChange, Key, PriceId, PriceOverride, RunFilter, SpanRow, StoredSpan, UnseenRun,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vedette_model::{Control, RawSpan, Run, RunKey, Score, Skeleton, Span, SpanKey, Summary, Timestamp, limits};
use vedette_summary::CallSite;

/// See the module. Runs and spans change only in `commit`.
pub(super) struct Tenant {
    pub(super) account: Account,
    pub(super) keys: Vec<Key>,
    pub(super) prices: BTreeMap<PriceId, PriceOverride>,
    pub(super) scores: BTreeMap<Arc<str>, Score>,
    pub(super) runs: BTreeMap<RunKey, StoredRun>,
    /// Runs by the run they name as their parent.
    pub(super) children: BTreeMap<RunKey, BTreeSet<RunKey>>,
    /// Runs by the response ids of their calls.
    pub(super) responses: BTreeMap<Arc<str>, BTreeSet<RunKey>>,
    /// When each announcing process was last heard of.
    pub(super) processes: BTreeMap<Arc<str>, Timestamp>,
    /// By collection and id.
    pub(super) documents: BTreeMap<(String, String), String>,
    /// Runs of which no note was taken, with the number of their last change.
    unseen: BTreeMap<RunKey, i64>,
    changes: i64,
    pub(super) spans: usize,
    pub(super) bytes: usize,
}

/// A run with all its spans.
pub(super) struct StoredRun {
    pub(super) spans: BTreeMap<SpanKey, Kept>,
    pub(super) control: Control,
    /// First and last sign of it.
    pub(super) received: (Timestamp, Timestamp),
    pub(super) sites: Vec<CallSite>,
    /// Published at all: not while it is hidden.
    pub(super) shown: bool,
    pub(super) summary: Summary,
}

/// The copy of a span that stayed.
pub(super) struct Kept {
    pub(super) raw: Arc<RawSpan>,
    /// Without what is derived from `raw` again when the span is opened.
    pub(super) span: Span,
    pub(super) skeleton: Skeleton,
    pub(super) bytes: usize,
    /// Another closed copy differed.
    pub(super) conflicting: bool,
    /// Published as finished.
    pub(super) said: bool,
}

impl StoredRun {
    pub(super) fn row(&self, span: &Span) -> SpanRow {
        SpanRow { span: span.clone(), mark: self.summary.marks.get(&span.id).cloned().unwrap_or_default() }
    }

    /// By (start, id).
    fn ordered(&self) -> Vec<&Kept> {
        let mut spans: Vec<&Kept> = self.spans.values().collect();
        spans.sort_by_key(|kept| (kept.span.start, kept.span.id));
        spans
    }

    fn is_joined(&self, span: SpanKey) -> bool {
        self.summary.marks.get(&span).is_some_and(|mark| mark.joined)
    }

    fn rows(&self) -> impl Iterator<Item = (SpanRow, &Arc<RawSpan>)> {
        self.ordered()
            .into_iter()
            .filter(|kept| !self.is_joined(kept.span.id))
            .map(|kept| (self.row(&kept.span), &kept.raw))
    }

    fn duplicates(&self, of: (RunKey, SpanKey)) -> impl Iterator<Item = &Kept> {
        let theirs = self.summary.marks.iter().filter(move |(_, mark)| mark.duplicate_of == Some(of));
        theirs.filter_map(|(span, _)| self.spans.get(span))
    }
}

impl Tenant {
    pub(super) fn new(account: Account) -> Self {
        Tenant {
            account,
            keys: Vec::new(),
            prices: BTreeMap::new(),
            scores: BTreeMap::new(),
            runs: BTreeMap::new(),
            children: BTreeMap::new(),
            responses: BTreeMap::new(),
            processes: BTreeMap::new(),
            documents: BTreeMap::new(),
            unseen: BTreeMap::new(),
            changes: 0,
            spans: 0,
            bytes: 0,
        }
    }

    pub(super) fn run(&self, key: RunKey) -> Option<&Run> {
        self.runs.get(&key).map(|stored| &stored.summary.run)
    }

    /// What counts against the bound: runs that were only announced and scores take room too.
    pub(super) fn weight(&self) -> usize {
        self.spans + self.runs.len() + self.scores.len()
    }

    /// A run that is not hidden.
    fn shown(&self, key: RunKey) -> Option<&StoredRun> {
        self.runs.get(&key).filter(|stored| !stored.summary.run.only_logs)
    }

    /// Every run, hidden ones too.
    pub(super) fn all(&self) -> impl Iterator<Item = &Run> {
        self.runs.values().map(|stored| &stored.summary.run)
    }

    /// A run and its descendants, or every run.
    pub(super) fn under(&self, root: Option<RunKey>) -> Box<dyn Iterator<Item = &Run> + '_> {
        match root {
            Some(root) => Box::new(self.run(root).into_iter().chain(self.descendants(root))),
            None => Box::new(self.all()),
        }
    }

    pub(super) fn selected<'a>(&'a self, filter: &'a RunFilter) -> impl Iterator<Item = &'a Run> {
        self.under(filter.root).filter(|run| filter.matches(run))
    }

    pub(super) fn span_rows(&self, run: RunKey) -> Vec<SpanRow> {
        let rows = self.shown(run).into_iter().flat_map(StoredRun::rows);
        rows.map(|(row, _)| row).take(limits::SPANS_PER_RUN).collect()
    }

    pub(super) fn raw_spans(&self, run: RunKey) -> Vec<RawSpan> {
        self.shown(run).into_iter().flat_map(StoredRun::ordered).map(|kept| (*kept.raw).clone()).collect()
    }

    pub(super) fn span(&self, run: RunKey, span: SpanKey) -> Option<StoredSpan> {
        let stored = self.shown(run)?;
        let kept = stored.spans.get(&span)?;
        let logs =
            stored.ordered().into_iter().filter(|log| log.span.parent == Some(span) && stored.is_joined(log.span.id));
        let mut joined: Vec<RawSpan> = logs.map(|log| (*log.raw).clone()).collect();
        let responses = stored.sites.iter().filter(|site| site.span == span).map(|site| &site.response_id);
        let others: BTreeSet<RunKey> = responses.filter_map(|id| self.responses.get(id)).flatten().copied().collect();
        let runs = others.into_iter().chain([run]).collect::<BTreeSet<RunKey>>();
        let copies = runs.iter().filter_map(|other| self.runs.get(other));
        let mut copies: Vec<&Kept> = copies.flat_map(|other| other.duplicates((run, span))).collect();
        copies.sort_by_key(|copy| (copy.span.start, copy.span.id, copy.span.run));
        joined.extend(copies.into_iter().map(|copy| (*copy.raw).clone()));
        Some(StoredSpan { row: stored.row(&kept.span), raw: (*kept.raw).clone(), joined })
    }

    /// Spans of all runs that are not hidden, by their own start.
    pub(super) fn scan_spans(&self, range: crate::Range) -> Vec<(SpanRow, Arc<RawSpan>)> {
        let shown = self.runs.values().filter(|stored| !stored.summary.run.only_logs);
        let rows = shown.flat_map(StoredRun::rows).filter(|(row, _)| range.holds(row.span.start));
        rows.map(|(row, raw)| (row, raw.clone())).collect()
    }

    pub(super) fn all_scores(&self) -> impl Iterator<Item = &Score> {
        self.scores.values()
    }

    pub(super) fn put_score(&mut self, score: Score) {
        let run = score.run;
        if self.scores.insert(score.id.clone(), score.clone()) != Some(score) {
            self.mark_unseen(run);
        }
    }

    /// Note has to be taken of a run.
    pub(super) fn mark_unseen(&mut self, run: RunKey) {
        self.changes += 1;
        self.unseen.insert(run, self.changes);
    }

    pub(super) fn unseen(&self, limit: usize) -> Vec<UnseenRun> {
        let mut unseen: Vec<UnseenRun> =
            self.unseen.iter().map(|(run, number)| UnseenRun { number: *number, run: *run }).collect();
        unseen.sort_unstable();
        unseen.truncate(limit);
        unseen
    }

    pub(super) fn documents(&self, collection: &str) -> Vec<Document> {
        let ours = self.documents.iter().filter(|((of, _), _)| of == collection);
        ours.map(|((_, id), body)| Document { id: id.clone(), body: body.clone() }).collect()
    }

    pub(super) fn change_documents(&mut self, changes: Vec<DocumentChange>, seen: &[UnseenRun]) {
        for DocumentChange { collection, id, body } in changes {
            let place = (collection.to_owned(), id);
            match body {
                Some(body) => self.documents.insert(place, body),
                None => self.documents.remove(&place),
            };
        }
        // A run that has changed again has another number by now, and stays.
        for run in seen {
            if self.unseen.get(&run.run) == Some(&run.number) {
                self.unseen.remove(&run.run);
            }
        }
    }

    pub(super) fn scores(&self, run: RunKey) -> Vec<Score> {
        let mut scores: Vec<Score> = self.scores.values().filter(|score| score.run == run).cloned().collect();
        scores.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        scores
    }
}
