//! How long an answer takes, seen from outside.

use crate::report::{Report, Target};
use crate::server::Server;
use anyhow::{Context, Result};
use serde_json::Value as Json;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

/// A question, and the p99 it must keep on an idle server.
pub struct Question {
    pub what: &'static str,
    pub path: String,
    pub p99_ms: f64,
}

/// The questions of the issue, about things that are there.
pub fn questions(server: &Server) -> Result<Vec<Question>> {
    let runs = server.get("/api/v1/runs?limit=50")?;
    let id = runs.pointer("/runs/25/id").and_then(Json::as_str).context("fewer than 26 runs")?;
    let question = |what, path: &str, p99_ms| Question { what, path: path.to_owned(), p99_ms };
    Ok(vec![
        question("run list", "/api/v1/runs?limit=50", 10.0),
        question("run list, failed and slow", "/api/v1/runs?limit=50&status=failed&min_duration_ms=15000", 10.0),
        question("one run's spans", &format!("/api/v1/runs/{id}/spans"), 15.0),
        question("agent statistics", "/api/v1/agents/agent-07/stats?bucket=1d", 50.0),
        question("all agents", "/api/v1/agents", 50.0),
        question("cost by model", "/api/v1/costs?by=model", 100.0),
        question("cost by day", "/api/v1/costs?by=day", 100.0),
    ])
}

/// p50 and p99 of each question; `factor` widens the targets, `None` only tells.
pub fn ask(server: &Server, requests: usize, when: &str, factor: Option<f64>, report: &mut Report) -> Result<()> {
    for question in questions(server)? {
        let mut took: Vec<f64> = Vec::with_capacity(requests);
        server.get(&question.path)?;
        for _ in 0..requests {
            let started = Instant::now();
            server.get(&question.path)?;
            took.push(started.elapsed().as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        let rank = |share: f64| {
            took.get(((took.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or(0.0)
        };
        let target = factor.map_or(Target::None, |factor| Target::AtMost(question.p99_ms * factor));
        report.add(format!("{}, p50, {when}", question.what), rank(0.5), "ms", Target::None);
        report.add(format!("{}, p99, {when}", question.what), rank(0.99), "ms", target);
    }
    Ok(())
}

/// From the POST of a span to its line on the stream, the slowest of a few.
pub fn stream(server: &Server, bodies: impl Iterator<Item = Result<Vec<u8>>>) -> Result<f64> {
    let client = reqwest::blocking::Client::builder().timeout(None::<Duration>).build()?;
    let response = client.get(format!("{}/traces/stream", server.address)).send()?;
    let mut lines = BufReader::new(response).lines();
    let mut slowest: f64 = 0.0;
    for body in bodies {
        let started = Instant::now();
        server.post_traces(body?)?;
        for line in lines.by_ref() {
            if line?.starts_with("data:") {
                break;
            }
        }
        slowest = slowest.max(started.elapsed().as_secs_f64() * 1e3);
        // What else this body brought would be taken for the next one's answer.
        lines = BufReader::new(client.get(format!("{}/traces/stream", server.address)).send()?).lines();
    }
    Ok(slowest)
}
