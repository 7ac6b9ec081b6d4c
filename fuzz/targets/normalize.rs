//! Any request of traces or logs through the normalizer: total, and the same twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vedette_model::RawLog;
use vedette_normalize::{Prices, content, explain, normalize};
use vedette_otlp::any_from_protobuf;

static PRICES: LazyLock<Prices> = LazyLock::new(Prices::bundled);

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = any_from_protobuf(bytes) else { return };
    let mut spans = decoded.spans;
    spans.extend(decoded.logs.into_iter().filter_map(RawLog::into_span));
    for span in &spans {
        let fact = normalize(span, &PRICES);
        assert_eq!(format!("{fact:?}"), format!("{:?}", normalize(span, &PRICES)));
        let _ = explain(span, &PRICES);
    }
    if let Some((span, joined)) = spans.split_first() {
        let _ = content(span, joined);
    }
});
