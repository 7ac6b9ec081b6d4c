//! The figures of some spans taken together as one account: what `explain --summary` prints and what the
//! `expected.json` of each captured client says. Knows the model, the normalizer and the summary only.

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use vedette_model::{
    Control, Copies, Direction, Kind, Mark, RawSpan, RunKey, Skeleton, Span, SpanKey, Status, Summary, Timestamp, Usage,
};
use vedette_normalize::{Prices, content, normalize};
use vedette_summary::{call_sites, copies_among, summarize};

type Key = (RunKey, SpanKey);

/// See the module.
pub struct Account {
    raws: BTreeMap<Key, RawSpan>,
    runs: BTreeMap<RunKey, (Vec<Span>, Summary)>,
    /// Of each span, the log records that name it.
    records: BTreeMap<Key, Vec<Key>>,
    /// Of each call, the spans that are the same call.
    copies: BTreeMap<Key, Vec<Key>>,
}

impl Account {
    /// Reads spans in any order; of one id the last stands.
    pub fn of(raws: impl IntoIterator<Item = RawSpan>, prices: &Prices) -> Account {
        let raws: BTreeMap<Key, RawSpan> = raws.into_iter().map(|raw| ((raw.run, raw.id), raw)).collect();
        let mut spans: BTreeMap<RunKey, Vec<Span>> = BTreeMap::new();
        for raw in raws.values() {
            spans.entry(raw.run).or_default().push(normalize(raw, prices));
        }
        let skeletons: BTreeMap<RunKey, Vec<Skeleton>> = spans
            .iter()
            .map(|(run, spans)| (*run, spans.iter().map(|span| Skeleton::of(span, Timestamp(0))).collect()))
            .collect();
        let sites: Vec<_> = skeletons.iter().flat_map(|(run, skeletons)| call_sites(*run, skeletons)).collect();
        let (owners, none) = (copies_among(&sites), Copies::default());
        let runs: BTreeMap<RunKey, (Vec<Span>, Summary)> = spans
            .into_iter()
            .map(|(run, spans)| {
                let skeletons = skeletons.get(&run).map_or(&[][..], Vec::as_slice);
                let summary = summarize(run, skeletons, &Control::default(), owners.get(&run).unwrap_or(&none));
                (run, (spans, summary))
            })
            .collect();
        let mut copies: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (run, (_, summary)) in &runs {
            for (span, mark) in &summary.marks {
                if let Some(original) = mark.duplicate_of {
                    copies.entry(original).or_default().push((*run, *span));
                }
            }
        }
        let mut records: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, raw) in raws.iter().filter(|(_, raw)| raw.is_log_record()) {
            if let Some(parent) = raw.parent {
                records.entry((raw.run, parent)).or_default().push(*key);
            }
        }
        Account { raws, runs, records, copies }
    }

    /// All spans, by run and start.
    pub fn raws(&self) -> impl Iterator<Item = &RawSpan> {
        let mut raws: Vec<&RawSpan> = self.raws.values().collect();
        raws.sort_by_key(|raw| (raw.run, raw.start, raw.id));
        raws.into_iter()
    }

    /// What the summary says of a span.
    pub fn mark(&self, raw: &RawSpan) -> Mark {
        let summary = self.runs.get(&raw.run).map(|(_, summary)| summary);
        summary.and_then(|summary| summary.marks.get(&raw.id)).cloned().unwrap_or_default()
    }

    /// The figures, by the names of `expected.json`.
    pub fn figures(&self) -> Json {
        let mut usage = Usage::default();
        let (mut traces, mut model_calls) = (0, 0);
        for (_, summary) in self.runs.values() {
            traces += u64::from(!summary.run.only_logs);
            model_calls += if summary.run.duplicate_of.is_some() { 0 } else { summary.run.model_calls };
            usage = usage.plus(&summary.run.usage);
        }
        let mut tally = Tally::default();
        for (spans, summary) in self.runs.values() {
            for span in spans.iter().filter(|span| !span.log_record) {
                let copy = summary.marks.get(&span.id).is_some_and(|mark| mark.duplicate_of.is_some());
                tally.span(span, copy);
                if !copy && span.kind.is_model_call() && !span.usage_is_copy {
                    self.content_of(span, &mut tally);
                }
            }
        }
        json!({
            "spans": tally.spans,
            "traces": traces,
            "model_calls": model_calls,
            "duplicate_model_calls": tally.duplicate_model_calls,
            "model_calls_with_model": tally.with_model,
            "model_calls_with_input": tally.with_input,
            "model_calls_with_output": tally.with_output,
            "models": tally.models,
            "input_tokens": usage.input.unwrap_or(0),
            "output_tokens": usage.output.unwrap_or(0),
            "cache_read_tokens": usage.cache_read.unwrap_or(0),
            "cache_write_tokens": usage.cache_write.unwrap_or(0),
            "reasoning_tokens": usage.reasoning.unwrap_or(0),
            "agent_spans": tally.agent_spans,
            "agents": tally.agents,
            "tool_spans": tally.tool_spans,
            "tools": tally.tools,
            "sessions": tally.sessions,
            "users": tally.users,
            "error_spans": tally.error_spans,
        })
    }

    /// Whether a call says what went in and came out: itself, in its log records, or in its copies.
    fn content_of(&self, span: &Span, tally: &mut Tally) {
        let key = (span.run, span.id);
        let Some(raw) = self.raws.get(&key) else { return };
        let records = self.records.get(&key).into_iter().flatten();
        let mut joined: Vec<RawSpan> = records.filter_map(|record| self.raws.get(record)).cloned().collect();
        joined.sort_by_key(|raw| raw.start);
        let copies = self.copies.get(&key).map_or(&[][..], Vec::as_slice);
        joined.extend(copies.iter().filter_map(|copy| self.raws.get(copy)).cloned());
        let content = content(raw, &joined);
        let says = |direction| content.messages.iter().any(|message| message.direction == direction);
        tally.with_input += u64::from(content.input.is_some() || says(Direction::Input));
        tally.with_output += u64::from(content.output.is_some() || says(Direction::Output));
        let copy_names_it = || copies.iter().any(|copy| self.span(copy).is_some_and(|span| span.model.is_some()));
        tally.with_model += u64::from(span.model.is_some() || copy_names_it());
    }

    fn span(&self, key: &Key) -> Option<&Span> {
        self.runs.get(&key.0)?.0.iter().find(|span| span.id == key.1)
    }
}

#[derive(Default)]
struct Tally<'a> {
    spans: u64,
    duplicate_model_calls: u64,
    with_model: u64,
    with_input: u64,
    with_output: u64,
    agent_spans: u64,
    tool_spans: u64,
    error_spans: u64,
    models: BTreeSet<&'a str>,
    agents: BTreeSet<&'a str>,
    tools: BTreeSet<&'a str>,
    sessions: BTreeSet<&'a str>,
    users: BTreeSet<&'a str>,
}

impl<'a> Tally<'a> {
    fn span(&mut self, span: &'a Span, copy: bool) {
        self.spans += 1;
        self.error_spans += u64::from(span.status == Status::Failed);
        self.duplicate_model_calls += u64::from(copy && span.kind.is_model_call());
        if span.kind.is_model_call() {
            self.models.extend(span.model.as_deref());
        }
        if span.kind == Kind::Agent {
            self.agent_spans += 1;
            self.agents.extend(span.agent.as_deref());
        }
        if span.kind == Kind::Tool {
            self.tool_spans += 1;
            self.tools.insert(span.tool.as_deref().unwrap_or(&span.name));
        }
        if let Some(facts) = &span.facts {
            self.sessions.extend(facts.session.as_ref().map(|session| &*session.id));
            self.users.extend(facts.user_id.as_deref());
        }
    }
}
