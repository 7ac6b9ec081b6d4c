//! `vedette apply FILE`: channels, alerts, heartbeats and checks from a TOML file, for those who keep them in
//! git. Says first what differs; the same file again changes nothing.

use super::watching::{Row, text};
use crate::client::Client;
use crate::commands::print_json;
use crate::config::Config;
use anyhow::{Context, bail};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Flags.
#[derive(clap::Args)]
pub struct Apply {
    /// With [[channels]], [[alerts]], [[heartbeats]] and [[checks]]
    file: PathBuf,
    /// Only say what differs
    #[arg(long)]
    dry_run: bool,
    /// Delete alerts, heartbeats and checks that are not in the file
    #[arg(long)]
    prune: bool,
    /// Print JSON: what differed, and the secrets of new channels
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(config: &Config, command: &Apply) -> anyhow::Result<()> {
    let path = command.file.display();
    let file = std::fs::read_to_string(&command.file).with_context(|| format!("cannot read {path}"))?;
    let table: toml::Table = file.parse().with_context(|| format!("in {path}"))?;
    let mut wanted = serde_json::to_value(&table)?.as_object().cloned().unwrap_or_default();
    for list in ["alerts", "heartbeats", "checks"] {
        for entry in wanted.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
            exact(entry);
        }
    }
    let known = ["channels", "alerts", "heartbeats", "checks"];
    if let Some(other) = table.keys().find(|key| !known.contains(&key.as_str())) {
        bail!("{other} is not known; there are {}", known.join(", "));
    }
    let client = Client::connect(config)?;
    let mut apply = |dry_run: bool| {
        wanted.insert("prune".to_owned(), json!(command.prune));
        wanted.insert("dry_run".to_owned(), json!(dry_run));
        client.post("/api/v1/apply", &json!(wanted))
    };
    if command.json {
        return print_json(&apply(command.dry_run)?);
    }
    let differences = apply(true)?;
    let mut count = 0;
    for difference in differences.rows("differences") {
        say!("{} {} {}", text(difference, "action"), text(difference, "kind"), text(difference, "name"));
        if difference["action"] == "change" {
            for field in difference.rows("fields") {
                say!("  {}: {} -> {}", text(field, "field"), field["before"], field["after"]);
            }
        }
        count += 1;
    }
    if count == 0 {
        say!("nothing differs");
        return Ok(());
    }
    if command.dry_run {
        return Ok(());
    }
    let applied = apply(false)?;
    for made in applied.rows("secrets") {
        say!("the secret of {}, shown once: {}", text(made, "channel"), text(made, "secret"));
    }
    say!("applied {count}");
    Ok(())
}

/// Amounts may be written as numbers; the API takes them as text, so that they are exact.
fn exact(value: &mut Json) {
    match value {
        Json::Object(object) => {
            for (name, value) in object.iter_mut() {
                if name.ends_with("_usd") && value.is_number() {
                    *value = Json::from(value.to_string());
                }
                exact(value);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(exact),
        _ => {}
    }
}
