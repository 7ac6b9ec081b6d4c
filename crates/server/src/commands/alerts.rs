//! `vedette alerts`: rules that wake people, and when they would have.

use super::watching::{On, Row, given, table, text, typed};
use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::{Config, Period};
use clap::Subcommand;
use serde_json::{Value as Json, json};

/// What to do.
#[derive(Subcommand)]
pub enum Alerts {
    /// List rules, firing ones first
    List,
    /// Make a rule, or change it
    Set {
        /// Its name
        name: String,
        /// What it is
        #[command(flatten)]
        rule: Rule,
    },
    /// Say when a rule would have fired, without making it
    Try {
        /// What it is
        #[command(flatten)]
        rule: Rule,
    },
    /// Tell nothing of a rule for a while
    Snooze {
        /// Its name
        name: String,
        /// Such as 2h; 0s ends it
        period: Period,
    },
    /// Delete a rule
    Delete {
        /// Its name
        name: String,
    },
}

/// A rule.
#[derive(clap::Args)]
pub struct Rule {
    /// What is watched, such as "failure_rate over=0.2" or "inactivity hours=24"; more in `vedette apply`
    #[arg(long)]
    when: String,
    #[command(flatten)]
    on: On,
    /// How far back is looked, such as 1h
    #[arg(long)]
    window: Option<Period>,
    /// Rates and means of fewer runs say nothing
    #[arg(long, default_value_t = 1)]
    min_samples: u64,
    /// Told again no sooner than this [default: 1h]
    #[arg(long)]
    cooldown: Option<Period>,
    /// info, warning or critical
    #[arg(long, default_value = "warning")]
    severity: String,
    /// A channel to tell; may be repeated [default: all]
    #[arg(long)]
    channel: Vec<String>,
}

impl Rule {
    fn to_json(&self) -> anyhow::Result<Json> {
        Ok(given(json!({
            "when": typed(&self.when)?,
            "on": self.on.to_json(),
            "window_seconds": self.window.as_ref().map(|window| window.0.as_secs()),
            "min_samples": self.min_samples,
            "cooldown_seconds": self.cooldown.as_ref().map(|cooldown| cooldown.0.as_secs()),
            "severity": self.severity,
            "channels": self.channel,
        })))
    }
}

/// Runs it.
pub fn run(config: &Config, command: Alerts, json: bool) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    match command {
        Alerts::List => {
            let answer = client.get("/api/v1/alerts")?;
            if json {
                return print_json(&answer);
            }
            table(&answer, "alerts", &["NAME", "STATE", "SINCE", "FIRED", "WHEN"], "no alerts", |one| {
                let state = match (one["paused"] == true, one["flapping"] == true, one["firing_since"].is_string()) {
                    (true, ..) => "paused",
                    (_, true, _) => "flapping",
                    (.., true) => "firing",
                    _ => "quiet",
                };
                let since = text(one, "firing_since");
                vec![text(one, "name"), state.to_owned(), since, text(one, "fired"), text(one, "when")]
            })
        }
        Alerts::Set { name, rule } => {
            let answer = client.put(&format!("/api/v1/alerts/{}", path_part(&name)), &rule.to_json()?)?;
            answered(json, &answer, || format!("{name} is watched"))
        }
        Alerts::Try { rule } => {
            let answer = client.post("/api/v1/trials", &json!({ "alert": rule.to_json()? }))?;
            if json {
                return print_json(&answer);
            }
            for notice in answer.rows("notices") {
                say!("{}  {}  {}", text(notice, "occurred_at"), text(notice, "type"), text(notice, "what"));
            }
            say!("tried on {} runs", text(&answer, "runs"));
            Ok(())
        }
        Alerts::Snooze { name, period } => {
            let body = json!({ "seconds": period.0.as_secs() });
            let alert = client.post(&format!("/api/v1/alerts/{}/snooze", path_part(&name)), &body)?;
            answered(json, &alert, || match alert.get("snoozed_until").and_then(Json::as_str) {
                Some(until) => format!("{name} is quiet until {until}"),
                None => format!("{name} is told of again"),
            })
        }
        Alerts::Delete { name } => {
            let answer = client.delete(&format!("/api/v1/alerts/{}", path_part(&name)))?;
            answered(json, &answer, || format!("deleted {name}"))
        }
    }
}
