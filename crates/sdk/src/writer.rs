//! The writer thread: makes requests of what waits, compresses them and puts them into the spool.

use crate::batch::{Batch, requests};
use crate::queue::Work;
use crate::recorder::Shared;
use crate::spool::Encoding;
use crate::{limits, lock};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Works until the recorder ends.
pub(crate) fn run(shared: &Arc<Shared>) {
    let mut said_alive = Instant::now();
    loop {
        let work = wait(shared, said_alive);
        let backlog = work.bytes;
        let mut batches = work.batches;
        for span in &work.opened {
            announce(span, &mut batches);
        }
        if !work.opened.is_empty() {
            said_alive = Instant::now();
        } else if said_alive.elapsed() >= limits::LIVENESS
            && let Some(oldest) = work.oldest
        {
            // Any record of this process tells that it lives.
            announce(&oldest, &mut batches);
            said_alive = Instant::now();
        }
        for request in requests(&shared.resource, &batches, limits::REQUEST_BYTES) {
            let (encoding, body) = encoded(request.body, backlog);
            let lost = lock(&shared.spool).append(&body, encoding, request.spans);
            shared.dropped.fetch_add(lost, Ordering::Relaxed);
            // Under the lock, so that the sender cannot miss it between its look and its sleep.
            let _delivery = lock(&shared.delivery);
            shared.delivered.notify_all();
        }
        {
            let mut queue = lock(&shared.queue);
            queue.written = work.asked;
            queue.ended = work.closing && queue.bytes() == 0;
            shared.written.notify_all();
            if queue.ended {
                return;
            }
        }
    }
}

fn wait(shared: &Shared, said_alive: Instant) -> Work {
    let mut queue = lock(&shared.queue);
    loop {
        let announces = shared.announces.load(Ordering::Relaxed);
        let liveness = announces.then(|| limits::LIVENESS.saturating_sub(said_alive.elapsed()));
        queue = match queue.wait(liveness) {
            Some(wait) if wait.is_zero() => {
                let work = queue.take(announces);
                let probe = !shared.is_known.load(Ordering::Relaxed) && queue.has_news();
                drop(queue);
                if probe {
                    lock(&shared.delivery).probe = true;
                    shared.delivered.notify_all();
                }
                return work;
            }
            Some(wait) => shared.work.wait_timeout(queue, wait).map_or_else(|e| e.into_inner().0, |(queue, _)| queue),
            None => shared.work.wait(queue).unwrap_or_else(std::sync::PoisonError::into_inner),
        };
    }
}

fn announce(span: &crate::span::Open, batches: &mut Vec<Batch>) {
    let mut bytes = Vec::new();
    let Some(scope) = span.announce(&mut bytes) else { return };
    let index = batches.iter().position(|batch| Arc::ptr_eq(&batch.scope, &scope)).unwrap_or_else(|| {
        batches.push(Batch { scope, ..Batch::default() });
        batches.len() - 1
    });
    if let Some(batch) = batches.get_mut(index) {
        batch.bytes.extend_from_slice(&bytes);
        batch.ends.push(batch.bytes.len());
    }
}

/// Compressed, unless so much is waiting that it had better be quick.
fn encoded(body: Vec<u8>, backlog: usize) -> (Encoding, Vec<u8>) {
    if backlog > limits::HURRY_BYTES || body.len() < 512 {
        return (Encoding::Identity, body);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    match encoder.write_all(&body).and_then(|()| encoder.finish()) {
        Ok(compressed) => (Encoding::Gzip, compressed),
        Err(_) => (Encoding::Identity, body),
    }
}
