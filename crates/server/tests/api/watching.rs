//! What pages ask of incidents and schedules besides the lists.

use crate::server::{Server, answer};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// Asks until it is there; the server looks at what changed every second.
fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "it did not come");
        std::thread::yield_now();
    }
}

fn run_id(number: u64) -> String {
    format!("run_eu_018f3a2b9c1d7e8fa4b9{number:012x}")
}

fn seconds_ago(seconds: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    vedette_model::Timestamp((now - Duration::from_secs(seconds)).as_nanos() as i64).to_string()
}

fn told(server: &Server, number: u64, parent: Option<u64>, agent: &str, status: &str, ago: u64) {
    let start = json!({
        "id": run_id(number), "agent": agent, "started_at": seconds_ago(ago), "parent_run_id": parent.map(run_id),
    });
    assert_eq!(server.post("/v1/runs", &start).0, 202);
    let finish = json!({
        "status": status, "finished_at": seconds_ago(ago - 1),
        "error": (status == "failed").then(|| json!({ "type": "Boom", "message": "no seat" })),
    });
    assert_eq!(server.post(&format!("/v1/runs/{}/finish", run_id(number)), &finish).0, 202);
}

fn ids(page: &Json) -> Vec<&str> {
    page["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect()
}

#[test]
fn an_incidents_runs_come_page_by_page_and_its_kind_is_counted() {
    let server = Server::memory();
    for number in 1..=4 {
        told(&server, number, None, "desk", "failed", 100 - number);
    }
    // Of a root run that failed because of one below it, the one below it is the run.
    told(&server, 6, Some(5), "desk", "failed", 50);
    told(&server, 5, None, "front", "success", 50);
    told(&server, 7, None, "pay", "failed", 40);
    let incident = eventually(|| {
        let list = server.read("/api/v1/incidents?agent=desk");
        let one = list["incidents"][0].clone();
        (one["count"] == 5 && server.read("/api/v1/incidents")["counts"]["open"] == 2).then_some(one)
    });
    let path = format!("/api/v1/incidents/{}", incident["id"].as_str().unwrap());
    let first = server.read(&format!("{path}/runs?limit=2"));
    assert_eq!(ids(&first), [run_id(6), run_id(4)]);
    let cursor = first["next_cursor"].as_str().unwrap();
    // What joins meanwhile stands before the first page, and moves nothing.
    told(&server, 8, None, "desk", "failed", 10);
    eventually(|| (server.read(&path)["count"] == 6).then_some(()));
    let rest = server.read(&format!("{path}/runs?limit=3&cursor={cursor}"));
    assert_eq!(
        (ids(&rest), &rest["next_cursor"]),
        ([3, 2, 1].map(run_id).iter().map(String::as_str).collect(), &Json::Null)
    );
    assert_eq!(ids(&server.read(&format!("{path}/runs")))[0], run_id(8));
    assert_eq!(server.get(&format!("{path}/runs?cursor=nonsense")).0, 400);
    assert_eq!(server.get("/api/v1/incidents/inc_none/runs").0, 404);
    // Any run of a family leads to it; a run that is well, or is not here, to none.
    let of_run = |id: &str| {
        let list = server.read(&format!("/api/v1/incidents?run_id={id}"));
        assert_eq!(list["counts"]["open"], list["incidents"].as_array().unwrap().len());
        list["incidents"][0]["id"].clone()
    };
    for number in [1, 5, 6] {
        assert_eq!(of_run(&run_id(number)), incident["id"], "{number}");
    }
    assert_ne!(of_run(&run_id(7)), incident["id"]);
    told(&server, 9, None, "desk", "success", 5);
    assert_eq!((of_run(&run_id(9)), of_run(&run_id(99))), (Json::Null, Json::Null));

    assert_eq!(server.post(&path, &json!({ "action": "acknowledge" })).0, 200);
    let list = server.read("/api/v1/incidents?status=resolved&limit=1");
    assert_eq!(
        list,
        json!({ "incidents": [], "counts": { "open": 1, "acknowledged": 1, "resolved": 0 }, "next_cursor": null })
    );
    // Two, one a page: the newest first, and no more after the second.
    let newest = server.read("/api/v1/incidents?limit=1");
    let cursor = newest["next_cursor"].as_str().unwrap();
    let older = server.read(&format!("/api/v1/incidents?limit=1&cursor={cursor}"));
    let agents = [&newest, &older].map(|page| page["incidents"][0]["agent"].clone());
    assert_eq!((agents, &older["next_cursor"]), ([json!("desk"), json!("pay")], &Json::Null));
    assert_eq!(server.get("/api/v1/incidents?cursor=nonsense").0, 400);
    assert_eq!(server.read("/api/v1/incidents?run_id=nonsense")["incidents"], json!([]));
    let of_desk = server.read("/api/v1/incidents?agent=desk&limit=1");
    assert_eq!(of_desk["counts"], json!({ "open": 0, "acknowledged": 1, "resolved": 0 }));
}

#[test]
fn a_schedules_past_is_told_time_by_time() {
    let server = Server::memory();
    told(&server, 1, None, "nightly/é", "success", 30);
    told(&server, 2, None, "nightly/é", "failed", 20);
    told(&server, 3, None, "other", "success", 10);
    let path = "/api/v1/heartbeats/nightly%2F%C3%A9";
    assert_eq!(server.get(path).0, 404);
    let body = json!({ "every_seconds": 3_600 });
    assert_eq!(answer(server.request("PUT", path).json(&body).send().unwrap()).0, 200);
    let one = server.read(path);
    let answers = |one: &Json| {
        let each = one["expectations"].as_array().unwrap().iter();
        each.map(|one| (one["answer"].clone(), one["run_id"].clone())).collect::<Vec<_>>()
    };
    assert_eq!((&one["agent"], &one["every_seconds"]), (&json!("nightly/é"), &json!(3_600)));
    assert_eq!(
        answers(&one),
        [(json!("ok"), json!(run_id(1))), (json!("failed"), json!(run_id(2))), (json!("due"), Json::Null),]
    );
    assert_eq!(one["expectations"][2]["at"], one["due"]);
    assert_eq!(answers(&server.read(&format!("{path}?limit=1"))), [(json!("due"), Json::Null)]);
}

#[test]
fn null_is_what_is_not_said_and_a_wrong_definition_names_its_field() {
    let server = Server::memory();
    let put = |body: &Json| answer(server.request("PUT", "/api/v1/alerts/errors").json(body).send().unwrap());
    let when = json!({ "type": "errors", "over": 1 });
    let (status, alert) = put(&json!({ "when": when, "on": null, "window_seconds": null, "paused": null }));
    assert_eq!((status, &alert["paused"]), (200, &json!(false)), "{alert}");
    for (body, error, field) in [
        (json!({ "when": when, "paused": "no" }), "invalid", "paused"),
        (json!({ "when": when, "pause": true }), "invalid", "pause"),
        (json!({ "when": null }), "missing_field", "when"),
    ] {
        let (status, said) = put(&body);
        assert_eq!((status, &said["error"], &said["field"]), (400, &json!(error), &json!(field)), "{said}");
    }
}
