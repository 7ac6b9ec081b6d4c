//! `vedette checks`: what is asked of finished runs.

use super::watching::{On, table, text, typed};
use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::Config;
use clap::Subcommand;
use serde_json::json;

/// What to do.
#[derive(Subcommand)]
pub enum Checks {
    /// List checks
    List,
    /// Make a check, or change it
    Set {
        /// Its name, also the score's
        name: String,
        /// What is asked, such as "length max=500" or "tool_called tool=search"; more in `vedette apply`
        #[arg(long)]
        test: String,
        /// Of which runs
        #[command(flatten)]
        on: On,
    },
    /// Delete a check; scores it gave stay
    Delete {
        /// Its name
        name: String,
    },
}

/// Runs it.
pub fn run(config: &Config, command: Checks, json: bool) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    match command {
        Checks::List => {
            let answer = client.get("/api/v1/checks")?;
            if json {
                return print_json(&answer);
            }
            table(&answer, "checks", &["NAME", "TEST", "ON"], "no checks", |one| {
                vec![text(one, "name"), text(one, "test"), text(one, "on")]
            })
        }
        Checks::Set { name, test, on } => {
            let body = json!({ "test": typed(&test)?, "on": on.to_json() });
            let answer = client.put(&format!("/api/v1/checks/{}", path_part(&name)), &body)?;
            answered(json, &answer, || "runs that end from now on are checked".to_owned())
        }
        Checks::Delete { name } => {
            let answer = client.delete(&format!("/api/v1/checks/{}", path_part(&name)))?;
            answered(json, &answer, || format!("deleted {name}"))
        }
    }
}
