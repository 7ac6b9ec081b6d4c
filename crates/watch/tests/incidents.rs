//! Failures become incidents: scenario 61, the same kind over many runs, reopening, mending itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{But, Desk, at, key, run};
use vedette_model::RunKey;
use vedette_watch::NoticeKind::{IncidentOpened, IncidentReopened, IncidentResolved};
use vedette_watch::{FailedCheck, Incident, IncidentStatus, Seen, Step};

fn incidents(desk: &Desk) -> Vec<&Incident> {
    desk.book.incidents().filter(|incident| incident.is_unresolved()).collect()
}

fn roots(incident: &Incident) -> Vec<RunKey> {
    incident.runs.iter().map(|member| member.root).collect()
}

/// Scenario 61: of a pipeline with five steps the fourth fails, and what is above it in consequence.
fn pipeline() -> Vec<Seen> {
    let step = |number: u64| run(number, &format!("step-{number}"), number as f64).under(1);
    vec![
        step(2),
        step(3),
        step(4),
        step(5).failed("TimeoutError", "no answer from 10.0.0.7 after 30 s").at_step("book"),
        step(6).failed("StepFailed", "step 4 of 5 failed").over(&[5]),
        run(1, "pipeline", 0.0).took(9.0).failed("StepFailed", "step 4 of 5 failed").over(&[2, 3, 4, 6]),
    ]
}

#[test]
fn scenario_61_a_failing_pipeline_is_one_incident_in_any_order() {
    let runs = pipeline();
    let orders: [[usize; 6]; 5] =
        [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 5, 0, 1, 4, 2], [4, 3, 5, 2, 0, 1], [5, 3, 4, 0, 2, 1]];
    for order in orders {
        for rooted in [true, false] {
            let mut desk = Desk::new();
            let mut told = Vec::new();
            for (place, at) in order.into_iter().enumerate() {
                let mut seen = runs[at].clone();
                // A run's root is the topmost above it that is stored.
                let stored = |which: usize| rooted || at == which || order[..place].contains(&which);
                seen.root = match (at == 3, stored(4), stored(5)) {
                    (true, false, _) | (false, _, false) => seen.key,
                    (true, true, false) => key(6),
                    _ => key(1),
                };
                told.extend(desk.observe(&seen, 20.0 + place as f64));
            }
            let open = incidents(&desk);
            assert_eq!(open.len(), 1, "{order:?}");
            assert_eq!((open[0].count, roots(open[0])), (1, vec![key(1)]), "{order:?}");
            assert_eq!(open[0].step.as_deref(), Some("book"), "the first failure is the cause, {order:?}");
            assert_eq!(open[0].runs[0].run, key(5), "{order:?}");
            let listed: Vec<&Incident> = desk.book.incidents().filter(|one| one.merged_into.is_none()).collect();
            assert_eq!(listed.len(), 1, "two that turn out to be one are one, {order:?}");
            let count = |wanted| told.iter().filter(|kind| **kind == wanted).count();
            // While the run between is not known, the two ends are strangers.
            let place = |which: usize| order.iter().position(|at| *at == which);
            let strangers = usize::from(!rooted && place(4) > place(3).max(place(5)));
            assert_eq!((count(IncidentOpened), count(IncidentResolved)), (1 + strangers, strangers), "{order:?}");
        }
    }
}

#[test]
fn two_incidents_that_turn_out_to_be_one_are_merged() {
    // A grandchild and its grandparent fail before anybody knows of the run between them, either first.
    for grandchild_first in [true, false] {
        let mut desk = Desk::new();
        let grandchild = run(3, "inner", 2.0).failed("TimeoutError", "no answer");
        let top = run(1, "outer", 0.0).took(9.0).failed("StepFailed", "step 2 failed").over(&[2]);
        let mut told = Vec::new();
        for one in if grandchild_first { [&grandchild, &top] } else { [&top, &grandchild] } {
            told.extend(desk.observe(one, 10.0));
        }
        assert_eq!((told, incidents(&desk).len()), (vec![IncidentOpened; 2], 2));
        let between = run(2, "middle", 1.0).took(7.0).failed("StepFailed", "x").under(1).over(&[3]);
        assert_eq!(desk.observe(&between, 11.0), [IncidentResolved]);
        desk.reopen();
        let (open, all) = (incidents(&desk), desk.book.incidents().collect::<Vec<_>>());
        assert_eq!((open.len(), roots(open[0]), open[0].agent.as_deref()), (1, vec![key(1)], Some("inner")));
        let merged: Vec<&&Incident> = all.iter().filter(|one| one.merged_into.is_some()).collect();
        assert_eq!((all.len(), merged.len()), (2, 1));
        assert_eq!((merged[0].merged_into.as_ref(), merged[0].count), (Some(&open[0].id), 0));
        let last = merged[0].history.last().unwrap();
        assert_eq!(last.note.as_deref(), Some("it belongs to another incident: inner fails"));
        // It is one of its own again when its kind of failure comes alone.
        let alone = run(9, "outer", 20.0).failed("StepFailed", "step 2 failed");
        assert_eq!(desk.observe(&alone, 22.0), [IncidentReopened]);
        assert!(desk.book.incidents().all(|one| one.merged_into.is_none()));
    }
}

#[test]
fn a_failed_child_puts_its_good_root_into_an_incident() {
    let mut desk = Desk::new();
    assert_eq!(desk.observe(&run(2, "helper", 1.0).under(1).failed("E", "x"), 3.0), [IncidentOpened]);
    let mut root = run(1, "main", 0.0).took(5.0).over(&[2]);
    root.failed_children = 1;
    assert_eq!(desk.observe(&root, 6.0), []);
    assert_eq!(roots(incidents(&desk)[0]), [key(1)]);
    assert_eq!(incidents(&desk)[0].agent.as_deref(), Some("helper"));
}

#[test]
fn failures_of_one_kind_join_and_others_do_not() {
    let mut desk = Desk::new();
    let fail = |number: u64, agent: &str, kind: &str, message: &str| {
        run(number, agent, number as f64).failed(kind, message).at_step("search")
    };
    let mut told = Vec::new();
    for (number, agent, kind, message) in [
        (1, "a", "TimeoutError", "no answer from 10.0.0.1:80 after 30 s"),
        (2, "a", "TimeoutError", "no answer from 10.9.8.7:81 after 31 s"),
        (3, "b", "TimeoutError", "no answer from 10.9.8.7:81 after 31 s"),
        (4, "a", "KeyError", "no answer from 10.9.8.7:81 after 31 s"),
        (5, "a", "TimeoutError", "no answer from 10.0.0.1:80 after 30 s"),
    ] {
        told.extend(desk.observe(&fail(number, agent, kind, message), 10.0 + number as f64));
    }
    assert_eq!(told, [IncidentOpened; 3]);
    let mut counts: Vec<u64> = incidents(&desk).iter().map(|incident| incident.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 3]);
    let main = incidents(&desk).into_iter().find(|incident| incident.count == 3).unwrap();
    assert_eq!((main.first_seen, main.last_seen), (at(2.0), at(6.0)));
    assert_eq!(main.what, "TimeoutError: no answer from <address> after <n> s", "nothing that differs each time");

    // Told again, after a crash too, nothing changes.
    desk.reopen();
    assert_eq!(desk.observe(&fail(5, "a", "TimeoutError", "no answer from 10.0.0.1:80 after 30 s"), 30.0), []);
    assert_eq!(incidents(&desk).iter().map(|incident| incident.count).max(), Some(3));
}

#[test]
fn an_incident_shows_what_its_newest_failure_said() {
    let mut desk = Desk::new();
    let fail = |number: u64, message: &str| run(number, "a", number as f64).failed("openai.RateLimitError", message);
    desk.observe(&fail(1, "ratelimiterror: 429 too many requests, see req_011CabcD9\n at line 3"), 2.0);
    desk.observe(&fail(3, "\n RateLimitError: 429 too many requests, see req_9zz8\n  at line 7"), 4.0);
    // Of an older failure nothing newer is learnt.
    desk.observe(&fail(2, "RateLimitError: 503 too many requests, see req_7aa6\n at line 9"), 4.0);
    desk.reopen();
    let shown = |desk: &Desk| incidents(desk).iter().map(|one| one.said().to_owned()).collect::<Vec<_>>();
    assert!(incidents(&desk).iter().any(|one| one.count == 3), "{:?}", incidents(&desk));
    assert_eq!(shown(&desk), ["openai.RateLimitError: 429 too many requests, see req_9zz8"]);
    // Whoever is told hears only what all of them say.
    assert_eq!(desk.told[0].what, "openai.RateLimitError: <n> too many requests, see <id> at line <n>");
    // With the run its words are gone; an incident of before they were kept reads the same.
    desk.book.forget(key(3), at(5.0));
    desk.commit();
    desk.reopen();
    assert_eq!(shown(&desk), ["openai.RateLimitError: <n> too many requests, see <id> at line <n>"]);
    // What failed below another run is still said when that run is known.
    desk.observe(&run(8, "b", 9.0).failed("E", "no 7"), 11.0);
    desk.observe(&run(7, "b", 8.0).took(9.0).over(&[8]), 17.0);
    assert!(shown(&desk).contains(&"E: no 7".to_owned()), "{:?}", shown(&desk));
    desk.book.forget(key(8), at(18.0));
    assert!(shown(&desk).contains(&"E: no <n>".to_owned()), "{:?}", shown(&desk));
    // A type is not taken out of the middle of words.
    desk.observe(&run(9, "c", 9.0).failed("Key", "Keyboard: 7"), 11.0);
    assert!(shown(&desk).contains(&"Key: Keyboard: 7".to_owned()), "{:?}", shown(&desk));
}

#[test]
fn an_incident_mends_itself_and_comes_back() {
    let mut desk = Desk::new();
    let fail = |number: u64, started: f64| run(number, "a", started).failed("E", "x");
    desk.observe(&fail(1, 0.0), 2.0);
    for number in 2..6 {
        assert_eq!(desk.observe(&run(number, "a", number as f64 * 10.0), 100.0), []);
        assert_eq!(desk.observe(&run(number, "a", number as f64 * 10.0), 100.0), [], "a repeat is no other good run");
    }
    assert_eq!(desk.observe(&run(90, "b", 99.0), 100.0), [], "another agent's proves nothing");
    // A failure between begins the count again.
    assert_eq!(desk.observe(&fail(6, 100.0), 102.0), []);
    let told: Vec<_> = (7..12).map(|number| desk.observe(&run(number, "a", 100.0 + number as f64), 120.0)).collect();
    assert_eq!(told, [vec![], vec![], vec![], vec![], vec![IncidentResolved]]);
    assert_eq!(desk.resolved, desk.book.incidents().map(|incident| incident.id.clone()).collect::<Vec<_>>());
    assert_eq!(incidents(&desk).len(), 0);
    // A failure from before that is heard of late counts, and wakes nobody.
    assert_eq!(desk.observe(&fail(20, 50.0), 130.0), []);
    assert_eq!(incidents(&desk).len(), 0);
    assert_eq!(desk.observe(&fail(21, 140.0), 142.0), [IncidentReopened]);
    let incident = incidents(&desk)[0];
    assert_eq!((incident.count, incident.openings), (4, 2));
    // Good runs from before the failure that are heard of late mend nothing, those after it do.
    for number in 30..40 {
        assert_eq!(desk.observe(&run(number, "a", 60.0 + number as f64), 150.0), []);
    }
    let told: Vec<_> =
        (40..45).flat_map(|number| desk.observe(&run(number, "a", 110.0 + number as f64), 160.0)).collect();
    assert_eq!(told, [IncidentResolved]);
    let ids: std::collections::BTreeSet<&str> = desk.told.iter().map(|notice| notice.id.as_str()).collect();
    assert_eq!(ids.len(), 4, "each has an id of its own");
}

#[test]
fn a_late_finish_corrects_a_timeout() {
    let mut desk = Desk::new();
    let mut lost = run(1, "a", 0.0);
    lost.status = vedette_model::Status::Timeout;
    assert_eq!(desk.observe(&lost, 100.0), [IncidentOpened]);
    assert_eq!(desk.observe(&run(1, "a", 0.0), 101.0), [IncidentResolved]);
    assert_eq!(incidents(&desk).len(), 0);
}

#[test]
fn what_people_do_is_written_down() {
    let mut desk = Desk::new();
    desk.observe(&run(1, "a", 0.0).failed("E", "x"), 2.0);
    let id = incidents(&desk)[0].id.clone();
    for (step, note, status) in [
        (Step::Acknowledge, Some("mine"), IncidentStatus::Acknowledged),
        (Step::Acknowledge, None, IncidentStatus::Acknowledged),
        (Step::Note, Some("it is the network"), IncidentStatus::Acknowledged),
        (Step::Resolve, None, IncidentStatus::Resolved),
        (Step::Resolve, None, IncidentStatus::Resolved),
        (Step::Acknowledge, None, IncidentStatus::Resolved),
        (Step::Reopen, None, IncidentStatus::Open),
    ] {
        let incident = desk.book.act(&id, &step, "anna", note.map(str::to_owned), at(3.0)).unwrap();
        assert_eq!(incident.status, status, "{step:?}");
    }
    assert!(desk.book.act("inc_nothing", &Step::Resolve, "anna", None, at(3.0)).is_none());
    assert_eq!(desk.commit(), [IncidentResolved]);
    desk.reopen();
    let incident = incidents(&desk)[0];
    let history: Vec<(&str, String, Option<&str>)> = incident
        .history
        .iter()
        .map(|entry| (entry.author.as_str(), format!("{:?}", entry.action), entry.note.as_deref()))
        .collect();
    assert_eq!(
        history,
        [
            ("vedette", "Opened".to_owned(), None),
            ("anna", "Acknowledged".to_owned(), Some("mine")),
            ("anna", "Noted".to_owned(), Some("it is the network")),
            ("anna", "Resolved".to_owned(), None),
            ("anna", "Reopened".to_owned(), None),
        ]
    );
}

#[test]
fn failing_checks_are_incidents_too() {
    let mut desk = Desk::new();
    let wrong = |number: u64| {
        let mut run = run(number, "a", number as f64);
        run.failed_checks = vec![FailedCheck {
            check: "chk_1".into(),
            name: "is JSON".into(),
            expected: "JSON of the schema".into(),
            got: "the customer's own words".into(),
        }];
        run
    };
    assert_eq!(desk.observe(&wrong(1), 3.0), [IncidentOpened]);
    assert_eq!(desk.observe(&wrong(2), 4.0), []);
    assert_eq!(incidents(&desk)[0].count, 2);
    assert!(desk.told.iter().all(|notice| !notice.what.contains("own words")), "no output in a notice");
}

#[test]
fn history_wakes_nobody() {
    let mut desk = Desk::new();
    assert_eq!(desk.observe(&run(1, "a", 0.0).failed("E", "x"), 2.0 * 86_400.0), []);
    assert_eq!(incidents(&desk).len(), 1);
}

#[test]
fn a_deleted_run_leaves_no_trace() {
    let mut desk = Desk::new();
    desk.observe(&run(1, "a", 0.0).failed("E", "secret words"), 2.0);
    desk.book.forget(key(1), at(3.0));
    desk.commit();
    desk.reopen();
    assert_eq!(desk.book.incidents().count(), 0);
}

#[test]
fn failures_of_different_steps_and_checks_are_different() {
    let mut desk = Desk::new();
    let fail = |number: u64, step: &str| run(number, "a", number as f64).failed("E", "x").at_step(step);
    assert_eq!(desk.observe(&fail(1, "search"), 10.0), [IncidentOpened]);
    assert_eq!(desk.observe(&fail(2, "book"), 10.0), [IncidentOpened]);
    assert_eq!(desk.observe(&fail(3, "a"), 10.0), [IncidentOpened]);
    let titles: Vec<&str> = desk.told.iter().map(|notice| notice.title.as_str()).collect();
    assert_eq!(titles, ["a fails at search", "a fails at book", "a fails"], "an agent is no step of itself");
    let unchecked = |number: u64, check: &str| {
        let mut run = run(number, "a", number as f64);
        let (check, name) = (check.to_owned(), check.to_owned());
        run.failed_checks = vec![FailedCheck { check, name, expected: "x".to_owned(), got: "y".to_owned() }];
        run
    };
    assert_eq!(desk.observe(&unchecked(4, "one"), 10.0), [IncidentOpened]);
    assert_eq!(desk.observe(&unchecked(5, "two"), 10.0), [IncidentOpened]);
    assert_eq!(desk.observe(&run(6, "b", 1.0).failed("E", "x").at_step("search"), 10.0), [IncidentOpened]);
}

#[test]
fn a_run_that_turns_out_to_be_a_child_is_counted_with_its_root() {
    let mut desk = Desk::new();
    let child = run(2, "helper", 1.0).failed("E", "x");
    assert_eq!(desk.observe(&child, 3.0), [IncidentOpened]);
    assert_eq!(desk.observe(&child.under(1), 4.0), []);
    assert_eq!((incidents(&desk)[0].count, roots(incidents(&desk)[0])), (1, vec![key(1)]));
    // A good end of a root with a failed child, and one of a child, mend nothing.
    for number in 10..20 {
        let mut root = run(number, "helper", 10.0 + number as f64);
        root.failed_children = 1;
        assert_eq!(desk.observe(&root, 40.0), []);
        assert_eq!(desk.observe(&run(number + 20, "helper", 50.0 + number as f64).under(number), 90.0), []);
    }
    for number in 60..70 {
        let cancelled = vedette_model::Status::Cancelled;
        assert_eq!(desk.observe(&Seen { status: cancelled, ..run(number, "helper", number as f64) }, 90.0), []);
    }
    assert_eq!(incidents(&desk).len(), 1);
}

#[test]
fn an_incident_knows_its_first_and_last_failure_in_any_order() {
    let mut desk = Desk::new();
    let fail = |number: u64, started: f64| run(number, "a", started).failed("E", "x");
    for (number, started) in [(1, 50.0), (2, 10.0), (3, 90.0), (4, 70.0)] {
        desk.observe(&fail(number, started), 100.0);
    }
    let seen = |desk: &Desk| (incidents(desk)[0].first_seen, incidents(desk)[0].last_seen, roots(incidents(desk)[0]));
    assert_eq!(seen(&desk), (at(11.0), at(91.0), vec![key(2), key(1), key(4), key(3)]));
    // Two of them ended well after all.
    desk.observe(&run(3, "a", 90.0), 101.0);
    desk.observe(&run(2, "a", 10.0), 101.0);
    assert_eq!(seen(&desk), (at(51.0), at(71.0), vec![key(1), key(4)]));
    assert_eq!(incidents(&desk)[0].count, 2);
}

#[test]
fn an_incident_keeps_the_newest_and_counts_all() {
    let mut desk = Desk::new();
    for number in 1..=1_001 {
        desk.observe(&run(number, "a", number as f64).failed("E", "x"), 2_000.0);
    }
    let id = incidents(&desk)[0].id.clone();
    assert_eq!((incidents(&desk)[0].count, incidents(&desk)[0].runs.len()), (1_001, 1_000));
    assert_eq!(incidents(&desk)[0].runs[0].root, key(2));
    for number in 0..201 {
        desk.book.act(&id, &Step::Note, "anna", Some(format!("{number} {}", "x".repeat(5_000))), at(3_000.0));
    }
    let history = &incidents(&desk)[0].history;
    assert_eq!(history.len(), 200);
    let note = history.last().unwrap().note.clone().unwrap();
    assert!(note.starts_with("200 ") && note.len() == 4_000, "{}", note.len());
}

#[test]
fn of_too_many_incidents_the_oldest_resolved_goes() {
    let mut desk = Desk::new();
    let fail = |number: u64| run(number, &format!("agent-{number}"), number as f64).failed("E", "x");
    for number in 1..=10_000 {
        desk.book.observe(&fail(number), at(20_000.0));
    }
    let of = |desk: &Desk, agent: &str| desk.book.incidents().find(|one| one.agent.as_deref() == Some(agent)).cloned();
    for agent in ["agent-9", "agent-5"] {
        let id = of(&desk, agent).unwrap().id;
        desk.book.act(&id, &Step::Resolve, "anna", None, at(20_000.0));
    }
    desk.book.observe(&fail(10_001), at(20_000.0));
    assert!(of(&desk, "agent-5").is_none() && of(&desk, "agent-9").is_some() && of(&desk, "agent-10001").is_some());
    assert_eq!(desk.book.incidents().count(), 10_000);
}
