//! What arrived, untouched. Every door makes these; the store keeps them whole, so that a newer
//! normalizer can read them again.

use crate::{Attributes, RunKey, SpanKey, Timestamp, Value};
use std::sync::Arc;

/// OTLP's span kind: the role in a remote call, not what Vedette calls kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtelKind {
    /// Not said.
    #[default]
    Unspecified,
    /// Inside the process.
    Internal,
    /// Serves a call.
    Server,
    /// Makes a call.
    Client,
    /// Puts a message on a queue.
    Producer,
    /// Takes a message off a queue.
    Consumer,
}

/// OTLP's status code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusCode {
    /// Not said; an ended span counts as a success.
    #[default]
    Unset,
    /// Said to be well.
    Ok,
    /// Said to be failed.
    Error,
}

/// A span's status as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawStatus {
    /// The code.
    pub code: StatusCode,
    /// The message, often empty.
    pub message: String,
}

/// What all spans of one process share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// `service.name` and its like.
    pub attributes: Attributes,
}

/// The instrumentation that made a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Such as `openinference.instrumentation.openai`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Schema of its attributes, rarely set.
    pub schema_url: String,
    /// Rarely set.
    pub attributes: Attributes,
}

/// An event inside a span: an exception, a message, a first token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawEvent {
    /// When.
    pub time: Timestamp,
    /// Such as `exception`.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
}

/// A link to a span of any trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawLink {
    /// The other trace.
    pub run: RunKey,
    /// The other span.
    pub span: SpanKey,
    /// Its attributes.
    pub attributes: Attributes,
}

/// One span as it arrived. `end` is `None` while it is open (`vedette.open`).
///
/// A log record is one too, once a door has made it a point event with [`RawLog::into_span`]: it has
/// no duration, its parent is the span it names, and its content joins that span when one is opened.
#[derive(Clone, Debug, PartialEq)]
pub struct RawSpan {
    /// The run: the trace.
    pub run: RunKey,
    /// The span inside it.
    pub id: SpanKey,
    /// The parent; `None` for a root. May name a span that never comes.
    pub parent: Option<SpanKey>,
    /// As sent.
    pub name: String,
    /// As sent.
    pub otel_kind: OtelKind,
    /// Sender's clock.
    pub start: Timestamp,
    /// Sender's clock; `None` while open.
    pub end: Option<Timestamp>,
    /// As sent.
    pub status: RawStatus,
    /// As sent, sorted.
    pub attributes: Attributes,
    /// In the order sent.
    pub events: Vec<RawEvent>,
    /// In the order sent.
    pub links: Vec<RawLink>,
    /// Shared by all spans of the request's resource.
    pub resource: Arc<Resource>,
    /// Shared by all spans of the request's scope.
    pub scope: Arc<Scope>,
}

/// One OTLP log record as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct RawLog {
    /// The run it belongs to, if it says so.
    pub run: Option<RunKey>,
    /// The span it belongs to, if it says so.
    pub span: Option<SpanKey>,
    /// Event time, or the time it was observed.
    pub time: Timestamp,
    /// Such as `gen_ai.choice`; older senders put it in the attribute `event.name`.
    pub event_name: String,
    /// Such as `INFO`.
    pub severity: String,
    /// Text or structure.
    pub body: Value,
    /// As sent, sorted.
    pub attributes: Attributes,
    /// Shared.
    pub resource: Arc<Resource>,
    /// Shared.
    pub scope: Arc<Scope>,
}

impl RawSpan {
    /// Attribute that marks a span made of a log record; its value is the event name or `log`.
    pub const LOG: &'static str = "vedette.log";
    /// Attribute that holds a log record's body.
    pub const LOG_BODY: &'static str = "vedette.log.body";
    /// Attribute that holds a log record's severity.
    pub const LOG_SEVERITY: &'static str = "vedette.log.severity";
    /// Attribute that announces an open span.
    pub const OPEN: &'static str = "vedette.open";
    /// Attribute that lists the keys whose values were cut.
    pub const TRUNCATED: &'static str = "vedette.truncated";
    /// Attribute that keeps a foreign spelling of the run's id.
    pub const EXTERNAL_ID: &'static str = "vedette.external_id";

    /// Whether a door made it of a log record.
    #[must_use]
    pub fn is_log_record(&self) -> bool {
        self.attributes.get(Self::LOG).is_some()
    }

    /// An attribute of the span, else of its resource.
    #[must_use]
    pub fn attribute_or_resource(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key).or_else(|| self.resource.attributes.get(key))
    }
}

impl RawLog {
    /// The point event that keeps this record, or `None` if it names no run (such records are dropped
    /// and counted, `decisions.md` §1). The id is a hash of the content, so a repeat is recognized.
    #[must_use]
    pub fn into_span(self) -> Option<RawSpan> {
        let run = self.run?;
        let event_name = self.event_name;
        let mut attributes = self.attributes;
        if !self.severity.is_empty() {
            attributes.set(RawSpan::LOG_SEVERITY, self.severity);
        }
        if self.body != Value::Null {
            attributes.set(RawSpan::LOG_BODY, self.body);
        }
        let name =
            if event_name.is_empty() { attributes.str("event.name").unwrap_or("log").to_owned() } else { event_name };
        attributes.set(RawSpan::LOG, name.as_str());
        let identity = format!("{run} {:?} {} {attributes:?}", self.span, self.time.0);
        let id = crate::content_hash(identity.as_bytes()).max(1);
        Some(RawSpan {
            run,
            id: SpanKey(id.to_be_bytes()),
            parent: self.span,
            name,
            otel_kind: OtelKind::Unspecified,
            start: self.time,
            end: Some(self.time),
            status: RawStatus::default(),
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            resource: self.resource,
            scope: self.scope,
        })
    }
}
