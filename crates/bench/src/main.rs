//! `make bench`: one run that prints every figure the product promises, each beside its target and, for
//! the cost of a span, beside the floor: what only decoding and compressing the same bytes costs here.
//!
//! The server is the real binary in a process of its own; the bodies are encoded beforehand.

mod floor;
mod latency;
mod load;
mod report;
mod server;
mod stages;

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;

/// Measures a real server on this machine.
#[derive(Parser)]
struct Options {
    /// The `vedette` binary, built for release.
    #[arg(long)]
    server: PathBuf,
    /// The repository, whose fixtures the load is made of.
    #[arg(long, default_value = ".")]
    repository: PathBuf,
    /// Synthetic spans of about 2 kB.
    #[arg(long, default_value_t = 1_000_000)]
    spans: usize,
    /// Bytes of OTLP that the real runs are repeated to.
    #[arg(long, default_value_t = 1 << 30)]
    real_bytes: usize,
    /// Where bodies and data folders go; removed afterwards.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Requests for each latency.
    #[arg(long, default_value_t = 200)]
    requests: usize,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let folder = match &options.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut report = report::Report::default();
    stages::synthetic(&options, folder.path(), &mut report)?;
    stages::real(&options, folder.path(), &mut report)?;
    println!("{report}");
    Ok(())
}
