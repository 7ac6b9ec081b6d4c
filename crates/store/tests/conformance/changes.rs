//! What the listener and returning readers are told.

use super::say::{ACCOUNT, agent, at, batch, call, id, number, opened, run, send, span};
use super::{Open, fresh};
use vedette_model::limits::STREAM_RING;
use vedette_store::{Change, ChangeKind};

/// A word for each change: what it is of.
pub fn words(changes: &[Change]) -> Vec<String> {
    let word = |change: &Change| match &change.kind {
        ChangeKind::Finished(row) => format!("finished {}/{}", number(row.span.run), row.span.id.0[7] - 1),
        ChangeKind::Changed(row) => format!("changed {}/{}", number(row.span.run), row.span.id.0[7] - 1),
        ChangeKind::Run(row) => format!("run {} {}", number(row.run.key), row.run.status),
    };
    let mut words: Vec<String> = changes.iter().map(word).collect();
    words.sort();
    words
}

pub fn each_span_is_finished_once(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let announced = agent(1, "support").open();
    let inner = call(1, 2, "m", (1, 1), None).under(1).lasting(0.2, 0.3);
    let steps: Vec<(Vec<_>, Vec<&str>)> = vec![
        (vec![announced.clone()], vec!["changed 1/0", "run 1 running"]),
        (vec![announced], vec![]),
        (vec![inner.clone()], vec!["finished 1/2", "run 1 running"]),
        // The outer call makes the inner one a duplicate.
        (vec![call(1, 1, "m", (1, 1), None).under(0)], vec!["changed 1/2", "finished 1/1", "run 1 running"]),
        (vec![inner, span(1, 3).kind("decision").under(0)], vec!["finished 1/3", "run 1 running"]),
        (vec![agent(1, "support")], vec!["finished 1/0", "run 1 success"]),
        (vec![], vec![]),
    ];
    for (at, (spans, expected)) in steps.into_iter().enumerate() {
        let receipt = send(store, at as f64, &spans);
        let said = subject.said();
        assert_eq!(words(&said), expected, "step {at}");
        assert!(said.windows(2).all(|pair| pair[0].sequence + 1 == pair[1].sequence));
        assert!(said.last().is_none_or(|last| last.sequence == receipt.sequence));
        let first_run = said.iter().position(|change| matches!(change.kind, ChangeKind::Run(_)));
        let spans = said.iter().take_while(|change| !matches!(change.kind, ChangeKind::Run(_))).count();
        assert!(first_run.is_none_or(|first| first == spans), "spans, then runs");
    }
}

pub fn a_reader_catches_up(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    assert_eq!(store.changes(ACCOUNT, 0, 100).unwrap(), Some(vec![]));
    for number in 1..=3 {
        send(store, 1.0, &[agent(number, "support")]);
        store.append(batch(other, 1.0, &[agent(number, "support")])).unwrap();
    }
    let said = subject.said();
    let ours: Vec<Change> = said.iter().filter(|change| change.account == ACCOUNT).cloned().collect();
    assert_eq!((said.len(), ours.len()), (12, 6));
    assert!(said.iter().zip(1..).all(|(change, sequence)| change.sequence == sequence));
    subject.reopen();
    let store = subject.store();
    let last = said.last().unwrap().sequence;
    assert_eq!(store.sequence(), last);
    assert_eq!(store.changes(ACCOUNT, 0, 100).unwrap().unwrap(), ours);
    assert_eq!(store.changes(ACCOUNT, 0, 4).unwrap().unwrap(), ours[..4]);
    assert_eq!(store.changes(ACCOUNT, ours[3].sequence, 100).unwrap().unwrap(), ours[4..]);
    assert_eq!(store.changes(ACCOUNT, last, 100).unwrap(), Some(vec![]));
    assert_eq!(
        store.changes(ACCOUNT, last + 1, 100).unwrap(),
        None,
        "what has not been said yet was said by another store"
    );
}

pub fn the_ring_has_an_end(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let spans = |from: usize, to: usize| (from..to).map(|n| span(1, n as u64).under(u64::MAX - 1)).collect::<Vec<_>>();
    let half = STREAM_RING / 2;
    send(store, 1.0, &spans(0, half));
    assert!(store.changes(ACCOUNT, 0, 1).unwrap().is_some());
    let receipt = send(store, 1.0, &spans(half, STREAM_RING + 10));
    let oldest = receipt.sequence - STREAM_RING as u64;
    assert_eq!(store.changes(ACCOUNT, oldest - 1, 1).unwrap(), None);
    let first = store.changes(ACCOUNT, oldest, 1).unwrap().unwrap();
    assert_eq!(first[0].sequence, oldest + 1);
    assert_eq!(store.changes(ACCOUNT, oldest, usize::MAX).unwrap().unwrap().len(), STREAM_RING);
}

pub fn ancestors_are_told(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    store.control(ACCOUNT, run(1), opened("pipeline", 0.0, 0.0)).unwrap();
    send(store, 1.0, &[agent(2, "step").in_run_under(1)]);
    subject.said();
    send(store, 1.0, &[agent(3, "step").in_run_under(2).failed("boom")]);
    let said = subject.said();
    assert_eq!(words(&said), ["finished 3/0", "run 1 running", "run 2 success", "run 3 failed"]);
    let failed = said.iter().filter_map(|change| match &change.kind {
        ChangeKind::Run(row) => Some((number(row.run.key), row.failed_children)),
        _ => None,
    });
    assert_eq!(failed.collect::<std::collections::BTreeMap<_, _>>(), [(1, 1), (2, 1), (3, 0)].into());
    assert_eq!(store.span(ACCOUNT, run(3), id(0)).unwrap().unwrap().row.span.status, vedette_model::Status::Failed);
}
