//! Which runs a filter selects, pages that stay put, and parameters nobody knows.

use crate::server::Server;
use crate::{each, send, trace, with};
use serde_json::json;
use std::collections::BTreeSet;

const ALPHA: &str = "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";

/// Six runs; each has an agent of its own, which names it.
fn known(server: &Server) {
    let mut alpha = with(
        trace(ALPHA, "alpha", 0, "completed", 1_000, "0.01"),
        json!({
            "success": true, "outcome": "won", "session_id": "s1", "user_id": "u1", "customer_id": "c1", "feature": "f1",
            "workflow": "w1", "version": "v1", "environment": "production", "tags": ["t1", "t0"],
        }),
    );
    alpha["spans"] = json!([
        { "span_id": "a1", "type": "llm", "model": "gpt-4o", "started_at": "2026-01-10T00:00:00Z", "duration_ms": 9, "cost_usd": "0.01", "input_tokens": 1, "output_tokens": 1 },
        { "span_id": "a2", "type": "tool", "name": "search", "started_at": "2026-01-10T00:00:00Z", "duration_ms": 9 },
    ]);
    let mut beta = with(
        trace("run-beta", "beta", 60, "failed", 5_000, "0.50"),
        json!({
            "success": false, "outcome": "lost", "session_id": "s2", "user_id": "u2", "customer_id": "c2", "feature": "f2",
            "workflow": "w2", "version": "v2", "environment": "staging", "tags": ["t2"], "parent_run_id": ALPHA,
        }),
    );
    beta["spans"] = json!([
        { "span_id": "b1", "type": "llm", "model": "claude-sonnet-4", "status": "failed", "error": "overloaded: try later", "started_at": "2026-01-10T01:00:00Z", "duration_ms": 9, "cost_usd": "0.50", "input_tokens": 1, "output_tokens": 1 },
        { "span_id": "b2", "type": "tool", "name": "calc", "started_at": "2026-01-10T01:00:00Z", "duration_ms": 9 },
    ]);
    send(server, &[alpha, beta, trace("run-gamma", "gamma", 120, "running", 0, "0")]);
    let record = json!({ "agent": "delta", "id": "run-delta", "ended_at": "2026-01-10T03:00:00Z", "duration_ms": 250 });
    assert_eq!(server.post("/api/v1/record", &record).0, 202);
    let beat =
        json!({ "agent": "epsilon", "started_at": "2026-01-10T04:00:00Z", "finished_at": "2026-01-10T04:00:00Z" });
    assert_eq!(server.post("/v1/heartbeats", &beat).0, 202);
    let plain = json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "zeta" } }] },
        "scopeSpans": [{ "spans": [{
            "traceId": "00000000000000000000000000000001", "spanId": "0000000000000001", "name": "GET /",
            "startTimeUnixNano": "1768021200000000000", "endTimeUnixNano": "1768021200500000000",
        }]}],
    }]});
    assert_eq!(server.post("/v1/traces", &plain).0, 200);
}

#[test]
fn every_filter_selects_what_it_says() {
    let server = Server::memory();
    known(&server);
    let shown = ["alpha", "beta", "gamma", "delta", "epsilon"];
    for (query, selected) in [
        ("", &shown[..]),
        ("agent=alpha", &["alpha"]),
        ("agent=alpha&agent=beta", &["alpha", "beta"]),
        ("agent=alph", &[]),
        ("status=failed", &["beta"]),
        ("status=running", &["gamma"]),
        ("status=success&kind=run", &["alpha"]),
        ("success=true", &["alpha"]),
        ("success=false", &["beta"]),
        ("success=null", &["gamma", "delta", "epsilon"]),
        ("outcome=won", &["alpha"]),
        ("kind=record", &["delta"]),
        ("kind=heartbeat&kind=trace", &["epsilon", "zeta"]),
        ("model=gpt-4o", &["alpha"]),
        ("tool=calc", &["beta"]),
        ("session=s2", &["beta"]),
        ("user=u1", &["alpha"]),
        ("customer=c2", &["beta"]),
        ("feature=f1", &["alpha"]),
        ("workflow=w2", &["beta"]),
        ("version=v2", &["beta"]),
        ("tag=t0", &["alpha"]),
        ("tag=t1&tag=t2", &["alpha", "beta"]),
        ("environment=staging", &["beta"]),
        ("since=2026-01-10T03:00:00Z", &["epsilon"]),
        ("until=2026-01-10T01:00:00Z", &["alpha"]),
        ("min_duration_ms=1000", &["alpha", "beta"]),
        ("max_duration_ms=1000&kind=run", &["alpha"]),
        ("min_cost_usd=0.5", &["beta"]),
        ("q=OVERLOADED", &["beta"]),
        ("q=9c1d7e8f", &["alpha"]),
        ("q=run-gamma", &["gamma"]),
        (&format!("q=run_us_{ALPHA}"), &["alpha"]),
        (&format!("root=run_eu_{ALPHA}"), &["alpha", "beta"]),
        ("root=run-beta", &["beta"]),
        ("agent=alpha&status=failed", &[]),
    ] {
        let body = server.read(&format!("/api/v1/runs?{query}"));
        let found: BTreeSet<String> = each(&body, "runs", "agent").into_iter().collect();
        assert_eq!(found, selected.iter().map(|agent| (*agent).to_owned()).collect(), "{query}");
    }
}

#[test]
fn facets_count_what_filters_would_select() {
    let server = Server::memory();
    known(&server);
    let facets = server.read("/api/v1/runs/facets?status=failed");
    assert_eq!(facets["agent"], json!([{ "value": "beta", "count": 1 }]));
    assert_eq!(facets["version"], json!([{ "value": "v2", "count": 1 }]));
    // A facet ignores its own part of the filter.
    let statuses: BTreeSet<(String, u64)> = facets["status"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| (value["value"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap()))
        .collect();
    let expected = [("failed", 1), ("running", 1), ("success", 3)].map(|(word, count)| (word.to_owned(), count));
    assert_eq!(statuses, BTreeSet::from(expected));
}

#[test]
fn pages_neither_skip_nor_repeat_while_runs_arrive() {
    let server = Server::memory();
    // Many with the same start, duration and cost: the order needs more than its key.
    let entries: Vec<_> = (0..23)
        .map(|number| {
            trace(&format!("r{number}"), "pager", number / 5, "completed", number / 7, &format!("0.{}", number / 9))
        })
        .collect();
    send(&server, &entries);
    for (sort, field) in
        [("newest", "started_at"), ("oldest", "started_at"), ("slowest", "duration_ms"), ("dearest", "cost_usd")]
    {
        let whole = each(&server.read(&format!("/api/v1/runs?sort={sort}&until=2026-01-11&limit=1000")), "runs", "id");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        for page in 0.. {
            let body = server.read(&format!("/api/v1/runs?sort={sort}&until=2026-01-11&limit=4&cursor={cursor}"));
            paged.extend(each(&body, "runs", "id"));
            let values: Vec<String> =
                body["runs"].as_array().unwrap().iter().map(|run| format!("{:>32}", run[field].to_string())).collect();
            assert!(
                if sort == "oldest" { values.is_sorted() } else { values.iter().rev().is_sorted() },
                "{sort}: {values:?}"
            );
            // One that sorts before all that were asked for.
            let (minute, duration, cost) = if sort == "oldest" { (0, 0, "0") } else { (30 + page, 9_000 + page, "9") };
            if sort != "oldest" {
                send(&server, &[trace(&format!("{sort} {page}"), "pager", minute, "completed", duration, cost)]);
            }
            let Some(next) = body["next_cursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!(paged, whole, "{sort}");
        for page in 0..20 {
            let _ = server.request("DELETE", &format!("/api/v1/runs/{sort}%20{page}")).send().unwrap();
        }
    }
}

#[test]
fn what_nobody_knows_is_refused_by_name() {
    let server = Server::memory();
    for path in [
        "/api/v1/runs",
        "/api/v1/runs/facets",
        "/api/v1/agents",
        "/api/v1/agents/x/stats",
        "/api/v1/agents/x/runs",
        "/api/v1/sessions",
        "/api/v1/sessions/x",
        "/api/v1/tools",
        "/api/v1/costs",
    ] {
        let (status, body) = server.get(&format!("{path}?modle=gpt-4o"));
        assert_eq!((status, &body["error"], &body["field"]), (400, &json!("invalid"), &json!("modle")), "{path}");
    }
    for (query, field) in [
        ("runs?limit=0", "limit"),
        ("runs?limit=x", "limit"),
        ("runs?sort=up", "sort"),
        ("runs?cursor=mine", "cursor"),
        ("runs?since=tomorrow-ish", "since"),
        ("runs?q=a&q=b", "q"),
        ("costs?by=moon", "by"),
        ("costs?tz=Mars", "tz"),
        ("agents/x/stats?bucket=-1h", "bucket"),
        ("compare?a=x", "b"),
        ("agents?cursor=x", "cursor"),
        ("sessions?cursor=x", "cursor"),
    ] {
        let (status, body) = server.get(&format!("/api/v1/{query}"));
        assert_eq!(status, 400, "{query}: {body}");
        assert!(body["field"] == field || body["message"].as_str().unwrap().contains(field), "{query}: {body}");
    }
}
