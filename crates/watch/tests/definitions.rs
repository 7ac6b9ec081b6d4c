//! What people define, and whom it tells: made, changed, removed, paused, kept across a restart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{ACCOUNT, But, Desk, at, rule, run, schedule};
use serde_json::{Value as Json, json};
use vedette_watch::NoticeKind::{AlertFired, HeartbeatMissed, HeartbeatRecovered, IncidentOpened};
use vedette_watch::{Alert, Attempt, Channel, Check, Condition, Delivery, LOOK_BACK, RuleState, Settings, Told};

const HOUR: f64 = 3_600.0;

fn errors(more: Json) -> vedette_watch::Rule {
    rule("errors", json!({ "type": "errors", "over": 0 }), more)
}

fn check(id: &str, name: &str) -> Check {
    let test = json!({ "type": "tool_called", "tool": "search" });
    serde_json::from_value(json!({ "id": id, "name": name, "test": test, "created_at": at(0.0) })).unwrap()
}

#[test]
fn a_rule_counts_the_runs_that_were_there_before_it_and_goes_on_when_it_is_changed() {
    let mut desk = Desk::new();
    desk.book.put_rule(rule("long", json!({ "type": "errors", "over": 100 }), json!({}))).unwrap();
    desk.observe(&run(1, "a", 0.0).failed("E", "x"), 2.0);
    desk.book.put_rule(errors(json!({}))).unwrap();
    assert_eq!(desk.tick(3.0), [AlertFired]);
    desk.book.put_rule(errors(json!({ "severity": "critical", "cooldown_seconds": 0 }))).unwrap();
    assert_eq!(desk.tick(4.0), [], "it fires already");
    let same_name = vedette_watch::Rule { id: "arule_other".to_owned(), ..errors(json!({})) };
    assert!(desk.book.put_rule(same_name).unwrap_err().contains("another rule named errors"));
    desk.book.put_check(check("1", "searches")).unwrap();
    assert!(desk.book.put_check(check("2", "searches")).unwrap_err().contains("another check named searches"));
}

#[test]
fn a_paused_rule_is_not_asked() {
    let mut desk = Desk::new();
    desk.book.put_rule(errors(json!({ "paused": true }))).unwrap();
    assert_eq!(desk.observe(&run(1, "a", 0.0).failed("E", "x"), 2.0), [IncidentOpened]);
    assert_eq!(desk.tick(3.0), []);
}

#[test]
fn a_schedule_goes_on_when_its_times_stay() {
    let every = |seconds: u64, more: Json| {
        let mut wanted = json!({ "every_seconds": seconds, "grace_seconds": 10 });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schedule("a", at(0.0), wanted)
    };
    let mut desk = Desk::new();
    desk.book.put_schedule(every(60, json!({})), at(0.0)).unwrap();
    assert_eq!(desk.tick(71.0), [HeartbeatMissed]);
    desk.book.put_schedule(every(60, json!({ "severity": "warning" })), at(72.0)).unwrap();
    assert_eq!(desk.tick(131.0), [], "the same row of missing runs");
    assert_eq!(desk.observe(&run(1, "a", 132.0), 133.0), [HeartbeatRecovered]);

    // Of the time before other times were said, nothing is expected by them.
    desk.book.put_schedule(every(100, json!({})), at(10_000.0)).unwrap();
    assert_eq!(desk.tick(10_110.0), []);
    assert_eq!(desk.tick(10_111.0), [HeartbeatMissed]);
    assert_eq!(desk.told.last().unwrap().since, at(10_100.0));
}

#[test]
fn nothing_is_expected_of_the_time_a_schedule_is_paused() {
    let of = |paused: bool| {
        let wanted = json!({ "every_seconds": 60, "grace_seconds": 10, "max_seconds": 5, "paused": paused });
        schedule("a", at(0.0), wanted)
    };
    let mut desk = Desk::new();
    desk.book.put_schedule(of(true), at(0.0)).unwrap();
    assert_eq!(desk.observe(&run(1, "a", 1.0).running(), 1.0), []);
    assert_eq!((desk.tick(HOUR), desk.overdue()), (vec![], vec![]));
    assert_eq!(desk.observe(&run(1, "a", 1.0), HOUR), []);
    desk.book.put_schedule(of(false), at(HOUR)).unwrap();
    assert_eq!(desk.tick(HOUR + 70.0), []);
    assert_eq!(desk.tick(HOUR + 71.0), [HeartbeatMissed]);
}

#[test]
fn what_was_changed_is_there_after_a_restart_and_what_was_removed_is_not() {
    let mut desk = Desk::new();
    desk.book.put_rule(errors(json!({ "cooldown_seconds": 0 }))).unwrap();
    desk.book.put_schedule(schedule("a", at(0.0), json!({ "every_seconds": 60 })), at(0.0)).unwrap();
    desk.book.put_check(check("1", "searches")).unwrap();
    desk.book.set(Settings { resolve_after: 7 });
    desk.commit();
    assert!(desk.book.snooze("arule_errors", Some(at(100.0))));
    desk.commit();
    desk.reopen();
    assert_eq!(desk.book.alert("errors").unwrap().state.snoozed_until, Some(at(100.0)));
    assert_eq!(desk.book.settings().resolve_after, 7);
    assert!(desk.book.delete_rule("arule_errors") && desk.book.delete_schedule("a") && desk.book.delete_check("1"));
    assert!(!desk.book.delete_rule("arule_errors") && !desk.book.delete_schedule("a") && !desk.book.delete_check("1"));
    desk.commit();
    desk.reopen();
    let book = &desk.book;
    assert_eq!((book.alerts().count(), book.heartbeats().count(), book.checks().count()), (0, 0, 0));
}

#[test]
fn a_book_says_what_it_asks_for() {
    let asks = |when: Json| {
        let mut desk = Desk::new();
        desk.book.put_rule(rule("r", when, json!({}))).unwrap();
        (desk.book.asks_scores(), desk.book.asks_waiting(), desk.book.keeps_time())
    };
    assert_eq!(asks(json!({ "type": "errors", "over": 0 })), (false, false, true));
    assert_eq!(asks(json!({ "type": "score_below", "score": "q", "below": 1.0 })), (true, false, true));
    let nested =
        json!({ "type": "any", "of": [{ "type": "stalled_run", "minutes": 1.0 }, { "type": "errors", "over": 0 }] });
    assert_eq!(asks(nested), (false, true, true));
    assert!(!Desk::new().book.keeps_time());
    let reach = |when: Json| Alert::new(rule("r", when, json!({})), RuleState::default()).reach();
    assert_eq!(reach(json!({ "type": "spend_anomaly" })), LOOK_BACK);
    assert_eq!(reach(json!({ "type": "tokens", "over": 1 })).as_secs(), 86_400);
}

#[test]
fn a_definition_that_makes_no_sense_is_refused() {
    let nested = |depth: usize| {
        let leaf = json!({ "type": "missed_heartbeat" });
        (1..depth).fold(leaf.clone(), |inner, _| json!({ "type": "all", "of": [inner, leaf] }))
    };
    let many = |count: usize| json!({ "type": "any", "of": vec![json!({ "type": "missed_heartbeat" }); count] });
    let refused = |when: Json, more: Json| {
        let mut body = json!({ "id": "r", "name": "r", "when": when, "created_at": at(0.0) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value::<vedette_watch::Rule>(body).unwrap().check().is_err()
    };
    let fine = json!({ "type": "errors", "over": 0 });
    for (when, more, wrong) in [
        (fine.clone(), json!({}), false),
        (fine.clone(), json!({ "name": " " }), true),
        (fine.clone(), json!({ "window_seconds": 0 }), true),
        (fine.clone(), json!({ "window_seconds": 31 * 86_400 }), false),
        (fine, json!({ "window_seconds": 31 * 86_400 + 1 }), true),
        (nested(4), json!({}), false),
        (nested(5), json!({}), true),
        (many(15), json!({}), false),
        (many(16), json!({}), true),
    ] {
        assert_eq!(refused(when.clone(), more.clone()), wrong, "{when} {more}");
    }
    for when in [
        Condition::ScoreBelow { score: "q".to_owned(), below: f64::NAN },
        Condition::StalledRun { minutes: f64::INFINITY },
    ] {
        let rule = vedette_watch::Rule { when, ..errors(json!({})) };
        assert!(rule.check().is_err(), "{rule:?}");
    }
}

fn channel(name: &str, more: Json) -> Channel {
    let mut body = json!({ "id": format!("chn_{name}"), "name": name, "type": "slack", "url": "https://example.com", "created_at": at(0.0) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

#[test]
fn a_notice_goes_where_it_is_wanted() {
    let mut desk = Desk::new();
    desk.observe(&run(1, "a", 0.0).failed("E", "x"), 2.0);
    let bad = desk.told[0].clone();
    let good = vedette_watch::Notice {
        kind: vedette_watch::NoticeKind::HeartbeatLate,
        severity: vedette_watch::Severity::Info,
        ..bad.clone()
    };
    let channels = [
        channel("all", json!({})),
        channel("a", json!({ "agents": ["a"] })),
        channel("b", json!({ "agents": ["b"] })),
        channel("loud", json!({ "min_severity": "critical" })),
        channel("paused", json!({ "paused": true })),
    ];
    let routed = |notice: &vedette_watch::Notice, named: &[&str]| {
        let told = Told { notice: notice.clone(), channels: named.iter().map(|name| (*name).to_owned()).collect() };
        told.route(&channels).iter().map(|channel| channel.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(routed(&bad, &[]), ["all", "a", "paused"], "what is for a paused one waits");
    assert_eq!(routed(&good, &[]), ["all", "a", "loud", "paused"], "good news follows what was told");
    assert_eq!(routed(&bad, &["b", "chn_loud"]), ["b", "loud"], "who is named is told, whatever it takes by itself");

    let mut delivery = Delivery::new(bad.clone(), "chn_a", at(3.0));
    assert_ne!(delivery.id, Delivery::new(bad.clone(), "chn_b", at(3.0)).id);
    assert_eq!(delivery.id, Delivery::new(bad, "chn_a", at(9.0)).id, "the same whenever it is asked");
    assert!(!delivery.was_tried());
    delivery.log.push(Attempt { at: at(4.0), status: None, error: None, duration_ms: 1 });
    assert!(delivery.was_tried(), "also if it was sent again by hand since");
    assert_eq!(ACCOUNT, delivery.notice.account);
}
