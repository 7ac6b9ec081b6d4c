//! Log records as JSON, as the OTLP specification spells it: from the generated messages, not by code of ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;
use serde_json::{Value as Json, json};

/// A request that was captured as protobuf.
pub fn logs_to_json(protobuf: &[u8]) -> Vec<u8> {
    let request = ExportLogsServiceRequest::decode(protobuf).unwrap();
    let resources: Vec<Json> = request.resource_logs.iter().map(of_resource).collect();
    serde_json::to_vec(&json!({ "resourceLogs": resources })).unwrap()
}

fn of_resource(logs: &ResourceLogs) -> Json {
    let attributes = logs.resource.as_ref().map(|resource| pairs(&resource.attributes));
    let scopes: Vec<Json> = logs.scope_logs.iter().map(of_scope).collect();
    json!({ "resource": { "attributes": attributes }, "scopeLogs": scopes, "schemaUrl": logs.schema_url })
}

fn of_scope(logs: &ScopeLogs) -> Json {
    let scope = logs.scope.clone().unwrap_or_default();
    let records: Vec<Json> = logs.log_records.iter().map(record).collect();
    let scope = json!({ "name": scope.name, "version": scope.version, "attributes": pairs(&scope.attributes) });
    json!({ "scope": scope, "logRecords": records, "schemaUrl": logs.schema_url })
}

fn record(record: &LogRecord) -> Json {
    json!({
        "timeUnixNano": record.time_unix_nano.to_string(),
        "observedTimeUnixNano": record.observed_time_unix_nano.to_string(),
        "severityNumber": record.severity_number,
        "severityText": record.severity_text,
        "eventName": record.event_name,
        "traceId": hex(&record.trace_id),
        "spanId": hex(&record.span_id),
        "body": record.body.as_ref().map(value),
        "attributes": pairs(&record.attributes),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pairs(pairs: &[KeyValue]) -> Vec<Json> {
    pairs.iter().map(|pair| json!({ "key": pair.key, "value": pair.value.as_ref().map(value) })).collect()
}

fn value(value: &AnyValue) -> Json {
    let list = |values: &[AnyValue]| values.iter().map(self::value).collect::<Vec<_>>();
    match value.value.as_ref() {
        None => json!({}),
        Some(Value::StringValue(text)) => json!({ "stringValue": text }),
        Some(Value::BoolValue(flag)) => json!({ "boolValue": flag }),
        Some(Value::IntValue(number)) => json!({ "intValue": number.to_string() }),
        Some(Value::DoubleValue(number)) => json!({ "doubleValue": number }),
        Some(Value::ArrayValue(array)) => json!({ "arrayValue": { "values": list(&array.values) } }),
        Some(Value::KvlistValue(map)) => json!({ "kvlistValue": { "values": pairs(&map.values) } }),
        Some(Value::BytesValue(bytes)) => json!({ "bytesValue": STANDARD.encode(bytes) }),
        Some(other) => panic!("no captured client sends {other:?}"),
    }
}
