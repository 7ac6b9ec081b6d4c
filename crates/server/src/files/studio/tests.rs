//! Lines in, spans out. A span is shown as `kind name start-end`, seconds since the first line, indented
//! below its parent, `?` where it is still open.

use super::Studio;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vedette_model::{RawSpan, RunKey};

const START: f64 = 1_749_479_520.0;

/// A bus event with its payload.
fn bus(at: f64, event: &str, agent: &str, pattern: &str, payload: Value) -> String {
    json!({ "timestamp": START + at, "event_type": event, "agent_name": agent, "pattern_type": pattern, "payload": payload }).to_string()
}

/// A recorder's entry.
fn entry(at: f64, event: &str, agent: &str, response: &str, metadata: Value) -> String {
    let messages = json!([{ "role": "user", "content": "why", "name": null }]);
    json!({ "timestamp": START + at, "event_type": event, "agent_name": agent, "messages_in": messages, "response": response, "metadata": metadata }).to_string()
}

/// A flat span line.
fn flat(at: f64, event: &str, run: &str, agent: &str, more: Value) -> String {
    let mut line =
        json!({ "timestamp": START + at, "event_type": event, "agent_name": agent, "run_id": run, "model": "gpt-4o" });
    line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    line.to_string()
}

fn read(lines: &[String]) -> (Vec<RawSpan>, Vec<String>) {
    let mut studio = Studio::default();
    for line in lines {
        studio.line(line.as_bytes()).expect(line);
    }
    studio.finish()
}

/// The runs of some lines, each as its tree.
fn trees(lines: &[String]) -> Vec<String> {
    let (mut spans, _) = read(lines);
    spans.sort_by_key(|span| (span.start, span.end.is_some(), span.end));
    let mut runs: BTreeMap<(i64, RunKey), Vec<&RawSpan>> = BTreeMap::new();
    let first =
        |run: RunKey| spans.iter().filter(|span| span.run == run).map(|span| span.start.0).min().unwrap_or_default();
    for span in &spans {
        runs.entry((first(span.run), span.run)).or_default().push(span);
    }
    runs.into_values().map(|spans| tree(&spans, None, 0)).collect()
}

fn tree(spans: &[&RawSpan], parent: Option<&RawSpan>, depth: usize) -> String {
    let is_top = |span: &RawSpan| !spans.iter().any(|other| Some(other.id) == span.parent);
    let below =
        spans.iter().filter(|span| parent.map_or_else(|| is_top(span), |parent| span.parent == Some(parent.id)));
    let mut text = String::new();
    for span in below {
        let second = |time: i64| (time as f64 / 1e9 - START * 1.0).round();
        let end = span.end.map_or("?".to_owned(), |end| second(end.0).to_string());
        let kind = span.attributes.str("vedette.kind").expect("a kind");
        let failed = if span.status.code == vedette_model::StatusCode::Error { " failed" } else { "" };
        text += &format!("{}{kind} {} {}-{end}{failed}\n", "  ".repeat(depth), span.name, second(span.start.0));
        text += &tree(spans, Some(span), depth + 1);
    }
    text
}

#[test]
fn a_recorders_file_is_one_run_a_pattern() {
    let lines = [
        entry(0.0, "pattern_start", "", "", json!({ "pattern_type": "debate" })),
        entry(2.0, "llm_call", "bull", "up", json!({})),
        entry(3.0, "llm_call", "bear", "down", json!({ "model": "gpt-4o", "duration_ms": 1000 })),
        entry(4.0, "pattern_end", "", "flat", json!({ "duration_seconds": 4.0 })),
        entry(10.0, "pattern_start", "", "", json!({ "pattern_type": "solo" })),
        entry(11.0, "pattern_end", "", "done", json!({})),
    ];
    assert_eq!(trees(&lines), ["agent debate 0-4\n  llm bull 2-2\n  llm bear 2-3\n", "agent solo 10-11\n"]);
    let (spans, notes) = read(&lines);
    assert_eq!(notes, Vec::<String>::new());
    let bull = spans.iter().find(|span| span.name == "bull").expect("bull");
    assert_eq!(bull.attributes.str("vedette.output"), Some("up"));
    assert!(bull.attributes.str("vedette.input").is_some_and(|input| input.contains("why")));
    let root = spans.iter().find(|span| span.name == "debate").expect("debate");
    assert_eq!(
        (root.parent, root.attributes.str("vedette.agent"), root.attributes.str("vedette.output")),
        (None, Some("debate"), Some("flat"))
    );
}

#[test]
fn agents_hold_their_calls_and_costs_join_them() {
    let lines = [
        bus(0.0, "pattern_start", "", "pipeline", json!({})),
        bus(1.0, "agent_start", "writer", "", json!({})),
        bus(1.5, "agent_start", "critic", "", json!({})),
        bus(2.0, "llm_call", "writer", "", json!({ "response": "text", "model": "" })),
        bus(
            2.0,
            "cost_record",
            "writer",
            "",
            json!({ "model": "gpt-4o", "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.003 }),
        ),
        bus(
            2.5,
            "llm_call",
            "critic",
            "",
            json!({ "response": "hm", "model": "gpt-4o", "cost_usd": 0.001, "input_tokens": 3 }),
        ),
        bus(
            2.5,
            "cost_record",
            "critic",
            "",
            json!({ "model": "gpt-4o", "input_tokens": 3, "output_tokens": 1, "cost_usd": 0.001 }),
        ),
        bus(3.0, "agent_end", "writer", "", json!({ "duration_seconds": 2.0 })),
        bus(4.0, "agent_end", "critic", "", json!({})),
        bus(5.0, "routing_decision", "", "", json!({ "selected_model": "x" })),
        bus(6.0, "pattern_end", "", "pipeline", json!({})),
        bus(7.0, "cost_record", "elsewhere", "", json!({ "model": "gpt-4o", "cost_usd": 0.5 })),
    ];
    assert_eq!(
        trees(&lines),
        [
            "agent pipeline 0-6\n  agent writer 1-3\n    llm writer 2-2\n  agent critic 2-4\n    llm critic 3-3\n    event cost_record 3-3\n  decision routing_decision 5-5\n  llm elsewhere 7-7\n"
        ]
    );
    let (spans, _) = read(&lines);
    let costs: Vec<_> =
        spans.iter().filter_map(|span| Some((span.name.as_str(), span.attributes.str("vedette.cost_usd")?))).collect();
    assert_eq!(costs, [("writer", "0.003"), ("critic", "0.001"), ("elsewhere", "0.5")], "each cost once");
}

#[test]
fn starts_and_ends_join_first_in_first_out() {
    let lines = [
        flat(0.0, "llm_call_start", "a", "x", json!({})),
        flat(1.0, "llm_call_start", "b", "x", json!({})),
        flat(2.0, "llm_call_start", "a", "x", json!({})),
        flat(3.0, "llm_call_end", "a", "x", json!({ "output_tokens": 1 })),
        flat(4.0, "llm_call_error", "b", "x", json!({ "error": "boom" })),
        flat(5.0, "llm_call_end", "a", "x", json!({ "output_tokens": 2, "duration_ms": 2500 })),
        flat(6.0, "llm_call_start", "a", "y", json!({})),
    ];
    assert_eq!(trees(&lines), ["llm x 0-3\nllm x 3-5\nllm y 6-?\n", "llm x 1-4 failed\n"]);
}

#[test]
fn an_end_before_its_start_is_one_call() {
    let call = [
        flat(0.0, "llm_call_start", "a", "x", json!({})),
        flat(2.0, "llm_call_end", "a", "x", json!({ "duration_ms": 2000 })),
    ];
    let reversed = [call[1].clone(), call[0].clone()];
    assert_eq!(trees(&call), ["llm x 0-2\n"]);
    assert_eq!(trees(&reversed), ["llm x 0-2\n"]);
}

#[test]
fn runs_with_ids_may_be_interleaved_and_mixed_with_other_shapes() {
    let with_id = |at: f64, event: &str, run: &str| {
        let mut line: Value = serde_json::from_str(&bus(at, event, "", "p", json!({}))).expect("JSON");
        line["payload"]["run_id"] = json!(run);
        line.to_string()
    };
    let lines = [
        with_id(0.0, "pattern_start", "a"),
        with_id(1.0, "pattern_start", "b"),
        flat(2.0, "llm_call_end", "b", "x", json!({ "duration_ms": 500 })),
        with_id(3.0, "pattern_end", "a"),
        with_id(4.0, "pattern_end", "b"),
        bus(5.0, "provider_call_start", "openai", "", json!({ "model": "gpt-4o", "trace_id": "a" })),
        bus(6.0, "provider_call_end", "openai", "", json!({ "model": "gpt-4o", "trace_id": "a", "input_tokens": 4 })),
    ];
    assert_eq!(trees(&lines), ["agent p 0-3\n  llm openai 5-6\n", "agent p 1-4\n  llm x 2-2\n"]);
    let (spans, notes) = read(&lines);
    assert_eq!(notes, Vec::<String>::new());
    let provider = spans.iter().find(|span| span.name == "openai").expect("the provider's call");
    assert_eq!(provider.attributes.str("gen_ai.provider.name"), Some("openai"));
    assert_eq!(provider.attributes.get("vedette.usage_estimated"), Some(&true.into()));
    assert_eq!(provider.attributes.str("vedette.external_id"), Some("a"));
    assert_eq!(provider.attributes.get("vedette.agent"), None);
}

#[test]
fn interleaving_without_ids_is_reported() {
    let lines = [
        bus(0.0, "pattern_start", "", "p", json!({})),
        bus(1.0, "pattern_start", "", "q", json!({})),
        bus(2.0, "pattern_end", "", "p", json!({})),
        bus(3.0, "pattern_end", "", "q", json!({})),
    ];
    let (_, notes) = read(&lines);
    assert_eq!(notes.len(), 1, "{notes:?}");
    let nested = [
        lines[0].clone(),
        lines[1].clone(),
        bus(2.0, "pattern_end", "", "q", json!({})),
        bus(3.0, "pattern_end", "", "p", json!({})),
    ];
    assert_eq!(read(&nested).1, Vec::<String>::new());
    assert_eq!(trees(&nested), ["agent p 0-3\n  workflow q 1-2\n"]);
}

#[test]
fn a_file_without_ids_and_patterns_is_one_run_and_repeats_are_told_apart() {
    let line = bus(1.0, "llm_call", "x", "", json!({ "response": "a", "cost_usd": 0.1 }));
    let lines = [line.clone(), line.clone(), line];
    assert_eq!(trees(&lines), ["llm x 1-1\nllm x 1-1\nllm x 1-1\n"]);
    let (mut once, _) = read(&lines[..2]);
    let (grown, _) = read(&lines);
    once.retain(|span| grown.contains(span));
    assert_eq!(once.len(), 2, "a grown file has the old spans as they were");
}

#[test]
fn a_response_joins_its_call() {
    let lines = [
        bus(1.0, "llm_call", "x", "", json!({ "model": "m" })),
        bus(3.0, "llm_response", "x", "", json!({ "response": "yes" })),
    ];
    assert_eq!(trees(&lines), ["llm x 1-3\n"]);
    assert_eq!(read(&lines).0[0].attributes.str("vedette.output"), Some("yes"));
}

#[test]
fn a_span_that_is_named_keeps_its_id() {
    let named = |at: f64, event: &str, span: &str| {
        flat(at, event, "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "x", json!({ "span_id": span }))
    };
    let lines = [
        named(0.0, "pattern_start", "00000000000000aa"),
        named(1.0, "llm_call_start", "00000000000000bb"),
        named(2.0, "llm_call_end", "00000000000000bb"),
        named(3.0, "llm_call", "00000000000000cc"),
        named(4.0, "pattern_end", "00000000000000aa"),
    ];
    let (mut spans, _) = read(&lines);
    spans.sort_by_key(|span| span.id);
    let ids: Vec<_> = spans.iter().map(|span| (span.id.to_string(), span.parent.map(|id| id.to_string()))).collect();
    let root = Some("00000000000000aa".to_owned());
    assert_eq!(
        ids,
        [
            ("00000000000000aa".into(), None),
            ("00000000000000bb".into(), root.clone()),
            ("00000000000000cc".into(), root)
        ]
    );
}

#[test]
fn placeholders_are_no_costs() {
    for (cost, tokens, kept) in [(0.0, 10, None), (0.0, 0, Some("0")), (0.002, 10, Some("0.002"))] {
        let line = flat(0.0, "llm_call_end", "a", "x", json!({ "cost_usd": cost, "input_tokens": tokens }));
        assert_eq!(read(&[line]).0[0].attributes.str("vedette.cost_usd"), kept, "{cost} {tokens}");
    }
}

#[test]
fn what_is_no_line_of_a_trace_says_why() {
    for (line, said) in [
        ("[1]", "not a JSON object"),
        ("{}", "no event_type"),
        ("{\"event_type\":\"x\"}", "no valid timestamp"),
        ("{\"event_type\":\"x\",\"timestamp\":\"noon\"}", "no valid timestamp"),
        ("{\"event_type\":\"x\",\"timestamp\":1,\"run_id\":[]}", "run_id"),
        ("{", "no JSON"),
    ] {
        let error = Studio::default().line(line.as_bytes()).expect_err(line);
        assert!(error.contains(said), "{line}: {error}");
    }
}

#[test]
fn what_waits_is_bounded() {
    let mut studio = Studio::default();
    for at in 0..30_000 {
        let line = flat(f64::from(at), "llm_call_start", &format!("run-{at}"), "x", json!({}));
        studio.line(line.as_bytes()).expect("a line");
        assert!(studio.runs.len() <= vedette_model::limits::STUDIO_RUNS_OPEN);
    }
    let (spans, _) = studio.finish();
    assert_eq!(spans.len(), 30_000);
    assert!(spans.iter().all(|span| span.end.is_none()));
}

#[test]
fn all_that_waits_or_is_remembered_is_counted() {
    let agent = "a".repeat(1_000);
    let call = |event: &str, at: f64, more: Value| flat(at, event, "r", &agent, more);
    let priced = json!({ "cost_usd": 1.0, "response": "x" });
    let response = json!({ "response": "y".repeat(5_000) });
    for (line, least, ends) in [
        (call("agent_start", 0.0, json!({})), 1_000, call("agent_end", 1.0, json!({}))),
        // Its end came first, and is remembered until its start comes.
        (call("llm_call_end", 2.0, json!({})), 1_000, call("llm_call_start", 1.0, json!({}))),
        // Its cost is remembered until it is told again.
        (call("llm_call", 0.0, priced), 1_000, call("cost_record", 1.0, json!({ "cost_usd": 1.0 }))),
        (
            [call("llm_call", 0.0, json!({})), call("llm_response", 1.0, response)].join("\n"),
            6_000,
            call("cost_record", 2.0, json!({ "cost_usd": 1.0 })),
        ),
    ] {
        let mut studio = Studio::default();
        for line in line.lines() {
            studio.line(line.as_bytes()).expect(line);
        }
        assert!(studio.bytes_open >= least, "{} bytes: {line}", studio.bytes_open);
        studio.line(ends.as_bytes()).expect(&ends);
        assert_eq!(studio.bytes_open, 0, "after {ends}");
    }
}

#[test]
fn a_line_of_more_values_than_fit_is_passed_over() {
    let objects = "{},".repeat(vedette_model::limits::VALUES_PER_REQUEST / vedette_model::limits::JSON_OBJECT_VALUES);
    let line = format!("{{\"event_type\":\"x\",\"timestamp\":1,\"y\":[{objects}0]}}");
    let reason = Studio::default().line(line.as_bytes()).expect_err("refused");
    assert!(reason.contains("values"), "{reason}");
}
