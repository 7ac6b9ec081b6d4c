//! Any bytes as each JSON body of the runs API and the batch API: it is read or the field that is wrong is
//! named, and what is read can be kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vedette_model::{RawSpan, RunKey, Timestamp};
use vedette_otlp as otlp;

// The server's own files: they are pure, and the rest of the server is too much to build with coverage.
#[allow(dead_code)]
#[path = "../../crates/server/src/error/api_error.rs"]
mod error;
#[allow(dead_code)]
#[path = "../../crates/server/src/native.rs"]
mod native;
#[allow(dead_code)]
#[path = "../../crates/server/src/config"]
mod config {
    mod region;
    pub use region::Region;
}
#[allow(dead_code)]
#[path = "../../crates/server/src/ingest/read"]
mod read {
    pub mod batch;
    pub mod events;
    pub mod fields;
    pub mod heartbeats;
    pub mod runs;
}

use error::ApiError;
use read::batch::{Traces, read_langfuse_score, read_record};
use read::fields::{Fields, parse_body};
use read::heartbeats::{Heartbeat, parameters_of, ping_body};
use read::runs::{read_events, read_finish, read_start};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000_000);
const RUN: RunKey = RunKey([7; 16]);

/// What was read, if it was; else the refusal is one that its sender can mend.
fn taken<T>(read: Result<T, ApiError>) -> Option<T> {
    read.inspect_err(check_refusal).ok()
}

fn check_refusal(error: &ApiError) {
    assert!(error.kind.status().is_client_error(), "{error:?}");
    assert!(error.field.is_some(), "the field is named: {error:?}");
    assert!(error.message.len() < 10_000, "a refusal is short");
}

fn check_kept(span: &RawSpan) {
    let kept = otlp::encode_span(span);
    let (resource, scope) = (span.resource.clone(), span.scope.clone());
    let back = otlp::decode_span(&kept, resource, scope).expect("what is kept can be read");
    assert_eq!(otlp::encode_span(&back), kept);
    assert!(span.end.is_none_or(|end| span.start <= end), "nothing ends before it began: {span:?}");
}

/// Traces of a batch, and spans of those of which any can be told.
fn items(batch: &Value) -> usize {
    let traces = batch.get("traces").and_then(Value::as_array).into_iter().flatten();
    let spans = |entry: &Value| match (entry.get("trace"), entry.get("spans")) {
        (Some(Value::Object(_)), Some(Value::Array(spans))) => spans.len(),
        _ => 0,
    };
    traces.map(|entry| 1 + spans(entry)).sum()
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(parameters) = parameters_of(bytes)
        && let Some(body) = taken(ping_body(&parameters))
    {
        let _ = taken(Heartbeat::read(&Fields::of(&body, "").expect("an object"), None));
    }
    let json = match parse_body(bytes) {
        Ok(json) if json.is_object() => json,
        _ => return,
    };
    let fields = Fields::of(&json, "").expect("an object");
    let _ = taken(read_start(&fields, None, NOW));
    let _ = taken(Heartbeat::read(&fields, None));
    let _ = taken(read_langfuse_score(&fields, NOW));
    taken(read_events(&fields, RUN, None)).iter().flatten().for_each(check_kept);
    if let Some((_, spans)) = taken(read_finish(&fields, RUN, NOW)) {
        spans.iter().for_each(check_kept);
    }
    if let Some((_, span)) = taken(read_record(&fields, None, NOW)) {
        check_kept(&span);
    }
    if let Some(traces) = taken(Traces::read(&fields, NOW)) {
        traces.spans.iter().for_each(check_kept);
        traces.rejected.iter().for_each(check_refusal);
        assert_eq!(traces.opened.len() + traces.spans.len() + traces.rejected.len(), items(&json), "each is answered");
        assert!(traces.closed.len() <= traces.opened.len());
    }
});
