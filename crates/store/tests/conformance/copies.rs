//! One call recorded in two runs, because one of two instrumentations did not join the other's trace.

use super::say::{ACCOUNT, Said, agent, call, id, run, selected, send, span, the_run, usd};
use super::{Open, fresh};
use vedette_model::limits;
use vedette_store::{ChangeKind, RunFilter, Target};

fn lone(number: u64) -> Said {
    call(number, 1, "m", (10, 5), Some(0.5)).response("resp-1", "client")
}

fn full(number: u64) -> [Said; 2] {
    [agent(number, "support"), call(number, 3, "m", (10, 5), Some(0.5)).under(0).response("resp-1", "framework")]
}

pub fn a_call_in_two_runs_counts_once(open: Open<'_>) {
    for full_first in [true, false] {
        let subject = fresh(open);
        let store = subject.store();
        if full_first {
            send(store, 1.0, &full(2));
        }
        send(store, 1.0, &[lone(1)]);
        if !full_first {
            assert_eq!(the_run(store, 1).run.cost, Some(usd(0.5)));
            subject.said();
            send(store, 1.0, &full(2));
            let runs = subject.said().iter().filter(|change| matches!(change.kind, ChangeKind::Run(_))).count();
            assert_eq!(runs, 2, "both runs are told");
        }
        let total = store.stats(ACCOUNT, &RunFilter::default(), None).unwrap().total;
        assert_eq!((total.total_runs, total.model_calls, total.total_cost), (1, 1, Some(usd(0.5))));
        let copy = &store.spans(ACCOUNT, run(1)).unwrap()[0];
        assert_eq!((copy.mark.counted, copy.mark.duplicate_of), (false, Some((run(2), id(3)))));
    }
}

pub fn a_run_of_copies_is_out_of_sight(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 1.0, &full(2));
    send(store, 1.0, &[lone(1)]);
    let row = the_run(store, 1);
    assert_eq!(row.run.duplicate_of, Some(run(2)), "kept, and found by its id");
    assert_eq!(selected(store, RunFilter::default()), [2]);
    assert_eq!(store.agents(ACCOUNT, Default::default()).unwrap().len(), 1);
    assert_eq!(store.status(ACCOUNT).unwrap().runs, 2);
}

pub fn the_fuller_run_owns_a_call(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    // Both are lone calls: the smaller run owns it, until the other turns out to be more.
    send(store, 1.0, &[lone(1)]);
    let [root, inner] = full(2);
    send(store, 1.0, &[inner]);
    let costs = || [the_run(store, 1).run.cost, the_run(store, 2).run.cost];
    assert_eq!([the_run(store, 1), the_run(store, 2)].map(|row| row.run.duplicate_of), [None, Some(run(1))]);
    assert_eq!(costs()[0], Some(usd(0.5)));
    send(store, 2.0, &[root]);
    assert_eq!([the_run(store, 1), the_run(store, 2)].map(|row| row.run.duplicate_of), [Some(run(2)), None]);
    assert_eq!(costs()[1], Some(usd(0.5)));
}

pub fn a_copy_outlives_its_owner(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 1.0, &[lone(1)]);
    send(store, 1.0, &full(2));
    store.delete(ACCOUNT, &Target::Run(run(2))).unwrap();
    let row = the_run(store, 1);
    assert_eq!((row.run.duplicate_of, row.run.cost), (None, Some(usd(0.5))));
    assert_eq!(selected(store, RunFilter::default()), [1]);
}

pub fn an_id_that_is_everywhere_names_no_call(open: Open<'_>) {
    let mut subject = fresh(open);
    let most = limits::RESPONSE_RUNS as u64;
    let of = |number: u64| {
        let scope = if number == 1 { "framework" } else { "client" };
        call(number, 1, "m", (10, 5), None).response("resp-0", scope)
    };
    for number in 1..=most + 3 {
        send(subject.store(), 1.0, &[of(number)]);
    }
    // What is remembered of it stays the same when runs are read back from disk.
    for _ in 0..2 {
        let store = subject.store();
        let counted = |number| store.spans(ACCOUNT, run(number)).unwrap()[0].mark.counted;
        assert_eq!((1..=most + 3).filter(|number| !counted(*number)).count() as u64, most - 1);
        assert!((most + 1..=most + 3).all(counted), "those beyond are compared with none");
        subject.reopen();
        send(subject.store(), 2.0, &[span(most + 1, 9), span(2, 9)]);
    }
}
