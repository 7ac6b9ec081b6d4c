//! What this process spools, and what it took over from others.

use super::folder::{Held, Leftover, left_in, user_folder};
use super::segment::{Encoding, Frame, Segment, new_place};
use crate::config::Destination;
use crate::limits;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Processes that may fill the spool together before one of them looks how full it is.
const OTHERS: u64 = 16;

/// Requests in order: those that other processes left first, then the own.
#[derive(Debug)]
pub(crate) struct Spool {
    place: Place,
    limit: u64,
    left: VecDeque<Leftover>,
    segments: VecDeque<Segment>,
    /// Bytes that may be added before it is looked again how much there is.
    unlooked: u64,
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
            unlooked: 0,
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
        let (lost, has_room) = self.make_room(Segment::bytes_of(body.len()));
        if !has_room {
            return lost + u64::from(spans);
        }
        if let Place::Folder(own) = &self.place {
            if !self.segments.back().is_some_and(|last| last.has_room(body.len())) {
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

    /// Drops the oldest of all processes until there is room; how many spans went, and whether there is.
    fn make_room(&mut self, bytes: u64) -> (u64, bool) {
        let Place::Folder(own) = &self.place else { return (0, true) };
        if let Some(unlooked) = self.unlooked.checked_sub(bytes) {
            self.unlooked = unlooked;
            return (0, true);
        }
        let mut held = Held::look(own.root());
        let mut lost = 0;
        while held.bytes + bytes > self.limit {
            if let Some(spans) = held.drop_oldest() {
                lost += spans;
                self.segments.retain(Segment::is_there);
                self.left.iter_mut().for_each(Leftover::forget_dropped);
            } else if let Some(left) = self.left.front_mut() {
                held.bytes = held.bytes.saturating_sub(left.len());
                while !left.is_empty() {
                    lost += left.drop_segment();
                }
                self.left.pop_front();
            } else if let Some(newest) = self.segments.pop_front() {
                held.bytes = held.bytes.saturating_sub(newest.len());
                lost += newest.spans();
                newest.remove();
            } else {
                return (lost, false);
            }
        }
        // Seldom while there is much room; the less there is, the more often, as others write too.
        self.unlooked = (self.limit - held.bytes - bytes) / OTHERS;
        (lost, true)
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
        self.memory.push_back(Frame { body: body.to_vec(), encoding, spans, place: new_place() });
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
        } else if self.memory.front().is_some_and(|first| first.place == frame.place) {
            self.memory.pop_front();
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

/// This process's folder.
#[derive(Debug)]
pub(crate) struct Own {
    destination: PathBuf,
    path: PathBuf,
    next: std::cell::Cell<u64>,
    lock: File,
}

impl Own {
    pub(crate) fn create(root: &Path, url: &str, key_hash: &str) -> io::Result<Own> {
        let name: String = url.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(80).collect();
        let destination = root.join(format!("{name}-{}", key_hash.get(..8).unwrap_or("open")));
        create_private(&destination)?;
        // The same words each time: whoever writes them last changes nothing.
        fs::write(destination.join("endpoint"), format!("{url}\n{key_hash}\n"))?;
        // In the order of time, so that what is oldest is sent first.
        let path = destination.join(crate::TraceId::new().to_string());
        create_private(&path)?;
        let lock = File::create(path.join("lock"))?;
        lock.try_lock()?;
        Ok(Own { destination, path, next: std::cell::Cell::new(1), lock })
    }

    /// What other processes with this destination left.
    pub(crate) fn neighbours_left(&self) -> Vec<Leftover> {
        left_in(&self.destination, Some(&self.path))
    }

    /// The folder of all destinations.
    pub(crate) fn root(&self) -> &Path {
        self.destination.parent().unwrap_or(&self.destination)
    }

    pub(crate) fn segment(&self) -> io::Result<Segment> {
        let number = self.next.get();
        self.next.set(number + 1);
        Segment::create(&self.path.join(format!("{number:08}.spool")))
    }

    /// Lets others have what is left.
    pub(crate) fn release(self, empty: bool) {
        if empty {
            // Nothing depends on it but order in the folder.
            let _ = fs::remove_dir_all(&self.path);
        }
        drop(self.lock);
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
