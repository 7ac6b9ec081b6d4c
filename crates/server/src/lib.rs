//! The vedette binary: doors, API, dashboard, command line. The only crate that knows HTTP and gRPC.
//!
//! Bytes come in by a door (`ingest`, `files`), meet in `pipeline`, and are durable in the store when
//! the door answers. Questions come in by `api`; what happened goes out by `live`.

pub mod config;

pub mod app;
pub mod connections;
pub mod openapi;
pub mod router;

pub mod auth;
pub mod error;

pub mod files;
pub mod ingest;
pub mod native;
pub mod pipeline;
pub mod prices;

pub mod notify;
pub mod watch;

pub mod health;
pub mod live;
pub mod metrics;
pub mod ui;

pub mod api;

pub mod client;
pub mod commands;
pub mod layout;
pub mod owner;
pub mod replay;

pub mod clock;
