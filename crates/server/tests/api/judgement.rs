//! Verdicts and scores given after the end.

use crate::server::{Server, answer, pick};
use crate::{send, trace, with};
use serde_json::{Value as Json, json};

fn patch(server: &Server, body: &Json) -> (u16, Json) {
    answer(server.request("PATCH", "/api/v1/runs/judged").json(body).send().unwrap())
}

#[test]
fn a_verdict_is_set_kept_and_cleared() {
    let server = Server::memory();
    send(
        &server,
        &[with(
            trace("judged", "support-bot", 0, "completed", 10, "0"),
            json!({ "success": false, "outcome": "lost" }),
        )],
    );
    for (said, success, outcome) in [
        (json!({ "success": true }), json!(true), json!("lost")),
        (json!({ "outcome": "won" }), json!(true), json!("won")),
        (json!({}), json!(true), json!("won")),
        (json!({ "outcome": null }), json!(true), Json::Null),
        (json!({ "success": null, "outcome": "" }), Json::Null, json!("")),
    ] {
        let (status, body) = patch(&server, &said);
        assert_eq!((status, &body["success"]), (200, &success), "{said}");
        assert!(
            body["outcome"] == outcome || outcome == "" && body["outcome"].is_null(),
            "{said}: {}",
            body["outcome"]
        );
        assert_eq!(server.read("/api/v1/runs/judged"), body);
        assert_eq!((&body["status"], &body["duration_ms"]), (&json!("success"), &json!(10.0)));
    }
    assert_eq!(server.read("/api/v1/agents/support-bot")["no_signal_count"], 1);
}

#[test]
fn scores_are_rows_of_their_own_that_the_same_id_replaces() {
    let server = Server::memory();
    let mut entry = trace("judged", "support-bot", 0, "completed", 10, "0");
    entry["spans"] =
        json!([{ "span_id": "018f3a2b9c1d7e8f", "type": "tool", "name": "t", "started_at": "2026-01-10T00:00:00Z" }]);
    send(&server, &[entry]);
    let scores = json!([
        { "id": "s1", "name": "confidence", "value": 0.9, "source": "self" },
        { "id": "s2", "name": "polite", "value": true, "span_id": "018f3a2b9c1d7e8f", "reason": "said please" },
        { "id": "s3", "name": "tone", "value": "warm" },
    ]);
    assert_eq!(patch(&server, &json!({ "scores": scores })).0, 200);
    let again = json!({ "id": "s1", "run_id": "judged", "name": "confidence", "value": 0.1, "source": "human" });
    assert_eq!(server.post("/api/v1/scores", &again).0, 201);
    let mut told: Vec<Json> = server.read("/api/v1/runs/judged")["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|score| pick(score, &["id", "run_id", "span_id", "name", "value", "reason", "source"]))
        .collect();
    told.sort_by_key(|score| score["id"].to_string());
    assert_eq!(
        told,
        [
            json!({ "id": "s1", "run_id": "judged", "span_id": null, "name": "confidence", "value": 0.1, "reason": null, "source": "human" }),
            json!({ "id": "s2", "run_id": "judged", "span_id": "018f3a2b9c1d7e8f", "name": "polite", "value": true, "reason": "said please", "source": null }),
            json!({ "id": "s3", "run_id": "judged", "span_id": null, "name": "tone", "value": "warm", "reason": null, "source": null }),
        ]
    );
    let listed = server.read("/api/v1/runs/judged/spans");
    assert_eq!((listed["spans"].as_array().unwrap().len(), listed["scores"].as_array().unwrap().len()), (1, 3));
}

#[test]
fn what_makes_no_sense_is_refused_as_json() {
    let server = Server::memory();
    send(&server, &[trace("judged", "support-bot", 0, "completed", 10, "0")]);
    for (body, error, field) in [
        (json!({ "sucess": true }), "invalid", json!("sucess")),
        (json!({ "success": "yes" }), "invalid", json!("success")),
        (json!({ "scores": [{ "name": "x" }] }), "missing_field", json!("scores[0].value")),
        (json!({ "scores": [{ "name": "", "value": 1 }] }), "missing_field", json!("name")),
        (json!({ "scores": [{ "name": "x", "value": [1] }] }), "invalid", json!("scores[0].value")),
        (json!("success"), "invalid", Json::Null),
    ] {
        let (status, said) = patch(&server, &body);
        assert_eq!((status, &said["error"], &said["field"]), (400, &json!(error), &field), "{body}: {said}");
        assert!(said["message"].is_string(), "{body}: {said}");
    }
    let (status, body) = server.post("/api/v1/scores", &json!({ "run_id": "judged", "value": 1 }));
    assert_eq!((status, &body["error"], &body["field"]), (400, &json!("missing_field"), &json!("name")));
    let (status, body) = server.post("/api/v1/scores", &json!({ "name": "x", "value": 1 }));
    assert_eq!((status, &body["field"]), (400, &json!("run_id")));
    let (status, _) =
        answer(server.request("PATCH", "/api/v1/runs/nobody").json(&json!({ "success": true })).send().unwrap());
    assert_eq!(status, 404);
}

#[test]
fn of_many_verdicts_in_one_request_the_last_stands_part_by_part() {
    let server = Server::memory();
    send(&server, &[trace("judged", "support-bot", 0, "completed", 10, "0")]);
    let id = server.read("/api/v1/runs/judged")["trace_id"].as_str().unwrap().to_owned();
    let verdicts =
        [json!({ "success": false, "outcome": "lost" }), json!({ "success": true }), json!({ "outcome": "won" })];
    let spans: Vec<Json> = verdicts
        .iter()
        .enumerate()
        .map(|(at, verdict)| {
            let text = |key: &str, value: String| json!({ "key": key, "value": { "stringValue": value } });
            json!({
                "traceId": id, "spanId": format!("{:016x}", at + 1), "name": "outcome",
                "startTimeUnixNano": "1749427200000000000", "endTimeUnixNano": "1749427200000000000",
                "attributes": [text("vedette.kind", "outcome".into()), text("vedette.data", verdict.to_string())],
            })
        })
        .collect();
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    assert_eq!(answer(server.request("POST", "/v1/traces").json(&body).send().unwrap()).0, 200);
    let run = server.read("/api/v1/runs/judged");
    assert_eq!((&run["success"], &run["outcome"]), (&json!(true), &json!("won")));
}
