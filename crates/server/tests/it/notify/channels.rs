//! Channels by REST and on the command line, and what their receivers get.

use super::receiver::{Received, Receiver, Reply};
use super::{LOCAL, add, add_webhook, server, test};
use crate::server::{Server, pick, run, run_failing};
use serde_json::json;
use sha2::{Digest, Sha256};

fn taking() -> Receiver {
    Receiver::http(|_, _| Reply::Status(200))
}

/// What `X-Webhook-Signature` must be: HMAC-SHA256 as RFC 2104 has it, over `timestamp.body`.
pub fn signature(secret: &str, received: &Received) -> String {
    let mut key = [0_u8; 64];
    if secret.len() > 64 {
        key[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret.as_bytes());
    }
    let message = format!("{}.{}", received.headers["x-webhook-timestamp"], received.body);
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().fold("sha256=".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_webhook_is_signed_with_a_secret_that_is_shown_once() {
    let (server, receiver) = (server(&["--public-url", "https://vedette.example.com/"]), taking());
    let made = add_webhook(&server, "ops", &receiver);
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(test(&server, "ops"), Ok(200));
    let received = &receiver.received()[0];
    assert_eq!(received.path, "/hook?x=1");
    assert_eq!(received.headers["x-webhook-signature"], signature(secret, received));
    let tampered = Received { body: received.body.replace("ops", "eve"), ..received.clone() };
    assert_ne!(received.headers["x-webhook-signature"], signature(secret, &tampered));
    let seconds: i64 = received.headers["x-webhook-timestamp"].parse().unwrap();
    assert!((jiff::Timestamp::now().as_second() - seconds).abs() < 60);
    let body = received.json();
    assert_eq!(body["id"], received.id());
    assert_eq!(
        pick(&body, &["type", "title", "url"]),
        json!({ "type": "test", "title": "Test of the channel ops", "url": "https://vedette.example.com/settings" })
    );
    let listed = server.read("/api/v1/channels")["channels"][0].clone();
    assert_eq!(listed["name"], "ops");
    assert!(!listed.to_string().contains(secret) && !listed.to_string().contains("hook?x"), "{listed}");
}

#[test]
fn every_kind_of_channel_reaches_its_receiver() {
    let (http, smtp) = (taking(), Receiver::smtp(None));
    let mail = format!("smtp://127.0.0.1:{}", smtp.port);
    let server = server(&["--smtp-url", &mail, "--mail-from", "Vedette <vedette@example.com>"]);
    add(&server, "slack", "slack", json!({ "url": http.url("/services/T0") }));
    add(&server, "pager", "pagerduty", json!({ "url": http.url("/v2/enqueue"), "routing_key": "R0" }));
    add(&server, "mail", "email", json!({ "to": ["Ops <ops@example.com>", "eve@example.org"] }));
    for (name, status) in [("slack", 200), ("pager", 200), ("mail", 250)] {
        assert_eq!(test(&server, name), Ok(status), "{name}");
    }
    let paths: Vec<String> = http.received().into_iter().map(|received| received.path).collect();
    assert_eq!(paths, ["/services/T0", "/v2/enqueue"]);
    let mails = smtp.received();
    assert_eq!((mails.len(), mails[0].path.as_str()), (1, "RCPT TO:<ops@example.com>RCPT TO:<eve@example.org>"));
    assert!(mails[0].body.contains("Subject: [info] Test of the channel mail\r\n"), "{}", mails[0].body);
    add(&server, "refused", "email", json!({ "to": ["nobody@example.com"] }));
    assert!(test(&server, "refused").unwrap_err().contains("nobody of that name"));
}

#[test]
fn a_receiver_that_fails_is_told_of_in_its_own_words() {
    let elsewhere = taking();
    let (server, target) = (server(&[]), elsewhere.url("/"));
    for (name, reply, error) in [
        ("broken", Reply::Status(500), "answered 500: heard <b>you</b>"),
        ("silent", Reply::HangUp, "no answer: connection closed before message completed"),
        ("moved", Reply::Redirect(target), "answered 307: redirects are not followed"),
    ] {
        let receiver = Receiver::http(move |_, _| reply.clone());
        add_webhook(&server, name, &receiver);
        assert_eq!(test(&server, name), Err(error.to_owned()));
    }
    assert!(elsewhere.received().is_empty(), "a redirect was followed");
    add(&server, "nobody", "webhook", json!({ "url": "http://127.0.0.1:1/" }));
    assert!(test(&server, "nobody").unwrap_err().starts_with("cannot connect: "));
}

#[test]
fn the_servers_own_network_is_out_of_reach_unless_it_is_allowed() {
    let receiver = taking();
    let server = Server::memory();
    for url in [
        receiver.url("/"),
        format!("https://127.0.0.1:{}/", receiver.port),
        format!("https://2130706433:{}/", receiver.port),
        format!("https://[::ffff:127.0.0.1]:{}/", receiver.port),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "http://example.com/".to_owned(),
        "ftp://example.com/".to_owned(),
        "https://user:pass@example.com/".to_owned(),
    ] {
        for kind in ["webhook", "slack", "pagerduty"] {
            let body = json!({ "name": "x", "type": kind, "url": url, "routing_key": "R0" });
            let (status, answer) = server.post("/api/v1/channels", &body);
            assert_eq!((status, &answer["field"]), (400, &json!("url")), "{url} {answer}");
        }
    }
    // What a name stands for is only known when it is used.
    add(&server, "named", "webhook", json!({ "url": format!("https://localhost:{}/", receiver.port) }));
    let refused = test(&server, "named").unwrap_err();
    assert!(refused.contains("is a private or special address"), "{refused}");
    assert!(receiver.received().is_empty());
}

#[test]
fn channels_are_made_changed_and_deleted_by_name() {
    let (server, receiver) = (server(&[]), taking());
    let made = add_webhook(&server, "ops", &receiver);
    for (body, status, field) in [
        (json!({ "name": "ops", "type": "slack", "url": receiver.url("/") }), 409, "name"),
        (json!({ "name": " ", "type": "slack", "url": receiver.url("/") }), 400, "name"),
        (json!({ "name": "a\nb", "type": "slack", "url": receiver.url("/") }), 400, "name"),
        (json!({ "name": "x", "type": "slack" }), 400, "url"),
        (json!({ "name": "x", "type": "pagerduty" }), 400, "routing_key"),
        (json!({ "name": "x", "type": "email", "to": ["a@example.com"] }), 400, "type"),
    ] {
        let (answered, answer) = server.post("/api/v1/channels", &body);
        assert_eq!((answered, answer["field"].as_str()), (status, Some(field)), "{body} {answer}");
    }
    add(&server, "other", "slack", json!({ "url": receiver.url("/"), "agents": ["a"], "min_severity": "warning" }));
    let patch = |name: &str, body| {
        let request = server.request("PATCH", &format!("/api/v1/channels/{name}")).json(&body);
        crate::server::answer(request.send().unwrap())
    };
    assert_eq!(patch("other", json!({ "name": "ops" })).0, 409);
    assert_eq!(patch("nobody", json!({ "paused": true })).0, 404);
    let (status, changed) = patch("other", json!({ "name": "second", "paused": true }));
    assert_eq!(
        (status, pick(&changed, &["name", "paused", "agents", "min_severity"])),
        (200, json!({ "name": "second", "paused": true, "agents": ["a"], "min_severity": "warning" }))
    );
    let delete = |id: &str| server.request("DELETE", &format!("/api/v1/channels/{id}")).send().unwrap().status();
    assert_eq!((delete(made["id"].as_str().unwrap()), delete("ops")).0, 204);
    assert_eq!(delete("ops"), 404);
    assert_eq!(server.read("/api/v1/channels")["channels"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reader_sees_channels_and_cannot_change_them_and_others_see_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let key = |account: &str, scope: &str| {
        run(&["keys", "create", "--data", data, "--account", account, "--scope", scope]).trim().to_owned()
    };
    for account in ["acme", "rival"] {
        run(&["accounts", "create", account, "--data", data]);
    }
    let (reader, admin, rival) = (key("acme", "read"), key("acme", "admin"), key("rival", "read"));
    let server = Server::start(&[&["--data", data], &LOCAL[..]].concat()).with_key(&admin);
    let receiver = taking();
    add_webhook(&server, "ops", &receiver);
    for (key, seen) in [(&reader, 1), (&rival, 0)] {
        let (_, body) = crate::server::answer(server.request_by(key, "GET", "/api/v1/channels").send().unwrap());
        assert_eq!(body["channels"].as_array().unwrap().len(), seen);
        let request = server.request_by(key, "POST", "/api/v1/channels/ops/test").json(&json!({}));
        assert_eq!(request.send().unwrap().status(), 403);
    }
    assert!(receiver.received().is_empty());
}

#[test]
fn the_command_line_adds_tries_pauses_and_deletes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (good, bad) = (taking(), Receiver::http(|_, _| Reply::Status(404)));
    let _server = Server::start(&[&["--data", data], &LOCAL[..]].concat());
    let channels = |arguments: &[&str]| run(&[&["channels", "--data", data], arguments].concat());
    let secret = channels(&["add", "hook", "--webhook", &good.url("/")]);
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(channels(&["add", "team", "--slack", &bad.url("/"), "--agent", "billing"]), "added team\n");
    assert_eq!(channels(&["test", "hook"]), "hook took it\n");
    let complaint = run_failing(&["channels", "--data", data, "test", "team"]);
    assert_eq!(complaint, "vedette: team did not take it: answered 404: heard <b>you</b>\n");
    assert_eq!(channels(&["pause", "hook"]), "paused hook\n");
    assert_eq!(
        channels(&["list"]),
        format!(
            "hook   webhook   http://127.0.0.1:{}   every agent   info and above   paused\n\
             team   slack   http://127.0.0.1:{}   billing   info and above\n",
            good.port, bad.port
        )
    );
    assert_eq!(channels(&["resume", "hook"]), "resumed hook\n");
    assert_eq!(channels(&["delete", "hook"]), "deleted hook\n");
    assert!(!channels(&["list"]).contains("hook "));
}
