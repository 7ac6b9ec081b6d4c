//! The second half of a commit: touched runs, and those that share a call with them, are computed anew and
//! written; then the spans go to the log and the changes into the ring.

use super::active::Key;
use super::commit::Commit;
use super::log::{self, Arrival, Written};
use super::rows::{self, Save};
use super::{links, responses, spans};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{Copies, Mark, RunKey, Span, SpanKey, limits};
use vedette_summary::{copies_among, summarize};

impl Commit<'_> {
    /// Computes the touched runs and all that share a call with them, before or now; empty ones go.
    pub(super) fn recompute(&mut self) -> Result<()> {
        let mut touched = std::mem::take(&mut self.touched);
        for other in self.find_sharing(touched.keys().copied().collect())? {
            touched.entry(other).or_default();
        }
        let mut changed: BTreeSet<Key> = BTreeSet::new();
        for (key, spans) in touched {
            if self.recompute_one(key, spans)? {
                changed.insert(key);
            }
        }
        for key in changed {
            // The figures of the trees above moved with it.
            let parent = self.active.get(key).and_then(|active| active.run().parent);
            let above = links::ancestors(self.db, key.0, key.1, parent)?;
            self.said_runs.extend(above.into_iter().map(|above| (key.0, above)));
            self.said_runs.insert(key);
        }
        Ok(())
    }

    /// Brings response ids up to date; answers the other runs whose copies may have changed.
    fn find_sharing(&mut self, keys: Vec<Key>) -> Result<BTreeSet<Key>> {
        let mut sharing = BTreeSet::new();
        for key in keys {
            let Some(active) = self.active.get_mut(key) else { continue };
            let row = active.row;
            let sites = active.find_sites();
            if sites == active.sites {
                continue;
            }
            let ids = |sites: &[vedette_summary::CallSite]| -> BTreeSet<Arc<str>> {
                sites.iter().map(|site| site.response_id.clone()).collect()
            };
            let (now, before) = (ids(&sites), ids(&active.sites));
            active.sites = sites;
            let shared: Vec<RunKey> = active.shared.values().flatten().copied().collect();
            sharing.extend(shared.into_iter().map(|other| (key.0, other)));
            for id in before.difference(&now) {
                responses::remove(self.db, key.0, id, row)?;
                let others = self.active.get_mut(key).and_then(|active| active.shared.remove(id)).unwrap_or_default();
                for other in others {
                    if self.load((key.0, other))? {
                        self.unshare((key.0, other), id, key.1);
                    }
                }
            }
            for id in now.difference(&before) {
                let others = responses::rows(self.db, key.0, id)?;
                if others.len() >= limits::RESPONSE_RUNS {
                    continue;
                }
                for other in others {
                    let Some(other) = self.run_of_row(key.0, other)?.filter(|other| *other != key.1) else { continue };
                    if self.load((key.0, other))? {
                        self.share(key, id, other);
                        self.share((key.0, other), id, key.1);
                        sharing.insert((key.0, other));
                    }
                }
                responses::insert(self.db, key.0, id, row)?;
            }
        }
        Ok(sharing)
    }

    fn share(&mut self, key: Key, id: &Arc<str>, other: RunKey) {
        if let Some(active) = self.active.get_mut(key) {
            active.shared.entry(id.clone()).or_default().insert(other);
        }
    }

    fn unshare(&mut self, key: Key, id: &Arc<str>, other: RunKey) {
        let Some(active) = self.active.get_mut(key) else { return };
        if let Some(others) = active.shared.get_mut(id) {
            others.remove(&other);
            if others.is_empty() {
                active.shared.remove(id);
            }
        }
    }

    /// The spans of a run that other runs own.
    fn copies(&mut self, key: Key) -> Result<Copies> {
        let Some(active) = self.active.get(key) else { return Ok(Copies::new()) };
        let others: BTreeSet<RunKey> = active.shared.values().flatten().copied().collect();
        if others.is_empty() {
            return Ok(Copies::new());
        }
        let mut sites = active.sites.clone();
        for other in others {
            if self.load((key.0, other))? {
                sites.extend(self.active.get((key.0, other)).into_iter().flat_map(|other| other.sites.iter().cloned()));
            }
        }
        Ok(copies_among(&sites).remove(&key.1).unwrap_or_default())
    }

    /// Whether the run changed.
    fn recompute_one(&mut self, key: Key, mut say: BTreeMap<SpanKey, bool>) -> Result<bool> {
        if !self.load(key)? {
            return Ok(false);
        }
        let copies = self.copies(key)?;
        let Some(active) = self.active.get_mut(key) else { return Ok(false) };
        let mut summary = summarize(key.1, &active.skeletons, &active.control, &copies);
        summary.run.conflicting_spans = active.conflicting.len() as u64;
        (summary.run.received_at, summary.run.last_received_at) = active.received;
        let gone = active.is_empty();
        let appeared = !active.shown;
        let shown = !gone && !summary.run.only_logs;
        if shown {
            let moved = |id: SpanKey| active.summary.marks.get(&id) != summary.marks.get(&id);
            let moved: Vec<(SpanKey, bool)> = if appeared {
                active.skeletons.iter().map(|skeleton| (skeleton.id, false)).collect()
            } else {
                let marked = active.summary.marks.keys().chain(summary.marks.keys());
                marked.filter(|id| moved(**id)).map(|id| (*id, active.was_said(*id))).collect()
            };
            for (id, said) in moved {
                say.entry(id).or_insert(said);
            }
        }
        active.shown = shown;
        let before = std::mem::replace(&mut active.summary, summary);
        let changed = shown && (appeared || before.run != active.summary.run);
        if gone {
            let stretches = active.stretches.clone();
            let (row, stored) = (active.row, active.stored);
            self.active.remove(key);
            if stored {
                self.erase(key, row, &before.run, &stretches)?;
            }
            return Ok(false);
        }
        let oldest_log = active.skeletons.iter().map(|skeleton| skeleton.received).min();
        let moved = Save {
            account: key.0,
            row: active.row,
            stored: active.stored,
            before: Some(&before.run).filter(|_| active.stored),
            run: &active.summary.run,
            oldest_log,
            control: &active.control,
            patch: &active.patch(),
        }
        .write(self.db, &mut active.beside)?;
        self.moved.push(moved);
        active.stored = true;
        if shown {
            let mut order: Vec<_> = say
                .into_iter()
                .filter_map(|(id, said)| {
                    active.skeleton(id).map(|skeleton| (skeleton.start, id, said, skeleton.is_open()))
                })
                .collect();
            order.sort_unstable_by_key(|(start, id, ..)| (*start, *id));
            for (_, id, said, open) in order {
                if said || open {
                    self.said_spans.push((key, id, false));
                } else if !active.mark(id).joined {
                    self.said_spans.push((key, id, true));
                }
            }
        }
        Ok(changed)
    }

    /// Computes what the commit touched, and writes its spans to the log, runs together.
    pub(super) fn conclude(&mut self) -> Result<Vec<Written>> {
        let mut arrivals = std::mem::take(&mut self.arrivals);
        arrivals.sort_by_cached_key(|arrival| (arrival.account, arrival.span.run));
        let (mut packed, settled) = log::pack(&arrivals, || {
            self.recompute()?;
            self.bury()
        });
        settled?;
        let count = arrivals.len();
        arrivals.retain(|arrival| {
            let active = self.active.get((arrival.account, arrival.span.run));
            // A run may be gone by the end of the commit that brought it.
            active.is_some_and(|active| active.skeleton(arrival.span.id).is_some())
        });
        if arrivals.len() < count {
            (packed, ()) = log::pack(&arrivals, || ());
        }
        self.arrivals = arrivals;
        log::write(self.db, packed?, self.next_chunk)
    }

    /// The spans that are said, as they are now. Those that this commit did not bring are read.
    pub(super) fn said(&self) -> Result<HashMap<(Key, SpanKey), (Span, Mark)>> {
        let key = |arrival: &Arrival| ((arrival.account, arrival.span.run), arrival.span.id);
        let brought: HashMap<(Key, SpanKey), &Arrival> =
            self.arrivals.iter().map(|arrival| (key(arrival), arrival)).collect();
        let mut rows = HashMap::with_capacity(self.said_spans.len());
        let mut read: BTreeMap<Key, BTreeSet<SpanKey>> = BTreeMap::new();
        for (key, id, _) in &self.said_spans {
            if rows.contains_key(&(*key, *id)) {
                continue;
            }
            let Some(active) = self.active.get(*key) else { continue };
            match brought.get(&(*key, *id)) {
                Some(arrival) => drop(rows.insert((*key, *id), (arrival.span.clone(), active.mark(*id)))),
                None => drop(read.entry(*key).or_default().insert(*id)),
            }
        }
        for (key, ids) in read {
            let Some((_, state)) = rows::state(self.db, key.0, key.1)? else { continue };
            let lines = spans::lines(self.db, &self.shared.segments, key.1, &self.logged(key), &state, false)?;
            for line in lines.into_iter().filter(|line| ids.contains(&line.span.id)) {
                let mark = state.patch.mark(&line);
                rows.insert((key, line.span.id), (line.span, mark));
            }
        }
        Ok(rows)
    }
}
