//! OTLP protobuf to raw spans and log records, straight from the bytes.
//!
//! Not by way of generated messages: those refuse a whole request for one bad string, stop at a depth
//! that our own bound lies beyond, and take sixteen times the memory of a hostile body before any bound
//! can be asked. Tests hold the two against each other.

mod values;

use crate::bounds::{Bounds, Intake, Reason};
use crate::parts::{LogParts, SpanParts};
use crate::wire::{Fields, Payload};
use crate::{DecodeError, Decoded, Refusal, Signal, TOO_MANY};
use std::borrow::Cow;
use std::sync::Arc;
use values::{AttributeList, any_value};
use vedette_model::{Attributes, RawEvent, RawLink, RawSpan, Resource, RunKey, Scope, SpanKey, Timestamp, limits};

/// The field of an item that holds its name: of a span, of a log record.
const SPAN_NAME: u64 = 5;
const EVENT_NAME: u64 = 12;

/// The spans of an `ExportTraceServiceRequest` (or `TracesData`, which is the same) whose envelope is sound.
/// Each is read when it is asked for, so that what is made of it is made of warm memory, and one at a time
/// lies there decoded.
pub struct Spans<'a> {
    items: std::vec::IntoIter<Item<'a>>,
    read: usize,
    intake: Intake,
    refused: Vec<Refusal>,
}

impl<'a> Spans<'a> {
    /// Reads the envelope, with resources and scopes.
    ///
    /// # Errors
    /// If the bytes are no such message.
    pub fn of(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut intake = Intake::new(Bounds::ARRIVING);
        let Items { list, beyond } = items(&mut intake, bytes)?;
        let mut refused = Vec::new();
        crate::refuse(&mut refused, beyond, TOO_MANY, String::new);
        Ok(Spans { items: list.into_iter(), read: 0, intake, refused })
    }

    /// What could not be read so far, being no span; each was refused alone.
    #[must_use]
    pub fn refused(self) -> Vec<Refusal> {
        self.refused
    }
}

impl Iterator for Spans<'_> {
    type Item = RawSpan;

    fn next(&mut self) -> Option<RawSpan> {
        loop {
            let item = self.items.next()?;
            self.read += 1;
            match item.read(self.read, &mut self.intake, &mut self.refused, SPAN_NAME, |item, intake| {
                span(intake, item.bytes)?.finish(intake, &item.resource, &item.scope)
            }) {
                None => {}
                span => return span,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.items.len()))
    }
}

/// All of [`Spans`] at once.
///
/// # Errors
/// If the bytes are no such message.
pub fn traces_from_protobuf(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let mut spans = Spans::of(bytes)?;
    Ok(Decoded { spans: spans.by_ref().collect(), refused: spans.refused, ..Decoded::default() })
}

/// Reads an `ExportLogsServiceRequest` (or `LogsData`, which is the same).
///
/// # Errors
/// If the bytes are no such message. A record that is none is refused alone, in the answer.
pub fn logs_from_protobuf(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let mut intake = Intake::new(Bounds::ARRIVING);
    let Items { list, beyond } = items(&mut intake, bytes)?;
    let mut decoded = Decoded::default();
    crate::refuse(&mut decoded.refused, beyond, TOO_MANY, String::new);
    for (at, item) in (1..).zip(list) {
        decoded.logs.extend(item.read(at, &mut intake, &mut decoded.refused, EVENT_NAME, |item, intake| {
            log(intake, item.bytes)?.finish(intake, &item.resource, &item.scope)
        }));
    }
    Ok(decoded)
}

/// Counts the data points of an `ExportMetricsServiceRequest` into [`Decoded::points`].
///
/// # Errors
/// If the bytes are no such message.
pub fn metrics_from_protobuf(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    // resource_metrics, scope_metrics, metrics, any kind of data, data_points
    fn count(bytes: &[u8], path: &[&[u64]]) -> Result<u64, DecodeError> {
        let Some((wanted, path)) = path.split_first() else { return Ok(1) };
        let mut fields = Fields(bytes);
        let mut points = 0;
        while let Some((field, payload)) = fields.next().map_err(DecodeError::Protobuf)? {
            if let (true, Some(bytes)) = (wanted.contains(&field), payload.bytes()) {
                points += count(bytes, path)?;
            }
        }
        Ok(points)
    }
    let points = count(bytes, &[&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]])?;
    Ok(Decoded { points, ..Decoded::default() })
}

/// Reads a request of whichever signal its first item shows it to hold; one without items holds nothing.
///
/// # Errors
/// If the bytes are no request of any signal.
pub fn any_from_protobuf(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match first_item(bytes).map_err(DecodeError::Protobuf)? {
        None => Ok(Decoded::default()),
        Some(item) => match signal(item) {
            Signal::Traces => traces_from_protobuf(bytes),
            Signal::Logs => logs_from_protobuf(bytes),
            Signal::Metrics => metrics_from_protobuf(bytes),
        },
    }
}

fn first_item(bytes: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    fn find<'a>(bytes: &'a [u8], path: &[u64]) -> Result<Option<&'a [u8]>, &'static str> {
        let Some((wanted, path)) = path.split_first() else { return Ok(Some(bytes)) };
        let mut fields = Fields(bytes);
        while let Some((field, payload)) = fields.next()? {
            if let (true, Some(bytes)) = (field == *wanted, payload.bytes())
                && let Some(item) = find(bytes, path)?
            {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
    find(bytes, &[1, 2, 2])
}

/// The three signals differ in what their items' first fields are: ids, times, or a name.
fn signal(item: &[u8]) -> Signal {
    let mut fields = Fields(item);
    let mut ids = 0;
    while let Ok(Some((field, payload))) = fields.next() {
        match (field, payload) {
            (1 | 11, Payload::Fixed64(_)) => return Signal::Logs,
            (1, Payload::Bytes(bytes)) if bytes.len() == 16 => ids += 1,
            (2, Payload::Bytes(bytes)) if bytes.len() == 8 => ids += 1,
            (7, Payload::Fixed64(_)) => return Signal::Traces,
            _ => {}
        }
    }
    if ids == 2 { Signal::Traces } else { Signal::Metrics }
}

/// Reads what [`crate::encode_span`] wrote; nothing is cut.
///
/// # Errors
/// If the bytes are no span, which means that the store is damaged.
pub fn decode_span(bytes: &[u8], resource: Arc<Resource>, scope: Arc<Scope>) -> Result<RawSpan, DecodeError> {
    let mut intake = Intake::new(Bounds::STORED);
    let parts = span(&mut intake, bytes).map_err(DecodeError::Item)?;
    parts.finish(&mut intake, &resource, &scope).map_err(DecodeError::Item)
}

/// Reads what [`crate::encode_resource`] wrote.
///
/// # Errors
/// If the bytes are no resource.
pub fn decode_resource(bytes: &[u8]) -> Result<Resource, DecodeError> {
    resource(&mut Intake::new(Bounds::STORED), bytes).map_err(DecodeError::Item)
}

/// Reads what [`crate::encode_scope`] wrote.
///
/// # Errors
/// If the bytes are no scope.
pub fn decode_scope(bytes: &[u8]) -> Result<Scope, DecodeError> {
    scope(&mut Intake::new(Bounds::STORED), bytes).map_err(DecodeError::Item)
}

/// A span or a log record that is not read yet, with what it shares with others.
struct Item<'a> {
    bytes: &'a [u8],
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

impl Item<'_> {
    /// What `read` makes of the `at`th item; what it refuses is counted, the first by the name in `name_field`.
    fn read<T>(
        &self,
        at: usize,
        intake: &mut Intake,
        refused: &mut Vec<Refusal>,
        name_field: u64,
        read: impl FnOnce(&Self, &mut Intake) -> Result<T, Reason>,
    ) -> Option<T> {
        let outcome = crate::admit(at, self.bytes.len()).and_then(|()| read(self, intake));
        outcome
            .map_err(|reason| {
                intake.abandon();
                crate::refuse(refused, 1, reason, || crate::place(at, &name_of(self.bytes, name_field)));
            })
            .ok()
    }
}

/// The items of a request, as many as it may hold.
#[derive(Default)]
struct Items<'a> {
    list: Vec<Item<'a>>,
    /// How many more there are.
    beyond: u64,
}

/// Walks resources and scopes of traces or logs, whose outer messages are alike.
fn items<'a>(intake: &mut Intake, bytes: &'a [u8]) -> Result<Items<'a>, DecodeError> {
    let mut items = Items::default();
    let mut request = Fields(bytes);
    while let Some((field, payload)) = request.next().map_err(DecodeError::Protobuf)? {
        let (1, Some(of_resource)) = (field, payload.bytes()) else { continue };
        let resource = Arc::new(resource_of(intake, of_resource)?);
        let mut fields = Fields(of_resource);
        while let Some((field, payload)) = fields.next().map_err(DecodeError::Protobuf)? {
            let (2, Some(of_scope)) = (field, payload.bytes()) else { continue };
            let scope = Arc::new(scope(intake, of_scope).map_err(DecodeError::Item)?);
            let mut fields = Fields(of_scope);
            while let Some((field, payload)) = fields.next().map_err(DecodeError::Protobuf)? {
                let (2, Some(bytes)) = (field, payload.bytes()) else { continue };
                if items.list.len() < limits::SPANS_PER_REQUEST {
                    items.list.push(Item { bytes, resource: Arc::clone(&resource), scope: Arc::clone(&scope) });
                } else {
                    items.beyond += 1;
                }
            }
        }
    }
    Ok(items)
}

/// The name of an item that may be none; empty if it cannot be read.
fn name_of(item: &[u8], name_field: u64) -> Cow<'_, str> {
    let mut fields = Fields(item);
    while let Ok(Some((field, payload))) = fields.next() {
        if let (true, Some(bytes)) = (field == name_field, payload.bytes()) {
            return String::from_utf8_lossy(bytes);
        }
    }
    Cow::Borrowed("")
}

/// The resource of a `ResourceSpans`, wherever in it it stands.
fn resource_of(intake: &mut Intake, bytes: &[u8]) -> Result<Resource, DecodeError> {
    let mut found = Resource::default();
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next().map_err(DecodeError::Protobuf)? {
        if let (1, Some(bytes)) = (field, payload.bytes()) {
            found = resource(intake, bytes).map_err(DecodeError::Item)?;
        }
    }
    Ok(found)
}

fn resource(intake: &mut Intake, bytes: &[u8]) -> Result<Resource, Reason> {
    let mut attributes = AttributeList::default();
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        if let (1, Some(bytes)) = (field, payload.bytes()) {
            attributes.add_shared(intake, bytes)?;
        }
    }
    let pairs = attributes.finish(intake, "attributes");
    Ok(Resource { attributes: intake.finish(pairs) })
}

/// The scope of a `ScopeSpans`, wherever in it it stands.
fn scope(intake: &mut Intake, bytes: &[u8]) -> Result<Scope, Reason> {
    let mut scope = Scope::default();
    let mut attributes = AttributeList::default();
    let mut outer = Fields(bytes);
    while let Some((field, payload)) = outer.next()? {
        match (field, payload) {
            (1, Payload::Bytes(bytes)) => {
                let mut fields = Fields(bytes);
                while let Some((field, payload)) = fields.next()? {
                    match (field, payload) {
                        (1, Payload::Bytes(bytes)) => scope.name = intake.name("scope.name", bytes),
                        (2, Payload::Bytes(bytes)) => scope.version = intake.name("scope.version", bytes),
                        (3, Payload::Bytes(bytes)) => attributes.add_shared(intake, bytes)?,
                        _ => {}
                    }
                }
            }
            (3, Payload::Bytes(bytes)) => scope.schema_url = intake.name("schema_url", bytes),
            _ => {}
        }
    }
    let pairs = attributes.finish(intake, "attributes");
    scope.attributes = intake.finish(pairs);
    Ok(scope)
}

fn span<'a>(intake: &mut Intake, bytes: &'a [u8]) -> Result<SpanParts<'a>, Reason> {
    let mut parts = SpanParts::default();
    let mut attributes = AttributeList::with_capacity(32);
    let (mut events, mut links) = (0, 0);
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Bytes(bytes)) => parts.trace_id = Cow::Borrowed(bytes),
            (2, Payload::Bytes(bytes)) => parts.span_id = Cow::Borrowed(bytes),
            (4, Payload::Bytes(bytes)) => parts.parent_span_id = Cow::Borrowed(bytes),
            (5, Payload::Bytes(bytes)) => parts.name = intake.name("name", bytes),
            (6, Payload::Varint(number)) => parts.kind = number,
            (7, Payload::Fixed64(nanos)) => parts.start_nanos = nanos,
            (8, Payload::Fixed64(nanos)) => parts.end_nanos = nanos,
            (9, Payload::Bytes(bytes)) => attributes.add(intake, "", bytes)?,
            (11, Payload::Bytes(bytes)) => {
                if events < intake.bounds.events {
                    let event = event(intake, events, bytes)?;
                    parts.events.push(event);
                }
                events += 1;
            }
            (13, Payload::Bytes(bytes)) => {
                if links < intake.bounds.events {
                    parts.links.extend(link(intake, links, bytes)?);
                }
                links += 1;
            }
            (15, Payload::Bytes(bytes)) => status(intake, &mut parts, bytes)?,
            _ => {}
        }
    }
    parts.attributes = attributes.finish(intake, "attributes");
    intake.note_dropped("events", events.saturating_sub(intake.bounds.events));
    intake.note_dropped("links", links.saturating_sub(intake.bounds.events));
    Ok(parts)
}

fn status(intake: &mut Intake, parts: &mut SpanParts<'_>, bytes: &[u8]) -> Result<(), Reason> {
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (2, Payload::Bytes(bytes)) => parts.status_message = intake.text("status.message", bytes),
            (3, Payload::Varint(number)) => parts.status_code = number,
            _ => {}
        }
    }
    Ok(())
}

fn event(intake: &mut Intake, at: usize, bytes: &[u8]) -> Result<RawEvent, Reason> {
    intake.spend()?;
    let mut event = RawEvent::default();
    let mut attributes = AttributeList::default();
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Fixed64(nanos)) => event.time = Timestamp::from_unix_nanos(nanos),
            (2, Payload::Bytes(bytes)) => event.name = intake.name("events.name", bytes),
            (3, Payload::Bytes(bytes)) => attributes.add(intake, "events.", bytes)?,
            _ => {}
        }
    }
    event.attributes = Attributes::new(attributes.finish(intake, &format!("events.{at}.attributes")));
    Ok(event)
}

/// A link; `None` if it names no span.
fn link(intake: &mut Intake, at: usize, bytes: &[u8]) -> Result<Option<RawLink>, Reason> {
    intake.spend()?;
    let (mut run, mut span) = (None, None);
    let mut attributes = AttributeList::default();
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Bytes(bytes)) => run = RunKey::from_trace_id(bytes),
            (2, Payload::Bytes(bytes)) => span = SpanKey::from_span_id(bytes),
            (4, Payload::Bytes(bytes)) => attributes.add(intake, "links.", bytes)?,
            _ => {}
        }
    }
    let attributes = Attributes::new(attributes.finish(intake, &format!("links.{at}.attributes")));
    let (Some(run), Some(span)) = (run, span) else {
        intake.note(format!("links.{at}"));
        return Ok(None);
    };
    Ok(Some(RawLink { run, span, attributes }))
}

fn log<'a>(intake: &mut Intake, bytes: &'a [u8]) -> Result<LogParts<'a>, Reason> {
    let mut parts = LogParts::default();
    let mut attributes = AttributeList::default();
    let mut fields = Fields(bytes);
    while let Some((field, payload)) = fields.next()? {
        match (field, payload) {
            (1, Payload::Fixed64(nanos)) => parts.time_nanos = nanos,
            (2, Payload::Varint(number)) => parts.severity_number = number,
            (3, Payload::Bytes(bytes)) => parts.severity_text = intake.name("severity_text", bytes),
            (5, Payload::Bytes(bytes)) => {
                let mut cut = false;
                parts.body = any_value(intake, bytes, 0, &mut cut)?;
                if cut {
                    intake.note("body");
                }
            }
            (6, Payload::Bytes(bytes)) => attributes.add(intake, "", bytes)?,
            (9, Payload::Bytes(bytes)) => parts.trace_id = Cow::Borrowed(bytes),
            (10, Payload::Bytes(bytes)) => parts.span_id = Cow::Borrowed(bytes),
            (11, Payload::Fixed64(nanos)) => parts.observed_nanos = nanos,
            (12, Payload::Bytes(bytes)) => parts.event_name = intake.name("event_name", bytes),
            _ => {}
        }
    }
    parts.attributes = attributes.finish(intake, "attributes");
    Ok(parts)
}
