//! `tail`: each span once, also across a restart of the server.

use crate::server::{Server, eventually, vedette};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

struct Tail {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Tail {
    fn start(server: &Server, arguments: &[&str]) -> Tail {
        let mut child =
            vedette().args(["tail", "--server", &server.url]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let tail = Tail { child, lines };
        listened_to(server);
        tail
    }

    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until somebody reads the stream.
fn listened_to(server: &Server) {
    eventually(|| {
        let text = server.request("GET", "/metrics").send().unwrap().text().unwrap();
        text.lines().any(|line| line == "vedette_stream_readers 1").then_some(())
    });
}

fn send(server: &Server, name: &str, agent: &str) {
    let id = format!("{:016x}", vedette_model::content_hash(name.as_bytes()));
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": format!("{id}{id}"), "spanId": id, "name": name,
        "startTimeUnixNano": "1749479521243000000", "endTimeUnixNano": "1749479523644000000",
        "attributes": [
            { "key": "vedette.kind", "value": { "stringValue": "llm" } },
            { "key": "vedette.agent", "value": { "stringValue": agent } },
            { "key": "gen_ai.request.model", "value": { "stringValue": "claude-sonnet-4-20250514" } },
            { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "180" } },
            { "key": "gen_ai.usage.output_tokens", "value": { "intValue": "140" } },
            { "key": "vedette.cost_usd", "value": { "stringValue": "0.0084" } },
        ],
    }] }] }] });
    assert_eq!(server.post("/v1/traces", &body).0, 200);
}

#[test]
fn spans_are_printed_as_they_finish() {
    let server = Server::memory();
    let mut tail = Tail::start(&server, &["--agent", "billing_agent", "-n", "1"]);
    send(&server, "other", "classifier");
    send(&server, "mine", "billing_agent");
    assert_eq!(tail.next(), "14:32:01   billing_agent   llm   2.4s   claude-sonnet   180→140 tok   $0.00840");
    assert!(tail.child.wait().unwrap().success());
    assert!(tail.lines.next().is_none());
}

#[test]
fn a_restart_of_the_server_loses_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::in_folder(folder.path());
    let listen = server.url.trim_start_matches("http://").to_owned();
    let mut tail = Tail::start(&server, &["--json"]);
    send(&server, "before", "a");
    let name = |line: String| serde_json::from_str::<Json>(&line).unwrap()["name"].clone();
    assert_eq!(name(tail.next()), "before");
    drop(server);
    let server = Server::start(&["--data", data, "--listen", &listen]);
    send(&server, "between", "a");
    assert_eq!(name(tail.next()), "between");
    listened_to(&server);
    send(&server, "after", "a");
    assert_eq!(name(tail.next()), "after");
}

#[test]
fn without_a_server_there_is_nothing_to_follow() {
    let folder = tempfile::tempdir().unwrap();
    let (_, complained, code) = super::ended(folder.path(), &["tail", "--data", "data"]);
    assert_eq!(code, 1);
    assert!(complained.contains("no server is running on this data"), "{complained}");
}

#[test]
fn what_there_is_to_tell_is_printed_as_it_is_found() {
    let server = Server::start(&["--memory", "--public-url", "https://vedette.example.com"]);
    let mut tail = Tail::start(&server, &["--notices", "-n", "1"]);
    let traces = json!({ "traces": [{ "trace": {
        "trace_id": format!("{:032x}", 1), "agent": "billing", "status": "failed", "duration_ms": 1200,
        "started_at": jiff::Timestamp::now().to_string(),
    }}]});
    assert_eq!(server.post("/api/v1/traces/batch", &traces).0, 202);
    let line = tail.next();
    let cells: Vec<&str> = line.split("   ").skip(1).collect();
    let [severity, kind, title, link] = cells[..] else { panic!("{line}") };
    assert_eq!((severity, kind), ("warning", "incident.opened"));
    assert!(title.contains("billing") && link.starts_with("https://vedette.example.com/incidents/"), "{line}");
    assert!(tail.child.wait().unwrap().success());
}
