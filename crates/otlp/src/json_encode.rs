//! Raw spans to OTLP/JSON: camelCase keys, lower-case hex ids, 64-bit integers as text, base64 bytes, as
//! the OTLP specification asks. [`crate::traces_from_json`] reads equal spans back.

use crate::encode::{grouped, kind_number, nanos, status_number, written_attributes};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value as Json, json};
use vedette_model::{Attributes, RawSpan, Scope, StatusCode, Value};

/// Spans of any resources and scopes as one `ExportTraceServiceRequest` in JSON, in groups by resource
/// and scope in the order of their first span.
#[must_use]
pub fn traces_to_json(spans: &[RawSpan]) -> Json {
    let resources = grouped(spans).into_iter().map(|(resource, scopes)| {
        let scopes: Vec<Json> = scopes.into_iter().map(|(scope, spans)| scope_spans(scope, &spans)).collect();
        json!({ "resource": { "attributes": attributes(&resource.attributes) }, "scopeSpans": scopes })
    });
    json!({ "resourceSpans": resources.collect::<Vec<Json>>() })
}

fn scope_spans(scope: &Scope, spans: &[&RawSpan]) -> Json {
    let mut json = json!({
        "scope": { "name": scope.name, "version": scope.version, "attributes": attributes(&scope.attributes) },
        "spans": spans.iter().map(|written| span(written)).collect::<Vec<Json>>(),
    });
    if !scope.schema_url.is_empty() {
        set(&mut json, "schemaUrl", Json::from(scope.schema_url.as_str()));
    }
    json
}

fn span(span: &RawSpan) -> Json {
    let mut json = json!({
        "traceId": span.run.to_string(),
        "spanId": span.id.to_string(),
        "name": span.name,
        "kind": kind_number(span.otel_kind),
        "startTimeUnixNano": nanos(span.start).to_string(),
        "endTimeUnixNano": span.end.map_or(0, nanos).to_string(),
        "attributes": attributes(&written_attributes(span)),
        "status": {},
    });
    if let Some(parent) = span.parent {
        set(&mut json, "parentSpanId", Json::from(parent.to_string()));
    }
    let mut status = json!({});
    if span.status.code != StatusCode::Unset {
        set(&mut status, "code", Json::from(status_number(span.status.code)));
    }
    if !span.status.message.is_empty() {
        set(&mut status, "message", Json::from(span.status.message.as_str()));
    }
    set(&mut json, "status", status);
    if !span.events.is_empty() {
        let events = span.events.iter().map(|event| {
            json!({ "timeUnixNano": nanos(event.time).to_string(), "name": event.name, "attributes": attributes(&event.attributes) })
        });
        set(&mut json, "events", events.collect());
    }
    if !span.links.is_empty() {
        let links = span.links.iter().map(|link| {
            json!({ "traceId": link.run.to_string(), "spanId": link.span.to_string(), "attributes": attributes(&link.attributes) })
        });
        set(&mut json, "links", links.collect());
    }
    json
}

fn set(json: &mut Json, key: &str, value: Json) {
    if let Json::Object(pairs) = json {
        pairs.insert(key.to_owned(), value);
    }
}

fn attributes(attributes: &Attributes) -> Json {
    attributes.iter().map(|(key, value)| key_value(key, value)).collect()
}

fn key_value(key: &str, value: &Value) -> Json {
    json!({ "key": key, "value": any_value(value) })
}

fn any_value(value: &Value) -> Json {
    match value {
        Value::Null => json!({}),
        Value::Bool(flag) => json!({ "boolValue": flag }),
        Value::Int(number) => json!({ "intValue": number.to_string() }),
        Value::Double(number) => json!({ "doubleValue": double(*number) }),
        Value::Str(text) => json!({ "stringValue": text }),
        Value::Bytes(bytes) => json!({ "bytesValue": BASE64_STANDARD.encode(bytes) }),
        Value::Array(items) => json!({ "arrayValue": { "values": items.iter().map(any_value).collect::<Json>() } }),
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| key_value(key, value));
            json!({ "kvlistValue": { "values": pairs.collect::<Json>() } })
        }
    }
}

/// A float, or its protobuf name where JSON has none.
fn double(number: f64) -> Json {
    let name = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    serde_json::Number::from_f64(number).map_or_else(|| Json::from(name), Json::Number)
}
