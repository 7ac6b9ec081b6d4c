//! Any bytes as an upload: whatever it is taken for, nothing of its content is lost, in pieces of any size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{BufReader, Read};

// The server's own file: it is pure, and the rest of the server is too much to build with coverage.
#[allow(dead_code)]
#[path = "../../crates/server/src/files/sniff.rs"]
mod sniff;

use sniff::{Form, sniff};

/// Of what decompresses without end.
const READ_BYTES: u64 = 8 << 20;

/// What it is, its blank lines and its content; nothing of what cannot be decompressed.
fn read(bytes: &[u8], piece: usize) -> Option<(Form, u64, Vec<u8>)> {
    let sniffed = sniff(BufReader::with_capacity(piece, bytes), u64::MAX).ok()?;
    let mut content = Vec::new();
    sniffed.file.take(READ_BYTES).read_to_end(&mut content).ok()?;
    Some((sniffed.form, sniffed.lines_before, content))
}

fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, bytes.len() + 1);
    assert!(whole == read(bytes, 3), "a file is what it is in pieces of any size");
    let Some((form, lines_before, content)) = whole else { return };
    if is_compressed(bytes) {
        // What a compressed file holds is never unpacked again.
        if !is_compressed(&content) {
            let (again, _, rest) = read(&content, 3).expect("memory can be read");
            assert!(content.ends_with(&rest));
            assert!(again == form || rest != content, "a file is the same compressed or not");
        }
        return;
    }
    let before = bytes.strip_suffix(content.as_slice()).expect("the content is the file's end");
    let blank = before.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(before);
    assert!(blank.iter().all(u8::is_ascii_whitespace), "only what is blank is passed over");
    assert_eq!(lines_before, blank.iter().filter(|byte| **byte == b'\n').count() as u64);
});
