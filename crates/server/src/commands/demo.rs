//! `vedette demo`: a server with something true to show. 200 real runs of an airline agent and what 49
//! client libraries sent, moved to the last seven days, taken in through the same pipeline as anything else.

use super::serve::Running;
use crate::app::App;
use crate::clock;
use crate::config::{Config, Place};
use crate::layout::counted;
use crate::metrics::Door;
use crate::pipeline;
use anyhow::{Context, bail};
use std::io::Read;
use std::time::Duration;
use vedette_model::{AccountId, RawLog, RawSpan, Timestamp, limits};
use vedette_otlp::Decoded;
use vedette_store::RunQuery;

/// See `xtask/src/demo.rs`, which makes them.
const REAL_RUNS: &[u8] = include_bytes!("../../../../fixtures/demo/real-runs.traces.pb.zst");
const CLIENT_TRACES: &[u8] = include_bytes!("../../../../fixtures/demo/clients.traces.pb.zst");
const CLIENT_LOGS: &[u8] = include_bytes!("../../../../fixtures/demo/clients.logs.pb.zst");

/// The window they were compressed with.
const WINDOW_LOG: u32 = 25;
/// Spans taken in at a time: each holds the whole conversation so far.
const SPANS_AT_A_TIME: usize = 500;
const NEWEST: Duration = Duration::from_secs(60);

/// Loads and serves until a signal. Without `--data` everything is gone afterwards.
pub fn run(mut config: Config) -> anyhow::Result<()> {
    let scratch = scratch(&mut config)?;
    let app = App::open(config)?;
    eprintln!("loading ...");
    load(&app, scratch.is_some())?;
    let status = app.store.status(AccountId::DEFAULT)?;
    let running = Running::over(app)?;
    say!(
        "{} with {}: 200 of a real airline agent (tokens estimated, timing synthetic), the others sent by 49 \
         client libraries.",
        counted(status.runs, "run"),
        counted(status.spans, "span"),
    );
    if let Some(url) = running.urls.first() {
        say!("Open {url} in a browser. To see your own agent, point its SDK here:");
        say!("  export OTEL_EXPORTER_OTLP_ENDPOINT={url}");
    }
    if scratch.is_some() {
        say!("Ctrl-C ends it and removes everything; --data DIR would keep it.");
    }
    running.wait()
}

/// A folder that is removed with the value, unless the data was told to live somewhere.
pub fn scratch(config: &mut Config) -> anyhow::Result<Option<tempfile::TempDir>> {
    if config.place_is_explicit || config.place == Place::Memory {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("vedette-").tempdir().context("no temporary folder can be made")?;
    config.place = Place::Folder(folder.path().to_owned());
    Ok(Some(folder))
}

fn load(app: &App, scratch: bool) -> anyhow::Result<()> {
    let mut real = vedette_otlp::traces_from_protobuf(&decompressed(REAL_RUNS)?)?;
    let mut clients = vedette_otlp::traces_from_protobuf(&decompressed(CLIENT_TRACES)?)?;
    clients.logs = vedette_otlp::logs_from_protobuf(&decompressed(CLIENT_LOGS)?)?.logs;
    let first = real.spans.first().context("the demo's data has spans")?.run;
    if app.store.run(AccountId::DEFAULT, first)?.is_some() {
        return Ok(());
    }
    let query = RunQuery { limit: 1, ..RunQuery::default() };
    if !app.store.runs(AccountId::DEFAULT, &query)?.rows.is_empty() {
        bail!("there are other runs in this data folder, and the demo's do not belong among them; leave out --data");
    }
    let now = clock::now();
    move_to(&mut real, now.minus(NEWEST));
    move_to(&mut clients, now.minus(NEWEST));
    for mut decoded in [real, clients] {
        while !decoded.spans.is_empty() || !decoded.logs.is_empty() {
            let rest = decoded.spans.split_off(SPANS_AT_A_TIME.min(decoded.spans.len()));
            let part = Decoded {
                spans: std::mem::replace(&mut decoded.spans, rest),
                logs: std::mem::take(&mut decoded.logs),
                ..Decoded::default()
            };
            pipeline::submit(app, AccountId::DEFAULT, Door::File, part)
                .map_err(|error| anyhow::anyhow!(error.message))?;
        }
    }
    if scratch {
        // Nothing more will come of these: what nobody closed need not look as if it ran.
        app.store.settle(now.plus(app.config.settle.max(limits::LOG_WAIT)))?;
    }
    Ok(())
}

fn decompressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut decoder = zstd::Decoder::new(bytes)?;
    decoder.window_log_max(WINDOW_LOG)?;
    let mut whole = Vec::new();
    decoder.read_to_end(&mut whole).context("the demo's data is damaged")?;
    Ok(whole)
}

/// Moves everything by one offset, so that the newest ends at a time.
fn move_to(decoded: &mut Decoded, newest: Timestamp) {
    let ends = decoded.spans.iter().filter_map(|span| span.end).chain(decoded.logs.iter().map(|log| log.time));
    let offset = newest.0.saturating_sub(ends.map(|end| end.0).max().unwrap_or(newest.0));
    let shift = |time: &mut Timestamp| time.0 = time.0.saturating_add(offset);
    for RawSpan { start, end, events, .. } in &mut decoded.spans {
        shift(start);
        end.iter_mut().for_each(shift);
        events.iter_mut().for_each(|event| shift(&mut event.time));
    }
    decoded.logs.iter_mut().for_each(|RawLog { time, .. }| shift(time));
}
