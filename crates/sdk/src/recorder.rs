//! The recorder: what callers hold. Its two threads begin with the first span.

use crate::attributes::Attributes;
use crate::config::{Config, ConfigError, Destination};
use crate::id::TraceId;
use crate::queue::Queue;
use crate::sender::Delivery;
use crate::span::{Builder, Encoded, Open, RunBuilder, Scope};
use crate::spool::Spool;
use crate::value::Value;
use crate::{id, lock, sender, writer};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Copies of this process by `fork` so far. What was made before belongs to the process it was copied from.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// What became of what was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Spans and point events that were taken in.
    pub recorded: u64,
    /// Of these, and of what other processes left, what the server has.
    pub sent: u64,
    /// What waits on disk for the server.
    pub spooled: u64,
    /// What was lost: too much was waiting, or the spool was full.
    pub dropped: u64,
    /// What the server refused for good.
    pub refused: u64,
    /// Why the server did not take the last request, if it did not.
    pub last_error: Option<String>,
}

/// Records spans and runs, and sends them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) destination: Destination,
    pub(crate) scope: Scope,
    /// The encoded `Resource`.
    pub(crate) resource: Vec<u8>,
    generation: u32,
    pub(crate) queue: Mutex<Queue>,
    /// The writer waits here.
    pub(crate) work: Condvar,
    /// Who asked for a flush waits here.
    pub(crate) written: Condvar,
    pub(crate) spool: Mutex<Spool>,
    pub(crate) delivery: Mutex<Delivery>,
    /// The sender, and who waits for it, wait here.
    pub(crate) delivered: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
    has_threads: AtomicBool,
    /// The server has answered, so that what it understands is known, ...
    pub(crate) is_known: AtomicBool,
    /// ... and it takes in open spans.
    pub(crate) announces: AtomicBool,
    pub(crate) recorded: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) refused: AtomicU64,
}

impl Recorder {
    /// A recorder for this configuration. Nothing is opened or sent yet.
    ///
    /// # Errors
    /// If the configuration cannot be meant.
    pub fn start(config: Config) -> Result<Recorder, ConfigError> {
        let destination = config.check()?;
        let mut resource = Attributes::new(1);
        for (key, value) in &config.resource {
            resource.set(&config.redaction, key, value.clone());
        }
        resource.set(&config.redaction, "process.pid", Value::Int(std::process::id().into()));
        resource.set(&config.redaction, "telemetry.sdk.name", Value::from("vedette"));
        resource.set(&config.redaction, "telemetry.sdk.version", Value::from(env!("CARGO_PKG_VERSION")));
        let spool = Spool::new(config.spool.clone(), config.spool_bytes, &destination);
        Ok(Recorder {
            shared: Arc::new(Shared {
                config,
                destination,
                scope: Scope::new("vedette", env!("CARGO_PKG_VERSION")),
                resource: resource.finish().0,
                generation: GENERATION.load(Ordering::Relaxed),
                queue: Mutex::default(),
                work: Condvar::new(),
                written: Condvar::new(),
                spool: Mutex::new(spool),
                delivery: Mutex::default(),
                delivered: Condvar::new(),
                threads: Mutex::default(),
                has_threads: AtomicBool::new(false),
                is_known: AtomicBool::new(false),
                announces: AtomicBool::new(false),
                recorded: AtomicU64::new(0),
                sent: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
                refused: AtomicU64::new(0),
            }),
        })
    }

    /// A span that stands alone unless it is given a parent.
    #[must_use]
    pub fn span(&self, name: &str) -> Builder {
        Builder::new(Arc::clone(&self.shared), name)
    }

    /// A run of this agent.
    #[must_use]
    pub fn run(&self, agent: &str) -> RunBuilder {
        RunBuilder::new(Arc::clone(&self.shared), agent)
    }

    /// How it was configured.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Waits until the server has all that was recorded before, at most this long. Says whether it has.
    pub fn flush(&self, wait: Duration) -> bool {
        self.shared.flush(wait, false)
    }

    /// As [`Recorder::flush`], and ends the threads. What the server does not have stays in the spool. What is
    /// recorded afterwards is dropped.
    pub fn shutdown(&self, wait: Duration) -> bool {
        let complete = self.shared.flush(wait, true);
        if self.shared.is_current() {
            for thread in lock(&self.shared.threads).drain(..) {
                // A thread that panicked has nothing more to say.
                let _ = thread.join();
            }
            lock(&self.shared.spool).release();
        }
        complete
    }

    /// Writes all that was recorded before to the spool and gives a server that is taking in what is left a
    /// little time. For the end of a process.
    pub fn settle(&self) {
        self.shared.flush(crate::limits::LAST_WAIT, false);
    }

    /// What became of what was recorded.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let spooled = if shared.is_current() { lock(&shared.spool).spans() } else { 0 };
        Stats {
            recorded: shared.recorded.load(Ordering::Relaxed),
            sent: shared.sent.load(Ordering::Relaxed),
            spooled,
            dropped: shared.dropped.load(Ordering::Relaxed),
            refused: shared.refused.load(Ordering::Relaxed),
            last_error: if shared.is_current() { lock(&shared.delivery).error.clone() } else { None },
        }
    }

    /// The same recorder for a process made by `fork`: call this there, first of all, and use what it returns.
    /// What was recorded before the copy was made is sent by the process it was copied from.
    #[must_use]
    pub fn after_fork(&self) -> Recorder {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        id::reseed();
        let config = self.shared.config.clone();
        // The configuration was good before.
        Recorder::start(config).unwrap_or_else(|_| self.clone())
    }
}

impl Shared {
    /// Whether this is the process it was made in.
    pub(crate) fn is_current(&self) -> bool {
        self.generation == GENERATION.load(Ordering::Relaxed)
    }

    /// Whether this trace is among those that are recorded. Every process decides alike.
    pub(crate) fn samples(&self, trace: TraceId) -> bool {
        self.config.sample >= 1.0 || trace.lot() < self.config.sample
    }

    pub(crate) fn push(self: &Arc<Self>, span: &Encoded<'_>) {
        let wake = lock(&self.queue).push(span);
        match wake {
            Ok(wake) => {
                self.recorded.fetch_add(1, Ordering::Relaxed);
                self.need_threads();
                if wake {
                    self.work.notify_one();
                }
            }
            Err(_) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn open(self: &Arc<Self>, span: &Arc<Open>) {
        let wake = lock(&self.queue).open(span);
        self.need_threads();
        if wake {
            self.work.notify_one();
        }
    }

    fn need_threads(self: &Arc<Self>) {
        if self.has_threads.load(Ordering::Relaxed) || self.has_threads.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut threads = lock(&self.threads);
        type Work = fn(&Arc<Shared>);
        let works: [(&str, Work); 2] = [("vedette-writer", writer::run), ("vedette-sender", sender::run)];
        for (name, work) in works {
            let shared = Arc::clone(self);
            // Where no thread can be had, what is recorded waits in its bounds and is dropped beyond.
            threads.extend(std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared)));
        }
    }

    fn flush(self: &Arc<Self>, wait: Duration, closing: bool) -> bool {
        if !self.is_current() {
            return false;
        }
        let deadline = Instant::now() + wait;
        if self.has_threads.load(Ordering::Relaxed) {
            let mut queue = lock(&self.queue);
            queue.asked += 1;
            queue.closing |= closing;
            let ticket = queue.asked;
            self.work.notify_one();
            while queue.written < ticket && !queue.ended {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                queue = self.written.wait_timeout(queue, left).map_or_else(|e| e.into_inner().0, |(queue, _)| queue);
            }
        } else if closing {
            let mut queue = lock(&self.queue);
            (queue.closing, queue.ended) = (true, true);
        }
        let complete = sender::wait_until_sent(self, deadline);
        if closing {
            lock(&self.delivery).closing = true;
            self.delivered.notify_all();
        }
        complete
    }
}
