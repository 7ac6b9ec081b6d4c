//! Random operations on the store under test and on the oracle: every answer has to be the same.

use super::order::config;
use super::pieces::{Piece, account, piece, run_of};
use super::say::{a_token_costs, at, batch, closed, judged, opened};
use super::{Ear, Open, Setting, Subject, questions};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use vedette_model::{AccountId, NanoUsd, Opened, RunKey, RunKind, Score, ScoreValue, Status};
use vedette_store::{
    Change, ChangeKind, ControlChange, Memory, MemoryOptions, Range, RunFilter, RunSort, Store, Target,
};

/// One operation; the flag is the account.
#[derive(Clone, Debug)]
enum Step {
    Append(bool, Vec<Piece>),
    Control(bool, u8, Said),
    Score(bool, u8, u8),
    Reprice(bool, Vec<u8>, u8),
    Wait(u32),
    Settle,
    Maintain,
    Flush,
    DeleteRun(bool, u8),
    DeleteAgent(bool, &'static str),
    Retain(bool, Option<i64>),
    Reopen,
    Ask(bool, Box<RunFilter>, RunSort, usize),
    AskAll,
}

#[derive(Clone, Debug)]
enum Said {
    Open(&'static str, bool, bool),
    Close(u8, bool),
    Judge(Option<Option<bool>>, Option<Option<&'static str>>),
}

impl Said {
    fn change(&self, now: f64) -> ControlChange {
        match self {
            Said::Open(agent, late, heartbeat) => {
                let change = opened(agent, f64::from(u8::from(*late)), now);
                match change {
                    ControlChange::Open(open) if *heartbeat => {
                        ControlChange::Open(Opened { kind: RunKind::Heartbeat, ..open })
                    }
                    change => change,
                }
            }
            Said::Close(finished, failed) => {
                closed(if *failed { Status::Failed } else { Status::Success }, f64::from(*finished), now)
            }
            Said::Judge(success, outcome) => judged(*success, *outcome),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let second = || prop::bool::weighted(0.2);
    let success = prop::option::of(prop::option::of(any::<bool>()));
    let outcome = prop::option::of(prop::option::of(prop::sample::select(vec!["solved", "dropped"])));
    let said = prop_oneof![
        (prop::sample::select(vec!["anna", "dora"]), prop::bool::weighted(0.2), any::<bool>())
            .prop_map(|(agent, late, heartbeat)| Said::Open(agent, late, heartbeat)),
        (10..12_u8, any::<bool>()).prop_map(|(finished, failed)| Said::Close(finished, failed)),
        (success, outcome).prop_map(|(success, outcome)| Said::Judge(success, outcome)),
    ];
    let sorts = vec![RunSort::Newest, RunSort::Oldest, RunSort::Slowest, RunSort::Dearest];
    prop_oneof![
        30 => (second(), prop::collection::vec(piece(), 1..8))
            .prop_map(|(second, pieces)| Step::Append(second, pieces)),
        10 => (second(), 0..7_u8, said).prop_map(|(second, run, said)| Step::Control(second, run, said)),
        3 => (second(), 0..4_u8, 0..7_u8).prop_map(|(second, id, run)| Step::Score(second, id, run)),
        2 => (second(), prop::collection::vec(0..7_u8, 1..3), 0..3_u8)
            .prop_map(|(second, runs, price)| Step::Reprice(second, runs, price)),
        4 => prop::sample::select(vec![10, 31, 60, 299, 599, 3_600]).prop_map(Step::Wait),
        6 => Just(Step::Settle),
        3 => Just(Step::Maintain),
        5 => Just(Step::Flush),
        2 => (second(), 0..7_u8).prop_map(|(second, run)| Step::DeleteRun(second, run)),
        1 => (second(), prop::sample::select(vec!["anna", "dora"]))
            .prop_map(|(second, agent)| Step::DeleteAgent(second, agent)),
        1 => (second(), prop::option::of(prop::sample::select(vec![60_000_000_000_i64, 1_000_000_000_000])))
            .prop_map(|(second, retain)| Step::Retain(second, retain)),
        4 => Just(Step::Reopen),
        6 => (second(), filter(), prop::sample::select(sorts), 1..4_usize)
            .prop_map(|(second, filter, sort, limit)| Step::Ask(second, Box::new(filter), sort, limit)),
        3 => Just(Step::AskAll),
    ]
}

/// One or two parts of a filter.
fn filter() -> impl Strategy<Value = RunFilter> {
    let word = |words: &[&'static str]| prop::sample::subsequence(words.to_vec(), 1..=words.len());
    let owned = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let part = prop_oneof![
        word(&["anna", "bert", "carl", "dora"])
            .prop_map(move |agent| RunFilter { agent: owned(agent), ..Default::default() }),
        Just(RunFilter { main_agent: Some("dora".to_owned()), ..Default::default() }),
        prop::sample::subsequence(Status::ALL.to_vec(), 1..3)
            .prop_map(|status| RunFilter { status, ..Default::default() }),
        prop::sample::subsequence(RunKind::ALL.to_vec(), 1..3)
            .prop_map(|kind| RunFilter { kind, ..Default::default() }),
        prop::option::of(any::<bool>()).prop_map(|success| RunFilter { success: Some(success), ..Default::default() }),
        word(&["m-a", "m-b"]).prop_map(move |model| RunFilter { model: owned(model), ..Default::default() }),
        word(&["search", "add"]).prop_map(move |tool| RunFilter { tool: owned(tool), ..Default::default() }),
        word(&["s1", "s2"]).prop_map(move |session| RunFilter { session: owned(session), ..Default::default() }),
        word(&["solved"]).prop_map(move |outcome| RunFilter { outcome: owned(outcome), ..Default::default() }),
        word(&["red", "green"]).prop_map(move |tag| RunFilter { tag: owned(tag), ..Default::default() }),
        (0..40_u32, 0..40_u32).prop_map(|(since, until)| RunFilter {
            range: Range { since: Some(at(since.into())), until: Some(at(until.into())) },
            ..Default::default()
        }),
        (0..30_u32).prop_map(|ms| RunFilter { min_duration_ms: Some(f64::from(ms) * 1e3), ..Default::default() }),
        Just(RunFilter { min_cost: Some(NanoUsd(500_000_000)), ..Default::default() }),
        word(&["ANN", "copy", "broke", "ünï", "a5a5"])
            .prop_map(|q| RunFilter { q: Some(q[0].to_owned()), ..Default::default() }),
        (0..7_u8).prop_map(|root| RunFilter { root: Some(run_of(root)), ..Default::default() }),
    ];
    (part.clone(), part, any::<bool>()).prop_map(|(one, other, both)| {
        if !both {
            return one;
        }
        RunFilter { status: one.status.clone(), agent: one.agent.clone(), range: one.range, root: one.root, ..other }
    })
}

/// The store under test and the oracle, told the same.
struct Pair {
    subject: Box<dyn Subject>,
    oracle: Memory,
    ear: Ear,
    now: f64,
}

pub fn answers_are_the_oracles(open: Open<'_>) {
    let result = TestRunner::new(config(128)).run(&prop::collection::vec(step(), 1..40), |steps| {
        let ear = Ear::default();
        let options = MemoryOptions { settle: Setting::SETTLE, listener: Some(ear.listener()), ..Default::default() };
        let mut pair = Pair { subject: open(Setting::default()), oracle: Memory::open(options), ear, now: 100.0 };
        pair.both(|store| store.create_account("second", at(0.0)).unwrap().id);
        for step in &steps {
            pair.step(step);
        }
        pair.step(&Step::AskAll);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

impl Pair {
    /// Both have to answer the same.
    fn both<T: std::fmt::Debug + PartialEq>(&self, ask: impl Fn(&dyn Store) -> T) {
        let (expected, answer) = (ask(&self.oracle), ask(self.subject.store()));
        if expected != answer {
            let (expected, answer) = (format!("{expected:#?}"), format!("{answer:#?}"));
            panic!("{}", questions::difference(&expected, &answer));
        }
    }

    /// As [`Pair::both`], naming the question that is answered differently.
    fn ask(&self, step: &Step, ask: impl Fn(&dyn Store) -> Vec<questions::Answer>) {
        questions::assert_same(&ask(&self.oracle), &ask(self.subject.store()), step);
    }

    fn step(&mut self, step: &Step) {
        self.now += 1.0;
        let now = self.now;
        match step {
            Step::Append(second, pieces) => {
                let said: Vec<_> = pieces.iter().map(|piece| piece.said()).collect();
                self.both(|store| store.append(batch(account(*second), now, &said)).unwrap());
            }
            Step::Control(second, run, said) => {
                self.both(|store| store.control(account(*second), run_of(*run), said.change(now)).unwrap());
            }
            Step::Score(second, id, run) => {
                self.both(|store| store.put_score(account(*second), score(*id, *run, now)).unwrap())
            }
            Step::Reprice(second, runs, price) => {
                let runs: Vec<RunKey> = runs.iter().map(|run| run_of(*run)).collect();
                self.both(|store| store.reprice(account(*second), &runs, a_token_costs(*price)).unwrap());
            }
            Step::Wait(seconds) => self.now += f64::from(*seconds),
            Step::Settle => self.both(|store| store.settle(at(now)).unwrap()),
            Step::Maintain => self.both(|store| store.maintain(at(now)).unwrap()),
            Step::Flush => self.both(|store| store.flush(at(now)).unwrap()),
            Step::DeleteRun(second, run) => self.delete(*second, &Target::Run(run_of(*run))),
            Step::DeleteAgent(second, agent) => self.delete(*second, &Target::Agent((*agent).to_owned())),
            Step::Retain(second, retain) => self.both(|store| store.set_retention(account(*second), *retain).unwrap()),
            Step::Reopen => drop(self.subject.reopen()),
            Step::Ask(second, filter, sort, limit) => {
                self.ask(step, |store| questions::filtered(store, account(*second), filter, *sort, *limit));
            }
            Step::AskAll => self.ask_all(),
        }
        self.compare_said(step);
    }

    /// Whether the bytes are gone yet is the one thing in which they may differ.
    fn delete(&self, second: bool, target: &Target) {
        self.both(|store| store.delete(account(second), target).unwrap().runs);
    }

    fn ask_all(&self) {
        for second in [false, true] {
            self.ask(&Step::AskAll, |store| questions::all(store, account(second)));
            self.both(|store| [0, 10, 1_000_000].map(|after| told_again(store, account(second), after)));
            let nonsense = super::say::id(200).to_string();
            self.both(|store| {
                let query = vedette_store::RunQuery { cursor: Some(nonsense.clone()), ..Default::default() };
                store.runs(account(second), &query).unwrap_err().kind
            });
        }
        self.both(|store| store.accounts().unwrap());
    }

    /// Sequences have to be without gap; inside one commit the order of spans is free.
    fn compare_said(&self, step: &Step) {
        let (expected, said) = (self.ear.take(), self.subject.said());
        assert!(said.iter().zip(&expected).all(|(a, b)| a.sequence == b.sequence), "the sequence, after {step:?}");
        let (expected, said) = (kinds(&expected).join("\n"), kinds(&said).join("\n"));
        assert!(expected == said, "what is said, after {step:?}:\n{}", questions::difference(&expected, &said));
    }
}

/// What a reader that comes back is told: what changed, not how it was then.
fn told_again(store: &dyn Store, account: AccountId, after: u64) -> Option<Vec<String>> {
    let changes = store.changes(account, after, usize::MAX).unwrap()?;
    let told = |change: &Change| match &change.kind {
        ChangeKind::Finished(row) => format!("{} finished {} {}", change.sequence, row.span.run, row.span.id),
        ChangeKind::Changed(row) => format!("{} changed {} {}", change.sequence, row.span.run, row.span.id),
        ChangeKind::Run(row) => format!("{} run {}", change.sequence, row.run.key),
    };
    Some(changes.iter().map(told).collect())
}

/// What changed, in an order that does not depend on the store.
fn kinds(changes: &[Change]) -> Vec<String> {
    let kind = |change: &Change| match &change.kind {
        ChangeKind::Finished(row) => format!("finished {:#?}", row),
        ChangeKind::Changed(row) => format!("changed {:#?}", row),
        ChangeKind::Run(row) => format!("run {:#?}", row),
    };
    let mut kinds: Vec<String> =
        changes.iter().map(|change| format!("{} {}", change.account.0, kind(change))).collect();
    kinds.sort();
    kinds
}

fn score(id: u8, run: u8, now: f64) -> Score {
    Score {
        id: format!("score {id}").into(),
        run: run_of(run),
        span: (id == 1).then(|| super::say::id(1)),
        name: "quality".into(),
        value: if id == 2 { ScoreValue::Text("good".into()) } else { ScoreValue::Number(now) },
        reason: None,
        source: Some("judge".into()),
        time: at(f64::from(id)),
    }
}
