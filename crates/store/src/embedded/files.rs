//! When a segment's file may go: not while a reader may still be led to it by an older snapshot.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Readers of one epoch hold its token; each retirement begins a new epoch.
#[derive(Default)]
pub(super) struct Files {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    epoch: Arc<()>,
    /// Segments and the last epoch that may know of them, oldest first.
    retired: VecDeque<(Arc<()>, Vec<i64>)>,
}

impl Files {
    /// To be held from before the snapshot of the database until the last file is read.
    pub(super) fn enter(&self) -> Arc<()> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).epoch.clone()
    }

    /// No row names these segments any more.
    pub(super) fn retire(&self, segments: Vec<i64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let epoch = std::mem::take(&mut state.epoch);
        state.retired.push_back((epoch, segments));
    }

    /// Segments that no reader can be led to any more.
    pub(super) fn unread(&self) -> Vec<i64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unread = Vec::new();
        // An old reader may know of everything retired since, so later ones wait for it too.
        while state.retired.front().is_some_and(|(epoch, _)| Arc::strong_count(epoch) == 1) {
            unread.extend(state.retired.pop_front().into_iter().flat_map(|(_, segments)| segments));
        }
        unread
    }

    /// Whether any file still waits for its readers.
    pub(super) fn are_waiting(&self) -> bool {
        !self.state.lock().unwrap_or_else(PoisonError::into_inner).retired.is_empty()
    }
}
