//! `/v1/*`: scenarios 55 to 59, 62 and 64 of the reference systems, the server's side.

use crate::server::{Server, answer, pick};
use serde_json::{Value as Json, json};

const RUN: &str = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";

fn event(number: u32, kind: &str, data: Json) -> Json {
    json!({ "id": format!("evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1{number:04x}"), "type": kind, "ts": "2026-01-31T12:00:02.000Z", "data": data })
}

fn start() -> Json {
    json!({ "id": RUN, "agent": "support-triage", "started_at": "2026-01-31T12:00:00.000Z", "customer_id": "acme-corp", "feature": "triage" })
}

fn events() -> Json {
    json!({ "events": [
        event(1, "llm_call", json!({ "provider": "openai", "model": "gpt-4o", "input_tokens": 800, "output_tokens": 120, "latency_ms": 1500.5 })),
        event(2, "tool_call", json!({ "name": "search", "arguments": { "q": "refund" }, "result": ["a"], "latency_ms": 300, "call_id": "c1" })),
        event(3, "log", json!({ "message": "looking", "extra": 1 })),
        event(4, "decision", json!({ "name": "route", "choice": "billing", "options": ["billing", "tech"] })),
        event(5, "score", json!({ "name": "confidence", "value": 0.9 })),
        event(6, "finish_reason", json!({ "reason": "length" })),
    ]})
}

fn finish() -> Json {
    json!({ "status": "success", "finished_at": "2026-01-31T12:00:04.000Z", "output": "refund it", "success": true, "outcome": "resolved",
        "scores": [{ "name": "helpful", "value": true }] })
}

#[test]
fn a_run_is_started_told_and_finished() {
    let server = Server::memory();
    let (status, body) = server.post("/v1/runs", &start());
    assert_eq!(status, 202);
    assert_eq!(
        pick(&body, &["id", "agent", "started_at", "status"]),
        json!({ "id": RUN, "agent": "support-triage", "started_at": "2026-01-31T12:00:00.000Z", "status": "running" })
    );
    assert!(body["received_at"].as_str() > Some("2026-01-31T12:00:04.000Z"), "the server's own clock");
    assert_eq!(server.only_run()["status"], "running", "seen before its first event");

    assert_eq!(server.post(&format!("/v1/runs/{RUN}/events"), &events()), (202, json!({ "accepted": 6 })));
    assert_eq!(server.post(&format!("/v1/runs/{RUN}/finish"), &finish()).0, 202);

    let run = server.only_run();
    assert_eq!(
        pick(
            &run,
            &[
                "id",
                "agent",
                "kind",
                "status",
                "success",
                "outcome",
                "customer_id",
                "feature",
                "duration_ms",
                "span_count",
                "event_count",
                "model_calls",
                "tool_calls",
                "cost_usd",
                "output_preview"
            ]
        ),
        json!({ "id": RUN, "agent": "support-triage", "kind": "run", "status": "success", "success": true, "outcome": "resolved",
            "customer_id": "acme-corp", "feature": "triage", "duration_ms": 4000.0, "span_count": 2, "event_count": 4,
            "model_calls": 1, "tool_calls": 1, "cost_usd": "0.0032", "output_preview": "refund it" })
    );
    let spans = server.spans(RUN);
    let shown: Vec<Json> =
        spans.iter().map(|span| pick(span, &["kind", "name", "started_at", "duration_ms", "preview"])).collect();
    let has = |wanted: Json| assert!(shown.contains(&wanted), "{wanted} not in {shown:#?}");
    has(
        json!({ "kind": "llm", "name": "chat gpt-4o", "started_at": "2026-01-31T12:00:00.4995Z", "duration_ms": 1500.5, "preview": null }),
    );
    has(
        json!({ "kind": "tool", "name": "search", "started_at": "2026-01-31T12:00:01.700Z", "duration_ms": 300.0, "preview": null }),
    );
    has(
        json!({ "kind": "log", "name": "log", "started_at": "2026-01-31T12:00:02.000Z", "duration_ms": null, "preview": "looking" }),
    );

    let body = server.read(&format!("/api/v1/runs/{RUN}/spans"));
    let scores: Vec<Json> =
        body["scores"].as_array().unwrap().iter().map(|score| pick(score, &["name", "value"])).collect();
    assert_eq!(scores, [json!({ "name": "confidence", "value": 0.9 }), json!({ "name": "helpful", "value": true })]);
}

/// Scenario 57: any order, any number of times, the same end.
#[test]
fn order_and_repeats_do_not_matter() {
    let steps = [
        ("/v1/runs".to_owned(), start()),
        (format!("/v1/runs/{RUN}/events"), events()),
        (format!("/v1/runs/{RUN}/finish"), finish()),
    ];
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0], [2, 0, 1], [1, 0, 2], [0, 2, 1]] {
        let server = Server::memory();
        for step in order.into_iter().chain(order) {
            let (path, body) = &steps[step];
            let (status, answer) = server.post(path, body);
            assert!([200, 202].contains(&status), "{path}: {answer}");
        }
        let mut run = server.only_run();
        run.as_object_mut().unwrap().remove("received_at");
        let mut spans = server.spans(RUN);
        spans.sort_by_key(|span| span["id"].to_string());
        ends.push((order, run, spans));
    }
    let (_, run, spans) = &ends[0];
    for (order, other, other_spans) in &ends {
        assert_eq!((other, other_spans), (run, spans), "{order:?}");
    }
}

/// Scenarios 58 and 59.
#[test]
fn what_was_said_first_stands() {
    let server = Server::memory();
    assert_eq!(server.post("/v1/runs", &start()).0, 202);
    assert_eq!(server.post("/v1/runs", &start()).0, 200, "an identical retry");
    for (field, value) in [("agent", "other"), ("started_at", "2026-01-31T12:00:00.001Z")] {
        let mut other = start();
        other[field] = json!(value);
        let (status, body) = server.post("/v1/runs", &other);
        assert_eq!((status, &body["error"]), (409, &json!("conflict")), "{field}");
    }
    let path = format!("/v1/runs/{RUN}/finish");
    let (status, first) = server.post(&path, &finish());
    assert_eq!(status, 202);
    for again in [finish(), json!({ "status": "failed", "error": "late doubt" })] {
        assert_eq!(server.post(&path, &again), (200, first.clone()), "{again}");
    }
    let late = json!({ "events": [{ "id": "evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1ffff", "type": "log", "ts": "2026-01-31T12:00:09Z", "data": { "message": "late" } }] });
    assert_eq!(server.post(&format!("/v1/runs/{RUN}/events"), &late).0, 202);
    let run = server.only_run();
    assert_eq!(
        pick(&run, &["status", "finished_at", "agent"]),
        json!({ "status": "success", "finished_at": "2026-01-31T12:00:04.000Z", "agent": "support-triage" })
    );
    assert_eq!(server.spans(RUN).iter().filter(|span| span["late"] == true).count(), 1);
}

/// Scenario 56 and the ways a run may end.
#[test]
fn every_end_has_its_word() {
    let server = Server::memory();
    for (at, (said, status)) in [
        ("success", "success"),
        ("failed", "failed"),
        ("timeout", "timeout"),
        ("cancelled", "cancelled"),
        ("timed_out", "timeout"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("run_us_018f3a2b9c1d7e8fa4b9c2d7e8f1a3{at:02x}");
        let mut start = start();
        start["id"] = json!(id);
        assert_eq!(server.post("/v1/runs", &start).0, 202);
        let end = json!({ "status": said, "error": { "type": "ValueError", "message": "x\ntraceback" } });
        let (code, body) = server.post(&format!("/v1/runs/{id}/finish"), &end);
        assert_eq!((code, &body["id"], &body["status"]), (202, &json!(id), &json!(status)));
        let run = server.read(&format!("/api/v1/runs/{id}"));
        assert_eq!(run["success"], Json::Null, "an end says nothing of success");
        if status == "failed" {
            assert_eq!(run["error"], json!({ "type": "ValueError", "message": "x" }));
        }
    }
}

/// Scenario 64: the codes of the contract, the first bad field by name, nothing taken of a refused batch.
#[test]
fn what_is_wrong_is_said_by_code_and_field() {
    let server = Server::memory();
    let with = |field: &str, value: Json| {
        let mut body = start();
        body[field] = value;
        body
    };
    let one = |second: Json| json!({ "events": [event(1, "log", json!({ "message": "fine" })), second] });
    let events_path = format!("/v1/runs/{RUN}/events");
    let finish_path = format!("/v1/runs/{RUN}/finish");
    for (path, body, error, field) in [
        ("/v1/runs", with("id", json!("run-174")), "invalid_id", "id"),
        ("/v1/runs", with("id", json!("run_eu_00000000000000000000000000000000")), "invalid_id", "id"),
        ("/v1/runs", with("id", json!("run_de_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6")), "unknown_region", "id"),
        ("/v1/runs", with("id", Json::Null), "missing_field", "id"),
        ("/v1/runs", with("agent", json!("")), "missing_field", "agent"),
        ("/v1/runs", with("agent", json!(7)), "invalid", "agent"),
        ("/v1/runs", with("started_at", json!("yesterday")), "invalid", "started_at"),
        ("/v1/runs", with("parent_run_id", json!("run-1")), "invalid_id", "parent_run_id"),
        ("/v1/runs", with("session", json!("s".repeat(1_025))), "invalid", "session"),
        ("/v1/runs/run_eu_1/events", json!({ "events": [] }), "invalid_id", "id"),
        (&events_path, json!({}), "missing_field", "events"),
        (&events_path, one(json!("x")), "invalid", "events[1]"),
        (&events_path, one(json!({ "id": "evt_eu_1" })), "invalid_id", "events[1].id"),
        (
            &events_path,
            one(event(2, "llm_call", json!({ "provider": "openai", "input_tokens": 1, "output_tokens": 1 }))),
            "missing_field",
            "events[1].data.model",
        ),
        (
            &events_path,
            one(event(
                2,
                "llm_call",
                json!({ "provider": "openai", "model": "m", "input_tokens": -1, "output_tokens": 1 }),
            )),
            "invalid",
            "events[1].data.input_tokens",
        ),
        (
            &events_path,
            one(event(
                2,
                "llm_call",
                json!({ "provider": "openai", "model": "m", "input_tokens": 1, "output_tokens": 1, "mode": "telepathy" }),
            )),
            "invalid",
            "events[1].data.mode",
        ),
        (&events_path, one(event(2, "score", json!({ "name": "s", "value": {} }))), "invalid", "events[1].data.value"),
        (&events_path, one(event(2, "log", json!({}))), "missing_field", "events[1].data.message"),
        (&finish_path, json!({}), "missing_field", "status"),
        (&finish_path, json!({ "status": "running" }), "invalid", "status"),
        (&finish_path, json!({ "status": "success", "scores": [{ "name": "x" }] }), "missing_field", "scores[0].value"),
        ("/v1/heartbeats", json!({ "agent": "a", "status": "alive" }), "invalid", "status"),
        ("/v1/heartbeats", json!({}), "missing_field", "agent"),
    ] {
        let (status, answer) = server.post(path, &body);
        assert_eq!(
            (status, pick(&answer, &["error", "field"])),
            (400, json!({ "error": error, "field": field })),
            "{path} {body}: {answer}"
        );
    }
    let (_, long) = server.post("/v1/runs", &with("id", json!("x".repeat(1 << 20))));
    assert_eq!(long["error"], "invalid_id");
    assert!(long["message"].as_str().unwrap().len() < 1_000, "a refusal does not repeat all that was sent");
    assert_eq!(server.runs(), Vec::<Json>::new(), "nothing of a refused request is kept");
    let (status, body) = answer(server.request("POST", "/v1/runs").body("{").send().unwrap());
    assert_eq!((status, &body["error"]), (400, &json!("invalid")));
}

#[test]
fn a_server_of_one_region_refuses_the_other() {
    let server = Server::start(&["--memory", "--region", "us"]);
    let (status, body) = server.post("/v1/runs", &start());
    assert_eq!((status, &body["error"], &body["field"]), (401, &json!("region_mismatch"), &json!("id")));
    let (_, beat) = server.post("/v1/heartbeats", &json!({ "agent": "a" }));
    assert!(beat["id"].as_str().unwrap().starts_with("run_us_"), "{beat}");
}

/// Scenario 62.
#[test]
fn heartbeats_are_runs_without_content() {
    let server = Server::memory();
    let (status, beat) =
        server.post("/v1/heartbeats", &json!({ "agent": "daily-summary", "status": "ok", "cost_usd": 0.084 }));
    assert_eq!(status, 202);
    let run = server.read(&format!("/api/v1/runs/{}", beat["id"].as_str().unwrap()));
    assert_eq!(run["started_at"], run["finished_at"]);
    assert_eq!(
        pick(&run, &["kind", "agent", "status", "cost_usd", "cost_source", "span_count", "event_count"]),
        json!({ "kind": "heartbeat", "agent": "daily-summary", "status": "success", "cost_usd": "0.084", "cost_source": "reported", "span_count": 0, "event_count": 0 })
    );

    for (query, body) in [
        ("agent=daily-summary", "OK\n"),
        ("agent=daily-summary&status=fail&duration_ms=1500&metadata=disk+full", "OK\n"),
        ("", "missing required parameter: agent\n"),
    ] {
        for method in ["GET", "POST"] {
            let response = server.request(method, &format!("/v1/ping?{query}")).send().unwrap();
            assert_eq!(response.text().unwrap(), body, "{method} {query}");
        }
    }
    let json = server.request("GET", "/v1/ping?agent=x").header("accept", "application/json").send().unwrap();
    assert_eq!(answer(json).1["agent"], "x");
    let failed = server.read("/api/v1/runs?status=failed");
    let failed: Vec<Json> =
        failed["runs"].as_array().unwrap().iter().map(|run| pick(run, &["duration_ms", "metadata"])).collect();
    assert_eq!(failed, vec![json!({ "duration_ms": 1500.0, "metadata": { "note": "disk full" } }); 2]);
    let agents = server.read("/api/v1/agents");
    let summary = agents["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "daily-summary").unwrap();
    assert_eq!(summary["total_runs"], 5, "in the same statistics");
}

#[test]
fn a_ping_is_posted_as_a_form_or_as_json() {
    let server = Server::memory();
    for (query, content_type, body, said) in [
        ("", "application/x-www-form-urlencoded", "agent=cron&status=fail&metadata=disk+full", "OK\n"),
        (
            "",
            "application/json",
            r#"{ "agent": "cron", "status": "fail", "metadata": "disk full", "id": null }"#,
            "OK\n",
        ),
        ("?agent=cron&metadata=disk+full", "application/json", r#"{ "agent": "other", "status": "fail" }"#, "OK\n"),
        ("", "application/json", r#"{ "agent": ["cron"] }"#, "agent must be a text or a number\n"),
        ("", "application/x-www-form-urlencoded", "status=ok", "missing required parameter: agent\n"),
    ] {
        let request = server.request("POST", &format!("/v1/ping{query}")).header("content-type", content_type);
        assert_eq!(request.body(body).send().unwrap().text().unwrap(), said, "{body}");
    }
    let runs: Vec<Json> = server.runs().iter().map(|run| pick(run, &["agent", "status", "metadata"])).collect();
    let cron = json!({ "agent": "cron", "status": "failed", "metadata": { "note": "disk full" } });
    assert_eq!(runs, vec![cron; 3]);
}

#[test]
fn a_heartbeat_that_starts_is_closed_by_the_next_of_its_id() {
    let server = Server::memory();
    let beat = |status: &str, agent: &str, key: &str, time: &str| json!({ "id": RUN, "agent": agent, "status": status, key: time });
    assert_eq!(server.post("/v1/heartbeats", &beat("start", "cron", "started_at", "2026-01-31T12:00:00Z")).0, 202);
    assert_eq!(server.only_run()["status"], "running");
    assert_eq!(server.post("/v1/heartbeats", &beat("ok", "other", "finished_at", "2026-01-31T12:00:07Z")).0, 409);
    assert_eq!(server.post("/v1/heartbeats", &beat("ok", "cron", "finished_at", "2026-01-31T12:00:07Z")).0, 202);
    assert_eq!(server.post("/v1/heartbeats", &beat("ok", "cron", "finished_at", "2026-01-31T12:00:07Z")).0, 200);
    assert_eq!(
        pick(&server.only_run(), &["status", "duration_ms"]),
        json!({ "status": "success", "duration_ms": 7000.0 })
    );
}

/// Scenario 64, and what is taken beyond the plan.
#[test]
fn the_monthly_bound_answers_429_with_the_wait() {
    let server = Server::start(&["--memory", "--events-per-month", "default=10"]);
    let many: Vec<Json> = (0..15).map(|at| event(at, "log", json!({ "message": "x" }))).collect();
    assert_eq!(server.post(&format!("/v1/runs/{RUN}/events"), &json!({ "events": many })).0, 202, "150 % of the plan");
    let response = server.request("POST", "/v1/runs").json(&start()).send().unwrap();
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=31 * 86_400).contains(&wait), "{wait}");
    let (status, body) = answer(response);
    assert_eq!((status, &body["error"]), (429, &json!("quota_exceeded")));
    assert_eq!(server.get("/api/v1/runs").0, 200, "reads are never bounded");
}
