//! From a run that fails to the message about it.

use super::receiver::{Received, Receiver, Reply};
use super::{LOCAL, add_webhook, server};
use crate::server::{Server, eventually, signal};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// One run that ended badly.
fn fail(server: &Server, number: usize, agent: &str) {
    let traces = json!({ "traces": [{ "trace": {
        "trace_id": format!("{number:032x}"), "agent": agent, "status": "failed", "duration_ms": 1200,
        "started_at": jiff::Timestamp::now().to_string(),
    }}]});
    assert_eq!(server.post("/api/v1/traces/batch", &traces).0, 202);
}

fn about(received: &[Received]) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut by_agent = BTreeMap::<_, BTreeSet<_>>::new();
    for request in received {
        let agent = request.json()["agent"].as_str().unwrap().to_owned();
        by_agent.entry(agent).or_default().insert((request.id().to_owned(), request.body.clone()));
    }
    by_agent
}

#[test]
fn an_agent_that_fails_is_told_of_once_with_the_way_to_it() {
    let receiver = Receiver::http(|_, _| Reply::Status(200));
    let server = server(&["--public-url", "https://vedette.example.com"]);
    add_webhook(&server, "ops", &receiver);
    fail(&server, 1, "billing");
    let body = eventually(|| receiver.received().pop()).json();
    assert_eq!(
        (&body["type"], &body["agent"], &body["count"]),
        (&json!("incident.opened"), &json!("billing"), &json!(1))
    );
    assert_eq!(body["run_id"], format!("run_eu_{:032x}", 1));
    let url = format!("https://vedette.example.com/incidents/{}", body["incident_id"].as_str().unwrap());
    assert_eq!(body["url"], url);
    // The same again, then another: only the other is news.
    fail(&server, 2, "billing");
    fail(&server, 3, "shipping");
    let agents = eventually(|| Some(about(&receiver.received())).filter(|agents| agents.contains_key("shipping")));
    assert_eq!((agents.len(), receiver.received().len()), (2, 2));
}

/// Agents that fail in the test that kills.
const AGENTS: usize = 60;

#[test]
fn a_server_killed_while_agents_fail_tells_of_each_of_them() {
    let seen = Mutex::new(BTreeSet::new());
    let receiver = Receiver::http(move |request, _| {
        let is_new = seen.lock().unwrap().insert(request.id().to_owned());
        let flaky = request.id().as_bytes().last().unwrap() % 2 == 0;
        if is_new && flaky { Reply::HangUp } else { Reply::Status(200) }
    });
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let serve = |round: usize| {
        // What was written before must not be written anew.
        let url = format!("https://round-{round}.example.com");
        Server::start(&[&["--data", data, "--notify-pause", "1s", "--public-url", &url], &LOCAL[..]].concat())
    };
    let mut failed = 0;
    for kill_at in [5, 20, 35] {
        let server = serve(kill_at);
        if failed == 0 {
            add_webhook(&server, "ops", &receiver);
        }
        // What was acknowledged is to be told of, whether the server lives to see it or not.
        for _ in 0..AGENTS / 3 {
            failed += 1;
            fail(&server, failed, &format!("agent-{failed}"));
        }
        eventually(|| (about(&receiver.received()).len() >= kill_at).then_some(()));
        signal(server.process_id(), "KILL");
    }
    let _server = serve(0);
    let agents = eventually(|| Some(about(&receiver.received())).filter(|agents| agents.len() == AGENTS));
    for (agent, told) in agents {
        assert_eq!(told.len(), 1, "{agent} is told of with one id and one body: {told:?}");
    }
}
