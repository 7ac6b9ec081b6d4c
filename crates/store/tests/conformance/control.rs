//! What is said of a run directly: its start, its end, a verdict.

use super::say::{ACCOUNT, agent, at, call, closed, judged, opened, run, selected, send, span, the_run, usd};
use super::{Open, fresh};
use vedette_model::{AccountId, Closed, Opened, RunFacts, RunKind, Status};
use vedette_store::{ControlChange, ControlOutcome, RunFilter};

fn word(outcome: &ControlOutcome) -> &'static str {
    match outcome {
        ControlOutcome::First(_) => "first",
        ControlOutcome::Same(_) => "same",
        ControlOutcome::Conflict(_) => "conflict",
        ControlOutcome::Missing => "missing",
    }
}

pub fn a_run_starts_once(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    for (agent, started, expected) in [
        ("support", 0.0, "first"),
        ("support", 0.0, "same"),
        ("billing", 0.0, "conflict"),
        ("support", 1.0, "conflict"),
    ] {
        let outcome = store.control(ACCOUNT, run(1), opened(agent, started, 5.0)).unwrap();
        assert_eq!(word(&outcome), expected, "{agent} {started}");
    }
    let row = the_run(store, 1);
    assert_eq!((row.run.agent.as_deref(), row.run.started_at), (Some("support"), at(0.0)));
    assert_eq!((row.run.status, row.run.received_at), (Status::Running, at(5.0)));
    assert_eq!(selected(store, RunFilter::default()), [1], "visible while it runs, before any span");
}

pub fn a_run_ends_once(open: Open<'_>) {
    // Start, events and end in any order, the end twice.
    for order in [[0, 1, 2, 2], [2, 0, 1, 2], [1, 2, 2, 0], [2, 1, 0, 2], [0, 2, 1, 2], [1, 0, 2, 2]] {
        let subject = fresh(open);
        let store = subject.store();
        for step in order {
            match step {
                0 => drop(store.control(ACCOUNT, run(1), opened("support", 0.0, 1.0)).unwrap()),
                1 => drop(send(store, 1.0, &[call(1, 1, "m", (3, 4), Some(0.5)), span(1, 2).kind("log")])),
                _ => drop(store.control(ACCOUNT, run(1), closed(Status::Success, 9.0, 1.0)).unwrap()),
            }
        }
        let row = the_run(store, 1);
        assert_eq!((row.run.status, row.run.finished_at), (Status::Success, Some(at(9.0))), "{order:?}");
        assert_eq!((row.run.started_at, row.run.cost), (at(0.0), Some(usd(0.5))), "{order:?}");
        assert_eq!((row.run.span_count, row.run.event_count), (1, 1), "{order:?}");
    }
}

pub fn many_changes_are_one_commit_in_order(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    // Of nothing there is no commit, whoever says it.
    assert!(store.control_all(AccountId(99), Vec::new()).unwrap().is_empty());
    store.put_scores(AccountId(99), Vec::new()).unwrap();
    let before = store.sequence();
    let changes = vec![
        (run(1), opened("support", 0.0, 1.0)),
        (run(2), opened("billing", 0.0, 1.0)),
        (run(1), opened("support", 0.0, 1.0)),
        (run(2), closed(Status::Failed, 9.0, 2.0)),
        (run(2), closed(Status::Success, 9.0, 2.0)),
        (run(1), judged(Some(Some(false)), None)),
        (run(3), judged(Some(Some(true)), None)),
    ];
    let outcomes = store.control_all(ACCOUNT, changes).unwrap();
    let words: Vec<_> = outcomes.iter().map(word).collect();
    assert_eq!(words, ["first", "first", "same", "first", "conflict", "first", "missing"]);
    assert_eq!((the_run(store, 1).run.success, the_run(store, 2).run.status), (Some(false), Status::Failed));
    // As many as runs changed: a commit tells of each once, with all that was said of it.
    assert_eq!(store.sequence() - before, 2);
}

pub fn what_follows_an_end_does_not_undo_it(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    store.control(ACCOUNT, run(1), opened("support", 0.0, 1.0)).unwrap();
    let first = store.control(ACCOUNT, run(1), closed(Status::Success, 9.0, 2.0)).unwrap();
    let ControlOutcome::First(first) = first else { panic!("{first:?}") };
    for (change, expected) in [
        (closed(Status::Success, 9.0, 50.0), "same"),
        (closed(Status::Failed, 9.0, 2.0), "conflict"),
        (closed(Status::Success, 10.0, 2.0), "conflict"),
    ] {
        let outcome = store.control(ACCOUNT, run(1), change).unwrap();
        assert_eq!(word(&outcome), expected);
        let (ControlOutcome::Same(row) | ControlOutcome::Conflict(row)) = outcome else { panic!() };
        assert_eq!(row, first, "the first record comes back unchanged");
    }
    send(
        store,
        20.0,
        &[span(1, 1).kind("log").lasting(12.0, 12.0), agent(1, "support").failed("late").lasting(0.0, 15.0)],
    );
    let row = the_run(store, 1);
    assert_eq!((row.run.status, row.run.finished_at), (Status::Success, Some(at(9.0))));
    assert_eq!(row.run.failure, None);
}

pub fn a_verdict_may_follow(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let outcome = store.control(ACCOUNT, run(1), judged(Some(Some(true)), None)).unwrap();
    assert_eq!(outcome, ControlOutcome::Missing);
    assert_eq!(store.run(ACCOUNT, run(1)).unwrap(), None);

    send(store, 1.0, &[agent(1, "support").failed("boom").with("vedette.outcome", "asked")]);
    for (change, expected, success, outcome) in [
        (judged(None, None), "same", None, Some("asked")),
        (judged(Some(Some(true)), None), "first", Some(true), Some("asked")),
        (judged(Some(Some(true)), None), "same", Some(true), Some("asked")),
        (judged(None, Some(Some("solved"))), "first", Some(true), Some("solved")),
        (judged(Some(Some(false)), Some(Some("solved"))), "first", Some(false), Some("solved")),
        (judged(Some(None), Some(None)), "first", None, None),
    ] {
        assert_eq!(word(&store.control(ACCOUNT, run(1), change).unwrap()), expected);
        let row = the_run(store, 1);
        assert_eq!((row.run.success, row.run.outcome.as_deref()), (success, outcome));
        assert_eq!((row.run.status, row.run.last_received_at), (Status::Failed, at(1.0)), "neither sets the other");
    }
}

/// A heartbeat starts and ends at once, has no events, and stands in the same list.
pub fn a_heartbeat_is_a_run(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let (started_at, received_at, facts) = (at(3.0), at(4.0), RunFacts::default());
    let kind = RunKind::Heartbeat;
    let start = Opened { agent: "daily".into(), started_at, received_at, kind, facts: facts.clone() };
    let end = Closed {
        status: Status::Success,
        finished_at: started_at,
        received_at,
        failure: None,
        output_preview: None,
        reported_cost: Some(usd(0.084)),
        facts,
    };
    store.control(ACCOUNT, run(1), ControlChange::Open(start)).unwrap();
    store.control(ACCOUNT, run(1), ControlChange::Close(end)).unwrap();
    let row = the_run(store, 1);
    assert_eq!((row.run.kind, row.run.status, row.run.cost), (kind, Status::Success, Some(usd(0.084))));
    assert_eq!((row.run.started_at, row.run.finished_at), (started_at, Some(started_at)));
    assert_eq!((row.run.span_count, row.run.event_count), (0, 0));
    assert_eq!(selected(store, RunFilter::default()), [1]);
    assert_eq!(store.spans(ACCOUNT, run(1)).unwrap(), []);
    let statistics = store.stats(ACCOUNT, &RunFilter::default(), None).unwrap().total;
    assert_eq!((statistics.total_runs, statistics.total_cost), (1, Some(usd(0.084))));
}
