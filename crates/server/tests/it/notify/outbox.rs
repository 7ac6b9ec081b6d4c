//! The outbox: tried until taken or given up, once a channel at a time, whenever the process ends.

use super::receiver::{Received, Receiver, Reply};
use super::{LOCAL, add_webhook};
use crate::server::{Server, answer, eventually, signal};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use vedette_model::{AccountId, RunKey, Timestamp};
use vedette_server::notify::outbox::{channels, put, put_channel};
use vedette_store::{DocumentChange, Embedded, EmbeddedOptions, Store};
use vedette_watch::{Channel, ChannelKind, Delivery, Notice, NoticeKind, Severity};

const ACCOUNT: AccountId = AccountId::DEFAULT;

fn serve(folder: &Path) -> Server {
    serve_as(folder, 0, "1s")
}

/// With an address of its own: what was written before must not be written anew.
fn serve_as(folder: &Path, round: usize, pause: &str) -> Server {
    let (data, url) = (folder.to_str().unwrap(), format!("https://round-{round}.example.com"));
    Server::start(&[&["--data", data, "--notify-pause", pause, "--public-url", &url], &LOCAL[..]].concat())
}

/// Changes what is stored while no server runs.
fn change(folder: &Path, work: impl FnOnce(&dyn Store) -> Vec<DocumentChange>) {
    let store = Embedded::open(EmbeddedOptions::new(folder)).unwrap();
    let changes = work(&store);
    store.change_documents(ACCOUNT, changes, Vec::new()).unwrap();
}

fn webhook(name: &str, receiver: &Receiver) -> Channel {
    Channel {
        id: format!("chn_{name}"),
        name: name.to_owned(),
        kind: ChannelKind::Webhook { url: receiver.url("/"), secret: "whsec_test".to_owned() },
        agents: vec![],
        min_severity: Severity::Info,
        include_content: false,
        paused: false,
        paused_because: None,
        consecutive_failures: 0,
        created_at: Timestamp(0),
    }
}

fn notice(number: usize, kind: NoticeKind, incident: Option<&str>) -> Notice {
    Notice {
        id: format!("ntc_{number:016x}"),
        account: ACCOUNT,
        kind,
        severity: Severity::Warning,
        title: format!("thing {number} happened"),
        what: "expected nothing, got something".to_owned(),
        since: Timestamp(1_769_900_000_000_000_000),
        count: 1,
        agent: Some("billing".to_owned()),
        run: Some(RunKey([7; 16])),
        incident: incident.map(str::to_owned),
        rule: None,
        link_path: "/incidents/inc_1".to_owned(),
        occurred_at: Timestamp(1_769_900_000_000_000_000),
    }
}

/// In the outbox, in the order of their numbers.
fn delivery(notice: Notice, channel: &str) -> Delivery {
    let number = i64::from_str_radix(notice.id.trim_start_matches("ntc_"), 16).unwrap();
    Delivery::new(notice, &format!("chn_{channel}"), Timestamp(1_769_900_000_000_000_000 + number))
}

fn fired(number: usize, channel: &str) -> Delivery {
    delivery(notice(number, NoticeKind::AlertFired, None), channel)
}

fn deliveries(server: &Server, query: &str) -> Vec<Json> {
    server.read(&format!("/api/v1/deliveries?limit=1000{query}"))["deliveries"].as_array().unwrap().clone()
}

/// Waits until nothing is on its way any more.
fn ended(server: &Server) -> BTreeMap<String, String> {
    eventually(|| deliveries(server, "&state=pending").is_empty().then_some(()));
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    deliveries(server, "").iter().map(|row| (text(&row["notice"]["id"]), text(&row["state"]))).collect()
}

fn ids(received: &[Received]) -> Vec<String> {
    received.iter().map(|received| received.id().to_owned()).collect()
}

#[test]
fn what_is_not_taken_is_sent_again_as_it_was() {
    let receiver = Receiver::http(|_, before| if before == 0 { Reply::Status(503) } else { Reply::Status(204) });
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), |_| vec![put_channel(&webhook("ops", &receiver)), put(&fired(1, "ops"))]);
    let server = serve(folder.path());
    assert_eq!(ended(&server)["ntc_0000000000000001"], "delivered");
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!((received[0].id(), &received[0].body), (received[1].id(), &received[1].body));
    let delivery = &deliveries(&server, "&channel=ops&state=delivered")[0];
    let log: Vec<(&Json, &Json)> =
        delivery["log"].as_array().unwrap().iter().map(|attempt| (&attempt["status"], &attempt["error"])).collect();
    assert_eq!(log, [(&json!(503), &json!("answered 503: heard <b>you</b>")), (&json!(204), &Json::Null)]);
    assert!(deliveries(&server, "&state=failed").is_empty());
    for (query, field) in [("state=lost", "state"), ("chanel=ops", "chanel")] {
        let (status, answer) = server.get(&format!("/api/v1/deliveries?{query}"));
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{answer}");
    }

    let resend = |id: &Json| {
        answer(server.request("POST", &format!("/api/v1/deliveries/{}/resend", id.as_str().unwrap())).send().unwrap())
    };
    assert_eq!(resend(&delivery["id"]).0, 200);
    assert_eq!(ended(&server).len(), 1);
    let again = &receiver.received()[2];
    assert_eq!((again.id(), &again.body), (received[0].id(), &received[0].body));
    assert_eq!(resend(&json!("dlv_nothing")).0, 404);
}

#[test]
fn what_is_given_up_after_seven_attempts_is_sent_anew_by_hand() {
    let receiver = Receiver::http(|_, before| if before < 8 { Reply::Status(503) } else { Reply::Status(200) });
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), |_| vec![put_channel(&webhook("ops", &receiver)), put(&fired(1, "ops"))]);
    let server = serve_as(folder.path(), 0, "0s");
    assert_eq!(ended(&server)["ntc_0000000000000001"], "failed");
    assert_eq!(receiver.received().len(), 7);
    let id = deliveries(&server, "")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(answer(server.request("POST", &format!("/api/v1/deliveries/{id}/resend")).send().unwrap()).0, 200);
    assert_eq!(ended(&server)["ntc_0000000000000001"], "delivered");
    assert_eq!(receiver.received().len(), 9, "with attempts of its own");
}

#[test]
fn one_that_is_delivered_ends_a_row_of_failures() {
    let receiver = Receiver::http(|_, before| if before == 2 { Reply::Status(200) } else { Reply::Status(410) });
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), |_| {
        let mut changes = vec![put_channel(&webhook("ops", &receiver))];
        changes.extend((1..=5).map(|number| put(&fired(number, "ops"))));
        changes
    });
    let server = serve(folder.path());
    let states: Vec<String> = ended(&server).into_values().collect();
    assert_eq!(states, ["failed", "failed", "delivered", "failed", "failed"]);
    let listed = server.read("/api/v1/channels")["channels"][0].clone();
    assert_eq!((&listed["paused"], &listed["consecutive_failures"]), (&json!(false), &json!(2)));
}

#[test]
fn a_channel_that_gives_up_is_paused_and_the_others_are_told() {
    let gone = Receiver::http(|_, before| if before < 3 { Reply::Status(410) } else { Reply::Status(200) });
    let well = Receiver::http(|_, _| Reply::Status(200));
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), |_| {
        let mut changes = vec![put_channel(&webhook("gone", &gone)), put_channel(&webhook("well", &well))];
        changes.extend((1..=5).map(|number| put(&fired(number, "gone"))));
        changes
    });
    let server = serve(folder.path());
    let told = eventually(|| well.received().pop());
    assert_eq!(told.json()["type"], "channel.paused");
    assert_eq!(told.json()["title"], "Notices no longer reach gone");
    assert!(told.json()["what"].as_str().unwrap().contains("answered 410"), "{}", told.body);
    let listed = server.read("/api/v1/channels")["channels"][0].clone();
    assert_eq!((&listed["paused"], &listed["consecutive_failures"]), (&json!(true), &json!(3)));
    assert_eq!((deliveries(&server, "&state=failed").len(), deliveries(&server, "&state=pending").len()), (3, 2));
    assert_eq!(gone.received().len(), 3);

    let request = server.request("PATCH", "/api/v1/channels/gone").json(&json!({ "paused": false }));
    assert_eq!(request.send().unwrap().status(), 200);
    let ended = ended(&server);
    assert_eq!(
        (ended["ntc_0000000000000004"].as_str(), ended["ntc_0000000000000005"].as_str()),
        ("delivered", "delivered")
    );
    let listed = server.read("/api/v1/channels")["channels"][0].clone();
    assert_eq!((&listed["paused"], &listed["consecutive_failures"]), (&json!(false), &json!(0)));
}

#[test]
fn a_slow_channel_does_not_keep_the_others_waiting() {
    let (release, held) = std::sync::mpsc::sync_channel::<()>(1);
    let held = Mutex::new(held);
    let slow = Receiver::http(move |_, _| {
        let _ = held.lock().unwrap().recv();
        Reply::Status(200)
    });
    let quick = Receiver::http(|_, _| Reply::Status(200));
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), |_| {
        let mut changes = vec![put_channel(&webhook("slow", &slow)), put_channel(&webhook("quick", &quick))];
        changes.extend((1..=3).map(|number| put(&fired(number, "slow"))));
        changes.extend((1..=3).map(|number| put(&fired(number, "quick"))));
        changes
    });
    let server = serve(folder.path());
    eventually(|| (deliveries(&server, "&state=delivered").len() == 3).then_some(()));
    let order = ["ntc_0000000000000001", "ntc_0000000000000002", "ntc_0000000000000003"];
    assert_eq!(ids(&quick.received()), order, "oldest first");
    assert!(slow.received().len() <= 1, "one attempt at a time");
    drop(release);
    ended(&server);
    assert_eq!(ids(&slow.received()), order);
}

fn incident(id: &str, status: &str) -> DocumentChange {
    let incident = json!({
        "id": id, "fingerprint": id, "cause": "run_failed", "status": status, "title": id, "what": "", "agent": null,
        "step": null, "first_seen": 0, "last_seen": 0, "count": 1, "runs": [], "good_runs": [], "resolved_at": null,
        "history": [], "openings": 1,
    });
    DocumentChange { collection: "incidents", id: id.to_owned(), body: Some(incident.to_string()) }
}

#[test]
fn nothing_is_told_of_what_is_over_but_that_it_is_over() {
    let receiver = Receiver::http(|_, _| Reply::Status(200));
    let folder = tempfile::tempdir().unwrap();
    let told = |number, kind, incident| delivery(notice(number, kind, Some(incident)), "ops");
    change(folder.path(), |_| {
        let mut known = told(3, NoticeKind::IncidentOpened, "inc_known");
        known.attempt = 1;
        let nobody = delivery(notice(6, NoticeKind::AlertFired, None), "deleted");
        let deliveries = [
            told(1, NoticeKind::IncidentOpened, "inc_unknown"),
            told(2, NoticeKind::IncidentResolved, "inc_unknown"),
            known,
            told(4, NoticeKind::IncidentResolved, "inc_known"),
            told(5, NoticeKind::IncidentOpened, "inc_open"),
            nobody,
        ];
        let mut changes: Vec<_> = deliveries.iter().map(put).collect();
        changes.push(put_channel(&webhook("ops", &receiver)));
        changes.push(incident("inc_unknown", "resolved"));
        changes.push(incident("inc_known", "resolved"));
        changes.push(incident("inc_open", "open"));
        changes
    });
    let server = serve(folder.path());
    let states: Vec<String> = ended(&server).into_values().collect();
    assert_eq!(states, ["cancelled", "cancelled", "cancelled", "delivered", "delivered", "cancelled"]);
    assert_eq!(ids(&receiver.received()), ["ntc_0000000000000004", "ntc_0000000000000005"]);
    let cancelled = &deliveries(&server, "&state=cancelled&channel=ops")[0];
    let path = format!("/api/v1/deliveries/{}/resend", cancelled["id"].as_str().unwrap());
    assert_eq!(server.post(&path, &json!({})).0, 409);
}

/// Notices of the test that kills; every fifth is of an incident that is resolved in the middle.
const NOTICES: usize = 120;

#[test]
fn a_server_killed_again_and_again_tells_everything_the_same_way() {
    // Of three notices one is taken at once, one is refused at first, and one is read and not answered.
    let seen = Mutex::new(BTreeSet::new());
    let receiver = Receiver::http(move |request, _| {
        let is_new = seen.lock().unwrap().insert(request.id().to_owned());
        match request.id().as_bytes().last().unwrap() % 3 {
            0 if is_new => Reply::Status(500),
            1 if is_new => Reply::HangUp,
            _ => Reply::Status(200),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let incident_of = |number: usize| number.is_multiple_of(5).then(|| format!("inc_{number}"));
    let all: Vec<Notice> = (1..=NOTICES)
        .map(|number| match incident_of(number) {
            Some(incident) => notice(number, NoticeKind::IncidentOpened, Some(&incident)),
            None => notice(number, NoticeKind::AlertFired, None),
        })
        .collect();
    change(folder.path(), |_| {
        // Several channels, so that several attempts are under way when it is killed.
        let mut changes: Vec<_> = ["a", "b", "c"].map(|name| put_channel(&webhook(name, &receiver))).into();
        let to = |number: usize| ["a", "b", "c"][number % 3];
        changes.extend(all.iter().enumerate().map(|(number, notice)| put(&delivery(notice.clone(), to(number)))));
        changes.extend((1..=NOTICES).filter_map(|n| Some(incident(&incident_of(n)?, "open"))));
        changes
    });
    let mut resolved_at = 0;
    let kills = [3, 20, 40, 60];
    for (round, requests) in kills.into_iter().enumerate() {
        let server = serve_as(folder.path(), round, "1s");
        eventually(|| (receiver.received().len() >= requests).then_some(()));
        signal(server.process_id(), "KILL");
        drop(server);
        if round == 1 {
            // Half of the incidents are resolved while nobody can say so.
            let now = receiver.received().len();
            change(folder.path(), |_| {
                (1..=NOTICES / 2).filter_map(|n| Some(incident(&incident_of(n)?, "resolved"))).collect()
            });
            resolved_at = now;
        }
    }
    let server = serve_as(folder.path(), kills.len(), "1s");
    let states = ended(&server);
    let received = receiver.received();

    let mut bodies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for request in &received {
        bodies.entry(request.id()).or_default().insert(&request.body);
    }
    for (id, state) in &states {
        let told = bodies.get(id.as_str()).map_or(0, BTreeSet::len);
        match state.as_str() {
            "delivered" => assert_eq!(told, 1, "{id} arrived, always with the same body"),
            // Resolved in the middle; it may have been tried before.
            "cancelled" => assert!(told <= 1, "{id}"),
            state => panic!("{id} is {state}"),
        }
    }
    assert_eq!(states.len(), NOTICES);
    let resolved: BTreeSet<String> =
        (1..=NOTICES / 2).filter(|n| incident_of(*n).is_some()).map(|n| format!("ntc_{n:016x}")).collect();
    let cancelled: BTreeSet<&String> =
        states.iter().filter(|(_, state)| *state == "cancelled").map(|(id, _)| id).collect();
    assert!(cancelled.iter().all(|id| resolved.contains(*id)), "{cancelled:?}");
    assert!(!cancelled.is_empty(), "no incident was resolved in time to matter");
    let after = &received[resolved_at..];
    let told_too_late: Vec<&str> = after.iter().map(Received::id).filter(|id| resolved.contains(*id)).collect();
    assert!(told_too_late.is_empty(), "{told_too_late:?}");
    assert!(received.len() > NOTICES - cancelled.len(), "nothing was ever sent twice: the receiver was not flaky");
}

#[test]
fn channels_are_kept_across_a_restart() {
    let receiver = Receiver::http(|_, _| Reply::Status(200));
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    add_webhook(&server, "ops", &receiver);
    assert!(server.stop().success());
    change(folder.path(), |store| {
        let stored = channels(store, ACCOUNT).unwrap();
        assert_eq!(stored.len(), 1);
        vec![put(&Delivery::new(notice(1, NoticeKind::AlertFired, None), &stored[0].id, Timestamp(1)))]
    });
    ended(&serve(folder.path()));
    assert_eq!(ids(&receiver.received()), ["ntc_0000000000000001"]);
}
