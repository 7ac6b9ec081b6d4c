//! A simulated month of 200 agents: schedules in many zones with both switches of daylight saving time,
//! outages of agents and of the server, duplicates and late data. What is told is compared with a model
//! written apart: it walks through each agent's expected times once, knowing all that happened.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{Desk, run, schedule};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use vedette_model::Timestamp;
use vedette_watch::{NoticeKind, Seen};

const AGENTS: u64 = 200;
const GRACE: i64 = 600;
const MINUTE: i64 = 60;

/// Small numbers that only depend on where they are asked for.
fn dice(parts: &[u64], below: u64) -> u64 {
    let text: Vec<String> = parts.iter().map(u64::to_string).collect();
    vedette_model::content_hash(text.join(" ").as_bytes()) % below
}

fn seconds(time: Timestamp) -> i64 {
    time.0 / 1_000_000_000
}

fn stamp(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000_000)
}

/// What an agent's schedule is, said twice: for the watcher as cron or period, for the model as local times.
struct Agent {
    name: String,
    zone: &'static str,
    hour: i8,
    minute: i8,
    /// Instead of a time of day.
    every: Option<i64>,
}

impl Agent {
    fn of(number: u64) -> Self {
        let zones = ["Europe/Berlin", "America/New_York", "UTC", "Asia/Tokyo", "Australia/Sydney"];
        Agent {
            name: format!("agent-{number}"),
            zone: zones[dice(&[1, number], 5) as usize],
            // Never in the hour that is skipped or repeated: what happens there has a test of its own.
            hour: [0, 4, 5, 6, 9, 12, 15, 18, 21, 23][dice(&[2, number], 10) as usize],
            minute: dice(&[3, number], 60) as i8,
            every: (number % 5 == 4).then(|| [1_800, 3_600, 7_200][dice(&[4, number], 3) as usize]),
        }
    }

    fn cron(&self) -> serde_json::Value {
        match self.every {
            Some(every) => json!({ "every_seconds": every, "grace_seconds": GRACE }),
            None => json!({
                "cron": format!("{} {} * * *", self.minute, self.hour),
                "time_zone": self.zone,
                "grace_seconds": GRACE,
            }),
        }
    }

    /// Local times of day, one a day.
    fn times(&self, from: i64, until: i64) -> Vec<i64> {
        let zone = TimeZone::get(self.zone).unwrap();
        let first: Date =
            jiff::Timestamp::from_second(from).unwrap().to_zoned(zone.clone()).date().yesterday().unwrap();
        let days = first.series(jiff::Span::new().days(1)).take(40);
        let at =
            |day: Date| day.at(self.hour, self.minute, 0, 0).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        days.map(at).filter(|time| (from + 1..until).contains(time)).collect()
    }
}

/// A run that an agent made: when it began, and when the server heard of it.
#[derive(Clone, Copy, Debug)]
struct Made {
    agent: u64,
    started: i64,
    heard: i64,
    number: u64,
}

struct Month {
    from: i64,
    until: i64,
    /// When the server was down.
    down: Vec<(i64, i64)>,
    agents: Vec<Agent>,
}

impl Month {
    /// Beginning on a day; with an outage of the server every few days.
    fn new(first: &str) -> Self {
        let from = seconds(Timestamp::parse(first).unwrap());
        let until = from + 31 * 86_400;
        let down = (0..8).map(|at| {
            let start = from + 3 * 86_400 * (at + 1) + dice(&[5, at as u64], 86_400) as i64 / MINUTE * MINUTE;
            (start, start + (1 + dice(&[6, at as u64], 90) as i64) * MINUTE)
        });
        Month { from, until, down: down.collect(), agents: (0..AGENTS).map(Agent::of).collect() }
    }

    fn is_down(&self, from: i64, until: i64) -> bool {
        self.down.iter().any(|(start, end)| from.max(*start) < until.min(*end))
    }

    /// The runs of one agent. Some are skipped, in spells; some late; some heard of late, some after an outage.
    fn runs(&self, number: u64) -> Vec<Made> {
        let agent = &self.agents[number as usize];
        let mut runs = Vec::new();
        let mut add = |expected: i64, nth: u64| {
            let spell = dice(&[7, number, nth / 4], 12) == 0;
            if spell || dice(&[8, number, nth], 40) == 0 {
                return expected;
            }
            let late = match dice(&[9, number, nth], 30) {
                0 => GRACE + 60 + dice(&[10, number, nth], 900) as i64,
                1 => -20,
                _ => dice(&[11, number, nth], 300) as i64,
            };
            let started = expected + late;
            let delayed = started + 5 + if dice(&[12, number, nth], 50) == 0 { 2_000 } else { 0 };
            // What was sent while the server was down comes after, or never if the agent does not keep it.
            let outage = self.down.iter().find(|(start, end)| (*start..*end).contains(&delayed));
            match outage {
                Some(_) if number.is_multiple_of(2) => return started,
                Some((_, end)) => {
                    runs.push(Made { agent: number, started, heard: end + 30, number: number << 32 | nth })
                }
                None => runs.push(Made { agent: number, started, heard: delayed, number: number << 32 | nth }),
            }
            started
        };
        match agent.every {
            None => {
                for (nth, expected) in agent.times(self.from, self.until).into_iter().enumerate() {
                    add(expected, nth as u64);
                }
            }
            Some(every) => {
                // It sleeps, runs, sleeps; now and then it forgets.
                let mut last = self.from;
                for nth in 0.. {
                    let expected = last + every;
                    if expected + 3_000 > self.until {
                        break;
                    }
                    last = add(expected, nth).max(expected);
                }
            }
        }
        runs
    }

    /// What the watcher tells.
    fn watched(&self, runs: &[Made]) -> BTreeMap<String, Vec<(NoticeKind, i64)>> {
        let mut desk = Desk::new();
        for agent in &self.agents {
            desk.book.put_schedule(schedule(&agent.name, stamp(self.from), agent.cron()), stamp(self.from)).unwrap();
        }
        let mut runs: Vec<&Made> = runs.iter().collect();
        runs.sort_by_key(|made| (made.heard, made.number));
        let mut next = runs.into_iter().peekable();
        let mut now = self.from;
        while now < self.until {
            now += MINUTE;
            let (was_down, is_down) = (self.is_down(now - MINUTE, now), self.is_down(now, now + MINUTE));
            if is_down {
                continue;
            }
            if was_down {
                desk.reopen();
                desk.book.resume(stamp(now));
            }
            while let Some(made) = next.next_if(|made| made.heard <= now) {
                let seen = seen(made, &self.agents[made.agent as usize].name);
                desk.book.observe(&seen, stamp(made.heard));
                if dice(&[13, made.number], 3) == 0 {
                    desk.book.observe(&seen, stamp(made.heard));
                }
            }
            desk.book.tick(stamp(now));
            desk.book.alive(stamp(now));
            desk.commit();
            if dice(&[14, now as u64], 5_000) == 0 {
                // A crash and a start at once.
                desk.reopen();
                desk.book.resume(stamp(now));
            }
        }
        let mut told: BTreeMap<String, Vec<(NoticeKind, i64)>> = BTreeMap::new();
        for notice in &desk.told {
            told.entry(notice.agent.clone().unwrap()).or_default().push((notice.kind, seconds(notice.since)));
        }
        told
    }

    /// The model, for times of day. An expected time is good if a run heard of by its deadline began within
    /// [expected - early, next expected - early); unknown if the server was down between its early end and its
    /// deadline; else missed. The first missed of a row is told at its deadline. A row ends with the first run
    /// heard of that answers a missed time (late), or one not judged yet (recovered).
    fn modelled_days(&self, number: u64, runs: &[Made]) -> Vec<(NoticeKind, i64)> {
        let times = self.agents[number as usize].times(self.from, self.until);
        let mut of_time: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for made in runs.iter().filter(|made| made.agent == number) {
            if let Some(expected) = times.iter().rev().find(|time| **time - 60 <= made.started) {
                of_time.entry(*expected).or_default().push(made.heard);
            }
        }
        // Judgements and arrivals in the order in which they happen; a deadline passes before what is heard then.
        let mut events: Vec<(i64, u8, i64)> = Vec::new();
        for expected in &times {
            let deadline = expected + GRACE;
            let heard = of_time.get(expected).cloned().unwrap_or_default();
            let good = heard.iter().any(|heard| *heard <= deadline);
            if !good && !self.is_down(expected - 60, deadline) && deadline < self.until {
                events.push((deadline, 0, *expected));
            }
            for heard in heard {
                events.push((heard, 1, *expected));
            }
        }
        events.sort_unstable();
        let (mut since, mut missed, mut told) = (None, Vec::new(), Vec::new());
        for (at, what, expected) in events {
            if what == 0 {
                missed.push(expected);
                if since.is_none() {
                    since = Some(expected);
                    told.push((NoticeKind::HeartbeatMissed, expected));
                }
                continue;
            }
            let judged = at > expected + GRACE;
            let was_missed = missed.iter().position(|time| *time == expected);
            if judged && was_missed.is_none() {
                continue;
            }
            if let Some(place) = was_missed {
                missed.remove(place);
            }
            if let Some(first) = since.take() {
                let kind = if judged { NoticeKind::HeartbeatLate } else { NoticeKind::HeartbeatRecovered };
                told.push((kind, first));
            }
        }
        told
    }

    /// The model, for periods: the last run heard of, and how long ago it began.
    fn modelled_period(&self, number: u64, every: i64, runs: &[Made]) -> Vec<(NoticeKind, i64)> {
        let mut heard: Vec<(i64, i64)> =
            runs.iter().filter(|made| made.agent == number).map(|made| (made.heard, made.started)).collect();
        heard.sort_unstable();
        let mut told = Vec::new();
        let (mut last, mut due, mut since) = (None, self.from + every, None);
        let arrivals = heard.into_iter().map(Some).chain([None]);
        for arrival in arrivals {
            let until = arrival.map_or(self.until, |(heard, _)| heard);
            while due + GRACE < until {
                if since.is_none() && !self.is_down(due - 60, due + GRACE) {
                    since = Some(due);
                    told.push((NoticeKind::HeartbeatMissed, due));
                }
                due += every;
            }
            let Some((_, started)) = arrival else { break };
            if last.is_some_and(|last| last >= started) {
                continue;
            }
            let late = started > due + GRACE;
            (last, due) = (Some(started), started + every);
            if let Some(first) = since.take() {
                told.push((if late { NoticeKind::HeartbeatLate } else { NoticeKind::HeartbeatRecovered }, first));
            }
        }
        told
    }
}

fn seen(made: &Made, agent: &str) -> Seen {
    let mut seen = run(made.number, agent, 0.0);
    seen.started_at = stamp(made.started);
    seen.finished_at = Some(stamp(made.started + 1));
    seen.last_received_at = stamp(made.heard);
    seen
}

#[test]
fn a_month_is_told_as_a_simple_model_says() {
    // Clocks are put forward in March (Europe, America), back in April (Australia), October and November.
    for first in ["2026-03-06T00:00:00Z", "2026-10-05T00:00:00Z"] {
        let month = Month::new(first);
        let runs: Vec<Made> = (0..AGENTS).flat_map(|number| month.runs(number)).collect();
        let told = month.watched(&runs);
        let mut kinds: BTreeMap<NoticeKind, usize> = BTreeMap::new();
        for (number, agent) in (0..).zip(&month.agents) {
            let expected = match agent.every {
                None => month.modelled_days(number, &runs),
                Some(every) => month.modelled_period(number, every, &runs),
            };
            expected.iter().for_each(|(kind, _)| *kinds.entry(*kind).or_default() += 1);
            let told = told.get(&agent.name).cloned().unwrap_or_default();
            assert_eq!(
                told, expected,
                "{} {:?} {} {}:{}",
                agent.name, agent.every, agent.zone, agent.hour, agent.minute
            );
        }
        // The month has all of it, so that agreeing means something.
        for kind in [NoticeKind::HeartbeatMissed, NoticeKind::HeartbeatLate, NoticeKind::HeartbeatRecovered] {
            assert!(kinds.get(&kind).is_some_and(|count| *count > 20), "{first}: {kinds:?}");
        }
    }
}
