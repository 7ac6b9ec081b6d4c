//! OTLP bytes to raw spans and back. Pure: bytes in, values out.
//!
//! # Reading a request
//!
//! [`traces_from_protobuf`], [`traces_from_json`], [`logs_from_protobuf`], [`logs_from_json`],
//! [`metrics_from_protobuf`], [`metrics_from_json`], and for gRPC [`traces_from_request`] and its like, all
//! give [`Decoded`]; [`Spans`] gives the spans of a protobuf request one by one. They fail only if the bytes are no request at all; a span that is none (no valid id, too
//! large, malformed) is refused alone, with a reason that names the field and the remedy. Values beyond
//! `model::limits` are cut, and their keys listed in the attribute `vedette.truncated` of the span (or
//! resource, or scope) they belong to; an entry such as `events (3 dropped)` says how much of a list is
//! missing. Of a resource or scope, which stand for many spans, what has no room or cannot be read in JSON is left
//! out alone, and listed there too. Spans of one resource and scope share them by [`Arc`](std::sync::Arc).
//!
//! An end time of 0 means open if the span has `vedette.open` = true; otherwise the span is an instant that
//! ends where it starts. An end before the start is kept as sent.
//!
//! # Keeping a span
//!
//! [`encode_span`] gives the canonical bytes that are hashed and stored, [`decode_span`] reads them back;
//! resource and scope have their own pairs. The same span through protobuf, JSON or a file gives the same
//! bytes. [`traces_to_json`] and [`traces_to_protobuf`] export whole requests.
//!
//! # Files and answers
//!
//! [`Requests`] reads a file of OTLP, request by request, in bounded memory; [`any_from_json`] is for files
//! whose lines may be something else. [`export_response`] and [`status_response`] are the bodies of answers.

mod bounds;
mod encode;
mod file;
mod json;
mod json_decode;
mod json_encode;
mod json_envelope;
mod json_fields;
mod json_text;
mod parts;
mod protobuf;
mod response;
mod wire;

pub use encode::{Encoder, encode_resource, encode_scope, encode_span, traces_to_protobuf};
pub use file::{Request, Requests};
pub use json_decode::{any_from_json, logs_from_json, metrics_from_json, traces_from_json};
pub use json_encode::traces_to_json;
pub use json_text::json_text;
pub use protobuf::{
    Spans, any_from_protobuf, decode_resource, decode_scope, decode_span, logs_from_protobuf, metrics_from_protobuf,
    traces_from_protobuf,
};
pub use response::{Encoding, Signal, export_response, partial_success, status_response};

use bounds::Reason;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::borrow::Cow;
use vedette_model::{RawLog, RawSpan, limits};

/// What a request held, item by item.
#[derive(Debug, Default, PartialEq)]
pub struct Decoded {
    /// In the order sent.
    pub spans: Vec<RawSpan>,
    /// In the order sent.
    pub logs: Vec<RawLog>,
    /// Data points of metrics, which are counted only.
    pub points: u64,
    /// What could not be taken in, by reason.
    pub refused: Vec<Refusal>,
}

/// Items of a request that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// How many.
    pub count: u64,
    /// Names the field and the remedy.
    pub reason: String,
    /// Which was the first of them: its place in the request, from 1, and its name; such as `item 2, "chat"`.
    /// Empty for what lay beyond the items that a request may hold.
    pub first: String,
}

/// The reason, and the first to which it applied.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)?;
        if self.first.is_empty() { Ok(()) } else { write!(f, " (first: {})", self.first) }
    }
}

/// Why bytes are no OTLP.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The envelope of a protobuf request.
    #[error("not an OTLP protobuf request: {0}")]
    Protobuf(&'static str),
    /// The envelope of a JSON request.
    #[error("not an OTLP JSON request: {0}")]
    Json(JsonError),
    /// A request of another signal, sent to the wrong address.
    #[error("{0}: missing; this address takes another OTLP signal than the one sent")]
    OtherSignal(&'static str),
    /// A resource, a scope or a stored span.
    #[error("not an OTLP message: {0}")]
    Item(Cow<'static, str>),
    /// A file that holds something else, or a line of it.
    #[error("no OTLP: expected an object with resourceSpans, resourceLogs or resourceMetrics")]
    NotOtlp,
    /// A line or message of a file that is larger than its bound.
    #[error("larger than {0} bytes; split the file")]
    TooLarge(usize),
}

/// What is wrong with a JSON text, and where.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    message: String,
    /// The text ends before its JSON does.
    ends_early: bool,
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        let message = vedette_model::cut(&error.to_string(), limits::MESSAGE_BYTES).into_owned();
        DecodeError::Json(JsonError { message, ends_early: error.is_eof() })
    }
}

const TOO_MANY: Reason =
    Cow::Borrowed("spans: more than 100000 (limits::SPANS_PER_REQUEST) in one request; send smaller batches");
const TOO_LARGE: Reason =
    Cow::Borrowed("span: larger than 16777216 bytes (limits::SPAN_BYTES); shorten its attributes");

/// Counts items that were refused; `first` says which item this is.
fn refuse(refused: &mut Vec<Refusal>, count: u64, reason: Reason, first: impl FnOnce() -> String) {
    if count == 0 {
        return;
    }
    let full = refused.len() >= limits::REFUSAL_REASONS;
    let same = refused.iter_mut().find(|refusal| refusal.reason == reason);
    match same {
        Some(refusal) => refusal.count += count,
        None if full => refused.last_mut().into_iter().for_each(|refusal| refusal.count += count),
        None => {
            let first = if reason == TOO_MANY { String::new() } else { first() };
            refused.push(Refusal { count, reason: reason.into_owned(), first });
        }
    }
}

/// The `at`th item of a request, from 1, by its name if it has one.
fn place(at: usize, name: &str) -> String {
    let name: String = name.chars().take(limits::REFUSAL_NAME_CHARS).collect();
    if name.is_empty() { format!("item {at}") } else { format!("item {at}, {name:?}") }
}

/// Whether the `count`th item of a request may be read, given its size.
fn admit(count: usize, bytes: usize) -> Result<(), Reason> {
    if count > limits::SPANS_PER_REQUEST {
        return Err(TOO_MANY);
    }
    if bytes > limits::SPAN_BYTES {
        return Err(TOO_LARGE);
    }
    Ok(())
}

/// A gRPC request, as [`traces_from_protobuf`] reads it.
///
/// # Errors
/// If a resource is beyond all bounds.
pub fn traces_from_request(request: &ExportTraceServiceRequest) -> Result<Decoded, DecodeError> {
    traces_from_protobuf(&request.encode_to_vec())
}

/// A gRPC request, as [`logs_from_protobuf`] reads it.
///
/// # Errors
/// If a resource is beyond all bounds.
pub fn logs_from_request(request: &ExportLogsServiceRequest) -> Result<Decoded, DecodeError> {
    logs_from_protobuf(&request.encode_to_vec())
}

/// A gRPC request, as [`metrics_from_protobuf`] reads it.
///
/// # Errors
/// If a resource is beyond all bounds.
pub fn metrics_from_request(request: &ExportMetricsServiceRequest) -> Result<Decoded, DecodeError> {
    metrics_from_protobuf(&request.encode_to_vec())
}
