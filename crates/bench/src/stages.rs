//! What is done to the server, in order.

use crate::load::{self, Bodies};
use crate::report::{Report, Target};
use crate::server::Server;
use crate::{Options, floor, latency};
use anyhow::Result;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// Connections that send at once.
const SENDERS: usize = 2;
/// Bodies that the floor is measured on.
const FLOOR_SAMPLE: usize = 40;
/// The calm load beside which latencies are measured.
const CALM_SPANS_PER_SECOND: f64 = 5_000.0;

/// A million synthetic spans: ingest, latencies idle, beside a calm and beside a full load, a crash.
pub fn synthetic(options: &Options, folder: &Path, report: &mut Report) -> Result<()> {
    let root = &options.repository;
    let bodies = load::synthetic(folder, root, options.spans, 1)?;
    let floor_us = floor::measure(&bodies, FLOOR_SAMPLE)?;
    report.add("synthetic: bytes of a span", bodies.bytes as f64 / bodies.spans as f64, "B", Target::None);
    let server = Server::start(&options.server, &folder.join("synthetic"))?;
    report.add("idle memory, empty", server.memory_mb("VmRSS")?, "MB", Target::AtMost(80.0));
    ingest(&server, &bodies, "synthetic", floor_us, report)?;
    report.add("synthetic: disk / OTLP bytes", server.disk_bytes()? as f64 / bodies.bytes as f64, "", Target::None);
    report.add("peak memory while ingesting", server.memory_mb("VmHWM")?, "MB", Target::AtMost(600.0));
    latency::ask(&server, options.requests, "idle", Some(1.0), report)?;

    let more = load::synthetic(folder, root, options.spans / 4, 2)?;
    while_sending(&server, &more, Some(CALM_SPANS_PER_SECOND), || {
        latency::ask(&server, options.requests, "at 5,000 spans/s", Some(3.0), report)
    })?;
    let fast = load::synthetic(folder, root, options.spans / 4, 3)?;
    while_sending(&server, &fast, None, || latency::ask(&server, options.requests / 4, "at full speed", None, report))?;

    let few = load::synthetic(folder, root, 10_000, 4)?;
    // Behind a full load an append waits for the flush.
    server.wait_until_flushed()?;
    report.add(
        "from POST to stream line, slowest of 10",
        latency::stream(&server, few.iter())?,
        "ms",
        Target::AtMost(300.0),
    );

    let data = server.kill()?;
    let again = Server::start(&options.server, &data)?;
    report.add("ready after kill -9", again.ready.as_secs_f64() * 1e3, "ms", Target::AtMost(500.0));
    again.wait_until_flushed()?;
    let data = again.kill()?;
    let idle = Server::start(&options.server, &data)?;
    idle.get("/api/v1/runs")?;
    report.add("idle memory, full", idle.memory_mb("VmRSS")?, "MB", Target::AtMost(80.0));
    Ok(())
}

/// The real runs, repeated: how small agent traces become.
pub fn real(options: &Options, folder: &Path, report: &mut Report) -> Result<()> {
    let bodies = load::real(folder, &options.repository, options.real_bytes, load::SPANS_PER_BODY)?;
    let floor_us = floor::measure(&bodies, FLOOR_SAMPLE)?;
    let server = Server::start(&options.server, &folder.join("real"))?;
    ingest(&server, &bodies, "real runs", floor_us, report)?;
    let ratio = bodies.bytes as f64 / server.disk_bytes()? as f64;
    report.add("real runs: OTLP bytes / disk", ratio, "", Target::AtLeast(40.0));

    // As short programs send them.
    let each = load::real(folder, &options.repository, options.real_bytes / 10, 1)?;
    let server = Server::start(&options.server, &folder.join("real-each"))?;
    let spans_per_second = send_all(&server, &each)?;
    report.add("real runs, a run a request: acknowledged spans a second", spans_per_second, "", Target::None);
    Ok(())
}

/// Sends everything as fast as it is acknowledged; answers spans a second.
fn send_all(server: &Server, bodies: &Bodies) -> Result<f64> {
    let started = Instant::now();
    send(server, bodies, None, &AtomicBool::new(false))?;
    Ok(bodies.spans as f64 / started.elapsed().as_secs_f64())
}

/// Sends everything as fast as it is acknowledged, then waits for the flush.
fn ingest(server: &Server, bodies: &Bodies, what: &str, floor_us: f64, report: &mut Report) -> Result<()> {
    let cpu_before = server.cpu_seconds()?;
    let spans_per_second = send_all(server, bodies)?;
    server.wait_until_flushed()?;
    let cpu_us = (server.cpu_seconds()? - cpu_before) * 1e6 / bodies.spans as f64;
    report.add(format!("{what}: acknowledged spans a second"), spans_per_second, "", Target::AtLeast(25_000.0));
    report.add(format!("{what}: server CPU a span, flush included"), cpu_us, "µs", Target::None);
    report.add(format!("{what}: floor (decode + zstd -1 + zstd -3)"), floor_us, "µs", Target::None);
    report.add(format!("{what}: server CPU / floor"), cpu_us / floor_us, "", Target::AtMost(2.5));
    Ok(())
}

/// Replays bodies on a few connections, paced if asked, until they end or `stop`.
fn send(server: &Server, bodies: &Bodies, spans_per_second: Option<f64>, stop: &AtomicBool) -> Result<()> {
    let (sender, receiver) = mpsc::sync_channel::<Vec<u8>>(SENDERS);
    let receiver = Mutex::new(receiver);
    let per_body = bodies.spans as f64 / bodies.iter().count().max(1) as f64;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SENDERS)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let next = receiver.lock().ok().and_then(|receiver| receiver.recv().ok());
                        let Some(body) = next else { return Ok(()) };
                        server.post_traces(body)?;
                    }
                })
            })
            .collect();
        let started = Instant::now();
        for (index, body) in bodies.iter().enumerate() {
            if let Some(rate) = spans_per_second {
                let due = Duration::from_secs_f64(index as f64 * per_body / rate);
                std::thread::sleep(due.saturating_sub(started.elapsed()));
            }
            if stop.load(Ordering::Relaxed) || sender.send(body?).is_err() {
                break;
            }
        }
        drop(sender);
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| anyhow::bail!("a sender failed")))
    })
}

fn while_sending(
    server: &Server,
    bodies: &Bodies,
    rate: Option<f64>,
    measure: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(server, bodies, rate, &stop));
        let measured = measure();
        stop.store(true, Ordering::Relaxed);
        sending.join().unwrap_or_else(|_| anyhow::bail!("the sender failed"))?;
        measured
    })
}
