//! Any bytes as a json request of log records: each that names a run becomes a point event that can be kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vedette_otlp as otlp;

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = otlp::logs_from_json(bytes) else { return };
    for event in decoded.logs.into_iter().filter_map(vedette_model::RawLog::into_span) {
        let kept = otlp::encode_span(&event);
        let back = otlp::decode_span(&kept, event.resource, event.scope).expect("what is kept can be read");
        assert_eq!(otlp::encode_span(&back), kept);
    }
});
