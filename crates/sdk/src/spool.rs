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
mod segment;

pub use folder::{Leftover, leftovers, user_folder};
pub use segment::{Encoding, Frame};

use crate::config::Destination;
use crate::limits;
use folder::Own;
use segment::Segment;
use std::collections::VecDeque;
use std::path::PathBuf;

/// Requests in order: those that other processes left first, then the own.
#[derive(Debug)]
pub(crate) struct Spool {
    place: Place,
    limit: u64,
    left: VecDeque<Leftover>,
    segments: VecDeque<Segment>,
    /// Bytes that other processes spool for this destination, as of the last new file.
    others: u64,
    memory: VecDeque<Frame>,
    memory_bytes: u64,
}

#[derive(Debug)]
enum Place {
    /// Not opened yet: a process that records nothing leaves no trace.
    Planned {
        root: Option<PathBuf>,
        url: String,
        key_hash: String,
    },
    Folder(Own),
    Memory,
}

impl Spool {
    pub(crate) fn new(root: Option<PathBuf>, limit: u64, to: &Destination) -> Spool {
        let root = root.or_else(user_folder);
        Spool {
            place: Place::Planned { root, url: to.url.clone(), key_hash: to.key_hash() },
            limit,
            left: VecDeque::new(),
            segments: VecDeque::new(),
            others: 0,
            memory: VecDeque::new(),
            memory_bytes: 0,
        }
    }

    fn open(&mut self) {
        let Place::Planned { root, url, key_hash } = &self.place else { return };
        let own = root.as_ref().and_then(|root| Own::create(root, url, key_hash).ok());
        if let Some(own) = &own {
            self.left = own.neighbours_left().into();
        }
        self.place = own.map_or(Place::Memory, Place::Folder);
    }

    /// Keeps a request; how many spans were lost for it.
    pub(crate) fn append(&mut self, body: &[u8], encoding: Encoding, spans: u32) -> u64 {
        self.open();
        let lost = self.make_room(body.len() as u64);
        if let Place::Folder(own) = &self.place {
            if !self.segments.back().is_some_and(|last| last.has_room(body.len())) {
                self.others = own.others();
                match own.segment() {
                    Ok(segment) => self.segments.push_back(segment),
                    Err(_) => return lost + self.remember(body, encoding, spans),
                }
            }
            if self.segments.back_mut().is_some_and(|last| last.append(body, encoding, spans).is_ok()) {
                return lost;
            }
        }
        lost + self.remember(body, encoding, spans)
    }

    /// Drops the oldest until there is room; how many spans went.
    fn make_room(&mut self, bytes: u64) -> u64 {
        let mut lost = 0;
        loop {
            let own: u64 = self.segments.iter().map(Segment::len).sum();
            let left: u64 = self.left.iter().map(Leftover::len).sum();
            if own + left.max(self.others) + bytes <= self.limit {
                return lost;
            }
            if let Some(oldest) = self.left.front_mut() {
                lost += oldest.drop_segment();
                if oldest.is_empty() {
                    self.left.pop_front();
                }
            } else if let Some(oldest) = self.segments.pop_front() {
                lost += oldest.spans();
                oldest.remove();
            } else {
                return lost;
            }
        }
    }

    /// Keeps a request in memory, where there is no disk.
    fn remember(&mut self, body: &[u8], encoding: Encoding, spans: u32) -> u64 {
        let mut lost = 0;
        while self.memory_bytes + body.len() as u64 > limits::MEMORY_SPOOL_BYTES {
            let Some(oldest) = self.memory.pop_front() else { break };
            self.memory_bytes -= oldest.body.len() as u64;
            lost += u64::from(oldest.spans);
        }
        self.memory_bytes += body.len() as u64;
        self.memory.push_back(Frame { body: body.to_vec(), encoding, spans });
        lost
    }

    /// The next request to send.
    pub(crate) fn peek(&mut self) -> Option<Frame> {
        while let Some(left) = self.left.front_mut() {
            if let Some(frame) = left.peek() {
                return Some(frame);
            }
            self.left.pop_front();
        }
        while let Some(segment) = self.segments.front_mut() {
            if let Some(frame) = segment.peek() {
                return Some(frame);
            }
            if self.segments.len() == 1 {
                break;
            }
            if let Some(done) = self.segments.pop_front() {
                done.remove();
            }
        }
        self.memory.front().cloned()
    }

    /// The request that [`Spool::peek`] gave is with the server, or never will be.
    pub(crate) fn done(&mut self, frame: &Frame) {
        if let Some(left) = self.left.front_mut() {
            left.done(frame);
        } else if let Some(segment) = self.segments.front_mut().filter(|segment| segment.spans() > 0) {
            segment.done(frame);
        } else if let Some(frame) = self.memory.pop_front() {
            self.memory_bytes -= frame.body.len() as u64;
        }
    }

    /// Spans (and announcements of open ones) that wait.
    pub(crate) fn spans(&self) -> u64 {
        let own: u64 = self.segments.iter().map(Segment::spans).sum();
        let left: u64 = self.left.iter().map(Leftover::spans).sum();
        own + left + self.memory.iter().map(|frame| u64::from(frame.spans)).sum::<u64>()
    }

    /// Leaves the spool to others: the own folder goes if it is empty.
    pub(crate) fn release(&mut self) {
        let empty = self.segments.iter().all(|segment| segment.spans() == 0);
        self.left.clear();
        self.segments.clear();
        if let Place::Folder(own) = std::mem::replace(&mut self.place, Place::Memory) {
            own.release(empty);
        }
    }
}
