//! `vedette import`: files go in by the same door as an upload on the page, however large.

use super::print_json;
use crate::client::Client;
use crate::config::Config;
use crate::layout::{count, counted, plain};
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Refused lines that are printed one by one.
const SKIPPED_SHOWN: usize = 20;

/// Which files.
#[derive(Args)]
#[command(after_help = "Takes JSON lines as the pyagent family writes them (spans, TraceEvents, recorder entries, \
    provider_call_* events) and OTLP (protobuf, JSON, JSON lines), also gzip or zstd. What a file is, its content \
    says. The same file again adds nothing; a file that has grown adds what is new.\n\n\
    Ends with 0 if every line was taken, with 2 if some were passed over.")]
pub struct Import {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON: what became of each file
    #[arg(long)]
    json: bool,
}

/// What became of a file.
#[derive(Debug, Deserialize, Serialize)]
pub struct Imported {
    /// Its name as it was given.
    #[serde(default)]
    pub name: String,
    /// Lines or messages of the file that were read.
    pub lines: u64,
    /// Spans and point events in it.
    pub spans: u64,
    /// Those of them that were not known yet.
    pub new_spans: u64,
    /// Runs they belong to.
    pub runs: u64,
    /// When the first of them began.
    pub since: Option<String>,
    /// When the last of them began, exclusive.
    pub until: Option<String>,
    /// What was passed over; the first of many.
    pub skipped: Vec<Skipped>,
    /// All that was passed over.
    pub skipped_count: u64,
    /// What the file leaves open.
    pub notes: Vec<String>,
}

/// A line that was passed over.
#[derive(Debug, Deserialize, Serialize)]
pub struct Skipped {
    /// From 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Runs it. True if nothing was passed over.
pub fn run(config: &Config, command: &Import) -> anyhow::Result<bool> {
    let client = Client::connect(config)?;
    let mut all = Vec::new();
    for path in &command.files {
        let imported = file(&client, path)?;
        if !command.json {
            say!(
                "{}: {} in {} from {}",
                plain(&imported.name),
                counted(imported.spans, "span"),
                counted(imported.runs, "run"),
                counted(imported.lines, "line"),
            );
            imported.report();
        }
        all.push(imported);
    }
    if command.json {
        print_json(&serde_json::json!({ "files": all }))?;
    }
    Ok(all.iter().all(|imported| imported.skipped_count == 0))
}

/// Sends one file, with a progress bar on a terminal.
pub fn file(client: &Client, path: &Path) -> anyhow::Result<Imported> {
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    let about = file.metadata().with_context(|| format!("cannot read {name}"))?;
    if about.is_dir() {
        bail!("{name} is a folder; name the files in it");
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?;
    let progress = ProgressBar::new(about.len()).with_style(style).with_message(plain(&name));
    let answer = client.upload("/traces", progress.wrap_read(file));
    progress.finish_and_clear();
    let imported: Imported = serde_json::from_value(answer.with_context(|| name.clone())?)
        .context("the server's answer is not as expected")?;
    Ok(Imported { name, ..imported })
}

impl Imported {
    /// Says what was passed over and what is left open, on standard error.
    pub fn report(&self) {
        if self.skipped_count > 0 {
            eprintln!("{}: {} passed over", plain(&self.name), counted(self.skipped_count, "line"));
        }
        for skipped in self.skipped.iter().take(SKIPPED_SHOWN) {
            eprintln!("  line {}: {}", skipped.line, plain(&skipped.reason));
        }
        if self.skipped.len() > SKIPPED_SHOWN {
            eprintln!("  and {} more: --json names them", count((self.skipped.len() - SKIPPED_SHOWN) as u64));
        }
        for note in &self.notes {
            eprintln!("{}: {}", plain(&self.name), plain(note));
        }
    }
}
