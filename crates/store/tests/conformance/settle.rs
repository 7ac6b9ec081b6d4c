//! What silence means.

use super::say::{ACCOUNT, agent, at, call, closed, opened, run, send, the_run};
use super::{Open, fresh};
use vedette_model::{OVERDUE, Status};
use vedette_store::{ControlChange, ControlOutcome};

pub fn silence_ends_a_run(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    // An orphan: its parent never comes. Silence is measured on the server's clock.
    send(store, 1_000.0, &[call(1, 1, "m", (1, 1), None).under(0).lasting(0.0, 5.0)]);
    send(store, 1_000.0, &[call(2, 1, "m", (1, 1), None).under(0).failed("boom").lasting(0.0, 5.0)]);
    subject.said();
    store.settle(at(1_299.9)).unwrap();
    assert_eq!(the_run(store, 1).run.status, Status::Running);
    assert_eq!(subject.said(), []);
    store.settle(at(1_300.0)).unwrap();
    for (number, status) in [(1, Status::Success), (2, Status::Failed)] {
        let row = the_run(store, number);
        assert_eq!((row.run.status, row.run.presumed, row.run.finished_at), (status, true, Some(at(5.0))));
    }
    assert_eq!(subject.said().len(), 2);
    store.settle(at(9_999.0)).unwrap();
    assert_eq!(subject.said(), [], "what is settled is not settled again");
}

pub fn an_announced_run_times_out(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    store.control(ACCOUNT, run(1), opened("support", 0.0, 10.0)).unwrap();
    send(store, 20.0, &[agent(2, "support").open(), call(2, 1, "m", (1, 1), None).under(0).lasting(3.0, 4.0)]);
    store.settle(at(3_609.0)).unwrap();
    assert_eq!(the_run(store, 1).run.status, Status::Running, "five minutes are not enough here");
    store.settle(at(3_620.0)).unwrap();
    let rows = [the_run(store, 1), the_run(store, 2)];
    assert_eq!(rows.clone().map(|row| row.run.status), [Status::Timeout, Status::Timeout]);
    assert_eq!(rows.map(|row| row.run.finished_at), [Some(at(0.0)), Some(at(4.0))], "the last activity");
}

pub fn a_process_vouches_for_its_runs(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let announced = |run, pid| agent(run, "support").open().of_process(pid);
    send(store, 0.0, &[announced(1, 7), announced(2, 8), announced(3, 8)]);
    // Process 8 goes on announcing one of its two; process 7 falls silent.
    for second in 1..=13 {
        send(store, f64::from(second) * 5.0, &[announced(3, 8)]);
    }
    store.settle(at(66.0)).unwrap();
    let statuses = || [1, 2, 3].map(|number| the_run(store, number).run.status);
    assert_eq!(statuses(), [Status::Timeout, Status::Running, Status::Running]);
    store.settle(at(124.9)).unwrap();
    assert_eq!(statuses(), [Status::Timeout, Status::Running, Status::Running]);
    store.settle(at(125.0)).unwrap();
    assert_eq!(statuses(), [Status::Timeout, Status::Timeout, Status::Timeout]);
}

pub fn life_undoes_a_presumed_end(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 0.0, &[call(1, 1, "m", (1, 1), None).under(0), agent(2, "support").open()]);
    store.control(ACCOUNT, run(3), opened("support", 0.0, 0.0)).unwrap();
    store.settle(at(4_000.0)).unwrap();
    let statuses = || [1, 2, 3].map(|number| the_run(store, number).run.status);
    assert_eq!(statuses(), [Status::Success, Status::Timeout, Status::Timeout]);

    // A span more and the run goes on; the real end replaces the presumed one.
    send(store, 4_001.0, &[call(1, 2, "m", (1, 1), None).under(0)]);
    assert_eq!(statuses()[0], Status::Running);
    store.settle(at(4_300.0)).unwrap();
    assert_eq!(statuses()[0], Status::Running, "silence is measured anew");
    send(
        store,
        4_302.0,
        &[agent(1, "support").failed("boom").lasting(0.0, 7.0), agent(2, "support").lasting(0.0, 7.0)],
    );
    store.control(ACCOUNT, run(3), closed(Status::Cancelled, 7.0, 4_302.0)).unwrap();
    assert_eq!(statuses(), [Status::Failed, Status::Success, Status::Cancelled]);
    for number in 1..=3 {
        let row = the_run(store, number);
        assert_eq!((row.run.presumed, row.run.finished_at), (false, Some(at(7.0))));
    }
}

pub fn what_takes_too_long_times_out_until_its_real_end(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    let overdue = |number| store.control(ACCOUNT, run(number), ControlChange::Overdue(60)).unwrap();
    assert_eq!(overdue(1), ControlOutcome::Missing);
    assert_eq!(store.run(ACCOUNT, run(1)).unwrap(), None);
    send(store, 0.0, &[agent(1, "support").open().of_process(7), call(1, 1, "m", (1, 1), None).under(0)]);
    subject.said();
    assert!(matches!(overdue(1), ControlOutcome::First(_)));
    assert_eq!(subject.said().len(), 1, "it is said");
    let status = || (the_run(store, 1).run.status, the_run(store, 1).run.finished_at);
    assert_eq!(status(), (Status::Timeout, Some(at(1.0))));
    let failure = the_run(store, 1).run.failure.unwrap();
    assert_eq!(failure.kind.as_deref(), Some(OVERDUE));
    assert!(failure.message.unwrap().contains("60 s"));
    assert!(matches!(overdue(1), ControlOutcome::Same(_)), "once");

    // Signs of life do not undo it: it lives, and takes too long all the same.
    send(store, 5.0, &[call(1, 2, "m", (1, 1), None).under(0).lasting(3.0, 4.0)]);
    subject.reopen();
    let store = subject.store();
    let status = || (the_run(store, 1).run.status, the_run(store, 1).run.finished_at);
    assert_eq!(status(), (Status::Timeout, Some(at(4.0))));
    send(store, 9.0, &[agent(1, "support").lasting(0.0, 8.0)]);
    assert_eq!(status(), (Status::Success, Some(at(8.0))), "a late end corrects it");
    assert_eq!(the_run(store, 1).run.failure, None);
    let after = store.control(ACCOUNT, run(1), ControlChange::Overdue(60)).unwrap();
    assert!(matches!(after, ControlOutcome::Same(_)), "what has ended took what it took");
    assert_eq!(status().0, Status::Success);
}
