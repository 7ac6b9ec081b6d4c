//! The sender thread: takes requests off the spool when the server has them, and waits when it has not.

use crate::recorder::Shared;
use crate::transport::{Answer, Client};
use crate::{limits, lock};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How sending goes.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// Ask the server what it understands, although nothing is to be sent.
    pub(crate) probe: bool,
    pub(crate) closing: bool,
    /// Somebody waits: try now.
    pub(crate) hurry: bool,
    /// Attempts that failed so far, and in a row.
    failures: u64,
    in_a_row: u32,
    pub(crate) error: Option<String>,
    ended: bool,
}

/// Works until the recorder ends.
pub(crate) fn run(shared: &Arc<Shared>) {
    let client = Client::new(&shared.destination);
    loop {
        let frame = lock(&shared.spool).peek();
        let probe = {
            let mut delivery = lock(&shared.delivery);
            if delivery.closing && (frame.is_none() || delivery.in_a_row > 0) {
                delivery.ended = true;
                shared.delivered.notify_all();
                return;
            }
            std::mem::take(&mut delivery.probe)
        };
        if frame.is_none() && !probe {
            wait(shared, None);
            continue;
        }
        let answer = match &frame {
            Some(frame) => client.send(&frame.body, frame.encoding),
            None => client.send(&[], crate::spool::Encoding::Identity),
        };
        let pause = settle(shared, frame, answer);
        if let Some(pause) = pause {
            wait(shared, Some(pause));
        }
    }
}

/// Keeps what an answer says; how long to wait if the server did not take the request.
fn settle(shared: &Shared, frame: Option<crate::spool::Frame>, answer: Answer) -> Option<Duration> {
    let spans = frame.as_ref().map_or(0, |frame| u64::from(frame.spans));
    let done = |refused: u64| {
        if let Some(frame) = frame {
            lock(&shared.spool).done(&frame);
            shared.refused.fetch_add(refused.min(spans), Ordering::Relaxed);
            shared.sent.fetch_add(spans - refused.min(spans), Ordering::Relaxed);
        }
    };
    let mut delivery = lock(&shared.delivery);
    match answer {
        Answer::Taken { refused, announces, message } => {
            done(refused);
            shared.is_known.store(true, Ordering::Relaxed);
            if announces && !shared.announces.swap(true, Ordering::Relaxed) {
                lock(&shared.queue).touch();
                shared.work.notify_one();
            }
            delivery.in_a_row = 0;
            delivery.error = message;
            shared.delivered.notify_all();
            None
        }
        Answer::Refused(message) => {
            done(spans);
            delivery.failures += 1;
            delivery.error = Some(message);
            shared.delivered.notify_all();
            None
        }
        Answer::Failed { message, wait } => {
            delivery.failures += 1;
            delivery.in_a_row += 1;
            delivery.error = Some(message);
            shared.delivered.notify_all();
            Some(pause(shared, delivery.in_a_row, wait))
        }
    }
}

fn pause(shared: &Shared, in_a_row: u32, asked: Option<Duration>) -> Duration {
    if let Some(asked) = asked {
        return asked.min(limits::RETRY_AFTER);
    }
    let last = if shared.destination.is_local { limits::RETRY_LAST_LOCAL } else { limits::RETRY_LAST };
    let full = (limits::RETRY_FIRST * 2_u32.saturating_pow(in_a_row.min(12).saturating_sub(1))).min(last);
    // Not all at once, where many processes wait for one server.
    full.mul_f64(0.75 + 0.25 * fastrand::f64())
}

/// Waits for something to send or, given a time, for it to pass; the end and a flush end both.
fn wait(shared: &Shared, pause: Option<Duration>) {
    let until = pause.map(|pause| Instant::now() + pause);
    let mut delivery = lock(&shared.delivery);
    loop {
        if delivery.closing || std::mem::take(&mut delivery.hurry) {
            return;
        }
        delivery = match until {
            None if delivery.probe || lock(&shared.spool).spans() > 0 => return,
            None => shared.delivered.wait(delivery).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                wait_timeout(shared, delivery, left)
            }
        };
    }
}

fn wait_timeout<'a>(shared: &'a Shared, guard: MutexGuard<'a, Delivery>, left: Duration) -> MutexGuard<'a, Delivery> {
    shared.delivered.wait_timeout(guard, left).map_or_else(|error| error.into_inner().0, |(guard, _)| guard)
}

/// Waits until the spool is empty, an attempt fails, or the deadline passes. Says whether it is empty.
pub(crate) fn wait_until_sent(shared: &Shared, deadline: Instant) -> bool {
    let mut delivery = lock(&shared.delivery);
    let failures = delivery.failures;
    delivery.hurry = true;
    shared.delivered.notify_all();
    loop {
        let empty = lock(&shared.spool).spans() == 0;
        let left = deadline.saturating_duration_since(Instant::now());
        if empty || delivery.failures > failures || delivery.ended || left.is_zero() {
            delivery.hurry = false;
            return empty;
        }
        delivery = wait_timeout(shared, delivery, left);
    }
}
