//! `vedette channels`: where notices go, whether they get there, and what was told. A webhook's secret is
//! printed once, when the channel is made.

use super::watching::{Row, given, text};
use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::Config;
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value as Json, json};
use std::io::Read;

/// What to do.
#[derive(Subcommand)]
pub enum Channels {
    /// Add a channel; of a webhook, print its secret, once
    Add(Box<Add>),
    /// List the channels of --account
    List,
    /// Send a notice to a channel now
    Test {
        /// Its name or id
        channel: String,
    },
    /// Send nothing until it is resumed; what is found meanwhile waits
    Pause {
        /// Its name or id
        channel: String,
    },
    /// Send again, what waited first
    Resume {
        /// Its name or id
        channel: String,
    },
    /// Delete a channel
    Delete {
        /// Its name or id
        channel: String,
    },
    /// List what was told, newest first, and how it went
    Deliveries {
        /// Only through this channel
        #[arg(long)]
        channel: Option<String>,
        /// Only in this state
        #[arg(long)]
        state: Option<State>,
        /// At most so many
        #[arg(long, short = 'n', default_value_t = 50)]
        limit: usize,
    },
    /// Send a notice again, as it was
    Resend {
        /// The delivery's id, as `channels deliveries` prints it
        delivery: String,
    },
}

/// A new channel.
#[derive(Args)]
pub struct Add {
    /// Its name
    name: String,
    #[command(flatten)]
    target: Target,
    /// Only notices about this agent; may be given several times
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// Only notices at least this severe
    #[arg(long, value_name = "SEVERITY")]
    min_severity: Option<Severity>,
    /// Tell also how the input and the output of the run begin: prompts, without what looks like a secret
    #[arg(long)]
    include_content: bool,
}

/// How it is reached: one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// POST it, signed, to this address; - reads the address from standard input
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Post it to this incoming webhook of Slack, or of what takes the same; - reads standard input
    #[arg(long, value_name = "URL")]
    slack: Option<String>,
    /// Mail it; several receivers with commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    email: Vec<String>,
    /// Raise it in PagerDuty with this routing key; - reads standard input
    #[arg(long, value_name = "KEY")]
    pagerduty: Option<String>,
}

/// As in the API.
#[derive(Clone, Copy, ValueEnum)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// As in the API.
#[derive(Clone, Copy, ValueEnum)]
pub enum State {
    /// Tried again, or about to be
    Pending,
    /// Taken by the receiver
    Delivered,
    /// Given up
    Failed,
    /// Its incident was resolved before, or its channel deleted
    Cancelled,
}

/// Runs it.
pub fn run(config: &Config, command: Channels, json: bool) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    let path = |channel: &str| format!("/api/v1/channels/{}", path_part(channel));
    match command {
        Channels::Add(add) => {
            let answer = client.post("/api/v1/channels", &body(*add)?)?;
            answered(json, &answer, || match answer.get("secret").and_then(Json::as_str) {
                Some(secret) => secret.to_owned(),
                None => format!("added {}", text(&answer, "name")),
            })?;
        }
        Channels::List => {
            let answer = client.get("/api/v1/channels")?;
            if json {
                return print_json(&answer);
            }
            answer.rows("channels").try_for_each(print_channel)?;
        }
        Channels::Test { channel } => {
            let answer = client.post(&format!("{}/test", path(&channel)), &json!({}))?;
            if answer.get("delivered") != Some(&Json::Bool(true)) {
                bail!("{channel} did not take it: {}", text(&answer, "error"));
            }
            answered(json, &answer, || format!("{channel} took it"))?;
        }
        Channels::Pause { channel } => {
            let answer = client.patch(&path(&channel), &json!({ "paused": true }))?;
            answered(json, &answer, || format!("paused {channel}"))?;
        }
        Channels::Resume { channel } => {
            let answer = client.patch(&path(&channel), &json!({ "paused": false }))?;
            answered(json, &answer, || format!("resumed {channel}"))?;
        }
        Channels::Delete { channel } => {
            let answer = client.delete(&path(&channel))?;
            answered(json, &answer, || format!("deleted {channel}"))?;
        }
        Channels::Deliveries { channel, state, limit } => {
            let mut query = format!("/api/v1/deliveries?limit={limit}");
            if let Some(channel) = channel {
                query += &format!("&channel={}", path_part(&channel));
            }
            if let Some(state) = state.and_then(|state| state.to_possible_value()) {
                query += &format!("&state={}", state.get_name());
            }
            let answer = client.get(&query)?;
            if json {
                return print_json(&answer);
            }
            answer.rows("deliveries").try_for_each(print_delivery)?;
        }
        Channels::Resend { delivery } => {
            let resend = format!("/api/v1/deliveries/{}/resend", path_part(&delivery));
            answered(json, &client.post(&resend, &json!({}))?, || format!("sending {delivery} again"))?;
        }
    }
    Ok(())
}

fn body(add: Add) -> anyhow::Result<Json> {
    let Target { webhook, slack, email, pagerduty } = add.target;
    let severity = add.min_severity.and_then(|severity| severity.to_possible_value());
    let (kind, url, routing_key) = match (webhook, slack, pagerduty) {
        (Some(url), ..) => ("webhook", Some(said(url)?), None),
        (_, Some(url), _) => ("slack", Some(said(url)?), None),
        (.., Some(key)) => ("pagerduty", None, Some(said(key)?)),
        _ => ("email", None, None),
    };
    Ok(given(json!({
        "name": add.name,
        "type": kind,
        "url": url,
        "routing_key": routing_key,
        "to": (kind == "email").then_some(email),
        "agents": add.agent,
        "include_content": add.include_content,
        "min_severity": severity.as_ref().map(|severity| severity.get_name()),
    })))
}

/// What was typed, or what standard input says: the process list and the shell's history show what is typed.
fn said(value: String) -> anyhow::Result<String> {
    if value != "-" {
        return Ok(value);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    Ok(text.trim().to_owned())
}

fn print_channel(row: &Json) -> anyhow::Result<()> {
    let agents: Vec<&str> = row.rows("agents").filter_map(Json::as_str).collect();
    let agents = if agents.is_empty() { "every agent".to_owned() } else { agents.join(", ") };
    let paused = match row.get("paused") {
        Some(Json::Bool(true)) => format!("   paused {}", text(row, "paused_because")),
        _ => String::new(),
    };
    let content = if row["include_content"] == true { "   with content" } else { "" };
    let line = format!(
        "{}   {}   {}   {agents}   {} and above{content}{paused}",
        text(row, "name"),
        text(row, "type"),
        text(row, "target"),
        text(row, "min_severity")
    );
    say!("{}", line.trim_end());
    Ok(())
}

fn print_delivery(row: &Json) -> anyhow::Result<()> {
    let notice = row.get("notice").unwrap_or(&Json::Null);
    let error = row.rows("log").last().map_or_else(String::new, |attempt| text(attempt, "error"));
    let attempts = row.get("attempts").and_then(Json::as_u64).unwrap_or_default();
    let line = format!(
        "{}   {}   {}   {}   {attempts}×   {}   {error}",
        text(row, "created_at"),
        text(row, "id"),
        text(row, "state"),
        text(notice, "type"),
        text(notice, "title")
    );
    say!("{}", line.trim_end());
    Ok(())
}
