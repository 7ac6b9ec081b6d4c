//! A schedule's past as people look at it: what came of each expected time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{ACCOUNT, But, at, run};
use serde_json::{Value as Json, json};
use vedette_model::{RunKind, Timestamp};
use vedette_watch::{Answer, Book, Schedule, Seen};

/// Of `desk`, made at the tests' first moment, which is noon.
fn schedule(more: Json) -> Schedule {
    let mut body = json!({ "agent": "desk", "created_at": at(0.0).to_string() });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

/// Runs come as they begin, each minute passes, and then this is what it looks like: seconds and answers.
fn drawn(schedule: Schedule, runs: &[Seen], until: f64) -> Vec<(f64, Answer)> {
    let mut book = Book::load(ACCOUNT, std::iter::empty()).0;
    book.put_schedule(schedule, at(0.0)).unwrap();
    let mut minute = 0.0;
    while minute <= until {
        for run in runs.iter().filter(|run| run.started_at >= at(minute - 60.0) && run.started_at < at(minute)) {
            book.observe(run, at(minute));
        }
        book.tick(at(minute));
        minute += 60.0;
    }
    look(&book, runs, Timestamp(i64::MIN), until, 100)
}

fn look(book: &Book, runs: &[Seen], since: Timestamp, now: f64, most: usize) -> Vec<(f64, Answer)> {
    let found = book.heartbeats().next().unwrap().expectations(runs, since, at(now), most);
    found.iter().map(|one| ((one.at.0 - at(0.0).0) as f64 / 1e9, one.answer)).collect()
}

#[test]
fn times_of_day_are_answered_late_or_missed() {
    let hourly = schedule(json!({ "cron": "0 * * * *", "grace_seconds": 300 }));
    let runs = [run(1, "desk", 3_590.0), run(2, "desk", 7_200.0 + 900.0), run(3, "desk", 7_200.0 + 1_000.0)];
    assert_eq!(
        drawn(hourly, &runs, 3.0 * 3_600.0 + 600.0),
        [(3_600.0, Answer::Ok), (7_200.0, Answer::Late), (10_800.0, Answer::Missed), (14_400.0, Answer::Due)]
    );
}

#[test]
fn what_ran_says_how_it_went() {
    let hourly = json!({ "cron": "0 * * * *", "max_seconds": 60 });
    let runs = [
        run(1, "desk", 3_600.0).failed("Boom", "no"),
        run(2, "desk", 7_200.0).took(61.0),
        run(3, "desk", 10_800.0).took(4_000.0),
        run(4, "desk", 14_400.0),
        run(5, "desk", 18_000.0).running(),
    ];
    let of = |more: Json, until: f64| {
        let mut body = hourly.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let drawn = drawn(schedule(body), &runs, until);
        drawn.into_iter().map(|(_, answer)| answer).collect::<Vec<_>>()
    };
    let ends = [Answer::Failed, Answer::TooLong, Answer::TooLong];
    assert_eq!(of(json!({}), 18_060.0), [&ends[..], &[Answer::Overlapping, Answer::Running, Answer::Due]].concat());
    assert_eq!(
        of(json!({ "may_overlap": true }), 18_060.0),
        [&ends[..], &[Answer::Ok, Answer::Running, Answer::Due]].concat()
    );
    assert_eq!(of(json!({}), 18_120.0)[4], Answer::TooLong);
}

#[test]
fn a_run_at_least_so_often() {
    let often = schedule(json!({ "every_seconds": 600, "grace_seconds": 60 }));
    let mut beat = run(2, "desk", 900.0);
    beat.kind = RunKind::Heartbeat;
    let runs = [run(1, "desk", 300.0), beat, run(3, "desk", 900.0 + 1_900.0)];
    assert_eq!(
        drawn(often, &runs, 3_000.0),
        [
            (300.0, Answer::Ok),
            (900.0, Answer::Ok),
            (1_500.0, Answer::Missed),
            (2_100.0, Answer::Missed),
            // The run of 2,800 answers it, late.
            (2_700.0, Answer::Late),
            (3_400.0, Answer::Due),
        ]
    );
}

#[test]
fn what_is_not_known_is_said_so() {
    let mut book = Book::load(ACCOUNT, std::iter::empty()).0;
    book.put_schedule(schedule(json!({ "cron": "0 * * * *" })), at(0.0)).unwrap();
    // The server was down from the first minute to the third hour.
    book.alive(at(60.0));
    book.resume(at(10_000.0));
    book.tick(at(10_000.0));
    let runs = [run(1, "desk", 7_200.0)];
    let known = look(&book, &runs, Timestamp(i64::MIN), 10_000.0, 100);
    assert_eq!(known, [(3_600.0, Answer::Unknown), (7_200.0, Answer::Ok), (10_800.0, Answer::Due)]);
    // Only the newest runs were read; of the time before them nothing is said.
    assert_eq!(look(&book, &runs, at(7_000.0), 10_000.0, 100), known[1..]);
    assert_eq!(look(&book, &runs, Timestamp(i64::MIN), 10_000.0, 2), known[1..]);
    // Of the time before it was made, only runs tell.
    let runs = [run(2, "desk", -3_600.0), run(1, "desk", 7_200.0)];
    assert_eq!(look(&book, &runs, Timestamp(i64::MIN), 10_000.0, 100)[0], (-3_600.0, Answer::Ok));
    // What is off expects nothing.
    let off = schedule(json!({ "cron": "0 * * * *", "paused": true }));
    book.put_schedule(off, at(10_000.0)).unwrap();
    book.tick(at(10_001.0));
    assert_eq!(look(&book, &[], Timestamp(i64::MIN), 10_001.0, 100).len(), 2);
}

#[test]
fn a_late_run_answers_the_time_that_was_due() {
    let often = schedule(json!({ "every_seconds": 600, "grace_seconds": 60 }));
    let runs = [run(1, "desk", 300.0), run(2, "desk", 1_000.0)];
    assert_eq!(drawn(often, &runs, 1_200.0), [(300.0, Answer::Ok), (900.0, Answer::Late), (1_600.0, Answer::Due)]);
}

#[test]
fn a_new_schedule_knows_of_the_runs_before_it() {
    let mut book = Book::load(ACCOUNT, std::iter::empty()).0;
    book.put_schedule(schedule(json!({ "cron": "0 * * * *" })), at(0.0)).unwrap();
    let last = |book: &Book| {
        let one = book.heartbeats().next().unwrap();
        (one.state.last_run_at, one.state.last_success_at, one.is_new())
    };
    assert_eq!(last(&book), (None, None, true));
    book.ran_before("desk", Some(at(-60.0 * 60.0)), Some(at(-120.0 * 60.0)));
    assert_eq!(last(&book), (Some(at(-3_600.0)), Some(at(-7_200.0)), true));
    // What is told twice or heard of late changes nothing; neither does a run before it answer for it.
    book.ran_before("desk", None, Some(at(-9_000.0)));
    book.observe(&run(1, "desk", -1_000.0), at(10.0));
    assert_eq!(last(&book), (Some(at(-1_000.0)), Some(at(-1_000.0)), true));
    book.observe(&run(2, "desk", 3_600.0).failed("E", "x"), at(3_602.0));
    assert_eq!(last(&book), (Some(at(3_600.0)), Some(at(-1_000.0)), false));
}
