//! One file a command: what it does, and how it prints.

pub mod accounts;
pub mod keys;
pub mod serve;

use serde_json::Value as Json;

/// Prints one JSON value, for `--json`.
pub fn print_json(value: &Json) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
