//! Any bytes as a file, which is read in pieces of any size: the pieces make no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::BufReader;
use std::sync::LazyLock;
use vedette_otlp::{Decoded, Requests};

/// Longer than what is read of a file at once to tell its format: only what comes after it comes in pieces.
const PADDING_BYTES: usize = 65 << 10;
static SPACES: LazyLock<Vec<u8>> = LazyLock::new(|| vec![b' '; PADDING_BYTES]);
/// A request of one unknown field.
static REQUEST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    // Lengths of three bytes: tag, length, tag, length, content.
    let length = |bytes: usize| [bytes as u8 | 0x80, (bytes >> 7) as u8 | 0x80, (bytes >> 14) as u8];
    let field = [&[0x7a][..], &length(PADDING_BYTES), &vec![0; PADDING_BYTES]].concat();
    [&[0x0a][..], &length(field.len()), &field].concat()
});

fn read(bytes: &[u8], piece: usize) -> Vec<(u64, Option<Decoded>)> {
    Requests::new(BufReader::with_capacity(piece, bytes))
        .map(|request| request.expect("memory can be read"))
        .map(|request| (request.number, request.decoded.ok()))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let padding = if bytes.first() == Some(&0x0a) { &REQUEST } else { &SPACES };
    for file in [bytes, &[padding.as_slice(), bytes].concat()] {
        let whole = read(file, file.len() + 1);
        let pieces = read(file, 3);
        // Debug, because NaN is no NaN's equal.
        assert!(format!("{whole:?}") == format!("{pieces:?}"), "a file is what it is in pieces of any size");
    }
});
