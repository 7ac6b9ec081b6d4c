//! Files of OTLP, request by request: protobuf, JSON in one document, or JSON lines. Which of them a file
//! is, its content says.
//!
//! Never holds more than one line or message. Where a file is one protobuf request, each resource in it is
//! a message of its own, so that its size does not matter.

use crate::wire::MALFORMED;
use crate::{DecodeError, Decoded, any_from_json, any_from_protobuf};
use std::io::{self, BufRead, Read};
use vedette_model::limits;

/// Looked at to tell protobuf from text.
const HEAD_BYTES: u64 = 64 << 10;

/// One request of a file.
#[derive(Debug)]
pub struct Request {
    /// Its line, or in a protobuf file its message, counted from 1.
    pub number: u64,
    /// What it held, or why it was passed over; the next one is read all the same.
    pub decoded: Result<Decoded, DecodeError>,
}

/// The requests of a file in the order they stand. Empty lines are passed over, an empty file has none.
#[derive(Debug)]
pub struct Requests<R> {
    /// What was looked at before reading began, then the rest.
    file: io::Chain<io::Cursor<Vec<u8>>, R>,
    number: u64,
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Unknown,
    Lines,
    Messages,
    Done,
}

impl<R: BufRead> Requests<R> {
    /// Reads from a file, or a part of a request.
    pub fn new(file: R) -> Self {
        Requests { file: io::Cursor::new(Vec::new()).chain(file), number: 0, format: Format::Unknown }
    }

    /// Decides by the first bytes between protobuf and text, then by whether the first line is complete JSON.
    fn first(&mut self) -> io::Result<Option<Request>> {
        let (head, rest) = self.file.get_mut();
        rest.by_ref().take(HEAD_BYTES).read_to_end(head.get_mut())?;
        if is_protobuf(head.get_ref()) {
            self.format = Format::Messages;
            return self.message();
        }
        self.format = Format::Lines;
        let Some(mut text) = self.line(limits::BODY_DECOMPRESSED_BYTES)? else { return Ok(None) };
        let last = self.file.fill_buf()?.is_empty();
        if text.len() > limits::LINE_BYTES && !last {
            return Ok(Some(self.refuse(DecodeError::TooLarge(limits::LINE_BYTES))));
        }
        match request(&text) {
            Err(DecodeError::Json(error)) if error.ends_early && !last => {
                self.format = Format::Done;
                let room = (limits::BODY_DECOMPRESSED_BYTES + 1).saturating_sub(text.len());
                text.push(b'\n');
                self.file.by_ref().take(room as u64).read_to_end(&mut text)?;
                if text.len() > limits::BODY_DECOMPRESSED_BYTES {
                    return Ok(Some(self.refuse(DecodeError::TooLarge(limits::BODY_DECOMPRESSED_BYTES))));
                }
                Ok(Some(Request { number: self.number, decoded: request(&text) }))
            }
            decoded => Ok(Some(Request { number: self.number, decoded })),
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Request>> {
        let Some(text) = self.line(limits::LINE_BYTES)? else { return Ok(None) };
        if text.len() > limits::LINE_BYTES {
            return Ok(Some(self.refuse(DecodeError::TooLarge(limits::LINE_BYTES))));
        }
        Ok(Some(Request { number: self.number, decoded: request(&text) }))
    }

    /// The next line that is not empty. Of one beyond the limit just more than that is kept, the rest is
    /// passed over.
    fn line(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut text = Vec::new();
            let read = self.file.by_ref().take(limit as u64 + 2).read_until(b'\n', &mut text)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if text.last() == Some(&b'\n') {
                text.pop();
            } else if text.len() > limit {
                self.file.skip_until(b'\n')?;
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    /// The next top-level field, which is a request by itself.
    fn message(&mut self) -> io::Result<Option<Request>> {
        let mut head = Vec::with_capacity(11);
        if self.file.by_ref().take(1).read_to_end(&mut head)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let Some(len) = self.length(&mut head)?.filter(|_| head.first() == Some(&0x0a)) else {
            self.format = Format::Done;
            return Ok(Some(self.refuse(DecodeError::Protobuf(MALFORMED))));
        };
        if len > limits::BODY_BYTES as u64 {
            io::copy(&mut self.file.by_ref().take(len), &mut io::sink())?;
            return Ok(Some(self.refuse(DecodeError::TooLarge(limits::BODY_BYTES))));
        }
        let mut message = head;
        if self.file.by_ref().take(len).read_to_end(&mut message)? < len as usize {
            self.format = Format::Done;
            return Ok(Some(self.refuse(DecodeError::Protobuf(MALFORMED))));
        }
        Ok(Some(Request { number: self.number, decoded: any_from_protobuf(&message) }))
    }

    /// A varint, which is also appended to what was read.
    fn length(&mut self, head: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let mut len = 0;
        for shift in (0..63).step_by(7) {
            if self.file.by_ref().take(1).read_to_end(head)? == 0 {
                return Ok(None);
            }
            let byte = head.last().copied().unwrap_or_default();
            len |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(Some(len));
            }
        }
        Ok(None)
    }

    fn refuse(&self, error: DecodeError) -> Request {
        Request { number: self.number, decoded: Err(error) }
    }
}

impl<R: BufRead> Iterator for Requests<R> {
    type Item = io::Result<Request>;

    fn next(&mut self) -> Option<io::Result<Request>> {
        let next = match self.format {
            Format::Unknown => self.first(),
            Format::Lines => self.next_line(),
            Format::Messages => self.message(),
            Format::Done => Ok(None),
        };
        if !matches!(next, Ok(Some(_))) {
            self.format = Format::Done;
        }
        next.transpose()
    }
}

/// A request begins with the tag of its first field, which as text is a line feed; soon after come bytes that
/// no text has.
fn is_protobuf(head: &[u8]) -> bool {
    head.first() == Some(&0x0a) && head.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace())
}

fn request(text: &[u8]) -> Result<Decoded, DecodeError> {
    any_from_json(text)?.ok_or(DecodeError::NotOtlp)
}
