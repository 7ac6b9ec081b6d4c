//! `GET /traces/stream`: scenario 54, the server's side.

use crate::server::{Server, answer, eventually, run};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};
use vedette_model::limits;

/// One event: its name, id and data.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    name: String,
    id: u64,
    data: Json,
}

/// A reader of the stream. Comments and the retry are passed over.
struct Reader(BufReader<reqwest::blocking::Response>);

impl Reader {
    fn open(server: &Server, last_event_id: Option<&str>) -> Self {
        Self::open_at(server, "/traces/stream", last_event_id)
    }

    fn open_at(server: &Server, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = server.request("GET", path);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        Reader::of(request.timeout(Duration::from_secs(600)).send().unwrap())
    }

    fn of(response: reqwest::blocking::Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Reader(BufReader::new(response));
        // The first words of the stream: from here on nothing is missed.
        assert_eq!(reader.block(), ["retry: 1000"]);
        reader
    }

    fn block(&mut self) -> Vec<String> {
        let block = self.block_or_end();
        assert!(!block.is_empty(), "the stream ended");
        block
    }

    /// Empty at the end.
    fn block_or_end(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                assert!(lines.is_empty(), "an event is cut: {lines:?}");
                return lines;
            }
            match line.trim_end() {
                "" if lines.is_empty() => {}
                "" => return lines,
                line if line.starts_with(':') => {}
                line => lines.push(line.to_owned()),
            }
        }
    }

    fn next(&mut self) -> Event {
        Self::event(&self.block())
    }

    /// What comes until the server ends the stream.
    fn rest(mut self) -> Vec<Event> {
        let blocks = std::iter::from_fn(|| Some(self.block_or_end()).filter(|block| !block.is_empty()));
        blocks.map(|block| Self::event(&block)).collect()
    }

    fn event(block: &[String]) -> Event {
        let field = |name: &str| -> Vec<&str> {
            block.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
        };
        let data = field("data");
        assert_eq!(data.len(), 1, "exactly one data line: {block:?}");
        Event {
            name: field("event").first().map_or_else(String::new, |name| (*name).to_owned()),
            id: field("id")[0].parse().unwrap(),
            data: serde_json::from_str(data[0]).unwrap(),
        }
    }

    /// Up to the first event that a test waits for.
    fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            events.push(self.next());
            if wanted(events.last().unwrap()) {
                return events;
            }
        }
    }
}

/// As the server counts them.
fn readers(server: &Server) -> u64 {
    let text = server.request("GET", "/metrics").send().unwrap().text().unwrap();
    let count = text.lines().find_map(|line| line.strip_prefix("vedette_stream_readers ")).unwrap();
    count.parse().unwrap()
}

/// Spans of one run whose names are long, so that connections are soon full; numbered from `first`.
fn send_long_spans(server: &Server, first: u64, count: u64) {
    let spans = (first..first + count).map(|number| {
        json!({
            "traceId": format!("{:032x}", 1 + first), "spanId": format!("{:016x}", 1 + number),
            "name": format!("{number} {}", "x".repeat(1_000)),
            "startTimeUnixNano": "1795220788772000000", "endTimeUnixNano": "1795220788773000000",
        })
    });
    let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans.collect::<Vec<Json>>() }] }] });
    assert_eq!(server.post("/v1/traces", &request), (200, json!({})));
}

fn record(server: &Server, agent: &str) {
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": agent, "outcome": "two\nlines" })).0, 202);
}

fn is_run_of(agent: &'static str) -> impl Fn(&Event) -> bool {
    move |event| event.name == "run" && event.data["agent"] == agent
}

#[test]
fn each_finished_span_is_one_line_soon_after_it_is_durable() {
    let server = Server::memory();
    let mut reader = Reader::open(&server, None);
    let sent = Instant::now();
    record(&server, "a");
    let events = reader.until(is_run_of("a"));
    assert!(sent.elapsed() < Duration::from_secs(5));
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["", "run"], "the span, then its run");
    assert_eq!((&events[0].data["kind"], &events[0].data["agent"]), (&json!("agent"), &json!("a")));
    assert_eq!(events[1].data["outcome"], "two\nlines");
    assert_eq!(events[0].data["trace_id"], events[1].data["trace_id"]);
}

#[test]
fn who_comes_back_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path());
    let mut reader = Reader::open(&server, None);
    record(&server, "a");
    let seen = reader.until(is_run_of("a")).last().unwrap().id;
    drop(reader);
    for agent in ["b", "c"] {
        record(&server, agent);
    }
    let mut again = Reader::open(&server, Some(&seen.to_string()));
    record(&server, "d");
    let missed = again.until(is_run_of("d"));
    let agents: Vec<&Json> =
        missed.iter().filter(|event| event.name == "run").map(|event| &event.data["agent"]).collect();
    assert_eq!(agents, ["b", "c", "d"], "in order, each once");
    assert!(missed.iter().map(|event| event.id).is_sorted_by(|a, b| a < b), "ids only grow");
    assert_eq!(missed.iter().filter(|event| event.name.is_empty()).count(), 3, "each finished span once");

    // Also across a restart.
    let last = missed.last().unwrap().id;
    drop(again);
    assert!(server.stop().success());
    let server = Server::in_folder(folder.path());
    let mut reader = Reader::open(&server, Some(&seen.to_string()));
    let replayed = reader.until(is_run_of("d"));
    assert_eq!(replayed, missed);
    record(&server, "e");
    assert!(reader.until(is_run_of("e")).iter().all(|event| event.id > last), "ids go on where they were");
}

#[test]
fn a_reader_that_takes_nothing_is_dropped_and_misses_nothing() {
    let server = Server::memory();
    let stalled = Reader::open(&server, None);
    assert_eq!(readers(&server), 1);
    // More than it may be behind and connections hold; less than is known of the past.
    let mut sent = 0;
    while sent < 40_000 && readers(&server) == 1 {
        send_long_spans(&server, sent, 2_000);
        sent += 2_000;
    }
    eventually(|| (readers(&server) == 0).then_some(()));

    // It was told the beginning in full, then no more.
    let mut told = stalled.rest();
    let seen = told.last().unwrap().id;
    assert!((told.len() as u64) < sent, "{} of {sent}", told.len());
    let mut again = Reader::open(&server, Some(&seen.to_string()));
    record(&server, "last");
    told.extend(again.until(is_run_of("last")));
    assert!(told.iter().map(|event| event.id).is_sorted_by(|a, b| a < b), "ids only grow");
    let finished = told.iter().filter(|event| event.name.is_empty()).map(|event| event.data["name"].as_str().unwrap());
    let numbers: Vec<u64> = finished.filter_map(|name| name.split_once(" x")?.0.parse().ok()).collect();
    assert_eq!(numbers, (0..sent).collect::<Vec<u64>>(), "each finished span once, in order");
}

#[test]
fn an_account_has_so_many_readers_and_others_have_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let [greedy, other] = ["acme", "globex"].map(|account| {
        run(&["accounts", "create", account, "--data", data]);
        run(&["keys", "create", "--account", account, "--data", data]).trim().to_owned()
    });
    let server = Server::in_folder(folder.path());
    let open = |key: &str| {
        let request = server.request_by(key, "GET", "/traces/stream").timeout(Duration::from_secs(600));
        request.send().unwrap()
    };
    let mut taken: Vec<Reader> = (0..limits::STREAM_READERS_PER_ACCOUNT).map(|_| Reader::of(open(&greedy))).collect();
    let refused = open(&greedy);
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"10".parse().unwrap()));
    let (_, body) = answer(refused);
    let message = "250 readers of the stream are all that an account may have: close one, or ask again later";
    assert_eq!((&body["error"], &body["message"]), (&json!("unavailable"), &json!(message)));
    Reader::of(open(&other));
    // Who leaves makes room.
    taken.pop();
    let next = eventually(|| Some(open(&greedy)).filter(|response| response.status() == 200));
    Reader::of(next);
}

#[test]
fn what_is_not_known_any_more_is_a_reset() {
    let server = Server::memory();
    record(&server, "a");
    for id in ["999999", "no number"] {
        let mut reader = Reader::open(&server, Some(id));
        let reset = reader.next();
        assert_eq!((reset.name.as_str(), &reset.data), ("reset", &json!({})), "{id}");
        record(&server, "b");
        assert!(reader.next().id > reset.id);
    }
}

/// How far an answer knows what happened.
fn sequence(server: &Server, path: &str) -> Option<u64> {
    let response = server.request("GET", path).send().unwrap();
    response.headers().get("vedette-sequence").map(|value| value.to_str().unwrap().parse().unwrap())
}

#[test]
fn an_answer_is_followed_from_where_it_stood() {
    for server in [Server::memory(), Server::in_folder(tempfile::tempdir().unwrap().path())] {
        assert_eq!(sequence(&server, "/api/v1/runs"), Some(0), "before the first change");
        record(&server, "a");
        let seen = sequence(&server, "/api/v1/agents").unwrap();
        for agent in ["b", "c"] {
            record(&server, agent);
        }
        let mut reader = Reader::open_at(&server, &format!("/traces/stream?after={seen}"), None);
        record(&server, "d");
        let missed = reader.until(is_run_of("d"));
        let agents: Vec<&Json> =
            missed.iter().filter(|event| event.name == "run").map(|event| &event.data["agent"]).collect();
        assert_eq!(agents, ["b", "c", "d"], "in order, each once");
        let last = missed.last().unwrap().id;
        assert_eq!(sequence(&server, "/api/v1/status"), Some(last));
        // A browser that comes back asks at the same address.
        let mut again = Reader::open_at(&server, &format!("/traces/stream?after={seen}"), Some(&last.to_string()));
        record(&server, "e");
        assert!(again.until(is_run_of("e")).iter().all(|event| event.id > last));
    }
}

#[test]
fn only_an_answer_tells_where_it_stood() {
    let server = Server::memory();
    for path in ["/api/v1/runs/run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "/api/v1/runs?limit=none", "/healthz"] {
        assert_eq!(sequence(&server, path), None, "{path}");
    }
    let response = server.request("GET", "/traces/stream?after=now").send().unwrap();
    let status = response.status();
    let body: Json = response.json().unwrap();
    assert_eq!((status.as_u16(), &body["field"]), (400, &json!("after")), "{body}");
    assert_eq!(body["message"], "after must be a whole number from 0, not \"now\"");
    let mut reader = Reader::open_at(&server, "/traces/stream?after=999999", None);
    record(&server, "a");
    assert_eq!(reader.next().name, "reset", "not reached yet");
}

#[test]
fn an_account_hears_only_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    run(&["accounts", "create", "acme", "--data", data]);
    let acme = run(&["keys", "create", "--account", "acme", "--data", data]);
    let own = run(&["keys", "create", "--data", data]);
    let server = Server::in_folder(folder.path()).with_key(own.trim());
    let mut reader = Reader::open(&server, None);
    let server = server.with_key(acme.trim());
    record(&server, "secret");
    let server = server.with_key(own.trim());
    record(&server, "own");
    assert!(reader.until(is_run_of("own")).iter().all(|event| event.data["agent"] == "own"));
}

#[test]
fn an_open_span_is_a_change_and_its_end_a_line() {
    let server = Server::memory();
    let mut reader = Reader::open(&server, None);
    let span = |status: &str| {
        json!({ "traces": [{
            "trace": { "trace_id": "t-1", "agent": "a", "status": status, "started_at": "2026-01-31T12:00:00Z" },
            "spans": [{ "span_id": "s-1", "type": "tool", "name": "search", "status": status, "started_at": "2026-01-31T12:00:00Z" }],
        }]})
    };
    assert_eq!(server.post("/api/v1/traces/batch", &span("running")).0, 202);
    assert_eq!(server.post("/api/v1/traces/batch", &span("completed")).0, 202);
    let events = reader.until(|event| event.name == "run" && event.data["status"] == "success");
    let spans: Vec<(&str, &Json)> = events
        .iter()
        .filter(|event| event.name != "run")
        .map(|event| (event.name.as_str(), &event.data["status"]))
        .collect();
    assert_eq!(spans, [("span", &json!("running")), ("", &json!("success"))]);
}
