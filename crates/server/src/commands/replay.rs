//! `vedette replay RUN`: serves the recorded answers of a run's model calls on this machine.

use super::runs;
use crate::config::Config;
use crate::layout::plain;
use crate::owner::local_url;
use crate::replay::{Record, Replay, calls, router};
use anyhow::{Context, bail};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Which run, and where.
#[derive(Args)]
pub struct ReplayRun {
    /// A run id in any spelling, or what `vedette runs` calls it, such as #174; may be left out for a file with one run
    #[arg(value_name = "RUN", required_unless_present = "trace")]
    id: Option<String>,
    /// Take the run from this recording instead
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4320")]
    listen: String,
    /// Refuse a call that differs from its record, instead of answering it
    #[arg(long)]
    strict: bool,
}

/// Serves until a signal.
pub fn run(config: &Config, command: &ReplayRun) -> anyhow::Result<()> {
    let (client, _) = runs::source(config, command.trace.as_deref())?;
    let id = match &command.id {
        Some(id) => runs::find(&client, id)?,
        None => runs::only(&client)?,
    };
    let record = Record::new(format!("run {id}"), calls(&client, &id)?)?;
    drop(client);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&command.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", command.listen))?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            bail!("what was said in a run is served to this machine only; {} is no loopback address", command.listen);
        }
        let mut signals = super::serve::Signals::listen()?;
        let url = local_url(address);
        say!("{url}");
        say!("{} model calls of {}; OPENAI_BASE_URL={url}/v1 ANTHROPIC_BASE_URL={url}", record.len(), plain(&id));
        if record.agents().len() > 1 {
            say!("agents: {} (say which asks with {url}/agents/NAME/v1)", plain(&record.agents().join(", ")));
        }
        // Whoever started us may have stopped listening; that is no reason not to answer.
        let listener_of_calls =
            |line: &str| drop(std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", plain(line))));
        let replay = Replay { record, strict: command.strict, listener: Box::new(listener_of_calls) };
        axum::serve(listener, router(Arc::new(replay)))
            .with_graceful_shutdown(async move { signals.next().await })
            .await?;
        Ok(())
    })
}
