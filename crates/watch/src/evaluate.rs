//! A rule at work: runs go into its series as they change, and as time passes its condition is read and
//! the state moves on. (rule, series, state) -> (state, notices), and nothing else.

use crate::activity::period;
use crate::book::LOOK_BACK;
use crate::notice::{Notice, NoticeKind};
use crate::rule::{Condition, Rule};
use crate::seen::Seen;
use crate::series::{Series, Sums};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use vedette_model::{AccountId, NanoUsd, RunKind, Status, Timestamp, content_hash, duration_ms};

/// Turns within [`FLAPPING`] after which a rule is quiet until it settles.
const TURNS: usize = 6;
/// How long a rule has to stand still to be told of again.
const FLAPPING: Duration = Duration::from_secs(3_600);
/// Days before today that spend is compared with.
const TRAILING_DAYS: usize = 14;
/// Scores are summed as millionths.
const MILLION: f64 = 1e6;

/// Where a rule stands; stored, so that a restart neither forgets nor repeats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleState {
    /// Since when its condition holds.
    pub firing_since: Option<Timestamp>,
    /// Somebody was told that it does.
    pub told: bool,
    /// When somebody was told last.
    pub told_at: Option<Timestamp>,
    /// When it began to hold last.
    pub last_fired_at: Option<Timestamp>,
    /// How often it did.
    pub fired: u64,
    /// The last times it turned, either way.
    pub turns: Vec<Timestamp>,
    /// It turns too often, and is quiet.
    pub flapping: bool,
    /// Nothing is told before this.
    pub snoozed_until: Option<Timestamp>,
    /// What was read last.
    pub what: String,
}

/// What a condition says as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// It holds.
    pub holds: bool,
    /// Expected and got.
    pub what: String,
    /// How many runs it is about.
    pub count: u64,
}

/// What is known beside the series.
pub struct Surroundings<'a> {
    /// Now.
    pub now: Timestamp,
    /// Running runs.
    pub running: &'a [&'a Seen],
    /// Agents whose expected runs are missing.
    pub missing: &'a [&'a str],
    /// How much of the time between two points the server was down.
    pub down: &'a dyn Fn(Timestamp, Timestamp) -> Duration,
}

/// A rule with its series.
pub struct Alert {
    /// The rule.
    pub rule: Rule,
    /// Where it stands.
    pub state: RuleState,
    /// Of each condition, in the order of [`Condition::flat`].
    leaves: Vec<Leaf>,
}

struct Leaf {
    series: Series,
    /// When the last run began, for `inactivity`.
    last: Option<Timestamp>,
}

/// What a run adds to a condition's series, and when.
fn share(condition: &Condition, run: &Seen) -> Option<(Timestamp, Sums)> {
    let ended = run.finished_at.filter(|_| run.status != Status::Running);
    let one = |hit: bool, sum: i64| Sums { count: 1, hits: i64::from(hit), sum };
    match condition {
        Condition::FailureRate { .. } => Some((ended?, one(run.has_failed(), 0))),
        Condition::LatencyThreshold { over_p95_ms } if run.kind != RunKind::Heartbeat => {
            Some((ended?, one(duration_ms(run.started_at, ended?) > *over_p95_ms, 0)))
        }
        Condition::CostThreshold { .. } | Condition::SpendAnomaly { .. } => {
            Some((run.started_at, one(false, run.cost?.0)))
        }
        Condition::CostPerRun { .. } => Some((ended?, one(false, run.cost?.0))),
        Condition::Tokens { .. } => Some((run.started_at, one(false, i64::try_from(run.tokens).unwrap_or(i64::MAX)))),
        Condition::Errors { kind, .. } => {
            let same = kind.as_deref().is_none_or(|kind| run.failure_kind.as_deref() == Some(kind));
            (run.has_failed() && same).then_some((ended?, one(true, 0)))
        }
        Condition::ScoreBelow { score, .. } => {
            let values = run.scores.iter().filter(|(name, _)| **name == **score).map(|(_, value)| *value);
            let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
            (count > 0).then_some((run.ended_at(), Sums { count, hits: 0, sum: (sum * MILLION).round() as i64 }))
        }
        _ => None,
    }
}

impl Alert {
    /// A rule that has seen nothing yet.
    #[must_use]
    pub fn new(rule: Rule, state: RuleState) -> Self {
        let leaf = |condition: &Condition| Leaf {
            series: match condition {
                Condition::SpendAnomaly { .. } => Series::of_days(TRAILING_DAYS as i64 + 1),
                _ => Series::over(rule.window(condition)),
            },
            last: None,
        };
        let leaves = rule.when.flat().into_iter().map(leaf).collect();
        Alert { rule, state, leaves }
    }

    /// How far back it looks.
    #[must_use]
    pub fn reach(&self) -> Duration {
        let of = |condition: &Condition| match condition {
            Condition::SpendAnomaly { .. } => LOOK_BACK,
            other => self.rule.window(other),
        };
        self.rule.when.flat().into_iter().map(of).max().unwrap_or_default()
    }

    /// It looks at scores.
    #[must_use]
    pub fn asks_scores(&self) -> bool {
        self.rule.when.flat().iter().any(|condition| matches!(condition, Condition::ScoreBelow { .. }))
    }

    /// A run changed from one to the other; either may be absent.
    pub fn observe(&mut self, before: Option<&Seen>, after: Option<&Seen>) {
        let on = &self.rule.on;
        let (before, after) = (before.filter(|run| on.holds(run)), after.filter(|run| on.holds(run)));
        for (condition, leaf) in self.rule.when.flat().into_iter().zip(&mut self.leaves) {
            if let Some((time, sums)) = before.and_then(|run| share(condition, run)) {
                leaf.series.add(time, sums, -1);
            }
            if let Some((time, sums)) = after.and_then(|run| share(condition, run)) {
                leaf.series.add(time, sums, 1);
            }
            leaf.last = leaf.last.max(after.map(|run| run.started_at));
        }
    }

    /// What its condition says.
    pub fn read(&mut self, around: &Surroundings<'_>) -> Reading {
        for leaf in &mut self.leaves {
            leaf.series.advance(around.now);
        }
        let mut leaves = self.leaves.iter();
        read(&self.rule, &self.rule.when, &mut leaves, around)
    }

    /// Moves the state on; what is to be told, if anything.
    pub fn step(&mut self, account: AccountId, reading: &Reading, now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let state = &mut self.state;
        if reading.holds != state.firing_since.is_some() {
            state.turns.push(now);
            state.turns.drain(..state.turns.len().saturating_sub(TURNS));
            if reading.holds {
                state.firing_since = Some(now);
                state.what.clone_from(&reading.what);
                state.last_fired_at = Some(now);
                state.fired += 1;
            }
        }
        let settled = now.minus(FLAPPING);
        let since = state.firing_since.unwrap_or(now);
        let restless = state.turns.len() == TURNS && state.turns.first().is_some_and(|first| *first > settled);
        let still = state.turns.last().is_none_or(|last| *last <= settled);
        let snoozed = state.snoozed_until.is_some_and(|until| now < until);
        let cooled = state.told_at.is_none_or(|told| now >= told.plus(Duration::from_secs(self.rule.cooldown_seconds)));
        let mut kind = None;
        if restless && !state.flapping {
            state.flapping = true;
            kind = Some(NoticeKind::AlertFlapping).filter(|_| !snoozed);
        } else if state.flapping && still {
            state.flapping = false;
        }
        if !state.flapping && !snoozed {
            if reading.holds && !state.told && cooled {
                (state.told, state.told_at) = (true, Some(now));
                kind = Some(NoticeKind::AlertFired);
            } else if !reading.holds && state.told {
                kind = Some(NoticeKind::AlertRecovered).filter(|_| self.rule.recovery);
            }
        }
        if !reading.holds {
            // Of a firing nobody was told of, nobody is told the end.
            state.told = state.told && (state.flapping || snoozed);
            state.firing_since = None;
        }
        if let Some(kind) = kind {
            notices.push(notice(&self.rule, &self.state, account, kind, reading, since, now));
        }
        notices
    }
}

fn notice(
    rule: &Rule,
    state: &RuleState,
    account: AccountId,
    kind: NoticeKind,
    reading: &Reading,
    since: Timestamp,
    now: Timestamp,
) -> Notice {
    let since = if kind == NoticeKind::AlertRecovered { state.last_fired_at.unwrap_or(since) } else { since };
    let (title, what) = match kind {
        NoticeKind::AlertRecovered => (format!("{} is over", rule.name), format!("it was: {}", state.what)),
        NoticeKind::AlertFlapping => (
            format!("{} comes and goes", rule.name),
            format!("it turned {TURNS} times within {}; it is quiet until it settles", period(FLAPPING)),
        ),
        _ => (rule.name.clone(), reading.what.clone()),
    };
    let cause = format!("{}\n{kind}\n{}", rule.id, since.0);
    Notice {
        id: format!("ntc_{:016x}", content_hash(cause.as_bytes())),
        account,
        kind,
        severity: rule.severity,
        title,
        what,
        since,
        count: reading.count.max(1),
        agent: rule.on.agent.clone(),
        run: None,
        incident: None,
        rule: Some(rule.id.clone()),
        link_path: format!("/alerts/{}", rule.id),
        occurred_at: now,
    }
}

fn usd(nanos: i64) -> String {
    format!("${}", NanoUsd(nanos))
}

/// Reads a condition; `leaves` stand in the order of [`Condition::flat`].
fn read<'a>(
    rule: &Rule,
    condition: &Condition,
    leaves: &mut impl Iterator<Item = &'a Leaf>,
    around: &Surroundings<'_>,
) -> Reading {
    let Some(leaf) = leaves.next() else { return Reading { holds: false, what: String::new(), count: 0 } };
    let Sums { count, hits, sum } = leaf.series.total();
    let window = period(rule.window(condition));
    let enough = count > 0 && count.unsigned_abs() >= rule.min_samples;
    let said = |holds: bool, what: String| Reading { holds, what, count: count.unsigned_abs() };
    match condition {
        Condition::FailureRate { over } => {
            let rate = hits as f64 / count.max(1) as f64;
            let what = format!(
                "{hits} of {count} runs failed within {window}: {:.1} %, over {:.1} %",
                rate * 100.0,
                over * 100.0
            );
            Reading { count: hits.unsigned_abs(), ..said(enough && rate > *over, what) }
        }
        Condition::LatencyThreshold { over_p95_ms } => {
            // The value at rank ceil(0.95 n) exceeds the bound where fewer than that many do not.
            let rank = (count * 95 + 99) / 100;
            let what = format!(
                "{hits} of {count} runs within {window} took longer than {:.1} s: the p95 is over it",
                over_p95_ms / 1e3
            );
            Reading { count: hits.unsigned_abs(), ..said(enough && count - hits < rank, what) }
        }
        Condition::CostThreshold { over_usd } => {
            said(sum > over_usd.0, format!("{count} runs within {window} cost {}, over {}", usd(sum), usd(over_usd.0)))
        }
        Condition::CostPerRun { over_usd } => {
            let mean = sum / count.max(1);
            let exceeded = i128::from(sum) > i128::from(over_usd.0) * i128::from(count);
            let what =
                format!("a run cost {} on average of {count} within {window}, over {}", usd(mean), usd(over_usd.0));
            said(enough && exceeded, what)
        }
        Condition::Tokens { over } => {
            said(sum.unsigned_abs() > *over, format!("{count} runs within {window} used {sum} tokens, over {over}"))
        }
        Condition::Errors { kind, over } => {
            let kind = kind.as_deref().unwrap_or("any error");
            said(hits.unsigned_abs() > *over, format!("{hits} runs within {window} failed by {kind}, over {over}"))
        }
        Condition::ScoreBelow { score, below } => {
            let mean = sum as f64 / MILLION / count.max(1) as f64;
            let exceeded = (sum as f64) < below * MILLION * count as f64;
            let what = format!("{score} was {mean:.3} on average of {count} within {window}, below {below}");
            said(enough && exceeded, what)
        }
        Condition::SpendAnomaly { sigma } => spend(leaf, *sigma, around.now),
        Condition::Inactivity { hours } => {
            let last = leaf.last.map_or(rule.created_at, |last| last.max(rule.created_at));
            let apart = around.now.0.saturating_sub(last.0).max(0);
            let silence = Duration::from_nanos(apart.unsigned_abs()).saturating_sub((around.down)(last, around.now));
            let what = format!("no run began for {}, over {hours} h", period(silence));
            said(silence.as_secs_f64() > hours * 3_600.0, what)
        }
        Condition::StalledRun { minutes } => {
            let silent = |run: &&&Seen| {
                let last = run.last_received_at;
                let apart = Duration::from_nanos(around.now.0.saturating_sub(last.0).max(0).unsigned_abs());
                let silence = apart.saturating_sub((around.down)(last, around.now));
                run.waiting.is_none() && silence.as_secs_f64() > minutes * 60.0
            };
            let stalled: Vec<&&Seen> = around.running.iter().filter(|run| rule.on.holds(run)).filter(silent).collect();
            let names = stalled.iter().take(3).map(|run| format!("{} of {}", run.key, run.agent_name()));
            let what = format!(
                "no sign for over {minutes} min of {} running runs: {}",
                stalled.len(),
                names.collect::<Vec<_>>().join(", ")
            );
            Reading { holds: !stalled.is_empty(), what, count: stalled.len() as u64 }
        }
        Condition::MissedHeartbeat {} => {
            let wanted = |agent: &&&str| rule.on.agent.as_deref().is_none_or(|wanted| wanted == **agent);
            let missing: Vec<&str> = around.missing.iter().filter(wanted).copied().collect();
            let what = format!("expected runs are missing of {}", missing.join(", "));
            Reading { holds: !missing.is_empty(), what, count: missing.len() as u64 }
        }
        Condition::All { of } | Condition::Any { of } => {
            let readings: Vec<Reading> = of.iter().map(|part| read(rule, part, leaves, around)).collect();
            let holding: Vec<&Reading> = readings.iter().filter(|reading| reading.holds).collect();
            let needed = if matches!(condition, Condition::All { .. }) { readings.len() } else { 1 };
            let what = holding.iter().map(|reading| reading.what.as_str()).collect::<Vec<_>>().join("; ");
            let most = holding.iter().map(|reading| reading.count).max().unwrap_or_default();
            Reading { holds: holding.len() >= needed, what, count: most }
        }
    }
}

/// Today against the days before. Days without a run count as nothing spent, but half of them must have one:
/// an agent that has just begun is no anomaly.
fn spend(leaf: &Leaf, sigma: f64, now: Timestamp) -> Reading {
    let (today, before) = leaf.series.newest_and_others(now);
    let days = before.len().max(1) as f64;
    let mean = before.iter().map(|day| day.sum as f64).sum::<f64>() / days;
    let variance = before.iter().map(|day| (day.sum as f64 - mean).powi(2)).sum::<f64>() / days;
    let bound = mean + sigma * variance.sqrt();
    let known = before.iter().filter(|day| day.count > 0).count();
    let what = format!(
        "today cost {} so far, over {}: the mean of {TRAILING_DAYS} days is {}",
        usd(today.sum),
        usd(bound.round() as i64),
        usd(mean.round() as i64)
    );
    let holds = known * 2 >= TRAILING_DAYS && today.sum as f64 > bound;
    Reading { holds, what, count: today.count.unsigned_abs() }
}
