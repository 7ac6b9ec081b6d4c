//! The spool: requests on disk until a server has them.
//!
//! ```text
//! <folder>/<destination>/endpoint        address and hash of the key, for who takes it in
//! <folder>/<destination>/<process>/lock  held while that process lives
//! <folder>/<destination>/<process>/*.spool
//! ```
//!
//! A process writes to its own folder only. Whoever can lock a folder knows that its process is gone and may
//! send what is left ([`leftovers`]): the next process with the same destination, or a server at its start.
//! Without a folder to write to, the spool is kept in memory, within smaller bounds.

mod folder;
#[cfg(feature = "recorder")]
mod own;
mod segment;

pub use folder::{Leftover, leftovers, user_folder};
#[cfg(feature = "recorder")]
pub(crate) use own::Spool;
pub use segment::{Encoding, Frame};
