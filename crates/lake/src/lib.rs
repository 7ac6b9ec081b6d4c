//! Read-only SQL over `runs`, `spans` and `scores`. The only crate that knows DataFusion, behind a small
//! face, because nothing else should be compiled again for it.
//!
//! The account is bound inside the table providers: no plan can name another one's rows.

mod answer;
mod attribute;
mod table;

pub use answer::{Column, SqlAnswer};

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;
use table::StoreTable;
use tokio::runtime::Runtime;
use vedette_model::{AccountId, limits};
use vedette_store::{Store, Table};

/// Bytes of stack for a thread that plans: plans are walked recursively.
const STACK_BYTES: usize = 16 << 20;
/// Rows of one batch.
const BATCH_ROWS: usize = 8_192;

/// Why a query has no answer.
#[derive(Debug)]
pub enum SqlError {
    /// The text is not a query we run: says what and where.
    Refused(String),
    /// It asked for more time or memory than [`limits`] allow.
    TooLarge(String),
    /// A fault below.
    Failed(String),
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (SqlError::Refused(message) | SqlError::TooLarge(message) | SqlError::Failed(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for SqlError {}

/// The engine over one store. Queries run on its own threads, so that they never hold up a door.
pub struct Lake {
    store: Arc<dyn Store>,
    runtime: Option<Runtime>,
}

impl Lake {
    /// Starts its threads; they idle until a query comes.
    pub fn new(store: Arc<dyn Store>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(8)
            .thread_stack_size(STACK_BYTES)
            .thread_name("lake")
            .enable_time()
            .build()?;
        Ok(Lake { store, runtime: Some(runtime) })
    }

    /// Runs one query over one account's rows. At most [`limits::SQL_ROWS`] rows (`truncated` says that
    /// there were more), [`limits::SQL_BYTES`] of memory, [`limits::SQL_TIME`].
    pub async fn query(&self, account: AccountId, sql: &str) -> Result<SqlAnswer, SqlError> {
        let Some(runtime) = &self.runtime else { return Err(SqlError::Failed("the engine has stopped".into())) };
        let run = run(self.store.clone(), account, sql.to_owned());
        let task = runtime.spawn(async { tokio::time::timeout(limits::SQL_TIME, run).await });
        let abort = AbortOnDrop(task.abort_handle());
        let outcome = task.await;
        drop(abort);
        match outcome {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(SqlError::TooLarge(format!(
                "the query took longer than {} s: narrow started_at or aggregate less",
                limits::SQL_TIME.as_secs()
            ))),
            Err(fault) => Err(SqlError::Failed(format!("the query failed: {fault}"))),
        }
    }
}

impl Drop for Lake {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another one; running queries are given up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A caller that goes away takes its query along.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(store: Arc<dyn Store>, account: AccountId, sql: String) -> Result<SqlAnswer, SqlError> {
    let environment = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits::SQL_BYTES)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
        .map_err(refusal)?;
    let config = SessionConfig::new()
        .with_information_schema(true)
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS)
        .with_default_catalog_and_schema("vedette", "public");
    let context = SessionContext::new_with_config_rt(config, environment);
    for (name, table) in [("runs", Table::Runs), ("spans", Table::Spans), ("scores", Table::Scores)] {
        let provider = StoreTable { store: store.clone(), account, table };
        context.register_table(name, Arc::new(provider)).map_err(refusal)?;
    }
    context.register_udf(attribute::attribute());
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(&sql, options).await.map_err(refusal)?;
    let columns = answer::columns(frame.schema().as_arrow());
    let mut stream = frame.execute_stream().await.map_err(refusal)?;
    let mut answer = SqlAnswer { columns, rows: Vec::new(), truncated: false };
    while let Some(batch) = stream.next().await {
        let room = limits::SQL_ROWS - answer.rows.len();
        let batch = batch.map_err(refusal)?;
        answer.truncated = batch.num_rows() > room;
        answer::append(&mut answer.rows, &batch.slice(0, room.min(batch.num_rows()))).map_err(refusal)?;
        if answer.truncated {
            break;
        }
    }
    Ok(answer)
}

/// Whose fault it is decides what the caller is told.
fn refusal(error: impl Into<DataFusionError>) -> SqlError {
    let error = error.into();
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => SqlError::TooLarge(format!(
            "the query needs more than {} MiB of memory: narrow started_at or aggregate less",
            limits::SQL_BYTES >> 20
        )),
        DataFusionError::External(cause) => SqlError::Failed(cause.to_string()),
        DataFusionError::Internal(_) | DataFusionError::IoError(_) => SqlError::Failed(error.strip_backtrace()),
        _ => SqlError::Refused(error.strip_backtrace()),
    }
}
