//! Alert rules as people write them: what is watched, on which runs, how patiently.

use crate::Severity;
use crate::seen::Seen;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use vedette_model::limits::{RULE_CONDITIONS, RULE_DEPTH, RULE_WINDOW};
use vedette_model::{NanoUsd, Timestamp};

/// Which runs. Parts combine with and; an empty one is everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// The run's agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// A tag it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Its customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Its feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
}

impl Target {
    /// Whether a run is meant.
    #[must_use]
    pub fn holds(&self, run: &Seen) -> bool {
        let same = |wanted: &Option<String>, is: &Option<Arc<str>>| {
            wanted.as_deref().is_none_or(|wanted| is.as_deref() == Some(wanted))
        };
        same(&self.agent, &run.agent)
            && same(&self.customer, &run.customer)
            && same(&self.feature, &run.feature)
            && self.tag.as_deref().is_none_or(|tag| run.tags.iter().any(|is| &**is == tag))
    }
}

/// What is watched. Every threshold fires when it is strictly exceeded, `score_below` when undercut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The share of ended runs that failed or timed out, 0..1.
    FailureRate {
        /// Such as 0.2.
        over: f64,
    },
    /// No run began.
    Inactivity {
        /// For longer than this.
        hours: f64,
    },
    /// The cost of the window's runs; the window is a day if the rule says none.
    CostThreshold {
        /// US dollars.
        over_usd: NanoUsd,
    },
    /// The mean cost of ended runs with a cost.
    CostPerRun {
        /// US dollars.
        over_usd: NanoUsd,
    },
    /// The 95th percentile (nearest rank) of ended runs.
    LatencyThreshold {
        /// Milliseconds.
        over_p95_ms: f64,
    },
    /// The mean of the runs' scores of a name.
    ScoreBelow {
        /// The score's name.
        score: String,
        /// Such as 0.7.
        below: f64,
    },
    /// Tokens of the window's runs.
    Tokens {
        /// In and out together.
        over: u64,
    },
    /// Runs that failed by an error of a kind, or of any.
    Errors {
        /// Such as `openai.RateLimitError`; any if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// So many are no alarm yet.
        over: u64,
    },
    /// What today cost so far against the 14 days before: over their mean by so many standard deviations.
    SpendAnomaly {
        /// 2.5 if absent.
        #[serde(default = "sigma")]
        sigma: f64,
    },
    /// A running run showed no sign for this long, and waits for no tool and no person.
    StalledRun {
        /// Minutes.
        minutes: f64,
    },
    /// An expected run of the agent, or of any with a schedule, is missing.
    MissedHeartbeat {},
    /// All of these hold.
    All {
        /// At least two.
        of: Vec<Condition>,
    },
    /// One of these holds.
    Any {
        /// At least two.
        of: Vec<Condition>,
    },
}

fn sigma() -> f64 {
    2.5
}

/// A rule. What it has seen and whether it fires is kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names it: `arule_...`.
    pub id: String,
    /// For people; unique in the account.
    pub name: String,
    /// What is watched.
    pub when: Condition,
    /// On which runs.
    #[serde(default)]
    pub on: Target,
    /// How far back is looked; an hour if absent, a day for costs and tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u64>,
    /// Rates, percentiles and means of fewer runs say nothing; 1 if absent.
    #[serde(default = "one")]
    pub min_samples: u64,
    /// Told again no sooner than this.
    #[serde(default = "hour")]
    pub cooldown_seconds: u64,
    /// Tell when it is over.
    #[serde(default = "yes")]
    pub recovery: bool,
    /// How loudly.
    #[serde(default = "warning")]
    pub severity: Severity,
    /// Ids or names of channels; every channel that takes the notice if empty.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Off.
    #[serde(default)]
    pub paused: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

fn one() -> u64 {
    1
}
fn hour() -> u64 {
    3_600
}
fn yes() -> bool {
    true
}
fn warning() -> Severity {
    Severity::Warning
}

impl Condition {
    fn parts(&self) -> &[Condition] {
        match self {
            Condition::All { of } | Condition::Any { of } => of,
            _ => &[],
        }
    }

    /// It and all below it, it first.
    #[must_use]
    pub fn flat(&self) -> Vec<&Condition> {
        std::iter::once(self).chain(self.parts().iter().flat_map(Condition::flat)).collect()
    }

    fn depth(&self) -> usize {
        1 + self.parts().iter().map(Condition::depth).max().unwrap_or_default()
    }

    /// How far back it looks by itself.
    #[must_use]
    pub fn own_window(&self) -> Duration {
        match self {
            Condition::CostThreshold { .. } | Condition::Tokens { .. } => Duration::from_secs(86_400),
            _ => Duration::from_secs(3_600),
        }
    }

    fn check(&self) -> Result<(), String> {
        let positive = |name: &str, value: f64| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => Err(format!("{name} must be a number, 0 or more")),
        };
        match self {
            Condition::FailureRate { over } if !(0.0..=1.0).contains(over) => Err("over must be within 0..1".into()),
            Condition::Inactivity { hours } => positive("hours", *hours),
            Condition::LatencyThreshold { over_p95_ms } => positive("over_p95_ms", *over_p95_ms),
            Condition::ScoreBelow { below, .. } if !below.is_finite() => Err("below must be a number".into()),
            Condition::SpendAnomaly { sigma } => positive("sigma", *sigma),
            Condition::StalledRun { minutes } => positive("minutes", *minutes),
            Condition::All { of } | Condition::Any { of } if of.len() < 2 => {
                Err("of must hold at least two conditions".into())
            }
            _ => Ok(()),
        }
    }
}

impl Rule {
    /// Whether it makes sense, and if not, why.
    pub fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("name must not be empty".into());
        }
        let all = self.when.flat();
        if self.when.depth() > RULE_DEPTH || all.len() > RULE_CONDITIONS {
            return Err(format!("when holds more than {RULE_CONDITIONS} conditions or {RULE_DEPTH} levels"));
        }
        all.into_iter().try_for_each(Condition::check)?;
        if self.window_seconds.is_some_and(|window| window == 0 || window > RULE_WINDOW.as_secs()) {
            return Err(format!("window_seconds must be within 1..={}", RULE_WINDOW.as_secs()));
        }
        Ok(())
    }

    /// How far back a condition of it looks.
    #[must_use]
    pub fn window(&self, condition: &Condition) -> Duration {
        self.window_seconds.map_or_else(|| condition.own_window(), Duration::from_secs)
    }
}
