//! The values of OTLP/JSON fields, in every spelling that senders use. What cannot be read is refused by
//! the field's name.

use crate::bounds::Reason;
use crate::json::Json;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

pub(crate) fn unreadable(field: &str, expected: &str) -> Reason {
    format!("{field}: expected {expected}").into()
}

pub(crate) fn fields<'a>(of: &str, json: Json<'a>) -> Result<Vec<(Cow<'a, str>, Json<'a>)>, Reason> {
    match json {
        Json::Object(pairs) => Ok(pairs),
        Json::Null => Ok(Vec::new()),
        _ => Err(unreadable(of, "an object")),
    }
}

pub(crate) fn elements<'a>(field: &str, json: Json<'a>) -> Result<Vec<Json<'a>>, Reason> {
    match json {
        Json::Array(items) => Ok(items),
        Json::Null => Ok(Vec::new()),
        _ => Err(unreadable(field, "a list")),
    }
}

pub(crate) fn string<'a>(field: &str, json: Json<'a>) -> Result<Cow<'a, str>, Reason> {
    match json {
        Json::Text(text) => Ok(text),
        Json::Null => Ok(Cow::Borrowed("")),
        _ => Err(unreadable(field, "text")),
    }
}

pub(crate) fn integer(json: &Json<'_>) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    match json {
        Json::Int(number) => Some(*number),
        Json::Uint(number) => i64::try_from(*number).ok(),
        Json::Float(number) => whole(*number),
        Json::Text(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }
}

/// Unsigned nanoseconds; a float is what a sender without 64-bit integers has.
pub(crate) fn nanos(field: &str, json: Json<'_>) -> Result<u64, Reason> {
    match &json {
        Json::Null => Some(0),
        Json::Int(number) => u64::try_from(*number).ok(),
        Json::Uint(number) => Some(*number),
        Json::Float(number) if *number >= 0.0 => Some(*number as u64),
        Json::Text(text) if text.is_empty() => Some(0),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
    .ok_or_else(|| unreadable(field, "nanoseconds since 1970 as an integer or as text"))
}

pub(crate) const KINDS: [(&str, u64); 6] =
    [("UNSPECIFIED", 0), ("INTERNAL", 1), ("SERVER", 2), ("CLIENT", 3), ("PRODUCER", 4), ("CONSUMER", 5)];
pub(crate) const STATUS_CODES: [(&str, u64); 3] = [("UNSET", 0), ("OK", 1), ("ERROR", 2)];
pub(crate) const SEVERITIES: [(&str, u64); 6] =
    [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];

/// An enum by its number, or by its name with or without the prefix. An unknown one is 0, as in protobuf.
pub(crate) fn number_or_name(field: &str, json: Json<'_>, prefix: &str, names: &[(&str, u64)]) -> Result<u64, Reason> {
    if let Some(number) = integer(&json) {
        return Ok(u64::try_from(number).unwrap_or(0));
    }
    let name = string(field, json)?.to_ascii_uppercase();
    let name = name.strip_prefix(prefix).unwrap_or(&name);
    // SEVERITY_NUMBER_INFO2 is a step of INFO.
    let name = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    Ok(names.iter().find(|(known, _)| *known == name).map_or(0, |(_, number)| *number))
}

/// An id as hex of any case, else as base64.
pub(crate) fn id<'a, const N: usize>(field: &str, json: Json<'a>) -> Result<Cow<'a, [u8]>, Reason> {
    let text = string(field, json)?;
    if let Some(bytes) = hex::<N>(&text) {
        return Ok(Cow::Owned(bytes.to_vec()));
    }
    if text.len() <= 4 * N
        && let Some(bytes) = base64(&text).filter(|bytes| bytes.len() == N)
    {
        return Ok(Cow::Owned(bytes));
    }
    if text.is_empty() { Ok(Cow::Borrowed(&[])) } else { Err(unreadable(field, &format!("{} hex digits", 2 * N))) }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut id = [0; N];
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(pairs) {
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? << 4 | digit(*low)?) as u8;
    }
    Some(id)
}

/// Bytes as base64 of either alphabet, with or without padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
