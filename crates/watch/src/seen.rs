//! What watching needs to know of a run: taken from its row each time it changes.

use crate::activity::Waiting;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vedette_model::{NanoUsd, Run, RunKey, RunKind, Status, Timestamp};

/// A run as it is now. The whole of it is given each time, so that a change is told from a repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The run.
    pub key: RunKey,
    /// The topmost run above it that is stored; itself if none.
    pub root: RunKey,
    /// The runs right below it.
    pub children: Vec<RunKey>,
    /// Runs below it that failed.
    pub failed_children: u64,
    /// What it is.
    pub kind: RunKind,
    /// The one agent it counts for.
    pub agent: Option<Arc<str>>,
    /// As in [`Run`].
    pub tags: Vec<Arc<str>>,
    /// As in [`Run`].
    pub customer: Option<Arc<str>>,
    /// As in [`Run`].
    pub feature: Option<Arc<str>>,
    /// How it ended.
    pub status: Status,
    /// Sender's clock.
    pub started_at: Timestamp,
    /// Sender's clock; `None` while running.
    pub finished_at: Option<Timestamp>,
    /// Server's clock at the last sign of it.
    pub last_received_at: Timestamp,
    /// `None` is unknown.
    pub cost: Option<NanoUsd>,
    /// Of all counted calls.
    pub tokens: u64,
    /// The type of its failure.
    pub failure_kind: Option<Arc<str>>,
    /// What its failure said.
    pub failure_message: Option<Arc<str>>,
    /// The step that failed first, of a failed run.
    pub failing_step: Option<Arc<str>>,
    /// What a running run waits for.
    pub waiting: Option<Waiting>,
    /// Numeric scores by name; yes is 1.
    pub scores: Vec<(Arc<str>, f64)>,
    /// Checks it did not pass.
    pub failed_checks: Vec<FailedCheck>,
}

/// A check that a run did not pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailedCheck {
    /// The check's id.
    pub check: String,
    /// Its name.
    pub name: String,
    /// What was asked.
    pub expected: String,
    /// What was found instead, in a few words.
    pub got: String,
}

impl Seen {
    /// From a run's own figures; `children`, `failed_children`, the step, scores and checks are added by who
    /// knows them.
    #[must_use]
    pub fn of(run: &Run, root: RunKey) -> Self {
        let failure = run.failure.as_ref();
        Seen {
            key: run.key,
            root,
            children: Vec::new(),
            failed_children: 0,
            kind: run.kind,
            agent: run.agent.clone(),
            tags: run.tags.clone(),
            customer: run.customer_id.clone(),
            feature: run.feature.clone(),
            status: run.status,
            started_at: run.started_at,
            finished_at: run.finished_at,
            last_received_at: run.last_received_at,
            cost: run.cost,
            tokens: run.usage.total().unwrap_or_default(),
            failure_kind: failure.and_then(|failure| failure.kind.clone()),
            failure_message: failure.and_then(|failure| failure.message.clone()),
            failing_step: None,
            waiting: None,
            scores: Vec::new(),
            failed_checks: Vec::new(),
        }
    }

    /// It ended by an error or was given up on.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.status, Status::Failed | Status::Timeout)
    }

    /// When it ended, or showed its last sign.
    #[must_use]
    pub fn ended_at(&self) -> Timestamp {
        self.finished_at.unwrap_or(self.last_received_at)
    }

    /// Its agent's name, for people.
    #[must_use]
    pub fn agent_name(&self) -> &str {
        self.agent.as_deref().unwrap_or("unnamed")
    }
}

/// A run that ended after a second, for tests.
#[cfg(test)]
pub(crate) fn sample(number: u8, agent: &str, started_s: i64, status: Status) -> Seen {
    let second = 1_000_000_000;
    let base = Timestamp::parse("2026-01-01").map_or(0, |time| time.0);
    let started_at = Timestamp(base + started_s * second);
    let finished_at = status.is_terminal().then_some(Timestamp(started_at.0 + second));
    Seen {
        key: RunKey([number; 16]),
        root: RunKey([number; 16]),
        children: Vec::new(),
        failed_children: 0,
        kind: RunKind::Run,
        agent: Some(agent.into()),
        tags: Vec::new(),
        customer: None,
        feature: None,
        status,
        started_at,
        finished_at,
        last_received_at: finished_at.unwrap_or(started_at),
        cost: None,
        tokens: 0,
        failure_kind: None,
        failure_message: None,
        failing_step: None,
        waiting: None,
        scores: Vec::new(),
        failed_checks: Vec::new(),
    }
}
