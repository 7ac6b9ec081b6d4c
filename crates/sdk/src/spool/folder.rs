//! Folders of the spool: the own, and those whose process is gone.

use super::segment::{Frame, Segment};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of this user's spools.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let user = etcetera::choose_base_strategy().ok()?;
    Some(user.state_dir().unwrap_or_else(|| user.data_dir()).join("vedette").join("spool"))
}

/// What processes that are gone left in this folder for any destination.
pub fn leftovers(root: &Path) -> Vec<Leftover> {
    let mut left: Vec<Leftover> = folders(root).iter().flat_map(|destination| left_in(destination, None)).collect();
    left.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    left
}

fn left_in(destination: &Path, own: Option<&Path>) -> Vec<Leftover> {
    let mut left: Vec<Leftover> = folders(destination)
        .into_iter()
        .filter(|path| Some(path.as_path()) != own)
        .filter_map(|path| Leftover::take(destination, path))
        .collect();
    left.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    left
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

/// Files of the spool in a process's folder, the oldest first.
fn files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "spool")).collect();
    files.sort();
    files
}

fn bytes(path: &Path) -> u64 {
    files(path).iter().filter_map(|file| fs::metadata(file).ok()).map(|data| data.len()).sum()
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

    /// Bytes that other processes keep for this destination.
    pub(crate) fn others(&self) -> u64 {
        folders(&self.destination).iter().filter(|path| **path != self.path).map(|path| bytes(path)).sum()
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

/// What a process that is gone left. While this exists nobody else takes it; what is [done](Leftover::done)
/// is gone, and so is the folder with its last request.
#[derive(Debug)]
pub struct Leftover {
    /// Where its requests were to go, as `http://host:port/v1/traces`.
    pub url: String,
    /// SHA-256 of the key in hexadecimal digits; empty without one.
    pub key_hash: String,
    path: PathBuf,
    segments: VecDeque<Segment>,
    _lock: File,
}

impl Leftover {
    fn take(destination: &Path, path: PathBuf) -> Option<Leftover> {
        let lock = File::open(path.join("lock")).ok()?;
        lock.try_lock().ok()?;
        let endpoint = fs::read_to_string(destination.join("endpoint")).ok()?;
        let mut lines = endpoint.lines().map(str::to_owned);
        let (url, key_hash) = (lines.next()?, lines.next().unwrap_or_default());
        // What cannot be read is no spool of ours, or not of this version.
        let mut segments: VecDeque<Segment> = files(&path).iter().filter_map(|file| Segment::open(file).ok()).collect();
        segments.retain(|segment| segment.spans() > 0);
        let left = Leftover { url, key_hash, path, segments, _lock: lock };
        if left.is_empty() {
            left.remove();
            return None;
        }
        Some(left)
    }

    /// Spans in it.
    #[must_use]
    pub fn spans(&self) -> u64 {
        self.segments.iter().map(Segment::spans).sum()
    }

    /// Bytes on disk.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.iter().map(Segment::len).sum()
    }

    /// Whether all is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The next request.
    pub fn peek(&mut self) -> Option<Frame> {
        while let Some(segment) = self.segments.front_mut() {
            if let Some(frame) = segment.peek() {
                return Some(frame);
            }
            self.next_segment();
        }
        self.remove();
        None
    }

    /// The request that [`Leftover::peek`] gave is where it should be.
    pub fn done(&mut self, frame: &Frame) {
        if let Some(segment) = self.segments.front_mut() {
            segment.done(frame);
            if segment.spans() == 0 {
                self.next_segment();
            }
        }
        if self.is_empty() {
            self.remove();
        }
    }

    fn next_segment(&mut self) {
        if let Some(done) = self.segments.pop_front() {
            done.remove();
        }
    }

    /// Drops the oldest file; how many spans went.
    pub(crate) fn drop_segment(&mut self) -> u64 {
        let lost = self.segments.front().map_or(0, Segment::spans);
        self.next_segment();
        if self.is_empty() {
            self.remove();
        }
        lost
    }

    fn remove(&self) {
        // Nothing depends on it but order in the folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}
