//! Records what AI agents do and sends it as OTLP.
//!
//! A [`Recorder`] opens [`Span`]s and [runs](Recorder::run), encodes each as it ends in the caller's thread
//! (a microsecond, no I/O), and hands the bytes to two threads of its own: one writes them to a spool on
//! disk, the other sends them to `/v1/traces` of any OTLP server and takes them off the spool when the
//! server has them. So a server that is away, slow or refusing costs the caller nothing, and what a process
//! leaves behind is sent by the next one.
//!
//! ```
//! use vedette_sdk::{Config, Kind, Recorder};
//!
//! let config = Config::new("http://127.0.0.1:4318");
//! # let folder = tempfile::tempdir()?;
//! # let config = Config { spool: Some(folder.path().into()), ..Config::new("http://127.0.0.1:9") };
//! let recorder = Recorder::start(config)?;
//! let run = recorder.run("lead-qualifier").customer("acme-corp").start();
//! let call = run.child("chat gpt-4o").kind(Kind::Llm).start();
//! call.set("gen_ai.request.model", "gpt-4o");
//! call.set("gen_ai.usage.input_tokens", 800);
//! call.end();
//! run.set_outcome(true, Some("qualified"));
//! run.end();
//! recorder.shutdown(std::time::Duration::from_secs(5));
//! assert_eq!(recorder.stats().recorded, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here fails towards the caller after [`Recorder::start`]: what cannot be recorded is counted
//! ([`Recorder::stats`]).

pub mod limits;
pub mod spool;

macro_rules! recorder {
    ($($item:item)*) => { $(#[cfg(feature = "recorder")] $item)* };
}

recorder! {
    mod attributes;
    mod batch;
    mod config;
    mod id;
    mod queue;
    mod recorder;
    mod redact;
    mod sender;
    mod span;
    mod transport;
    mod value;
    mod wire;
    mod writer;

    pub use config::{Config, ConfigError};
    pub use id::{SpanContext, SpanId, TraceId};
    pub use recorder::{Recorder, Stats};
    pub use redact::{REDACTED, Redaction};
    pub use span::{Builder, Kind, OtelKind, RunBuilder, Scope, Span, Status};
    pub use value::Value;

    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// Locks; a thread that died holding the lock left nothing half done that matters.
    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
