//! What holds for every run, cases drawn at random, and for the largest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod dsl;

use dsl::{RUN, id};
use proptest::prelude::*;
use std::collections::BTreeSet;
use vedette_model::{Control, Copies, Cost, CostSource, Kind, NanoUsd, Skeleton, SpanKey, Timestamp, Usage};
use vedette_summary::summarize;

fn plain(spans: &[Skeleton]) -> vedette_model::Summary {
    summarize(RUN, spans, &Control::default(), &Copies::new())
}

fn blank(key: u64, start: u64, length: u64) -> Skeleton {
    let mut span = dsl::spans("x llm 0..1").remove(0);
    span.id = SpanKey(key.to_be_bytes());
    (span.start, span.end) = (Timestamp(start as i64), Some(Timestamp((start + length) as i64)));
    span.received = Timestamp((key % 5) as i64);
    span
}

const KINDS: &[Kind] =
    &[Kind::Agent, Kind::Llm, Kind::Llm, Kind::Embedding, Kind::Tool, Kind::Workflow, Kind::Http, Kind::Log];

prop_compose! {
    /// Any span among few ids, times and names, so that cycles, orphans, ties and copies all happen.
    fn any_span()(
        (key, start, length) in (1..14_u64, 0..12_u64, 0..12_u64),
        parent in proptest::option::of(1..16_u64),
        kind in 0..KINDS.len(),
        (scope, model, response, call) in (0..3_u8, proptest::option::of(0..2_u8), proptest::option::of(0..3_u8), proptest::option::of(0..2_u8)),
        (input, cost) in (proptest::option::of(0..9_u64), proptest::option::of(0..9_i64)),
        flags in any::<[bool; 5]>(),
        words in proptest::option::of(0..4_u8),
    ) -> Skeleton {
        let mut span = blank(key, start, length);
        let [open, record, copy, failed, unpriced] = flags;
        span.parent = parent.map(|key| SpanKey(key.to_be_bytes()));
        span.kind = KINDS[kind];
        span.name = format!("n{scope}").into();
        span.scope = format!("s{scope}").into();
        span.model = model.map(|model| format!("m{model}").into());
        span.response_id = response.map(|id| format!("r{id}").into());
        span.tool_call_id = call.map(|id| format!("c{id}").into());
        span.usage = input.map(|input| Usage { input: Some(input), ..Usage::default() });
        let source = if unpriced { CostSource::Reported } else { CostSource::Computed };
        span.cost = cost.map(|amount| Cost { amount: NanoUsd(amount), source, price: None });
        span.unpriced = unpriced;
        span.end = span.end.filter(|_| !(open && failed));
        span.log_record = record && span.kind == Kind::Log;
        span.usage_is_copy = copy && record;
        span.status = if failed { vedette_model::Status::Failed } else { vedette_model::Status::Success };
        span.facts = words.map(|word| Box::new(dsl::facts(&format!("session=s{word} customer=c{word} .k{scope}=v{word}"))));
        span.output_preview = words.map(|word| format!("o{word}").into());
        span.content_hash = key * 1_000 + start * 50 + length;
        span
    }
}

/// Spans with one id differ in their hash, as they do in the store.
fn distinct(spans: Vec<Skeleton>) -> Vec<Skeleton> {
    let mut seen = BTreeSet::new();
    spans.into_iter().filter(|span| seen.insert((span.id, span.content_hash))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_order_of_arrival_changes_nothing(
        (spans, shuffled) in proptest::collection::vec(any_span(), 0..24)
            .prop_map(distinct)
            .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        copied in 1..14_u64,
    ) {
        let copies: Copies = [(SpanKey(copied.to_be_bytes()), (dsl::run("5"), id("a")))].into();
        let control = Control::default();
        prop_assert_eq!(summarize(RUN, &spans, &control, &copies), summarize(RUN, &shuffled, &control, &copies));
    }

    #[test]
    fn the_figures_are_those_of_the_counted_spans(spans in proptest::collection::vec(any_span(), 0..24).prop_map(distinct)) {
        let summary = plain(&spans);
        let ids: BTreeSet<SpanKey> = spans.iter().map(|span| span.id).collect();
        let marked = |id: &SpanKey| summary.marks.get(id).cloned().unwrap_or_default();
        prop_assert!(summary.marks.keys().all(|id| ids.contains(id)));
        for (id, mark) in &summary.marks {
            prop_assert!(!(mark.counted && mark.duplicate_of.is_some()), "{id} is counted though a copy");
            let original = mark.duplicate_of.map(|(_, original)| original);
            prop_assert!(original.is_none_or(|original| ids.contains(&original) && marked(&original).duplicate_of.is_none()));
        }
        let by_model: u64 = summary.run.by_model.values().map(|model| model.calls).sum();
        prop_assert!(by_model <= summary.run.model_calls);
        prop_assert!(summary.run.model_calls <= summary.marks.values().filter(|mark| mark.counted).count() as u64);
        prop_assert_eq!(summary.run.span_count + summary.run.event_count
            + summary.marks.values().filter(|mark| mark.joined).count() as u64, ids.len() as u64);
    }

    /// Distinct calls under agents, each call then seen again by other instrumentations.
    #[test]
    fn copies_never_change_the_totals(
        calls in proptest::collection::vec((0..3_u64, proptest::option::of(1..50_u64), 0..9_i64, 0..4_u8), 1..12),
    ) {
        let mut once = Vec::new();
        let mut twice = Vec::new();
        for agent in 0..3 {
            let mut span = blank(1 + agent, 0, 10_000);
            span.kind = Kind::Agent;
            span.parent = (agent > 0).then(|| SpanKey(1_u64.to_be_bytes()));
            once.push(span);
        }
        for (at, (agent, input, cost, seen_as)) in calls.into_iter().enumerate() {
            let at = at as u64;
            let mut call = blank(100 + at, 10 + at * 100, 80);
            call.parent = Some(SpanKey((1 + agent).to_be_bytes()));
            call.model = Some(format!("m{}", at % 2).into());
            call.usage = input.map(|input| Usage { input: Some(input), output: Some(1), ..Usage::default() });
            call.cost = input.map(|_| Cost { amount: NanoUsd(cost), source: CostSource::Computed, price: None });
            call.response_id = (seen_as == 2).then(|| format!("r{at}").into());
            let mut copy = blank(200 + at, 12 + at * 100, 70);
            copy.scope = "other".into();
            copy.model = call.model.clone();
            copy.usage = call.usage;
            copy.cost = call.cost.clone();
            match seen_as {
                0 => copy.parent = Some(call.id),
                1 => copy.parent = call.parent,
                2 => copy.response_id = call.response_id.clone(),
                _ => {
                    // A wrapper around it that knows nothing.
                    copy = blank(200 + at, 5 + at * 100, 90);
                    copy.parent = call.parent;
                    copy.usage = None;
                    twice.push(Skeleton { parent: Some(copy.id), ..call.clone() });
                }
            }
            once.push(call);
            twice.push(copy);
        }
        let replaced: BTreeSet<SpanKey> = twice.iter().map(|span| span.id).collect();
        twice.extend(once.iter().filter(|span| !replaced.contains(&span.id)).cloned());
        let (once, twice) = (plain(&once).run, plain(&twice).run);
        prop_assert_eq!(once.model_calls, twice.model_calls);
        prop_assert_eq!((once.usage, once.cost, once.by_model), (twice.usage, twice.cost, twice.by_model));
    }

    /// Counted spans that nothing fills add up to the totals exactly.
    #[test]
    fn counted_spans_add_up(spans in proptest::collection::vec(any_span(), 0..24).prop_map(distinct)) {
        let mut spans: Vec<Skeleton> = spans.into_iter().filter(|span| !span.log_record).collect();
        let mut seen = BTreeSet::new();
        spans.retain(|span| seen.insert(span.id));
        for span in &mut spans {
            span.usage = Some(span.usage.unwrap_or(Usage { input: Some(1), ..Usage::default() }));
            span.cost.get_or_insert(Cost { amount: NanoUsd(1), source: CostSource::Computed, price: None });
        }
        let summary = plain(&spans);
        let counted = || spans.iter().filter(|span| summary.marks.get(&span.id).is_some_and(|mark| mark.counted));
        let usage = counted().fold(Usage::default(), |sum, span| sum.plus(&span.usage.unwrap()));
        let cost = counted().fold(NanoUsd::ZERO, |sum, span| sum.plus(span.cost.as_ref().unwrap().amount));
        prop_assert_eq!((summary.run.usage, summary.run.cost), (usage, Some(cost)));
    }
}

const MANY: u64 = 100_000;

#[test]
fn a_chain_of_100_000_spans_overflows_no_stack() {
    let mut spans: Vec<Skeleton> = (1..=MANY).map(|key| blank(key, key, MANY)).collect();
    for span in &mut spans {
        let key = u64::from_be_bytes(span.id.0);
        span.parent = (key > 1).then(|| SpanKey((key - 1).to_be_bytes()));
        span.kind = if key % 2 == 0 { Kind::Llm } else { Kind::Http };
        span.usage = (key == MANY).then(|| Usage { input: Some(3), ..Usage::default() });
    }
    let run = plain(&spans).run;
    assert_eq!((run.span_count, run.model_calls, run.usage.input), (MANY, 1, Some(3)));
    assert_eq!(run.started_at, Timestamp(1));

    for span in &mut spans {
        span.kind = Kind::Tool;
        span.tool_call_id = Some("c".into());
    }
    assert_eq!(plain(&spans).run.tool_calls, 1);
}

#[test]
fn a_circle_of_100_000_spans_is_cut_at_the_earliest() {
    let mut spans: Vec<Skeleton> = (1..=MANY).map(|key| blank(key, key + 5, 1)).collect();
    for span in &mut spans {
        let key = u64::from_be_bytes(span.id.0);
        span.parent = Some(SpanKey((key % MANY + 1).to_be_bytes()));
        span.kind = Kind::Agent;
        span.agent = Some(format!("a{key}").into());
    }
    let run = plain(&spans).run;
    assert_eq!((run.agent.as_deref(), run.status), (Some("a1"), vedette_model::Status::Running));
    assert_eq!(run.agents.len(), vedette_model::limits::NAMES_PER_RUN);
}

#[test]
fn a_hundred_thousand_spans_of_one_response_are_paired() {
    let mut spans: Vec<Skeleton> = (1..=MANY).map(|key| blank(key, key, MANY)).collect();
    for (at, span) in spans.iter_mut().enumerate() {
        span.response_id = Some("r".into());
        span.scope = format!("s{}", at % 1_000).into();
        span.tool_call_id = Some("c".into());
    }
    let calls = plain(&spans).run.model_calls;
    assert_eq!(calls, MANY / 1_000, "those of the first scope");
}
