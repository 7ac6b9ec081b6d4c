//! Any bytes as a file that a killed process left in its spool: what is whole in it comes out, once, and the
//! folder is gone when all is done.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fs;
use vedette_sdk::spool::leftovers;

fuzz_target!(|bytes: &[u8]| {
    let root = std::env::temp_dir().join(format!("vedette-fuzz-spool-{}", std::process::id()));
    let process = root.join("destination").join("process");
    fs::create_dir_all(&process).expect("a folder");
    fs::write(root.join("destination").join("endpoint"), "http://127.0.0.1:4318/v1/traces\n").expect("a file");
    fs::write(process.join("lock"), "").expect("a file");
    fs::write(process.join("1.spool"), bytes).expect("a file");
    let (mut left, mut read) = (leftovers(&root), 0);
    for left in &mut left {
        assert!(left.len() <= bytes.len() as u64, "nothing is there that was not written");
        while let Some(frame) = left.peek() {
            read += frame.body.len() + 1;
            assert!(read <= bytes.len(), "each request comes once");
            left.done(&frame);
        }
    }
    assert!(!process.exists(), "nothing is left to do");
});
