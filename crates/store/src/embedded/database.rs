//! The SQLite file: how it is opened, what version of the format it holds, and what its errors mean.
//! One connection writes; readers come from a small pool and never wait for the writer.

use crate::{Result, StoreError, StoreErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Marks the file as ours: "vdet".
const APPLICATION: i64 = 0x7664_6574;
/// The format of file and segments together. Another one is refused: there is no release whose data could be met.
pub(super) const VERSION: i64 = 5;
const SCHEMA: &str = include_str!("schema.sql");

/// Rows of runs are near a kilobyte, chunks of the log far larger.
const PAGE_BYTES: i64 = 8 << 10;
/// Connections kept for later; more are opened when more readers come at once.
const IDLE_READERS: usize = 4;
const WRITER_CACHE_KIB: i64 = 16 << 10;
const READER_CACHE_KIB: i64 = 2 << 10;
const STATEMENTS: usize = 64;
/// What the write-ahead log keeps of its length once it is reused.
const JOURNAL_BYTES: i64 = 16 << 20;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                StoreErrorKind::ReadOnly
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Internal,
        };
        let does = match kind {
            StoreErrorKind::ReadOnly => "the disk refuses",
            StoreErrorKind::Corrupt => "the database is damaged",
            StoreErrorKind::Unavailable => "the database is busy",
            _ => "the database failed",
        };
        StoreError::caused(kind, format!("{does}, reason={error}"), error)
    }
}

/// Opens for writing, makes the tables, and refuses what it does not know.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    steady(&db)?;
    let (application, version) = identity(&db)?;
    if version == 0 && application == 0 {
        // Before the first table, so that freed log pages can be given back later.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        db.pragma_update(None, "page_size", PAGE_BYTES)?;
    }
    check(path, application, version)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // DURABILITY: the log is synced before a commit returns, so what was acknowledged survives a power cut.
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted on request is scrubbed by rewriting the file, so the log's freed pages need not be.
    db.pragma_update(None, "secure_delete", "FAST")?;
    db.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    // Checkpoints are made by `maintain`, so that no append waits for one.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if version == 0 {
        create(&db)?;
    }
    Ok(db)
}

/// Statements are kept and planned once: without the guarantee SQLite plans one anew when its parameters
/// change, for every look-up.
fn steady(db: &Connection) -> Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Opens a second connection for checkpoints beside the committer's.
pub(super) fn open_keeper(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(db)
}

fn identity(db: &Connection) -> Result<(i64, i64)> {
    let read = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((read("application_id")?, read("user_version")?))
}

fn check(path: &Path, application: i64, version: i64) -> Result<()> {
    match (application, version) {
        (0, 0) | (APPLICATION, VERSION) => Ok(()),
        (APPLICATION, other) => Err(StoreError::new(
            StoreErrorKind::Incompatible,
            format!(
                "the data is of another format version; name another folder, or use the vedette that wrote it, \
                 file={} found={other} known={VERSION}",
                path.display()
            ),
        )),
        (other, _) => Err(StoreError::new(
            StoreErrorKind::Incompatible,
            format!(
                "the file is no Vedette database; name another folder, file={} application_id={other:#x}",
                path.display()
            ),
        )),
    }
}

fn create(db: &Connection) -> Result<()> {
    db.execute_batch(&format!(
        "BEGIN IMMEDIATE; {SCHEMA}
         INSERT INTO accounts(id, name, created_at) VALUES ({}, 'default', 0);
         PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;",
        vedette_model::AccountId::DEFAULT.0,
    ))?;
    Ok(())
}

/// Read-only connections.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Readers { path, idle: Mutex::new(Vec::new()) }
    }

    /// Answers from one snapshot of the database.
    pub(super) fn read<T>(&self, answer: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let db = match waiting {
            Some(db) => db,
            None => self.open()?,
        };
        let answer = {
            let snapshot = db.unchecked_transaction()?;
            answer(&snapshot)
        };
        let mut idle = idle();
        if idle.len() < IDLE_READERS {
            idle.push(db);
        }
        answer
    }

    /// A connection of its own, for readers that live longer than a call.
    pub(super) fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.path, flags)?;
        steady(&db)?;
        let (application, version) = identity(&db)?;
        check(&self.path, application, version)?;
        db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        db.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(db)
    }
}
