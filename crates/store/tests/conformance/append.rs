//! What `append` does with spans that come once, twice, differently, early and late.

use super::say::{ACCOUNT, Said, agent, at, batch, call, id, run, send, span, the_run, usd};
use super::{Open, fresh};
use vedette_model::{AccountId, Status, content_hash};
use vedette_store::{Receipt, StoreErrorKind};

fn counts(receipt: Receipt) -> (usize, usize, usize) {
    (receipt.appended, receipt.repeated, receipt.conflicting)
}

pub fn a_repeat_changes_nothing(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let spans = [agent(1, "support"), call(1, 1, "m", (10, 5), Some(0.5)).under(0)];
    assert_eq!(counts(send(store, 1.0, &spans)), (2, 0, 0));
    let (before, sequence) = (the_run(store, 1), store.sequence());
    subject.said();

    let again = send(store, 50.0, &[spans[1].clone(), spans[0].clone(), spans[1].clone()]);
    assert_eq!((counts(again), again.sequence), ((0, 3, 0), sequence));
    assert_eq!(the_run(store, 1), before);
    assert_eq!(subject.said(), []);
    assert_eq!(before.run.last_received_at, at(1.0), "a repeat is no sign of life");
}

pub fn a_closed_copy_beats_an_open_one(open: Open<'_>) {
    let closed = agent(1, "support").lasting(0.0, 8.0);
    let announced = agent(1, "support").open();
    for (first, second, expected) in
        [(&announced, &closed, [(1, 0, 0), (1, 0, 0)]), (&closed, &announced, [(1, 0, 0), (0, 1, 0)])]
    {
        let subject = fresh(open);
        let store = subject.store();
        let receipts = [send(store, 1.0, std::slice::from_ref(first)), send(store, 2.0, std::slice::from_ref(second))];
        assert_eq!(receipts.map(counts), expected);
        let row = the_run(store, 1);
        assert_eq!((row.run.status, row.run.finished_at), (Status::Success, Some(at(8.0))));
        assert_eq!(row.run.conflicting_spans, 0);
        assert_eq!(store.spans(ACCOUNT, run(1)).unwrap().len(), 1);
    }
    let subject = fresh(open);
    send(subject.store(), 1.0, &[announced]);
    let row = the_run(subject.store(), 1);
    assert_eq!((row.run.status, row.run.finished_at, row.run.announced), (Status::Running, None, true));
}

pub fn of_differing_copies_the_smaller_stays(open: Open<'_>) {
    let copies = ["red", "green", "blue"].map(|name| agent(1, "support").named(name));
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let ends = orders.map(|order| {
        let subject = fresh(open);
        let store = subject.store();
        let receipts = order.map(|copy| counts(send(store, 1.0, std::slice::from_ref(&copies[copy]))));
        assert_eq!(receipts, [(1, 0, 0), (0, 0, 1), (0, 0, 1)]);
        let row = the_run(store, 1);
        assert_eq!(row.run.conflicting_spans, 1, "spans are counted, not copies");
        let raw = store.raw_spans(ACCOUNT, run(1)).unwrap();
        assert_eq!(raw.len(), 1);
        assert_eq!(*raw[0].name, *row.run.name);
        raw[0].name.clone()
    });
    let hash = |copy: &&Said| content_hash(&vedette_otlp::encode_span(&copy.0));
    let smallest = copies.iter().min_by_key(hash).unwrap();
    assert!(ends.iter().all(|end| *end == smallest.0.name), "{ends:?}");
}

pub fn open_copies_are_no_conflict(open: Open<'_>) {
    let copies = ["one", "two"].map(|name| agent(1, "support").named(name).open());
    let ends = [[0, 1], [1, 0]].map(|order| {
        let subject = fresh(open);
        let store = subject.store();
        let receipts = order.map(|copy| counts(send(store, 1.0, std::slice::from_ref(&copies[copy]))));
        assert_eq!(receipts, [(1, 0, 0), (0, 0, 1)]);
        send(store, 2.0, &[agent(1, "support").named("closed")]);
        the_run(store, 1)
    });
    assert_eq!(ends[0].run.conflicting_spans, 0);
    assert_eq!(ends[0], ends[1]);
}

pub fn spans_come_in_any_shape(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    // Children first, of two runs mixed, one of them twice in one request.
    let child = call(1, 1, "m", (10, 5), Some(0.25)).under(0);
    let receipt = send(store, 1.0, &[child.clone(), call(2, 1, "m", (1, 1), Some(1.0)).under(0), child]);
    assert_eq!(counts(receipt), (2, 1, 0));
    assert_eq!(the_run(store, 1).run.status, Status::Running);
    send(store, 2.0, &[agent(1, "support"), agent(2, "support").failed("no")]);
    let rows = [the_run(store, 1), the_run(store, 2)];
    assert_eq!(rows.clone().map(|row| row.run.status), [Status::Success, Status::Failed]);
    assert_eq!(rows.map(|row| (row.run.cost, row.run.span_count)), [(Some(usd(0.25)), 2), (Some(usd(1.0)), 2)]);
    assert_eq!(counts(store.append(batch(ACCOUNT, 3.0, &[])).unwrap()), (0, 0, 0));
}

pub fn what_comes_late_is_marked(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 1.0, &[agent(1, "support").lasting(0.0, 10.0)]);
    let late =
        [call(1, 1, "m", (1, 1), Some(0.5)).lasting(20.0, 21.0), call(1, 2, "m", (1, 1), Some(0.5)).lasting(5.0, 6.0)];
    send(store, 30.0, &late.map(|call| call.under(0)));
    let row = the_run(store, 1);
    assert_eq!((row.run.status, row.run.finished_at), (Status::Success, Some(at(10.0))));
    assert_eq!((row.run.cost, row.run.model_calls), (Some(usd(1.0)), 2), "figures follow the stored spans");
    assert_eq!((row.run.received_at, row.run.last_received_at), (at(1.0), at(30.0)));
    let spans = store.spans(ACCOUNT, run(1)).unwrap();
    let marks: Vec<_> = spans.iter().map(|row| (row.span.id, row.mark.late)).collect();
    assert_eq!(marks, [(id(0), false), (id(2), false), (id(1), true)]);
}

pub fn requests_belong_to_their_account(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    // The same run key and agent in both.
    let theirs: [Said; 2] = [agent(1, "support").named("theirs"), span(1, 7).under(0)];
    send(store, 1.0, &[agent(1, "support").named("ours")]);
    store.append(batch(other, 1.0, &theirs)).unwrap();
    for (account, name, spans) in [(ACCOUNT, "ours", 1), (other, "theirs", 2)] {
        let row = store.run(account, run(1)).unwrap().unwrap();
        assert_eq!((&*row.run.name, row.run.span_count), (name, spans));
        let agents = store.agents(account, Default::default()).unwrap();
        assert_eq!(
            agents.iter().map(|row| (&*row.name, row.statistics.total_runs)).collect::<Vec<_>>(),
            [("support", 1)]
        );
        assert_eq!(store.status(account).unwrap().runs, 1);
    }
    assert_eq!(store.span(ACCOUNT, run(1), id(7)).unwrap(), None, "a foreign span is not there");
    assert!(store.changes(ACCOUNT, 0, 100).unwrap().unwrap().iter().all(|change| change.account == ACCOUNT));
}

pub fn an_unknown_account_is_refused(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let nobody = AccountId(4_000_000);
    let refused = store.append(batch(nobody, 1.0, &[agent(1, "support")])).unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Invalid);
    let refused = store.control(nobody, run(1), super::say::opened("support", 0.0, 0.0)).unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Invalid);
    assert_eq!(store.run(nobody, run(1)).unwrap(), None);
    assert_eq!(store.runs(nobody, &Default::default()).unwrap().rows, []);
    assert_eq!(store.agents(nobody, Default::default()).unwrap(), []);
}
