//! The live hub: the store's listener publishes each commit's changes here, in order, after the commit,
//! and readers of the stream take them from a bounded ring. A reader that falls behind is dropped.

use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use vedette_model::limits;
use vedette_store::{Change, Listener};

/// See the module.
pub struct Hub {
    changes: broadcast::Sender<Arc<Change>>,
    closing: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Hub { changes: broadcast::channel(limits::STREAM_LAG).0, closing: watch::Sender::new(false) }
    }
}

impl Hub {
    /// What the store calls after each commit. Never blocks.
    #[must_use]
    pub fn listener(self: &Arc<Self>) -> Listener {
        let hub = Arc::clone(self);
        Box::new(move |changes| {
            if hub.changes.receiver_count() == 0 {
                return;
            }
            for change in changes {
                // An error only says that the last reader has just left.
                let _ = hub.changes.send(Arc::new(change.clone()));
            }
        })
    }

    /// The server stops: every stream ends.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// From the next commit on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.changes.subscribe()
    }
}
