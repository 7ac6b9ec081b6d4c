//! Log records: hidden alone, shown with their run, joined to their span.

use super::say::{ACCOUNT, agent, at, call, id, log, run, selected, send, span, the_run};
use super::{Open, fresh};
use vedette_model::RunKey;
use vedette_store::{ChangeKind, ControlOutcome, RunFilter, Store};

fn finished(changes: &[vedette_store::Change]) -> usize {
    changes.iter().filter(|change| matches!(change.kind, ChangeKind::Finished(_))).count()
}

fn assert_hidden(store: &dyn Store, run: RunKey) {
    assert_eq!(store.run(ACCOUNT, run).unwrap(), None);
    assert_eq!(store.spans(ACCOUNT, run).unwrap(), []);
    assert_eq!(store.raw_spans(ACCOUNT, run).unwrap(), []);
    assert_eq!(selected(store, RunFilter { root: Some(run), ..RunFilter::default() }), [0; 0]);
    let kinds = &store.facets(ACCOUNT, &RunFilter::default()).unwrap().0["kind"];
    assert_eq!(kinds.as_slice(), []);
    assert_eq!(store.stats(ACCOUNT, &RunFilter::default(), None).unwrap().total.total_runs, 0);
    assert_eq!((store.status(ACCOUNT).unwrap().runs, store.status(ACCOUNT).unwrap().spans), (0, 0));
}

pub fn a_log_record_alone_is_hidden(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let record = log(1, None, "hello", 0.5);
    send(store, 1.0, std::slice::from_ref(&record));
    assert_hidden(store, run(1));
    assert_eq!(store.span(ACCOUNT, run(1), record.0.id).unwrap(), None);
    let verdict = super::say::judged(Some(Some(true)), None);
    assert_eq!(store.control(ACCOUNT, run(1), verdict).unwrap(), ControlOutcome::Missing);
    assert_eq!(subject.said(), [], "nothing is shown that could vanish");

    send(store, 2.0, &[agent(1, "support")]);
    let row = the_run(store, 1);
    assert_eq!((row.run.span_count, row.run.event_count, row.run.only_logs), (1, 1, false));
    assert_eq!(row.run.success, None, "what was not there could not be judged");
    assert_eq!(store.raw_spans(ACCOUNT, run(1)).unwrap().len(), 2);
    assert_eq!(finished(&subject.said()), 2, "the record is said with its run");
}

pub fn a_log_record_joins_its_span(open: Open<'_>) {
    for record_first in [true, false] {
        let subject = fresh(open);
        let store = subject.store();
        let record = [log(1, Some(1), "the answer", 0.5)];
        let spans = [agent(1, "support"), call(1, 1, "m", (1, 1), None).under(0), span(1, 2).kind("log").under(0)];
        let requests: [&[_]; 2] = if record_first { [&record, &spans] } else { [&spans, &record] };
        for request in requests {
            send(store, 1.0, request);
        }

        let row = the_run(store, 1);
        assert_eq!((row.run.span_count, row.run.event_count), (2, 1));
        let listed: Vec<_> = store.spans(ACCOUNT, run(1)).unwrap().iter().map(|row| row.span.id).collect();
        assert_eq!(listed, [id(0), id(1), id(2)], "the record is no event of its own");
        assert_eq!(store.raw_spans(ACCOUNT, run(1)).unwrap().len(), 4);
        let whole = store.span(ACCOUNT, run(1), id(1)).unwrap().unwrap();
        assert_eq!(whole.joined, [record[0].0.clone()]);
        let joined = store.span(ACCOUNT, run(1), record[0].0.id).unwrap().unwrap();
        assert!(joined.row.mark.joined);
        assert_eq!(finished(&subject.said()), 3);
        assert_eq!(store.status(ACCOUNT).unwrap().spans, 3);
    }
}

pub fn a_log_record_is_dropped_in_time(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 0.0, &[log(1, None, "early", 0.0), log(2, None, "early", 0.0), log(3, None, "early", 0.0)]);
    send(store, 100.0, &[log(1, None, "later", 0.0)]);
    send(store, 599.0, &[agent(3, "support")]);
    store.settle(at(599.9)).unwrap();
    assert_eq!(store.status(ACCOUNT).unwrap().dropped_logs, 0);
    store.settle(at(600.0)).unwrap();
    assert_eq!(store.status(ACCOUNT).unwrap().dropped_logs, 2, "each record has its own time");
    send(store, 601.0, &[agent(1, "support"), agent(2, "support")]);
    let events = [1, 2, 3].map(|number| the_run(store, number).run.event_count);
    assert_eq!(events, [1, 0, 1]);
    store.settle(at(9_999.0)).unwrap();
    assert_eq!(store.status(ACCOUNT).unwrap().dropped_logs, 2);
}
