//! One query, planned and run, in its process.

use crate::answer::Answer;
use crate::table::{Server, ServerTable};
use crate::{SqlError, attribute, content, too_much_memory, wire};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use std::sync::Arc;
use vedette_model::limits;

/// Rows of one batch that the engine makes. What a batch holds is in no account but the process's, so it is small.
const BATCH_ROWS: usize = 1_024;

pub async fn run(server: Arc<Server>, sql: &str) -> Result<Vec<u8>, SqlError> {
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
    for (name, table) in wire::TABLES {
        let provider = ServerTable { server: Arc::clone(&server), name, table };
        context.register_table(name, Arc::new(provider)).map_err(refusal)?;
    }
    context.register_udf(attribute::attribute());
    content::functions().for_each(|function| context.register_udf(function));
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(sql, options).await.map_err(refusal)?;
    let mut answer = Answer::of(frame.schema().as_arrow())?;
    let mut stream = frame.execute_stream().await.map_err(refusal)?;
    while let Some(batch) = stream.next().await {
        if answer.take(&batch.map_err(refusal)?)?.is_break() {
            break;
        }
    }
    answer.finish()
}

/// Whose fault it is decides what the caller is told.
pub fn refusal(error: impl Into<DataFusionError>) -> SqlError {
    let error = error.into();
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => too_much_memory(),
        DataFusionError::External(cause) => SqlError::Failed(cause.to_string()),
        DataFusionError::Internal(_) | DataFusionError::IoError(_) => SqlError::Failed(error.strip_backtrace()),
        _ => SqlError::Refused(error.strip_backtrace()),
    }
}
