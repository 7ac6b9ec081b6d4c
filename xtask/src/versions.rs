//! `vedette[server]` brings the server of the SDK's own version: both are released together.

use anyhow::{Context, Result, bail};
use std::path::Path;

const PYPROJECT: &str = "sdks/python/pyproject.toml";

pub fn check(root: &Path) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let asked = format!("server = [\"vedette-server=={version}\"]");
    let project = std::fs::read_to_string(root.join(PYPROJECT)).with_context(|| format!("reading {PYPROJECT}"))?;
    if !project.lines().any(|line| line == asked) {
        bail!("{PYPROJECT} must ask for this version of the server: {asked}");
    }
    println!("vedette[server] asks for version {version}");
    Ok(())
}
