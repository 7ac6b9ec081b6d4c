//! The process of a query: bounded by the system, then the engine, then the answer or why there is none.

use crate::SqlError;
use crate::engine;
use crate::table::Server;
use crate::wire::Ask;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::any::Any;
use std::process::ExitCode;
use std::sync::Arc;
use vedette_model::limits;

/// Bytes of stack for the thread that plans: plans are walked recursively.
const STACK_BYTES: usize = 16 << 20;

/// Runs the one query that comes on standard input; see [`crate::WORKER`].
#[must_use]
pub fn work() -> ExitCode {
    let server = Arc::new(Server::default());
    let Ok(question) = server.question() else { return ExitCode::FAILURE };
    bound(question.seconds);
    let engine = {
        let server = Arc::clone(&server);
        std::thread::Builder::new()
            .name("engine".into())
            .stack_size(STACK_BYTES)
            .spawn(move || answer(server, &question.sql))
    };
    let outcome = match engine.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(SqlError::Failed(format!("the query failed: {}", said(&*panic)))),
        Err(error) => Err(SqlError::Failed(format!("the query cannot run: {error}"))),
    };
    let told = match outcome {
        Ok(answer) => server.tell(&Ask::Answered, Some(&answer)),
        Err(error) => server.tell(&Ask::Ended(error), None),
    };
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The engine counts what it keeps, but not each batch that it makes on the way: this counts all. Bounded in time
/// too, should the server be gone, and no core is left behind. Where a system knows no such bound, there is the
/// engine's.
fn bound(seconds: u64) {
    let memory = limits::SQL_PROCESS_BYTES as u64;
    for (resource, most) in [(Resource::Data, memory), (Resource::Cpu, seconds.max(1)), (Resource::Core, 0)] {
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most.saturating_add(1)) });
    }
}

fn answer(server: Arc<Server>, sql: &str) -> Result<Vec<u8>, SqlError> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| SqlError::Failed(error.to_string()))?
        .block_on(engine::run(server, sql))
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a fault in the engine")
}
