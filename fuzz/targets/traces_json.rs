//! Any bytes as a JSON request of traces: what is taken in survives being kept and exported.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vedette_otlp as otlp;

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = otlp::traces_from_json(bytes) else { return };
    let mut kept: Vec<Vec<u8>> = decoded.spans.iter().map(otlp::encode_span).collect();
    let exported = otlp::traces_to_protobuf(&decoded.spans);
    let back = otlp::traces_from_protobuf(&exported).expect("an export is a request");
    let mut again: Vec<Vec<u8>> = back.spans.iter().map(otlp::encode_span).collect();
    assert_eq!(back.refused, []);
    kept.sort();
    again.sort();
    assert!(kept == again, "JSON and protobuf keep the same bytes");
});
