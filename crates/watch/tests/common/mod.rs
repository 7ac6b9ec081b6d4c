//! Runs as tests write them.
#![allow(dead_code, reason = "each test uses some of it")]

use std::time::Duration;
use vedette_model::{NanoUsd, RunKey, RunKind, Status, Timestamp};
use vedette_watch::{Book, Notice, NoticeKind, Outbox, Rule, Schedule, Seen};

pub const ACCOUNT: vedette_model::AccountId = vedette_model::AccountId::DEFAULT;

/// Seconds after the tests' first moment.
pub fn at(seconds: f64) -> Timestamp {
    let first = Timestamp::parse("2026-01-31T12:00:00Z").unwrap();
    Timestamp(first.0 + (seconds * 1e9) as i64)
}

pub fn key(number: u64) -> RunKey {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes[0] = 1;
    RunKey(bytes)
}

/// A run of an agent that ended well, a second after it began.
pub fn run(number: u64, agent: &str, started: f64) -> Seen {
    Seen {
        key: key(number),
        root: key(number),
        children: Vec::new(),
        failed_children: 0,
        kind: RunKind::Run,
        agent: Some(agent.into()),
        tags: Vec::new(),
        customer: None,
        feature: None,
        status: Status::Success,
        started_at: at(started),
        finished_at: Some(at(started + 1.0)),
        last_received_at: at(started + 1.0),
        cost: Some(NanoUsd::ZERO),
        tokens: 0,
        failure_kind: None,
        failure_message: None,
        failing_step: None,
        waiting: None,
        scores: Vec::new(),
        failed_checks: Vec::new(),
    }
}

pub trait But: Sized {
    fn failed(self, kind: &str, message: &str) -> Self;
    fn at_step(self, step: &str) -> Self;
    fn under(self, root: u64) -> Self;
    fn over(self, children: &[u64]) -> Self;
    fn running(self) -> Self;
    fn took(self, seconds: f64) -> Self;
    fn cost(self, usd: f64) -> Self;
}

impl But for Seen {
    fn failed(mut self, kind: &str, message: &str) -> Self {
        self.status = Status::Failed;
        self.failure_kind = Some(kind.into());
        self.failure_message = Some(message.into());
        self
    }
    fn at_step(mut self, step: &str) -> Self {
        self.failing_step = Some(step.into());
        self
    }
    fn under(mut self, root: u64) -> Self {
        self.root = key(root);
        self
    }
    fn over(mut self, children: &[u64]) -> Self {
        self.children = children.iter().map(|child| key(*child)).collect();
        self
    }
    fn running(mut self) -> Self {
        self.status = Status::Running;
        self.finished_at = None;
        self.last_received_at = self.started_at;
        self
    }
    fn took(mut self, seconds: f64) -> Self {
        self.finished_at = Some(Timestamp(self.started_at.0 + (seconds * 1e9) as i64));
        self
    }
    fn cost(mut self, usd: f64) -> Self {
        self.cost = NanoUsd::from_usd(usd);
        self
    }
}

/// A book with what it wrote, so that it can be opened again as after a crash.
pub struct Desk {
    pub book: Book,
    kept: std::collections::BTreeMap<(String, String), String>,
    pub told: Vec<Notice>,
    overdue: std::collections::BTreeMap<RunKey, u64>,
    /// Incidents that were over as of the last commit.
    pub resolved: Vec<String>,
}

impl Desk {
    pub fn new() -> Self {
        Desk {
            book: Book::load(ACCOUNT, std::iter::empty()).0,
            kept: Default::default(),
            told: Vec::new(),
            overdue: Default::default(),
            resolved: Vec::new(),
        }
    }

    /// Writes what follows; answers the kinds of the new notices.
    pub fn commit(&mut self) -> Vec<NoticeKind> {
        let Outbox { writes, told, overdue, resolved } = self.book.take();
        (self.overdue, self.resolved) = (overdue, resolved);
        for (collection, id, body) in writes {
            let place = (collection.to_owned(), id);
            match body {
                Some(body) => self.kept.insert(place, body),
                None => self.kept.remove(&place),
            };
        }
        let kinds = told.iter().map(|told| told.notice.kind).collect();
        self.told.extend(told.into_iter().map(|told| told.notice));
        kinds
    }

    /// Runs that were to time out as of the last commit, and after how many seconds.
    pub fn overdue(&self) -> Vec<(RunKey, u64)> {
        self.overdue.iter().map(|(run, seconds)| (*run, *seconds)).collect()
    }

    /// As after a crash: what was not written is gone.
    pub fn reopen(&mut self) {
        let documents = self.kept.iter().map(|((collection, id), body)| (collection.clone(), id.clone(), body.clone()));
        let (book, wrong) = Book::load(ACCOUNT, documents);
        assert_eq!(wrong, [""; 0]);
        self.book = book;
    }

    pub fn observe(&mut self, seen: &Seen, now: f64) -> Vec<NoticeKind> {
        self.book.observe(seen, at(now));
        self.commit()
    }

    pub fn tick(&mut self, now: f64) -> Vec<NoticeKind> {
        self.book.tick(at(now));
        self.commit()
    }
}

/// A rule as the API takes it, made at the first moment.
pub fn rule(name: &str, when: serde_json::Value, more: serde_json::Value) -> Rule {
    let mut rule =
        serde_json::json!({ "id": format!("arule_{name}"), "name": name, "when": when, "created_at": at(0.0) });
    for (key, value) in more.as_object().unwrap() {
        rule[key] = value.clone();
    }
    let rule: Rule = serde_json::from_value(rule).unwrap();
    rule.check().unwrap();
    rule
}

/// A schedule as the API takes it.
pub fn schedule(agent: &str, created_at: Timestamp, more: serde_json::Value) -> Schedule {
    let mut schedule = serde_json::json!({ "agent": agent, "created_at": created_at });
    for (key, value) in more.as_object().unwrap() {
        schedule[key] = value.clone();
    }
    serde_json::from_value(schedule).unwrap()
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
