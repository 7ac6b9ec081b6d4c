//! Figures over runs as JSON, the same fields wherever statistics appear; and `/api/v1/stats`, those of
//! every run that a filter selects.

use super::params::{Params, RunFilterParams};
use super::view::TokensView;
use crate::app::App;
use crate::auth::Read;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{NanoUsd, Timestamp};
use vedette_store::{Bucket, Range, Statistics, Stats};

/// Figures over a set of runs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatisticsView {
    /// All runs.
    pub total_runs: u64,
    /// Those that ended, in whatever way.
    pub completed_runs: u64,
    /// Those that have not.
    pub running_runs: u64,
    /// Status `failed` or `timeout`.
    pub failed_runs: u64,
    /// `success_count / total_runs`, 0..1; null when no run has a signal.
    pub success_rate: Option<f64>,
    /// `success` true.
    pub success_count: u64,
    /// `success` false.
    pub failure_count: u64,
    /// `success` null.
    pub no_signal_count: u64,
    /// Mean over completed runs with a cost.
    #[schema(value_type = Option<String>)]
    pub avg_cost_per_run_usd: Option<NanoUsd>,
    /// How many runs that mean is over.
    pub costed_runs: u64,
    /// Over all runs.
    #[schema(value_type = Option<String>)]
    pub total_cost_usd: Option<NanoUsd>,
    /// Exact nearest rank over completed runs.
    pub p95_latency_ms: Option<f64>,
    /// Over all runs.
    pub tokens: TokensView,
    /// Counted calls.
    pub model_calls: u64,
    /// Failed spans.
    pub error_count: u64,
}

impl From<&Statistics> for StatisticsView {
    fn from(figures: &Statistics) -> Self {
        StatisticsView {
            total_runs: figures.total_runs,
            completed_runs: figures.completed_runs,
            running_runs: figures.running_runs,
            failed_runs: figures.failed_runs,
            success_rate: figures.success_rate,
            success_count: figures.success_count,
            failure_count: figures.failure_count,
            no_signal_count: figures.no_signal_count,
            avg_cost_per_run_usd: figures.avg_cost_per_run,
            costed_runs: figures.costed_runs,
            total_cost_usd: figures.total_cost,
            p95_latency_ms: figures.p95_latency_ms,
            tokens: TokensView::from(&figures.usage),
            model_calls: figures.model_calls,
            error_count: figures.error_count,
        }
    }
}

/// Figures of one stretch of time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BucketView {
    /// Inclusive; it ends where the next would begin.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Its figures.
    #[serde(flatten)]
    pub statistics: StatisticsView,
}

impl From<&Bucket> for BucketView {
    fn from(bucket: &Bucket) -> Self {
        BucketView { start: bucket.start, statistics: StatisticsView::from(&bucket.statistics) }
    }
}

/// The range an answer is about; null is open.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RangeView {
    /// Inclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl From<Range> for RangeView {
    fn from(range: Range) -> Self {
        RangeView { since: range.since, until: range.until }
    }
}

/// Figures over a range, and the same over time.
#[derive(Serialize, ToSchema)]
pub struct StatsView {
    /// The range.
    #[serde(flatten)]
    pub range: RangeView,
    /// Over the whole range.
    #[serde(flatten)]
    pub statistics: StatisticsView,
    /// Oldest first; without `bucket` none.
    pub buckets: Vec<BucketView>,
    /// Runs by outcome, most first.
    pub outcomes: Vec<OutcomeCount>,
}

/// How many runs went so.
#[derive(Serialize, ToSchema)]
pub struct OutcomeCount {
    /// The label.
    pub outcome: String,
    /// Runs.
    pub count: u64,
}

impl StatsView {
    /// Of what the store counted over a range.
    #[must_use]
    pub fn of(stats: &Stats, range: Range) -> Self {
        let outcomes = stats.outcomes.iter();
        StatsView {
            range: range.into(),
            statistics: StatisticsView::from(&stats.total),
            buckets: stats.buckets.iter().map(BucketView::from).collect(),
            outcomes: outcomes
                .map(|(outcome, count)| OutcomeCount { outcome: outcome.to_string(), count: *count })
                .collect(),
        }
    }
}

/// Figures of all runs that a filter selects; with `bucket` (`1h`, `1d`) also over time.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "stats",
    params(RunFilterParams, ("bucket" = Option<String>, Query, description = "such as 1h or 1d")),
    responses((status = 200, body = StatsView), (status = 400, body = ErrorBody))
)]
pub async fn get(State(app): State<Arc<App>>, access: Read, mut params: Params) -> Result<Json<StatsView>, ApiError> {
    let filter = params.filter()?;
    let bucket_ns = params.duration_ns("bucket")?;
    params.finish()?;
    app.off_runtime(move |app| {
        let stats = app.store.stats(access.account(), &filter, bucket_ns)?;
        Ok(Json(StatsView::of(&stats, filter.range)))
    })
    .await
}
