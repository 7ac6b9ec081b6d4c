//! What a run is doing, and why it is thought so.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use vedette_model::{Kind, Run, Span, Status, Timestamp};

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
    let open = spans.filter(|span| span.end.is_none()).max_by_key(|span| (span.start, span.id))?;
    let name = open.tool.as_deref().unwrap_or(&open.name).to_lowercase();
    match open.kind {
        _ if PERSON.iter().any(|word| name.contains(word)) => Some((Waiting::Person, open)),
        Kind::Tool | Kind::Http | Kind::Db | Kind::Retriever => Some((Waiting::Tool, open)),
        _ => None,
    }
}

/// What a run is doing as of `now`.
#[must_use]
pub fn activity<'a>(run: &Run, spans: impl Iterator<Item = &'a Span>, now: Timestamp) -> Activity {
    let silent = Duration::from_nanos(now.0.saturating_sub(run.last_received_at.0).max(0).unsigned_abs());
    let said = |state, why: String, since| Activity { state, why, since };
    match run.status {
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
