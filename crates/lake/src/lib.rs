//! Read-only SQL over `runs`, `spans` and `scores`. The only crate that knows DataFusion, behind a small
//! face, because nothing else should be compiled again for it.
//!
//! **A query is a process.** What a query takes, its text decides, and there are more ways to write one that
//! never ends or eats all memory than anybody can list. So the engine runs in a child of this program
//! ([`work`]), to which the system sets bounds, and which is killed when its time is up or its caller is
//! gone. The child has no store: it asks this process for batches of rows ([`process`]), which reads them for
//! one account. So no plan can name another one's rows.

mod answer;
mod attribute;
mod content;
mod engine;
mod process;
mod table;
mod wire;
mod worker;

pub use answer::Column;
pub use worker::work;

use process::Process;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vedette_model::{AccountId, limits};
use vedette_store::Store;
use wire::Question;

/// The argument with which this program starts itself to run a query; it then calls [`work`] and nothing else.
pub const WORKER: &str = "sql-worker";

/// Why a query has no answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum SqlError {
    /// The text is not a query we run: says what and where.
    Refused(String),
    /// It asked for more time or memory than [`limits`] allow.
    TooLarge(String),
    /// Others had all the room: ask again.
    Busy(String),
    /// A fault below.
    Failed(String),
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (SqlError::Refused(message)
        | SqlError::TooLarge(message)
        | SqlError::Busy(message)
        | SqlError::Failed(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for SqlError {}

/// The engine over one store.
pub struct Lake {
    store: Arc<dyn Store>,
    time: Duration,
    room: Arc<Semaphore>,
    /// Those that have asked.
    accounts: Mutex<HashMap<AccountId, Arc<Semaphore>>>,
}

impl Lake {
    /// With the time that a query may take. Starts nothing: a process comes with its query.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, time: Duration) -> Self {
        Lake { store, time, room: Arc::new(Semaphore::new(limits::SQL_QUERIES)), accounts: Mutex::default() }
    }

    /// Runs one query over one account's rows; the answer is JSON: `columns`, a list of [`Column`]s, `rows`, each a
    /// list as long, and `truncated`, which says that there were more rows than [`limits::SQL_ROWS`], or than fit
    /// into [`limits::SQL_ANSWER_BYTES`].
    ///
    /// Within its time, [`limits::SQL_BYTES`] of memory, and at most [`limits::SQL_QUERIES`] at once. When this
    /// future is dropped, the query ends.
    pub async fn query(&self, account: AccountId, sql: &str) -> Result<Vec<u8>, SqlError> {
        if sql.len() > limits::SQL_QUERY_BYTES {
            return Err(SqlError::Refused(format!(
                "the query has {} bytes, at most {} are read",
                sql.len(),
                limits::SQL_QUERY_BYTES
            )));
        }
        let room = tokio::time::timeout(limits::SQL_WAIT, self.room(account)).await.map_err(|_| {
            SqlError::Busy(format!(
                "other queries have taken all the room for {} s: ask again later",
                limits::SQL_WAIT.as_secs()
            ))
        })??;
        let process = Process::start().map_err(|error| SqlError::Failed(format!("cannot start a query: {error}")))?;
        let _ends = process.end_on_drop();
        let store = Arc::clone(&self.store);
        let question = Question { sql: sql.to_owned(), seconds: self.time.as_secs() };
        let serving = tokio::task::spawn_blocking(move || {
            let outcome = process.run(&*store, account, &question);
            // Only now, when the process is gone, another may start.
            drop(room);
            outcome
        });
        match tokio::time::timeout(self.time, serving).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(fault)) => Err(SqlError::Failed(format!("the query failed: {fault}"))),
            Err(_) => Err(too_long(self.time.as_secs())),
        }
    }

    /// A place among the account's queries, and among all.
    async fn room(&self, account: AccountId) -> Result<[OwnedSemaphorePermit; 2], SqlError> {
        let own = Arc::clone(
            self.accounts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(account)
                .or_insert_with(|| Arc::new(Semaphore::new(limits::SQL_QUERIES_PER_ACCOUNT))),
        );
        let closed = |_| SqlError::Failed("the engine has stopped".into());
        let own = own.acquire_owned().await.map_err(closed)?;
        Ok([own, Arc::clone(&self.room).acquire_owned().await.map_err(closed)?])
    }
}

fn too_long(seconds: u64) -> SqlError {
    SqlError::TooLarge(format!("the query took longer than {seconds} s: narrow started_at or aggregate less"))
}

fn too_much_memory() -> SqlError {
    SqlError::TooLarge(format!(
        "the query needs more than {} MiB of memory: narrow started_at, choose fewer columns or aggregate less",
        limits::SQL_BYTES >> 20
    ))
}
