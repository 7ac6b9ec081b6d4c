//! What the server keeps beside runs, and of which runs it has to take note.

use super::say::{ACCOUNT, agent, at, batch, number, run, send};
use super::{Open, fresh};
use vedette_model::{AccountId, Score, ScoreValue, limits};
use vedette_store::{Document, DocumentChange, Store, StoreErrorKind, Target, UnseenRun};

fn put(collection: &'static str, id: &str, body: &str) -> DocumentChange {
    DocumentChange { collection, id: id.to_owned(), body: Some(body.to_owned()) }
}

fn remove(collection: &'static str, id: &str) -> DocumentChange {
    DocumentChange { collection, id: id.to_owned(), body: None }
}

fn kept(store: &dyn Store, account: AccountId, collection: &str) -> Vec<(String, String)> {
    let documents = store.documents(account, collection).unwrap().into_iter();
    documents.map(|Document { id, body }| (id, body)).collect()
}

fn pair(id: &str, body: &str) -> (String, String) {
    (id.to_owned(), body.to_owned())
}

pub fn documents_change_together(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    store
        .change_documents(
            ACCOUNT,
            vec![put("rules", "b", "1"), put("rules", "a", "2"), put("channels", "a", "3")],
            vec![],
        )
        .unwrap();
    store.change_documents(other, vec![put("rules", "a", "9")], vec![]).unwrap();
    store
        .change_documents(ACCOUNT, vec![put("rules", "b", "4"), remove("rules", "a"), put("rules", "c", "5")], vec![])
        .unwrap();
    let long = "x".repeat(limits::DOCUMENT_BYTES + 1);
    for (account, body) in [(ACCOUNT, long.as_str()), (AccountId(77), "1")] {
        let refused = store.change_documents(account, vec![put("rules", "d", "1"), put("rules", "e", body)], vec![]);
        assert_eq!(refused.unwrap_err().kind, StoreErrorKind::Invalid);
    }
    subject.reopen();
    let store = subject.store();
    assert_eq!(kept(store, ACCOUNT, "rules"), [pair("b", "4"), pair("c", "5")], "all or none, the last stands");
    assert_eq!(kept(store, ACCOUNT, "channels"), [pair("a", "3")]);
    assert_eq!(kept(store, other, "rules"), [pair("a", "9")]);
    assert_eq!(kept(store, ACCOUNT, "nothing"), []);
    store.delete(other, &Target::Account).unwrap();
    assert_eq!(kept(store, other, "rules"), []);
    store.delete(ACCOUNT, &Target::Account).unwrap();
    assert_eq!(kept(store, ACCOUNT, "rules"), []);
}

/// The numbers of runs of which no note was taken.
fn unseen(store: &dyn Store) -> Vec<u64> {
    store.unseen_runs(ACCOUNT, 100).unwrap().into_iter().map(|unseen| number(unseen.run)).collect()
}

pub fn each_changed_run_is_seen(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    send(store, 1.0, &[agent(1, "support")]);
    send(store, 1.0, &[agent(2, "support"), agent(3, "support")]);
    send(store, 1.0, &[agent(1, "support")]);
    store.append(batch(other, 1.0, &[agent(4, "support")])).unwrap();
    assert_eq!(unseen(store), [1, 2, 3], "a repeat changes nothing");
    let first: Vec<UnseenRun> = store.unseen_runs(ACCOUNT, 2).unwrap();
    // Between looking and taking note, one of them changes again.
    send(store, 2.0, &[super::say::tool(1, 1, "search").under(0)]);
    store.change_documents(ACCOUNT, vec![put("rules", "a", "1")], first).unwrap();
    assert_eq!(unseen(store), [3, 1]);
    subject.reopen();
    let store = subject.store();
    assert_eq!(unseen(store), [3, 1]);
    let all = || store.unseen_runs(ACCOUNT, 100).unwrap();
    store.change_documents(ACCOUNT, vec![], all()).unwrap();
    assert_eq!(unseen(store), [0; 0]);
    let score = |value| Score {
        id: "s".into(),
        run: run(2),
        span: None,
        name: "quality".into(),
        value: ScoreValue::Number(value),
        reason: None,
        source: None,
        time: at(3.0),
    };
    store.put_score(ACCOUNT, score(0.5)).unwrap();
    assert_eq!(unseen(store), [2]);
    store.change_documents(ACCOUNT, vec![], all()).unwrap();
    store.put_score(ACCOUNT, score(0.5)).unwrap();
    assert_eq!(unseen(store), [0; 0], "the same score again changes nothing");
    store.put_score(ACCOUNT, score(0.25)).unwrap();
    store.delete(ACCOUNT, &Target::Run(run(3))).unwrap();
    assert_eq!(unseen(store), [2, 3], "what is gone has to be forgotten");
    assert_eq!(store.unseen_runs(AccountId(77), 100).unwrap(), []);
}
