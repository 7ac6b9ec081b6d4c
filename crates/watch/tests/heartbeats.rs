//! Schedules one by one: what is told of runs that are missing, late, too long or too many, and what a server
//! that was down knows of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{But, Desk, at, key, run, schedule, seconds};
use serde_json::json;
use vedette_model::Timestamp;
use vedette_watch::{NoticeKind, Seen};

/// What the switches do to times that they skip or repeat, by hand.
#[test]
fn skipped_and_repeated_hours() {
    for (cron, after, expected) in [
        // On 29 March 2026 there is no 02:30 in Berlin: the run is expected right after the gap.
        ("30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]),
        // On 25 October 2026 it is 02:30 twice: the run is expected the first time.
        ("30 2 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]),
        // What comes every hour comes in both.
        ("30 * * * *", "2026-10-25T00:00:00Z", ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]),
    ] {
        let after = Timestamp::parse(after).unwrap();
        let timetable =
            schedule("a", after, json!({ "cron": cron, "time_zone": "Europe/Berlin" })).timetable().unwrap();
        let first = timetable.next(after).unwrap();
        let found = [first.to_string(), timetable.next(first).unwrap().to_string()];
        assert_eq!(found, expected, "{cron}");
    }
    for wrong in [
        json!({ "cron": "61 * * * *" }),
        json!({ "cron": "0 3 * * *", "time_zone": "Mars/Base" }),
        json!({ "every_seconds": 0 }),
        json!({}),
        json!({ "cron": "0 3 * * *", "every_seconds": 60 }),
        json!({ "cron": "0 0 30 2 *" }),
        json!({ "max_seconds": 0 }),
    ] {
        assert!(schedule("a", at(0.0), wrong.clone()).timetable().is_err(), "{wrong}");
    }
}

#[test]
fn what_else_is_told_of_expected_runs() {
    use NoticeKind::{HeartbeatFailed, HeartbeatOverlap, HeartbeatTooLong};
    let mut desk = Desk::new();
    let wanted = json!({ "every_seconds": 3_600, "max_seconds": 60 });
    desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
    let mut first = run(1, "a", 0.0);
    (first.status, first.finished_at) = (vedette_model::Status::Running, None);
    assert_eq!(desk.observe(&first, 0.0), []);
    assert_eq!(desk.tick(60.0), []);
    assert_eq!(desk.tick(61.0), [HeartbeatTooLong]);
    assert_eq!(desk.tick(62.0), [], "told once");
    let second = Seen { key: key(2), root: key(2), started_at: at(70.0), ..first.clone() };
    assert_eq!(desk.observe(&second, 71.0), [HeartbeatOverlap]);
    assert_eq!(desk.observe(&second, 72.0), []);
    let ended = Seen { key: key(7), root: key(7), ..run(7, "a", 72.0) };
    assert_eq!(desk.observe(&ended, 74.0), [], "what has ended overlaps no more");
    let mut beat = run(3, "a", 80.0);
    (beat.kind, beat.status) = (vedette_model::RunKind::Heartbeat, vedette_model::Status::Failed);
    assert_eq!(desk.observe(&beat, 82.0), [HeartbeatFailed], "and no incident beside it");
    assert_eq!(desk.observe(&beat, 83.0), [], "told once");

    let mut desk = Desk::new();
    let wanted = json!({ "every_seconds": 3_600, "may_overlap": true });
    desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
    assert_eq!(desk.observe(&first, 0.0), []);
    assert_eq!(desk.observe(&second, 71.0), []);
}

#[test]
fn a_missing_run_is_told_in_words() {
    let mut desk = Desk::new();
    let agent = "night ly/1";
    let wanted = json!({ "every_seconds": 3_600, "grace_seconds": 90 });
    desk.book.put_schedule(schedule(agent, at(0.0), wanted), at(0.0)).unwrap();
    desk.observe(&run(1, agent, 60.0), 61.0);
    desk.observe(&run(2, agent, 120.0).failed("E", "x"), 122.0);
    desk.tick(4_000.0);
    let missed = desk.told.last().unwrap();
    assert_eq!(
        (missed.title.as_str(), missed.link_path.as_str()),
        ("night ly/1 did not run", "/heartbeats/night%20ly%2F1")
    );
    assert_eq!(
        missed.what,
        "a run was expected at 2026-01-31T13:02:00.000Z, none came within 1 min 30 s; the last that succeeded began: \
         2026-01-31T12:01:00.000Z"
    );
    assert_eq!((missed.severity, missed.since), (vedette_watch::Severity::Critical, at(3_720.0)));
    // What was due before a run came is judged without it, also if time was not asked in between.
    assert_eq!(desk.observe(&run(3, agent, 9_000.0), 9_001.0), [NoticeKind::HeartbeatRecovered]);
    let back = desk.told.last().unwrap();
    assert_eq!((back.title.as_str(), back.severity), ("night ly/1 runs again", vedette_watch::Severity::Info));
    let missed_and_back = [NoticeKind::HeartbeatMissed, NoticeKind::HeartbeatRecovered];
    assert_eq!(desk.observe(&run(4, agent, 20_000.0), 20_001.0), missed_and_back);
}

/// A schedule may say only how long runs take.
#[test]
fn a_run_that_takes_too_long_is_to_time_out() {
    use NoticeKind::{HeartbeatTooLong, IncidentOpened};
    let mut desk = Desk::new();
    let wanted = json!({ "max_seconds": 60 });
    desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
    let running = run(1, "a", 0.0).running();
    assert_eq!(desk.observe(&running, 0.0), []);
    assert_eq!((desk.tick(60.0), desk.overdue()), (vec![], vec![]), "just in time");
    assert_eq!((desk.tick(61.0), desk.overdue()), (vec![HeartbeatTooLong], vec![(key(1), 60)]));
    assert_eq!((desk.tick(62.0), desk.overdue().len()), (vec![], 1), "told once, and asked until it is so");
    let mut timed_out = Seen { status: vedette_model::Status::Timeout, ..run(1, "a", 0.0) };
    timed_out.failure_kind = Some(vedette_model::OVERDUE.into());
    assert_eq!(desk.observe(&timed_out, 63.0), [], "its incident is not told of beside");
    assert_eq!(desk.book.incidents().map(|incident| incident.count).collect::<Vec<_>>(), [1]);
    assert_eq!((desk.tick(64.0), desk.overdue()), (vec![], vec![]));
    assert_eq!(desk.observe(&run(1, "a", 0.0).took(70.0), 71.0), [], "it ends after all");
    assert_eq!(desk.book.incidents().filter(|incident| incident.is_unresolved()).count(), 0);
    // One that began before its agent's time was said takes as long as it likes.
    let before = Seen { started_at: at(-1.0), ..run(5, "a", 0.0).running() };
    assert_eq!((desk.observe(&before, 75.0), desk.tick(76.0), desk.overdue()), (vec![], vec![], vec![]));
    // Another agent's runs take as long as they like, and a failure of another kind is told.
    assert_eq!(desk.observe(&run(2, "b", 0.0).running(), 80.0), []);
    assert_eq!(desk.tick(9_000.0), []);
    assert_eq!(desk.observe(&run(3, "a", 80.0).failed("E", "x"), 82.0), [IncidentOpened]);
}

/// Its end may have been said to nobody.
#[test]
fn a_run_does_not_take_too_long_while_the_server_is_down() {
    let mut desk = Desk::new();
    desk.book.put_schedule(schedule("a", at(0.0), json!({ "max_seconds": 60 })), at(0.0)).unwrap();
    desk.observe(&run(1, "a", 0.0).running(), 0.0);
    desk.book.alive(at(50.0));
    desk.commit();
    desk.reopen();
    desk.book.resume(at(500.0));
    desk.book.replay(run(1, "a", 0.0).running(), at(500.0));
    assert_eq!((desk.tick(510.0), desk.overdue()), (vec![], vec![]));
    assert_eq!(desk.tick(511.0), [NoticeKind::HeartbeatTooLong]);
}

/// An expected time at 3,600 s with ten minutes of grace, and a server that crashes, known to be up at one
/// time and up again at another. What is told right then and after the next expected time?
#[test]
fn a_crash_raises_no_false_alarm_and_hides_no_true_one() {
    use NoticeKind::HeartbeatMissed;
    let none: &[NoticeKind] = &[];
    for (grace, up, again, then, next) in [
        // It was up until the deadline, and crashed before it could tell.
        (600, 4_200.0, 5_000.0, &[HeartbeatMissed][..], none),
        (600, 4_198.0, 5_000.0, &[HeartbeatMissed], none),
        // It was down when a run might have come: the next expected time is judged.
        (600, 4_197.0, 5_000.0, none, &[HeartbeatMissed]),
        (600, 3_000.0, 3_541.0, none, &[HeartbeatMissed]),
        (600, 3_000.0, 5_000.0, none, &[HeartbeatMissed]),
        // It was up again before a run could come.
        (600, 3_000.0, 3_540.0, &[HeartbeatMissed], none),
        // Without grace there is one moment, and it proves nothing if it was down then.
        (0, 3_599.0, 3_601.0, none, &[HeartbeatMissed]),
        (0, 3_600.0, 3_700.0, &[HeartbeatMissed], none),
    ] {
        let mut desk = Desk::new();
        let wanted = json!({ "cron": "0 * * * *", "grace_seconds": grace });
        desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
        desk.book.alive(at(up));
        desk.commit();
        desk.reopen();
        desk.book.resume(at(again));
        let told = (desk.tick(5_001.0), desk.tick(8_000.0));
        assert_eq!((told.0.as_slice(), told.1.as_slice()), (then, next), "grace {grace}, up {up}, again {again}");
    }
}

/// Where a second matters, it is to be written down that the server is up.
#[test]
fn the_server_says_that_it_is_up_when_a_deadline_is_near() {
    let mut desk = Desk::new();
    let near = |desk: &Desk, now: f64| desk.book.judges_within(at(now), seconds(10));
    assert!(!near(&desk, 0.0));
    desk.book
        .put_schedule(schedule("a", at(0.0), json!({ "every_seconds": 60, "grace_seconds": 5 })), at(0.0))
        .unwrap();
    assert_eq!([54.9, 55.0, 65.0].map(|now| near(&desk, now)), [false, true, true]);
    desk.observe(&run(1, "a", 50.0), 51.0);
    assert!(!near(&desk, 60.0), "a run came");
}

#[test]
fn a_run_may_begin_a_minute_early_or_as_early_as_it_may_be_late() {
    for (grace, started, told) in [
        (600, 3_540.0, vec![]),
        (600, 3_539.0, vec![NoticeKind::HeartbeatMissed]),
        (10, 3_590.0, vec![]),
        (10, 3_589.0, vec![NoticeKind::HeartbeatMissed]),
    ] {
        let mut desk = Desk::new();
        let wanted = json!({ "cron": "0 * * * *", "grace_seconds": grace });
        desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
        desk.observe(&run(1, "a", started), started + 1.0);
        assert_eq!(desk.tick(4_300.0), told, "{grace} {started}");
    }
}

#[test]
fn only_the_missing_run_ends_a_row_of_missing_runs() {
    let mut desk = Desk::new();
    let wanted = json!({ "cron": "0 * * * *", "grace_seconds": 600 });
    desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
    let near = |desk: &Desk| desk.book.judges_within(at(4_195.0), seconds(10));
    assert!(near(&desk));
    assert_eq!(desk.observe(&run(1, "a", 3_600.0), 3_601.0), []);
    assert!(!near(&desk), "nothing is judged: a run came");
    assert_eq!(desk.tick(7_801.0), [NoticeKind::HeartbeatMissed]);
    // One more of the hour before, which nobody missed, is heard of late.
    assert_eq!(desk.observe(&run(2, "a", 3_700.0), 7_900.0), []);
    assert_eq!(desk.observe(&run(3, "a", 7_300.0), 7_950.0), [NoticeKind::HeartbeatLate]);
}

#[test]
fn of_a_paused_schedule_nothing_is_told() {
    let mut desk = Desk::new();
    let wanted = json!({ "every_seconds": 60, "paused": true });
    desk.book.put_schedule(schedule("a", at(0.0), wanted), at(0.0)).unwrap();
    let mut beat = run(1, "a", 10.0);
    (beat.kind, beat.status) = (vedette_model::RunKind::Heartbeat, vedette_model::Status::Failed);
    assert_eq!(desk.observe(&beat, 11.0), []);
}
