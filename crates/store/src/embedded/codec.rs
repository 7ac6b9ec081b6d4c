//! Bytes at rest: postcard for rows, zstd for blobs, and the cut that keeps ids and times of a span from
//! being stored twice.

use crate::{Result, StoreError, StoreErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use vedette_model::{Span, limits};

pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, format!("a stored value cannot be read, value={what}"))
}

pub(super) fn internal(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Internal, what)
}

pub(super) fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value)
        .map_err(|error| StoreError::caused(StoreErrorKind::Internal, "a value cannot be written", error))
}

pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|_| corrupt(what))
}

/// Reads one value off the front.
pub(super) fn take<'a, T: serde::Deserialize<'a>>(bytes: &mut &'a [u8], what: &str) -> Result<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| corrupt(what))?;
    *bytes = rest;
    Ok(value)
}

/// Fast, for what lives minutes: beyond it the log costs more to compress than to write.
const LOG_LEVEL: i32 = -4;

thread_local! {
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn zstd_failed(error: std::io::Error) -> StoreError {
    StoreError::caused(StoreErrorKind::Internal, "a blob cannot be compressed", error)
}

/// Length and zstd frame; nothing is packed that [`decompress`] would not open.
pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(zstd::bulk::Compressor::new(LOG_LEVEL).map_err(zstd_failed)?),
        };
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= limits::BLOB_BYTES);
        let length = length.ok_or_else(|| internal("a blob is too long"))?;
        let mut frame = length.to_le_bytes().to_vec();
        let packed = compressor.compress(bytes).map_err(zstd_failed)?;
        frame.extend_from_slice(&packed);
        Ok(frame)
    })
}

pub(super) fn decompress(frame: &[u8]) -> Result<Vec<u8>> {
    let (length, frame) = frame.split_first_chunk::<4>().ok_or_else(|| corrupt("blob"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > limits::BLOB_BYTES {
        return Err(corrupt("blob"));
    }
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(zstd::bulk::Decompressor::new().map_err(zstd_failed)?),
        };
        decompressor.decompress(frame, length).map_err(|_| corrupt("blob"))
    })
}

/// The canonical bytes of a span without what its facts say already: run, id, parent, start and end
/// (fields 1, 2, 4, 7, 8 of OTLP's `Span`). None of these compress, and all are in columns beside it.
pub(super) fn cut(canonical: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Vec::with_capacity(canonical.len());
    let mut rest = canonical;
    // Fields come in order, so from the attributes on nothing is cut.
    while let Some((field, length)) = field(rest).filter(|(field, _)| *field <= 8) {
        let (whole, others) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if !matches!(field, 1 | 2 | 4 | 7 | 8) {
            kept.extend_from_slice(whole);
        }
        rest = others;
    }
    if rest.len() == canonical.len() && !canonical.is_empty() {
        return Err(internal("a span was encoded in an unknown way"));
    }
    kept.extend_from_slice(rest);
    Ok(kept)
}

/// Number and whole length of the field that bytes begin with.
fn field(bytes: &[u8]) -> Option<(u8, usize)> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x80 != 0 {
        return None;
    }
    let body = match tag & 7 {
        0 => varint(rest)?.1,
        1 => 8,
        2 => {
            let (length, prefix) = varint(rest)?;
            prefix + usize::try_from(length).ok()?
        }
        5 => 4,
        _ => return None,
    };
    (body <= rest.len()).then_some((tag >> 3, 1 + body))
}

/// Value and length.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Undoes [`cut`].
pub(super) fn restore(rest: &[u8], span: &Span) -> Vec<u8> {
    let mut whole = Vec::with_capacity(rest.len() + 64);
    whole.extend_from_slice(&[1 << 3 | 2, 16]);
    whole.extend_from_slice(&span.run.0);
    whole.extend_from_slice(&[2 << 3 | 2, 8]);
    whole.extend_from_slice(&span.id.0);
    if let Some(parent) = span.parent {
        whole.extend_from_slice(&[4 << 3 | 2, 8]);
        whole.extend_from_slice(&parent.0);
    }
    for (tag, time) in [(7 << 3 | 1, Some(span.start)), (8 << 3 | 1, span.end)] {
        if let Some(time) = time.filter(|time| time.0 > 0) {
            whole.push(tag);
            whole.extend_from_slice(&time.0.to_le_bytes());
        }
    }
    whole.extend_from_slice(rest);
    whole
}
