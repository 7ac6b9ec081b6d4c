//! A span and a log record while they are read: the one place that decides what is refused, what an end
//! time of 0 means and which names stand for which numbers. Both spellings of OTLP end here.

use crate::bounds::{Intake, Reason};
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{
    OtelKind, RawEvent, RawLink, RawLog, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, StatusCode, Timestamp,
    Value,
};

const TRACE_ID: Reason = Cow::Borrowed("trace_id: not 16 bytes, or all zero; send the 16 bytes of a W3C trace id");
const SPAN_ID: Reason = Cow::Borrowed("span_id: not 8 bytes, or all zero; send the 8 bytes of a W3C span id");
const PARENT_ID: Reason =
    Cow::Borrowed("parent_span_id: not 8 bytes; send the parent's span id, or nothing for a root");

/// The fields of an OTLP span.
#[derive(Default)]
pub(crate) struct SpanParts<'a> {
    pub trace_id: Cow<'a, [u8]>,
    pub span_id: Cow<'a, [u8]>,
    pub parent_span_id: Cow<'a, [u8]>,
    pub name: String,
    pub kind: u64,
    pub start_nanos: u64,
    pub end_nanos: u64,
    pub status_code: u64,
    pub status_message: String,
    pub attributes: Vec<(String, Value)>,
    pub events: Vec<RawEvent>,
    pub links: Vec<RawLink>,
}

/// The fields of an OTLP log record.
#[derive(Default)]
pub(crate) struct LogParts<'a> {
    pub trace_id: Cow<'a, [u8]>,
    pub span_id: Cow<'a, [u8]>,
    pub time_nanos: u64,
    pub observed_nanos: u64,
    pub event_name: String,
    pub severity_text: String,
    pub severity_number: u64,
    pub body: Value,
    pub attributes: Vec<(String, Value)>,
}

impl SpanParts<'_> {
    /// The span, or why it is none. An end time of 0 means open if `vedette.open` says so, else that the
    /// span is an instant. An end before the start is kept as sent.
    pub(crate) fn finish(
        self,
        intake: &mut Intake,
        resource: &Arc<Resource>,
        scope: &Arc<Scope>,
    ) -> Result<RawSpan, Reason> {
        let run = RunKey::from_trace_id(&self.trace_id).ok_or(TRACE_ID)?;
        let id = SpanKey::from_span_id(&self.span_id).ok_or(SPAN_ID)?;
        let parent = optional(&self.parent_span_id, SpanKey::from_span_id, PARENT_ID)?;
        let attributes = intake.finish(self.attributes);
        let start = Timestamp::from_unix_nanos(self.start_nanos);
        let end = match self.end_nanos {
            0 if attributes.get(RawSpan::OPEN).and_then(Value::as_bool) == Some(true) => None,
            0 => Some(start),
            nanos => Some(Timestamp::from_unix_nanos(nanos)),
        };
        Ok(RawSpan {
            run,
            id,
            parent,
            name: self.name,
            otel_kind: otel_kind(self.kind),
            start,
            end,
            status: RawStatus { code: status_code(self.status_code), message: self.status_message },
            attributes,
            events: self.events,
            links: self.links,
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
        })
    }
}

impl LogParts<'_> {
    /// The record, or why it is none. Without its own time it has the time it was observed.
    pub(crate) fn finish(
        self,
        intake: &mut Intake,
        resource: &Arc<Resource>,
        scope: &Arc<Scope>,
    ) -> Result<RawLog, Reason> {
        let nanos = if self.time_nanos == 0 { self.observed_nanos } else { self.time_nanos };
        Ok(RawLog {
            run: optional(&self.trace_id, RunKey::from_trace_id, TRACE_ID)?,
            span: optional(&self.span_id, SpanKey::from_span_id, SPAN_ID)?,
            time: Timestamp::from_unix_nanos(nanos),
            event_name: self.event_name,
            severity: if self.severity_text.is_empty() {
                severity(self.severity_number).to_owned()
            } else {
                self.severity_text
            },
            body: self.body,
            attributes: intake.finish(self.attributes),
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
        })
    }
}

/// An id that may be left out: some senders write none as zeros.
fn optional<K>(bytes: &[u8], read: impl Fn(&[u8]) -> Option<K>, refusal: Reason) -> Result<Option<K>, Reason> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    read(bytes).map(Some).ok_or(refusal)
}

fn otel_kind(number: u64) -> OtelKind {
    match number {
        1 => OtelKind::Internal,
        2 => OtelKind::Server,
        3 => OtelKind::Client,
        4 => OtelKind::Producer,
        5 => OtelKind::Consumer,
        _ => OtelKind::Unspecified,
    }
}

fn status_code(number: u64) -> StatusCode {
    match number {
        1 => StatusCode::Ok,
        2 => StatusCode::Error,
        _ => StatusCode::Unset,
    }
}

/// The short name of OTLP's severity number; its four steps within a name are not told apart.
fn severity(number: u64) -> &'static str {
    match number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => "",
    }
}
