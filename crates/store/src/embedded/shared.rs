//! What readers, the committing thread and `maintain` share.

use super::committer::Queue;
use super::database::Readers;
use super::files::Files;
use super::flush::Flushing;
use super::log::{Index, Logged};
use super::recent::{Moved, Recent};
use super::segment::Segments;
use super::{DATABASE, EmbeddedOptions};
use crate::{Health, Result, StoreError, StoreErrorKind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use vedette_model::{AccountId, RunKey};

/// See the module.
pub(super) struct Shared {
    pub(super) options: EmbeddedOptions,
    pub(super) queue: Queue,
    pub(super) readers: Readers,
    /// Makes checkpoints.
    pub(super) keeper: Mutex<rusqlite::Connection>,
    pub(super) segments: Segments,
    pub(super) files: Files,
    pub(super) log: RwLock<Index>,
    pub(super) flushing: Flushing,
    pub(super) recent: Arc<RwLock<Recent>>,
    pub(super) health: Mutex<Health>,
    pub(super) sequence: AtomicU64,
    pub(super) next_segment: AtomicI64,
    pub(super) dropped_logs: AtomicU64,
    /// Runs since rows of response ids were swept.
    pub(super) removed: AtomicU64,
}

impl Shared {
    /// Where the log holds a run, as of the last commit. A reader that asks before it takes its snapshot
    /// of the database misses nothing: a chunk that has left since is in a segment by then.
    pub(super) fn logged(&self, key: (AccountId, RunKey)) -> Logged {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        log.runs.get(&key).cloned().unwrap_or_default()
    }

    pub(super) fn database_path(&self) -> PathBuf {
        self.options.dir.join(DATABASE)
    }

    pub(super) fn edit_log(&self, edit: impl FnOnce(&mut Index)) {
        edit(&mut self.log.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Tells memory of a commit.
    pub(super) fn follow(&self, moved: Vec<Moved>) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        if recent.follow(moved).is_err() {
            // It begins anew from the database.
            *recent = Recent::default();
        }
    }

    pub(super) fn set_health(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    pub(super) fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses writes while the disk does.
    pub(super) fn check_writable(&self) -> Result<()> {
        match self.health() {
            Health::Writable => Ok(()),
            Health::ReadOnly(reason) => Err(StoreError::new(StoreErrorKind::ReadOnly, reason)),
        }
    }
}
