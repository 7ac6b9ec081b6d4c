//! The JSON bodies of our own doors, read: what a body says in, what is to be stored out, or the field that
//! is wrong. Without the server, so that anything can be thrown at it (`fuzz/targets`).

pub mod batch;
pub mod events;
pub mod fields;
pub mod heartbeats;
pub mod runs;
