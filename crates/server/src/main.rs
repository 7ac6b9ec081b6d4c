//! The command line: settings are read, then one command runs.

use clap::{CommandFactory, Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use vedette_server::commands::{
    Group, accounts, alerts, apply, channels, checks, costs, dashboard, demo, doctor, explain, export, heartbeats,
    import, incidents, keys, openapi, replay, runs, serve, show, sql, tail,
};
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
    /// Serve 200 real runs and what 49 client libraries sent, in a temporary folder unless --data
    Demo(ServeSettings),
    /// Serve files and open the browser, in a temporary folder unless --data
    Dashboard(Box<dashboard::Dashboard>),
    /// Take in trace files
    Import(import::Import),
    /// Print a run as it came, or lists of runs and spans for other programs
    Export(Box<export::Export>),
    /// List runs, newest first, with their steps
    Runs(Box<runs::Runs>),
    /// Show one run as a tree
    Show(show::Show),
    /// Show costs by model, by workflow and by day
    Costs(costs::Costs),
    /// Print spans as they finish
    Tail(tail::Tail),
    /// Ask a question in SQL of the tables runs, spans and scores
    Sql(sql::Sql),
    /// Answer model calls from the record of a run, in the formats of OpenAI and Anthropic
    Replay(replay::ReplayRun),
    /// Say what the spans of a file mean, and which attribute said so
    Explain(explain::Explain),
    /// List incidents, acknowledge and resolve them
    Incidents(Group<incidents::Incidents>),
    /// Rules that tell people when something is wrong
    Alerts(Group<alerts::Alerts>),
    /// Expect runs of an agent, and tell if they do not come
    Heartbeats(Group<heartbeats::Heartbeats>),
    /// What is asked of finished runs
    Checks(Group<checks::Checks>),
    /// Set channels, alerts, heartbeats and checks from a TOML file
    Apply(apply::Apply),
    /// Create, list and delete accounts
    Accounts(Group<accounts::Accounts>),
    /// Create, list and revoke keys
    Keys(Group<keys::Keys>),
    /// Say where notices go, and see whether they get there
    Channels(Group<channels::Channels>),
    /// Look whether the data is whole and a server could run
    Doctor(doctor::Doctor),
    /// Print the API's OpenAPI document
    Openapi,
    /// Print a script that completes commands in a shell
    Completions {
        /// Which
        shell: clap_complete::Shell,
    },
}

impl Command {
    fn serve_settings(&self) -> ServeSettings {
        match self {
            Command::Serve(settings) | Command::Demo(settings) => settings.clone(),
            Command::Dashboard(command) => command.serve.clone(),
            Command::Doctor(command) => command.serve.clone(),
            _ => ServeSettings::default(),
        }
    }
}

/// 0 if all is well, 1 for a failure, 2 for a call that makes no sense or lines that were passed over.
fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == vedette_lake::WORKER) {
        // Not a command for people: the server's own child, which runs one query and needs no settings.
        return vedette_lake::work();
    }
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vedette: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Who read the output has seen enough, as in `vedette runs | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(|error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(cli.settings, cli.command.serve_settings())?;
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_new(&config.log)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Where the log's disk is full, saying so would panic in whatever thread has just failed for that reason.
        .log_internal_errors(false)
        .init();
    match cli.command {
        Command::Serve(_) => serve::run(config),
        Command::Demo(_) => demo::run(config),
        Command::Dashboard(command) => dashboard::run(config, &command),
        Command::Import(command) => {
            return import::run(&config, &command)
                .map(|whole| if whole { ExitCode::SUCCESS } else { ExitCode::from(2) });
        }
        Command::Export(command) => export::run(&config, &command),
        Command::Runs(command) => runs::run(&config, &command),
        Command::Show(command) => show::run(&config, &command),
        Command::Costs(command) => costs::run(&config, &command),
        Command::Tail(command) => tail::run(&config, &command),
        Command::Sql(command) => sql::run(&config, command),
        Command::Replay(command) => replay::run(&config, &command),
        Command::Explain(command) => explain::run(&config, &command),
        Command::Incidents(Group { command, json }) => incidents::run(&config, command, json),
        Command::Alerts(Group { command, json }) => alerts::run(&config, command, json),
        Command::Heartbeats(Group { command, json }) => heartbeats::run(&config, command, json),
        Command::Checks(Group { command, json }) => checks::run(&config, command, json),
        Command::Apply(command) => apply::run(&config, &command),
        Command::Accounts(Group { command, json }) => accounts::run(&config, command, json),
        Command::Keys(Group { command, json }) => keys::run(&config, command, json),
        Command::Channels(Group { command, json }) => channels::run(&config, command, json),
        Command::Doctor(command) => {
            return doctor::run(&config, &command).map(|well| if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => {
            // Into memory first: it panics where it cannot write, as into the pipe of `head`.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "vedette", &mut script);
            std::io::stdout().write_all(&script).map_err(Into::into)
        }
    }
    .map(|()| ExitCode::SUCCESS)
}
