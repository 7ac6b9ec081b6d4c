//! The doors: bytes and a proof of access in, an answer out once the data is durable. Each decodes its
//! own form; all of them hand on to `pipeline`.

pub mod batch;
pub mod bodies;
pub mod body;
pub mod otlp_grpc;
pub mod otlp_http;
pub mod quota;
mod read;
pub mod runs;
pub mod spool;

use crate::app::App;
use crate::error::{ApiError, ErrorKind};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vedette_model::limits;

/// Room for what is being taken in: bytes of bodies, and turns to work on them.
pub struct Intake {
    bytes: Arc<AtomicUsize>,
    turns: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

impl Default for Intake {
    fn default() -> Self {
        Intake {
            bytes: Arc::default(),
            turns: Arc::new(Semaphore::new(limits::INGEST_REQUESTS)),
            uploads: Arc::new(Semaphore::new(limits::UPLOADS)),
        }
    }
}

impl Intake {
    /// Room for one request, empty at first.
    #[must_use]
    pub fn room(&self) -> Room {
        Room { all: Arc::clone(&self.bytes), own: 0 }
    }

    /// A turn to upload, or says to come back later: an upload takes as long as its sender likes.
    pub fn upload(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.uploads)
            .try_acquire_owned()
            .map_err(|_| busy(format!("{} uploads are under way; send it again later", limits::UPLOADS)))
    }
}

fn busy(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError { retry_after: Some(Duration::from_secs(1)), ..ApiError::new(ErrorKind::Unavailable, message) }
}

/// The bytes that one request holds, given back when it is dropped.
pub struct Room {
    all: Arc<AtomicUsize>,
    own: usize,
}

impl Room {
    /// Takes more, or says to come back later.
    pub fn take(&mut self, bytes: usize) -> Result<(), ApiError> {
        let held = self.all.fetch_add(bytes, Ordering::AcqRel);
        self.own += bytes;
        if held + bytes > limits::INGEST_BYTES {
            return Err(busy("too much is being taken in at once; send it again later"));
        }
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::AcqRel);
    }
}

/// Waits for a turn, then runs the work of a door off the runtime.
pub async fn in_turn<T, F>(app: &Arc<App>, work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
{
    let turn = Arc::clone(&app.intake.turns).acquire_owned().await.map_err(ApiError::internal)?;
    app.off_runtime(move |app| {
        let _turn = turn;
        work(app)
    })
    .await
}
