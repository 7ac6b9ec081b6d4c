//! Any bytes as a file of Studio's JSON lines: its spans can be kept, and are the same twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vedette_model::RawSpan;
use vedette_otlp as otlp;

// The server's own files: they are pure, and the rest of the server is too much to build with coverage.
#[allow(dead_code)]
#[path = "../../crates/server/src/native.rs"]
mod native;
#[allow(dead_code)]
#[path = "../../crates/server/src/files"]
mod files {
    pub mod lines;
    pub mod studio;
}

use files::lines::{Line, Lines};
use files::studio::Studio;

/// The spans, the lines that were passed over, and the notes.
fn read(bytes: &[u8]) -> (Vec<RawSpan>, Vec<(u64, String)>, Vec<String>) {
    let (mut studio, mut lines) = (Studio::default(), Lines::new(bytes, 0));
    let (mut spans, mut skipped) = (Vec::new(), Vec::new());
    while let Some((number, line)) = lines.next().expect("memory can be read") {
        let Line::Text(text) = line else { continue };
        if let Err(reason) = studio.line(&text) {
            skipped.push((number, reason));
        }
        spans.append(&mut studio.take());
    }
    let (mut rest, notes) = studio.finish();
    spans.append(&mut rest);
    (spans, skipped, notes)
}

fuzz_target!(|bytes: &[u8]| {
    let once = read(bytes);
    // Debug, because NaN is no NaN's equal.
    assert!(format!("{once:?}") == format!("{:?}", read(bytes)), "a file is the same twice");
    for span in once.0 {
        let kept = otlp::encode_span(&span);
        let back = otlp::decode_span(&kept, span.resource, span.scope).expect("what is kept can be read");
        assert_eq!(otlp::encode_span(&back), kept);
    }
});
