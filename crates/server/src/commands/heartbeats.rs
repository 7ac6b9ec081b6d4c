//! `vedette heartbeats`: when runs of an agent are expected, and whether they came.

use super::watching::{Row, given, table, text};
use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::{Config, Period};
use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value as Json, json};

/// What to do.
#[derive(Subcommand)]
pub enum Heartbeats {
    /// List what is expected, missing ones first
    List,
    /// Expect runs of an agent, and tell if they do not come
    Expect(Box<Expect>),
    /// Expect nothing of an agent any more
    Delete {
        /// The agent
        agent: String,
    },
}

/// What is expected.
#[derive(clap::Args)]
pub struct Expect {
    /// The agent
    agent: String,
    /// At times of day: five fields, such as "0 3 * * *"
    #[arg(long, conflicts_with = "every", required_unless_present_any = ["every", "max"])]
    cron: Option<String>,
    /// The time zone of --cron, such as Europe/Berlin [default: UTC]
    #[arg(long, requires = "cron")]
    tz: Option<String>,
    /// At least this often, such as 1h
    #[arg(long)]
    every: Option<Period>,
    /// How late a run may begin [default: 5m]
    #[arg(long)]
    grace: Option<Period>,
    /// How long a run may take; then it is told of, and its status is timeout until it ends
    #[arg(long)]
    max: Option<Period>,
    /// info, warning or critical
    #[arg(long, default_value = "critical")]
    severity: String,
    /// A channel to tell; may be repeated [default: all]
    #[arg(long)]
    channel: Vec<String>,
    /// Tell this incoming webhook of Slack: makes the channel "slack", or points it there
    #[arg(long, value_name = "URL")]
    slack: Option<String>,
}

/// Runs it.
pub fn run(config: &Config, command: Heartbeats, json: bool) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    match command {
        Heartbeats::List => {
            let answer = client.get("/api/v1/heartbeats")?;
            if json {
                return print_json(&answer);
            }
            let heads = ["AGENT", "STATE", "SCHEDULE", "LAST RUN", "DUE", "MISSED"];
            table(&answer, "heartbeats", &heads, "nothing is expected", |one| {
                let every = one["every_seconds"].as_u64().map(|seconds| format!("every {seconds} s"));
                let max = one["max_seconds"].as_u64().map(|seconds| format!("at most {seconds} s"));
                let cron = one["cron"].as_str().map(|cron| format!("{cron} {}", text(one, "time_zone")));
                let parts: Vec<String> = every.or(cron).into_iter().chain(max).collect();
                let schedule = parts.join(", ");
                let (last, due) = (text(one, "last_run_at"), text(one, "due"));
                vec![text(one, "agent"), text(one, "state"), schedule, last, due, text(one, "missed")]
            })
        }
        Heartbeats::Expect(expect) => self::expect(&client, *expect, json),
        Heartbeats::Delete { agent } => {
            let answer = client.delete(&format!("/api/v1/heartbeats/{}", path_part(&agent)))?;
            answered(json, &answer, || format!("nothing is expected of {agent}"))
        }
    }
}

fn expect(client: &Client, expect: Expect, json: bool) -> anyhow::Result<()> {
    let mut channels = expect.channel;
    if let Some(url) = &expect.slack {
        tell_slack(client, url)?;
        channels.push("slack".to_owned());
    }
    let body = given(json!({
        "cron": expect.cron,
        "time_zone": expect.tz,
        "every_seconds": expect.every.map(|every| every.0.as_secs()),
        "grace_seconds": expect.grace.map(|grace| grace.0.as_secs()),
        "max_seconds": expect.max.map(|max| max.0.as_secs()),
        "severity": expect.severity,
        "channels": channels,
    }));
    let heartbeat = client.put(&format!("/api/v1/heartbeats/{}", path_part(&expect.agent)), &body)?;
    let agent = &expect.agent;
    answered(json, &heartbeat, || match heartbeat.get("due").and_then(Json::as_str) {
        Some(due) => format!("the next run of {agent} is expected at {due}"),
        None => format!("a run of {agent} may take {} s", text(&heartbeat, "max_seconds")),
    })
}

/// The channel "slack" posts there.
fn tell_slack(client: &Client, url: &str) -> anyhow::Result<()> {
    let known = client.get("/api/v1/channels")?;
    let Some(channel) = known.rows("channels").find(|channel| channel["name"] == "slack") else {
        client.post("/api/v1/channels", &json!({ "name": "slack", "type": "slack", "url": url }))?;
        return Ok(());
    };
    if channel["type"] != "slack" {
        bail!("the channel slack is of the type {}; add another and name it with --channel", text(channel, "type"));
    }
    client.patch("/api/v1/channels/slack", &json!({ "url": url }))?;
    if channel["paused"] == true {
        eprintln!("the channel slack is paused; `vedette channels resume slack` sends again");
    }
    Ok(())
}
