//! Any bytes as a kept span, resource and scope: one reading brings them to the canonical form, which stays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use vedette_otlp as otlp;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(span) = otlp::decode_span(bytes, Arc::default(), Arc::default()) {
        let kept = otlp::encode_span(&span);
        let back = otlp::decode_span(&kept, span.resource, span.scope).expect("what is kept can be read");
        assert_eq!(otlp::encode_span(&back), kept);
    }
    if let Ok(resource) = otlp::decode_resource(bytes) {
        let kept = otlp::encode_resource(&resource);
        let back = otlp::decode_resource(&kept).expect("what is kept can be read");
        assert_eq!(otlp::encode_resource(&back), kept);
    }
    if let Ok(scope) = otlp::decode_scope(bytes) {
        let kept = otlp::encode_scope(&scope);
        let back = otlp::decode_scope(&kept).expect("what is kept can be read");
        assert_eq!(otlp::encode_scope(&back), kept);
    }
});
