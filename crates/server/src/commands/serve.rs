//! `vedette serve`: open, bind, say where, serve until told to stop, drain.

use crate::app::App;
use crate::clock;
use crate::config::{Config, Place};
use crate::connections::Connections;
use crate::ingest::spool;
use crate::notify::courier;
use crate::owner::local_url;
use crate::router::router;
use crate::watch as watching;
use anyhow::{Context, bail};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use vedette_model::{Timestamp, limits};

/// Serves until a signal.
pub fn run(config: Config) -> anyhow::Result<()> {
    let running = Running::start(config)?;
    running.take_in_spool()?;
    running.wait()
}

/// A server that answers.
pub struct Running {
    /// What its handlers share.
    pub app: Arc<App>,
    /// One for each listener, such as `http://127.0.0.1:4318`.
    pub urls: Vec<String>,
    runtime: Runtime,
    listeners: JoinSet<()>,
    courier: tokio::task::JoinHandle<()>,
    stop: watch::Sender<bool>,
    signals: Signals,
    ticks: Option<Ticks>,
}

impl Running {
    /// Opens the store, binds every address and prints one line for each. Refuses to be reachable
    /// from other machines without a key.
    pub fn start(config: Config) -> anyhow::Result<Running> {
        Running::over(App::open(config)?)
    }

    /// The same over what is open already.
    pub fn over(app: Arc<App>) -> anyhow::Result<Running> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("vedette-async")
            .build()
            .context("cannot start the runtime")?;
        let bound = runtime.block_on(bind(&app))?;
        // Before anybody knows the address: who does may also end it.
        let signals = runtime.block_on(async { Signals::listen() })?;
        let addresses: Vec<SocketAddr> = bound.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let urls: Vec<String> = addresses.into_iter().map(local_url).collect();
        if let Some(first) = urls.first() {
            app.announce(first)?;
        }
        let (stop, stopped) = watch::channel(false);
        let courier = runtime.spawn(courier::run(Arc::clone(&app), stopped.clone()));
        let mut listeners = JoinSet::new();
        let connections = Arc::new(Connections::new());
        for listener in bound {
            let serving = Arc::clone(&connections).serve(listener, router(Arc::clone(&app)), stopped.clone());
            listeners.spawn_on(serving, runtime.handle());
        }
        let ticks = Some(Ticks::start(Arc::clone(&app))?);
        for url in &urls {
            // Whoever started us may have stopped listening; that is no reason not to serve.
            let _ = writeln!(std::io::stdout(), "{url}");
        }
        if app.config.place == Place::Memory {
            eprintln!("everything is kept in memory and gone when this process ends");
        }
        Ok(Running { app, urls, runtime, listeners, courier, stop, signals, ticks })
    }

    /// Takes in what SDKs on this machine could not send, beside serving. Not into memory, where it would be
    /// lost after all.
    fn take_in_spool(&self) -> anyhow::Result<()> {
        let Some(folder) = self.app.config.spool.clone().filter(|_| self.app.config.place != Place::Memory) else {
            return Ok(());
        };
        let app = Arc::clone(&self.app);
        let ports: Vec<u16> = self.urls.iter().filter_map(|url| url.rsplit(':').next()?.parse().ok()).collect();
        let take_in = move || {
            let spans = spool::take_in(&app, &folder, &ports);
            if spans > 0 {
                tracing::info!("took in {spans} spans that SDKs on this machine had left in {}", folder.display());
            }
        };
        std::thread::Builder::new().name("vedette-spool".into()).spawn(take_in)?;
        Ok(())
    }

    /// Waits for a signal, ends requests under way, flushes. A second signal does not wait.
    pub fn wait(mut self) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            tokio::select! {
                () = self.signals.next() => Ok(()),
                // A listener ends by itself only when it fails.
                Some(ended) = self.listeners.join_next() => ended,
            }
        })?;
        self.stop.send_replace(true);
        self.app.live.close();
        self.runtime.block_on(async {
            let drained = async {
                while self.listeners.join_next().await.is_some() {}
                let _ = (&mut self.courier).await;
            };
            tokio::select! {
                () = drained => {}
                () = tokio::time::sleep(limits::DRAIN) => tracing::warn!("requests under way were cut off"),
                () = self.signals.next() => tracing::warn!("stopped at once by a second signal"),
            }
        });
        drop(self.ticks.take());
        self.app.quotas.save().context("the counts of this month's events could not be kept")?;
        let flushed = self.app.store.flush(clock::now());
        self.runtime.shutdown_timeout(Duration::from_secs(1));
        flushed.context("what is in the log could not be moved to segments; it is safe where it is")
    }
}

/// What asks a process to end: SIGTERM, SIGINT, and that its terminal was closed. From then on they are heard.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens, within a runtime.
    pub fn listen() -> std::io::Result<Self> {
        let hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, hangup })
    }

    /// Until the next of them.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            Some(_) = async { self.hangup.as_mut()?.recv().await } => {}
        }
    }
}

/// Whether whoever started it, such as `nohup`, wants it to outlive the terminal: to listen for the signal would undo that.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    // SIGHUP is the first. Where nobody tells, it is left as it is.
    ignored.is_none_or(|signals| signals & 1 != 0)
}

async fn bind(app: &App) -> anyhow::Result<Vec<TcpListener>> {
    let mut bound = Vec::new();
    for wanted in &app.config.listen {
        let addresses = tokio::net::lookup_host(wanted).await;
        let mut addresses = addresses.with_context(|| format!("{wanted} is no ADDR:PORT to listen on"))?;
        let address = addresses.next().with_context(|| format!("{wanted} names no address"))?;
        if !address.ip().is_loopback() {
            if !app.keyring.has_keys() {
                bail!(
                    "{wanted} can be reached from other machines, and there is no key: \
                     create one first with `vedette keys create`, or listen on 127.0.0.1"
                );
            }
            app.keyring.expose();
        }
        bound.push(TcpListener::bind(address).await.with_context(|| format!("cannot listen on {wanted}"))?);
    }
    Ok(bound)
}

const TICK: Duration = Duration::from_secs(1);

/// The thread that, every second, closes silent runs and moves spans to segments.
struct Ticks {
    stop: Option<SyncSender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Ticks {
    fn start(app: Arc<App>) -> anyhow::Result<Ticks> {
        let (stop, stopped) = sync_channel(1);
        let tick = move || {
            let mut failing = false;
            let mut pause = TICK;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let done = upkeep(&app, clock::now());
                // Said once, not every second of a full disk.
                match &done {
                    Err(error) if !failing => tracing::error!("upkeep fails: {error:#}"),
                    Ok(_) if failing => tracing::info!("upkeep works again"),
                    _ => {}
                }
                failing = done.is_err();
                pause = if matches!(done, Ok(true)) { Duration::ZERO } else { TICK };
            }
        };
        let thread = std::thread::Builder::new().name("vedette-ticks".into()).spawn(tick)?;
        Ok(Ticks { stop: Some(stop), thread: Some(thread) })
    }
}

/// One round; true if the next should not wait. A part that fails holds up no other.
fn upkeep(app: &Arc<App>, now: Timestamp) -> anyhow::Result<bool> {
    let settled = app.store.settle(now);
    let has_more = app.store.maintain(now);
    let watched = watching::step(app, now);
    let saved = app.quotas.save();
    settled?;
    watched?;
    saved?;
    Ok(has_more?)
}

impl Drop for Ticks {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
