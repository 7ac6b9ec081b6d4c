//! `vedette incidents`: what breaks, since when, how often, and what was done about it.

use super::watching::{Row, table, text};
use crate::client::{Client, path_part};
use crate::commands::print_json;
use crate::config::Config;
use clap::Subcommand;
use serde_json::{Value as Json, json};

/// What to do.
#[derive(Subcommand)]
pub enum Incidents {
    /// List incidents, unresolved ones first
    List {
        /// open, acknowledged, resolved or unresolved
        #[arg(long)]
        status: Option<String>,
        /// Only this agent's
        #[arg(long)]
        agent: Option<String>,
    },
    /// Show one with its runs and its history
    Show {
        /// Its id
        id: String,
    },
    /// Say that somebody looks at it
    Ack(Act),
    /// Say that it is over
    Resolve(Act),
    /// Say that it is not over
    Reopen(Act),
    /// Write something to it
    Note(Act),
}

/// To which one, and what is said with it.
#[derive(clap::Args)]
pub struct Act {
    /// Its id
    id: String,
    /// What to say
    note: Option<String>,
}

/// Runs it.
pub fn run(config: &Config, command: Incidents, json: bool) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    match command {
        Incidents::List { status, agent } => {
            let mut query = "/api/v1/incidents?limit=1000".to_owned();
            for (name, value) in [("status", status), ("agent", agent)] {
                if let Some(value) = value {
                    query += &format!("&{name}={}", path_part(&value));
                }
            }
            let answer = client.get(&query)?;
            if json {
                return print_json(&answer);
            }
            table(&answer, "incidents", &["ID", "STATUS", "RUNS", "LAST", "WHAT"], "no incidents", |one| {
                let title = format!("{}: {}", text(one, "title"), text(one, "what"));
                vec![text(one, "id"), text(one, "status"), text(one, "count"), text(one, "last_seen"), title]
            })?;
            if answer.get("next_cursor").is_some_and(serde_json::Value::is_string) {
                say!("these are 1,000, what is not resolved first; narrow them with --status or --agent");
            }
            Ok(())
        }
        Incidents::Show { id } => {
            let incident = client.get(&format!("/api/v1/incidents/{}", path_part(&id)))?;
            show(&incident, json)
        }
        Incidents::Ack(act) => send(&client, "acknowledge", &act, json),
        Incidents::Resolve(act) => send(&client, "resolve", &act, json),
        Incidents::Reopen(act) => send(&client, "reopen", &act, json),
        Incidents::Note(act) => send(&client, "note", &act, json),
    }
}

fn send(client: &Client, action: &str, act: &Act, json: bool) -> anyhow::Result<()> {
    let body = json!({ "action": action, "note": act.note });
    show(&client.post(&format!("/api/v1/incidents/{}", path_part(&act.id)), &body)?, json)
}

fn show(incident: &Json, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(incident);
    }
    say!("{}  {}", text(incident, "id"), text(incident, "status"));
    say!("{}", text(incident, "title"));
    say!("{}", text(incident, "what"));
    let (count, first, last) = (text(incident, "count"), text(incident, "first_seen"), text(incident, "last_seen"));
    say!("{count} runs from {first} to {last}");
    for run in incident.rows("runs") {
        say!("  {}  {}", text(run, "at"), text(run, "run_id"));
    }
    for entry in incident.rows("history") {
        say!("{}  {} by {}  {}", text(entry, "at"), text(entry, "action"), text(entry, "author"), text(entry, "note"));
    }
    Ok(())
}
