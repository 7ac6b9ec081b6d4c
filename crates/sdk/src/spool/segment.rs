//! One file of the spool: a head that says how far it was sent, then requests, each behind its length.

#[cfg(feature = "recorder")]
use crate::limits;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const MAGIC: &[u8; 8] = b"vdspool1";
/// Bytes of the head: the magic word and where the first unsent request begins.
const HEAD: u64 = 16;
/// Bytes before each request: its length, its spans, its encoding.
const FRAME_HEAD: u64 = 12;

/// How a request is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Compressed with gzip.
    Gzip,
}

/// One request: an OTLP `ExportTraceServiceRequest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its bytes, encoded.
    pub body: Vec<u8>,
    /// How.
    pub encoding: Encoding,
    /// The spans in it.
    pub spans: u32,
    /// Where it is kept; what was dropped meanwhile is not taken for another.
    pub(super) place: u64,
}

/// A number that no other place of this process has.
pub(super) fn new_place() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[derive(Debug)]
pub(crate) struct Segment {
    place: u64,
    path: PathBuf,
    file: File,
    sent: u64,
    len: u64,
    spans: u64,
}

impl Segment {
    /// An empty one.
    #[cfg(feature = "recorder")]
    pub(crate) fn create(path: &Path) -> io::Result<Segment> {
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        file.write_all(MAGIC)?;
        file.write_all(&HEAD.to_le_bytes())?;
        Ok(Segment { place: new_place(), path: path.to_owned(), file, sent: HEAD, len: HEAD, spans: 0 })
    }

    /// One that another process left. What it was killed in the middle of writing is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Segment> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut head = [0; HEAD as usize];
        file.read_exact(&mut head)?;
        let (magic, sent) = head.split_at(8);
        if magic != MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let sent = u64::from_le_bytes(sent.try_into().unwrap_or_default()).max(HEAD);
        let mut segment =
            Segment { place: new_place(), path: path.to_owned(), len: file.metadata()?.len(), file, sent, spans: 0 };
        let mut at = sent;
        while let Some((len, spans, _)) = segment.frame_head(at) {
            if at + FRAME_HEAD + len > segment.len {
                break;
            }
            segment.spans += u64::from(spans);
            at += FRAME_HEAD + len;
        }
        segment.len = at;
        Ok(segment)
    }

    fn frame_head(&mut self, at: u64) -> Option<(u64, u32, Encoding)> {
        if at + FRAME_HEAD > self.len {
            return None;
        }
        let mut head = [0; FRAME_HEAD as usize];
        self.file.seek(SeekFrom::Start(at)).ok()?;
        self.file.read_exact(&mut head).ok()?;
        let mut numbers = head.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap_or_default()));
        let (len, spans, encoding) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let encoding = if encoding == 1 { Encoding::Gzip } else { Encoding::Identity };
        Some((len.into(), spans, encoding))
    }

    /// Bytes that a request takes, also where it is the first of its file.
    #[cfg(feature = "recorder")]
    pub(crate) fn bytes_of(body: usize) -> u64 {
        HEAD + FRAME_HEAD + body as u64
    }

    /// Whether a request of this size belongs here rather than into a new file.
    #[cfg(feature = "recorder")]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.len == HEAD || self.len + bytes as u64 <= limits::SEGMENT_BYTES
    }

    /// Bytes on disk.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Spans that were not sent.
    pub(crate) fn spans(&self) -> u64 {
        self.spans
    }

    #[cfg(feature = "recorder")]
    pub(crate) fn append(&mut self, body: &[u8], encoding: Encoding, spans: u32) -> io::Result<()> {
        let mut frame = Vec::with_capacity(body.len() + FRAME_HEAD as usize);
        let len = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        for number in [len, spans, u32::from(encoding == Encoding::Gzip)] {
            frame.extend_from_slice(&number.to_le_bytes());
        }
        frame.extend_from_slice(body);
        self.file.seek(SeekFrom::Start(self.len))?;
        if let Err(error) = self.file.write_all(&frame) {
            // Half a request would be taken for a whole one when more is written behind it.
            self.file.set_len(self.len)?;
            return Err(error);
        }
        self.len += frame.len() as u64;
        self.spans += u64::from(spans);
        Ok(())
    }

    /// The first request that was not sent.
    pub(crate) fn peek(&mut self) -> Option<Frame> {
        let (len, spans, encoding) = self.frame_head(self.sent)?;
        let mut body = vec![0; usize::try_from(len).ok()?];
        self.file.read_exact(&mut body).ok()?;
        Some(Frame { body, encoding, spans, place: self.place })
    }

    /// The first request is sent.
    pub(crate) fn done(&mut self, frame: &Frame) {
        if frame.place != self.place {
            return;
        }
        self.sent += FRAME_HEAD + frame.body.len() as u64;
        self.spans = self.spans.saturating_sub(frame.spans.into());
        // Where this fails the request is sent again, which a server recognizes.
        let _ = if self.sent >= self.len { self.begin_again() } else { self.keep_place() };
    }

    fn begin_again(&mut self) -> io::Result<()> {
        (self.sent, self.len) = (HEAD, HEAD);
        self.file.set_len(HEAD)?;
        self.keep_place()
    }

    fn keep_place(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(8))?;
        self.file.write_all(&self.sent.to_le_bytes())
    }

    /// Empties and removes a file of any process, which then finds nothing more in it; how many unsent spans went.
    #[cfg(feature = "recorder")]
    pub(crate) fn discard(path: &Path) -> u64 {
        let Ok(segment) = Segment::open(path) else { return 0 };
        // Of several that are short of room only one counts it.
        let lost = if segment.file.try_lock().is_ok() { segment.spans } else { 0 };
        // Its process may hold it open: the room is free at once all the same.
        let _ = segment.file.set_len(0);
        segment.remove();
        lost
    }

    /// Whether nobody dropped it.
    #[cfg(feature = "recorder")]
    pub(crate) fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// Removes the file.
    pub(crate) fn remove(self) {
        // Nothing depends on it but room.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_whole_is_read_again_from_where_sending_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.spool");
        let mut segment = Segment::create(&path).unwrap();
        for body in ["one", "two", "three"] {
            segment.append(body.as_bytes(), Encoding::Identity, 2).unwrap();
        }
        let first = segment.peek().unwrap();
        segment.done(&first);
        drop(segment);
        // Killed in the middle of writing.
        let whole = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(whole - 1).unwrap();

        let mut segment = Segment::open(&path).unwrap();
        assert_eq!(segment.spans(), 2);
        let second = segment.peek().unwrap();
        assert_eq!((second.body.as_slice(), second.encoding), (b"two".as_slice(), Encoding::Identity));
        segment.done(&second);
        assert_eq!((segment.peek(), segment.spans()), (None, 0));
        segment.append(b"four", Encoding::Gzip, 1).unwrap();
        let fourth = segment.peek().unwrap();
        assert_eq!((fourth.body.as_slice(), fourth.encoding, fourth.spans), (b"four".as_slice(), Encoding::Gzip, 1));
        segment.done(&Frame { place: 0, ..fourth });
        assert_eq!(segment.spans(), 1, "a request of another place is none of this one's");
        std::fs::write(&path, b"something else entirely").unwrap();
        assert!(Segment::open(&path).is_err());
    }
}
