//! `/api/v1/costs`: what it all cost, by whatever it is grouped.

use super::params::{Params, RangeParams};
use super::view::TokensView;
use crate::app::App;
use crate::auth::Read;
use crate::clock;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;
use vedette_model::{AccountId, CostSource, NanoUsd, Timestamp};
use vedette_store::{CostBy, CostRow, Range, RunQuery};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Costs of a range.
#[derive(Serialize, ToSchema)]
pub struct Costs {
    /// `model`, `agent`, `workflow`, `customer`, `feature`, `user` or `day`.
    #[schema(value_type = String)]
    pub by: CostBy,
    /// Inclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// `asked`, `last_week` (nothing was asked), or `newest_week` (nothing was asked and the last week is empty).
    pub range: &'static str,
    /// Over all rows.
    #[schema(value_type = Option<String>)]
    pub total_cost_usd: Option<NanoUsd>,
    /// What of the total was `reported` with a call, priced by the account's own prices (`override`), or `computed` from
    /// the bundled table; each that anything comes from, in this order.
    pub by_source: Vec<CostOfSource>,
    /// Dearest first; days newest first.
    pub rows: Vec<CostView>,
    /// Models nobody has a price for.
    pub unpriced: Vec<Unpriced>,
}

/// One group.
#[derive(Serialize, ToSchema)]
pub struct CostView {
    /// Null gathers runs without it.
    pub key: Option<String>,
    /// Null if nothing in it could be priced.
    #[schema(value_type = Option<String>)]
    pub cost_usd: Option<NanoUsd>,
    /// Of the total, 0..1.
    pub share: Option<f64>,
    /// Runs.
    pub runs: u64,
    /// Counted calls.
    pub model_calls: u64,
    /// Cost by runs.
    #[schema(value_type = Option<String>)]
    pub avg_cost_per_run_usd: Option<NanoUsd>,
    /// Of the counted calls.
    pub tokens: TokensView,
}

/// The part of the total that comes from one source.
#[derive(Serialize, ToSchema)]
pub struct CostOfSource {
    /// `reported`, `override` or `computed`.
    #[schema(value_type = String)]
    pub source: CostSource,
    /// Its calls' cost.
    #[schema(value_type = String)]
    pub cost_usd: NanoUsd,
    /// Runs with such calls; a run whose calls have several sources is one of each.
    pub runs: u64,
}

/// A model without a price.
#[derive(Serialize, ToSchema)]
pub struct Unpriced {
    /// As it was called.
    pub model: String,
    /// Its calls.
    pub model_calls: u64,
}

/// Costs; without a range those of the last seven days, or of the seven days that end with the newest run.
#[utoipa::path(
    get, path = "/api/v1/costs", tag = "costs",
    params(
        ("by" = Option<String>, Query, description = "model, agent, workflow, customer, feature, user or day"),
        RangeParams,
        ("tz" = Option<String>, Query, description = "time zone of days, UTC if not given")
    ),
    responses((status = 200, body = Costs), (status = 400, body = ErrorBody))
)]
pub async fn get(State(app): State<Arc<App>>, access: Read, mut params: Params) -> Result<Json<Costs>, ApiError> {
    let by = match params.one("by")?.as_deref() {
        None | Some("model") => CostBy::Model,
        Some("agent") => CostBy::Agent,
        Some("workflow") => CostBy::Workflow,
        Some("customer") => CostBy::Customer,
        Some("feature") => CostBy::Feature,
        Some("user") => CostBy::User,
        Some("day") => CostBy::Day,
        Some(other) => {
            let message = format!("by must be model, agent, workflow, customer, feature, user or day, not {other:?}");
            return Err(ApiError::invalid("by", message));
        }
    };
    let asked = params.range("")?;
    let tz = params.one("tz")?.unwrap_or_else(|| "UTC".to_owned());
    params.finish()?;
    app.off_runtime(move |app| {
        let (range, word) = range(app, access.account(), asked)?;
        let report = app.store.costs(access.account(), by, range, &tz)?;
        let rows = report.rows.iter().map(|row| view(row, report.total)).collect();
        let unpriced = report.unpriced.iter();
        let by_source =
            report.by_source.iter().map(|row| CostOfSource { source: row.source, cost_usd: row.cost, runs: row.runs });
        Ok(Json(Costs {
            by,
            since: range.since,
            until: range.until,
            range: word,
            total_cost_usd: report.total,
            by_source: by_source.collect(),
            rows,
            unpriced: unpriced
                .map(|(model, calls)| Unpriced { model: model.to_string(), model_calls: *calls })
                .collect(),
        }))
    })
    .await
}

/// What was asked, else the last week, else the week that ends with the newest run (`decisions.md` §4).
fn range(app: &App, account: AccountId, asked: Range) -> Result<(Range, &'static str), ApiError> {
    if asked != Range::default() {
        return Ok((asked, "asked"));
    }
    let newest = app.store.runs(account, &RunQuery { limit: 1, ..RunQuery::default() })?;
    let newest = newest.rows.first().map(|row| row.run.started_at);
    let now = clock::now();
    let until = match newest {
        Some(newest) if newest < now.minus(WEEK) => Timestamp(newest.0 + 1),
        _ => now,
    };
    let word = if until == now { "last_week" } else { "newest_week" };
    Ok((Range { since: Some(until.minus(WEEK)), until: Some(until) }, word))
}

fn view(row: &CostRow, total: Option<NanoUsd>) -> CostView {
    let share = row.cost.zip(total).filter(|(_, total)| total.0 > 0);
    CostView {
        key: row.key.as_deref().map(str::to_owned),
        cost_usd: row.cost,
        share: share.map(|(cost, total)| cost.0 as f64 / total.0 as f64),
        runs: row.runs,
        model_calls: row.model_calls,
        avg_cost_per_run_usd: row
            .cost
            .and_then(|cost| Some(NanoUsd(cost.0.checked_div(i64::try_from(row.runs).ok()?)?))),
        tokens: TokensView::from(&row.usage),
    }
}
