//! OTLP/JSON to raw spans and log records, as tolerant as senders are free: keys in either case style,
//! hex ids in any case or base64, enums by number or name, numbers as numbers or text, `{}` for no value,
//! `null` for any missing field. Unknown fields are ignored.
//!
//! A field of a known name whose value cannot be read refuses its span alone, by the field's name.

use crate::bounds::{Admitted, Bounds, Intake, Reason, clip};
use crate::json::{Elements, Json, parse};
use crate::json_fields::{
    KINDS, SEVERITIES, STATUS_CODES, base64, elements, fields, id, integer, nanos, number_or_name, string, unreadable,
};
use crate::parts::{LogParts, SpanParts};
use crate::{DecodeError, Decoded};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{Attributes, RawEvent, RawLink, RawSpan, Resource, RunKey, Scope, SpanKey, Timestamp, Value};

/// A request of any signal; its lists stay text until they are walked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Request<'a> {
    #[serde(borrow, rename = "resourceSpans", alias = "resource_spans")]
    spans: Option<Elements<'a>>,
    #[serde(borrow, rename = "resourceLogs", alias = "resource_logs")]
    logs: Option<Elements<'a>>,
    #[serde(borrow, rename = "resourceMetrics", alias = "resource_metrics")]
    metrics: Option<Elements<'a>>,
}

/// Everything of one resource, of any signal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OfResource<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(
        borrow,
        rename = "scopeSpans",
        alias = "scope_spans",
        alias = "scopeLogs",
        alias = "scope_logs",
        alias = "scopeMetrics",
        alias = "scope_metrics"
    )]
    scopes: Elements<'a>,
}

/// Everything of one scope, of any signal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OfScope<'a> {
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    #[serde(borrow, rename = "schemaUrl", alias = "schema_url")]
    schema_url: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "spans", alias = "logRecords", alias = "log_records", alias = "metrics")]
    items: Elements<'a>,
}

/// Reads an `ExportTraceServiceRequest` (or `TracesData`) in JSON.
///
/// # Errors
/// If the bytes are no JSON object, or one of another signal. A span that is none is refused alone, in
/// the answer.
pub fn traces_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let request = request(bytes)?;
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
    let request = request(bytes)?;
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
    let request = request(bytes)?;
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
    let request = request(bytes)?;
    if request.spans.is_none() && request.logs.is_none() && request.metrics.is_none() {
        return Ok(None);
    }
    decode(request).map(Some)
}

fn request(bytes: &[u8]) -> Result<Request<'_>, DecodeError> {
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(DecodeError::Json)
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
        let of_resource: OfResource<'_> = object(text)?;
        let resource = Arc::new(resource(&mut intake, of_resource.resource)?);
        crate::refuse(&mut decoded.refused, of_resource.scopes.beyond, crate::TOO_MANY, String::new);
        for text in of_resource.scopes.kept {
            let of_scope: OfScope<'_> = object(text)?;
            let scope = Arc::new(scope(&mut intake, of_scope.scope, of_scope.schema_url)?);
            crate::refuse(&mut decoded.refused, of_scope.items.beyond, crate::TOO_MANY, String::new);
            for text in of_scope.items.kept {
                count += 1;
                let outcome = crate::admit(count, text.get().len())
                    .and_then(|()| parse(text.get()).map_err(|error| Reason::from(error.to_string())))
                    .and_then(|json| read(decoded, &mut intake, json, &resource, &scope));
                if let Err(reason) = outcome {
                    intake.abandon();
                    crate::refuse(&mut decoded.refused, 1, reason, || crate::place(count, &name_of(text.get())));
                }
            }
        }
    }
    Ok(())
}

/// The name of an item that may be none; empty if it cannot be read.
fn name_of(item: &str) -> Cow<'_, str> {
    #[derive(Default, Deserialize)]
    struct Named<'a> {
        #[serde(borrow, alias = "eventName", alias = "event_name")]
        name: Cow<'a, str>,
    }
    serde_json::from_str::<Named<'_>>(item).unwrap_or_default().name
}

/// An object of the envelope, or nothing for `null`.
fn object<'a, T: Deserialize<'a> + Default>(text: &'a RawValue) -> Result<T, DecodeError> {
    serde_json::from_str::<Option<T>>(text.get()).map(Option::unwrap_or_default).map_err(DecodeError::Json)
}

fn resource(intake: &mut Intake, text: Option<&RawValue>) -> Result<Resource, DecodeError> {
    let mut pairs = Vec::new();
    for (key, json) in envelope_fields(text)? {
        if key == "attributes" {
            pairs = attributes(intake, "", "attributes", json).map_err(DecodeError::Item)?;
        }
    }
    Ok(Resource { attributes: intake.finish(pairs) })
}

fn scope(intake: &mut Intake, text: Option<&RawValue>, schema_url: Option<Cow<'_, str>>) -> Result<Scope, DecodeError> {
    let mut scope = Scope::default();
    let mut pairs = Vec::new();
    for (key, json) in envelope_fields(text)? {
        match &*key {
            "name" => scope.name = name(intake, "scope.name", json).map_err(DecodeError::Item)?,
            "version" => scope.version = name(intake, "scope.version", json).map_err(DecodeError::Item)?,
            "attributes" => pairs = attributes(intake, "", "attributes", json).map_err(DecodeError::Item)?,
            _ => {}
        }
    }
    scope.schema_url = schema_url.map_or_else(String::new, |url| intake.name("schema_url", url.as_bytes()));
    scope.attributes = intake.finish(pairs);
    Ok(scope)
}

fn envelope_fields(text: Option<&RawValue>) -> Result<Vec<(Cow<'_, str>, Json<'_>)>, DecodeError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    fields("resource or scope", parse(text.get()).map_err(DecodeError::Json)?).map_err(DecodeError::Item)
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
    let (mut key, mut value) = (String::new(), Value::Null);
    for (field, json) in fields("attributes", json)? {
        match &*field {
            "key" => {
                let (name, shortened) = clip(string("attributes.key", json)?.into_owned(), intake.bounds.name_bytes);
                key = name;
                *cut |= shortened;
            }
            "value" => value = any_value(intake, json, depth, cut)?,
            _ => {}
        }
    }
    Ok((key, value))
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
                *cut |= bytes.len() > intake.bounds.text_bytes;
                bytes.truncate(intake.bounds.text_bytes);
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
