//! What belongs to an account besides its runs.

use super::say::{ACCOUNT, agent, at, batch, run, selected, send, usd};
use super::{Open, Setting, fresh};
use std::time::Duration;
use vedette_model::{AccountId, Score, ScoreValue};
use vedette_store::{Key, KeyScope, PriceId, PriceOverride, RunFilter, StoreErrorKind, Target};

pub fn accounts_are_named_once(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let names = || store.accounts().unwrap().into_iter().map(|account| (account.id, account.name)).collect::<Vec<_>>();
    assert_eq!(names(), [(AccountId::DEFAULT, "default".to_owned())]);
    let acme = store.create_account("acme", at(5.0)).unwrap();
    assert_eq!((acme.name.as_str(), acme.created_at, acme.retain_ns), ("acme", at(5.0), None));
    for taken in ["acme", "default", ""] {
        assert_eq!(store.create_account(taken, at(6.0)).unwrap_err().kind, StoreErrorKind::Invalid, "{taken}");
    }
    assert_eq!(names().len(), 2);
    store.delete(acme.id, &Target::Account).unwrap();
    assert_eq!(names(), [(AccountId::DEFAULT, "default".to_owned())]);
    let again = store.create_account("acme", at(7.0)).unwrap();
    assert_ne!(again.id, acme.id, "ids are never used again");
}

pub fn keys_live_until_revoked(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    let key = |id: &str, account, secret: u8, created| Key {
        id: id.to_owned(),
        account,
        hash: [secret; 32],
        name: format!("key {id}"),
        scopes: vec![KeyScope::Write, KeyScope::Ping],
        agent: Some("daily".to_owned()),
        created_at: at(created),
        revoked_at: None,
    };
    let keys = [key("apk_b", ACCOUNT, 1, 1.0), key("apk_a", ACCOUNT, 2, 2.0), key("apk_c", other, 3, 0.0)];
    for key in &keys {
        store.create_key(key.clone()).unwrap();
    }
    assert_eq!(store.create_key(key("apk_d", other, 1, 0.0)).unwrap_err().kind, StoreErrorKind::Invalid, "known hash");
    assert_eq!(store.create_key(key("apk_e", AccountId(77), 9, 0.0)).unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(store.keys(ACCOUNT).unwrap(), keys[..2], "oldest first");
    assert_eq!(store.key_by_hash(&[3; 32]).unwrap().as_ref(), Some(&keys[2]));
    assert_eq!(store.key_by_hash(&[9; 32]).unwrap(), None);

    assert!(!store.revoke_key(other, "apk_b", at(3.0)).unwrap(), "a foreign key is not there");
    assert!(!store.revoke_key(ACCOUNT, "apk_z", at(3.0)).unwrap());
    assert!(store.revoke_key(ACCOUNT, "apk_b", at(3.0)).unwrap());
    assert!(store.revoke_key(ACCOUNT, "apk_b", at(4.0)).unwrap());
    subject.reopen();
    let store = subject.store();
    assert_eq!(store.key_by_hash(&[1; 32]).unwrap(), None);
    assert_eq!(store.keys(ACCOUNT).unwrap()[0].revoked_at, Some(at(3.0)), "the first revocation stands");
    store.delete(other, &Target::Account).unwrap();
    assert_eq!(store.key_by_hash(&[3; 32]).unwrap(), None);
}

pub fn prices_are_replaced_and_deleted(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let price = |model: &str, from, input| PriceOverride {
        provider: "openai".to_owned(),
        model: model.to_owned(),
        valid_from: at(from),
        input_per_million: usd(input),
        output_per_million: usd(2.0),
        cache_read_per_million: None,
        cache_write_per_million: Some(usd(0.5)),
    };
    for (model, from, input) in [("b", 0.0, 1.0), ("a", 5.0, 1.0), ("a", 0.0, 1.0), ("b", 0.0, 3.0)] {
        store.put_price_override(ACCOUNT, price(model, from, input)).unwrap();
    }
    assert_eq!(
        store.price_overrides(ACCOUNT).unwrap(),
        [price("a", 0.0, 1.0), price("a", 5.0, 1.0), price("b", 0.0, 3.0)]
    );
    let delete = |account, provider: &str, model: &str, from| {
        let id = PriceId { provider: provider.to_owned(), model: model.to_owned(), valid_from: at(from) };
        store.delete_price_override(account, &id).unwrap()
    };
    assert!(delete(ACCOUNT, "openai", "a", 5.0));
    for (account, provider, model, from) in [
        (ACCOUNT, "openai", "a", 5.0),
        (ACCOUNT, "openai", "a", 1.0),
        (ACCOUNT, "", "a", 0.0),
        (ACCOUNT, "openai", "c", 0.0),
        (AccountId(77), "openai", "a", 0.0),
    ] {
        assert!(!delete(account, provider, model, from), "{provider}/{model}@{from}");
    }
    assert_eq!(store.price_overrides(ACCOUNT).unwrap(), [price("a", 0.0, 1.0), price("b", 0.0, 3.0)]);
    let refused = store.put_price_override(AccountId(77), price("a", 0.0, 1.0)).unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Invalid);
    assert_eq!(store.price_overrides(AccountId(77)).unwrap(), []);
}

pub fn scores_are_replaced(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let other = store.create_account("other", at(0.0)).unwrap().id;
    let score = |id: &str, number, value, time| Score {
        id: id.into(),
        run: run(number),
        span: None,
        name: "confidence".into(),
        value: ScoreValue::Number(value),
        reason: Some("because".into()),
        source: None,
        time: at(time),
    };
    // Before their run; the same id in two accounts.
    store.put_score(ACCOUNT, score("b", 1, 0.5, 2.0)).unwrap();
    store.put_score(ACCOUNT, score("a", 1, 0.25, 2.0)).unwrap();
    store.put_score(ACCOUNT, score("c", 1, 0.125, 1.0)).unwrap();
    store.put_score(other, score("a", 1, 0.75, 1.0)).unwrap();
    send(store, 1.0, &[agent(1, "support")]);
    let scores = |account, number| store.scores(account, run(number)).unwrap();
    assert_eq!(scores(ACCOUNT, 1), [score("c", 1, 0.125, 1.0), score("a", 1, 0.25, 2.0), score("b", 1, 0.5, 2.0)]);
    store.put_scores(ACCOUNT, vec![score("a", 1, 0.9, 0.0), score("b", 2, 0.5, 2.0), score("a", 1, 1.0, 0.0)]).unwrap();
    store.put_scores(ACCOUNT, Vec::new()).unwrap();
    assert_eq!(scores(ACCOUNT, 1), [score("a", 1, 1.0, 0.0), score("c", 1, 0.125, 1.0)]);
    assert_eq!(scores(ACCOUNT, 2), [score("b", 2, 0.5, 2.0)]);
    assert_eq!(scores(other, 1), [score("a", 1, 0.75, 1.0)]);
}

pub fn nothing_is_kept_beyond_its_time(open: Open<'_>) {
    let day = 86_400.0;
    let subject = open(Setting { retain: Some(Duration::from_secs(86_400)) });
    let store = subject.store();
    let brief = store.create_account("brief", at(0.0)).unwrap().id;
    store.set_retention(brief, Some(60_000_000_000)).unwrap();
    assert_eq!(store.set_retention(brief, Some(0)).unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(store.set_retention(AccountId(77), None).unwrap_err().kind, StoreErrorKind::Invalid);
    // An old file imported today is kept from today on; a run that goes on is kept whole.
    send(store, 0.0, &[agent(1, "support"), agent(2, "support").open()]);
    send(store, 1.0, &[agent(3, "support").lasting(-900.0 * day, -899.0 * day)]);
    send(store, 5.0, &[super::say::tool(2, 1, "t").under(0)]);
    store.append(batch(brief, 0.0, &[agent(1, "support")])).unwrap();
    let theirs = || store.status(brief).unwrap().runs;
    store.maintain(at(60.0)).unwrap();
    assert_eq!((theirs(), selected(store, RunFilter::default())), (1, vec![1, 2, 3]));
    store.maintain(at(60.5)).unwrap();
    assert_eq!((theirs(), selected(store, RunFilter::default())), (0, vec![1, 2, 3]));
    store.maintain(at(day + 0.5)).unwrap();
    assert_eq!(selected(store, RunFilter::default()), [2, 3]);
    assert_eq!(store.raw_spans(ACCOUNT, run(1)).unwrap(), []);
    store.flush(at(day + 6.0)).unwrap();
    assert_eq!(selected(store, RunFilter::default()), [0; 0]);
    assert_eq!(store.status(ACCOUNT).unwrap().spans, 0);
}
