//! Lines in, what is known of them out.

use super::{Query, Recording};
use serde_json::{Value, json};

fn read(lines: &[&str]) -> Recording {
    Recording::parse(lines.join("\n").into_bytes())
}

fn known(recording: &Recording) -> Vec<Value> {
    (0..recording.len())
        .map(|index| {
            let event = recording.event(index).unwrap();
            json!([
                event.event_type(),
                event.agent_name(),
                event.model(),
                event.run_id(),
                event.duration_ms(),
                event.cost_usd(),
                event.tokens().input,
                event.tokens().output,
                event.tokens().total(),
                event.timestamp(),
            ])
        })
        .collect()
}

#[test]
fn the_four_shapes_are_read_alike() {
    for (line, said) in [
        (
            r#"{"event_type":"llm_call_end","agent_name":"billing_agent","workflow":"main","pattern":"supervisor","run_id":"run-174","provider":"anthropic","model":"m","input_tokens":180,"output_tokens":140,"duration_ms":2401.0,"cost_estimate":0.0084,"timestamp":"2025-06-09T14:32:01.243Z"}"#,
            json!([
                "llm_call_end",
                "billing_agent",
                "m",
                "run-174",
                2401.0,
                0.0084,
                180,
                140,
                320,
                "2025-06-09T14:32:01.243Z"
            ]),
        ),
        (
            r#"{"timestamp":1749479521.243,"event_type":"llm_call","agent_name":"bull","messages_in":[{"role":"user","content":"why","model":"no"}],"response":"up","metadata":{"model":"m","duration_ms":5,"input_tokens":3}}"#,
            json!(["llm_call", "bull", "m", null, 5.0, null, 3, null, 3, "2025-06-09T14:32:01.243Z"]),
        ),
        (
            r#"{"timestamp":1749479521.243,"event_type":"cost_record","agent_name":"bull","pattern_type":"debate","payload":{"model":"m","run_id":7,"cost_usd":"0.003","input_tokens":500,"output_tokens":200}}"#,
            json!(["cost_record", "bull", "m", "7", null, 0.003, 500, 200, 700, "2025-06-09T14:32:01.243Z"]),
        ),
        (
            r#"{"timestamp":1749479521,"event_type":"provider_call_end","agent_name":"openai","payload":{"provider":"openai","model":"m","output_tokens":2,"duration_seconds":0.5}}"#,
            json!(["provider_call_end", "openai", "m", null, 500.0, null, null, 2, 2, "2025-06-09T14:32:01.000Z"]),
        ),
    ] {
        assert_eq!(known(&read(&[line])), [said], "{line}");
    }
}

#[test]
fn a_field_of_another_type_is_as_absent_and_the_line_is_kept() {
    for (line, said) in [
        ("{}", json!(["unknown", "", null, null, null, null, null, null, null, ""])),
        (
            r#"{"type":"x","agent":"a","tokens":9,"timestamp":null}"#,
            json!(["x", "a", null, null, null, null, null, null, 9, ""]),
        ),
        (
            r#"{"event_type":null,"agent_name":["a"],"model":{"a":[1]},"run_id":false,"duration_ms":"long","cost_usd":null,"input_tokens":-1,"output_tokens":"2","timestamp":"noon","payload":[1],"metadata":"m"}"#,
            json!(["unknown", "", null, null, null, null, null, 2, 2, "noon"]),
        ),
        (
            r#"{"payload":{"model":"inner","duration_ms":1},"model":"outer","event_type":"e","event_type":"f","total_tokens":0,"input_tokens":4}"#,
            json!(["f", "", "outer", null, 1.0, null, 4, null, 4, ""]),
        ),
        (
            r#"{"\u0065vent_type":"\u0061\nb","run_id":"run\u002d1"}"#,
            json!(["a\nb", "", null, "run-1", null, null, null, null, null, ""]),
        ),
    ] {
        assert_eq!(known(&read(&[line])), [said], "{line}");
    }
}

#[test]
fn what_is_no_object_is_skipped_and_counted_and_blank_lines_are_nothing() {
    let mut text =
        b"\n{\"event_type\":\"a\"}\r\n \t\n[1]\n3\n\"x\"\nno\n{\"event_type\":\"b\"\n{\"event_type\":\"".to_vec();
    text.extend([0xff, b'"', b'}', b'\n']);
    text.extend(b"{\"event_type\":\"c\"}");
    let recording = Recording::parse(text);
    let types: Vec<_> = (0..recording.len()).map(|index| recording.event(index).unwrap().event_type()).collect();
    assert_eq!((types, recording.skipped()), (vec!["a", "c"], 6));
    assert_eq!(recording.event(0).unwrap().line().trim_end(), r#"{"event_type":"a"}"#);
    assert!(recording.event(2).is_none());
    assert!(Recording::parse(Vec::new()).is_empty());
}

#[test]
fn conditions_of_a_query_join() {
    let recording = read(&[
        r#"{"event_type":"llm_call_start","agent_name":"a","run_id":"1"}"#,
        r#"{"event_type":"llm_call_end","agent_name":"a","run_id":"1","duration_ms":2000,"model":"m"}"#,
        r#"{"event_type":"llm_call_end","agent_name":"b","run_id":"2","duration_ms":1999.9,"model":"n"}"#,
    ]);
    let all = Query::default();
    for (query, found) in [
        (all, vec![0, 1, 2]),
        (Query { event_type: Some("llm_call_end"), ..all }, vec![1, 2]),
        (Query { agent_name: Some("a"), ..all }, vec![0, 1]),
        (Query { agent_name: Some("a"), event_type: Some("llm_call_end"), ..all }, vec![1]),
        (Query { agent_name: Some("nobody"), ..all }, vec![]),
        (Query { min_duration_ms: Some(2000.0), ..all }, vec![1]),
        (Query { max_duration_ms: Some(2000.0), min_duration_ms: Some(0.0), ..all }, vec![1, 2]),
        (Query { run_id: Some("2"), model: Some("n"), ..all }, vec![2]),
    ] {
        assert_eq!(recording.query(&query), found, "{query:?}");
    }
}

#[test]
fn a_summary_adds_what_is_known() {
    let recording = read(&[
        r#"{"event_type":"x","agent_name":"b","run_id":"1","tokens":5,"duration_ms":2}"#,
        r#"{"event_type":"x","agent_name":"a","run_id":"1","input_tokens":1,"output_tokens":1,"cost_estimate":0.5}"#,
        r#"{"event_type":"w","cost_usd":0.25}"#,
    ]);
    let summary = recording.summary();
    assert_eq!(
        (summary.event_types, summary.agents, summary.runs),
        (vec!["w".into(), "x".into()], vec!["a".into(), "b".into()], 1)
    );
    assert_eq!((summary.total_tokens, summary.total_duration_ms, summary.total_cost_usd), (7, 2.0, Some(0.75)));
    assert_eq!(Recording::default().summary().total_cost_usd, None);
}

#[test]
fn texts_that_are_not_kept_are_read_from_the_line() {
    let recording = read(&[r#"{"workflow":"main","provider":"","payload":{"provider":"openai","workflow":"no"}}"#]);
    let event = recording.event(0).unwrap();
    let texts = ["workflow", "provider", "pattern"].map(|key| event.text(key));
    assert_eq!(texts, [Some("main".into()), Some("openai".into()), None]);
}
