//! Recordings of agents: files of JSON lines as the pyagent family writes them, read at once and asked.
//!
//! One line is one event, in any of four shapes: a flat span line, a recorder's entry, a bus event with its
//! payload, a provider's call. Nothing is joined, guessed or left out here: a line that is no JSON object is
//! counted as skipped. Content (messages, payloads) stays in the line and is read when asked for.

mod line;

use line::Line;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use vedette_model::Timestamp;

/// A file of lines, held whole: the text once, and what is asked for of each line beside it.
#[derive(Default)]
pub struct Recording {
    text: Vec<u8>,
    rows: Vec<Row>,
    names: Names,
    skipped: usize,
}

/// What is known of one line without reading it again.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: usize,
    len: usize,
    event_type: Name,
    agent_name: Name,
    model: Name,
    run_id: Name,
    duration_ms: Option<f64>,
    cost_usd: Option<f64>,
    tokens: Tokens,
}

/// What a call used, as its line says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Given to the model.
    pub input: Option<u64>,
    /// Made by the model.
    pub output: Option<u64>,
    /// The line's own total.
    total: Option<u64>,
}

impl Tokens {
    /// The line's own total, else the sum of what it says.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        let sum = match (self.input, self.output) {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        };
        self.total.filter(|total| *total > 0 || sum.is_none()).or(sum)
    }
}

/// What lines must have; `None` asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    /// Exactly this type of event.
    pub event_type: Option<&'a str>,
    /// Exactly this agent.
    pub agent_name: Option<&'a str>,
    /// Exactly this model.
    pub model: Option<&'a str>,
    /// Exactly this run.
    pub run_id: Option<&'a str>,
    /// At least as long; a line without a duration has none.
    pub min_duration_ms: Option<f64>,
    /// At most as long.
    pub max_duration_ms: Option<f64>,
}

/// Figures over all lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Types of events, sorted.
    pub event_types: Vec<String>,
    /// Agents, sorted.
    pub agents: Vec<String>,
    /// Runs that are named.
    pub runs: usize,
    /// Tokens of all lines.
    pub total_tokens: u64,
    /// Durations of all lines.
    pub total_duration_ms: f64,
    /// Costs of all lines that have one; `None` if none has.
    pub total_cost_usd: Option<f64>,
}

impl Recording {
    /// Reads a file. Fails only where the file cannot be read.
    pub fn load(path: &Path) -> io::Result<Recording> {
        std::fs::read(path).map(Recording::parse)
    }

    /// Reads lines. Blank ones are nothing, those that are no JSON object are skipped and counted.
    #[must_use]
    pub fn parse(text: Vec<u8>) -> Recording {
        let mut recording = Recording::default();
        let mut start = 0;
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let len = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            recording.take(rest.get(..len).unwrap_or_default(), start);
            start += len + 1;
        }
        recording.rows.shrink_to_fit();
        recording.text = text;
        recording
    }

    fn take(&mut self, line: &[u8], start: usize) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        // Checked whole: what is passed over in reading is not.
        let read = std::str::from_utf8(line).ok().and_then(|line| serde_json::from_str::<Line<'_>>(line).ok());
        let Some(read) = read else {
            self.skipped += 1;
            return;
        };
        let names = &mut self.names;
        self.rows.push(Row {
            start,
            len: line.len(),
            event_type: names.of(read.event_type.as_deref().unwrap_or("unknown")),
            agent_name: names.of(read.agent_name.as_deref().unwrap_or_default()),
            model: names.of(read.model.as_deref().unwrap_or_default()),
            run_id: names.of(read.run_id.as_deref().unwrap_or_default()),
            duration_ms: read.duration_ms,
            cost_usd: read.cost_usd,
            tokens: Tokens { input: read.input_tokens, output: read.output_tokens, total: read.tokens },
        });
    }

    /// Lines that are events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no line is an event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Lines that are neither blank nor a JSON object.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// One event by its place, from 0.
    #[must_use]
    pub fn event(&self, index: usize) -> Option<Event<'_>> {
        self.rows.get(index).map(|row| Event { recording: self, row })
    }

    /// The places of the events that fit, in the file's order.
    #[must_use]
    pub fn query(&self, query: &Query<'_>) -> Vec<usize> {
        // A name that no line has fits none.
        let wanted = [query.event_type, query.agent_name, query.model, query.run_id]
            .map(|name| name.map(|name| self.names.known(name)));
        let fits = |row: &Row| {
            let names = [row.event_type, row.agent_name, row.model, row.run_id];
            wanted.iter().zip(names).all(|(wanted, name)| wanted.is_none_or(|wanted| wanted == Some(name)))
                && query.min_duration_ms.is_none_or(|min| row.duration_ms.is_some_and(|ms| ms >= min))
                && query.max_duration_ms.is_none_or(|max| row.duration_ms.is_some_and(|ms| ms <= max))
        };
        self.rows.iter().enumerate().filter(|(_, row)| fits(row)).map(|(index, _)| index).collect()
    }

    /// Figures over all lines.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (mut events, mut agents, mut runs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut summary = Summary::default();
        for row in &self.rows {
            events.insert(row.event_type);
            agents.insert(row.agent_name);
            runs.insert(row.run_id);
            summary.total_tokens = summary.total_tokens.saturating_add(row.tokens.total().unwrap_or(0));
            summary.total_duration_ms += row.duration_ms.unwrap_or(0.0);
            if let Some(cost) = row.cost_usd {
                *summary.total_cost_usd.get_or_insert(0.0) += cost;
            }
        }
        let sorted = |names: BTreeSet<Name>| {
            let names: BTreeSet<&str> = names.into_iter().map(|name| self.names.text(name)).collect();
            names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        summary.event_types = sorted(events);
        summary.agents = sorted(agents);
        summary.runs = sorted(runs).len();
        summary
    }
}

/// One event of a recording.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    recording: &'a Recording,
    row: &'a Row,
}

impl<'a> Event<'a> {
    /// Such as `llm_call_end`; `unknown` where the line has none.
    #[must_use]
    pub fn event_type(&self) -> &'a str {
        self.recording.names.text(self.row.event_type)
    }

    /// Empty where there is none.
    #[must_use]
    pub fn agent_name(&self) -> &'a str {
        self.recording.names.text(self.row.agent_name)
    }

    /// Of a model's call.
    #[must_use]
    pub fn model(&self) -> Option<&'a str> {
        Some(self.recording.names.text(self.row.model)).filter(|model| !model.is_empty())
    }

    /// The run that the line names.
    #[must_use]
    pub fn run_id(&self) -> Option<&'a str> {
        Some(self.recording.names.text(self.row.run_id)).filter(|run| !run.is_empty())
    }

    /// How long it took, if the line says.
    #[must_use]
    pub fn duration_ms(&self) -> Option<f64> {
        self.row.duration_ms
    }

    /// What it cost in USD, if the line says.
    #[must_use]
    pub fn cost_usd(&self) -> Option<f64> {
        self.row.cost_usd
    }

    /// What it used.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.row.tokens
    }

    /// When, in ISO 8601, UTC: a line's own text as it stands, Unix seconds converted. Empty where there is none.
    #[must_use]
    pub fn timestamp(&self) -> String {
        let Some(raw) = self.field("timestamp") else { return String::new() };
        match serde_json::from_str(raw.get()) {
            Ok(serde_json::Value::String(text)) => text,
            Ok(serde_json::Value::Number(number)) => {
                number.as_f64().and_then(Timestamp::from_unix_seconds).map(|time| time.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    /// A text of the line or of its payload that is not kept beside it.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok().filter(|text| !text.is_empty());
        self.field(key).and_then(text).or_else(|| {
            let inner = ["payload", "metadata"].into_iter().find_map(|inner| self.field(inner))?;
            let inner: HashMap<String, &RawValue> = serde_json::from_str(inner.get()).ok()?;
            inner.get(key).copied().and_then(text)
        })
    }

    /// The line as it stands, a JSON object.
    #[must_use]
    pub fn line(&self) -> &'a str {
        let line = self.recording.text.get(self.row.start..self.row.start + self.row.len).unwrap_or_default();
        // Only lines that were read as JSON, which is UTF-8, have a row.
        std::str::from_utf8(line).unwrap_or_default()
    }

    fn field(&self, key: &str) -> Option<&'a RawValue> {
        let fields: HashMap<String, &'a RawValue> = serde_json::from_str(self.line()).ok()?;
        fields.get(key).copied()
    }
}

/// A name that many lines share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name(u32);

#[derive(Default)]
struct Names {
    by_text: HashMap<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

impl Names {
    fn of(&mut self, text: &str) -> Name {
        if let Some(name) = self.by_text.get(text) {
            return *name;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.into());
        self.by_text.insert(text.into(), name);
        name
    }

    fn known(&self, text: &str) -> Option<Name> {
        self.by_text.get(text).copied()
    }

    fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
