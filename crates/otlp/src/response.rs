//! Bodies of answers, as the OTLP specification gives them: what was refused beside what was taken in
//! (`partial_success`), and why a request failed (`google.rpc.Status`).

use crate::Refusal;
use crate::wire::Writer;
use serde_json::json;

/// How a body is written; an answer is written as its request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metrics.
    Metrics,
}

impl Encoding {
    /// The media type to answer with.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

/// How many items were refused, why, and which was the first for each reason, for `partial_success`; `None` if none was.
#[must_use]
pub fn partial_success(refused: &[Refusal]) -> Option<(u64, String)> {
    let count: u64 = refused.iter().map(|refusal| refusal.count).sum();
    let reasons: Vec<String> = refused.iter().map(|refusal| format!("{} refused: {refusal}", refusal.count)).collect();
    (count > 0).then(|| (count, reasons.join("; ")))
}

/// The body of a 200: an `Export*ServiceResponse`, empty if nothing was refused.
#[must_use]
pub fn export_response(signal: Signal, refused: &[Refusal], encoding: Encoding) -> Vec<u8> {
    let Some((count, message)) = partial_success(refused) else {
        return match encoding {
            Encoding::Protobuf => Vec::new(),
            Encoding::Json => b"{}".to_vec(),
        };
    };
    match encoding {
        Encoding::Protobuf => {
            let mut writer = Writer::with_capacity(message.len() + 32);
            writer.message_field(1, |writer| {
                writer.bytes_field(2, message.as_bytes());
                writer.varint_field(1, count);
            });
            writer.finish()
        }
        Encoding::Json => {
            let rejected = match signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
            };
            json!({ "partialSuccess": { rejected: count.to_string(), "errorMessage": message } })
                .to_string()
                .into_bytes()
        }
    }
}

/// The body of a 4xx or 5xx: a `google.rpc.Status` with a gRPC code (3 for a bad request, 8 and 14 for
/// one to try again).
#[must_use]
pub fn status_response(code: u8, message: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => {
            let mut writer = Writer::with_capacity(message.len() + 16);
            writer.bytes_field(2, message.as_bytes());
            writer.varint_field(1, u64::from(code));
            writer.finish()
        }
        Encoding::Json => json!({ "code": code, "message": message }).to_string().into_bytes(),
    }
}
