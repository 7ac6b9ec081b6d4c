//! Chores of the repository: `cargo xtask gen | fresh | layers`.

mod demo;
mod generated;
mod layers;

use clap::Parser;
use std::path::{Path, PathBuf};

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Writes every generated file again.
    Gen,
    /// Fails, naming the file, if a generated file is not what `gen` would write.
    Fresh,
    /// Fails, naming the edge, if a crate depends on one it must not know.
    Layers,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Gen => generated::write(&root()),
        Chore::Fresh => generated::check(&root()),
        Chore::Layers => layers::check(&root()),
    }
}

/// The repository, wherever the command was started.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
