//! Files of traces: OTLP (protobuf, JSON, JSON lines) and Studio's JSON lines in their four shapes, also
//! mixed and compressed. Read as they stream: never more than one line or message and one batch is held.
//!
//! What a file holds was silent before it came, so its runs are presumed closed at once where no line
//! closes them. Bad lines are reported by number, the rest is taken. Importing a file again adds nothing,
//! importing a grown one adds only the new.

mod lines;
mod sniff;
mod studio;
pub mod upload;

use crate::app::App;
use crate::clock;
use crate::error::{ApiError, ErrorKind};
use crate::metrics::Door;
use crate::pipeline::submit;
use lines::{Line, Lines};
use serde::Serialize;
use sniff::{Form, Sniffed, sniff};
use std::collections::HashSet;
use std::io::BufRead;
use studio::Studio;
use utoipa::ToSchema;
use vedette_model::{AccountId, RawLog, RawSpan, RunKey, Timestamp, cut, limits};
use vedette_otlp::{DecodeError, Decoded, Requests};

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// Lines (of a protobuf file: messages) that were read, empty ones not counted.
    pub lines: u64,
    /// Spans and events in them, whether new or known already.
    pub spans: u64,
    /// Those of them that were not known yet; scores are not counted.
    pub new_spans: u64,
    /// Runs they belong to; of more than 1,000,000 no more are counted.
    pub runs: u64,
    /// When the first of them began, inclusive; null if there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// When the last of them began, exclusive; null if there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// What could not be read; the first 1,000.
    pub skipped: Vec<Skipped>,
    /// All that could not be read.
    pub skipped_count: u64,
    /// What the file leaves open.
    pub notes: Vec<String>,
}

/// A line that was passed over.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Skipped {
    /// Counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl Report {
    fn skip(&mut self, line: u64, count: u64, reason: String) {
        self.skipped_count += count;
        if self.skipped.len() < limits::SKIPPED_LINES {
            self.skipped.push(Skipped { line, reason: cut(&reason, limits::MESSAGE_BYTES).into_owned() });
        }
    }

    /// Widens the range to what began in another.
    fn began(&mut self, since: Option<Timestamp>, until: Option<Timestamp>) {
        self.since = self.since.into_iter().chain(since).min();
        self.until = self.until.max(until);
    }
}

/// Spans of one append.
const BATCH_SPANS: usize = 2_000;
/// Bytes of lines of one append.
const BATCH_BYTES: usize = 4 << 20;

/// Takes in an uploaded file. Blocks.
pub fn import(app: &App, account: AccountId, file: impl BufRead) -> Result<Report, ApiError> {
    let report = read(file, limits::UPLOAD_OPENED_BYTES, &mut |decoded| {
        Ok(submit(app, account, Door::File, decoded)?.receipt.appended)
    })?;
    app.store.settle(clock::now())?;
    Ok(report)
}

/// Reads a file of at most so many bytes of content and hands on what it holds, batch by batch, to `take`, which answers
/// how many of the spans are new. Ends early where that fails.
pub fn read(
    file: impl BufRead,
    most_bytes: u64,
    take: &mut dyn FnMut(Decoded) -> Result<usize, ApiError>,
) -> Result<Report, ApiError> {
    let Sniffed { form, file, lines_before } = sniff(file, most_bytes).map_err(broken)?;
    let mut sink = Sink { take, held: Decoded::default(), bytes: 0, runs: HashSet::new(), report: Report::default() };
    match form {
        Form::Otlp => sink.otlp(file, lines_before)?,
        Form::Lines => sink.lines(file, lines_before)?,
    }
    sink.flush()?;
    Ok(sink.report)
}

fn broken(error: std::io::Error) -> ApiError {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        let message = format!(
            "the file holds more than {} bytes once decompressed; send it in parts",
            limits::UPLOAD_OPENED_BYTES
        );
        return ApiError::new(ErrorKind::TooLarge, message);
    }
    ApiError::new(ErrorKind::Invalid, format!("the file broke off: {error}"))
}

struct Sink<'a> {
    take: &'a mut dyn FnMut(Decoded) -> Result<usize, ApiError>,
    held: Decoded,
    bytes: usize,
    runs: HashSet<RunKey>,
    report: Report,
}

impl Sink<'_> {
    fn otlp(&mut self, file: impl BufRead, lines_before: u64) -> Result<(), ApiError> {
        for request in Requests::new(file) {
            let request = request.map_err(broken)?;
            self.report.lines += 1;
            let line = request.number + lines_before;
            match request.decoded {
                Ok(decoded) => self.request(line, decoded)?,
                Err(error) => self.report.skip(line, 1, error.to_string()),
            }
        }
        Ok(())
    }

    /// A whole OTLP request is a batch of its own.
    fn request(&mut self, line: u64, decoded: Decoded) -> Result<(), ApiError> {
        for refusal in &decoded.refused {
            self.report.skip(line, refusal.count, refusal.to_string());
        }
        let Decoded { spans, logs, points, .. } = decoded;
        self.report.spans += spans.len() as u64;
        self.note_runs(spans.iter().map(|span| span.run));
        self.held.spans.extend(spans);
        self.held.points += points;
        self.logs(logs);
        if self.held.spans.len() + self.held.logs.len() >= BATCH_SPANS { self.flush() } else { Ok(()) }
    }

    fn logs(&mut self, logs: Vec<RawLog>) {
        self.report.spans += logs.iter().filter(|log| log.run.is_some()).count() as u64;
        self.note_runs(logs.iter().filter_map(|log| log.run));
        self.held.logs.extend(logs);
    }

    fn lines(&mut self, file: impl BufRead, lines_before: u64) -> Result<(), ApiError> {
        let mut lines = Lines::new(file, lines_before);
        let mut studio = Studio::default();
        while let Some((number, line)) = lines.next().map_err(broken)? {
            self.report.lines += 1;
            let text = match line {
                Line::Text(text) => text,
                Line::TooLong => {
                    let reason = format!("longer than {} bytes", limits::LINE_BYTES);
                    self.report.skip(number, 1, reason);
                    continue;
                }
            };
            match vedette_otlp::any_from_json(&text) {
                Ok(Some(decoded)) => {
                    self.request(number, decoded)?;
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = match error {
                        DecodeError::Json(error) => format!("no JSON: {error}"),
                        error => error.to_string(),
                    };
                    self.report.skip(number, 1, reason);
                    continue;
                }
            }
            match studio.line(&text) {
                Ok(run) => {
                    self.report.spans += 1;
                    self.note_runs([run]);
                }
                Err(reason) => self.report.skip(number, 1, reason),
            }
            self.bytes += text.len();
            let made = studio.take();
            self.hold(made)?;
        }
        let (rest, notes) = studio.finish();
        self.report.notes = notes;
        self.hold(rest)
    }

    fn note_runs(&mut self, runs: impl IntoIterator<Item = RunKey>) {
        for run in runs {
            if self.runs.len() < limits::UPLOAD_RUNS {
                self.runs.insert(run);
            }
        }
        self.report.runs = self.runs.len() as u64;
    }

    fn hold(&mut self, spans: Vec<RawSpan>) -> Result<(), ApiError> {
        self.held.spans.extend(spans);
        if self.held.spans.len() >= BATCH_SPANS || self.bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ApiError> {
        self.bytes = 0;
        let held = std::mem::take(&mut self.held);
        let logs = held.logs.iter().filter(|log| log.run.is_some()).map(|log| log.time);
        let starts: Vec<Timestamp> = held.spans.iter().map(|span| span.start).chain(logs).collect();
        let after = starts.iter().max().map(|latest| Timestamp(latest.0.saturating_add(1)));
        self.report.began(starts.iter().min().copied(), after);
        self.report.new_spans += (self.take)(held)? as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_up_to_a_bound() {
        let mut sink = Sink {
            take: &mut |_| Ok(0),
            held: Decoded::default(),
            bytes: 0,
            runs: HashSet::new(),
            report: Report::default(),
        };
        for number in 0..limits::UPLOAD_RUNS as u128 + 10 {
            sink.note_runs([RunKey(number.to_be_bytes())]);
        }
        assert_eq!((sink.runs.len(), sink.report.runs), (limits::UPLOAD_RUNS, limits::UPLOAD_RUNS as u64));
    }

    #[test]
    fn a_file_that_opens_into_too_much_is_refused_by_the_bound() {
        let lines = b"{\"event_type\":\"x\",\"timestamp\":1}\n".repeat(10_000);
        let file = zstd::encode_all(lines.as_slice(), 1).expect("memory");
        for (most, expected) in [(lines.len(), Ok(10_000)), (lines.len() - 1, Err(ErrorKind::TooLarge))] {
            let report = read(file.as_slice(), most as u64, &mut |_| Ok(0));
            assert_eq!(report.map(|report| report.lines).map_err(|error| error.kind), expected);
        }
    }
}
