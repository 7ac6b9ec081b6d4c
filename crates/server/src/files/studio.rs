//! Studio's JSON lines as spans: starts and ends are joined, calls hang from their agents and patterns,
//! costs told apart join their calls. Lines may be interleaved, unfinished, out of order, of mixed shapes.
//!
//! Lines without a run id belong to the run that a `pattern_start` opened, up to its `pattern_end`; a
//! file without either is one run. Ids are those that lines name, else hashes of content and occurrence,
//! so that a grown file adds only what is new. Pure: lines in, spans out; what waits for its other half is bounded.

mod entry;
mod run;
mod spans;

use entry::Entry;
use run::RunState;
use std::collections::{HashMap, VecDeque};
use vedette_model::{RawSpan, RunKey, SpanKey, content_hash, json_values, limits};

/// See the module.
#[derive(Default)]
pub struct Studio {
    runs: HashMap<RunKey, RunState>,
    /// In the order they were opened.
    order: VecDeque<RunKey>,
    bytes_open: usize,
    /// The run of lines that name none.
    implicit: Option<Implicit>,
    occurrences: Occurrences,
    out: Vec<RawSpan>,
    interleaved: u64,
}

/// A run that lines without a run id belong to.
#[derive(Clone, Copy)]
struct Implicit {
    run: RunKey,
    /// A `pattern_start` opened it, and its end has not come.
    in_pattern: bool,
    /// Its pattern has ended: only costs still belong to it.
    ended: bool,
}

impl Studio {
    /// Reads one line; the run it belongs to, or why it is passed over.
    pub fn line(&mut self, text: &[u8]) -> Result<RunKey, String> {
        if json_values(text) > limits::VALUES_PER_REQUEST {
            return Err(format!("holds more than {} values", limits::VALUES_PER_REQUEST));
        }
        let json = serde_json::from_slice(text).map_err(|error| format!("no JSON: {error}"))?;
        let entry = Entry::read(&json)?;
        let hash = content_hash(text);
        let named = entry.run_id()?;
        let is_named = named.is_some();
        let (run, external_id) = named.unwrap_or_else(|| (self.implicit_run(&entry, hash), None));
        // A recorder that is seen live too names its spans, so that its file adds nothing to what is known.
        let id = entry.span_id().unwrap_or_else(|| self.occurrences.span_key(run, hash));
        if !self.runs.contains_key(&run) {
            self.order.push_back(run);
        }
        let state = self.runs.entry(run).or_insert_with(|| RunState::new(run));
        let before = state.bytes();
        if external_id.is_some() {
            state.external_id = external_id;
        }
        let joined = state.take(&entry, id, text.len(), &mut self.out);
        self.bytes_open = (self.bytes_open + state.bytes()).saturating_sub(before);
        self.interleaved += u64::from(!is_named && !joined.in_order);
        if let Some(implicit) = self.implicit.as_mut().filter(|implicit| implicit.run == run) {
            implicit.ended |= implicit.in_pattern && !state.in_pattern();
            implicit.in_pattern = state.in_pattern();
        }
        while self.runs.len() > limits::STUDIO_RUNS_OPEN || self.bytes_open > limits::STUDIO_BYTES_OPEN {
            let Some(oldest) = self.order.pop_front() else { break };
            self.close(oldest);
        }
        Ok(run)
    }

    /// What is complete so far.
    pub fn take(&mut self) -> Vec<RawSpan> {
        std::mem::take(&mut self.out)
    }

    /// The end of the file: what still waits goes out as it is, unfinished spans open.
    pub fn finish(mut self) -> (Vec<RawSpan>, Vec<String>) {
        while let Some(run) = self.order.pop_front() {
            self.close(run);
        }
        let mut notes = Vec::new();
        if self.interleaved > 0 {
            notes.push(format!(
                "{} ends of patterns without a run_id came out of order: the runs are interleaved and cannot be told apart",
                self.interleaved
            ));
        }
        (self.out, notes)
    }

    fn close(&mut self, run: RunKey) {
        if let Some(state) = self.runs.remove(&run) {
            self.bytes_open = self.bytes_open.saturating_sub(state.bytes());
            state.finish(&mut self.out);
        }
    }

    fn implicit_run(&mut self, entry: &Entry<'_>, hash: u64) -> RunKey {
        let fits = self.implicit.filter(|implicit| match entry.event {
            "pattern_start" => implicit.in_pattern,
            "cost_record" => true,
            _ => !implicit.ended,
        });
        if let Some(implicit) = fits {
            return implicit.run;
        }
        if let Some(before) = self.implicit.take() {
            self.close(before.run);
            self.order.retain(|run| *run != before.run);
        }
        let occurrence = self.occurrences.count(RunKey::default(), hash);
        let run = RunKey::parse(&format!("line {hash:016x} {occurrence}")).map_or(RunKey::default(), |(key, _)| key);
        self.implicit = Some(Implicit { run, in_pattern: false, ended: false });
        run
    }
}

/// Tells repeats of one line apart, for as long as it remembers them.
#[derive(Default)]
struct Occurrences {
    counts: HashMap<(RunKey, u64), u32>,
    order: VecDeque<(RunKey, u64)>,
}

impl Occurrences {
    /// How often a line came before.
    fn count(&mut self, run: RunKey, hash: u64) -> u32 {
        let count = self.counts.entry((run, hash)).or_insert_with(|| {
            self.order.push_back((run, hash));
            0
        });
        let before = *count;
        *count += 1;
        if self.order.len() > limits::STUDIO_LINES_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        before
    }

    fn span_key(&mut self, run: RunKey, hash: u64) -> SpanKey {
        let occurrence = self.count(run, hash);
        crate::native::hashed_key(&format!("{run} {hash:016x} {occurrence}"))
    }
}

#[cfg(test)]
mod tests;
