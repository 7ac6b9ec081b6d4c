//! The real binary on a real port, asked as clients ask. One file a resource.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod server;

mod auth;
mod batch;
mod cli;
mod disk;
mod files;
mod hostile;
mod lifecycle;
mod notify;
mod otlp;
mod runs_api;
mod schedules;
mod stream;
mod watch;
