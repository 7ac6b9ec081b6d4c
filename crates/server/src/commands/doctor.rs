//! `vedette doctor`: is the data whole, and could a server run here.

use super::print_json;
use crate::client::Client;
use crate::config::{Config, Place, ServeSettings};
use crate::layout::{count, counted, plain};
use crate::owner::Owner;
use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use std::net::TcpListener;
use std::path::Path;
use vedette_store::Report;

/// Less room than this is worth a word.
const ROOM_BYTES: u64 = 1 << 30;

/// How to print, and what `vedette serve` would be told.
#[derive(Args)]
pub struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields say it")]
    pub serve: ServeSettings,
}

/// What was found.
#[derive(Serialize)]
struct Findings {
    /// The data folder.
    data: String,
    /// Where the process that owns it listens, if one does.
    owner: Option<String>,
    /// What is stored; absent where nothing is yet.
    store: Option<Report>,
    /// Free bytes where the folder is.
    free_bytes: u64,
    /// What a person should do something about.
    problems: Vec<String>,
    /// What a person may want to know.
    notes: Vec<String>,
}

/// Runs it. True if nothing is wrong.
pub fn run(config: &Config, command: &Doctor) -> anyhow::Result<bool> {
    let Place::Folder(folder) = &config.place else { bail!("--memory keeps nothing that could be looked at") };
    let findings = examine(config, folder)?;
    if command.json {
        print_json(&serde_json::to_value(&findings)?)?;
    } else {
        print(&findings)?;
    }
    Ok(findings.problems.is_empty())
}

fn examine(config: &Config, folder: &Path) -> anyhow::Result<Findings> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let owner = owner(config, folder);
    let store = if folder.join("vedette.db").exists() {
        let report = vedette_store::doctor(folder).map_err(|error| anyhow::anyhow!(error.message))?;
        problems.extend(report.problems.iter().cloned());
        if !report.orphans.is_empty() {
            notes.push(format!(
                "{} that nobody names; the next start removes them",
                counted(report.orphans.len() as u64, "file")
            ));
        }
        Some(report)
    } else {
        notes.push("there is no data in this folder yet".to_owned());
        None
    };
    let absolute = std::path::absolute(folder)?;
    let existing = absolute.ancestors().find(|path| path.exists()).unwrap_or(folder);
    let free_bytes = free_bytes(existing)?;
    if free_bytes < ROOM_BYTES {
        problems.push(format!("only {} MB are free in {}", count(free_bytes >> 20), existing.display()));
    }
    if rustix::fs::access(existing, rustix::fs::Access::WRITE_OK).is_err() {
        problems.push(format!("{} cannot be written to", existing.display()));
    }
    if owner.is_none() {
        for address in &config.listen {
            if let Err(error) = TcpListener::bind(address) {
                problems.push(format!("{address} cannot be listened on: {error}; say --listen"));
            }
        }
    }
    Ok(Findings { data: folder.display().to_string(), owner, store, free_bytes, problems, notes })
}

/// The address of a living owner.
fn owner(config: &Config, folder: &Path) -> Option<String> {
    let owner = Owner::read(folder)?;
    let client = Client::asking(&owner, config).ok()?;
    client.is_answered().then_some(owner.url)
}

fn free_bytes(path: &Path) -> anyhow::Result<u64> {
    let disk = rustix::fs::statvfs(path).with_context(|| format!("cannot look at the disk of {}", path.display()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn print(findings: &Findings) -> anyhow::Result<()> {
    say!("data    {}", plain(&findings.data));
    say!("owner   {}", findings.owner.as_deref().unwrap_or("none: no server is running on it"));
    say!("disk    {} MB free", count(findings.free_bytes >> 20));
    if let Some(store) = &findings.store {
        say!(
            "store   {}, {}, {}, {}",
            counted(store.accounts, "account"),
            counted(store.runs, "run"),
            counted(store.spans, "span"),
            counted(store.segments, "segment"),
        );
    }
    for note in &findings.notes {
        say!("note    {}", plain(note));
    }
    for problem in &findings.problems {
        say!("WRONG   {}", plain(problem));
    }
    say!("{}", if findings.problems.is_empty() { "All is well." } else { "Something is wrong: see above." });
    Ok(())
}
