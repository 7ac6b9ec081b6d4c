//! Runs that commits touch, kept in memory by their skeletons and bounded by size. What is not here is
//! rebuilt from its row and its spans; nothing here is ever ahead of the database between two commits.

use super::log::Logged;
use super::rows::Beside;
use super::segment::Segments;
use super::spans::{self, Patch, RunState, Stretch};
use super::{responses, rows};
use crate::Result;
use foldhash::fast::RandomState;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{
    AccountId, Control, Cost, Mark, Run, RunKey, Settled, Skeleton, SpanKey, Summary, Timestamp, limits,
};
use vedette_summary::{CallSite, call_sites, summarize};

/// A run of an account.
pub(super) type Key = (AccountId, RunKey);

/// A run with the skeletons of all its spans.
pub(super) struct Active {
    pub(super) key: Key,
    pub(super) row: i64,
    /// Its row is in the database.
    pub(super) stored: bool,
    pub(super) beside: Beside,
    pub(super) skeletons: Vec<Skeleton>,
    places: HashMap<SpanKey, usize, RandomState>,
    pub(super) conflicting: BTreeSet<SpanKey>,
    /// See [`Patch`].
    pub(super) only: BTreeMap<SpanKey, u64>,
    /// See [`Patch`].
    pub(super) costs: BTreeMap<SpanKey, Cost>,
    /// What segments say of its spans at rest.
    pub(super) written: HashMap<SpanKey, Mark>,
    pub(super) stretches: Vec<Stretch>,
    pub(super) control: Control,
    /// First and last sign of it.
    pub(super) received: (Timestamp, Timestamp),
    pub(super) sites: Vec<CallSite>,
    /// Other runs with a response id of this one, by response id.
    pub(super) shared: BTreeMap<Arc<str>, BTreeSet<RunKey>>,
    /// Published at all: not while it is hidden.
    pub(super) shown: bool,
    pub(super) summary: Summary,
}

impl Active {
    pub(super) fn new(key: Key, row: i64, received: Timestamp) -> Self {
        Active {
            key,
            row,
            stored: false,
            beside: Beside::default(),
            skeletons: Vec::new(),
            places: HashMap::default(),
            conflicting: BTreeSet::new(),
            only: BTreeMap::new(),
            costs: BTreeMap::new(),
            written: HashMap::new(),
            stretches: Vec::new(),
            control: Control::default(),
            received: (received, received),
            sites: Vec::new(),
            shared: BTreeMap::new(),
            shown: false,
            summary: summarize(key.1, &[], &Control::default(), &BTreeMap::new()),
        }
    }

    /// Rebuilds a run; `None` if it is not stored.
    fn load(db: &Connection, segments: &Segments, key: Key, logged: &Logged) -> Result<Option<Self>> {
        let Some((row, run)) = rows::run(db, key.0, key.1)? else { return Ok(None) };
        let state = RunState::load(db, row)?;
        let lines = spans::lines(db, segments, key.1, logged, &state, false)?;
        let mut active = Active::new(key, row, run.received_at);
        active.stored = true;
        active.beside = Beside::of(&state);
        let RunState { control, stretches, patch } = state;
        active.received = (run.received_at, run.last_received_at);
        let mut marks = BTreeMap::new();
        for line in &lines {
            let mark = patch.mark(line);
            if mark != Mark::default() {
                marks.insert(line.span.id, mark);
            }
            if let Some(written) = &line.written {
                active.written.insert(line.span.id, written.clone());
            }
            active.put(line.skeleton());
        }
        active.control = control;
        active.stretches = stretches;
        active.only = patch.only;
        active.costs = patch.costs;
        active.conflicting = patch.conflicting.into_iter().collect();
        active.shown = !run.only_logs;
        active.sites = active.find_sites();
        for site in &active.sites {
            let mut others = BTreeSet::new();
            let known = responses::rows(db, key.0, &site.response_id)?;
            for other in known.iter().filter(|_| known.contains(&row)) {
                let other =
                    rows::by_row(db, *other)?.filter(|(account, other)| *account == key.0 && other.key != key.1);
                others.extend(other.map(|(_, other)| other.key));
            }
            if !others.is_empty() {
                active.shared.insert(site.response_id.clone(), others);
            }
        }
        active.summary = Summary { run, marks };
        Ok(Some(active))
    }

    pub(super) fn find_sites(&self) -> Vec<CallSite> {
        // Most plain traces have none.
        if self.skeletons.iter().all(|skeleton| skeleton.response_id.is_none()) {
            return Vec::new();
        }
        call_sites(self.key.1, &self.skeletons)
    }

    pub(super) fn skeleton(&self, span: SpanKey) -> Option<&Skeleton> {
        self.places.get(&span).and_then(|place| self.skeletons.get(*place))
    }

    /// Adds or replaces a span.
    pub(super) fn put(&mut self, skeleton: Skeleton) {
        match self.places.get(&skeleton.id) {
            Some(place) => {
                if let Some(before) = self.skeletons.get_mut(*place) {
                    *before = skeleton;
                }
            }
            None => {
                self.places.insert(skeleton.id, self.skeletons.len());
                self.skeletons.push(skeleton);
            }
        }
    }

    /// Takes out spans; answers which.
    pub(super) fn drop_spans(&mut self, gone: impl Fn(&Skeleton) -> bool) -> Vec<SpanKey> {
        let (gone, left): (Vec<Skeleton>, Vec<Skeleton>) =
            std::mem::take(&mut self.skeletons).into_iter().partition(gone);
        self.places.clear();
        left.into_iter().for_each(|skeleton| self.put(skeleton));
        gone.into_iter().map(|skeleton| skeleton.id).inspect(|id| drop(self.costs.remove(id))).collect()
    }

    /// A sign of life: it is seen again, and not settled any more, unless it just takes too long.
    pub(super) fn touch(&mut self, received: Timestamp) {
        let (first, last) = self.received;
        self.received = (received.min(first), received.max(last));
        self.control.settled = self.control.settled.filter(|settled| matches!(settled, Settled::Overdue(_)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.skeletons.is_empty() && self.control == Control::default()
    }

    pub(super) fn run(&self) -> &Run {
        &self.summary.run
    }

    pub(super) fn mark(&self, span: SpanKey) -> Mark {
        self.summary.marks.get(&span).cloned().unwrap_or_default()
    }

    /// Was published as finished: closed, while its run was shown, and an event of its own.
    pub(super) fn was_said(&self, span: SpanKey) -> bool {
        self.shown && self.skeleton(span).is_some_and(|skeleton| !skeleton.is_open()) && !self.mark(span).joined
    }

    pub(super) fn patch(&self) -> Patch {
        let mut marks = BTreeMap::new();
        for (span, mark) in &self.summary.marks {
            if self.written.get(span) != Some(mark) {
                marks.insert(*span, mark.clone());
            }
        }
        for (span, written) in &self.written {
            if *written != Mark::default() && !self.summary.marks.contains_key(span) {
                marks.insert(*span, Mark::default());
            }
        }
        let conflicting = self.conflicting.iter().copied().collect();
        let shares = !self.shared.is_empty();
        Patch { marks, only: self.only.clone(), conflicting, shares, costs: self.costs.clone() }
    }

    /// Roughly what it takes in memory.
    fn bytes(&self) -> usize {
        let texts = |skeleton: &Skeleton| {
            let some = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len() + 16);
            skeleton.name.len()
                + skeleton.scope.len()
                + 32
                + some(&skeleton.agent)
                + some(&skeleton.model)
                + some(&skeleton.tool)
                + some(&skeleton.tool_call_id)
                + some(&skeleton.response_id)
                + some(&skeleton.input_preview)
                + some(&skeleton.output_preview)
                + skeleton.facts.as_ref().map_or(0, |_| 1 << 10)
        };
        let skeletons: usize = self.skeletons.iter().map(|skeleton| size_of::<Skeleton>() + 48 + texts(skeleton)).sum();
        let marks = (self.summary.marks.len() + self.written.len() + self.costs.len()) * 64;
        2048 + skeletons + marks + self.sites.len() * size_of::<CallSite>()
    }
}

/// The runs in memory, the longest unused leave first.
#[derive(Default)]
pub(super) struct ActiveRuns {
    runs: HashMap<Key, Slot, RandomState>,
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

struct Slot {
    active: Active,
    used: u64,
    bytes: usize,
}

impl ActiveRuns {
    /// Brings a run into memory; false if it is not stored.
    pub(super) fn load(
        &mut self,
        db: &Connection,
        segments: &Segments,
        key: Key,
        logged: impl FnOnce() -> Logged,
    ) -> Result<bool> {
        if self.runs.contains_key(&key) {
            return Ok(true);
        }
        let Some(active) = Active::load(db, segments, key, &logged())? else { return Ok(false) };
        self.insert(active);
        Ok(true)
    }

    pub(super) fn insert(&mut self, active: Active) {
        self.uses += 1;
        let (key, used) = (active.key, self.uses);
        self.by_use.insert(used, key);
        if let Some(before) = self.runs.insert(key, Slot { active, used, bytes: 0 }) {
            self.by_use.remove(&before.used);
            self.bytes -= before.bytes;
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Active> {
        self.runs.get(&key).map(|slot| &slot.active)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Active> {
        self.runs.get_mut(&key).map(|slot| &mut slot.active)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Active> {
        let slot = self.runs.remove(&key)?;
        self.by_use.remove(&slot.used);
        self.bytes -= slot.bytes;
        Some(slot.active)
    }

    /// Weighs what a commit touched and lets the longest unused go. The one used last stays, however large it is:
    /// its next span would read all of it again.
    pub(super) fn settle(&mut self, touched: impl Iterator<Item = Key>) {
        for key in touched {
            let Some(slot) = self.runs.get_mut(&key) else { continue };
            self.uses += 1;
            self.by_use.remove(&slot.used);
            slot.used = self.uses;
            self.by_use.insert(slot.used, key);
            self.bytes -= slot.bytes;
            slot.bytes = slot.active.bytes();
            self.bytes += slot.bytes;
        }
        while self.bytes > limits::SKELETON_BYTES
            && self.runs.len() > 1
            && let Some((_, key)) = self.by_use.pop_first()
        {
            if let Some(slot) = self.runs.remove(&key) {
                self.bytes -= slot.bytes;
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = ActiveRuns::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Active, ActiveRuns, Key};
    use crate::embedded::sample;
    use vedette_model::{AccountId, RunKey, Skeleton, SpanKey, Timestamp, limits};
    use vedette_normalize::{Prices, normalize};

    fn key(run: u8) -> Key {
        (AccountId::DEFAULT, RunKey([run; 16]))
    }

    /// A run that takes about so many bytes.
    fn active(run: u8, bytes: usize) -> Active {
        let span = normalize(&sample::span(key(run).1, SpanKey([1; 8])), &Prices::bundled());
        let mut active = Active::new(key(run), i64::from(run), Timestamp(0));
        active.put(Skeleton { name: "x".repeat(bytes).into(), ..Skeleton::of(&span, Timestamp(0)) });
        active
    }

    #[test]
    fn the_run_used_last_stays_however_large_it_is() {
        let mut runs = ActiveRuns::default();
        for (run, bytes, left) in [
            (1, 100, vec![1]),
            (2, limits::SKELETON_BYTES, vec![2]),
            (3, 100, vec![3]),
            (4, 100, vec![3, 4]),
            (5, limits::SKELETON_BYTES / 2, vec![3, 4, 5]),
        ] {
            runs.insert(active(run, bytes));
            runs.settle(std::iter::once(key(run)));
            let mut kept: Vec<Key> = runs.runs.keys().copied().collect();
            kept.sort_unstable();
            assert_eq!(kept, left.into_iter().map(key).collect::<Vec<_>>(), "after {run}");
        }
    }
}
