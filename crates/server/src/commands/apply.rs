//! `vedette apply FILE`: channels, alerts, heartbeats and checks from a TOML file, for those who keep them in
//! git. Says first what differs; the same file again changes nothing.

use super::watching::{Row, text};
use crate::client::Client;
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
}

/// Runs it.
pub fn run(config: &Config, command: &Apply) -> anyhow::Result<()> {
    let path = command.file.display();
    let file = std::fs::read_to_string(&command.file).with_context(|| format!("cannot read {path}"))?;
    let table: toml::Table = file.parse().with_context(|| format!("in {path}"))?;
    let mut wanted = serde_json::to_value(&table)?.as_object().cloned().unwrap_or_default();
    let channels = wanted.remove("channels").unwrap_or_else(|| json!([]));
    for list in ["alerts", "heartbeats", "checks"] {
        for entry in wanted.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
            exact(entry);
        }
    }
    let client = Client::connect(config)?;
    let new = new_channels(&client, &channels)?;
    let known = ["alerts", "heartbeats", "checks"];
    if let Some(other) = table.keys().find(|key| *key != "channels" && !known.contains(&key.as_str())) {
        bail!("{other} is not known; there are channels, {}", known.join(", "));
    }
    let mut apply = |dry_run: bool| {
        wanted.insert("prune".to_owned(), json!(command.prune));
        wanted.insert("dry_run".to_owned(), json!(dry_run));
        client.post("/api/v1/apply", &json!(wanted))
    };
    let differences = apply(true)?;
    let mut count = 0;
    for channel in &new {
        say!("create channel {}", text(channel, "name"));
        count += 1;
    }
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
    for channel in new {
        let made = client.post("/api/v1/channels", &channel)?;
        if let Some(secret) = made.get("secret").and_then(Json::as_str) {
            say!("the secret of {}, shown once: {secret}", text(&channel, "name"));
        }
    }
    apply(false)?;
    say!("applied {count}");
    Ok(())
}

/// Channels that are not there yet. Where a channel goes is not told by the server, so it is not compared.
fn new_channels(client: &Client, channels: &Json) -> anyhow::Result<Vec<Json>> {
    let wanted = channels.as_array().context("channels must be a list: [[channels]]")?;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = client.get("/api/v1/channels")?;
    let is_known = |channel: &&Json| known.rows("channels").any(|other| other["name"] == channel["name"]);
    Ok(wanted.iter().filter(|channel| !is_known(channel)).cloned().collect())
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
