//! What people define: rules, schedules, checks and settings, made, changed and removed.

use super::{Book, ONLY, Settings};
use crate::check::{Check, Checker};
use crate::evaluate::Alert;
use crate::heartbeat::{Heartbeat, HeartbeatState};
use crate::notice::collections;
use crate::rule::Rule;
use crate::schedule::Schedule;
use std::collections::BTreeMap;
use vedette_model::Timestamp;
use vedette_model::limits::DEFINITIONS;

impl Book {
    /// Sets the account's settings.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
        self.dirty.insert((collections::SETTINGS, ONLY.to_owned()));
    }

    /// Adds a rule or replaces that of the same id, which goes on from where it stands.
    pub fn put_rule(&mut self, rule: Rule) -> Result<(), String> {
        rule.check()?;
        if self.alerts.values().any(|alert| alert.rule.name == rule.name && alert.rule.id != rule.id) {
            return Err(format!("there is another rule named {}", rule.name));
        }
        bound(&self.alerts, &rule.id, "rules")?;
        let state = self.alerts.remove(&rule.id).map(|alert| alert.state).unwrap_or_default();
        let id = rule.id.clone();
        let mut alert = Alert::new(rule, state);
        for run in self.runs.values() {
            alert.observe(None, Some(run));
        }
        self.alerts.insert(id.clone(), alert);
        self.dirty.insert((collections::RULES, id));
        self.index_rules();
        Ok(())
    }

    /// Removes a rule; false if there is none.
    pub fn delete_rule(&mut self, id: &str) -> bool {
        let found = self.alerts.remove(id).is_some();
        self.dirty.insert((collections::RULES, id.to_owned()));
        self.dirty.insert((collections::RULE_STATES, id.to_owned()));
        self.index_rules();
        found
    }

    /// Tells nothing of a rule before a time, or again from now on; false if there is none.
    pub fn snooze(&mut self, id: &str, until: Option<Timestamp>) -> bool {
        let Some(alert) = self.alerts.get_mut(id) else { return false };
        alert.state.snoozed_until = until;
        self.dirty.insert((collections::RULE_STATES, id.to_owned()));
        true
    }

    /// Adds a schedule or replaces that of its agent; what was expected before is forgotten if it differs.
    pub fn put_schedule(&mut self, schedule: Schedule, now: Timestamp) -> Result<(), String> {
        bound(&self.heartbeats, &schedule.agent, "schedules")?;
        let agent = schedule.agent.clone();
        let same = |one: &Heartbeat| {
            let of = |schedule: &Schedule| (schedule.cron.clone(), schedule.time_zone.clone(), schedule.every_seconds);
            of(&one.schedule) == of(&schedule)
        };
        let state = self.heartbeats.get(&agent).filter(|one| same(one)).map(|one| one.state.clone());
        // Of the time before another schedule was made, nothing is expected by it.
        let due = schedule.timetable()?.next(now);
        let state = state.unwrap_or_else(|| HeartbeatState { due, ..HeartbeatState::default() });
        let heartbeat = Heartbeat::new(schedule, state)?;
        self.heartbeats.insert(agent.clone(), heartbeat);
        self.dirty.insert((collections::SCHEDULES, agent.clone()));
        self.dirty.insert((collections::SCHEDULE_STATES, agent));
        Ok(())
    }

    /// When runs of a schedule's agent began last, of before it was made: so that a new schedule knows of them.
    pub fn ran_before(&mut self, agent: &str, last_run_at: Option<Timestamp>, last_success_at: Option<Timestamp>) {
        let Some(heartbeat) = self.heartbeats.get_mut(agent) else { return };
        heartbeat.ran(last_run_at, last_success_at);
        self.dirty.insert((collections::SCHEDULE_STATES, agent.to_owned()));
    }

    /// Removes an agent's schedule; false if there is none.
    pub fn delete_schedule(&mut self, agent: &str) -> bool {
        let found = self.heartbeats.remove(agent).is_some();
        self.dirty.insert((collections::SCHEDULES, agent.to_owned()));
        self.dirty.insert((collections::SCHEDULE_STATES, agent.to_owned()));
        found
    }

    /// Adds a check or replaces that of the same id.
    pub fn put_check(&mut self, check: Check) -> Result<(), String> {
        if self.checks.values().any(|one| one.check.name == check.name && one.check.id != check.id) {
            return Err(format!("there is another check named {}", check.name));
        }
        bound(&self.checks, &check.id, "checks")?;
        let id = check.id.clone();
        self.checks.insert(id.clone(), Checker::new(check)?);
        self.dirty.insert((collections::CHECKS, id));
        Ok(())
    }

    /// Removes a check; false if there is none.
    pub fn delete_check(&mut self, id: &str) -> bool {
        self.dirty.insert((collections::CHECKS, id.to_owned()));
        self.checks.remove(id).is_some()
    }
}

/// One more has to fit; what is there may always be replaced.
fn bound<T>(held: &BTreeMap<String, T>, id: &str, what: &str) -> Result<(), String> {
    if held.len() < DEFINITIONS || held.contains_key(id) {
        Ok(())
    } else {
        Err(format!("there are {DEFINITIONS} {what} already"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vedette_model::AccountId;

    fn check(id: usize, tool: &str) -> Check {
        let text = format!(
            r#"{{"id": "{id}", "name": "check {id}", "created_at": "2026-01-01T00:00:00Z",
                "test": {{"type": "tool_called", "tool": "{tool}"}}}}"#
        );
        serde_json::from_str(&text).expect("a check")
    }

    #[test]
    fn a_full_book_takes_changes_and_nothing_new() {
        let (mut book, _) = Book::load(AccountId::DEFAULT, std::iter::empty());
        for id in 0..DEFINITIONS {
            book.put_check(check(id, "search")).expect("room");
        }
        assert_eq!(book.put_check(check(7, "refund")), Ok(()));
        for address in ["7", "check 7"] {
            assert_eq!(book.check(address).map(|one| one.check.clone()), Some(check(7, "refund")));
        }
        assert!(book.put_check(check(DEFINITIONS, "search")).is_err());
    }
}
