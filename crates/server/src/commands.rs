//! One file a command: what it does, and how it prints.

/// Prints a line, and fails where nobody reads any more, which `println!` would panic about.
macro_rules! say {
    ($($line:tt)*) => {
        std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($line)*)))?
    };
}

pub mod accounts;
pub mod alerts;
pub mod apply;
pub mod channels;
pub mod checks;
pub mod costs;
pub mod dashboard;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod export;
pub mod heartbeats;
pub mod import;
pub mod incidents;
pub mod keys;
pub mod openapi;
pub mod replay;
pub mod runs;
pub mod serve;
pub mod show;
pub mod sql;
pub mod tail;

mod filter;
mod sheet;
mod watching;

use clap::{Args, Subcommand};
use serde_json::Value as Json;

/// A group of commands: each can print what the server answered instead of words for people.
#[derive(Args)]
pub struct Group<T: Subcommand> {
    /// What to do
    #[command(subcommand)]
    pub command: T,
    /// Print JSON: the server's answer
    #[arg(long, global = true)]
    pub json: bool,
}

/// Prints an answer: as JSON if that is asked for, else in words.
fn answered(json: bool, answer: &Json, words: impl FnOnce() -> String) -> anyhow::Result<()> {
    if json {
        return print_json(answer);
    }
    say!("{}", words());
    Ok(())
}

/// Prints one JSON value, for `--json`.
pub fn print_json(value: &Json) -> anyhow::Result<()> {
    say!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
