//! What a run is doing, and why it is thought so.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use vedette_model::{Kind, OVERDUE, Run, Span, Status, Timestamp};

/// Silence after which a running run is called stalled, unless it waits for something.
pub const STALL: Duration = Duration::from_secs(5 * 60);

/// What a running run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// A tool that was called and has not answered.
    Tool,
    /// A person who was asked.
    Person,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Running,
    /// It waits for a tool.
    WaitingOnTool,
    /// It waits for a person.
    WaitingOnPerson,
    /// It should work, and shows no sign of it.
    Stalled,
    /// Its process went silent.
    Lost,
    /// It was given up on.
    Timeout,
    /// It has ended.
    Ended,
}

/// See [`State`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// What it does.
    pub state: State,
    /// Why it is thought so, in a sentence.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// Words in a tool's name by which a person is asked.
const PERSON: [&str; 7] = ["human", "person", "approval", "approve", "confirm", "ask_user", "user_input"];

/// What the open spans of a run wait for: the innermost (latest) open one decides.
#[must_use]
pub fn waiting<'a>(spans: impl Iterator<Item = &'a Span>) -> Option<(Waiting, &'a Span)> {
    waits(spans.filter(|span| span.end.is_none()))
}

/// From and until when a run showed no sign for longer than that, though it waited for nothing: between the
/// beginnings and ends of its spans, the run's own, and `until`, the last moment at which it was running.
#[must_use]
pub fn silences(run: &Run, spans: &[&Span], longer: Duration, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let ends = spans.iter().filter_map(|span| span.end);
    let mut signs: Vec<Timestamp> = spans.iter().map(|span| span.start).chain(ends).collect();
    signs.extend([run.started_at, until]);
    signs.sort_unstable();
    let silent = |from: Timestamp| {
        let open = |span: &&&Span| span.start <= from && span.end.is_none_or(|end| end > from);
        waits(spans.iter().filter(open).copied()).is_none()
    };
    let gaps = signs.iter().copied().zip(signs.iter().copied().skip(1));
    gaps.filter(|(from, until)| *until > from.plus(longer) && silent(*from)).collect()
}

fn waits<'a>(open: impl Iterator<Item = &'a Span>) -> Option<(Waiting, &'a Span)> {
    let open = open.max_by_key(|span| (span.start, span.id))?;
    let name = open.tool.as_deref().unwrap_or(&open.name).to_lowercase();
    match open.kind {
        _ if PERSON.iter().any(|word| name.contains(word)) => Some((Waiting::Person, open)),
        Kind::Tool | Kind::Http | Kind::Db | Kind::Retriever => Some((Waiting::Tool, open)),
        _ => None,
    }
}

fn is_overdue(run: &Run) -> bool {
    run.failure.as_ref().is_some_and(|failure| failure.kind.as_deref() == Some(OVERDUE))
}

/// What a run is doing as of `now`.
#[must_use]
pub fn activity<'a>(run: &Run, spans: impl Iterator<Item = &'a Span>, now: Timestamp) -> Activity {
    let silent = Duration::from_nanos(now.0.saturating_sub(run.last_received_at.0).max(0).unsigned_abs());
    let said = |state, why: String, since| Activity { state, why, since };
    match run.status {
        Status::Timeout if !run.presumed || is_overdue(run) => {
            let message = run.failure.as_ref().and_then(|failure| failure.message.as_deref());
            let why = message.unwrap_or("it said itself that it ran out of time").to_owned();
            said(State::Timeout, why, run.finished_at.unwrap_or(run.last_received_at))
        }
        Status::Timeout if run.process_id.is_some() => said(
            State::Lost,
            "its process announced itself every few seconds and then fell silent".to_owned(),
            run.last_received_at,
        ),
        Status::Timeout => {
            let why = "nobody said that it ended, and it showed no sign for too long".to_owned();
            said(State::Timeout, why, run.finished_at.unwrap_or(run.last_received_at))
        }
        Status::Running => match waiting(spans) {
            Some((Waiting::Tool, span)) => {
                let name = span.tool.as_deref().unwrap_or(&span.name);
                said(State::WaitingOnTool, format!("{name} was called and has not answered"), span.start)
            }
            Some((Waiting::Person, span)) => {
                said(State::WaitingOnPerson, format!("{} waits for a person", span.name), span.start)
            }
            None if silent >= STALL => {
                said(State::Stalled, format!("no sign of it for {}", period(silent)), run.last_received_at)
            }
            None => said(State::Running, format!("last heard of {} ago", period(silent)), run.started_at),
        },
        ended => said(State::Ended, format!("it ended: {ended}"), run.finished_at.unwrap_or(run.last_received_at)),
    }
}

/// A length of time for people: its two largest units at most.
#[must_use]
pub fn period(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut words = Vec::new();
    for (size, unit) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        }
    }
    words.truncate(2);
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}
