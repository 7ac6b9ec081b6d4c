//! `vedette keys`: made, listed, revoked. A secret is printed once, when it is made.

use crate::client::{Client, path_part};
use crate::commands::print_json;
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
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
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
pub fn run(config: &Config, command: Keys) -> anyhow::Result<()> {
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
            match answer.get("secret").and_then(Json::as_str) {
                Some(secret) => println!("{secret}"),
                None => println!("registered as {}", answer.get("id").and_then(Json::as_str).unwrap_or_default()),
            }
        }
        Keys::List { json } => {
            let answer = Client::connect(config)?.get("/api/v1/keys")?;
            if json {
                return print_json(&answer);
            }
            for key in answer.get("keys").and_then(Json::as_array).into_iter().flatten() {
                let text = |name| key.get(name).and_then(Json::as_str).unwrap_or_default();
                let scopes: Vec<&str> =
                    key.get("scopes").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
                let revoked = if key.get("revoked_at").is_some_and(Json::is_string) { "  revoked" } else { "" };
                println!("{}  {}  {} {}{revoked}", text("id"), scopes.join(","), text("name"), text("agent"));
            }
        }
        Keys::Revoke { id } => {
            Client::connect(config)?.delete(&format!("/api/v1/keys/{}", path_part(&id)))?;
            println!("revoked {id}");
        }
    }
    Ok(())
}
