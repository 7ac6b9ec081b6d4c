//! Any order of one set of requests, repeats included, ends in the same runs: as one request, one by one,
//! forwards, backwards, with what is said directly before or after.

use super::pieces::{Piece, piece, run_of};
use super::say::{ACCOUNT, at, batch, closed, opened};
use super::{Open, fresh, questions};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vedette_model::Status;

/// How many random cases a test tries, unless `PROPTEST_CASES` says otherwise.
#[expect(clippy::disallowed_methods, reason = "proptest's own variable")]
pub fn config(cases: u32) -> Config {
    let config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { Config { cases, ..config } }
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Piece>),
    Open(u8),
    Close(u8),
}

/// Steps that say each thing once at most where the first said would stand.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let requests = prop::collection::vec(prop::collection::vec(piece(), 1..6), 1..10);
    let runs = || prop::collection::btree_set(0..7_u8, 0..3);
    (requests, runs(), runs()).prop_map(|(requests, opens, closes)| {
        let said = opens.into_iter().map(Step::Open).chain(closes.into_iter().map(Step::Close));
        requests.into_iter().map(Step::Append).chain(said).collect()
    })
}

pub fn any_order_ends_in_the_same_runs(open: Open<'_>) {
    let orders =
        steps().prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle(), any::<prop::sample::Index>()));
    let result = TestRunner::new(config(48)).run(&orders, |(steps, shuffled, twice)| {
        let again = shuffled.iter().chain([twice.get(&shuffled)]).cloned().collect::<Vec<_>>();
        let expected = end(open, &steps, true);
        for (order, at_once) in [(&steps, false), (&shuffled, true), (&again, false)] {
            questions::assert_same(&expected, &end(open, order, at_once), order);
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// What is there in the end. Everything arrives at one time: when it came is the one thing order decides.
fn end(open: Open<'_>, steps: &[Step], at_once: bool) -> Vec<questions::Answer> {
    let subject = fresh(open);
    let store = subject.store();
    let mut waiting = Vec::new();
    for step in steps {
        match step {
            Step::Append(pieces) if at_once => waiting.extend(pieces.iter().map(|piece| piece.said())),
            Step::Append(pieces) => {
                let said: Vec<_> = pieces.iter().map(|piece| piece.said()).collect();
                store.append(batch(ACCOUNT, 50.0, &said)).unwrap();
            }
            Step::Open(run) => drop(store.control(ACCOUNT, run_of(*run), opened("opened", 1.0, 50.0)).unwrap()),
            Step::Close(run) => drop(store.control(ACCOUNT, run_of(*run), closed(Status::Failed, 20.0, 50.0)).unwrap()),
        }
    }
    store.append(batch(ACCOUNT, 50.0, &waiting)).unwrap();
    store.settle(at(5_000.0)).unwrap();
    let mut answers = questions::all(store, ACCOUNT);
    // How many changes it took depends on the order.
    answers.retain(|(question, _)| !question.starts_with("status"));
    answers
}
