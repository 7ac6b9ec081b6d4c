//! Folders of the spool whose process is gone.

use super::segment::{Frame, Segment};
use std::collections::VecDeque;
use std::fs::{self, File};
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

pub(super) fn left_in(destination: &Path, own: Option<&Path>) -> Vec<Leftover> {
    let mut left: Vec<Leftover> = folders(destination)
        .into_iter()
        .filter(|path| Some(path.as_path()) != own)
        .filter_map(|path| Leftover::take(destination, path))
        .collect();
    left.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    left
}

pub(super) fn folders(path: &Path) -> Vec<PathBuf> {
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

/// What all processes keep below a spool's folder, for whatever destination.
#[cfg(feature = "recorder")]
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) bytes: u64,
    /// When it was last written to, and whether its process may be writing to it now.
    files: Vec<(std::time::SystemTime, PathBuf, bool)>,
}

#[cfg(feature = "recorder")]
impl Held {
    pub(super) fn look(root: &Path) -> Held {
        let mut held = Held::default();
        for process in folders(root).iter().flat_map(|destination| folders(destination)) {
            let files = files(&process);
            for (number, file) in files.iter().enumerate() {
                let Ok(data) = fs::metadata(file) else { continue };
                held.bytes += data.len();
                let written = data.modified().unwrap_or(std::time::UNIX_EPOCH);
                held.files.push((written, file.clone(), number + 1 == files.len()));
            }
        }
        held.files.sort_by(|one, other| other.cmp(one));
        held
    }

    /// Drops the oldest file that nobody writes to, whoever wrote it; how many spans went. `None` if there is none.
    pub(super) fn drop_oldest(&mut self) -> Option<u64> {
        let at = self.files.iter().rposition(|(_, path, is_last)| !is_last || is_left(path))?;
        let (_, path, _) = self.files.remove(at);
        let bytes = fs::metadata(&path).map_or(0, |data| data.len());
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(Segment::discard(&path))
    }
}

/// Whether the process of this file is gone.
#[cfg(feature = "recorder")]
fn is_left(file: &Path) -> bool {
    let lock = file.parent().and_then(|folder| File::open(folder.join("lock")).ok());
    lock.is_some_and(|lock| lock.try_lock().is_ok())
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

    /// Forgets files that were dropped for want of room.
    #[cfg(feature = "recorder")]
    pub(super) fn forget_dropped(&mut self) {
        self.segments.retain(Segment::is_there);
    }

    /// Drops the oldest file; how many spans went.
    #[cfg(feature = "recorder")]
    pub(super) fn drop_segment(&mut self) -> u64 {
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
