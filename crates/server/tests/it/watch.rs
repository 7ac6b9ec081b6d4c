//! What is watched, through the real binary: incidents, alerts, heartbeats, checks, across crashes too.

use crate::server::{Server, answer, eventually, pick, run, run_failing};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

pub fn run_id(number: u64) -> String {
    format!("run_eu_018f3a2b9c1d7e8fa4b9{number:012x}")
}

pub fn now(seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let time = vedette_model::Timestamp(now.as_nanos() as i64 + seconds * 1_000_000_000);
    time.to_string()
}

/// A run is started, under another one if that is said, and ends so.
pub fn told(server: &Server, number: u64, parent: Option<u64>, agent: &str, status: &str, error: Option<Json>) {
    let start =
        json!({ "id": run_id(number), "agent": agent, "started_at": now(-5), "parent_run_id": parent.map(run_id) });
    assert_eq!(server.post("/v1/runs", &start).0, 202);
    let finish = json!({ "status": status, "error": error, "finished_at": now(-1) });
    assert_eq!(server.post(&format!("/v1/runs/{}/finish", run_id(number)), &finish).0, 202);
}

pub fn list(server: &Server, what: &str) -> Vec<Json> {
    server.read(&format!("/api/v1/{what}?limit=1000"))[what].as_array().unwrap().clone()
}

pub fn put(server: &Server, path: &str, body: &Json) -> (u16, Json) {
    answer(server.request("PUT", path).json(body).send().unwrap())
}

/// Kinds and titles of what was told, oldest first.
pub fn notices(server: &Server) -> Vec<(String, String)> {
    let text = |notice: &Json, field: &str| notice[field].as_str().unwrap().to_owned();
    list(server, "notices").iter().rev().map(|notice| (text(notice, "type"), text(notice, "title"))).collect()
}

#[test]
fn scenario_61_a_failing_pipeline_is_one_incident_on_its_root() {
    let server = Server::memory();
    told(&server, 2, Some(1), "fetch", "success", None);
    told(&server, 3, Some(1), "read", "success", None);
    told(&server, 4, Some(1), "plan", "success", None);
    told(
        &server,
        5,
        Some(1),
        "book",
        "failed",
        Some(json!({ "type": "TimeoutError", "message": "no answer from 10.0.0.7 after 30 s" })),
    );
    told(
        &server,
        1,
        None,
        "pipeline",
        "failed",
        Some(json!({ "type": "StepFailed", "message": "step 4 of 5 failed" })),
    );
    told(&server, 9, None, "other", "success", None);
    let incident = eventually(|| {
        let incidents = list(&server, "incidents");
        let rooted = |incident: &&Json| incident["runs"][0]["root_id"] == json!(run_id(1));
        incidents.iter().find(rooted).cloned().filter(|_| incidents.len() == 1)
    });
    assert_eq!(
        pick(&incident, &["status", "agent", "count", "what", "title"]),
        json!({ "status": "open", "agent": "book", "count": 1, "title": "book fails", "what": "TimeoutError: no answer from 10.0.0.7 after 30 s" })
    );
    assert_eq!(incident["runs"], json!([{ "root_id": run_id(1), "run_id": run_id(5), "at": incident["last_seen"] }]));
    assert_eq!(notices(&server), [("incident.opened".to_owned(), "book fails".to_owned())]);

    let path = format!("/api/v1/incidents/{}", incident["id"].as_str().unwrap());
    let acknowledged = server.post(&path, &json!({ "action": "acknowledge", "note": "mine" })).1;
    assert_eq!(
        pick(&acknowledged["history"][1], &["author", "action", "note"]),
        json!({ "author": "somebody", "action": "acknowledged", "note": "mine" })
    );
    assert_eq!(server.read("/api/v1/incidents?status=open")["incidents"], json!([]));
    for number in 10..15 {
        told(&server, number, None, "book", "success", None);
    }
    eventually(|| (server.read(&path)["status"] == "resolved").then_some(()));
    assert_eq!(notices(&server).last().unwrap().0, "incident.resolved");
    assert_eq!(server.get("/api/v1/incidents/inc_none").0, 404);
    assert_eq!(server.post(&path, &json!({ "action": "explode" })).0, 400);
}

#[test]
fn a_rule_counts_what_its_window_held_before_the_rule_was_made() {
    let server = Server::memory();
    for number in 0..5 {
        told(&server, number, None, "support", "failed", Some(json!("TimeoutError: after 30 s")));
    }
    let score = json!({ "run_id": run_id(0), "name": "quality", "value": 0.2 });
    assert_eq!(server.post("/api/v1/scores", &score).0, 201);
    eventually(|| (list(&server, "incidents").first()?["count"] == 5).then_some(()));
    // The first of all rules, one that looks farther back, and one that looks at what none has looked at.
    let rules = [
        (
            "failures",
            json!({ "when": { "type": "failure_rate", "over": 0.5 }, "window_seconds": 600, "min_samples": 5 }),
        ),
        ("errors", json!({ "when": { "type": "errors", "over": 4 }, "window_seconds": 86_400 })),
        (
            "quality",
            json!({ "when": { "type": "score_below", "score": "quality", "below": 0.5 }, "window_seconds": 600 }),
        ),
    ];
    for (name, rule) in rules {
        let (status, answer) = put(&server, &format!("/api/v1/alerts/{name}"), &rule);
        assert_eq!(status, 200, "{answer}");
        eventually(|| {
            let fires = |rule: &Json| rule["name"] == name && rule["firing_since"].is_string();
            list(&server, "alerts").iter().any(fires).then_some(())
        });
    }
}

#[test]
fn scenario_62_signs_of_life_are_in_the_list_the_statistics_and_the_alerts() {
    let server = Server::memory();
    let expected = json!({ "every_seconds": 3_600, "grace_seconds": 60 });
    assert_eq!(put(&server, "/api/v1/heartbeats/daily-summary", &expected).0, 200);
    let rule = json!({ "when": { "type": "cost_threshold", "over_usd": "0.08" }, "on": { "agent": "daily-summary" } });
    assert_eq!(put(&server, "/api/v1/alerts/dear", &rule).0, 200);
    let beat = json!({ "agent": "daily-summary", "status": "ok", "cost_usd": 0.084 });
    assert_eq!(server.post("/v1/heartbeats", &beat).0, 202);
    assert_eq!(server.get("/v1/ping?agent=daily-summary&status=fail&metadata=disk").1, json!("OK\n"));
    let told = eventually(|| Some(notices(&server)).filter(|told| told.len() == 2));
    assert_eq!(
        told.iter().map(|told| told.0.as_str()).collect::<std::collections::BTreeSet<_>>(),
        ["alert.fired", "heartbeat.failed"].into()
    );
    let runs = server.runs();
    assert_eq!(runs.len(), 2);
    assert!(
        runs.iter().all(|run| run["started_at"] == run["finished_at"]
            && run["event_count"] == 0
            && run["kind"] == "heartbeat")
    );
    let agent = server.read("/api/v1/agents/daily-summary");
    assert_eq!(agent["statistics"]["total_runs"].as_u64().or(agent["total_runs"].as_u64()), Some(2), "{agent}");
    let heartbeat = &list(&server, "heartbeats")[0];
    assert_eq!(
        pick(heartbeat, &["agent", "state", "missed"]),
        json!({ "agent": "daily-summary", "state": "healthy", "missed": 0 })
    );
    assert!(list(&server, "alerts")[0]["firing_since"].is_string());
    assert_eq!(list(&server, "incidents").len(), 0, "what its schedule tells is told once");
}

#[test]
fn checks_are_scores_and_failing_ones_incidents() {
    let server = Server::memory();
    for (name, test) in [
        ("short", json!({ "type": "length", "max": 10 })),
        ("polite", json!({ "type": "regex", "pattern": "please" })),
        ("cheap", json!({ "type": "budget", "max_usd": "1" })),
    ] {
        assert_eq!(
            put(&server, &format!("/api/v1/checks/{name}"), &json!({ "test": test, "on": { "agent": "writer" } })).0,
            200
        );
    }
    let (status, refused) = put(&server, "/api/v1/checks/odd", &json!({ "test": { "type": "regex", "pattern": "(" } }));
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid")));
    server.post("/v1/runs", &json!({ "id": run_id(1), "agent": "writer", "started_at": now(-1) }));
    server.post(
        &format!("/v1/runs/{}/finish", run_id(1)),
        &json!({ "status": "success", "output": "please send it again", "finished_at": now(0) }),
    );
    let scores = eventually(|| {
        let body = server.read(&format!("/api/v1/runs/{}/spans", run_id(1)));
        body["scores"].as_array().filter(|scores| scores.len() == 3).cloned()
    });
    let found: BTreeMap<&str, (&Json, &str)> = scores
        .iter()
        .map(|score| (score["name"].as_str().unwrap(), (&score["value"], score["reason"].as_str().unwrap())))
        .collect();
    assert_eq!(found["short"], (&json!(false), r#"{"expected":"at most 10 characters","got":"20 characters"}"#));
    assert_eq!(found["polite"].0, &json!(true));
    assert_eq!(found["cheap"].0, &json!(true));
    assert!(scores.iter().all(|score| score["source"] == "check"));
    let incidents = eventually(|| Some(list(&server, "incidents")).filter(|incidents| !incidents.is_empty()));
    assert_eq!(
        pick(&incidents[0], &["cause", "title", "count"]),
        json!({ "cause": "check", "title": "writer does not pass \"short\"", "count": 1 })
    );
}

#[test]
fn a_file_is_applied_once() {
    let server = Server::memory();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.toml");
    let text = r#"
        [[channels]]
        name = "ops"
        type = "webhook"
        url = "https://hooks.example.com/x"

        [[alerts]]
        name = "many failures"
        when = { type = "failure_rate", over = 0.2 }
        on = { agent = "a" }
        channels = ["ops"]

        [[alerts]]
        name = "daily cost"
        when = { type = "cost_threshold", over_usd = 12.5 }

        [[heartbeats]]
        agent = "nightly"
        cron = "0 3 * * *"
        time_zone = "Europe/Berlin"

        [[checks]]
        name = "is JSON"
        test = { type = "json_schema", schema = { type = "object", required = ["city"] } }
    "#;
    std::fs::write(&file, text).unwrap();
    let apply = |more: &[&str]| run(&[&["--server", &server.url, "apply", file.to_str().unwrap()], more].concat());
    let expected = "create channel ops\ncreate alert many failures\ncreate alert daily cost\ncreate heartbeat nightly\ncreate check is JSON\n";
    assert_eq!(apply(&["--dry-run"]), expected);
    assert_eq!(list(&server, "alerts").len(), 0, "a dry run changes nothing");
    let said = apply(&[]);
    assert!(said.starts_with(expected) && said.ends_with("applied 5\n"), "{said}");
    assert_eq!(apply(&[]), "nothing differs\n");
    std::fs::write(&file, text.replace("over = 0.2", "over = 0.3").replace("daily cost", "cost of a day")).unwrap();
    assert_eq!(
        apply(&["--prune"]),
        "change alert many failures\n  when: {\"over\":0.2,\"type\":\"failure_rate\"} -> {\"over\":0.3,\"type\":\"failure_rate\"}\n\
         create alert cost of a day\ndelete alert daily cost\napplied 3\n"
    );
    assert_eq!(list(&server, "alerts").len(), 2);
    std::fs::write(&file, "[[alerts]]\nname = \"x\"\nwhen = { type = \"failure_rate\", over = 7.0 }").unwrap();
    let complaint = run_failing(&["--server", &server.url, "apply", file.to_str().unwrap()]);
    assert!(complaint.contains("over must be within 0..1"), "{complaint}");
}

#[test]
fn a_rule_is_tried_before_it_is_saved() {
    let server = Server::memory();
    for number in 1..4 {
        told(&server, number, None, "a", "failed", Some(json!({ "type": "KeyError", "message": "x" })));
    }
    for (over, fired) in [(2, 1), (3, 0)] {
        let trial =
            json!({ "alert": { "when": { "type": "errors", "kind": "KeyError", "over": over } }, "since": now(-600) });
        let (status, body) = server.post("/api/v1/trials", &trial);
        assert_eq!((status, body["runs"].as_u64()), (200, Some(3)), "{body}");
        let notices = body["notices"].as_array().unwrap();
        assert_eq!(
            notices.iter().filter(|notice| notice["type"] == "alert.fired").count(),
            fired,
            "over {over}: {body}"
        );
    }
    assert_eq!(list(&server, "alerts").len(), 0);
}

#[test]
fn the_stream_tells_of_notices() {
    let server = Server::memory();
    let stream = BufReader::new(server.request("GET", "/traces/stream").send().unwrap());
    told(&server, 1, None, "a", "failed", None);
    let mut lines =
        stream.lines().map(Result::unwrap).skip_while(|line| line != "event: notice" && line != "event:notice");
    lines.next().unwrap();
    let data = lines.next().unwrap();
    let notice: Json = serde_json::from_str(data.strip_prefix("data:").unwrap().trim()).unwrap();
    assert_eq!(
        pick(&notice, &["type", "agent", "run_id"]),
        json!({ "type": "incident.opened", "agent": "a", "run_id": run_id(1) })
    );
}

#[test]
fn the_stream_says_when_a_schedule_stands_differently() {
    let server = Server::memory();
    let body = json!({ "every_seconds": 7200 });
    assert_eq!(server.request("PUT", "/api/v1/heartbeats/a").json(&body).send().unwrap().status(), 200);
    let stream = BufReader::new(server.request("GET", "/traces/stream").send().unwrap());
    told(&server, 1, None, "a", "success", None);
    let mut lines = stream.lines().map(Result::unwrap);
    let state = || list(&server, "heartbeats")[0]["state"].clone();
    while state() == "new" {
        lines.find(|line| line == "event: watched" || line == "event:watched").unwrap();
    }
    assert_eq!(state(), "healthy");
}

#[test]
fn a_server_killed_again_and_again_tells_each_failure_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    for round in 0..4 {
        let server = Server::in_folder(folder.path());
        for _ in 0..25 {
            number += 1;
            told(&server, number, None, &format!("agent-{number}"), "failed", None);
        }
        // The watcher may be anywhere between the first and the last of them.
        if round < 3 {
            crate::server::signal(server.process_id(), "KILL");
        } else {
            let incidents = eventually(|| Some(list(&server, "incidents")).filter(|incidents| incidents.len() == 100));
            assert!(incidents.iter().all(|incident| incident["count"] == 1 && incident["status"] == "open"));
            let told = notices(&server);
            assert_eq!(told.len(), 100, "each once");
            assert_eq!(told.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
        }
    }
}

#[test]
fn what_is_watched_is_an_accounts_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    run(&["--data", data, "accounts", "create", "other"]);
    let key = |account: &str, scopes: &str| {
        run(&["--data", data, "--account", account, "keys", "create", "--scope", scopes, "--name", "anna"])
            .trim()
            .to_owned()
    };
    let (admin, reader, other) =
        (key("default", "write,read,admin"), key("default", "read"), key("other", "write,read,admin"));
    let server = Server::in_folder(folder.path()).with_key(&admin);
    assert_eq!(put(&server, "/api/v1/heartbeats/nightly", &json!({ "every_seconds": 60 })).0, 200);
    told(&server, 1, None, "a", "failed", None);
    let id =
        eventually(|| list(&server, "incidents").first().map(|incident| incident["id"].as_str().unwrap().to_owned()));
    let path = format!("/api/v1/incidents/{id}");
    let as_other = |method: &str, path: &str| {
        answer(server.request_by(&other, method, path).json(&json!({ "action": "resolve" })).send().unwrap())
    };
    assert_eq!(as_other("GET", "/api/v1/incidents").1["incidents"], json!([]));
    assert_eq!(as_other("GET", "/api/v1/heartbeats").1, json!({ "heartbeats": [] }));
    assert_eq!((as_other("GET", &path).0, as_other("POST", &path).0), (404, 404));
    let by_reader = server
        .request_by(&reader, "PUT", "/api/v1/heartbeats/nightly")
        .json(&json!({ "every_seconds": 1 }))
        .send()
        .unwrap();
    assert_eq!(by_reader.status().as_u16(), 403);
    let resolved = server.post(&path, &json!({ "action": "resolve" })).1;
    assert_eq!(resolved["history"][1]["author"], "anna");
}
