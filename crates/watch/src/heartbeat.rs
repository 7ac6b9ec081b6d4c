//! A schedule at work: runs answer expected times, and what was not answered in time is missing. Time in
//! which the server was down proves nothing: an expected time that meets it is passed over, and the next one
//! judged. That the server was up is known to the second where it matters ([`Heartbeat::judges_within`]), and
//! what the last [`BLINK`] before a deadline could have brought is not waited for: so a server that was up
//! until then tells what was missed, even if it crashes before it could.

mod expectation;

pub use expectation::{Answer, Expectation};

use crate::activity::period;
use crate::notice::{Notice, NoticeKind};
use crate::schedule::{Schedule, Timetable};
use crate::seen::Seen;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use vedette_model::{AccountId, RunKey, RunKind, Status, Timestamp, content_hash, limits};

/// Expected times judged in one step; more are left to the next.
const AT_ONCE: usize = 10_000;
/// A server that is down only this long before a deadline has seen enough.
const BLINK: Duration = Duration::from_secs(2);

/// What [`HeartbeatState::told`] says of a run that takes too long.
const TOO_LONG: &str = "too long";

/// Where a schedule stands; stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatState {
    /// The next expected time that is not judged yet.
    pub due: Option<Timestamp>,
    /// When the last run began.
    pub last_run_at: Option<Timestamp>,
    /// When the last run that succeeded began.
    pub last_success_at: Option<Timestamp>,
    /// The first expected time that was missed, while runs are missing.
    pub missing_since: Option<Timestamp>,
    /// Expected times missed since then.
    pub missed: u64,
    /// Expected times that runs answered before they were judged.
    pub answered: BTreeSet<Timestamp>,
    /// Expected times that were missed.
    pub missed_times: BTreeSet<Timestamp>,
    /// Runs that were told to be failed, too long or overlapping.
    pub told: BTreeSet<String>,
}

/// A schedule with where it stands.
pub struct Heartbeat {
    /// What is expected.
    pub schedule: Schedule,
    /// How it goes.
    pub state: HeartbeatState,
    timetable: Timetable,
}

fn told(run: RunKey, what: &str) -> String {
    format!("{run} {what}")
}

fn keep_newest<T: Ord>(set: &mut BTreeSet<T>, most: usize) {
    while set.len() > most {
        set.pop_first();
    }
}

impl Heartbeat {
    /// Fails with the reason if the schedule makes no sense.
    pub fn new(schedule: Schedule, state: HeartbeatState) -> Result<Self, String> {
        let timetable = schedule.timetable()?;
        let mut state = state;
        if state.due.is_none() {
            state.due = timetable.next(schedule.created_at);
        }
        Ok(Heartbeat { schedule, state, timetable })
    }

    /// Whether time alone may change something by now.
    #[must_use]
    pub fn asks(&self, now: Timestamp) -> bool {
        let over = |due: Timestamp| now > due.plus(self.timetable.grace());
        self.schedule.max_seconds.is_some() || self.state.due.is_some_and(over)
    }

    /// Whether an expected time that no run answered yet is judged by then: until then it is to be known to the
    /// second that the server is up.
    #[must_use]
    pub fn judges_within(&self, now: Timestamp, period: Duration) -> bool {
        let Some(due) = self.state.due.filter(|due| !self.schedule.paused && !self.state.answered.contains(due)) else {
            return false;
        };
        due.plus(self.timetable.grace()) <= now.plus(period)
    }

    /// When expected times are judged, from the next one on; of a period, as if no run came.
    pub(crate) fn deadlines(&self, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let due = std::iter::successors(self.state.due, |due| self.timetable.next(*due));
        due.map(|due| due.plus(self.timetable.grace())).take_while(move |deadline| *deadline <= until)
    }

    /// It was told that a run takes too long.
    #[must_use]
    pub fn told_too_long(&self, run: RunKey) -> bool {
        self.state.told.contains(&told(run, TOO_LONG))
    }

    /// Runs that take longer than they may, not counting the time in which their end could not be heard.
    #[must_use]
    pub fn overdue<'a>(
        &self,
        running: &[&'a Seen],
        down: &dyn Fn(Timestamp, Timestamp) -> Duration,
        now: Timestamp,
    ) -> Vec<&'a Seen> {
        let Some(longest) = self.schedule.max_seconds.filter(|_| !self.schedule.paused) else { return Vec::new() };
        let is_overdue = |run: &&Seen| {
            let took = Duration::from_nanos(now.0.saturating_sub(run.started_at.0).max(0).unsigned_abs());
            run.started_at >= self.schedule.created_at
                && took.saturating_sub(down(run.started_at, now)) > Duration::from_secs(longest)
        };
        running.iter().copied().filter(is_overdue).collect()
    }

    /// A run of its agent as it is now. `running` are the agent's other runs that have not ended.
    pub fn observe(&mut self, account: AccountId, run: &Seen, running: &[&Seen], now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let counts = !self.schedule.paused && run.started_at >= self.schedule.created_at.minus(self.timetable.early());
        if counts {
            notices.extend(self.answer(account, run, now));
        }
        let succeeded_at = (run.status == Status::Success).then_some(run.started_at);
        self.ran(Some(run.started_at), succeeded_at);
        if !counts {
            return notices;
        }
        // A run with content that fails is an incident's business.
        if run.has_failed() && run.kind == RunKind::Heartbeat && self.tell_once(run.key, "failed") {
            let what = run.failure_message.as_deref().unwrap_or("it said nothing more").to_owned();
            let title = format!("{} failed", self.schedule.agent);
            notices.push(self.notice(
                account,
                NoticeKind::HeartbeatFailed,
                title,
                what,
                Some(run),
                run.ended_at(),
                now,
            ));
        }
        let before = running.iter().filter(|other| other.key != run.key && other.started_at < run.started_at);
        if let Some(other) = before.max_by_key(|other| other.started_at).filter(|_| !self.schedule.may_overlap)
            && run.status == Status::Running
            && self.tell_once(run.key, "overlap")
        {
            let what = format!("a run began at {} while that of {} is still running", run.started_at, other.started_at);
            let title = format!("{} overlaps", self.schedule.agent);
            notices.push(self.notice(
                account,
                NoticeKind::HeartbeatOverlap,
                title,
                what,
                Some(run),
                run.started_at,
                now,
            ));
        }
        notices
    }

    /// Runs of its agent began, whatever is expected of them; those that are known already change nothing.
    pub(crate) fn ran(&mut self, last_run_at: Option<Timestamp>, last_success_at: Option<Timestamp>) {
        self.state.last_run_at = self.state.last_run_at.max(last_run_at);
        self.state.last_success_at = self.state.last_success_at.max(last_success_at);
    }

    /// No run that counts for it began yet, and none is missing.
    #[must_use]
    pub fn is_new(&self) -> bool {
        let since = self.schedule.created_at.minus(self.timetable.early());
        self.state.missing_since.is_none() && self.state.last_run_at.is_none_or(|last| last < since)
    }

    /// Takes a run as the answer to an expected time.
    fn answer(&mut self, account: AccountId, run: &Seen, now: Timestamp) -> Option<Notice> {
        let started = run.started_at;
        if let Some(every) = self.timetable.every() {
            if self.state.last_run_at.is_some_and(|last| last >= started) {
                return None;
            }
            let late = self.state.due.is_some_and(|due| started > due.plus(self.timetable.grace()));
            self.state.due = Some(started.plus(every));
            return self.back(account, run, late, now);
        }
        let expected = self.timetable.last(started.plus(self.timetable.early()))?;
        if expected < self.schedule.created_at {
            return None;
        }
        if self.state.due.is_some_and(|due| expected >= due) {
            if !self.state.answered.insert(expected) {
                return None;
            }
            keep_newest(&mut self.state.answered, limits::HEARTBEAT_TIMES);
            return self.back(account, run, false, now);
        }
        // Judged: it was missed, and now is late; or it was not, and this run is one more.
        self.state.missed_times.remove(&expected).then(|| self.back(account, run, true, now)).flatten()
    }

    /// A run came: if some were missing, they are no longer.
    fn back(&mut self, account: AccountId, run: &Seen, late: bool, now: Timestamp) -> Option<Notice> {
        let since = self.state.missing_since.take()?;
        let missed = std::mem::take(&mut self.state.missed);
        let agent = &self.schedule.agent;
        let (kind, title) = match late {
            true => (NoticeKind::HeartbeatLate, format!("{agent} ran late")),
            false => (NoticeKind::HeartbeatRecovered, format!("{agent} runs again")),
        };
        let what = format!("the run of {since} was expected, {missed} were missed, one began at {}", run.started_at);
        Some(self.notice(account, kind, title, what, Some(run), since, now))
    }

    /// Time has passed. `down` says how much of the time between two points the server was down; `running`
    /// are the agent's runs that have not ended.
    pub fn tick(
        &mut self,
        account: AccountId,
        running: &[&Seen],
        down: &dyn Fn(Timestamp, Timestamp) -> Duration,
        now: Timestamp,
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        if self.schedule.paused {
            // Nothing is expected of the time it was off.
            self.state.due = self.timetable.next(now);
            self.state.missing_since = None;
            return notices;
        }
        for _ in 0..AT_ONCE {
            let Some(due) = self.state.due else { break };
            let deadline = due.plus(self.timetable.grace());
            if now <= deadline {
                break;
            }
            self.state.due = self.timetable.next(due);
            let blink = if self.timetable.grace() > 2 * BLINK { BLINK } else { Duration::ZERO };
            let from = due.minus(self.timetable.early().max(BLINK));
            let unsure = !down(from, deadline.minus(blink)).is_zero();
            if self.state.answered.remove(&due) || unsure {
                continue;
            }
            self.state.missed += 1;
            self.state.missed_times.insert(due);
            keep_newest(&mut self.state.missed_times, limits::HEARTBEAT_TIMES);
            if self.state.missing_since.is_none() {
                self.state.missing_since = Some(due);
                let last = self.state.last_success_at.map_or_else(|| "never".to_owned(), |last| last.to_string());
                let what = format!(
                    "a run was expected at {due}, none came within {}; the last that succeeded began: {last}",
                    period(self.timetable.grace())
                );
                let title = format!("{} did not run", self.schedule.agent);
                notices.push(self.notice(account, NoticeKind::HeartbeatMissed, title, what, None, due, now));
            }
        }
        let longest = Duration::from_secs(self.schedule.max_seconds.unwrap_or_default());
        for run in self.overdue(running, down, now) {
            if self.tell_once(run.key, TOO_LONG) {
                let what = format!("the run that began at {} still runs after {}", run.started_at, period(longest));
                let title = format!("{} takes too long", self.schedule.agent);
                let since = run.started_at.plus(longest);
                notices.push(self.notice(account, NoticeKind::HeartbeatTooLong, title, what, Some(run), since, now));
            }
        }
        notices
    }

    fn tell_once(&mut self, run: RunKey, what: &str) -> bool {
        let new = self.state.told.insert(told(run, what));
        keep_newest(&mut self.state.told, limits::HEARTBEAT_RUNS_TOLD);
        new
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one notice")]
    fn notice(
        &self,
        account: AccountId,
        kind: NoticeKind,
        title: String,
        what: String,
        run: Option<&Seen>,
        since: Timestamp,
        now: Timestamp,
    ) -> Notice {
        let agent = self.schedule.agent.clone();
        let run = run.map(|run| run.key);
        let cause = format!("{agent}\n{kind}\n{}\n{}", since.0, run.map(|run| run.to_string()).unwrap_or_default());
        Notice {
            id: format!("ntc_{:016x}", content_hash(cause.as_bytes())),
            account,
            kind,
            severity: if kind.is_good_news() { crate::Severity::Info } else { self.schedule.severity },
            title,
            what,
            since,
            count: self.state.missed.max(1),
            link_path: format!("/heartbeats/{}", path_part(&agent)),
            agent: Some(agent),
            run,
            incident: None,
            rule: None,
            occurred_at: now,
        }
    }
}

/// A name as one part of a path.
fn path_part(name: &str) -> String {
    name.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}
