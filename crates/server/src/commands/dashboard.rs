//! `vedette dashboard`: serve, take in files, open the browser. In a temporary folder unless `--data`.

use super::demo::scratch;
use super::import;
use super::serve::Running;
use crate::app::App;
use crate::client::Client;
use crate::config::{Config, ServeSettings};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// What to show, and where.
#[derive(Args)]
pub struct Dashboard {
    /// Files to show; may be given several times
    #[arg(long, value_name = "FILE")]
    trace: Vec<PathBuf>,
    /// Only print the address
    #[arg(long)]
    no_open: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields say it")]
    pub serve: ServeSettings,
}

/// Serves until a signal.
pub fn run(mut config: Config, command: &Dashboard) -> anyhow::Result<()> {
    let scratch = scratch(&mut config)?;
    let app = App::open(config)?;
    let client = Client::within(Arc::clone(&app))?;
    for path in &command.trace {
        import::file(&client, path)?.report();
    }
    drop(client);
    if scratch.is_some() && !command.trace.is_empty() {
        // A file says no more: what nobody closed is presumed closed.
        app.store.settle(crate::clock::now().plus(app.config.settle))?;
    }
    let running = Running::over(app)?;
    if scratch.is_some() {
        say!("Ctrl-C ends it and removes everything; --data DIR would keep it.");
    }
    if let Some(url) = running.urls.first().filter(|_| !command.no_open)
        && let Err(error) = open::that_detached(url)
    {
        eprintln!("no browser could be opened ({error}); open {url} yourself");
    }
    running.wait()
}
