//! What is expected of runs, through the real binary: that they begin, that they end in time, what they are doing
//! meanwhile, and what a crash of the server changes of it.

use crate::notify::LOCAL;
use crate::notify::receiver::{Receiver, Reply};
use crate::server::{Server, answer, eventually, pick, run, run_failing};
use crate::watch::{list, notices, now, put, run_id};
use serde_json::{Value as Json, json};
use std::path::Path;
use vedette_model::{AccountId, Opened, RunFacts, RunKey, RunKind, Timestamp};
use vedette_store::{ControlChange, DocumentChange, Embedded, EmbeddedOptions, Store};

const ACCOUNT: AccountId = AccountId::DEFAULT;

/// Changes what is stored while no server runs.
fn with_store(folder: &Path, work: impl FnOnce(&dyn Store)) {
    work(&Embedded::open(EmbeddedOptions::new(folder)).unwrap());
}

fn seconds_ago(seconds: i64) -> Timestamp {
    Timestamp::parse(&now(-seconds)).unwrap()
}

fn key(number: u64) -> RunKey {
    RunKey::parse_exact(&run_id(number).replace("run_eu_", "")).unwrap()
}

fn activity(server: &Server, number: u64) -> Json {
    server.read(&format!("/api/v1/runs/{}/activity", run_id(number)))
}

#[test]
fn one_command_tells_in_slack_that_the_nightly_agent_did_not_run() {
    let (first, second) = (Receiver::http(|_, _| Reply::Status(200)), Receiver::http(|_, _| Reply::Status(200)));
    let server = Server::start(&[&["--memory"], &LOCAL[..]].concat());
    let expect = |agent: &str, receiver: &Receiver| {
        let url = receiver.url("/services/T0/B0/x");
        let said = ["--every", "1s", "--grace", "0s", "--slack", &url];
        run(&[&["--server", &server.url, "heartbeats", "expect", agent], &said[..]].concat())
    };
    let said = expect("nightly", &first);
    assert!(said.starts_with("the next run of nightly is expected at 20"), "{said}");
    let message = eventually(|| first.received().first().map(|received| received.json().to_string()));
    assert!(message.contains("nightly did not run"), "{message}");
    let listed = run(&["--server", &server.url, "heartbeats", "list"]);
    assert!(listed.lines().nth(1).unwrap().starts_with("nightly  missing  every 1 s"), "{listed}");

    // Another address is the channel's from now on.
    expect("weekly", &second);
    let message = eventually(|| second.received().first().map(|received| received.json().to_string()));
    assert!(message.contains("weekly did not run"), "{message}");
    assert_eq!(first.received().len(), 1);
    assert_eq!(list(&server, "channels").len(), 1);

    for agent in ["nightly", "weekly"] {
        run(&["--server", &server.url, "heartbeats", "delete", agent]);
    }
    assert_eq!(run(&["--server", &server.url, "heartbeats", "list"]), "nothing is expected\n");
    for (arguments, complaint) in [
        (&["--cron", "61 * * * *"][..], "cron makes no sense"),
        (&["--max", "0s"], "max_seconds must not be 0"),
        (&["--every", "1h", "--channel", "opz"], "there is no channel opz; there are: slack"),
    ] {
        let said = run_failing(&[&["--server", &server.url, "heartbeats", "expect", "nightly"], arguments].concat());
        assert!(said.contains(complaint), "{said}");
    }
}

#[test]
fn a_run_that_takes_too_long_is_timed_out_until_it_ends_after_all() {
    let server = Server::memory();
    let said = run(&["--server", &server.url, "heartbeats", "expect", "slow", "--max", "1s"]);
    assert_eq!(said, "a run of slow may take 1 s\n");
    for (number, agent) in [(1, "slow"), (2, "other")] {
        let start = json!({ "id": run_id(number), "agent": agent, "started_at": now(0) });
        assert_eq!(server.post("/v1/runs", &start).0, 202);
    }
    let path = format!("/api/v1/runs/{}", run_id(1));
    let timed_out = eventually(|| Some(server.read(&path)).filter(|run| run["status"] == "timeout"));
    let why = "it took longer than the 1 s that a run of its agent may take";
    assert_eq!(timed_out["error"], json!({ "type": "overdue", "message": why }));
    assert_eq!(pick(&activity(&server, 1), &["state", "why"]), json!({ "state": "timeout", "why": why }));
    let incidents = eventually(|| Some(list(&server, "incidents")).filter(|incidents| !incidents.is_empty()));
    assert_eq!(
        pick(&incidents[0], &["agent", "status", "count"]),
        json!({ "agent": "slow", "status": "open", "count": 1 })
    );
    assert_eq!(notices(&server), [("heartbeat.too_long".to_owned(), "slow takes too long".to_owned())], "told once");

    // A sign of life changes nothing, its end does.
    let event = json!({ "events": [{ "id": "evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "type": "log", "ts": now(0), "data": { "message": "still here" } }] });
    assert_eq!(server.post(&format!("/v1/runs/{}/events", run_id(1)), &event).0, 202);
    assert_eq!(server.read(&path)["status"], "timeout");
    let finish = json!({ "status": "success", "finished_at": now(0) });
    assert_eq!(server.post(&format!("/v1/runs/{}/finish", run_id(1)), &finish).0, 202);
    let ended = server.read(&path);
    assert_eq!((&ended["status"], &ended["error"]), (&json!("success"), &Json::Null));
    eventually(|| (list(&server, "incidents")[0]["status"] == "resolved").then_some(()));
    assert_eq!(server.read(&format!("/api/v1/runs/{}", run_id(2)))["status"], "running", "another agent's");
}

#[test]
fn a_crash_raises_no_false_alarm_and_hides_no_true_one() {
    let folder = tempfile::tempdir().unwrap();
    let schedule = |agent: &str, judged_ago: i64| {
        let due = seconds_ago(judged_ago + 600);
        let body =
            json!({ "agent": agent, "every_seconds": 86_400, "grace_seconds": 600, "created_at": seconds_ago(90_000) });
        let document =
            |collection, body: Json| DocumentChange { collection, id: agent.to_owned(), body: Some(body.to_string()) };
        [document("schedules", body), document("schedule_states", json!({ "due": due }))]
    };
    let alive = DocumentChange {
        collection: "clock",
        id: "only".to_owned(),
        body: Some(json!({ "alive_at": seconds_ago(100), "down": [] }).to_string()),
    };
    with_store(folder.path(), |store| {
        // The server was last known to be up 100 s ago: until one deadline, and in the middle of the other.
        let changes = [schedule("before", 99), schedule("across", 50)].concat();
        store.change_documents(ACCOUNT, changes.into_iter().chain([alive]).collect(), Vec::new()).unwrap();
    });
    let server = Server::in_folder(folder.path());
    let judged = |agent: &str| {
        eventually(|| {
            let found = list(&server, "heartbeats").into_iter().find(|one| one["agent"] == agent).unwrap();
            Some(found).filter(|one| one["due"].as_str().unwrap() > now(0).as_str())
        })
    };
    assert_eq!(pick(&judged("before"), &["state", "missed"]), json!({ "state": "missing", "missed": 1 }));
    assert_eq!(pick(&judged("across"), &["state", "missed"]), json!({ "state": "new", "missed": 0 }));
    assert_eq!(notices(&server), [("heartbeat.missed".to_owned(), "before did not run".to_owned())]);
}

#[test]
fn a_rule_on_silence_is_tried_before_it_is_saved() {
    let server = Server::memory();
    // An hour ago it worked for a minute, then half an hour passed without a sign.
    let trace = json!({ "traces": [{
        "trace": { "trace_id": format!("{:032x}", 7), "agent": "a", "status": "completed", "started_at": now(-3_600), "ended_at": now(-1_740) },
        "spans": [{ "span_id": "s1", "trace_id": format!("{:032x}", 7), "type": "llm", "name": "chat", "status": "completed", "started_at": now(-3_600), "ended_at": now(-3_540) }],
    }]});
    assert_eq!(server.post("/api/v1/traces/batch", &trace).0, 202);
    // It is expected every ten minutes; this is all that came.
    assert_eq!(put(&server, "/api/v1/heartbeats/a", &json!({ "every_seconds": 600, "grace_seconds": 60 })).0, 200);
    for (when, fired) in [
        (json!({ "type": "stalled_run", "minutes": 29.0 }), 1),
        (json!({ "type": "stalled_run", "minutes": 31.0 }), 0),
        (json!({ "type": "missed_heartbeat" }), 1),
    ] {
        let trial = json!({ "alert": { "when": when, "on": { "agent": "a" } }, "since": now(-3_700) });
        let (status, body) = server.post("/api/v1/trials", &trial);
        assert_eq!(status, 200, "{body}");
        let fired_at: Vec<&Json> =
            body["notices"].as_array().unwrap().iter().filter(|one| one["type"] == "alert.fired").collect();
        assert_eq!(fired_at.len(), fired, "{when} {body}");
    }
    let said = run(&["--server", &server.url, "alerts", "try", "--when", "stalled_run minutes=29", "--agent", "a"]);
    assert!(said.contains("alert.fired") && said.contains("alert.recovered"), "{said}");
    assert!(said.ends_with("tried on 1 runs\n"), "{said}");
    assert_eq!(list(&server, "alerts").len(), 0);
    // Any name will do.
    assert_eq!(put(&server, "/api/v1/alerts/try", &json!({ "when": { "type": "missed_heartbeat" } })).0, 200);
    assert_eq!(list(&server, "alerts")[0]["name"], "try");
}

/// A request with one span of a run, as an SDK announces it while it is open.
fn announced(number: u64, span: u64, kind: &str, name: &str, end: Option<&str>) -> Json {
    let nanos = |time: &str| Timestamp::parse(time).unwrap().0.to_string();
    let value = |text: &str| json!({ "stringValue": text });
    let mut attributes = vec![json!({ "key": "vedette.kind", "value": value(kind) })];
    if end.is_none() {
        attributes.push(json!({ "key": "vedette.open", "value": { "boolValue": true } }));
    }
    json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "process.pid", "value": { "intValue": "7" } }] },
        "scopeSpans": [{ "scope": { "name": "vedette" }, "spans": [{
            "traceId": run_id(number).replace("run_eu_", ""), "spanId": format!("{span:016x}"),
            "parentSpanId": if span == 1 { String::new() } else { format!("{:016x}", 1) },
            "name": name, "startTimeUnixNano": (Timestamp::parse(&now(-9)).unwrap().0 + span as i64).to_string(),
            "endTimeUnixNano": end.map_or_else(|| "0".to_owned(), nanos), "attributes": attributes,
        }] }],
    }] })
}

#[test]
fn a_runs_state_is_told_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path());
    let send = |span: Json| {
        let request = server.request("POST", "/v1/traces").json(&span).send().unwrap();
        assert_eq!(answer(request).0, 200);
    };
    let state = |number: u64| {
        let told = activity(&server, number);
        (told["state"].as_str().unwrap().to_owned(), told["why"].as_str().unwrap().to_owned())
    };
    send(announced(1, 1, "agent", "support", None));
    assert_eq!(state(1).0, "running");
    assert!(state(1).1.starts_with("last heard of "), "{}", state(1).1);
    send(announced(1, 2, "tool", "search", None));
    assert_eq!(state(1), ("waiting_on_tool".to_owned(), "search was called and has not answered".to_owned()));
    send(announced(1, 3, "tool", "ask_human", None));
    assert_eq!(state(1), ("waiting_on_person".to_owned(), "ask_human waits for a person".to_owned()));
    send(announced(1, 3, "tool", "ask_human", Some(&now(0))));
    assert_eq!(state(1).0, "waiting_on_tool", "the person has answered");
    send(announced(1, 2, "tool", "search", Some(&now(0))));
    assert_eq!(state(1).0, "running");
    send(announced(2, 1, "agent", "support", None));
    send(announced(2, 1, "agent", "support", Some(&now(0))));
    assert_eq!(state(2), ("ended".to_owned(), "it ended: success".to_owned()));
    assert_eq!(server.get("/api/v1/runs/run_eu_018f3a2b9c1d7e8fa4b9000000000099/activity").0, 404);
    assert!(server.stop().success());

    // Its process falls silent; another run was announced and then shows no sign for six minutes.
    with_store(folder.path(), |store| {
        let opened = Opened {
            agent: "quiet".into(),
            started_at: seconds_ago(400),
            received_at: seconds_ago(360),
            kind: RunKind::Run,
            facts: RunFacts::default(),
        };
        store.control(ACCOUNT, key(3), ControlChange::Open(opened)).unwrap();
        store.settle(Timestamp::parse(&now(0)).unwrap()).unwrap();
        store.settle(Timestamp::parse(&now(61)).unwrap()).unwrap();
    });
    let server = Server::in_folder(folder.path());
    let lost = "its process announced itself every few seconds and then fell silent";
    assert_eq!(pick(&activity(&server, 1), &["state", "why"]), json!({ "state": "lost", "why": lost }));
    let stalled = activity(&server, 3);
    assert_eq!(stalled["state"], "stalled");
    assert!(stalled["why"].as_str().unwrap().starts_with("no sign of it for 6 min"), "{stalled}");
    let finish = json!({ "status": "success", "finished_at": now(0) });
    assert_eq!(server.post(&format!("/v1/runs/{}/finish", run_id(3)), &finish).0, 202);
    assert_eq!(activity(&server, 3)["state"], "ended");
}
