//! `vedette accounts`: tenants of one server, who see nothing of each other.

use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::{Config, Period};
use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value as Json, json};
use std::io::{IsTerminal, Write};

/// What to do.
#[derive(Subcommand)]
pub enum Accounts {
    /// Create an account
    Create {
        /// Its name
        name: String,
    },
    /// List the accounts
    List,
    /// Set how long an account's runs are kept
    Retain {
        /// Its name
        name: String,
        /// Such as 30d, or `default` for what the server says
        period: String,
    },
    /// Delete an account with everything in it, its keys too
    Delete {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Runs it.
pub fn run(config: &Config, command: Accounts, json: bool) -> anyhow::Result<()> {
    match command {
        Accounts::Create { name } => {
            let answer = Client::connect(config)?.post("/api/v1/accounts", &json!({ "name": name }))?;
            let words = || format!("created {name}; make a key for it with `vedette keys create --account {name}`");
            answered(json, &answer, words)?;
        }
        Accounts::List => {
            let answer = Client::connect(config)?.get("/api/v1/accounts")?;
            if json {
                return print_json(&answer);
            }
            for account in answer.get("accounts").and_then(Json::as_array).into_iter().flatten() {
                let text = |key| account.get(key).and_then(Json::as_str).unwrap_or_default();
                let kept = match account.get("retain_seconds").and_then(Json::as_u64) {
                    Some(seconds) => format!("runs are kept for {}", period_text(seconds)),
                    None => "runs are kept as the server says".to_owned(),
                };
                say!("{}  created {}  {kept}", text("name"), text("created_at"));
            }
        }
        Accounts::Retain { name, period } => {
            let retain: Option<Period> = match period.as_str() {
                "default" => None,
                text => Some(text.parse().map_err(anyhow::Error::msg)?),
            };
            let body = json!({ "retain_seconds": retain.map(|period| period.0.as_secs()) });
            let answer = Client::connect(config)?.patch(&format!("/api/v1/accounts/{}", path_part(&name)), &body)?;
            answered(json, &answer, || format!("runs of {name} are kept: {period}"))?;
        }
        Accounts::Delete { name, yes } => {
            if !yes && !confirmed(&format!("Delete the account {name} with all its runs and keys? [y/N] "))? {
                bail!("nothing was deleted");
            }
            let answer = Client::connect(config)?.delete(&format!("/api/v1/accounts/{}", path_part(&name)))?;
            let runs = answer.get("runs").and_then(Json::as_u64).unwrap_or_default();
            answered(json, &answer, || format!("deleted {name} with {runs} runs"))?;
        }
    }
    Ok(())
}

/// As `accounts retain` takes it: the largest unit that says it exactly.
fn period_text(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, letter)| format!("{}{letter}", seconds / unit))
}

fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("say --yes to delete without being asked");
    }
    print!("{question}");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
