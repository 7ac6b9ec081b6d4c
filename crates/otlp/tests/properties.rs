//! Any span survives every encoding; no bytes panic; the generated messages mean the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use vedette_model::{
    Attributes, OtelKind, RawEvent, RawLink, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, StatusCode,
    Timestamp, Value,
};
use vedette_otlp as otlp;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ -~]{0,20}", 1 => "\\PC{0,8}", 1 => Just("{\"a\":\"\\u0000\\n\"}".to_owned()), 1 => Just("\u{0}\r\n\u{7f}".to_owned())]
}

fn double() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("equal to itself", |number| !number.is_nan())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        double().prop_map(Value::Double),
        text().prop_map(Value::Str),
        vec(any::<u8>(), 0..9).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![vec(inner.clone(), 0..6).prop_map(Value::Array), vec((text(), inner), 0..6).prop_map(Value::Map),]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    vec((text(), value()), 0..6).prop_map(Attributes::new)
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(0), Just(i64::MAX), 0..i64::MAX].prop_map(Timestamp)
}

fn run() -> impl Strategy<Value = RunKey> {
    any::<[u8; 16]>().prop_filter("not zero", |id| *id != [0; 16]).prop_map(RunKey)
}

fn id() -> impl Strategy<Value = SpanKey> {
    any::<[u8; 8]>().prop_filter("not zero", |id| *id != [0; 8]).prop_map(SpanKey)
}

prop_compose! {
    fn scope()(name in text(), version in text(), schema_url in text(), attributes in attributes()) -> Scope {
        Scope { name, version, schema_url, attributes }
    }
}

prop_compose! {
    fn event()(time in time(), name in text(), attributes in attributes()) -> RawEvent {
        RawEvent { time, name, attributes }
    }
}

prop_compose! {
    fn link()(run in run(), span in id(), attributes in attributes()) -> RawLink {
        RawLink { run, span, attributes }
    }
}

prop_compose! {
    fn span()(
        (run, id, parent) in (run(), id(), option::of(id())),
        (name, message, start, end) in (text(), text(), time(), option::of(1..i64::MAX)),
        otel_kind in prop::sample::select(vec![
            OtelKind::Unspecified, OtelKind::Internal, OtelKind::Server, OtelKind::Client, OtelKind::Producer, OtelKind::Consumer,
        ]),
        code in prop::sample::select(vec![StatusCode::Unset, StatusCode::Ok, StatusCode::Error]),
        (mut attributes, events, links) in (attributes(), vec(event(), 0..3), vec(link(), 0..3)),
        (resource, scope) in (attributes(), scope()),
    ) -> RawSpan {
        if end.is_none() {
            attributes.set(RawSpan::OPEN, true);
        }
        RawSpan {
            run, id, parent, name, otel_kind, start, end: end.map(Timestamp), status: RawStatus { code, message },
            attributes, events, links, resource: Arc::new(Resource { attributes: resource }), scope: Arc::new(scope),
        }
    }
}

fn by_id(mut spans: Vec<RawSpan>) -> Vec<RawSpan> {
    spans.sort_by_key(|span| (span.run, span.id));
    spans
}

/// Every decoder over some bytes.
fn read_all(bytes: &[u8]) {
    let _ = (otlp::traces_from_protobuf(bytes), otlp::traces_from_json(bytes), otlp::any_from_protobuf(bytes));
    let _ = (otlp::logs_from_protobuf(bytes), otlp::logs_from_json(bytes), otlp::any_from_json(bytes));
    let _ = (otlp::metrics_from_protobuf(bytes), otlp::metrics_from_json(bytes), otlp::Requests::new(bytes).count());
    let _ = (
        otlp::decode_resource(bytes),
        otlp::decode_scope(bytes),
        otlp::decode_span(bytes, Arc::default(), Arc::default()),
    );
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(name)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_span_survives_every_encoding(spans in vec(span(), 1..4)) {
        for span in &spans {
            let resource = otlp::decode_resource(&otlp::encode_resource(&span.resource)).unwrap();
            let scope = otlp::decode_scope(&otlp::encode_scope(&span.scope)).unwrap();
            let back = otlp::decode_span(&otlp::encode_span(span), Arc::new(resource), Arc::new(scope)).unwrap();
            prop_assert_eq!(&back, span);
        }
        let protobuf = otlp::traces_to_protobuf(&spans);
        let generated = ExportTraceServiceRequest::decode(&protobuf[..]).unwrap();
        prop_assert_eq!(&generated.encode_to_vec(), &protobuf);
        let json = otlp::traces_to_json(&spans).to_string();
        let spans = by_id(spans);
        prop_assert_eq!(&by_id(otlp::traces_from_protobuf(&protobuf).unwrap().spans), &spans);
        prop_assert_eq!(&by_id(otlp::traces_from_json(json.as_bytes()).unwrap().spans), &spans);
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_damaged_request_panics(
        name in prop::sample::select(vec![
            "vercel-ai-7-otlp-json/001.raw.json", "claude-code-native/001.pb", "claude-code-native/002.logs.pb", "claude-code-native/003.metrics.pb",
        ]),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fixture(name);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(&bytes);
        read_all(&bytes[..cut.index(bytes.len())]);
    }
}
