//! Lines of a file, each of bounded length.

use std::io::{self, BufRead, Read};
use vedette_model::limits;

/// One line that is not empty.
#[derive(Debug, PartialEq)]
pub enum Line {
    /// Without its end.
    Text(Vec<u8>),
    /// Passed over.
    TooLong,
}

/// Reads them in order, with their numbers.
pub struct Lines<R> {
    file: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(file: R, lines_before: u64) -> Self {
        Lines { file, number: lines_before }
    }

    pub fn next(&mut self) -> io::Result<Option<(u64, Line)>> {
        loop {
            let mut text = Vec::new();
            if self.file.by_ref().take(limits::LINE_BYTES as u64 + 1).read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if text.last() != Some(&b'\n') && text.len() > limits::LINE_BYTES {
                self.file.skip_until(b'\n')?;
                return Ok(Some((self.number, Line::TooLong)));
            }
            text.truncate(text.trim_ascii_end().len());
            if !text.trim_ascii_start().is_empty() {
                return Ok(Some((self.number, Line::Text(text))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_count_and_long_ones_are_passed_over() {
        let long = "x".repeat(limits::LINE_BYTES + 1);
        let text = format!("a\n\n  \r\n{long}\nb\r\nc");
        let mut lines = Lines::new(text.as_bytes(), 0);
        let mut read = Vec::new();
        while let Some(line) = lines.next().expect("memory") {
            read.push(line);
        }
        let text = |text: &str| Line::Text(text.into());
        assert_eq!(read, [(1, text("a")), (4, Line::TooLong), (5, text("b")), (6, text("c"))]);
    }
}
