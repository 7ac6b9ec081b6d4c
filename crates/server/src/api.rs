//! The REST API, a file per resource.

pub mod accounts;
pub mod keys;
pub mod view;
