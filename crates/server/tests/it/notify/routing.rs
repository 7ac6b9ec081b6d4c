//! Which channel is told what: named ones, paused ones, those that ask for prompts.

use super::channels::signature;
use super::receiver::{Received, Receiver, Reply};
use super::{add, add_webhook, server};
use crate::server::{Server, answer, eventually, run, run_failing};
use crate::watch::{list, now, put, told};
use serde_json::{Value as Json, json};

fn taking() -> Receiver {
    Receiver::http(|_, _| Reply::Status(200))
}

fn patch(server: &Server, name: &str, body: &Json) -> (u16, Json) {
    answer(server.request("PATCH", &format!("/api/v1/channels/{name}")).json(body).send().unwrap())
}

fn delete(server: &Server, path: &str) -> (u16, Json) {
    answer(server.request("DELETE", path).send().unwrap())
}

#[test]
fn what_tells_a_channel_by_name_names_one_that_is_there() {
    let (server, receiver) = (server(&[]), taking());
    let rule = json!({ "when": { "type": "errors", "over": 1 }, "channels": ["opz"] });
    let heartbeat = json!({ "every_seconds": 60, "channels": ["opz"] });
    for (there, said) in [("none yet", None), ("ops", Some("ops"))] {
        if let Some(name) = said {
            add_webhook(&server, name, &receiver);
        }
        for (path, body) in [("/api/v1/alerts/a", &rule), ("/api/v1/heartbeats/a", &heartbeat)] {
            let (status, answer) = put(&server, path, body);
            let message = format!("channels: there is no channel opz; there are: {there}");
            assert_eq!((status, &answer["field"], &answer["message"]), (400, &json!("channels"), &json!(message)));
        }
    }
    assert_eq!((list(&server, "alerts").len(), list(&server, "heartbeats").len()), (0, 0));
    let (rule, heartbeat) =
        (json!({ "when": rule["when"], "channels": ["ops"] }), json!({ "every_seconds": 60, "channels": ["ops"] }));
    assert_eq!(put(&server, "/api/v1/alerts/many errors", &rule).0, 200);
    assert_eq!(put(&server, "/api/v1/heartbeats/nightly", &heartbeat).0, 200);

    // Nor does it go away, or change its name, behind their backs.
    for (by, path) in
        [("alert many errors", "/api/v1/alerts/many errors"), ("heartbeat nightly", "/api/v1/heartbeats/nightly")]
    {
        let message = format!("the {by} tells this channel by name; let it tell another first");
        for (status, answer) in
            [delete(&server, "/api/v1/channels/ops"), patch(&server, "ops", &json!({ "name": "all" }))]
        {
            assert_eq!((status, &answer["message"]), (409, &json!(message)));
        }
        assert_eq!(delete(&server, path).0, 204);
    }
    assert_eq!(patch(&server, "ops", &json!({ "name": "all" })).0, 200);
    assert_eq!(delete(&server, "/api/v1/channels/all").0, 204);
}

#[test]
fn a_file_that_tells_a_channel_names_one_that_is_there_or_in_it() {
    let (server, receiver) = (server(&[]), taking());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.toml");
    let file = file.to_str().unwrap();
    let apply = |more: &[&str]| run(&[&["--server", &server.url, "apply", file], more].concat());
    let text = |url: &str, channel: &str| {
        format!(
            "[[channels]]\nname = \"ops\"\ntype = \"slack\"\nurl = \"{url}\"\n\
             [[alerts]]\nname = \"x\"\nwhen = {{ type = \"errors\", over = 1 }}\nchannels = [\"{channel}\"]\n"
        )
    };
    let write = |text: &str| std::fs::write(file, text).unwrap();
    write(&text(&receiver.url("/one"), "opz"));
    let complaint = run_failing(&["--server", &server.url, "apply", file]);
    assert_eq!(complaint, "vedette: channels: there is no channel opz; there are: ops\n");
    assert_eq!((list(&server, "channels").len(), list(&server, "alerts").len()), (0, 0), "all or nothing");
    write(&text(&receiver.url("/one"), "ops"));
    let expected = "create channel ops\ncreate alert x\n";
    assert_eq!(apply(&["--dry-run"]), expected);
    assert_eq!(list(&server, "channels").len(), 0, "a dry run changes nothing");
    assert_eq!(apply(&[]), format!("{expected}applied 2\n"));
    assert_eq!(apply(&[]), "nothing differs\n");

    // Another address is a difference, which is shown without showing the address.
    write(&text(&receiver.url("/two"), "ops"));
    let said = apply(&[]);
    assert!(
        said.starts_with(&format!("change channel ops\n  target: \"http://127.0.0.1:{} (", receiver.port)),
        "{said}"
    );
    assert!(said.ends_with("applied 1\n") && !said.contains("/two"), "{said}");
    assert_eq!(apply(&[]), "nothing differs\n");
    assert_eq!(super::test(&server, "ops"), Ok(200));
    assert_eq!(receiver.received()[0].path, "/two");

    let hook = format!("[[channels]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"{}\"\n", receiver.url("/"));
    write(&hook);
    let said = apply(&[]);
    assert!(said.contains("\nthe secret of hook, shown once: whsec_"), "{said}");
    write(&hook.replace("url", "min_severity = \"warning\"\nurl"));
    let said = apply(&[]);
    assert!(said.contains("min_severity: \"info\" -> \"warning\"") && !said.contains("secret"), "{said}");
    write(&format!("{hook}{hook}"));
    let complaint = run_failing(&["--server", &server.url, "apply", file]);
    assert_eq!(complaint, "vedette: the channel hook is there twice\n");
}

#[test]
fn what_is_found_while_a_channel_is_paused_waits() {
    let (server, receiver) = (server(&[]), taking());
    add_webhook(&server, "ops", &receiver);
    assert_eq!(patch(&server, "ops", &json!({ "paused": true })).0, 200);
    for (number, agent) in [(1, "first"), (2, "second")] {
        told(&server, number, None, agent, "failed", None);
        eventually(|| (list(&server, "incidents").len() == number as usize).then_some(()));
    }
    // The second is over before the channel goes on.
    let incidents = list(&server, "incidents");
    let second = incidents.iter().find(|one| one["agent"] == "second").unwrap()["id"].as_str().unwrap();
    assert_eq!(server.post(&format!("/api/v1/incidents/{second}"), &json!({ "action": "resolve" })).0, 200);
    let waiting = server.read("/api/v1/deliveries?state=pending&channel=ops")["deliveries"].as_array().unwrap().len();
    assert_eq!((waiting, receiver.received().len()), (3, 0), "they can be seen, and wait");
    assert_eq!(patch(&server, "ops", &json!({ "paused": false })).0, 200);
    eventually(|| (list(&server, "deliveries").iter().all(|one| one["state"] != "pending")).then_some(()));
    let agents: Vec<Json> = receiver.received().iter().map(|received| received.json()["agent"].clone()).collect();
    assert_eq!(agents, ["first"], "what is over is not told any more, nor its end");
}

#[test]
fn a_channel_is_told_prompts_only_if_it_asks_and_secrets_never() {
    let (server, asks, discreet) = (server(&[]), taking(), taking());
    add(&server, "asks", "webhook", json!({ "url": asks.url("/"), "include_content": true }));
    add_webhook(&server, "discreet", &discreet);
    let trace = format!("{:032x}", 5);
    let body = json!({ "traces": [{
        "trace": { "trace_id": trace, "agent": "billing", "status": "failed", "started_at": now(-9), "ended_at": now(-1) },
        "spans": [{
            "span_id": "s1", "trace_id": trace, "type": "agent", "name": "billing", "status": "failed", "started_at": now(-9),
            "ended_at": now(-1), "input": "refund order 7 with key sk-proj-abc123def456ghi789", "output": "no such order",
        }],
    }]});
    assert_eq!(server.post("/api/v1/traces/batch", &body).0, 202);
    let first = eventually(|| asks.received().pop());
    let told = first.json();
    assert_eq!(
        (&told["input"], &told["output"]),
        (&json!("refund order 7 with key [secret]"), &json!("no such order"))
    );
    let told = eventually(|| discreet.received().pop());
    assert!(!told.body.contains("refund") && !told.body.contains("no such order"), "{}", told.body);
    assert!(!server.read("/api/v1/notices").to_string().contains("refund"));

    // It can be asked for and taken back later; and what was written of a run goes with it.
    assert_eq!(patch(&server, "discreet", &json!({ "include_content": true })).1["include_content"], true);
    let run = told.json()["run_id"].as_str().unwrap().to_owned();
    let delivery = server.read("/api/v1/deliveries?channel=asks")["deliveries"][0]["id"].as_str().unwrap().to_owned();
    assert!([200, 202, 204].contains(&delete(&server, &format!("/api/v1/runs/{run}")).0));
    eventually(|| list(&server, "incidents").is_empty().then_some(()));
    let resend = server.post(&format!("/api/v1/deliveries/{delivery}/resend"), &json!({}));
    assert_eq!(resend.0, 200, "{}", resend.1);
    // Not the notice that the incident is over, which comes too.
    let is_resent = |sent: &Received| sent.id() == first.id();
    let again = eventually(|| asks.received().into_iter().skip(1).find(is_resent));
    assert!(!again.body.contains("refund"), "{}", again.body);
}

#[test]
fn a_channel_is_pointed_elsewhere() {
    let (server, first, second) = (server(&[]), taking(), taking());
    let made = add_webhook(&server, "hook", &first);
    for (body, field) in [(json!({ "to": ["a@example.com"] }), "to"), (json!({ "url": "http://10.0.0.1/" }), "url")] {
        let (status, answer) = patch(&server, "hook", &body);
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["field"], field, "{answer}");
    }
    let (status, answer) = patch(&server, "hook", &json!({ "url": second.url("/other") }));
    assert_eq!((status, &answer["secret"]), (200, &Json::Null), "{answer}");
    assert_eq!(super::test(&server, "hook"), Ok(200));
    assert_eq!((first.received().len(), second.received()[0].path.as_str()), (0, "/other"));
    let received = &second.received()[0];
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(received.headers["x-webhook-signature"], signature(secret, received), "the secret stays");
}
