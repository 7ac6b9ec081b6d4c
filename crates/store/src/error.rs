//! Errors by what the caller can do about them.

use std::fmt;

/// The store's result.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The request makes no sense: tell the sender.
    Invalid,
    /// Try again later.
    Unavailable,
    /// The disk refuses writes: reads go on, the reason is in the message and in `health`.
    ReadOnly,
    /// A file is damaged: run `vedette doctor`.
    Corrupt,
    /// The data was written by an unknown format version, named in the message.
    Incompatible,
    /// A fault of ours.
    Internal,
}

/// See [`StoreErrorKind`]. The message is lowercase, without a full stop, variables last as `key=value`.
#[derive(Debug)]
pub struct StoreError {
    /// What to do.
    pub kind: StoreErrorKind,
    /// For people.
    pub message: String,
    /// What it came from.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// Without a source.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        StoreError { kind, message: message.into(), source: None }
    }

    /// With a source.
    pub fn caused(
        kind: StoreErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        StoreError { kind, message: message.into(), source: Some(source.into()) }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
