//! Request bodies: received within their bound and the doors' room, then decompressed within theirs.
//! What is too large is refused with the limit's name and size before it is held.

use super::Room;
use crate::app::App;
use crate::error::{ApiError, ErrorKind};
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use std::io::Read;
use std::time::Duration;
use vedette_model::limits;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Identity,
    /// Also of several members.
    Gzip,
    /// Zlib, or bare as some clients send it.
    Deflate,
    /// Also of several frames.
    Zstd,
}

impl Compression {
    /// The token of `Content-Encoding` and `grpc-encoding`.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        match token.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let token = headers.get(header::CONTENT_ENCODING).map_or(Ok(""), |value| value.to_str());
        token.ok().and_then(Self::parse).ok_or_else(|| {
            ApiError::new(
                ErrorKind::UnsupportedMediaType,
                "unknown content encoding; send identity, gzip, deflate or zstd",
            )
        })
    }
}

/// A body as it came.
pub struct Received {
    pub(super) bytes: Vec<u8>,
    compression: Compression,
    room: Room,
}

/// A body ready to be decoded.
pub struct Opened {
    /// Decompressed.
    pub bytes: Vec<u8>,
    room: Room,
}

impl Opened {
    /// What is read of it, and its room: to be kept as long as what was read.
    pub fn read<T>(self, read: impl FnOnce(&[u8]) -> Result<T, ApiError>) -> Result<(T, Room), ApiError> {
        Ok((read(&self.bytes)?, self.room))
    }
}

/// Made for a body before it comes.
const ROOM_AHEAD: usize = 4 << 20;

/// Reads a whole body.
pub async fn receive(app: &App, headers: &HeaderMap, body: Body) -> Result<Received, ApiError> {
    let compression = Compression::of(headers)?;
    let (bytes, room) = collect(app, body).await?;
    Ok(Received { bytes, compression, room })
}

/// Reads a body's bytes, whatever they are. One that stalls or trickles gives its room back to others.
pub async fn collect(app: &App, body: Body) -> Result<(Vec<u8>, Room), ApiError> {
    in_time(limits::BODY_TIME, gather(app.intake.room(), limits::BODY_SILENCE, body)).await?
}

/// What a sender has so much time for, or 408.
pub async fn in_time<T>(time: Duration, arriving: impl Future<Output = T>) -> Result<T, ApiError> {
    tokio::time::timeout(time, arriving).await.map_err(|_| {
        let message =
            format!("the body did not come or go on within {} s; send it again without pauses", time.as_secs());
        ApiError::new(ErrorKind::TooSlow, message)
    })
}

async fn gather(mut room: Room, silence: Duration, body: Body) -> Result<(Vec<u8>, Room), ApiError> {
    // What is announced is a hint; what comes is counted.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(announced.min(ROOM_AHEAD));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = in_time(silence, chunks.next()).await? {
        let chunk = chunk.map_err(|error| ApiError::new(ErrorKind::Invalid, format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > limits::BODY_BYTES {
            return Err(too_large("body", limits::BODY_BYTES));
        }
        room.take(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, room))
}

fn too_large(what: &str, limit: usize) -> ApiError {
    ApiError::new(ErrorKind::TooLarge, format!("the {what} is larger than {limit} bytes; send smaller batches"))
}

impl Received {
    /// With the compression that a framing inside the body says.
    pub(super) fn framed(bytes: Vec<u8>, compression: Compression, room: Room) -> Self {
        Received { bytes, compression, room }
    }

    /// Decompresses. Blocks for as long as that takes.
    pub fn open(self) -> Result<Opened, ApiError> {
        let Received { bytes, compression, mut room } = self;
        let bytes = match compression {
            Compression::Identity => bytes,
            Compression::Gzip => inflate(flate2::read::MultiGzDecoder::new(bytes.as_slice()), "gzip", &mut room)?,
            // RFC 1950 begins with the method 8 and a checksum over the first two bytes.
            Compression::Deflate
                if matches!(bytes.as_slice(), [method, check, ..]
                if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*check)) % 31 == 0) =>
            {
                inflate(flate2::read::ZlibDecoder::new(bytes.as_slice()), "deflate", &mut room)?
            }
            Compression::Deflate => inflate(flate2::read::DeflateDecoder::new(bytes.as_slice()), "deflate", &mut room)?,
            Compression::Zstd => {
                let decoder =
                    zstd::stream::read::Decoder::new(bytes.as_slice()).map_err(|error| corrupt("zstd", &error))?;
                inflate(decoder, "zstd", &mut room)?
            }
        };
        Ok(Opened { bytes, room })
    }
}

fn corrupt(what: &str, error: &std::io::Error) -> ApiError {
    ApiError::new(ErrorKind::Invalid, format!("the body is no {what}: {error}"))
}

/// Bytes decompressed at a time: small beside the bound, large beside a call.
const STEP: usize = 256 << 10;

fn inflate(mut reader: impl Read, what: &str, room: &mut Room) -> Result<Vec<u8>, ApiError> {
    let mut out = Vec::new();
    loop {
        room.take(STEP)?;
        let more = reader.by_ref().take(STEP as u64).read_to_end(&mut out).map_err(|error| corrupt(what, &error))?;
        if out.len() > limits::BODY_DECOMPRESSED_BYTES {
            return Err(too_large("decompressed body", limits::BODY_DECOMPRESSED_BYTES));
        }
        if more == 0 {
            return Ok(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Intake;
    use std::io::Write;

    fn open(bytes: Vec<u8>, compression: Compression) -> Result<Vec<u8>, ApiError> {
        Received::framed(bytes, compression, Intake::default().room()).open().map(|opened| opened.bytes)
    }

    #[test]
    fn every_compression_is_opened() {
        let text = b"a trace of an agent ".repeat(1_000);
        let level = flate2::Compression::default();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), level);
        gzip.write_all(&text).expect("memory");
        zlib.write_all(&text).expect("memory");
        bare.write_all(&text).expect("memory");
        for (compression, bytes) in [
            (Compression::Identity, text.clone()),
            (Compression::Gzip, gzip.finish().expect("memory")),
            (Compression::Deflate, zlib.finish().expect("memory")),
            (Compression::Deflate, bare.finish().expect("memory")),
            (Compression::Zstd, zstd::encode_all(text.as_slice(), 3).expect("memory")),
        ] {
            assert_eq!(open(bytes, compression).expect("opens"), text, "{compression:?}");
        }
    }

    #[test]
    fn a_bomb_is_refused_and_its_room_given_back() {
        let zeros = vec![0; limits::BODY_DECOMPRESSED_BYTES + 1];
        let bomb = zstd::encode_all(zeros.as_slice(), 1).expect("memory");
        drop(zeros);
        let intake = Intake::default();
        let error = Received::framed(bomb, Compression::Zstd, intake.room()).open().err().expect("refused");
        assert_eq!(error.kind, ErrorKind::TooLarge);
        assert!(intake.room().take(limits::INGEST_BYTES).is_ok());
    }

    #[test]
    fn what_is_no_compression_is_the_senders_fault() {
        for compression in [Compression::Gzip, Compression::Deflate, Compression::Zstd] {
            let error = open(b"no such thing".to_vec(), compression).expect_err("refused");
            assert_eq!(error.kind, ErrorKind::Invalid, "{compression:?}");
        }
    }

    #[test]
    fn a_body_that_stalls_is_refused_and_its_room_given_back() {
        let intake = Intake::default();
        let first = futures::stream::iter([Ok::<_, std::io::Error>(vec![0; limits::BODY_BYTES])]);
        let body = Body::from_stream(first.chain(futures::stream::pending()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let error = runtime.block_on(gather(intake.room(), Duration::ZERO, body)).err().expect("refused");
        assert_eq!((error.kind, error.kind.status().as_u16()), (ErrorKind::TooSlow, 408));
        assert!(intake.room().take(limits::INGEST_BYTES).is_ok());
    }

    #[test]
    fn what_was_read_of_a_body_keeps_its_room() {
        let intake = Intake::default();
        let mut room = intake.room();
        room.take(10).expect("room");
        let opened = Received::framed(b"12345".to_vec(), Compression::Identity, room).open().expect("opens");
        let (read, kept) = opened.read(|bytes| Ok(bytes.len())).expect("read");
        assert_eq!(read, 5);
        assert!(intake.room().take(limits::INGEST_BYTES).is_err(), "as long as its room is held");
        drop(kept);
        assert!(intake.room().take(limits::INGEST_BYTES).is_ok());
    }

    #[test]
    fn a_full_room_says_when_to_come_back() {
        let intake = Intake::default();
        let mut first = intake.room();
        first.take(limits::INGEST_BYTES).expect("room");
        let error = intake.room().take(1).expect_err("full");
        assert_eq!((error.kind, error.retry_after.is_some()), (ErrorKind::Unavailable, true));
        drop(first);
        assert!(intake.room().take(1).is_ok());
    }
}
