//! `cargo run --release -p vedette-watch --example measure`: what watching costs, as a share of one core.
#![allow(clippy::unwrap_used, missing_docs, reason = "a measurement")]

use serde_json::json;
use std::time::Instant;
use vedette_model::{AccountId, NanoUsd, RunKey, RunKind, Status, Timestamp};
use vedette_watch::{Book, Rule, Schedule, Seen};

const RULES: u64 = 1_000;
const AGENTS: u64 = 200;
const RUNS_PER_SECOND: u64 = 50;
const SECONDS: u64 = 600;

fn at(second: u64) -> Timestamp {
    Timestamp((1_800_000_000 + second as i64) * 1_000_000_000)
}

fn run(number: u64, second: u64) -> Seen {
    let mut key = [0; 16];
    key.iter_mut().zip(number.to_be_bytes()).for_each(|(place, byte)| *place = byte);
    Seen {
        key: RunKey(key),
        root: RunKey(key),
        children: Vec::new(),
        failed_children: 0,
        kind: RunKind::Run,
        agent: Some(format!("agent-{}", number % AGENTS).into()),
        tags: vec!["red".into()],
        customer: Some("acme".into()),
        feature: None,
        status: if number.is_multiple_of(50) { Status::Failed } else { Status::Success },
        started_at: at(second),
        finished_at: Some(at(second)),
        last_received_at: at(second),
        cost: Some(NanoUsd(10_000_000)),
        tokens: 1_000,
        failure_kind: Some("TimeoutError".into()),
        failure_message: Some("no answer after 30 s".into()),
        failing_step: None,
        waiting: None,
        scores: Vec::new(),
        failed_checks: Vec::new(),
    }
}

fn main() {
    let mut book = Book::load(AccountId::DEFAULT, std::iter::empty()).0;
    let kinds = [
        json!({ "type": "failure_rate", "over": 0.5 }),
        json!({ "type": "latency_threshold", "over_p95_ms": 60_000.0 }),
        json!({ "type": "cost_threshold", "over_usd": "1000000" }),
        json!({ "type": "inactivity", "hours": 24.0 }),
        json!({ "type": "all", "of": [{ "type": "tokens", "over": 1_000_000_000 }, { "type": "errors", "over": 100_000 }] }),
    ];
    for (number, when) in (0..RULES).zip(kinds.iter().cycle()) {
        let rule = json!({
            "id": format!("rule-{number}"), "name": format!("rule-{number}"), "when": when,
            "on": { "agent": format!("agent-{}", number % AGENTS) }, "created_at": at(0),
        });
        book.put_rule(serde_json::from_value::<Rule>(rule).unwrap()).unwrap();
    }
    for number in 0..AGENTS {
        let schedule = json!({ "agent": format!("agent-{number}"), "cron": "0 3 * * *", "created_at": at(0) });
        book.put_schedule(serde_json::from_value::<Schedule>(schedule).unwrap(), at(0)).unwrap();
    }
    let started = Instant::now();
    let (mut ticks, mut written) = (0.0, 0);
    for second in 0..SECONDS {
        for number in 0..RUNS_PER_SECOND {
            book.observe(&run(second * RUNS_PER_SECOND + number, second), at(second));
        }
        let ticking = Instant::now();
        book.tick(at(second));
        ticks += ticking.elapsed().as_secs_f64();
        written += book.take().writes.len();
    }
    let share = |seconds: f64| seconds * 100.0 / SECONDS as f64;
    println!("{RULES} rules evaluated every second: {:.3} % of a core", share(ticks));
    println!(
        "and {RUNS_PER_SECOND} runs a second grouped and counted: {:.3} % of a core",
        share(started.elapsed().as_secs_f64())
    );
    println!("documents written: {written}");
}
