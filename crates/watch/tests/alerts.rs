//! Each kind of alert: it fires, it stays still just below, it recovers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{But, Desk, at, rule, run, schedule};
use serde_json::{Value as Json, json};
use vedette_watch::NoticeKind::{self, AlertFired, AlertFlapping, AlertRecovered, HeartbeatMissed};
use vedette_watch::{Past, Seen, Waiting};

const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// A condition, runs that stay just below it, runs that take it over, and when it has recovered.
struct Case {
    name: &'static str,
    when: Json,
    more: Json,
    below: Vec<Seen>,
    over: Vec<Seen>,
    recovered_at: f64,
}

fn failing(number: u64, started: f64) -> Seen {
    run(number, "a", started).failed("openai.RateLimitError", "too many")
}

fn scored(number: u64, started: f64, value: f64) -> Seen {
    let mut run = run(number, "a", started);
    run.scores = vec![("quality".into(), value), ("other".into(), 0.0)];
    run
}

fn tokens(number: u64, started: f64, tokens: u64) -> Seen {
    let mut run = run(number, "a", started);
    run.tokens = tokens;
    run
}

fn of_days(days: std::ops::Range<i32>, usd: impl Fn(i32) -> f64) -> Vec<Seen> {
    days.map(|day| run(1_000 + day.unsigned_abs() as u64, "a", f64::from(day) * DAY).cost(usd(day))).collect()
}

fn cases() -> Vec<Case> {
    let quiet =
        |numbers: std::ops::Range<u64>| numbers.map(|number| run(number, "a", number as f64)).collect::<Vec<_>>();
    vec![
        Case {
            name: "failure_rate",
            when: json!({ "type": "failure_rate", "over": 0.2 }),
            more: json!({ "min_samples": 5 }),
            // One of five is a fifth, which is not over it; four of four were too few.
            below: [quiet(1..5), vec![failing(5, 5.0)]].concat(),
            over: vec![failing(6, 6.0)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "inactivity",
            when: json!({ "type": "inactivity", "hours": 0.001 }),
            more: json!({}),
            below: vec![run(1, "a", 6.4)],
            over: vec![],
            recovered_at: 0.0,
        },
        Case {
            name: "cost_threshold",
            when: json!({ "type": "cost_threshold", "over_usd": "10" }),
            more: json!({}),
            below: vec![run(1, "a", 1.0).cost(4.0), run(2, "a", 2.0).cost(6.0)],
            over: vec![run(3, "a", 3.0).cost(0.000_000_001)],
            recovered_at: DAY + HOUR,
        },
        Case {
            name: "cost_per_run",
            when: json!({ "type": "cost_per_run", "over_usd": "0.5" }),
            more: json!({ "min_samples": 2 }),
            below: vec![run(1, "a", 1.0).cost(0.2), run(2, "a", 2.0).cost(0.8)],
            over: vec![run(3, "a", 3.0).cost(0.500_000_001)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "latency_threshold",
            when: json!({ "type": "latency_threshold", "over_p95_ms": 5_000.0 }),
            more: json!({}),
            // Of 20 runs the p95 is the 19th: one slow run does not move it, a second does.
            below: [quiet(1..20), vec![run(20, "a", 1.0).took(9.0)]].concat(),
            over: vec![run(19, "a", 1.0).took(5.001)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "score_below",
            when: json!({ "type": "score_below", "score": "quality", "below": 0.7 }),
            more: json!({}),
            below: vec![scored(1, 1.0, 0.6), scored(2, 2.0, 0.8)],
            over: vec![scored(3, 3.0, 0.699)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "tokens",
            when: json!({ "type": "tokens", "over": 1_000 }),
            more: json!({}),
            below: vec![tokens(1, 1.0, 600), tokens(2, 2.0, 400)],
            over: vec![tokens(3, 3.0, 1)],
            recovered_at: DAY + HOUR,
        },
        Case {
            name: "errors",
            when: json!({ "type": "errors", "kind": "openai.RateLimitError", "over": 2 }),
            more: json!({}),
            below: vec![failing(1, 1.0), failing(2, 2.0), run(3, "a", 3.0).failed("TimeoutError", "late")],
            over: vec![failing(4, 4.0)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "spend_anomaly",
            when: json!({ "type": "spend_anomaly" }),
            more: json!({}),
            // 1 and 3 dollars by turns: the mean is 2, the deviation 1, so the bound is 4.5.
            below: [of_days(-14..0, |day| if day % 2 == 0 { 1.0 } else { 3.0 }), vec![run(1, "a", 1.0).cost(4.5)]]
                .concat(),
            over: vec![run(2, "a", 2.0).cost(0.01)],
            recovered_at: DAY,
        },
        Case {
            name: "all",
            when: json!({ "type": "all", "of": [{ "type": "errors", "over": 0 }, { "type": "tokens", "over": 10 }] }),
            more: json!({}),
            below: vec![failing(1, 1.0), tokens(2, 2.0, 10)],
            over: vec![tokens(3, 3.0, 1)],
            recovered_at: 2.0 * HOUR,
        },
        Case {
            name: "any",
            when: json!({ "type": "any", "of": [{ "type": "errors", "over": 1 }, { "type": "tokens", "over": 10 }] }),
            more: json!({}),
            below: vec![failing(1, 1.0), tokens(2, 2.0, 10)],
            over: vec![failing(3, 3.0)],
            recovered_at: 2.0 * HOUR,
        },
    ]
}

#[test]
fn each_alert_fires_stays_just_below_and_recovers() {
    for case in cases() {
        let mut desk = Desk::new();
        desk.book.put_rule(rule(case.name, case.when, case.more)).unwrap();
        for run in &case.below {
            desk.book.observe(run, at(8.0));
        }
        assert_eq!(alerts(desk.tick(10.0)), [], "{} just below", case.name);
        if case.over.is_empty() {
            continue; // it depends on time, below
        }
        for run in &case.over {
            desk.book.observe(run, at(11.0));
        }
        assert_eq!(alerts(desk.tick(12.0)), [AlertFired], "{} over", case.name);
        assert_eq!(alerts(desk.tick(13.0)), [], "{} is told once", case.name);
        desk.reopen();
        for run in case.below.iter().chain(&case.over) {
            desk.book.replay(run.clone(), at(13.0));
        }
        assert_eq!(alerts(desk.tick(14.0)), [], "{} is told once, also after a crash", case.name);
        if case.recovered_at > DAY {
            assert_eq!(alerts(desk.tick(DAY / 2.0)), [], "{} looks back a day by itself", case.name);
        }
        assert_eq!(alerts(desk.tick(case.recovered_at)), [AlertRecovered], "{} recovers", case.name);
        let (fired, recovered) = (&desk.told[desk.told.len() - 2], &desk.told[desk.told.len() - 1]);
        assert_eq!((fired.since, recovered.since), (at(12.0), at(12.0)), "{}", case.name);
        assert_eq!(desk.book.alerts().next().unwrap().state.last_fired_at, Some(at(12.0)));
        assert_ne!(fired.id, recovered.id);
    }
}

fn alerts(kinds: Vec<NoticeKind>) -> Vec<NoticeKind> {
    kinds.into_iter().filter(|kind| kind.as_str().starts_with("alert")).collect()
}

#[test]
fn silence_is_measured_without_the_time_the_server_was_down() {
    let mut desk = Desk::new();
    desk.book
        .put_rule(rule("quiet", json!({ "type": "inactivity", "hours": 1.0 }), json!({ "on": { "agent": "a" } })))
        .unwrap();
    desk.book.alive(at(0.0));
    desk.observe(&run(1, "a", 0.0), 1.0);
    desk.observe(&run(2, "b", HOUR), HOUR);
    assert_eq!(desk.tick(HOUR), [], "an hour is not over an hour, and another agent's run none of its");
    desk.book.alive(at(HOUR));
    desk.commit();
    desk.reopen();
    desk.book.replay(run(1, "a", 0.0), at(3.0 * HOUR));
    desk.book.resume(at(3.0 * HOUR));
    assert_eq!(desk.tick(3.0 * HOUR), [], "it was down for two of three hours");
    assert_eq!(desk.tick(3.0 * HOUR + 1.0), [AlertFired]);
    assert_eq!(desk.observe(&run(3, "a", 3.0 * HOUR + 2.0), 3.0 * HOUR + 2.0), []);
    assert_eq!(desk.tick(3.0 * HOUR + 3.0), [AlertRecovered]);
}

#[test]
fn a_stalled_run_is_one_that_waits_for_nothing() {
    let mut desk = Desk::new();
    desk.book.put_rule(rule("stalled", json!({ "type": "stalled_run", "minutes": 1.0 }), json!({}))).unwrap();
    let mut waits = run(1, "a", 0.0).running();
    waits.waiting = Some(Waiting::Tool);
    desk.observe(&waits, 0.0);
    let other = json!({ "on": { "agent": "b" } });
    desk.book.put_rule(rule("other", json!({ "type": "stalled_run", "minutes": 1.0 }), other)).unwrap();
    assert_eq!(desk.tick(HOUR), []);
    desk.observe(&run(2, "a", HOUR).running(), HOUR);
    assert_eq!(desk.tick(HOUR + 60.0), [], "a minute is not over a minute");
    assert_eq!(desk.tick(HOUR + 61.0), [AlertFired]);
    desk.observe(&run(2, "a", HOUR), HOUR + 62.0);
    assert_eq!(desk.tick(HOUR + 63.0), [AlertRecovered]);
}

#[test]
fn a_missed_heartbeat_may_be_a_condition() {
    let mut desk = Desk::new();
    desk.book
        .put_schedule(schedule("a", at(0.0), json!({ "every_seconds": 60, "grace_seconds": 10 })), at(0.0))
        .unwrap();
    desk.book
        .put_rule(rule("missed", json!({ "type": "missed_heartbeat" }), json!({ "on": { "agent": "a" } })))
        .unwrap();
    desk.book
        .put_rule(rule("other", json!({ "type": "missed_heartbeat" }), json!({ "on": { "agent": "b" } })))
        .unwrap();
    assert_eq!(desk.tick(70.0), []);
    assert_eq!(desk.tick(71.0), [HeartbeatMissed, AlertFired]);
    desk.observe(&run(1, "a", 72.0), 73.0);
    assert_eq!(desk.tick(74.0), [AlertRecovered]);
}

#[test]
fn a_rule_is_patient() {
    let rule = rule(
        "errors",
        json!({ "type": "errors", "over": 0 }),
        json!({ "window_seconds": 60, "cooldown_seconds": 600 }),
    );
    let mut desk = Desk::new();
    desk.book.put_rule(rule.clone()).unwrap();
    let mut told = Vec::new();
    let mut number = 0;
    let mut fails = |desk: &mut Desk, now: f64| {
        number += 1;
        desk.book.observe(&failing(number, now - 1.0), at(now));
        alerts(desk.tick(now))
    };
    told.push(fails(&mut desk, 10.0));
    told.push(alerts(desk.tick(80.0)));
    // Within the cooldown nobody is told, neither of the beginning nor of the end.
    told.push(fails(&mut desk, 300.0));
    told.push(alerts(desk.tick(400.0)));
    told.push(fails(&mut desk, 620.0));
    assert_eq!(told, [vec![AlertFired], vec![AlertRecovered], vec![], vec![], vec![AlertFired]]);
    let ids: std::collections::BTreeSet<&str> = desk.told.iter().map(|notice| notice.id.as_str()).collect();
    assert_eq!(ids.len(), desk.told.len(), "each has an id of its own");
}

#[test]
fn what_does_not_count_does_not_count() {
    // A sign of life has no latency, a running run has not failed, a run that ended well had no error; and who has
    // just begun to spend is no anomaly.
    let mut beat = run(1, "a", 0.0).took(60.0);
    beat.kind = vedette_model::RunKind::Heartbeat;
    let mut well = run(2, "a", 0.0);
    well.failure_kind = Some("E".into());
    let both = [failing(3, 0.0), run(4, "a", 0.0).running()];
    for (when, more, runs) in [
        (json!({ "type": "latency_threshold", "over_p95_ms": 1_000.0 }), json!({}), vec![beat]),
        (json!({ "type": "errors", "over": 0 }), json!({}), vec![well]),
        (json!({ "type": "failure_rate", "over": 0.1 }), json!({ "min_samples": 2 }), both.to_vec()),
        (json!({ "type": "spend_anomaly" }), json!({}), of_days(-6..1, |day| if day == 0 { 100.0 } else { 1.0 })),
    ] {
        let mut desk = Desk::new();
        desk.book.put_rule(rule("r", when.clone(), more)).unwrap();
        runs.iter().for_each(|run| desk.book.observe(run, at(1.0)));
        assert_eq!(alerts(desk.tick(61.0)), [], "{when}");
    }
}

#[test]
fn the_end_is_told_if_it_is_wanted() {
    let mut desk = Desk::new();
    let more = json!({ "window_seconds": 60, "recovery": false });
    desk.book.put_rule(rule("errors", json!({ "type": "errors", "over": 0 }), more)).unwrap();
    desk.book.observe(&failing(1, 9.0), at(10.0));
    assert_eq!((alerts(desk.tick(10.0)), alerts(desk.tick(100.0))), (vec![AlertFired], vec![]));
    assert_eq!(desk.book.alerts().next().unwrap().state.firing_since, None);
}

#[test]
fn a_snoozed_rule_is_quiet() {
    let rule =
        rule("errors", json!({ "type": "errors", "over": 0 }), json!({ "window_seconds": 60, "cooldown_seconds": 0 }));
    let mut desk = Desk::new();
    desk.book.put_rule(rule.clone()).unwrap();
    assert!(desk.book.snooze(&rule.id, Some(at(100.0))));
    desk.book.observe(&failing(1, 9.0), at(10.0));
    assert_eq!((alerts(desk.tick(10.0)), alerts(desk.tick(80.0))), (vec![], vec![]), "neither beginning nor end");
    desk.book.observe(&failing(2, 90.0), at(91.0));
    assert_eq!(alerts(desk.tick(91.0)), []);
    assert_eq!(alerts(desk.tick(100.0)), [AlertFired], "it still holds when the snooze ends");
    desk.book.snooze(&rule.id, Some(at(1_000.0)));
    assert_eq!(alerts(desk.tick(200.0)), []);
    assert_eq!(alerts(desk.tick(1_000.0)), [AlertRecovered], "who was told that it fires is told that it is over");
}

#[test]
fn what_comes_and_goes_is_told_once() {
    let rule =
        rule("errors", json!({ "type": "errors", "over": 0 }), json!({ "window_seconds": 60, "cooldown_seconds": 0 }));
    let mut desk = Desk::new();
    desk.book.put_rule(rule).unwrap();
    let mut told = Vec::new();
    for turn in 0..20_u32 {
        let now = 200.0 * f64::from(turn);
        desk.book.observe(&failing(u64::from(turn), now - 1.0), at(now));
        told.extend(alerts(desk.tick(now)));
        told.extend(alerts(desk.tick(now + 100.0)));
    }
    assert_eq!(
        told,
        [AlertFired, AlertRecovered, AlertFired, AlertRecovered, AlertFired, AlertFlapping],
        "the sixth turn within an hour is one too many"
    );
    assert_eq!(alerts(desk.tick(20.0 * 200.0 + 2.0 * HOUR)), [AlertRecovered], "it has settled");
}

#[test]
fn a_run_that_changes_counts_once() {
    let mut desk = Desk::new();
    desk.book.put_rule(rule("cost", json!({ "type": "cost_threshold", "over_usd": "1" }), json!({}))).unwrap();
    for usd in [0.2, 0.4, 0.4, 0.9, 1.0] {
        desk.observe(&run(1, "a", 0.0).cost(usd), 1.0);
    }
    assert_eq!(desk.tick(2.0), []);
    desk.observe(&run(2, "a", 1.0).cost(0.1), 2.0);
    assert_eq!(desk.tick(3.0), [AlertFired]);
    desk.book.forget(common::key(2), at(4.0));
    assert_eq!(desk.tick(5.0), [AlertRecovered], "a deleted run counts no more");
}

#[test]
fn a_rule_meets_only_its_runs() {
    for (on, told) in [
        (json!({}), vec![AlertFired]),
        (json!({ "agent": "a" }), vec![AlertFired]),
        (json!({ "agent": "b" }), vec![]),
        (json!({ "tag": "red" }), vec![AlertFired]),
        (json!({ "tag": "blue" }), vec![]),
        (json!({ "customer": "acme" }), vec![AlertFired]),
        (json!({ "customer": "acme", "feature": "search" }), vec![]),
    ] {
        let mut desk = Desk::new();
        desk.book.put_rule(rule("errors", json!({ "type": "errors", "over": 0 }), json!({ "on": on }))).unwrap();
        let mut run = failing(1, 0.0);
        (run.tags, run.customer) = (vec!["red".into()], Some("acme".into()));
        desk.observe(&run, 1.0);
        assert_eq!(alerts(desk.tick(2.0)), told, "{on}");
    }
}

#[test]
fn a_rule_is_tried_on_the_past() {
    let tried = rule("errors", json!({ "type": "errors", "over": 1 }), json!({ "window_seconds": 600 }));
    let runs: Vec<Seen> = [0.0, 10_000.0, 10_100.0, 40_000.0].iter().zip(1..).map(|(at, n)| failing(n, *at)).collect();
    let desk = Desk::new();
    let told = tried_on(&desk, tried, runs.into_iter().map(without_silence).collect());
    // It fires with the run that takes it over; windows move in the trial's steps, of 43 s.
    assert_eq!(told, [(AlertFired, 10_101), (AlertRecovered, 10_621)]);
}

fn without_silence(seen: Seen) -> Past {
    Past { seen, silences: Vec::new() }
}

/// What would have been told within a day, and at which second.
fn tried_on(desk: &Desk, rule: vedette_watch::Rule, past: Vec<Past>) -> Vec<(NoticeKind, i64)> {
    let notices = desk.book.trial(rule).run(&past, at(0.0), at(DAY));
    notices.iter().map(|notice| (notice.kind, (notice.occurred_at.0 - at(0.0).0) / 1_000_000_000)).collect()
}

#[test]
fn stalled_runs_are_tried_on_the_past_too() {
    let desk = Desk::new();
    let stalled = |minutes: f64| rule("stalled", json!({ "type": "stalled_run", "minutes": minutes }), json!({}));
    let past = || {
        let seen = run(1, "a", 0.0).took(4.0 * HOUR);
        vec![Past { seen, silences: vec![(at(60.0), at(660.0)), (at(2.0 * HOUR), at(2.0 * HOUR + 601.0))] }]
    };
    assert_eq!(desk.book.trial(stalled(10.0)).asks_silences(), Some(common::seconds(600)));
    assert_eq!(tried_on(&desk, stalled(10.0), past()), [], "just below: over means longer than");
    assert_eq!(
        tried_on(&desk, stalled(9.0), past()),
        [(AlertFired, 601), (AlertRecovered, 660), (AlertFired, 7_741), (AlertRecovered, 7_801)]
    );
    let other = rule("other", json!({ "type": "stalled_run", "minutes": 9.0 }), json!({ "on": { "agent": "b" } }));
    assert_eq!(tried_on(&desk, other, past()), []);
    let none = rule("errors", json!({ "type": "errors", "over": 0 }), json!({}));
    assert_eq!(desk.book.trial(none).asks_silences(), None);
}

#[test]
fn missed_heartbeats_are_tried_on_the_past_too() {
    let mut desk = Desk::new();
    // The schedule is newer than the past it is tried on.
    let every = json!({ "every_seconds": 3_600, "grace_seconds": 600 });
    desk.book.put_schedule(schedule("a", at(DAY), every), at(DAY)).unwrap();
    let missed =
        |agent: &str| rule("missed", json!({ "type": "missed_heartbeat" }), json!({ "on": { "agent": agent } }));
    let hours = |hours: &[u64]| -> Vec<Past> {
        hours.iter().map(|hour| without_silence(run(*hour, "a", *hour as f64 * HOUR))).collect()
    };
    let all: Vec<u64> = (1..24).collect();
    assert_eq!(tried_on(&desk, missed("a"), hours(&all)), []);
    let without: Vec<u64> = all.iter().copied().filter(|hour| !(5..8).contains(hour)).collect();
    let gap = [(AlertFired, 5 * 3_600 + 601), (AlertRecovered, 8 * 3_600 + 1)];
    assert_eq!(tried_on(&desk, missed("a"), hours(&without)), gap);
    assert_eq!(tried_on(&desk, missed("b"), hours(&without)), [], "nothing is expected of it");
    let others = all.iter().map(|hour| without_silence(run(100 + hour, "b", *hour as f64 * HOUR)));
    let both: Vec<Past> = hours(&without).into_iter().chain(others).collect();
    assert_eq!(tried_on(&desk, missed("a"), both), gap, "another agent's runs answer nothing");
    // The server was down when the first of them was due, and when the second was.
    desk.book.alive(at(4.5 * HOUR));
    desk.book.resume(at(6.5 * HOUR));
    let gap = [(AlertFired, 7 * 3_600 + 601), (AlertRecovered, 8 * 3_600 + 1)];
    assert_eq!(tried_on(&desk, missed("a"), hours(&without)), gap);
}

#[test]
fn a_rule_that_makes_no_sense_is_refused() {
    for when in [
        json!({ "type": "failure_rate", "over": 1.5 }),
        json!({ "type": "inactivity", "hours": -1.0 }),
        json!({ "type": "all", "of": [{ "type": "missed_heartbeat" }] }),
    ] {
        let rule = json!({ "id": "r", "name": "r", "when": when, "created_at": at(0.0) });
        let rule: vedette_watch::Rule = serde_json::from_value(rule).unwrap();
        assert!(rule.check().is_err(), "{when}");
    }
}

#[test]
fn of_ten_runs_the_p95_is_the_slowest() {
    for (slow, told) in [(5.0, vec![]), (5.001, vec![AlertFired])] {
        let mut desk = Desk::new();
        let when = json!({ "type": "latency_threshold", "over_p95_ms": 5_000.0 });
        desk.book.put_rule(rule("slow", when, json!({}))).unwrap();
        (1..10).for_each(|number| desk.book.observe(&run(number, "a", 1.0), at(9.0)));
        desk.book.observe(&run(10, "a", 1.0).took(slow), at(9.0));
        assert_eq!(alerts(desk.tick(10.0)), told, "{slow}");
    }
}

#[test]
fn a_run_does_not_stall_while_the_server_is_down() {
    let mut desk = Desk::new();
    desk.book.put_rule(rule("stalled", json!({ "type": "stalled_run", "minutes": 1.0 }), json!({}))).unwrap();
    desk.observe(&run(1, "a", 0.0).running(), 0.0);
    desk.book.alive(at(30.0));
    desk.commit();
    desk.reopen();
    desk.book.resume(at(500.0));
    desk.book.replay(run(1, "a", 0.0).running(), at(500.0));
    assert_eq!((desk.tick(530.0), desk.tick(531.0)), (vec![], vec![AlertFired]), "half a minute before and after");
}

#[test]
fn what_was_corrected_leaves_the_window_as_it_is() {
    let mut desk = Desk::new();
    desk.book.put_rule(rule("cost", json!({ "type": "cost_threshold", "over_usd": "10" }), json!({}))).unwrap();
    desk.observe(&run(1, "a", 0.0).cost(4.0), 1.0);
    desk.observe(&run(1, "a", 0.0).cost(1.0), 2.0);
    assert_eq!(desk.tick(DAY + HOUR), []);
    desk.observe(&run(2, "a", DAY + HOUR).cost(10.5), DAY + HOUR + 1.0);
    assert_eq!(desk.tick(DAY + HOUR + 2.0), [AlertFired]);
}
