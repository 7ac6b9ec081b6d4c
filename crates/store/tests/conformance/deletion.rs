//! What is deleted is gone from every read, and may come again as new.

use super::say::{ACCOUNT, agent, at, batch, call, id, number, opened, run, selected, send, span, the_run, tool};
use super::{Open, Subject, fresh};
use vedette_model::{RunKey, Score, ScoreValue};
use vedette_store::{RunFilter, Store, Target};

/// Three runs of two agents, the second below the first, each with a score; spans at rest and fresh ones.
/// The run of the one agent holds work of the other.
fn sample(subject: &dyn Subject) {
    let store = subject.store();
    for (number, name) in [(1, "support"), (2, "support"), (3, "billing")] {
        let root = agent(number, name).lasting(number as f64, 9.0).in_session("s");
        let root = if number == 2 { root.in_run_under(1) } else { root };
        send(store, 10.0, &[root, call(number, 1, "m", (1, 1), Some(0.5)).under(0)]);
        let score = Score {
            id: format!("score {number}").into(),
            run: run(number),
            span: None,
            name: "n".into(),
            value: ScoreValue::Bool(true),
            reason: None,
            source: None,
            time: at(0.0),
        };
        store.put_score(ACCOUNT, score).unwrap();
        store.flush(at(100.0)).unwrap();
    }
    send(store, 10.0, &[1, 2, 3].map(|number| tool(number, 2, "t").under(0)));
    send(store, 10.0, &[span(3, 3).kind("agent").with("vedette.agent", "support").under(0)]);
}

fn assert_gone(store: &dyn Store, key: RunKey) {
    assert_eq!(store.run(ACCOUNT, key).unwrap(), None);
    assert_eq!(store.spans(ACCOUNT, key).unwrap(), []);
    assert_eq!(store.raw_spans(ACCOUNT, key).unwrap(), []);
    assert_eq!(store.span(ACCOUNT, key, id(1)).unwrap(), None);
    assert_eq!(store.scores(ACCOUNT, key).unwrap(), []);
}

pub fn a_deleted_run_is_gone(open: Open<'_>) {
    let mut subject = fresh(open);
    sample(&*subject);
    let store = subject.store();
    assert_eq!(store.delete(ACCOUNT, &Target::Run(run(9))).unwrap().runs, 0);
    assert_eq!(store.delete(ACCOUNT, &Target::Run(run(1))).unwrap().runs, 1);
    for _ in 0..2 {
        let store = subject.store();
        assert_gone(store, run(1));
        assert_eq!(selected(store, RunFilter::default()), [3, 2]);
        assert_eq!(number(the_run(store, 2).root), 2, "its children stay");
        assert_eq!(store.status(ACCOUNT).unwrap().spans, 7);
        store.maintain(at(200.0)).unwrap();
        store.flush(at(200.0)).unwrap();
        subject.reopen();
    }
    let store = subject.store();
    assert_eq!(store.delete(ACCOUNT, &Target::Run(run(1))).unwrap().runs, 0);
    store.control(ACCOUNT, run(4), opened("announced", 0.0, 0.0)).unwrap();
    assert_eq!(store.delete(ACCOUNT, &Target::Run(run(4))).unwrap().runs, 1);
    assert_gone(store, run(4));
    let receipt = send(store, 300.0, &[agent(1, "again")]);
    assert_eq!((receipt.appended, receipt.repeated), (1, 0), "what arrives later is new");
    assert_eq!((the_run(store, 1).run.span_count, the_run(store, 1).run.received_at), (1, at(300.0)));
    assert_eq!(number(the_run(store, 2).root), 1);
}

pub fn a_deleted_agent_is_gone(open: Open<'_>) {
    let mut subject = fresh(open);
    sample(&*subject);
    let store = subject.store();
    assert_eq!(store.delete(ACCOUNT, &Target::Agent("nobody".to_owned())).unwrap().runs, 0);
    assert_eq!(store.delete(ACCOUNT, &Target::Agent("support".to_owned())).unwrap().runs, 2);
    for _ in 0..2 {
        let store = subject.store();
        assert_gone(store, run(1));
        assert_gone(store, run(2));
        assert_eq!(selected(store, RunFilter::default()), [3]);
        let agents = store.agents(ACCOUNT, Default::default()).unwrap();
        assert_eq!(agents.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["billing"]);
        store.maintain(at(200.0)).unwrap();
        subject.reopen();
    }
}

pub fn a_deleted_account_is_gone(open: Open<'_>) {
    let mut subject = fresh(open);
    sample(&*subject);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    store.append(batch(other, 10.0, &[agent(1, "support")])).unwrap();
    store.set_retention(ACCOUNT, Some(1_000_000_000_000_000)).unwrap();
    assert_eq!(store.delete(ACCOUNT, &Target::Account).unwrap().runs, 3);
    for _ in 0..2 {
        let store = subject.store();
        (1..=3).for_each(|number| assert_gone(store, run(number)));
        assert_eq!(store.sessions(ACCOUNT, &Default::default()).unwrap().rows, []);
        let default = store.accounts().unwrap().into_iter().find(|account| account.id == ACCOUNT).unwrap();
        assert_eq!(default.retain_ns, None, "the implicit account stays, without what was set");
        assert_eq!(store.run(other, run(1)).unwrap().unwrap().run.span_count, 1);
        store.maintain(at(200.0)).unwrap();
        subject.reopen();
    }
    send(subject.store(), 300.0, &[agent(1, "again")]);
    assert_eq!(selected(subject.store(), RunFilter::default()), [1]);
}
