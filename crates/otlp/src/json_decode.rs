//! OTLP/JSON to raw spans and log records, as tolerant as senders are free: keys in either case style,
//! hex ids in any case or base64, enums by number or name, numbers as numbers or text, `{}` for no value,
//! `null` for any missing field. Unknown fields are ignored.
//!
//! A field of a known name whose value cannot be read refuses its span alone, by the field's name; in a resource
//! or scope it is left out alone and noted.

use crate::bounds::{Admitted, Bounds, Intake, Reason, clip};
use crate::json::{Elements, Json, parse};
use crate::json_envelope::{OfResource, OfScope, Request, Shared, name_of, object, optional};
use crate::json_fields::{
    KINDS, SEVERITIES, STATUS_CODES, base64, elements, fields, id, integer, nanos, number_or_name, string, unreadable,
};
use crate::parts::{LogParts, SpanParts};
use crate::{DecodeError, Decoded, encode, json_text};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{Attributes, RawEvent, RawLink, RawSpan, Resource, RunKey, Scope, SpanKey, Timestamp, Value};

/// Reads an `ExportTraceServiceRequest` (or `TracesData`) in JSON.
///
/// # Errors
/// If the bytes are no JSON object, or one of another signal. A span that is none is refused alone, in
/// the answer.
pub fn traces_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let text = json_text(bytes);
    let request: Request<'_> = object(&text)?;
    if request.spans.is_none() && (request.logs.is_some() || request.metrics.is_some()) {
        return Err(DecodeError::OtherSignal("resourceSpans"));
    }
    decode(Request { logs: None, metrics: None, ..request })
}

/// Reads an `ExportLogsServiceRequest` (or `LogsData`) in JSON.
///
/// # Errors
/// As [`traces_from_json`].
pub fn logs_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let text = json_text(bytes);
    let request: Request<'_> = object(&text)?;
    if request.logs.is_none() && (request.spans.is_some() || request.metrics.is_some()) {
        return Err(DecodeError::OtherSignal("resourceLogs"));
    }
    decode(Request { spans: None, metrics: None, ..request })
}

/// Counts the data points of an `ExportMetricsServiceRequest` in JSON into [`Decoded::points`].
///
/// # Errors
/// As [`traces_from_json`].
pub fn metrics_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let text = json_text(bytes);
    let request: Request<'_> = object(&text)?;
    if request.metrics.is_none() && (request.spans.is_some() || request.logs.is_some()) {
        return Err(DecodeError::OtherSignal("resourceMetrics"));
    }
    decode(Request { spans: None, logs: None, ..request })
}

/// Reads JSON of whichever signals it holds; `None` if it is an object that holds none, so no OTLP.
///
/// # Errors
/// If the bytes are no JSON object.
pub fn any_from_json(bytes: &[u8]) -> Result<Option<Decoded>, DecodeError> {
    let text = json_text(bytes);
    let request: Request<'_> = object(&text)?;
    if request.spans.is_none() && request.logs.is_none() && request.metrics.is_none() {
        return Ok(None);
    }
    decode(request).map(Some)
}

fn decode(request: Request<'_>) -> Result<Decoded, DecodeError> {
    let mut decoded = Decoded::default();
    items(request.spans, &mut decoded, |decoded, intake, json, resource, scope| {
        let span = span(intake, json)?.finish(intake, resource, scope)?;
        decoded.spans.push(span);
        Ok(())
    })?;
    items(request.logs, &mut decoded, |decoded, intake, json, resource, scope| {
        let log = log(intake, json)?.finish(intake, resource, scope)?;
        decoded.logs.push(log);
        Ok(())
    })?;
    items(request.metrics, &mut decoded, |decoded, _, json, _, _| {
        decoded.points += points(json);
        Ok(())
    })?;
    Ok(decoded)
}

/// Walks resources and scopes and hands each item to `read`; what that refuses is counted.
fn items(
    list: Option<Elements<'_>>,
    decoded: &mut Decoded,
    mut read: impl FnMut(&mut Decoded, &mut Intake, Json<'_>, &Arc<Resource>, &Arc<Scope>) -> Result<(), Reason>,
) -> Result<(), DecodeError> {
    let mut intake = Intake::new(Bounds::ARRIVING);
    let mut count = 0;
    let list = list.unwrap_or_default();
    crate::refuse(&mut decoded.refused, list.beyond, crate::TOO_MANY, String::new);
    for text in list.kept {
        let of_resource: OfResource<'_> = optional(Some(text))?;
        let resource = Arc::new(resource(&mut intake, of_resource.resource));
        let scopes = of_resource.scopes.unwrap_or_default();
        crate::refuse(&mut decoded.refused, scopes.beyond, crate::TOO_MANY, String::new);
        for text in scopes.kept {
            let of_scope: OfScope<'_> = optional(Some(text))?;
            let scope = Arc::new(scope(&mut intake, of_scope.scope, of_scope.schema_url));
            let items = of_scope.items.unwrap_or_default();
            crate::refuse(&mut decoded.refused, items.beyond, crate::TOO_MANY, String::new);
            for text in items.kept {
                count += 1;
                let outcome = crate::admit(count, text.get().len())
                    .and_then(|()| parse(text.get()))
                    .and_then(|json| read(decoded, &mut intake, json, &resource, &scope));
                if let Err(reason) = outcome {
                    intake.abandon();
                    crate::refuse(&mut decoded.refused, 1, reason, || crate::place(count, &name_of(text)));
                }
            }
        }
    }
    Ok(())
}

fn resource(intake: &mut Intake, text: Option<&RawValue>) -> Resource {
    let attributes = shared(intake, "resource", text).attributes;
    let pairs = shared_attributes(intake, attributes);
    Resource { attributes: intake.finish(pairs) }
}

fn scope(intake: &mut Intake, text: Option<&RawValue>, schema_url: Option<&RawValue>) -> Scope {
    let Shared { name, version, attributes } = shared(intake, "scope", text);
    let name = shared_name(intake, "scope.name", name);
    let version = shared_name(intake, "scope.version", version);
    let schema_url = shared_name(intake, "schema_url", schema_url);
    let pairs = shared_attributes(intake, attributes);
    Scope { name, version, schema_url, attributes: intake.finish(pairs) }
}

/// A resource or scope. What of it cannot be read is dropped alone and noted, for good spans hang on it.
fn shared<'a>(intake: &mut Intake, field: &str, text: Option<&'a RawValue>) -> Shared<'a> {
    optional(text).unwrap_or_else(|_| {
        intake.note(field);
        Shared::default()
    })
}

fn shared_name(intake: &mut Intake, field: &str, text: Option<&RawValue>) -> String {
    let json = text.map_or(Ok(Json::Null), |text| parse(text.get()));
    json.and_then(|json| name(intake, field, json)).unwrap_or_else(|_| {
        intake.note(field);
        String::new()
    })
}

/// What cannot be read, or has no room beside what came before it, is dropped alone, noted, and costs nothing.
fn shared_attributes(intake: &mut Intake, list: Option<&RawValue>) -> Vec<(String, Value)> {
    let Ok(list) = serde_json::from_str::<Elements<'_>>(list.map_or("null", RawValue::get)) else {
        intake.note("attributes");
        return Vec::new();
    };
    let (mut admitted, mut pairs, mut dropped) = (Admitted::default(), Vec::new(), list.beyond as usize);
    for text in list.kept {
        let key = name_of(text);
        let is_list_of_cuts = key == RawSpan::TRUNCATED;
        if !intake.admits(&mut admitted, is_list_of_cuts) {
            dropped += 1;
            continue;
        }
        let (values_left, mut cut) = (intake.values_left, false);
        let pair = shared_attribute(intake, text, &mut cut).ok().filter(|(key, value)| {
            intake.has_room(&mut admitted, encode::attribute_bytes(key, value), is_list_of_cuts)
        });
        if pair.is_none() {
            intake.values_left = values_left;
        }
        if cut || pair.is_none() {
            intake.note(clip(key.into_owned(), intake.bounds.name_bytes).0);
        }
        pairs.extend(pair);
    }
    intake.note_dropped("attributes", dropped);
    pairs
}

fn shared_attribute(intake: &mut Intake, text: &RawValue, cut: &mut bool) -> Result<(String, Value), Reason> {
    crate::admit(0, text.get().len())?;
    key_value(intake, parse(text.get())?, 0, cut)
}

fn span<'a>(intake: &mut Intake, json: Json<'a>) -> Result<SpanParts<'a>, Reason> {
    let mut parts = SpanParts::default();
    for (key, json) in fields("span", json)? {
        match &*key {
            "traceId" | "trace_id" => parts.trace_id = id::<16>("traceId", json)?,
            "spanId" | "span_id" => parts.span_id = id::<8>("spanId", json)?,
            "parentSpanId" | "parent_span_id" => parts.parent_span_id = id::<8>("parentSpanId", json)?,
            "name" => parts.name = name(intake, "name", json)?,
            "kind" => parts.kind = number_or_name("kind", json, "SPAN_KIND_", &KINDS)?,
            "startTimeUnixNano" | "start_time_unix_nano" => parts.start_nanos = nanos("startTimeUnixNano", json)?,
            "endTimeUnixNano" | "end_time_unix_nano" => parts.end_nanos = nanos("endTimeUnixNano", json)?,
            "attributes" => parts.attributes = attributes(intake, "", "attributes", json)?,
            "events" => {
                let items = bounded("events", intake, json)?;
                parts.events = items
                    .into_iter()
                    .enumerate()
                    .map(|(at, json)| event(intake, at, json))
                    .collect::<Result<_, _>>()?;
            }
            "links" => {
                for (at, json) in bounded("links", intake, json)?.into_iter().enumerate() {
                    parts.links.extend(link(intake, at, json)?);
                }
            }
            "status" => {
                for (key, json) in fields("status", json)? {
                    match &*key {
                        "code" => {
                            parts.status_code = number_or_name("status.code", json, "STATUS_CODE_", &STATUS_CODES)?
                        }
                        "message" => parts.status_message = text(intake, "status.message", json)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(parts)
}

fn event(intake: &mut Intake, at: usize, json: Json<'_>) -> Result<RawEvent, Reason> {
    intake.spend()?;
    let mut event = RawEvent::default();
    for (key, json) in fields("events", json)? {
        match &*key {
            "timeUnixNano" | "time_unix_nano" => {
                event.time = Timestamp::from_unix_nanos(nanos("events.timeUnixNano", json)?);
            }
            "name" => event.name = name(intake, "events.name", json)?,
            "attributes" => {
                event.attributes =
                    Attributes::new(attributes(intake, "events.", &format!("events.{at}.attributes"), json)?);
            }
            _ => {}
        }
    }
    Ok(event)
}

/// A link; `None` if it names no span.
fn link(intake: &mut Intake, at: usize, json: Json<'_>) -> Result<Option<RawLink>, Reason> {
    intake.spend()?;
    let (mut run, mut span, mut pairs) = (None, None, Vec::new());
    for (key, json) in fields("links", json)? {
        match &*key {
            "traceId" | "trace_id" => run = RunKey::from_trace_id(&id::<16>("links.traceId", json)?),
            "spanId" | "span_id" => span = SpanKey::from_span_id(&id::<8>("links.spanId", json)?),
            "attributes" => pairs = attributes(intake, "links.", &format!("links.{at}.attributes"), json)?,
            _ => {}
        }
    }
    let (Some(run), Some(span)) = (run, span) else {
        intake.note(format!("links.{at}"));
        return Ok(None);
    };
    Ok(Some(RawLink { run, span, attributes: Attributes::new(pairs) }))
}

fn log<'a>(intake: &mut Intake, json: Json<'a>) -> Result<LogParts<'a>, Reason> {
    let mut parts = LogParts::default();
    for (key, json) in fields("log record", json)? {
        match &*key {
            "traceId" | "trace_id" => parts.trace_id = id::<16>("traceId", json)?,
            "spanId" | "span_id" => parts.span_id = id::<8>("spanId", json)?,
            "timeUnixNano" | "time_unix_nano" => parts.time_nanos = nanos("timeUnixNano", json)?,
            "observedTimeUnixNano" | "observed_time_unix_nano" => {
                parts.observed_nanos = nanos("observedTimeUnixNano", json)?;
            }
            "eventName" | "event_name" => parts.event_name = name(intake, "event_name", json)?,
            "severityText" | "severity_text" => parts.severity_text = name(intake, "severity_text", json)?,
            "severityNumber" | "severity_number" => {
                parts.severity_number = number_or_name("severityNumber", json, "SEVERITY_NUMBER_", &SEVERITIES)?;
            }
            "body" => {
                let mut cut = false;
                parts.body = any_value(intake, json, 0, &mut cut)?;
                if cut {
                    intake.note("body");
                }
            }
            "attributes" => parts.attributes = attributes(intake, "", "attributes", json)?,
            _ => {}
        }
    }
    Ok(parts)
}

/// Data points of one metric, whatever kind it is of.
fn points(json: Json<'_>) -> u64 {
    let Json::Object(pairs) = json else { return 0 };
    let lists = pairs.into_iter().filter_map(|(_, data)| match data {
        Json::Object(pairs) => Some(pairs),
        _ => None,
    });
    lists
        .flatten()
        .map(|(key, json)| match (&*key, json) {
            ("dataPoints" | "data_points", Json::Array(points)) => points.len() as u64,
            _ => 0,
        })
        .sum()
}

fn attributes(intake: &mut Intake, owner: &str, list: &str, json: Json<'_>) -> Result<Vec<(String, Value)>, Reason> {
    let mut items = elements("attributes", json)?;
    let (sent, mut admitted) = (items.len(), Admitted::default());
    items.retain(|item| intake.admits(&mut admitted, is_list_of_cuts(item)));
    let dropped = sent - items.len();
    let mut pairs = Vec::with_capacity(items.len());
    for json in items {
        let mut cut = false;
        let pair = key_value(intake, json, 0, &mut cut)?;
        if cut {
            intake.note(format!("{owner}{}", pair.0));
        }
        pairs.push(pair);
    }
    intake.note_dropped(list, dropped);
    Ok(pairs)
}

fn is_list_of_cuts(pair: &Json<'_>) -> bool {
    let Json::Object(fields) = pair else { return false };
    fields.iter().any(|(field, json)| field == "key" && matches!(json, Json::Text(key) if key == RawSpan::TRUNCATED))
}

fn key_value(intake: &mut Intake, json: Json<'_>, depth: usize, cut: &mut bool) -> Result<(String, Value), Reason> {
    let (mut key, mut value) = (String::new(), None);
    for (field, json) in fields("attributes", json)? {
        match &*field {
            "key" => {
                let (name, shortened) = clip(string("attributes.key", json)?.into_owned(), intake.bounds.name_bytes);
                key = name;
                *cut |= shortened;
            }
            "value" => value = Some(any_value(intake, json, depth, cut)?),
            _ => {}
        }
    }
    if value.is_none() {
        // It takes as much memory as one with a value.
        intake.spend()?;
    }
    Ok((key, value.unwrap_or_default()))
}

/// An `AnyValue`; a bare scalar in its place is taken for what it is.
fn any_value(intake: &mut Intake, json: Json<'_>, depth: usize, cut: &mut bool) -> Result<Value, Reason> {
    intake.spend()?;
    let pairs = match json {
        Json::Object(pairs) => pairs,
        Json::Null => return Ok(Value::Null),
        Json::Bool(flag) => return Ok(Value::Bool(flag)),
        Json::Int(number) => return Ok(Value::Int(number)),
        Json::Uint(number) => return Ok(i64::try_from(number).map_or(Value::Double(number as f64), Value::Int)),
        Json::Float(number) => return Ok(Value::Double(number)),
        Json::Text(text) => return Ok(text_value(intake, text, cut)),
        Json::Array(_) => {
            return Err("attributes.value: a bare list; wrap it as {\"arrayValue\":{\"values\":[..]}}".into());
        }
        Json::TooDeep => {
            *cut = true;
            return Ok(Value::Null);
        }
    };
    let mut value = Value::Null;
    for (field, json) in pairs.into_iter().filter(|(_, json)| !matches!(json, Json::Null)) {
        value = match &*field {
            "stringValue" | "string_value" => text_value(intake, string("attributes.stringValue", json)?, cut),
            "boolValue" | "bool_value" => match json {
                Json::Bool(flag) => Value::Bool(flag),
                json => Value::Bool(
                    string("attributes.boolValue", json)?
                        .parse()
                        .map_err(|_| unreadable("attributes.boolValue", "true or false"))?,
                ),
            },
            "intValue" | "int_value" => {
                Value::Int(integer(&json).ok_or_else(|| unreadable("attributes.intValue", "a 64-bit integer"))?)
            }
            "doubleValue" | "double_value" => match json {
                Json::Float(number) => Value::Double(number),
                _ => return Err(unreadable("attributes.doubleValue", "a number")),
            },
            "bytesValue" | "bytes_value" => {
                let mut bytes = base64(&string("attributes.bytesValue", json)?)
                    .ok_or_else(|| unreadable("attributes.bytesValue", "base64"))?;
                if bytes.len() > intake.bounds.text_bytes {
                    *cut = true;
                    bytes.truncate(intake.bounds.text_bytes);
                    bytes.shrink_to_fit();
                }
                Value::Bytes(bytes)
            }
            "arrayValue" | "array_value" | "kvlistValue" | "kvlist_value" if depth >= intake.bounds.depth => {
                *cut = true;
                Value::Null
            }
            "arrayValue" | "array_value" => {
                let items = values("attributes.arrayValue", json)?.into_iter();
                Value::Array(items.map(|json| any_value(intake, json, depth + 1, cut)).collect::<Result<_, _>>()?)
            }
            "kvlistValue" | "kvlist_value" => {
                let pairs = values("attributes.kvlistValue", json)?.into_iter();
                Value::Map(pairs.map(|json| key_value(intake, json, depth + 1, cut)).collect::<Result<_, _>>()?)
            }
            _ => continue,
        };
    }
    Ok(value)
}

fn text_value(intake: &Intake, text: Cow<'_, str>, cut: &mut bool) -> Value {
    let (text, shortened) = clip(text.into_owned(), intake.bounds.text_bytes);
    *cut |= shortened;
    Value::Str(text)
}

/// The list inside an `ArrayValue` or `KeyValueList`.
fn values<'a>(field: &str, json: Json<'a>) -> Result<Vec<Json<'a>>, Reason> {
    let list = fields(field, json)?.into_iter().find(|(key, _)| key == "values");
    elements(field, list.map_or(Json::Null, |(_, json)| json))
}

/// Events or links, of which those beyond the bound are noted as dropped.
fn bounded<'a>(field: &str, intake: &mut Intake, json: Json<'a>) -> Result<Vec<Json<'a>>, Reason> {
    let mut items = elements(field, json)?;
    intake.note_dropped(field, items.len().saturating_sub(intake.bounds.events));
    items.truncate(intake.bounds.events);
    Ok(items)
}

fn name(intake: &mut Intake, field: &str, json: Json<'_>) -> Result<String, Reason> {
    let (name, cut) = clip(string(field, json)?.into_owned(), intake.bounds.name_bytes);
    if cut {
        intake.note(field);
    }
    Ok(name)
}

fn text(intake: &mut Intake, field: &str, json: Json<'_>) -> Result<String, Reason> {
    let (text, cut) = clip(string(field, json)?.into_owned(), intake.bounds.text_bytes);
    if cut {
        intake.note(field);
    }
    Ok(text)
}
