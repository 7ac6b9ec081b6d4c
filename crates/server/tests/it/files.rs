//! `POST /traces` and what files hold: scenarios 47, 48, 50 and 53, the server's side.

use crate::server::{Server, answer, pick};
use serde_json::{Value as Json, json};

fn call(run: &str, agent: &str, model: &str, tokens: (u64, u64), seconds: f64, cost: f64, end: &str) -> String {
    json!({ "event_type": "llm_call_end", "agent_name": agent, "workflow": "main", "pattern": "supervisor", "run_id": run,
        "provider": "anthropic", "model": model, "input_tokens": tokens.0, "output_tokens": tokens.1,
        "duration_ms": seconds * 1e3, "cost_estimate": cost, "timestamp": end }).to_string()
}

/// The runs 174 and 173 of the reference document.
fn document() -> Vec<String> {
    let (haiku, sonnet) = ("claude-haiku-3-5-20241022", "claude-sonnet-4-20250514");
    vec![
        call("run-173", "classifier", haiku, (11, 1), 0.3, 0.00001, "2025-06-09T14:30:00.300Z"),
        call("run-174", "classifier", haiku, (12, 1), 0.3, 0.00001, "2025-06-09T14:31:58.300Z"),
        call("run-173", "technical_agent", "gpt-4o-mini", (95, 110), 0.6, 0.00019, "2025-06-09T14:30:00.900Z"),
        call("run-174", "billing_agent", sonnet, (180, 140), 2.4, 0.0084, "2025-06-09T14:32:00.700Z"),
        call("run-173", "formatter", haiku, (120, 60), 0.2, 0.0004, "2025-06-09T14:30:01.100Z"),
        call("run-174", "formatter", haiku, (145, 80), 0.7, 0.00051, "2025-06-09T14:32:01.400Z"),
    ]
}

fn upload(server: &Server, text: &str) -> Json {
    let (status, report) = answer(server.request("POST", "/traces").body(text.to_owned()).send().unwrap());
    assert_eq!(status, 200, "{report}");
    report
}

const FIELDS: [&str; 9] =
    ["id", "agent", "workflow", "pattern", "status", "duration_ms", "model_calls", "cost_usd", "conflicting_spans"];

/// Scenarios 47, 50 and 53: in any order of lines, once or twice.
#[test]
fn the_documents_runs_come_out_as_it_shows_them() {
    let expected = [
        json!({ "id": "run-174", "agent": "main", "workflow": "main", "pattern": "supervisor", "status": "success", "duration_ms": 3400.0, "model_calls": 3, "cost_usd": "0.00892", "conflicting_spans": 0 }),
        json!({ "id": "run-173", "agent": "main", "workflow": "main", "pattern": "supervisor", "status": "success", "duration_ms": 1100.0, "model_calls": 3, "cost_usd": "0.0006", "conflicting_spans": 0 }),
    ];
    let mut reversed = document();
    reversed.reverse();
    for lines in [document(), reversed] {
        let server = Server::memory();
        for new in [6, 0] {
            let report = upload(&server, &lines.join("\n"));
            assert_eq!(
                report,
                json!({ "lines": 6, "spans": 6, "new_spans": new, "runs": 2, "since": "2025-06-09T14:30:00.000Z",
                    "until": "2025-06-09T14:32:00.700000001Z", "skipped": [], "skipped_count": 0, "notes": [] })
            );
            let runs: Vec<Json> = server.runs().iter().map(|run| pick(run, &FIELDS)).collect();
            assert_eq!(runs, expected);
        }
        let steps: Vec<Json> = server
            .spans("run-174")
            .iter()
            .map(|span| {
                json!([
                    span["agent"],
                    span["model"],
                    span["duration_ms"],
                    span["tokens"]["input"],
                    span["tokens"]["output"],
                    span["cost_usd"]
                ])
            })
            .collect();
        assert_eq!(
            steps,
            [
                json!(["classifier", "claude-haiku-3-5-20241022", 300.0, 12, 1, "0.00001"]),
                json!(["billing_agent", "claude-sonnet-4-20250514", 2400.0, 180, 140, "0.0084"]),
                json!(["formatter", "claude-haiku-3-5-20241022", 700.0, 145, 80, "0.00051"]),
            ]
        );
    }
}

/// Scenario 48: what is wrong is counted and named, the rest is taken; raw and as a form.
#[test]
fn bad_lines_are_reported_by_number() {
    let mut lines = document();
    lines.insert(1, "not json".into());
    lines.insert(3, "[1, 2]".into());
    lines.insert(4, String::new());
    lines.insert(5, json!({ "event_type": "llm_call_end", "timestamp": "noon" }).to_string());
    lines.insert(6, json!({ "timestamp": 1 }).to_string());
    let text = lines.join("\r\n");
    for as_form in [false, true] {
        let server = Server::memory();
        let request = server.request("POST", "/traces");
        let request = if as_form {
            let file = reqwest::blocking::multipart::Part::text(text.clone()).file_name("runs.jsonl");
            request.multipart(reqwest::blocking::multipart::Form::new().text("note", "x").part("file", file))
        } else {
            request.body(text.clone())
        };
        let (_, report) = answer(request.send().unwrap());
        assert_eq!(
            pick(&report, &["lines", "spans", "runs", "skipped_count"]),
            json!({ "lines": 10, "spans": 6, "runs": 2, "skipped_count": 4 })
        );
        let numbers: Vec<u64> =
            report["skipped"].as_array().unwrap().iter().map(|line| line["line"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [2, 4, 6, 7], "{report}");
    }
}

#[test]
fn a_grown_file_adds_only_what_is_new() {
    let server = Server::memory();
    let start = json!({ "event_type": "llm_call_start", "agent_name": "late", "run_id": "run-175", "model": "gpt-4o", "timestamp": "2025-06-09T15:00:00Z" }).to_string();
    let mut lines = document();
    lines.push(start);
    upload(&server, &lines.join("\n"));
    assert_eq!(
        pick(&server.read("/api/v1/runs/run-175"), &["status", "span_count"]),
        json!({ "status": "running", "span_count": 1 }),
        "unfinished"
    );
    lines.push(call("run-175", "late", "gpt-4o", (1, 1), 2.0, 0.5, "2025-06-09T15:00:02Z"));
    lines.push(call("run-174", "formatter", "gpt-4o", (1, 1), 1.0, 0.5, "2025-06-09T14:32:03Z"));
    let report = upload(&server, &lines.join("\n"));
    assert_eq!(pick(&report, &["spans", "new_spans"]), json!({ "spans": 9, "new_spans": 2 }));
    assert_eq!(
        pick(&server.read("/api/v1/runs/run-175"), &["span_count", "cost_usd", "conflicting_spans"]),
        json!({ "span_count": 1, "cost_usd": "0.5", "conflicting_spans": 0 })
    );
    assert_eq!(
        pick(&server.read("/api/v1/runs/run-174"), &["model_calls", "cost_usd"]),
        json!({ "model_calls": 4, "cost_usd": "0.50892" })
    );
    assert_eq!(server.runs().len(), 3);
}

/// One line again and again, made while it is sent.
struct Lines {
    left: u32,
    line: Vec<u8>,
    at: usize,
}

impl std::io::Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() {
            self.at = 0;
            self.left -= 1;
        }
        if self.left == 0 {
            return Ok(0);
        }
        let read = std::io::Read::read(&mut &self.line[self.at..], buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// Scenario 48; the lines are refused, so that only the reading is seen.
#[test]
fn a_large_file_streams_through_bounded_memory() {
    let server = Server::memory();
    let lines = 60_000_u32;
    // 120 MB.
    let line = format!("{{\"no_event\":\"{}\"}}\n", "x".repeat(2_000)).into_bytes();
    let body = reqwest::blocking::Body::new(Lines { left: lines, line, at: 0 });
    let (status, report) = answer(server.request("POST", "/traces").body(body).send().unwrap());
    assert_eq!((status, &report["lines"], &report["skipped_count"]), (200, &json!(lines), &json!(lines)));
    assert_eq!(report["skipped"].as_array().unwrap().len(), vedette_model::limits::SKIPPED_LINES);
    let peak = server.peak_memory_bytes();
    assert!(peak < 200 << 20, "{peak} bytes");
}
