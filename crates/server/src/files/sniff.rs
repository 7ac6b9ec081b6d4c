//! What a file is, by its first bytes: names lie, and uploads have none.

use std::io::{self, BufRead, BufReader, Read};

/// How to read it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// OTLP requests, in whatever encoding.
    Otlp,
    /// JSON lines, each of which says itself what it is.
    Lines,
}

/// A file to be read on from its first byte of content.
pub struct Sniffed<'a> {
    pub form: Form,
    pub file: Box<dyn BufRead + 'a>,
    /// Empty lines that were passed over at its start.
    pub lines_before: u64,
}

/// Enough to hold the first line of most files, and the first keys of any.
const HEAD_BYTES: u64 = 64 << 10;
const BUFFER_BYTES: usize = 256 << 10;

/// Looks at a file, decompressing it if need be. Reading more than so many bytes of its content fails.
pub fn sniff<'a>(mut file: impl BufRead + 'a, most_bytes: u64) -> io::Result<Sniffed<'a>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let gzip = head.starts_with(&[0x1f, 0x8b]);
    let zstd = head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let whole = io::Cursor::new(head).chain(file);
    if gzip {
        let opened = flate2::bufread::MultiGzDecoder::new(whole);
        sniff_plain(Bounded { file: BufReader::with_capacity(BUFFER_BYTES, opened), left: most_bytes })
    } else if zstd {
        let opened = zstd::stream::read::Decoder::with_buffer(whole)?;
        sniff_plain(Bounded { file: BufReader::with_capacity(BUFFER_BYTES, opened), left: most_bytes })
    } else {
        sniff_plain(Bounded { file: whole, left: most_bytes })
    }
}

/// A file of which no more than so many bytes are read.
struct Bounded<R> {
    file: R,
    left: u64,
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let held = self.file.fill_buf()?;
        if most == 0 && !held.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(held.get(..most).unwrap_or(held))
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.file.consume(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

fn sniff_plain<'a>(mut file: impl BufRead + 'a) -> io::Result<Sniffed<'a>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let Some(start) = text_start(&head) else {
        return Ok(Sniffed { form: Form::Otlp, file: Box::new(io::Cursor::new(head).chain(file)), lines_before: 0 });
    };
    let before = head.get(..start).unwrap_or_default();
    let lines_before = before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let head = head.split_off(start);
    let form = if names_otlp(&head) { Form::Otlp } else { Form::Lines };
    Ok(Sniffed { form, file: Box::new(io::Cursor::new(head).chain(file)), lines_before })
}

/// Where the text begins, unless it is protobuf. A request in protobuf begins with the byte of a line
/// feed, the tag of its first field; soon after come bytes that no text has.
fn text_start(head: &[u8]) -> Option<usize> {
    const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
    let of_no_text = |byte: &u8| *byte < b' ' && !byte.is_ascii_whitespace();
    if head.first() == Some(&0x0a) && head.iter().any(of_no_text) {
        return None;
    }
    let marked = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let blank = head.iter().skip(marked).take_while(|byte| byte.is_ascii_whitespace()).count();
    Some(marked + blank)
}

/// Whether the first line, or what there is of it, has the key of an OTLP request. In a text inside JSON
/// its quotes would be escaped.
fn names_otlp(head: &[u8]) -> bool {
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // An object over several lines is one document.
    let shown = if serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok() { first } else { head };
    let keys: [&[u8]; 3] = [b"\"resourceSpans\"", b"\"resourceLogs\"", b"\"resourceMetrics\""];
    keys.iter().any(|key| shown.windows(key.len()).any(|window| window == *key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn content_decides() {
        for (head, form) in [
            (&b"{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}"[..], Form::Otlp),
            (b"{\n  \"resourceSpans\": []\n}", Form::Otlp),
            (b"\n\n{\"resourceLogs\":[]}", Form::Otlp),
            (b"\x0a\x07\x12\x05\x12\x03\x0a\x01x", Form::Otlp),
            // The length of the first field happens to be a brace.
            (b"\x0a\x7b\x0a\x10", Form::Otlp),
            (b"{\"event_type\":\"llm_call\"}\n", Form::Lines),
            (b"{\"event_type\":\"llm_call\",\"response\":\"a \\\"resourceSpans\\\" b\"}\n", Form::Lines),
            (b"{\"event_type\":\"llm_call\"}\n{\"resourceSpans\":[]}\n", Form::Lines),
            (b"\xef\xbb\xbf{\"event_type\":\"llm_call\"}", Form::Lines),
            (b"not json\n{\"event_type\":\"llm_call\"}", Form::Lines),
            (b"", Form::Lines),
            (b"\n", Form::Lines),
        ] {
            assert_eq!(sniff(head, u64::MAX).expect("memory").form, form, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn nothing_is_lost_of_a_compressed_file_but_its_blank_start() {
        let text = format!("\n \n{{\"event_type\":\"{}\"}}\n", "x".repeat(200_000));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).expect("memory");
        let gzip = gzip.finish().expect("memory");
        let zstd = zstd::encode_all(text.as_bytes(), 1).expect("memory");
        for file in [text.as_bytes(), &gzip, &zstd] {
            let mut sniffed = sniff(file, u64::MAX).expect("memory");
            let mut read = String::new();
            sniffed.file.read_to_string(&mut read).expect("text");
            assert_eq!((read.as_str(), sniffed.lines_before), (text.trim_start(), 2));
        }
    }

    #[test]
    fn content_beyond_the_bound_is_an_error_and_not_an_end() {
        const BYTES: usize = 1 << 20;
        let bomb = vec![b'\n'; BYTES];
        let gzip = |bytes: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).expect("memory");
            gzip.finish().expect("memory")
        };
        for file in [bomb.clone(), gzip(&bomb), zstd::encode_all(bomb.as_slice(), 1).expect("memory")] {
            for (bound, expected) in [(BYTES, Ok(())), (BYTES - 1, Err(io::ErrorKind::FileTooLarge))] {
                let read = sniff(file.as_slice(), bound as u64)
                    .and_then(|mut sniffed| io::copy(&mut sniffed.file, &mut io::sink()));
                assert_eq!(read.map(|_| ()).map_err(|error| error.kind()), expected, "{bound}");
            }
        }
    }
}
