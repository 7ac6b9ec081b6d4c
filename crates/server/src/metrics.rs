//! What Prometheus reads at `/metrics`: counters of the doors since start, and the store's own figures
//! at the moment of asking.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use vedette_store::{Health, StoreStatus};

/// Where something came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Door {
    OtlpHttp,
    OtlpGrpc,
    Runs,
    Batch,
    File,
}

impl Door {
    /// As a label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Door::OtlpHttp => "otlp_http",
            Door::OtlpGrpc => "otlp_grpc",
            Door::Runs => "runs",
            Door::Batch => "batch",
            Door::File => "file",
        }
    }
}

type ByLabel = Family<[(&'static str, &'static str); 1], Counter>;

/// See the module.
pub struct Metrics {
    registry: Registry,
    taken: ByLabel,
    repeated: ByLabel,
    refused: ByLabel,
    points: Counter,
    stray_logs: Counter,
    delivery_attempts: ByLabel,
    stream_readers: Gauge,
    writable: Gauge,
    log_spans: Gauge,
    segments: Gauge,
    damaged_segments: Gauge,
    disk_bytes: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("vedette"),
            taken: Family::default(),
            repeated: Family::default(),
            refused: Family::default(),
            points: Counter::default(),
            stray_logs: Counter::default(),
            delivery_attempts: Family::default(),
            stream_readers: Gauge::default(),
            writable: Gauge::default(),
            log_spans: Gauge::default(),
            segments: Gauge::default(),
            damaged_segments: Gauge::default(),
            disk_bytes: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("spans", "Spans and point events that were new", metrics.taken.clone());
        registry.register("spans_repeated", "Spans that were there already", metrics.repeated.clone());
        registry.register("spans_refused", "Items that could be no span", metrics.refused.clone());
        registry.register("metric_points", "Data points of metrics, counted only", metrics.points.clone());
        registry.register("stray_logs", "Log records without a trace id, dropped", metrics.stray_logs.clone());
        let attempts = metrics.delivery_attempts.clone();
        registry.register("delivery_attempts", "Attempts to deliver a notice to a channel", attempts);
        registry.register("stream_readers", "Readers of the live stream", metrics.stream_readers.clone());
        registry.register("writable", "1 if the store takes writes", metrics.writable.clone());
        registry.register("log_spans", "Spans not yet in a segment", metrics.log_spans.clone());
        registry.register("segments", "Segment files", metrics.segments.clone());
        registry.register("damaged_segments", "Segments that could not be read", metrics.damaged_segments.clone());
        registry.register_with_unit("disk", "All files", Unit::Bytes, metrics.disk_bytes.clone());
        metrics
    }
}

impl Metrics {
    /// What one request brought.
    pub fn taken_in(&self, door: Door, new: usize, repeated: usize, refused: u64) {
        let label = [("door", door.as_str())];
        self.taken.get_or_create(&label).inc_by(new as u64);
        self.repeated.get_or_create(&label).inc_by(repeated as u64);
        self.refused.get_or_create(&label).inc_by(refused);
    }

    /// Data points that were counted and dropped.
    pub fn points(&self, count: u64) {
        self.points.inc_by(count);
    }

    /// Log records that named no trace.
    pub fn stray_logs(&self, count: u64) {
        self.stray_logs.inc_by(count);
    }

    /// How many log records named no trace, since start.
    #[must_use]
    pub fn stray_logs_total(&self) -> u64 {
        self.stray_logs.get()
    }

    /// How many data points of metrics came, since start.
    #[must_use]
    pub fn points_total(&self) -> u64 {
        self.points.get()
    }

    /// A channel's receiver took a notice, or did not.
    pub fn delivery_attempt(&self, taken: bool) {
        let label = [("outcome", if taken { "taken" } else { "failed" })];
        self.delivery_attempts.get_or_create(&label).inc();
    }

    /// One reader more, until what is returned is dropped.
    #[must_use]
    pub fn stream_reader(&self) -> StreamReader {
        self.stream_readers.inc();
        StreamReader(self.stream_readers.clone())
    }

    /// The text of `/metrics`.
    pub fn print(&self, health: &Health, status: &StoreStatus) -> Result<String, fmt::Error> {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.writable.set(i64::from(*health == Health::Writable));
        self.log_spans.set(whole(status.log_spans));
        self.segments.set(whole(status.segments));
        self.damaged_segments.set(whole(status.damaged_segments.len() as u64));
        self.disk_bytes.set(whole(status.disk_bytes));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Counts one reader of the stream while it lives.
pub struct StreamReader(Gauge);

impl Drop for StreamReader {
    fn drop(&mut self) {
        self.0.dec();
    }
}
