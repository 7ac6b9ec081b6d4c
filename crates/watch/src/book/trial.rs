//! A rule, tried on the past: the same evaluation as of now, at the times at which it may have turned.

use super::{Book, down};
use crate::evaluate::{Alert, RuleState, Surroundings};
use crate::heartbeat::{Heartbeat, HeartbeatState};
use crate::notice::Notice;
use crate::rule::{Condition, Rule};
use crate::schedule::Schedule;
use crate::seen::Seen;
use std::collections::BTreeSet;
use std::time::Duration;
use vedette_model::{AccountId, Status, Timestamp, limits};

/// A run of the past, as it is now.
pub struct Past {
    /// The run.
    pub seen: Seen,
    /// From and until when it showed no sign while it was running and waited for nothing; asked by
    /// `stalled_run` alone.
    pub silences: Vec<(Timestamp, Timestamp)>,
}

/// What a rule is tried on.
pub struct Trial {
    rule: Rule,
    schedules: Vec<Schedule>,
    down: Vec<(Timestamp, Timestamp)>,
}

impl Book {
    /// Of a rule that need not be in the book; schedules and the time the server was down are the book's.
    #[must_use]
    pub fn trial(&self, rule: Rule) -> Trial {
        let asks = rule.when.flat().iter().any(|condition| matches!(condition, Condition::MissedHeartbeat {}));
        let schedules = self.heartbeats().map(|heartbeat| heartbeat.schedule.clone());
        let schedules = schedules.filter(|one| rule.on.agent.as_deref().is_none_or(|agent| agent == one.agent));
        Trial { schedules: schedules.filter(|_| asks).collect(), down: self.clock.down.clone(), rule }
    }
}

impl Trial {
    /// How long a run has to be silent for the rule to ask for its [`Past::silences`]; `None` if it never does.
    #[must_use]
    pub fn asks_silences(&self) -> Option<Duration> {
        self.stalls().min()
    }

    fn stalls(&self) -> impl Iterator<Item = Duration> {
        self.rule.when.flat().into_iter().filter_map(|condition| match condition {
            Condition::StalledRun { minutes } => Duration::try_from_secs_f64(minutes * 60.0).ok(),
            _ => None,
        })
    }

    /// What would have been told, oldest first. Schedules count as if they had stood all the time.
    #[must_use]
    pub fn run(&self, runs: &[Past], from: Timestamp, until: Timestamp) -> Vec<Notice> {
        let rule = Rule { created_at: self.rule.created_at.min(from), ..self.rule.clone() };
        let mut alert = Alert::new(rule, RuleState::default());
        let mut heartbeats: Vec<Heartbeat> = self.schedules.iter().filter_map(|one| standing(one, from)).collect();
        let down = |from, until| down(&self.down, from, until);
        let mut heard: Vec<&Seen> = runs.iter().map(|past| &past.seen).collect();
        heard.sort_by_key(|run| (run.ended_at(), run.key));
        let mut heard = heard.into_iter().peekable();
        let mut notices = Vec::new();
        for now in self.moments(runs, &heartbeats, from, until) {
            while let Some(run) = heard.next_if(|run| run.ended_at() <= now) {
                alert.observe(None, Some(run));
                for one in heartbeats.iter_mut().filter(|one| run.agent.as_deref() == Some(&one.schedule.agent)) {
                    // What was due before the run came is judged without it.
                    one.tick(AccountId::DEFAULT, &[], &down, run.ended_at());
                    one.observe(AccountId::DEFAULT, run, &[], run.ended_at());
                }
            }
            heartbeats.iter_mut().for_each(|one| drop(one.tick(AccountId::DEFAULT, &[], &down, now)));
            let missing = heartbeats.iter().filter(|one| one.state.missing_since.is_some());
            let missing: Vec<&str> = missing.map(|one| one.schedule.agent.as_str()).collect();
            let running: Vec<Seen> = runs.iter().filter_map(|past| past.silent_at(now)).collect();
            let running: Vec<&Seen> = running.iter().collect();
            let around = Surroundings { now, running: &running, missing: &missing, down: &down };
            let reading = alert.read(&around);
            notices.extend(alert.step(AccountId::DEFAULT, &reading, now));
        }
        notices
    }

    /// When the rule may turn: when a run ends, is silent for too long or moves again, and when an expected time
    /// is judged; and every now and then, since windows move.
    fn moments(&self, runs: &[Past], schedules: &[Heartbeat], from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let second = Duration::from_secs(1);
        let mut moments: Vec<Timestamp> = runs.iter().map(|past| past.seen.ended_at()).collect();
        for (start, end) in runs.iter().flat_map(|past| &past.silences) {
            moments.extend(self.stalls().map(|stall| start.plus(stall).plus(second)).filter(|moment| moment < end));
            moments.push(*end);
        }
        for schedule in schedules {
            let deadlines = schedule.deadlines(until).take(limits::TRIAL_MOMENTS);
            moments.extend(deadlines.map(|deadline| deadline.plus(second)));
        }
        moments.retain(|moment| (from..=until).contains(moment));
        moments.sort_unstable();
        moments.dedup();
        let every = moments.len().div_ceil(limits::TRIAL_MOMENTS).max(1);
        let length = Duration::from_nanos(until.0.saturating_sub(from.0).max(0).unsigned_abs());
        let step = Duration::from_secs((length.as_secs() / limits::TRIAL_STEPS).max(1));
        let regular = std::iter::successors(Some(from), |now| Some(now.plus(step))).take_while(|now| *now <= until);
        let moments: BTreeSet<Timestamp> = moments.into_iter().step_by(every).chain(regular).collect();
        moments.into_iter().collect()
    }
}

impl Past {
    /// As a running run, if it was one that showed no sign.
    fn silent_at(&self, now: Timestamp) -> Option<Seen> {
        let (since, _) = self.silences.iter().find(|(since, until)| (*since..*until).contains(&now))?;
        Some(Seen { status: Status::Running, last_received_at: *since, waiting: None, ..self.seen.clone() })
    }
}

/// As if it had been made before the time that is tried.
fn standing(schedule: &Schedule, from: Timestamp) -> Option<Heartbeat> {
    Heartbeat::new(Schedule { created_at: from, ..schedule.clone() }, HeartbeatState::default()).ok()
}
