//! Costs as scenario 51 shows them, and the range that is taken when none is asked for.

use crate::server::Server;
use crate::{each, send, with};
use serde_json::{Value as Json, json};

const SONNET: &str = "claude-sonnet-4-20250514";
const MINI: &str = "gpt-4o-mini";
const HAIKU: &str = "claude-haiku-3-5-20241022";

fn call(id: &str, workflow: &str, day: &str, model: &str, cost: &str) -> Json {
    let entry = json!({ "trace": { "trace_id": id, "agent": "a", "started_at": format!("{day}T12:00:00Z"), "duration_ms": 10 }, "spans": [
        { "span_id": id, "type": "llm", "model": model, "started_at": format!("{day}T12:00:00Z"), "duration_ms": 5, "input_tokens": 1, "output_tokens": 1, "cost_usd": cost },
    ]});
    with(entry, json!({ "workflow": workflow }))
}

/// 89 runs of `main` and 91 of `quick` within a week, and one from before.
fn known(server: &Server) {
    let mut entries = vec![
        call("main sonnet", "main", "2025-06-09", SONNET, "24.80"),
        call("main mini", "main", "2025-06-08", MINI, "6.20"),
        call("main haiku", "main", "2025-06-07", HAIKU, "0.20"),
        call("quick haiku", "quick", "2025-06-07", HAIKU, "3.20"),
        call("older", "main", "2025-06-01", SONNET, "100"),
    ];
    entries.extend((0..86).map(|number| call(&format!("main {number}"), "main", "2025-06-09", HAIKU, "0")));
    entries.extend((0..90).map(|number| call(&format!("quick {number}"), "quick", "2025-06-08", HAIKU, "0")));
    for chunk in entries.chunks(50) {
        send(server, chunk);
    }
}

fn rows(body: &Json, fields: &[&str]) -> Vec<Json> {
    body["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| fields.iter().map(|field| row[*field].clone()).collect())
        .collect()
}

#[test]
fn costs_by_model_workflow_and_day_are_the_documents() {
    let server = Server::memory();
    known(&server);
    let models = server.read("/api/v1/costs?by=model");
    assert_eq!((&models["range"], &models["total_cost_usd"]), (&json!("newest_week"), &json!("34.4")));
    let shares: Vec<f64> =
        rows(&models, &["share"]).iter().map(|row| (row[0].as_f64().unwrap() * 100.0).round()).collect();
    assert_eq!(shares, [72.0, 18.0, 10.0]);
    assert_eq!(models["by_source"], json!([{ "source": "reported", "cost_usd": "34.4", "runs": 180 }]));
    assert_eq!(
        rows(&models, &["key", "cost_usd"]),
        [json!([SONNET, "24.8"]), json!([MINI, "6.2"]), json!([HAIKU, "3.4"])]
    );
    assert_eq!(
        rows(&server.read("/api/v1/costs?by=workflow"), &["key", "cost_usd", "runs", "avg_cost_per_run_usd"]),
        [json!(["main", "31.2", 89, "0.350561797"]), json!(["quick", "3.2", 91, "0.035164835"]),]
    );
    assert_eq!(
        rows(&server.read("/api/v1/costs?by=day"), &["key", "cost_usd", "runs"]),
        [json!(["2025-06-09", "24.8", 87]), json!(["2025-06-08", "6.2", 91]), json!(["2025-06-07", "3.4", 2]),]
    );
}

#[test]
fn a_range_that_is_asked_for_is_taken_and_days_have_a_zone() {
    let server = Server::memory();
    known(&server);
    let asked = server.read("/api/v1/costs?by=model&since=2025-06-01&until=2025-06-02");
    assert_eq!((&asked["range"], rows(&asked, &["key", "cost_usd"])), (&json!("asked"), vec![json!([SONNET, "100"])]));
    let days = server.read("/api/v1/costs?by=day&since=2025-06-01&until=2025-06-02&tz=Pacific/Auckland");
    assert_eq!(each(&days, "rows", "key"), ["2025-06-02"]);
    let none = server.read("/api/v1/costs?since=2020-01-01&until=2020-01-02");
    assert_eq!((&none["rows"], rows(&none, &["key"]).len()), (&json!([]), 0));
}

#[test]
fn the_last_week_is_taken_if_anything_is_in_it_and_unpriced_models_are_named() {
    let server = Server::memory();
    known(&server);
    let unpriced = json!({ "traces": [{
        "trace": { "trace_id": "now", "agent": "a", "started_at": jiff::Timestamp::now().to_string() },
        "spans": [{ "span_id": "now", "type": "llm", "model": "no-such-model-9", "started_at": jiff::Timestamp::now().to_string(), "input_tokens": 1, "output_tokens": 1 }],
    }]});
    assert_eq!(server.post("/api/v1/traces/batch", &unpriced).0, 202);
    let body = server.read("/api/v1/costs");
    assert_eq!((&body["range"], &body["total_cost_usd"]), (&json!("last_week"), &Json::Null));
    assert_eq!(body["unpriced"], json!([{ "model": "no-such-model-9", "model_calls": 1 }]));
}

#[test]
fn costs_say_what_was_reported_what_computed_and_what_the_own_prices_made() {
    let server = Server::memory();
    let price = json!({ "model": "own-7b", "valid_from": "2025-01-01T00:00:00Z", "input_per_million_usd": "1", "output_per_million_usd": "2" });
    assert_eq!(server.request("PUT", "/api/v1/prices").json(&price).send().unwrap().status(), 204);
    let call = |id: &str, model: &str, cost: Option<&str>| {
        let span = json!({ "span_id": id, "type": "llm", "model": model, "started_at": "2025-06-09T12:00:00Z",
            "input_tokens": 1_000_000, "output_tokens": 0 });
        cost.map_or(span.clone(), |cost| with_field(span, "cost_usd", cost))
    };
    let run = |id: &str, spans: Json| json!({ "trace": { "trace_id": id, "agent": "a", "started_at": "2025-06-09T12:00:00Z" }, "spans": spans });
    send(
        &server,
        &[
            run("mixed", json!([call("1", MINI, None), call("2", "own-7b", None), call("3", SONNET, Some("0.4"))])),
            run("plain", json!([call("4", MINI, None)])),
            run("unknown", json!([call("5", "no-such-model-9", None)])),
        ],
    );
    let body = server.read("/api/v1/costs?since=2025-06-01&until=2025-07-01&by=agent");
    let part = |source: &str, cost: &str, runs: u64| json!({ "source": source, "cost_usd": cost, "runs": runs });
    assert_eq!(
        body["by_source"],
        json!([part("reported", "0.4", 1), part("override", "1", 1), part("computed", "0.3", 2)])
    );
    assert_eq!(body["total_cost_usd"], "1.7");
    let nothing = server.read("/api/v1/costs?since=2020-01-01&until=2020-01-02");
    assert_eq!(nothing["by_source"], json!([]));
}

fn with_field(mut span: Json, field: &str, value: &str) -> Json {
    span[field] = json!(value);
    span
}
