//! Kill -9 under load, again and again on the same folder: what was acknowledged is there, once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "it/server.rs"]
mod server;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value as Json, json};
use server::{Server, answer, run, signal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Kills, each after a random count of acknowledged spans.
const ROUNDS: u32 = 200;
const SENDERS: u32 = 4;
/// What a sender would send in one round, were it not for the kill.
const REQUESTS_PER_SENDER: u32 = 250;

/// A run and one of its spans.
type Sent = (String, String);

/// A request of one span: each sender has one run a round, an agent that calls a model.
fn request(round: u32, sender: u32, number: u32) -> (Sent, Json) {
    let (trace, span) = (format!("{:032x}", round * SENDERS + sender + 1), format!("{:016x}", number + 1));
    let start = 1_769_860_800_000_000_000 + u64::from(number) * 1_000_000;
    let (parent, operation, tokens) =
        if number == 0 { (String::new(), "invoke_agent", "0") } else { (format!("{:016x}", 1), "chat", "7") };
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": trace, "spanId": span, "parentSpanId": parent, "name": operation,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000).to_string(),
        "attributes": [
            { "key": "gen_ai.operation.name", "value": { "stringValue": operation } },
            { "key": "gen_ai.usage.input_tokens", "value": { "intValue": tokens } },
        ],
    }]}]}]});
    ((trace, span), body)
}

/// Loads a server in the folder and kills it after `acknowledgements`; all that it acknowledged.
fn round(folder: &Path, round: u32, acknowledgements: usize) -> Vec<Sent> {
    let server = Server::in_folder(folder);
    let (acknowledge, acknowledged) = mpsc::sync_channel((SENDERS * REQUESTS_PER_SENDER) as usize);
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (server, acknowledge) = (&server, acknowledge.clone());
            scope.spawn(move || {
                for number in 0..REQUESTS_PER_SENDER {
                    let (sent, body) = request(round, sender, number);
                    // The kill breaks the connection, before the answer or in the middle of it.
                    let Ok(response) = server.request("POST", "/v1/traces").json(&body).send() else { return };
                    if response.status() != 200 || acknowledge.send(sent).is_err() {
                        return;
                    }
                }
            });
        }
        drop(acknowledge);
        let deadline = Duration::from_secs(30);
        let mut all: Vec<Sent> = (0..acknowledgements).map(|_| acknowledged.recv_timeout(deadline).unwrap()).collect();
        signal(server.process_id(), "KILL");
        all.extend(acknowledged.iter());
        all
    })
}

/// Everything acknowledged is there, and nothing twice.
fn check(server: &Server, acknowledged: &[Sent]) {
    let mut by_run: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (run, span) in acknowledged {
        by_run.entry(run).or_default().insert(span);
    }
    for (run, sent) in by_run {
        let spans = server.spans(run);
        let ids: BTreeSet<&str> = spans.iter().map(|span| span["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), spans.len(), "a span of {run} is there twice");
        let lost: Vec<_> = sent.difference(&ids).collect();
        assert!(lost.is_empty(), "{run} lost {lost:?}");
        let summary = server.read(&format!("/api/v1/runs/{run}"));
        let told = ["span_count", "model_calls", "conflicting_spans"].map(|field| summary[field].as_u64().unwrap());
        let calls = spans.len() as u64 - 1;
        assert_eq!(told, [calls + 1, calls, 0], "{run}");
        assert_eq!(summary["tokens"]["input"].as_u64().unwrap(), 7 * calls, "{run}");
    }
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    let mut random = StdRng::seed_from_u64(20_260_101);
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Sent> = Vec::new();
    for number in 0..ROUNDS {
        let fresh = round(folder.path(), number, random.random_range(1..200));
        let server = Server::in_folder(folder.path());
        check(&server, &fresh);
        // A sender that never saw the answer sends again.
        for (run, span) in fresh.iter().rev().take(5) {
            let run_number = u32::from_str_radix(run, 16).unwrap() - 1;
            let (sent, body) = request(number, run_number % SENDERS, u32::from_str_radix(span, 16).unwrap() - 1);
            assert_eq!(&sent, &(run.clone(), span.clone()));
            assert_eq!(answer(server.request("POST", "/v1/traces").json(&body).send().unwrap()).0, 200);
        }
        check(&server, &fresh);
        acknowledged.extend(fresh);
    }
    assert!(acknowledged.len() >= ROUNDS as usize, "only {} were acknowledged", acknowledged.len());
    let data = folder.path().to_str().unwrap();
    run(&["doctor", "--data", data, "--listen", "127.0.0.1:0"]);
    let server = Server::in_folder(folder.path());
    check(&server, &acknowledged);
    assert!(server.stop().success());
    run(&["doctor", "--data", data, "--listen", "127.0.0.1:0"]);
}
