//! Any bytes as a recording: every line is an event, blank or counted as skipped, and can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vedette_recording::{Query, Recording};

fuzz_target!(|bytes: &[u8]| {
    let recording = Recording::parse(bytes.to_vec());
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count();
    assert_eq!(recording.len() + recording.skipped(), lines);
    let _ = recording.summary();
    for at in 0..recording.len() {
        let event = recording.event(at).expect("it is there");
        assert!(event.line().trim_start().starts_with('{'), "an event is an object");
        let _ = (event.timestamp(), event.text("response"), event.tokens().total());
        let like = Query { event_type: Some(event.event_type()), run_id: event.run_id(), ..Query::default() };
        assert!(recording.query(&like).contains(&at), "it is found by what it says");
    }
});
