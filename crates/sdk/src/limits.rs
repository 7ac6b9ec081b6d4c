//! Every bound of the recorder. What is cut says so on its span (`vedette.truncated`); what is dropped is
//! counted ([`crate::Stats`]).

use std::time::Duration;

/// How long what was recorded waits for company before it is written to the spool. With the writing
/// itself, a process that is killed loses at most the last 200 ms.
pub const FLUSH: Duration = Duration::from_millis(150);
/// Bytes of one request before compression; what is waiting is cut into requests of about this size.
pub const REQUEST_BYTES: usize = 4 << 20;
/// Bytes of ended spans that wait for the writer thread; beyond it spans are dropped and counted.
pub const WAITING_BYTES: usize = 64 << 20;
/// Bytes waiting beyond which requests are no longer compressed, so that the writer keeps up.
pub const HURRY_BYTES: usize = 16 << 20;
/// Open spans that are known at once; others are sent when they end only.
pub const OPEN_SPANS: usize = 100_000;
/// How often a process with open spans says that it lives.
pub const LIVENESS: Duration = Duration::from_secs(5);

/// Bytes of one text value.
pub const VALUE_BYTES: usize = 1 << 20;
/// Bytes of one span's attributes, and of its events.
pub const SPAN_BYTES: usize = 4 << 20;
/// Attributes of one span.
pub const ATTRIBUTES: usize = 1_024;
/// Events of one span, and links.
pub const EVENTS: usize = 1_024;
/// Bytes of a name or a key.
pub const NAME_BYTES: usize = 1_024;
/// Levels of lists and maps inside one value.
pub const VALUE_DEPTH: usize = 32;
/// Instrumentation scopes of one process; spans of others count as the recorder's own.
pub const SCOPES: usize = 256;

/// Bytes of a spool's folder, whichever processes keep them for whichever destination; beyond it the oldest is
/// dropped and counted by the process that needs the room.
pub const SPOOL_BYTES: u64 = 1 << 30;
/// Bytes after which the spool begins a new file.
pub const SEGMENT_BYTES: u64 = 8 << 20;
/// Bytes kept in memory where there is no folder to spool to.
pub const MEMORY_SPOOL_BYTES: u64 = 64 << 20;

/// How long one request may take.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);
/// How long a connection may take.
pub const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Wait after a first failure; doubled after each further one, ...
pub const RETRY_FIRST: Duration = Duration::from_millis(250);
/// ... up to this, ...
pub const RETRY_LAST: Duration = Duration::from_secs(30);
/// ... or this where the server is on this machine, which costs nothing to ask.
pub const RETRY_LAST_LOCAL: Duration = Duration::from_secs(2);
/// The longest wait that a server may ask for.
pub const RETRY_AFTER: Duration = Duration::from_secs(15 * 60);
/// How long the end of a process waits for a server that is taking in what is left.
pub const LAST_WAIT: Duration = Duration::from_secs(5);
