//! `/api/v1/traces/batch`, `/api/v1/record` and the scores of Langfuse's SDK: scenarios 3, 11 and 12.

use crate::server::{Server, answer, pick};
use serde_json::{Value as Json, json};

const TRACE: &str = "5f0c2f4e-6a3e-4b59-9b6b-6a9f3b3c1a11";

fn span(id: &str, input: u64, output: u64, cost: &str) -> Json {
    json!({ "span_id": id, "trace_id": TRACE, "type": "llm", "name": "chat", "status": "completed",
        "started_at": "2026-01-31T12:00:01.000Z", "ended_at": "2026-01-31T12:00:02.000Z", "duration_ms": 1000,
        "model": "gpt-4o", "input_tokens": input, "output_tokens": output, "total_tokens": input + output, "cost_usd": cost })
}

fn batch() -> Json {
    json!({ "traces": [{
        "trace": { "trace_id": TRACE, "agent": "lead-qualifier", "status": "completed", "started_at": "2026-01-31T12:00:00.000Z",
            "ended_at": "2026-01-31T12:00:05.000Z", "duration_ms": 5000, "success": true, "outcome": "qualified",
            "total_tokens": 1500, "total_cost_usd": "0.004500" },
        "spans": [span("s-1", 800, 120, "0.003200"), span("s-2", 400, 180, "0.001300")],
    }]})
}

#[test]
fn a_batch_is_a_run_with_exact_sums_and_a_repeat_changes_nothing() {
    let server = Server::memory();
    let fields = [
        "trace_id",
        "agent",
        "status",
        "success",
        "outcome",
        "duration_ms",
        "span_count",
        "model_calls",
        "tokens",
        "cost_usd",
        "cost_source",
    ];
    let expected = json!({ "trace_id": TRACE.replace('-', ""), "agent": "lead-qualifier", "status": "success", "success": true,
        "outcome": "qualified", "duration_ms": 5000.0, "span_count": 2, "model_calls": 2, "cost_usd": "0.0045", "cost_source": "reported",
        "tokens": { "input": 1200, "output": 300, "cache_read": null, "cache_write": null, "reasoning": null, "total": 1500 } });
    for _ in 0..2 {
        assert_eq!(
            server.post("/api/v1/traces/batch", &batch()),
            (202, json!({ "accepted": { "traces": 1, "spans": 2 }, "rejected": [] }))
        );
        assert_eq!(pick(&server.only_run(), &fields), expected);
    }
    assert_eq!(server.only_run()["conflicting_spans"], 0);
}

#[test]
fn items_are_taken_one_by_one() {
    let server = Server::memory();
    let mut body = batch();
    let spans = body["traces"][0]["spans"].as_array_mut().unwrap();
    spans.push(json!({ "type": "llm" }));
    spans.push(json!({ "span_id": "s-4", "type": "telepathy", "started_at": "2026-01-31T12:00:01Z" }));
    spans.push(json!({ "span_id": "s-5", "cost_usd": "a lot", "started_at": "2026-01-31T12:00:01Z" }));
    body["traces"].as_array_mut().unwrap().push(json!({ "trace": { "agent": "x" } }));
    body["traces"].as_array_mut().unwrap().push(json!(7));
    let (status, answer) = server.post("/api/v1/traces/batch", &body);
    assert_eq!((status, &answer["accepted"]), (202, &json!({ "traces": 1, "spans": 2 })));
    let refused: Vec<Json> =
        answer["rejected"].as_array().unwrap().iter().map(|item| json!([item["error"], item["field"]])).collect();
    assert_eq!(
        refused,
        [
            json!(["missing_field", "traces[0].spans[2].span_id"]),
            json!(["invalid", "traces[0].spans[3].type"]),
            json!(["invalid", "traces[0].spans[4].cost_usd"]),
            json!(["missing_field", "traces[1].trace.trace_id"]),
            json!(["invalid", "traces[2]"]),
        ]
    );
    assert_eq!(server.only_run()["span_count"], 2);
}

/// Of a few kilobytes on the wire; each value takes some thirty bytes once it is read, each refusal hundreds.
#[test]
fn a_batch_of_too_many_items_or_values_is_refused_before_it_is_held() {
    let server = Server::memory();
    let spans = json!({ "traces": [{ "trace": { "trace_id": TRACE }, "spans": vec![1; 100_000] }] }).to_string();
    for (body, field) in [
        (format!("{{\"traces\":[{}1]}}", "1,".repeat(20_000_000)), Json::Null),
        (format!("{{\"traces\":[{}1]}}", "1,".repeat(100_000)), json!("traces")),
        (spans, json!("traces[0].spans")),
    ] {
        let body = zstd::encode_all(body.as_bytes(), 1).unwrap();
        let request = server.request("POST", "/api/v1/traces/batch").header("content-encoding", "zstd");
        let (status, answer) = answer(request.body(body).send().unwrap());
        assert_eq!((status, &answer["error"], &answer["field"]), (413, &json!("too_large"), &field), "{answer}");
        assert!(answer["message"].as_str().unwrap().ends_with("send smaller batches"), "{answer}");
    }
    let peak = server.peak_memory_bytes();
    assert!(peak < 400 << 20, "{peak}");
}

#[test]
fn a_running_trace_is_finished_by_a_later_batch() {
    let server = Server::memory();
    let mut running = batch();
    let trace = running["traces"][0]["trace"].as_object_mut().unwrap();
    trace.insert("status".into(), json!("running"));
    trace.remove("ended_at");
    assert_eq!(server.post("/api/v1/traces/batch", &running).0, 202);
    assert_eq!(
        pick(&server.only_run(), &["status", "finished_at"]),
        json!({ "status": "running", "finished_at": null })
    );
    assert_eq!(server.post("/api/v1/traces/batch", &batch()).0, 202);
    assert_eq!(
        pick(&server.only_run(), &["status", "outcome"]),
        json!({ "status": "success", "outcome": "qualified" })
    );
}

#[test]
fn foreign_ids_are_shown_as_they_came_and_found() {
    let server = Server::memory();
    let mut body = batch();
    body["traces"][0]["trace"]["trace_id"] = json!("run-174");
    for span in body["traces"][0]["spans"].as_array_mut().unwrap() {
        span["trace_id"] = json!("run-174");
    }
    assert_eq!(server.post("/api/v1/traces/batch", &body).0, 202);
    assert_eq!(pick(&server.only_run(), &["id", "external_id"]), json!({ "id": "run-174", "external_id": "run-174" }));
    let by_trace_id = server.only_run()["trace_id"].as_str().unwrap().to_owned();
    for spelling in ["run-174", &by_trace_id, &format!("run_eu_{by_trace_id}")] {
        assert_eq!(server.read(&format!("/api/v1/runs/{spelling}"))["id"], "run-174", "{spelling}");
    }
}

/// Scenario 11.
#[test]
fn a_record_is_a_run_of_one_span() {
    let server = Server::memory();
    let body = json!({ "agent": "lead-qualifier", "success": true, "outcome": "qualified", "cost": 0.043, "duration_ms": 1200 });
    let (status, receipt) = server.post("/api/v1/record", &body);
    assert_eq!(status, 202);
    let run = server.only_run();
    assert_eq!(run["id"], receipt["run_id"]);
    assert_eq!(
        pick(
            &run,
            &["kind", "agent", "status", "success", "outcome", "cost_usd", "duration_ms", "span_count", "model_calls"]
        ),
        json!({ "kind": "record", "agent": "lead-qualifier", "status": "success", "success": true, "outcome": "qualified",
            "cost_usd": "0.043", "duration_ms": 1200.0, "span_count": 1, "model_calls": 0 })
    );
    let (status, error) = server.post("/api/v1/record", &json!({ "agent": "a", "success": "yes" }));
    assert_eq!((status, &error["field"]), (400, &json!("success")));
}

/// Scenario 3.
#[test]
fn one_agent_from_two_senders_is_one_agent() {
    let server = Server::memory();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(server.post("/api/v1/record", &json!({ "agent": "support-bot" })).0, 202));
        }
    });
    let agents = server.read("/api/v1/agents");
    let agents: Vec<Json> =
        agents["agents"].as_array().unwrap().iter().map(|agent| pick(agent, &["name", "total_runs"])).collect();
    assert_eq!(agents, [json!({ "name": "support-bot", "total_runs": 2 })]);
}

#[test]
fn langfuse_scores_judge_runs_that_need_not_have_come() {
    let server = Server::memory();
    for (value, data_type, stored) in [
        (json!(0.5), "NUMERIC", json!(0.5)),
        (json!(1), "BOOLEAN", json!(true)),
        (json!("good"), "CATEGORICAL", json!("good")),
    ] {
        let score = json!({ "id": data_type, "traceId": TRACE, "observationId": "s-1", "name": data_type, "value": value, "dataType": data_type, "comment": "why" });
        assert_eq!(server.post("/api/public/scores", &score), (200, json!({ "id": data_type })));
        assert_eq!(server.post("/api/v1/traces/batch", &batch()).0, 202);
        let scores = server.read(&format!("/api/v1/runs/{TRACE}/spans"))["scores"].clone();
        let found = scores.as_array().unwrap().iter().find(|score| score["id"] == data_type).unwrap();
        assert_eq!(pick(found, &["value", "reason"]), json!({ "value": stored, "reason": "why" }));
    }
}
