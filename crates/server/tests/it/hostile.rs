//! What one sender may take from all others, and how much an answer repeats of what was sent: bounded.

use crate::server::{Server, answer, vedette};
use reqwest::blocking::multipart::{Form, Part};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;
use vedette_model::limits;

const RUN: &str = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";

/// Connections that send so much and then nothing.
fn stalled(server: &Server, count: usize, sent: &[u8]) -> Vec<TcpStream> {
    let address = server.url.trim_start_matches("http://");
    let connect = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(sent).unwrap();
        stream
    };
    (0..count).map(connect).collect()
}

/// The tests' own files: all of them run in one process.
fn open_more_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

/// More than the runtime has threads that may block.
#[test]
fn uploads_that_stall_leave_room_for_everything_else() {
    open_more_files();
    let server = Server::memory();
    let head = b"POST /traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n{";
    let mut uploads = stalled(&server, 520, head);
    let mut refused = String::new();
    uploads.last_mut().unwrap().read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("retry-after: 1"), "{refused}");
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": "a" })).0, 202);
    assert_eq!(server.runs().len(), 1);
}

/// More than the server could open files when it was started.
#[test]
fn idle_connections_do_not_lock_others_out() {
    open_more_files();
    let program = vedette().get_program().to_owned();
    let mut command = Command::new("bash");
    command.args(["-c", "ulimit -Sn 100; exec \"$0\" serve --memory --listen 127.0.0.1:0"]).arg(program);
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    let server = Server::spawn(&mut command);
    let _idle = stalled(&server, 120, b"G");
    assert_eq!(server.get("/healthz").0, 200);
}

#[test]
fn a_form_is_bounded_in_its_parts_and_between_them() {
    let server = Server::memory();
    let send = |form| answer(server.request("POST", "/traces").multipart(form).send().unwrap());
    let parts = |count: usize| (0..count).fold(Form::new(), |form, _| form.text("note", "x"));
    assert_eq!(send(parts(limits::UPLOAD_PARTS)).0, 200);
    let (status, body) = send(parts(limits::UPLOAD_PARTS + 1));
    assert_eq!((status, &body["error"]), (413, &json!("too_large")));
    // A part may be as large as a file.
    let large = "x".repeat(2 * limits::UPLOAD_AHEAD_BYTES);
    let (status, report) = send(Form::new().text("note", large.clone()).part("file", Part::text(large).file_name("f")));
    assert_eq!((status, &report["skipped_count"]), (200, &json!(1)), "{report}");
    // This one never begins a part.
    let request = server.request("POST", "/traces").header("content-type", "multipart/form-data; boundary=b");
    let (status, body) = answer(request.body(vec![b'x'; limits::UPLOAD_AHEAD_BYTES + 1]).send().unwrap());
    assert_eq!((status, &body["error"]), (413, &json!("too_large")), "{body}");
}

#[test]
fn answers_repeat_only_a_little_of_what_was_sent() {
    let server = Server::memory();
    let long = "a".repeat(1 << 20);
    let lines = format!("{{\"event_type\":\"x\"}}\n{}", format!("{{\"resourceSpans\":\"{long}\"}}\n").repeat(20));
    for (method, path, body) in [
        ("POST", "/traces", lines),
        ("POST", "/v1/ping", json!({ long.clone(): [] }).to_string()),
        ("PATCH", "/api/v1/runs/a", json!({ long.clone(): 1 }).to_string()),
        ("POST", "/api/v1/scores", json!({ "run_id": "a", "name": long, "value": 1 }).to_string()),
        ("POST", "/v1/heartbeats", json!({ "agent": "a", "metadata": long }).to_string()),
    ] {
        let request = server.request(method, path).header("content-type", "application/json").body(body);
        let said = request.send().unwrap().text().unwrap();
        assert!(said.len() < 21 * 2 * limits::MESSAGE_BYTES, "{path} answers {} bytes", said.len());
    }
}

#[test]
fn a_ping_is_small_and_its_answer_is_one_line_without_control_characters() {
    let server = Server::memory();
    let form = "a&".repeat(limits::PING_BODY_BYTES);
    let refused = server.request("POST", "/v1/ping").body(form).send().unwrap();
    assert_eq!(refused.status(), 413);
    let ping = |agent: &str| {
        let request = server.request("GET", "/v1/ping").query(&[("agent", agent), ("id", RUN), ("status", "start")]);
        let response = request.send().unwrap();
        (response.status().as_u16(), response.text().unwrap())
    };
    assert_eq!(ping("a\u{1b}]0;x\u{7}\nOK").0, 200);
    let (status, line) = ping("b");
    assert_eq!(status, 409);
    assert!(!line.trim_end_matches('\n').contains(char::is_control), "{line:?}");
    let key = json!({ "\u{1b}[2J": [] }).to_string();
    let line = server.request("POST", "/v1/ping").body(key).send().unwrap().text().unwrap();
    assert!(!line.trim_end_matches('\n').contains(char::is_control), "{line:?}");
}

#[test]
fn what_is_said_of_a_run_later_is_kept_in_bounded_size() {
    let server = Server::memory();
    let (_, run) = server.post("/api/v1/record", &json!({ "agent": "a" }));
    let (run, long) = (run["run_id"].as_str().unwrap(), "é".repeat(1 << 18));
    let verdict = json!({ "outcome": long, "scores": [{ "name": "n", "value": 1, "reason": long, "source": long }] });
    let (status, judged) =
        answer(server.request("PATCH", &format!("/api/v1/runs/{run}")).json(&verdict).send().unwrap());
    assert_eq!(status, 200, "{judged}");
    let score = json!({ "traceId": run, "name": "m", "value": 1, "comment": long, "source": long });
    assert_eq!(server.post("/api/public/scores", &score).0, 200);
    let judged = server.read(&format!("/api/v1/runs/{run}"));
    let bounded = |value: &Json, most: usize| {
        let text = value.as_str().unwrap();
        assert!(text.len() <= most && text.ends_with('…'), "{} bytes", text.len());
    };
    bounded(&judged["outcome"], limits::NAME_BYTES);
    let scores = judged["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 2);
    for score in scores {
        bounded(&score["reason"], limits::METADATA_BYTES);
        bounded(&score["source"], limits::NAME_BYTES);
    }
}

#[test]
fn what_is_refused_is_not_counted_against_the_plan() {
    let server = Server::start(&["--memory", "--events-per-month", "default=10"]);
    let start = |agent: &str| json!({ "id": RUN, "agent": agent, "started_at": "2026-01-31T12:00:00.000Z" });
    assert_eq!(server.post("/v1/runs", &start("a")).0, 202);
    for _ in 0..20 {
        assert_eq!(server.post("/v1/runs", &start("b")).0, 409);
        assert_eq!(server.post("/v1/heartbeats", &json!({ "id": RUN, "agent": "b" })).0, 409);
    }
    for _ in 1..15 {
        assert_eq!(server.post("/api/v1/record", &json!({ "agent": "a" })).0, 202);
    }
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": "a" })).0, 429);
}

#[test]
fn who_is_refused_before_the_body_came_is_told_that_the_connection_ends() {
    let server = Server::memory();
    let address = server.url.strip_prefix("http://").unwrap();
    for (head, body, closes) in [
        ("POST /nowhere HTTP/1.1\r\nContent-Length: 2", "", true),
        ("POST /v1/traces HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2", "", true),
        ("POST /api/v1/logout HTTP/1.1\r\nContent-Length: 2", "", true),
        ("POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2", "{}", false),
        ("POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2", "[]", false),
        ("GET /nowhere/ HTTP/1.1", "", false),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "{head}\r\nHost: localhost\r\n\r\n{body}").unwrap();
        let lines = BufReader::new(stream).lines().map(Result::unwrap);
        let said: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        assert_eq!(said.iter().any(|line| line == "connection: close"), closes, "{head}: {said:?}");
    }
}
