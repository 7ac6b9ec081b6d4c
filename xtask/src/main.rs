//! Chores of the repository: `cargo xtask gen | fresh | layers`.

mod demo;
mod generated;
mod layers;
mod versions;

use anyhow::Context;
use clap::Parser;
use std::path::{Path, PathBuf};

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Writes every generated file again.
    Gen,
    /// Fails, naming the file, if a generated file is not what `gen` would write.
    Fresh,
    /// Fails if `vedette[server]` asks for another server than the one of this version.
    Versions,
    /// Fails, naming the edge, if a crate depends on one it must not know.
    Layers,
}

fn main() -> anyhow::Result<()> {
    let root = root()?;
    match Chore::parse() {
        Chore::Gen => generated::write(&root),
        Chore::Fresh => generated::check(&root),
        Chore::Versions => versions::check(&root),
        Chore::Layers => layers::check(&root),
    }
}

/// The repository, wherever the command was started. Asked of cargo as it runs this, not as it built it: clones
/// share what is built.
#[expect(clippy::disallowed_methods, reason = "what cargo tells")]
fn root() -> anyhow::Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").context("run me as `cargo xtask`")?;
    Ok(Path::new(&here).parent().map(Path::to_owned).unwrap_or_default())
}
