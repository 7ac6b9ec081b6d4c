//! All that is watched for one account: what runs change and what time changes, in one place, so that it is
//! stored in one transaction. [`Book::take`] answers what has to be written and told since the last call.

mod definitions;
mod grouping;
mod trial;

use crate::check::{Check, Checker};
use crate::evaluate::{Alert, RuleState, Surroundings};
use crate::heartbeat::{Heartbeat, HeartbeatState};
use crate::incident::Incident;
use crate::notice::{Channel, Notice, collections};
use crate::rule::{Condition, Rule};
use crate::schedule::Schedule;
use crate::seen::Seen;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use vedette_model::{AccountId, RunKey, RunKind, Status, Timestamp, limits};

pub use grouping::Step;
pub use trial::{Past, Trial};

/// How far back runs are read again when a book is opened.
pub const LOOK_BACK: Duration = Duration::from_secs(15 * 86_400);
/// What ended longer ago when it is heard of is history: it is gathered, but nobody is woken.
pub const HISTORY: Duration = Duration::from_secs(24 * 3_600);
/// The one document of [`collections::CLOCK`] and of [`collections::SETTINGS`].
const ONLY: &str = "only";

/// When the server was up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Clock {
    /// It was, then.
    alive_at: Option<Timestamp>,
    /// It was not, from and until.
    down: Vec<(Timestamp, Timestamp)>,
}

/// What an account sets for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Good runs of its agent after which an incident resolves itself; 0 is never.
    pub resolve_after: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { resolve_after: 5 }
    }
}

/// A document to be written; `None` removes it.
pub type Write = (&'static str, String, Option<String>);

/// A notice, and the channels its rule or schedule names.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What is told.
    pub notice: Notice,
    /// Ids or names; empty is every channel that takes it.
    pub channels: Vec<String>,
}

impl Told {
    /// Where it goes, of the account's channels; what is for a paused one waits in the outbox.
    #[must_use]
    pub fn route<'a>(&self, channels: &'a [Channel]) -> Vec<&'a Channel> {
        let named = |channel: &&Channel| match self.channels.as_slice() {
            [] => channel.takes(&self.notice),
            names => names.iter().any(|name| *name == channel.id || *name == channel.name),
        };
        channels.iter().filter(named).collect()
    }
}

/// What a step left to do.
#[derive(Debug, Default)]
pub struct Outbox {
    /// To be written, all or none.
    pub writes: Vec<Write>,
    /// To be told.
    pub told: Vec<Told>,
    /// Incidents that are over: what is still to be told of their being open is not told any more.
    pub resolved: Vec<String>,
    /// Running runs that take longer than so many seconds, which they may: they are to become `timeout`. Asked
    /// again until they are.
    pub overdue: BTreeMap<RunKey, u64>,
}

/// See the module.
pub struct Book {
    account: AccountId,
    alerts: BTreeMap<String, Alert>,
    heartbeats: BTreeMap<String, Heartbeat>,
    checks: BTreeMap<String, Checker>,
    incidents: BTreeMap<String, Incident>,
    by_fingerprint: HashMap<String, String>,
    /// The incident of a root run.
    members: HashMap<RunKey, String>,
    /// The incident that shows what a run said.
    speakers: HashMap<RunKey, String>,
    /// Ids of rules on one agent, and of all others.
    by_agent: HashMap<String, Vec<String>>,
    general: Vec<String>,
    runs: BTreeMap<RunKey, Seen>,
    /// By end, running ones last.
    by_end: BTreeSet<(Timestamp, RunKey)>,
    running: BTreeSet<RunKey>,
    /// The last time that was heard of.
    now: Timestamp,
    /// The longest window of a rule.
    longest: Duration,
    clock: Clock,
    settings: Settings,
    outbox: Outbox,
    dirty: BTreeSet<(&'static str, String)>,
}

fn place(run: &Seen) -> (Timestamp, RunKey) {
    (run.finished_at.unwrap_or(Timestamp(i64::MAX)), run.key)
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

impl Book {
    /// From documents, by collection, id and body; and which of them make no sense.
    pub fn load(account: AccountId, documents: impl Iterator<Item = (String, String, String)>) -> (Self, Vec<String>) {
        let mut wrong = Vec::new();
        let mut kept: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (collection, id, body) in documents {
            kept.entry(collection).or_default().insert(id, body);
        }
        let mut book = Book {
            account,
            alerts: BTreeMap::new(),
            heartbeats: BTreeMap::new(),
            checks: BTreeMap::new(),
            incidents: BTreeMap::new(),
            by_fingerprint: HashMap::new(),
            members: HashMap::new(),
            speakers: HashMap::new(),
            by_agent: HashMap::new(),
            general: Vec::new(),
            runs: BTreeMap::new(),
            by_end: BTreeSet::new(),
            running: BTreeSet::new(),
            now: Timestamp::default(),
            longest: Duration::ZERO,
            clock: Clock::default(),
            settings: Settings::default(),
            outbox: Outbox::default(),
            dirty: BTreeSet::new(),
        };
        let mut states: BTreeMap<String, RuleState> = read(&kept, collections::RULE_STATES, &mut wrong);
        for (id, rule) in read::<Rule>(&kept, collections::RULES, &mut wrong) {
            book.alerts.insert(id.clone(), Alert::new(rule, states.remove(&id).unwrap_or_default()));
        }
        let mut states: BTreeMap<String, HeartbeatState> = read(&kept, collections::SCHEDULE_STATES, &mut wrong);
        for (agent, schedule) in read::<Schedule>(&kept, collections::SCHEDULES, &mut wrong) {
            match Heartbeat::new(schedule, states.remove(&agent).unwrap_or_default()) {
                Ok(heartbeat) => drop(book.heartbeats.insert(agent, heartbeat)),
                Err(reason) => wrong.push(format!("schedules/{agent}: {reason}")),
            }
        }
        for (id, check) in read::<Check>(&kept, collections::CHECKS, &mut wrong) {
            match Checker::new(check) {
                Ok(checker) => drop(book.checks.insert(id, checker)),
                Err(reason) => wrong.push(format!("checks/{id}: {reason}")),
            }
        }
        book.incidents = read(&kept, collections::INCIDENTS, &mut wrong);
        for incident in book.incidents.values() {
            book.by_fingerprint.insert(incident.fingerprint.clone(), incident.id.clone());
            book.members.extend(incident.runs.iter().map(|member| (member.root, incident.id.clone())));
            book.speakers.extend(incident.said.iter().map(|said| (said.run, incident.id.clone())));
        }
        book.clock = read(&kept, collections::CLOCK, &mut wrong).remove(ONLY).unwrap_or_default();
        book.settings = read(&kept, collections::SETTINGS, &mut wrong).remove(ONLY).unwrap_or_default();
        book.index_rules();
        (book, wrong)
    }

    fn index_rules(&mut self) {
        self.by_agent.clear();
        self.general.clear();
        self.longest = self.alerts.values().map(Alert::reach).max().unwrap_or_default();
        for (id, alert) in &self.alerts {
            match &alert.rule.on.agent {
                Some(agent) => self.by_agent.entry(agent.clone()).or_default().push(id.clone()),
                None => self.general.push(id.clone()),
            }
        }
    }

    /// The server is up again: since it was last, nothing proves anything.
    pub fn resume(&mut self, now: Timestamp) {
        if let Some(before) = self.clock.alive_at.filter(|before| *before < now) {
            self.clock.down.push((before, now));
            self.clock.down.drain(..self.clock.down.len().saturating_sub(limits::DOWNTIMES));
        }
        self.alive(now);
    }

    /// The server is up: to be said now and then, since a crash says nothing.
    pub fn alive(&mut self, now: Timestamp) {
        self.clock.alive_at = Some(now);
        self.dirty.insert((collections::CLOCK, ONLY.to_owned()));
    }

    /// Whether by then some expected time is judged, so that it is to be known to the second that the server is up.
    #[must_use]
    pub fn judges_within(&self, now: Timestamp, period: Duration) -> bool {
        self.heartbeats.values().any(|heartbeat| heartbeat.judges_within(now, period))
    }

    /// A run that was seen before this book was opened: it counts, and nothing follows from it.
    pub fn replay(&mut self, seen: Seen, now: Timestamp) {
        self.now = self.now.max(now);
        self.count(seen);
    }

    /// A run as it is now.
    pub fn observe(&mut self, seen: &Seen, now: Timestamp) {
        self.now = self.now.max(now);
        if let Some(agent) = seen.agent.as_deref() {
            // What was due before is judged without it.
            self.tick_heartbeat(agent, now);
        }
        self.count(seen.clone());
        if let Some(agent) = seen.agent.as_deref()
            && let Some(heartbeat) = self.heartbeats.get_mut(agent)
        {
            let running = running(&self.running, &self.runs, Some(agent));
            let before = heartbeat.state.clone();
            let notices = heartbeat.observe(self.account, seen, &running, now);
            let channels = &heartbeat.schedule.channels;
            self.outbox.told.extend(notices.into_iter().map(|notice| Told { notice, channels: channels.clone() }));
            if heartbeat.state != before {
                self.dirty.insert((collections::SCHEDULE_STATES, agent.to_owned()));
            }
        }
        // A sign of life that says "failed" is told by its schedule, once.
        let told = seen.kind == RunKind::Heartbeat
            && seen.agent.as_deref().is_some_and(|agent| self.heartbeats.contains_key(agent));
        if !told {
            self.group(seen, now);
        }
    }

    /// A run is gone.
    pub fn forget(&mut self, run: RunKey, now: Timestamp) {
        if let Some(before) = self.runs.remove(&run) {
            self.by_end.remove(&place(&before));
            self.running.remove(&run);
            for id in self.rules_of(&[before.agent.as_deref()]) {
                if let Some(alert) = self.alerts.get_mut(&id) {
                    alert.observe(Some(&before), None);
                }
            }
        }
        self.unsay(run);
        self.ungroup(run, now);
    }

    fn rules_of(&self, agents: &[Option<&str>]) -> Vec<String> {
        let agents: BTreeSet<&str> = agents.iter().copied().flatten().collect();
        let theirs = agents.iter().filter_map(|agent| self.by_agent.get(*agent)).flatten();
        self.general.iter().chain(theirs).cloned().collect()
    }

    /// Moves the series from what the run was to what it is.
    fn count(&mut self, seen: Seen) {
        let before = self.runs.remove(&seen.key);
        if let Some(before) = &before {
            self.by_end.remove(&place(before));
        }
        let agents = [before.as_ref().and_then(|run| run.agent.as_deref()), seen.agent.as_deref()];
        for id in self.rules_of(&agents) {
            if let Some(alert) = self.alerts.get_mut(&id) {
                alert.observe(before.as_ref(), Some(&seen));
            }
        }
        if seen.status == Status::Running {
            self.running.insert(seen.key);
        } else {
            self.running.remove(&seen.key);
        }
        self.by_end.insert(place(&seen));
        self.runs.insert(seen.key, seen);
        // Windows end now; what has left them cannot move them any more.
        let horizon = self.now.minus(self.longest);
        while let Some((end, oldest)) = self.by_end.first().copied()
            && (self.runs.len() > limits::WATCHED_RUNS || end < horizon)
        {
            self.by_end.pop_first();
            self.runs.remove(&oldest);
            self.running.remove(&oldest);
        }
    }

    fn tick_heartbeat(&mut self, agent: &str, now: Timestamp) {
        let Some(heartbeat) = self.heartbeats.get_mut(agent) else { return };
        let (due, told) = (heartbeat.state.due, heartbeat.state.told.len());
        let running = running(&self.running, &self.runs, Some(agent));
        let down = |from, until| down(&self.clock.down, from, until);
        let notices = heartbeat.tick(self.account, &running, &down, now);
        let overdue = heartbeat.overdue(&running, &down, now);
        let longest = heartbeat.schedule.max_seconds.unwrap_or_default();
        self.outbox.overdue.extend(overdue.into_iter().map(|run| (run.key, longest)));
        if heartbeat.state.due != due || heartbeat.state.told.len() != told || !notices.is_empty() {
            self.dirty.insert((collections::SCHEDULE_STATES, agent.to_owned()));
        }
        let channels = &heartbeat.schedule.channels;
        self.outbox.told.extend(notices.into_iter().map(|notice| Told { notice, channels: channels.clone() }));
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        let due = self.heartbeats.iter().filter(|(_, heartbeat)| heartbeat.asks(now));
        let due: Vec<String> = due.map(|(agent, _)| agent.clone()).collect();
        for agent in due {
            self.tick_heartbeat(&agent, now);
        }
        let running = running(&self.running, &self.runs, None);
        let missing: Vec<&str> = self
            .heartbeats
            .iter()
            .filter(|(_, heartbeat)| heartbeat.state.missing_since.is_some())
            .map(|(agent, _)| agent.as_str())
            .collect();
        let down = |from, until| down(&self.clock.down, from, until);
        let around = Surroundings { now, running: &running, missing: &missing, down: &down };
        for (id, alert) in &mut self.alerts {
            if alert.rule.paused {
                continue;
            }
            let stands = |state: &RuleState| (state.firing_since, state.told, state.flapping);
            let before = stands(&alert.state);
            let reading = alert.read(&around);
            let notices = alert.step(self.account, &reading, now);
            if stands(&alert.state) != before {
                self.dirty.insert((collections::RULE_STATES, id.clone()));
            }
            let channels = &alert.rule.channels;
            self.outbox.told.extend(notices.into_iter().map(|notice| Told { notice, channels: channels.clone() }));
        }
    }

    /// What has to be written and told since the last call.
    pub fn take(&mut self) -> Outbox {
        let mut outbox = std::mem::take(&mut self.outbox);
        for (collection, id) in std::mem::take(&mut self.dirty) {
            let body = match collection {
                collections::RULES => self.alerts.get(&id).and_then(|alert| json(&alert.rule)),
                collections::RULE_STATES => self.alerts.get(&id).and_then(|alert| json(&alert.state)),
                collections::SCHEDULES => self.heartbeats.get(&id).and_then(|one| json(&one.schedule)),
                collections::SCHEDULE_STATES => self.heartbeats.get(&id).and_then(|one| json(&one.state)),
                collections::CHECKS => self.checks.get(&id).and_then(|one| json(&one.check)),
                collections::INCIDENTS => self.incidents.get(&id).and_then(json),
                collections::SETTINGS => json(&self.settings),
                _ => json(&self.clock),
            };
            outbox.writes.push((collection, id, body));
        }
        outbox
    }

    /// The account's rules, by id.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    /// The rule of an id or a name.
    #[must_use]
    pub fn alert(&self, address: &str) -> Option<&Alert> {
        self.alerts.get(address).or_else(|| self.alerts.values().find(|alert| alert.rule.name == address))
    }

    /// The account's schedules, by agent.
    pub fn heartbeats(&self) -> impl Iterator<Item = &Heartbeat> {
        self.heartbeats.values()
    }

    /// The account's checks, by id.
    pub fn checks(&self) -> impl Iterator<Item = &Checker> {
        self.checks.values()
    }

    /// The check of an id or a name.
    #[must_use]
    pub fn check(&self, address: &str) -> Option<&Checker> {
        self.checks.get(address).or_else(|| self.checks.values().find(|one| one.check.name == address))
    }

    /// The account's incidents, by id.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// The incident that a root run belongs to.
    #[must_use]
    pub fn incident_of(&self, root: RunKey) -> Option<&Incident> {
        self.incidents.get(self.members.get(&root)?)
    }

    /// The account's settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// How long ago a run may have ended that still counts for some rule.
    #[must_use]
    pub fn reach(&self) -> Duration {
        self.longest
    }

    /// Some rule looks at scores.
    #[must_use]
    pub fn asks_scores(&self) -> bool {
        self.alerts.values().any(Alert::asks_scores)
    }

    /// Some rule looks at what running runs wait for.
    #[must_use]
    pub fn asks_waiting(&self) -> bool {
        let asks = |condition: &Condition| matches!(condition, Condition::StalledRun { .. });
        self.alerts.values().any(|alert| alert.rule.when.flat().into_iter().any(asks))
    }

    /// Something depends on time alone, so that it matters when the server was up.
    #[must_use]
    pub fn keeps_time(&self) -> bool {
        !self.alerts.is_empty() || !self.heartbeats.is_empty()
    }
}

fn read<T: DeserializeOwned>(
    kept: &BTreeMap<String, BTreeMap<String, String>>,
    collection: &str,
    wrong: &mut Vec<String>,
) -> BTreeMap<String, T> {
    let mut values = BTreeMap::new();
    for (id, body) in kept.get(collection).into_iter().flatten() {
        match serde_json::from_str(body) {
            Ok(value) => drop(values.insert(id.clone(), value)),
            Err(error) => wrong.push(format!("{collection}/{id}: {error}")),
        }
    }
    values
}

/// Running runs, of an agent or all.
fn running<'a>(running: &BTreeSet<RunKey>, runs: &'a BTreeMap<RunKey, Seen>, agent: Option<&str>) -> Vec<&'a Seen> {
    let runs = running.iter().filter_map(|key| runs.get(key));
    runs.filter(|run| agent.is_none() || run.agent.as_deref() == agent).collect()
}

fn down(downtimes: &[(Timestamp, Timestamp)], from: Timestamp, until: Timestamp) -> Duration {
    let overlap = |(start, end): &(Timestamp, Timestamp)| (until.0.min(end.0) - from.0.max(start.0)).max(0);
    Duration::from_nanos(downtimes.iter().map(overlap).sum::<i64>().unsigned_abs())
}
