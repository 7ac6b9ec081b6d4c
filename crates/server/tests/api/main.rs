//! What the API answers about runs that are known, asked of the real binary. One file a resource.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "../it/server.rs"]
mod server;

mod costs;
mod deletion;
mod document;
mod filters;
mod hostile;
mod judgement;
mod mutated;
mod resources;
mod sql;
mod statistics;
mod watching;

use serde_json::{Value as Json, json};
use server::Server;

/// A trace of the batch API that started some minutes after 2026-01-10T00:00:00Z and ended as `status` says.
fn trace(id: &str, agent: &str, minute: u32, status: &str, duration_ms: u32, cost: &str) -> Json {
    let started_at = format!("2026-01-10T{:02}:{:02}:00Z", minute / 60, minute % 60);
    json!({ "trace": {
        "trace_id": id, "agent": agent, "status": status, "started_at": started_at, "duration_ms": duration_ms,
        "total_cost_usd": cost,
    }})
}

/// With more said of the trace.
fn with(mut entry: Json, more: Json) -> Json {
    entry["trace"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

fn send(server: &Server, traces: &[Json]) {
    let (status, body) = server.post("/api/v1/traces/batch", &json!({ "traces": traces }));
    assert_eq!((status, &body["rejected"]), (202, &json!([])), "{body}");
}

/// One field of each row of a list.
fn each(body: &Json, list: &str, field: &str) -> Vec<String> {
    body[list].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap_or_default().to_owned()).collect()
}
