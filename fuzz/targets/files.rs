//! Any bytes as a file, which is read in pieces of any size: the pieces make no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::BufReader;
use vedette_otlp::{Decoded, Requests};

fn read(bytes: &[u8], piece: usize) -> Vec<(u64, Option<Decoded>)> {
    Requests::new(BufReader::with_capacity(piece, bytes))
        .map(|request| request.expect("memory can be read"))
        .map(|request| (request.number, request.decoded.ok()))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, bytes.len() + 1);
    let pieces = read(bytes, 3);
    // Debug, because NaN is no NaN's equal.
    assert!(format!("{whole:?}") == format!("{pieces:?}"), "a file is what it is in pieces of any size");
});
