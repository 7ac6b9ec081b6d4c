//! `vedette keys`: made, listed, revoked. A secret is printed once, when it is made.

use crate::client::{Client, path_part};
use crate::commands::{answered, print_json};
use crate::config::Config;
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value as Json, json};
use std::io::Read;

/// What to do.
#[derive(Subcommand)]
pub enum Keys {
    /// Create a key for --account and print its secret, once
    Create {
        /// What it may do [default: write,read; with --agent: ping]
        #[arg(long, value_delimiter = ',')]
        scope: Vec<Scope>,
        /// The one agent that a ping key may speak for
        #[arg(long)]
        agent: Option<String>,
        /// A name for people
        #[arg(long, default_value = "")]
        name: String,
        /// Register an existing secret, read from standard input, instead of making one
        #[arg(long)]
        secret_stdin: bool,
    },
    /// List the keys of --account
    List,
    /// Revoke a key at once
    Revoke {
        /// Its id, as `keys list` prints it
        id: String,
    },
}

/// As in the API.
#[derive(Clone, Copy, ValueEnum)]
pub enum Scope {
    /// Send spans, runs, scores and outcomes
    Write,
    /// Read everything of the account
    Read,
    /// Send signs of life
    Ping,
    /// Delete, and change keys, prices and retention
    Admin,
}

/// Runs it.
pub fn run(config: &Config, command: Keys, json: bool) -> anyhow::Result<()> {
    match command {
        Keys::Create { scope, agent, name, secret_stdin } => {
            let scopes: Vec<String> = scope
                .iter()
                .filter_map(|scope| scope.to_possible_value())
                .map(|scope| scope.get_name().to_owned())
                .collect();
            let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
            let mut secret = String::new();
            if secret_stdin {
                std::io::stdin().read_to_string(&mut secret).context("cannot read the secret")?;
            }
            let secret = secret_stdin.then(|| secret.trim());
            let body = json!({ "name": name, "agent": agent, "scopes": scopes, "secret": secret });
            let answer = Client::connect(config)?.post("/api/v1/keys", &body)?;
            let id = answer.get("id").and_then(Json::as_str).unwrap_or_default();
            let secret = answer.get("secret").and_then(Json::as_str);
            if secret.is_some() && !json {
                // Beside the secret, which scripts read from standard output.
                eprintln!("created {id}; it can be revoked with `vedette keys revoke {id}`");
            }
            answered(json, &answer, || secret.map_or_else(|| format!("registered as {id}"), str::to_owned))?;
        }
        Keys::List => {
            let answer = Client::connect(config)?.get("/api/v1/keys")?;
            if json {
                return print_json(&answer);
            }
            for key in answer.get("keys").and_then(Json::as_array).into_iter().flatten() {
                let text = |name| key.get(name).and_then(Json::as_str).unwrap_or_default();
                let scopes: Vec<&str> =
                    key.get("scopes").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
                let revoked = if key.get("revoked_at").is_some_and(Json::is_string) { "  revoked" } else { "" };
                say!("{}  {}  {} {}{revoked}", text("id"), scopes.join(","), text("name"), text("agent"));
            }
        }
        Keys::Revoke { id } => {
            let answer = Client::connect(config)?.delete(&format!("/api/v1/keys/{}", path_part(&id)))?;
            answered(json, &answer, || format!("revoked {id}"))?;
        }
    }
    Ok(())
}
