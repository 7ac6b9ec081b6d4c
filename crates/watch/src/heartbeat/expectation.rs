//! A schedule's past, as people look at it: each expected time and what came of it. It tells what was judged
//! at the time: which times were missed is remembered, the runs are the agent's own.

use super::Heartbeat;
use crate::seen::Seen;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use vedette_model::{RunKey, Status, Timestamp};

/// What came of an expected time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A run came in time and ended well.
    Ok,
    /// It began after its grace.
    Late,
    /// It failed or timed out.
    Failed,
    /// It took longer than the schedule allows.
    TooLong,
    /// It began while the one before still ran.
    Overlapping,
    /// It still runs.
    Running,
    /// None came.
    Missed,
    /// None is known, and it was not judged: the server was down, or the schedule was off or another.
    Unknown,
    /// It may still come.
    Due,
}

/// An expected time and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The expected time; of a schedule that only says how often, when a run in time began.
    pub at: Timestamp,
    /// What came of it.
    pub answer: Answer,
    /// The run that answered: its key, its begin and its end, if it has one.
    pub run: Option<(RunKey, Timestamp, Option<Timestamp>)>,
}

/// The last of the times, `every` so long from `due` on, that is not after `until`; `due` if none is.
fn last_due(due: Timestamp, every: Duration, until: Timestamp) -> Timestamp {
    let every_ns = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX).max(1);
    let past_ns = until.0.saturating_sub(due.0).max(0);
    Timestamp(due.0.saturating_add(past_ns - past_ns % every_ns))
}

impl Heartbeat {
    /// The newest `most` expected times up to the next one, oldest first. `runs` are all of the agent's that
    /// began at `since` or later, in any order; nothing is said of expected times before that.
    #[must_use]
    pub fn expectations(&self, runs: &[Seen], since: Timestamp, now: Timestamp, most: usize) -> Vec<Expectation> {
        let mut runs: Vec<&Seen> = runs.iter().filter(|run| run.started_at >= since).collect();
        runs.sort_by_key(|run| (run.started_at, run.key));
        let mut found = match self.timetable.every() {
            Some(every) => self.so_often(&runs, every, now),
            None => self.at_times(&runs, since, now, most),
        };
        if let Some(due) = self.next_due().filter(|_| !self.schedule.paused) {
            found.retain(|one| one.at != due);
            found.push(Expectation { at: due, answer: Answer::Due, run: None });
        }
        found.sort_by_key(|one| one.at);
        found.drain(..found.len().saturating_sub(most));
        found
    }

    /// The next expected time that no run has answered ahead of judgement.
    fn next_due(&self) -> Option<Timestamp> {
        let mut due = self.state.due?;
        while self.state.answered.contains(&due) {
            due = self.timetable.next(due)?;
        }
        Some(due)
    }

    fn so_often(&self, runs: &[&Seen], every: Duration, now: Timestamp) -> Vec<Expectation> {
        let mut before: Option<&Seen> = None;
        let mut found: Vec<Expectation> = Vec::new();
        for run in runs {
            let due = before.map(|before| before.started_at.plus(every));
            let late = due.filter(|due| run.started_at > due.plus(self.timetable.grace()));
            // It answers the last time that it could have been waited for.
            let at = late.map(|due| last_due(due, every, run.started_at)).unwrap_or(run.started_at);
            found.push(Expectation { at, ..self.answered(run, late.is_some(), before, now) });
            before = Some(run);
        }
        let late: BTreeSet<Timestamp> = found.iter().map(|one| one.at).collect();
        let missed = self.state.missed_times.iter().filter(|at| !late.contains(at));
        found.extend(missed.map(|at| Expectation { at: *at, answer: Answer::Missed, run: None }));
        found
    }

    fn at_times(&self, runs: &[&Seen], since: Timestamp, now: Timestamp, most: usize) -> Vec<Expectation> {
        let early = self.timetable.early();
        let mut times = Vec::new();
        let mut before = now.plus(early);
        while times.len() < most
            && let Some(time) = self.timetable.last(before).filter(|time| *time >= since)
        {
            times.push(time);
            before = time.minus(Duration::from_nanos(1));
        }
        let mut end = Timestamp(i64::MAX);
        let mut found = Vec::new();
        for time in times {
            // The first run since then answers; a later one is one more.
            let from = time.minus(early);
            let at = runs.partition_point(|run| run.started_at < from);
            let answer = runs.get(at).filter(|run| run.started_at < end);
            let before = at.checked_sub(1).and_then(|at| runs.get(at)).copied();
            end = from;
            match answer {
                Some(run) => {
                    let late = run.started_at > time.plus(self.timetable.grace());
                    found.push(Expectation { at: time, ..self.answered(run, late, before, now) });
                }
                None if self.state.missed_times.contains(&time) => {
                    found.push(Expectation { at: time, answer: Answer::Missed, run: None });
                }
                // Before it was made, nothing was expected.
                None if time > self.schedule.created_at => {
                    found.push(Expectation { at: time, answer: Answer::Unknown, run: None });
                }
                None => {}
            }
        }
        found
    }

    fn answered(&self, run: &Seen, late: bool, before: Option<&Seen>, now: Timestamp) -> Expectation {
        let longest = self.schedule.max_seconds.map(Duration::from_secs);
        let too_long = longest.is_some_and(|longest| run.finished_at.unwrap_or(now) > run.started_at.plus(longest));
        let still = |before: &Seen| before.finished_at.is_none_or(|end| end > run.started_at);
        let overlaps = !self.schedule.may_overlap && before.is_some_and(still);
        let answer = match run.status {
            _ if run.has_failed() => Answer::Failed,
            _ if too_long => Answer::TooLong,
            _ if overlaps => Answer::Overlapping,
            Status::Running => Answer::Running,
            _ if late => Answer::Late,
            _ => Answer::Ok,
        };
        Expectation { at: run.started_at, answer, run: Some((run.key, run.started_at, run.finished_at)) }
    }
}
