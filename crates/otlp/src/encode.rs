//! Raw spans to OTLP protobuf, in one canonical form: default values left out, fields and attribute
//! keys ascending. The store hashes and keeps these bytes, so this file is part of its format.

use crate::wire::Writer;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use vedette_model::{Attributes, OtelKind, RawSpan, Resource, Scope, StatusCode, Timestamp, Value};

/// One span as the canonical OTLP `Span` message, without its resource and scope.
///
/// The same span gives the same bytes, whichever way it came in. An open one carries `vedette.open` and
/// no end time. [`crate::decode_span`] gives an equal span back.
#[must_use]
pub fn encode_span(span: &RawSpan) -> Vec<u8> {
    Encoder::default().span(span).to_vec()
}

/// Writes many spans, one after another into the same memory.
pub struct Encoder(Writer);

impl Default for Encoder {
    fn default() -> Self {
        Encoder(Writer::with_capacity(4096))
    }
}

impl Encoder {
    /// See [`encode_span`].
    pub fn span(&mut self, span: &RawSpan) -> &[u8] {
        self.0.clear();
        write_span(&mut self.0, span);
        self.0.written()
    }
}

/// A resource as the canonical OTLP `Resource` message.
#[must_use]
pub fn encode_resource(resource: &Resource) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512);
    write_attributes(&mut writer, 1, &resource.attributes);
    writer.finish()
}

/// A scope as an OTLP `ScopeSpans` message without spans, since that is where its schema's address stands.
#[must_use]
pub fn encode_scope(scope: &Scope) -> Vec<u8> {
    let mut writer = Writer::with_capacity(256);
    write_scope(&mut writer, scope, &[]);
    writer.finish()
}

/// Spans of any resources and scopes as one `ExportTraceServiceRequest`, in groups by resource and scope
/// in the order of their first span.
#[must_use]
pub fn traces_to_protobuf(spans: &[RawSpan]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(spans.len() * 1024);
    for (resource, scopes) in grouped(spans).iter().rev() {
        writer.message_field(1, |writer| {
            for (scope, spans) in scopes.iter().rev() {
                writer.message_field(2, |writer| write_scope(writer, scope, spans));
            }
            writer.message_field(1, |writer| write_attributes(writer, 1, &resource.attributes));
        });
    }
    writer.finish()
}

type ByScope<'a> = Vec<(&'a Scope, Vec<&'a RawSpan>)>;

/// Spans by resource, then by scope, each in the order of its first span.
pub(crate) fn grouped(spans: &[RawSpan]) -> Vec<(&Resource, ByScope<'_>)> {
    let mut groups: Vec<(&Resource, ByScope<'_>)> = Vec::new();
    let mut places: HashMap<(*const Resource, *const Scope), (usize, usize)> = HashMap::new();
    let mut resources: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut scopes: HashMap<(usize, Vec<u8>), usize> = HashMap::new();
    for span in spans {
        let (at, within) =
            *places.entry((Arc::as_ptr(&span.resource), Arc::as_ptr(&span.scope))).or_insert_with(|| {
                let at = *resources.entry(encode_resource(&span.resource)).or_insert_with(|| {
                    groups.push((&span.resource, Vec::new()));
                    groups.len() - 1
                });
                let within = *scopes.entry((at, encode_scope(&span.scope))).or_insert_with(|| {
                    groups.get_mut(at).map_or(0, |(_, scopes)| {
                        scopes.push((&span.scope, Vec::new()));
                        scopes.len() - 1
                    })
                });
                (at, within)
            });
        if let Some((_, spans)) = groups.get_mut(at).and_then(|(_, scopes)| scopes.get_mut(within)) {
            spans.push(span);
        }
    }
    groups
}

/// The attributes of a span as they are written: an open one says so.
pub(crate) fn written_attributes(span: &RawSpan) -> Cow<'_, Attributes> {
    let said = span.attributes.get(RawSpan::OPEN).and_then(Value::as_bool) == Some(true);
    if span.end.is_some() || said {
        return Cow::Borrowed(&span.attributes);
    }
    let mut attributes = span.attributes.clone();
    attributes.set(RawSpan::OPEN, true);
    Cow::Owned(attributes)
}

/// OTLP's number of a span kind.
pub(crate) fn kind_number(kind: OtelKind) -> u64 {
    match kind {
        OtelKind::Unspecified => 0,
        OtelKind::Internal => 1,
        OtelKind::Server => 2,
        OtelKind::Client => 3,
        OtelKind::Producer => 4,
        OtelKind::Consumer => 5,
    }
}

/// OTLP's number of a status code.
pub(crate) fn status_number(code: StatusCode) -> u64 {
    match code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
    }
}

/// OTLP's unsigned nanoseconds.
pub(crate) fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.0).unwrap_or(0)
}

fn write_scope(writer: &mut Writer, scope: &Scope, spans: &[&RawSpan]) {
    write_text(writer, 3, &scope.schema_url);
    for span in spans.iter().rev() {
        writer.message_field(2, |writer| write_span(writer, span));
    }
    writer.message_field(1, |writer| {
        write_attributes(writer, 3, &scope.attributes);
        write_text(writer, 2, &scope.version);
        write_text(writer, 1, &scope.name);
    });
}

fn write_span(writer: &mut Writer, span: &RawSpan) {
    if span.status.code != StatusCode::Unset || !span.status.message.is_empty() {
        writer.message_field(15, |writer| {
            if span.status.code != StatusCode::Unset {
                writer.varint_field(3, status_number(span.status.code));
            }
            write_text(writer, 2, &span.status.message);
        });
    }
    for link in span.links.iter().rev() {
        writer.message_field(13, |writer| {
            write_attributes(writer, 4, &link.attributes);
            writer.bytes_field(2, &link.span.0);
            writer.bytes_field(1, &link.run.0);
        });
    }
    for event in span.events.iter().rev() {
        writer.message_field(11, |writer| {
            write_attributes(writer, 3, &event.attributes);
            write_text(writer, 2, &event.name);
            write_time(writer, 1, event.time);
        });
    }
    write_attributes(writer, 9, &written_attributes(span));
    if let Some(end) = span.end {
        write_time(writer, 8, end);
    }
    write_time(writer, 7, span.start);
    if span.otel_kind != OtelKind::Unspecified {
        writer.varint_field(6, kind_number(span.otel_kind));
    }
    write_text(writer, 5, &span.name);
    if let Some(parent) = span.parent {
        writer.bytes_field(4, &parent.0);
    }
    writer.bytes_field(2, &span.id.0);
    writer.bytes_field(1, &span.run.0);
}

fn write_text(writer: &mut Writer, field: u64, text: &str) {
    if !text.is_empty() {
        writer.bytes_field(field, text.as_bytes());
    }
}

fn write_time(writer: &mut Writer, field: u64, time: Timestamp) {
    if nanos(time) > 0 {
        writer.fixed64_field(field, nanos(time));
    }
}

fn write_attributes(writer: &mut Writer, field: u64, attributes: &Attributes) {
    for (key, value) in attributes.iter().rev() {
        write_pair(writer, field, key, value);
    }
}

fn write_pair(writer: &mut Writer, field: u64, key: &str, value: &Value) {
    writer.message_field(field, |writer| write_key_value(writer, key, value));
}

fn write_key_value(writer: &mut Writer, key: &str, value: &Value) {
    writer.message_field(2, |writer| write_value(writer, value));
    write_text(writer, 1, key);
}

/// Bytes of an attribute as it is written, without what frames it.
pub(crate) fn attribute_bytes(key: &str, value: &Value) -> usize {
    let mut writer = Writer::with_capacity(256);
    write_key_value(&mut writer, key, value);
    writer.written().len()
}

fn write_value(writer: &mut Writer, value: &Value) {
    match value {
        Value::Null => {}
        Value::Str(text) => writer.bytes_field(1, text.as_bytes()),
        Value::Bool(flag) => writer.varint_field(2, u64::from(*flag)),
        Value::Int(number) => writer.varint_field(3, number.cast_unsigned()),
        // JSON has one NaN only.
        Value::Double(number) if number.is_nan() => writer.fixed64_field(4, f64::NAN.to_bits()),
        Value::Double(number) => writer.fixed64_field(4, number.to_bits()),
        Value::Array(items) => writer.message_field(5, |writer| {
            for item in items.iter().rev() {
                writer.message_field(1, |writer| write_value(writer, item));
            }
        }),
        Value::Map(pairs) => writer.message_field(6, |writer| {
            for (key, value) in pairs.iter().rev() {
                write_pair(writer, 1, key, value);
            }
        }),
        Value::Bytes(bytes) => writer.bytes_field(7, bytes),
    }
}
