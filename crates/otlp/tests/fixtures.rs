//! Every captured request, through every encoding and back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use vedette_model::{Attributes, RawSpan, Value};
use vedette_otlp as otlp;

fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let mut files = Vec::new();
    for client in fs::read_dir(root).unwrap() {
        for file in fs::read_dir(client.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".pb") || name.ends_with(".raw.json") {
                let bytes = fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
    }
    assert!(files.len() > 70, "{}", files.len());
    files
}

fn traces() -> Vec<(PathBuf, Vec<RawSpan>)> {
    files()
        .into_iter()
        .filter_map(|(path, bytes)| {
            let name = path.to_string_lossy().into_owned();
            let decoded = match name {
                _ if name.ends_with(".logs.pb") || name.ends_with(".metrics.pb") => return None,
                _ if name.ends_with(".json") => otlp::traces_from_json(&bytes),
                _ => otlp::traces_from_protobuf(&bytes),
            }
            .unwrap();
            assert_eq!(decoded.refused, [], "{name}");
            assert!(!decoded.spans.is_empty(), "{name}");
            Some((path, decoded.spans))
        })
        .collect()
}

#[test]
fn a_kept_span_is_the_span_that_came() {
    for (path, spans) in traces() {
        for span in spans {
            let resource = otlp::decode_resource(&otlp::encode_resource(&span.resource)).unwrap();
            let scope = otlp::decode_scope(&otlp::encode_scope(&span.scope)).unwrap();
            let bytes = otlp::encode_span(&span);
            let back = otlp::decode_span(&bytes, Arc::new(resource), Arc::new(scope)).unwrap();
            assert_eq!(back, span, "{}", path.display());
            assert_eq!(otlp::encode_span(&back), bytes);
        }
    }
}

#[test]
fn every_encoding_carries_the_same_spans() {
    for (path, spans) in traces() {
        let name = path.display();
        let protobuf = otlp::traces_to_protobuf(&spans);
        assert_eq!(otlp::traces_from_protobuf(&protobuf).unwrap().spans, spans, "{name}");
        let json = otlp::traces_to_json(&spans);
        for text in [json.to_string(), format!("{json:#}")] {
            let back = otlp::traces_from_json(text.as_bytes()).unwrap();
            assert_eq!((back.spans, back.refused), (spans.clone(), Vec::new()), "{name}");
        }
        let request = ExportTraceServiceRequest::decode(&protobuf[..]).unwrap();
        assert_eq!(otlp::traces_from_request(&request).unwrap().spans, spans, "{name}");
        assert_eq!(request.encode_to_vec(), protobuf, "{name}: what a generated message writes is canonical too");
    }
}

/// The generated messages of opentelemetry-proto are the reference for what the bytes mean.
#[test]
fn nothing_that_was_sent_is_lost() {
    use opentelemetry_proto::tonic::common::v1::KeyValue;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Sent;
    fn same(sent: Option<&Sent>, kept: &Value) -> bool {
        match (sent, kept) {
            (None, Value::Null) => true,
            (Some(Sent::StringValue(sent)), Value::Str(kept)) => sent == kept,
            (Some(Sent::BoolValue(sent)), Value::Bool(kept)) => sent == kept,
            (Some(Sent::IntValue(sent)), Value::Int(kept)) => sent == kept,
            (Some(Sent::DoubleValue(sent)), Value::Double(kept)) => sent.to_bits() == kept.to_bits(),
            (Some(Sent::BytesValue(sent)), Value::Bytes(kept)) => sent == kept,
            (Some(Sent::ArrayValue(sent)), Value::Array(kept)) => {
                sent.values.len() == kept.len()
                    && sent.values.iter().zip(kept).all(|(sent, kept)| same(sent.value.as_ref(), kept))
            }
            (Some(Sent::KvlistValue(sent)), Value::Map(kept)) => {
                sent.values.len() == kept.len()
                    && sent.values.iter().zip(kept).all(|(sent, (key, kept))| {
                        sent.key == *key && same(sent.value.as_ref().and_then(|value| value.value.as_ref()), kept)
                    })
            }
            _ => false,
        }
    }
    let mut attributes = 0;
    for (path, bytes) in files() {
        let Ok(request) = ExportTraceServiceRequest::decode(&bytes[..]) else { continue };
        if !path.to_string_lossy().ends_with("1.pb") {
            continue;
        }
        let sent = request.resource_spans.iter().flat_map(|of| of.scope_spans.iter().map(move |scope| (of, scope)));
        let sent = sent.flat_map(|(of, scope)| scope.spans.iter().map(move |span| (of, scope, span)));
        let kept = otlp::traces_from_protobuf(&bytes).unwrap().spans;
        assert_eq!(kept.len(), sent.clone().count());
        for ((of, scope, sent), kept) in sent.zip(&kept) {
            let mut check = |sent: &[KeyValue], kept: &Attributes| {
                for sent in sent {
                    let kept = kept.get(&sent.key).unwrap();
                    assert!(same(sent.value.as_ref().and_then(|value| value.value.as_ref()), kept), "{}", sent.key);
                    attributes += 1;
                }
            };
            check(&of.resource.as_ref().unwrap().attributes, &kept.resource.attributes);
            check(&sent.attributes, &kept.attributes);
            assert_eq!(sent.events.len(), kept.events.len());
            for (sent, kept) in sent.events.iter().zip(&kept.events) {
                assert_eq!((&sent.name, sent.time_unix_nano), (&kept.name, kept.time.0 as u64));
                check(&sent.attributes, &kept.attributes);
            }
            assert_eq!(scope.scope.as_ref().unwrap().name, kept.scope.name);
            assert_eq!(scope.schema_url, kept.scope.schema_url);
            assert_eq!((&sent.trace_id[..], &sent.span_id[..]), (&kept.run.0[..], &kept.id.0[..]));
            assert_eq!(sent.parent_span_id, kept.parent.map_or(Vec::new(), |parent| parent.0.to_vec()));
            assert_eq!(sent.start_time_unix_nano, kept.start.0 as u64);
            assert_eq!(sent.end_time_unix_nano, kept.end.unwrap().0 as u64);
            assert_eq!(
                (&sent.name, sent.kind, sent.events.len(), sent.links.len()),
                (&kept.name, kept.otel_kind as i32, kept.events.len(), kept.links.len())
            );
            let status = sent.status.clone().unwrap_or_default();
            assert_eq!((status.code, status.message), (kept.status.code as i32, kept.status.message.clone()));
        }
    }
    assert!(attributes > 5_000, "{attributes}");
}
