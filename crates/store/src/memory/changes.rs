//! The last changes of the store, for readers that come back.

use crate::{Change, ChangeKind};
use std::collections::VecDeque;
use vedette_model::{AccountId, RunKey, limits};

/// At most [`limits::STREAM_RING`] changes, the newest last.
#[derive(Default)]
pub(super) struct Ring {
    changes: VecDeque<Change>,
    sequence: u64,
}

impl Ring {
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Numbers and keeps them; answers what it kept.
    pub(super) fn push(&mut self, account: AccountId, kinds: Vec<ChangeKind>) -> Vec<Change> {
        let number = |kind| {
            self.sequence += 1;
            Change { sequence: self.sequence, account, kind }
        };
        let changes: Vec<Change> = kinds.into_iter().map(number).collect();
        self.changes.extend(changes.iter().cloned());
        let surplus = self.changes.len().saturating_sub(limits::STREAM_RING);
        self.changes.drain(..surplus);
        changes
    }

    /// What was said of runs that were removed is not told again.
    pub(super) fn forget(&mut self, account: AccountId, gone: impl Fn(RunKey) -> bool) {
        for change in self.changes.iter_mut().filter(|change| change.account == account) {
            let run = match &change.kind {
                ChangeKind::Finished(row) | ChangeKind::Changed(row) => row.span.run,
                ChangeKind::Run(row) => row.run.key,
            };
            if gone(run) {
                // Its place stays, so that the sequence of the others does.
                change.account = AccountId(0);
            }
        }
    }

    /// See [`crate::Store::changes`].
    pub(super) fn after(&self, account: AccountId, after: u64, limit: usize) -> Option<Vec<Change>> {
        let oldest = self.sequence - self.changes.len() as u64;
        if after < oldest || after > self.sequence {
            return None;
        }
        let theirs = self.changes.iter().skip((after - oldest) as usize).filter(|change| change.account == account);
        Some(theirs.take(limit).cloned().collect())
    }
}
