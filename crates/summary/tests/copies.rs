//! One call in two runs.

#![allow(clippy::unwrap_used, reason = "tests")]

mod dsl;

use dsl::{id, run, spans};
use vedette_model::Control;
use vedette_summary::{call_sites, copies_among, summarize};

#[test]
fn a_run_has_no_copies_of_itself() {
    let of = |text| call_sites(run("1"), &spans(text));
    let sites = [of("a llm 0..9 rid=r scope=x"), of("b llm 0..9 rid=r scope=y")].concat();
    assert_eq!((sites.len(), copies_among(&sites).len()), (2, 0));
}

/// Runs are parted by `|` and named 1, 2, ...; the answer lists `run.copy>run.original`.
fn copies(text: &str) -> String {
    let runs: Vec<_> = text.split('|').map(spans).collect();
    let key = |at: usize| run(&(at + 1).to_string());
    let sites: Vec<_> = runs.iter().enumerate().flat_map(|(at, spans)| call_sites(key(at), spans)).collect();
    let found = copies_among(&sites);
    let mut backwards = sites.clone();
    backwards.reverse();
    assert_eq!(copies_among(&backwards), found, "in any order");
    let name = |key: vedette_model::SpanKey| char::from(key.0[0]);
    let words = found.iter().flat_map(|(run, copies)| {
        copies.iter().map(move |(span, (owner, original))| {
            format!("{}.{}>{}.{}", run.0[0], name(*span), owner.0[0], name(*original))
        })
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_fuller_run_owns_the_call() {
    for (what, text, expected) in [
        ("whichever is first", "a llm 0..9 rid=r scope=x | p agent 0..9; b llm 1..8 <p rid=r scope=y", "1.a>2.b"),
        ("else the smaller run", "a llm 0..9 rid=r scope=x | b llm 1..8 rid=r scope=y", "2.b>1.a"),
        (
            "both fuller",
            "p agent 0..9; a llm 0..9 <p rid=r scope=x | q agent 0..9; b llm 1..8 <q rid=r scope=y",
            "2.b>1.a",
        ),
        (
            "plumbing makes no run fuller",
            "h http 0..9; a llm 0..9 <h rid=r scope=x | b llm 1..8 rid=r scope=y; c llm 1..8 scope=y",
            "1.a>2.b",
        ),
        (
            "three",
            "a llm 0..9 rid=r scope=x | b llm 1..8 rid=r scope=y | p agent 0..9; c llm 1..8 <p rid=r scope=z",
            "1.a>3.c 2.b>3.c",
        ),
        ("a replay does not overlap", "a llm 0..9 rid=r scope=x | b llm 10..18 rid=r scope=y", ""),
        (
            "the owner overlaps its copy itself",
            "a llm 0..9 rid=r scope=x | b llm 8..20 rid=r scope=x | c llm 15..30 rid=r scope=y",
            "3.c>2.b",
        ),
        (
            "short ones between do not part them",
            "a llm 0..99 rid=r scope=x | b llm 1..2 rid=r scope=x | c llm 50..60 rid=r scope=y",
            "3.c>1.a",
        ),
        ("one scope", "a llm 0..9 rid=r scope=x | b llm 1..8 rid=r scope=x", ""),
        ("another response", "a llm 0..9 rid=r scope=x | b llm 1..8 rid=q scope=y", ""),
        ("another kind", "a llm 0..9 rid=r scope=x | b embedding 1..8 rid=r scope=y", ""),
        ("without a response id", "a llm 0..9 scope=x | b llm 1..8 scope=y", ""),
        ("a copy of its own run is no site", "a llm 0..9 in=1 scope=x rid=r; b llm 1..8 <a rid=r scope=y in=1", ""),
        (
            "but lends its response id",
            "a llm 0..9 in=1 scope=x; b llm 1..8 <a rid=r scope=y in=1 | p agent 0..9; c llm 1..8 <p rid=r scope=z",
            "1.a>2.c",
        ),
        ("open ones overlap", "a llm 0.. rid=r scope=x | b llm 5..8 rid=r scope=y", "2.b>1.a"),
        (
            "an owner is no copy",
            "a llm 0..9 rid=r scope=x | b llm 8..20 rid=r scope=y | c llm 15..30 rid=r scope=x",
            "2.b>1.a",
        ),
    ] {
        assert_eq!(copies(text), expected, "{what}");
    }
}

#[test]
fn a_response_id_that_everybody_has_is_bounded_work() {
    let one = spans("a llm 0..9 rid=r scope=x").remove(0);
    let sites: Vec<_> = (0..20_000_u32)
        .flat_map(|at| {
            let mut key = [0; 16];
            key[..4].copy_from_slice(&at.to_be_bytes());
            let mut span = one.clone();
            span.scope = format!("{}", at % 2).into();
            call_sites(vedette_model::RunKey(key), &[span])
        })
        .collect();
    let copied: usize = copies_among(&sites).values().map(std::collections::BTreeMap::len).sum();
    assert_eq!(copied, 10_000);
}

#[test]
fn two_runs_of_one_call_add_up_to_one() {
    let texts = ["a llm 0..9 rid=r scope=x in=5", "p agent 0..9; b llm 1..8 <p rid=r scope=y in=5"];
    let runs: Vec<_> = texts.iter().enumerate().map(|(at, text)| (run(&at.to_string()), spans(text))).collect();
    let sites: Vec<_> = runs.iter().flat_map(|(key, spans)| call_sites(*key, spans)).collect();
    let mut copies = copies_among(&sites);
    let summaries: Vec<_> = runs
        .iter()
        .map(|(key, spans)| summarize(*key, spans, &Control::default(), &copies.remove(key).unwrap_or_default()))
        .collect();
    assert_eq!(summaries.iter().map(|summary| summary.run.model_calls).sum::<u64>(), 1);
    assert_eq!(summaries[0].run.duplicate_of, Some(run("1")));
    assert_eq!(summaries[0].marks[&id("a")].duplicate_of, Some((run("1"), id("b"))));
}
