//! The round that the server asks for every second, on its thread: nothing here holds an append up longer
//! than one commit.

use super::flush::Haste;
use super::{Shared, crash, recent};
use crate::{Health, Result, StoreErrorKind};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::PoisonError;
use vedette_model::{AccountId, Timestamp, limits};

/// The write-ahead log is copied into the database when it is larger, ...
const WAL_BYTES: u64 = 4 << 20;
/// ... and with appends held up when readers and writers have kept it from being reused.
const WAL_BYTES_MAX: u64 = 64 << 20;
/// ... or, with nothing in the log, is emptied when it is larger than this.
const WAL_BYTES_IDLE: u64 = 256 << 10;
/// Free pages that stay for the next spans, while some are in the log.
const FREE_PAGES: i64 = 1_024;
/// Free pages that one round gives back.
const FREED_AT_ONCE: i64 = 1_024;
/// Written where the disk refused, to see whether it takes writes again.
const PROBE_BYTES: i64 = 256 << 10;

impl Shared {
    /// One round; true if the log was flushed and is full again. A disk that refuses ends it and is remembered;
    /// see [`Health`].
    pub(super) fn maintain(&self, now: Timestamp, haste: Haste) -> Result<bool> {
        if let Health::ReadOnly(_) = self.health()
            && !self.probe()
        {
            return Ok(false);
        }
        self.round(now, haste).inspect_err(|error| {
            if error.kind == StoreErrorKind::ReadOnly {
                self.set_health(Health::from(error));
            }
        })
    }

    fn round(&self, now: Timestamp, haste: Haste) -> Result<bool> {
        self.retain(now)?;
        let flushed = self.flush_log(now, haste);
        if matches!(&flushed, Err(error) if error.kind == StoreErrorKind::ReadOnly) {
            return flushed;
        }
        self.merge()?;
        self.age_responses()?;
        self.unlink()?;
        if self.must_scrub()? {
            self.scrub()?;
        }
        self.give_back(haste)?;
        self.checkpoint(haste)?;
        self.recall()?;
        Ok(flushed? && self.log.read().unwrap_or_else(PoisonError::into_inner).is_full())
    }

    /// Brings figures of runs into memory that it has room for.
    fn recall(&self) -> Result<()> {
        let accounts: BTreeSet<AccountId> =
            self.readers.read(super::catalog::accounts)?.into_iter().map(|account| account.id).collect();
        self.recent.write().unwrap_or_else(PoisonError::into_inner).keep(&accounts);
        for account in accounts {
            loop {
                let recent = self.recent.clone();
                if !recent.read().unwrap_or_else(PoisonError::into_inner).has_room(account)
                    || !self.queue.alone(move |db| recent::load(&recent, db, account))?
                {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether the disk takes writes again.
    fn probe(&self) -> bool {
        let probe = self.queue.commit(0, |commit| {
            commit.db.execute("CREATE TABLE IF NOT EXISTS probe(bytes BLOB)", [])?;
            commit.db.execute("INSERT INTO probe(bytes) VALUES (randomblob(?1))", [PROBE_BYTES])?;
            Ok(())
        });
        let undone = probe.and_then(|_| {
            self.queue.commit(0, |commit| {
                commit.db.execute("DROP TABLE probe", [])?;
                Ok(())
            })
        });
        if undone.is_ok() {
            self.set_health(Health::Writable);
            tracing::info!("the disk takes writes again");
        }
        undone.is_ok()
    }

    /// Removes files that no row and no reader knows.
    pub(super) fn unlink(&self) -> Result<()> {
        for segment in self.files.unread() {
            self.segments.remove(segment)?;
            crash::point("segment removed");
        }
        Ok(())
    }

    /// Removes files that no row names: what a crash left behind.
    pub(super) fn remove_orphans(&self) -> Result<()> {
        let known = self.readers.read(|db| {
            let mut statement = db.prepare("SELECT id FROM segments")?;
            let ids = statement.query_map([], |row| row.get::<_, i64>(0))?;
            Ok(ids.collect::<std::result::Result<BTreeSet<i64>, _>>()?)
        })?;
        for (path, id) in self.segments.files()? {
            if id.is_none_or(|id| !known.contains(&id)) {
                tracing::info!(file = %path.display(), "a file that was left behind is removed");
                // It will be tried again at the next start.
                let _ = std::fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// Gives free pages back to the disk once the log is small.
    fn give_back(&self, haste: Haste) -> Result<()> {
        let spans = self.log.read().unwrap_or_else(PoisonError::into_inner).spans;
        let free: i64 = self.readers.read(|db| Ok(db.pragma_query_value(None, "freelist_count", |row| row.get(0))?))?;
        let all = haste == Haste::Everything;
        let keeps = if spans == 0 { 0 } else { FREE_PAGES };
        if free == 0 || (!all && (free < keeps || spans > limits::FLUSH_SPANS / 8)) {
            return Ok(());
        }
        let pages = if all { free } else { FREED_AT_ONCE };
        self.queue.commit(0, move |commit| {
            let mut statement = commit.db.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut rows = statement.query([])?;
            while rows.next()?.is_some() {}
            Ok(())
        })?;
        Ok(())
    }

    /// Copies the write-ahead log into the database.
    fn checkpoint(&self, haste: Haste) -> Result<()> {
        if haste == Haste::Everything {
            self.queue.alone(truncate)?;
            return Ok(());
        }
        if self.wal_bytes() > WAL_BYTES {
            let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
            keeper.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        }
        let idle = self.log.read().unwrap_or_else(PoisonError::into_inner).spans == 0;
        if self.wal_bytes() > if idle { WAL_BYTES_IDLE } else { WAL_BYTES_MAX } {
            self.queue.alone(truncate)?;
        }
        Ok(())
    }

    /// All files of the folder.
    pub(super) fn disk_bytes(&self) -> Result<u64> {
        let files = self.segments.files()?.into_iter().map(|(path, _)| path);
        let database = self.database_path();
        let beside = ["", "-wal", "-shm"].map(|suffix| {
            let mut path = database.clone().into_os_string();
            path.push(suffix);
            PathBuf::from(path)
        });
        Ok(files.chain(beside).filter_map(|path| std::fs::metadata(path).ok()).map(|file| file.len()).sum())
    }

    fn wal_bytes(&self) -> u64 {
        let mut path = self.database_path().into_os_string();
        path.push("-wal");
        std::fs::metadata(path).map_or(0, |file| file.len())
    }
}

/// Empties the write-ahead log; false while a reader holds an old snapshot.
pub(super) fn truncate(db: &Connection) -> Result<bool> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
}
