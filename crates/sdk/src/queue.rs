//! What callers leave for the writer thread: ended spans and the list of open ones. The only lock that
//! a caller takes.

use crate::batch::Batch;
use crate::limits;
use crate::span::{Encoded, Open};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Queue {
    batches: Vec<Batch>,
    bytes: usize,
    /// When the oldest of them came.
    since: Option<Instant>,
    open: Vec<Arc<Open>>,
    /// Open spans up to here were announced.
    announced: usize,
    prune_at: usize,
    /// Flushes that were asked for, and the last of them that is done.
    pub(crate) asked: u64,
    pub(crate) written: u64,
    /// The recorder ends.
    pub(crate) closing: bool,
    /// The writer has ended: nothing more is written.
    pub(crate) ended: bool,
}

/// What the writer is to write.
pub(crate) struct Work {
    pub(crate) batches: Vec<Batch>,
    pub(crate) bytes: usize,
    /// Not announced yet.
    pub(crate) opened: Vec<Arc<Open>>,
    /// One that stays open, of those announced before.
    pub(crate) oldest: Option<Arc<Open>>,
    pub(crate) asked: u64,
    pub(crate) closing: bool,
}

impl Queue {
    /// Takes an ended span, or not if too much is waiting. Says whether the writer must be woken.
    pub(crate) fn push(&mut self, span: &Encoded<'_>) -> Result<bool, Full> {
        if self.bytes > limits::WAITING_BYTES || self.ended {
            return Err(Full);
        }
        let batch = match self.batches.iter_mut().find(|batch| Arc::ptr_eq(&batch.scope, span.scope)) {
            Some(batch) => batch,
            None => {
                self.batches.push(Batch { scope: Arc::clone(span.scope), ..Batch::default() });
                let Some(batch) = self.batches.last_mut() else { return Err(Full) };
                batch
            }
        };
        let before = batch.bytes.len();
        span.write(&mut batch.bytes);
        batch.ends.push(batch.bytes.len());
        let added = batch.bytes.len() - before;
        let was = self.bytes;
        self.bytes += added;
        let first = self.since.is_none();
        if first {
            self.since = Some(Instant::now());
        }
        Ok(first || was < limits::REQUEST_BYTES && self.bytes >= limits::REQUEST_BYTES)
    }

    /// Remembers a span that is open. Says whether the writer must be woken.
    pub(crate) fn open(&mut self, span: &Arc<Open>) -> bool {
        if self.open.len() >= self.prune_at.max(1_024) {
            self.prune();
            self.prune_at = self.open.len() * 2;
        }
        if self.open.len() >= limits::OPEN_SPANS {
            return false;
        }
        self.open.push(Arc::clone(span));
        let first = self.since.is_none();
        if first {
            self.since = Some(Instant::now());
        }
        first
    }

    /// Forgets ended spans.
    fn prune(&mut self) {
        let announced = self.announced;
        let mut kept = 0;
        let mut index = 0;
        self.open.retain(|span| {
            let stays = !span.has_ended();
            if stays && index < announced {
                kept += 1;
            }
            index += 1;
            stays
        });
        self.announced = kept;
    }

    /// How long the writer may sleep; zero if there is work.
    pub(crate) fn wait(&self, liveness: Option<Duration>) -> Option<Duration> {
        if self.closing || self.asked > self.written || self.bytes >= limits::REQUEST_BYTES {
            return Some(Duration::ZERO);
        }
        let due = self.since.map(|since| limits::FLUSH.saturating_sub(since.elapsed()));
        match (due, liveness.filter(|_| self.announced > 0)) {
            (Some(due), Some(liveness)) => Some(due.min(liveness)),
            (due, liveness) => due.or(liveness),
        }
    }

    /// Takes what is waiting.
    pub(crate) fn take(&mut self, announce: bool) -> Work {
        self.prune();
        let opened = if announce {
            let opened = self.open.get(self.announced..).unwrap_or_default().to_vec();
            self.announced = self.open.len();
            opened
        } else {
            Vec::new()
        };
        self.since = None;
        Work {
            batches: std::mem::take(&mut self.batches),
            bytes: std::mem::take(&mut self.bytes),
            opened,
            oldest: self.open.first().filter(|_| self.announced > 0).cloned(),
            asked: self.asked,
            closing: self.closing,
        }
    }

    /// Whether a span is open that was not announced.
    pub(crate) fn has_news(&self) -> bool {
        self.open.len() > self.announced
    }

    /// Makes the writer look at open spans again.
    pub(crate) fn touch(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Too much is waiting.
pub(crate) struct Full;
