//! The command line: settings are read, then one command runs.

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;
use vedette_server::commands::{accounts, keys, serve};
use vedette_server::config::{Config, ServeSettings, Settings};

/// Watches AI agents: takes in their traces, keeps them, shows each run, what it did and what it cost.
#[derive(Parser)]
#[command(name = "vedette", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take in traces and serve the dashboard and the API
    Serve(ServeSettings),
    /// Create, list and delete accounts
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// Create, list and revoke keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Print a script that completes commands in a shell
    Completions {
        /// Which
        shell: clap_complete::Shell,
    },
}

impl Command {
    fn serve_settings(&self) -> ServeSettings {
        match self {
            Command::Serve(settings) => settings.clone(),
            _ => ServeSettings::default(),
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vedette: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.settings, cli.command.serve_settings())?;
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_new(&config.log)?)
        .with_writer(std::io::stderr)
        .init();
    match cli.command {
        Command::Serve(_) => serve::run(config),
        Command::Accounts(command) => accounts::run(&config, command),
        Command::Keys(command) => keys::run(&config, command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "vedette", &mut std::io::stdout());
            Ok(())
        }
    }
}
