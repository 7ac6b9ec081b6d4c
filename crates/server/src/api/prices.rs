//! `/api/v1/prices`: the account's own prices, before the bundled table.

use super::params::Params;
use crate::app::App;
use crate::auth::{Admin, Read};
use crate::error::{ApiError, ErrorBody, JsonBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, Cost, CostSource, NanoUsd, RunKey, Span, Timestamp};
use vedette_normalize::{Call, Prices};
use vedette_store::{PriceId, PriceOverride, Pricing, Range, RunFilter, RunQuery, RunRow, RunSort};

const RUNS_AT_A_TIME: usize = 100;
const SPANS_AT_A_TIME: u64 = 10_000;

/// A price in US dollars per million tokens.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceView {
    /// Such as `openai`; empty matches any.
    #[serde(default)]
    pub provider: String,
    /// The model's name as spans report it.
    pub model: String,
    /// For spans that start at or after this.
    #[schema(value_type = String, format = DateTime)]
    pub valid_from: Timestamp,
    /// Input that is not cached.
    #[schema(value_type = String)]
    pub input_per_million_usd: NanoUsd,
    /// Output.
    #[schema(value_type = String)]
    pub output_per_million_usd: NanoUsd,
    /// Read from cache; as input if absent.
    #[schema(value_type = Option<String>)]
    pub cache_read_per_million_usd: Option<NanoUsd>,
    /// Written to cache; as input if absent.
    #[schema(value_type = Option<String>)]
    pub cache_write_per_million_usd: Option<NanoUsd>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct PriceList {
    /// By provider, model and date.
    pub prices: Vec<PriceView>,
}

/// The account's own prices.
#[utoipa::path(get, path = "/api/v1/prices", tag = "prices", responses((status = 200, body = PriceList)))]
pub async fn list(State(app): State<Arc<App>>, access: Read) -> Result<Json<PriceList>, ApiError> {
    let view = |price: PriceOverride| PriceView {
        provider: price.provider,
        model: price.model,
        valid_from: price.valid_from,
        input_per_million_usd: price.input_per_million,
        output_per_million_usd: price.output_per_million,
        cache_read_per_million_usd: price.cache_read_per_million,
        cache_write_per_million_usd: price.cache_write_per_million,
    };
    app.off_runtime(move |app| {
        let prices = app.store.price_overrides(access.account())?;
        Ok(Json(PriceList { prices: prices.into_iter().map(view).collect() }))
    })
    .await
}

/// Sets a price for spans that arrive from now on, see `reprice` for those that are stored; the same
/// provider, model and date again replaces it.
#[utoipa::path(
    put, path = "/api/v1/prices", tag = "prices", request_body = PriceView,
    responses((status = 204), (status = 400, body = ErrorBody))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(price): JsonBody<PriceView>,
) -> Result<StatusCode, ApiError> {
    if price.model.is_empty() {
        return Err(ApiError::missing("model"));
    }
    let stored = PriceOverride {
        provider: price.provider,
        model: price.model,
        valid_from: price.valid_from,
        input_per_million: price.input_per_million_usd,
        output_per_million: price.output_per_million_usd,
        cache_read_per_million: price.cache_read_per_million_usd,
        cache_write_per_million: price.cache_write_per_million_usd,
    };
    app.off_runtime(move |app| {
        app.store.put_price_override(access.account(), stored)?;
        app.prices.reload(&*app.store)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Removes one of the account's own prices: calls that arrive from now on are priced as if it had not been. Calls
/// that are stored keep what they cost.
#[utoipa::path(
    delete, path = "/api/v1/prices", tag = "prices",
    params(
        ("provider" = Option<String>, Query, description = "as it was set; any if absent"),
        ("model" = String, Query, description = "as it was set"),
        ("valid_from" = String, Query, description = "as it was set")
    ),
    responses((status = 204), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn delete(State(app): State<Arc<App>>, access: Admin, mut params: Params) -> Result<StatusCode, ApiError> {
    let provider = params.one("provider")?.unwrap_or_default();
    let model = params.one("model")?.ok_or_else(|| ApiError::missing("model"))?;
    let valid_from = params.one("valid_from")?.ok_or_else(|| ApiError::missing("valid_from"))?;
    params.finish()?;
    let valid_from = Timestamp::parse(&valid_from).ok_or_else(|| {
        ApiError::invalid("valid_from", format!("valid_from must be the price's own time, not {valid_from:?}"))
    })?;
    let price = PriceId { provider, model, valid_from };
    app.off_runtime(move |app| {
        if !app.store.delete_price_override(access.account(), &price)? {
            return Err(ApiError::not_found("price"));
        }
        app.prices.reload(&*app.store)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// From when stored calls are priced again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repricing {
    /// Calls of runs that started at or after this.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// What was priced again.
#[derive(Default, Serialize, ToSchema)]
pub struct Repriced {
    /// Runs that call a model with a price of the account's own.
    pub runs: u64,
    /// Calls whose cost changed.
    pub calls: u64,
}

/// Gives stored calls the account's own prices as of their time. What was reported with a call stands.
/// Asked again, it goes on where it was interrupted: what has its price already does not change.
#[utoipa::path(
    post, path = "/api/v1/prices/reprice", tag = "prices", request_body = Repricing,
    responses((status = 200, body = Repriced), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn reprice(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(repricing): JsonBody<Repricing>,
) -> Result<Json<Repriced>, ApiError> {
    app.off_runtime(move |app| reprice_since(app, access.account(), repricing.since).map(Json)).await
}

fn reprice_since(app: &App, account: AccountId, since: Timestamp) -> Result<Repriced, ApiError> {
    let models: Vec<String> = app.store.price_overrides(account)?.into_iter().map(|price| price.model).collect();
    let mut repriced = Repriced::default();
    if models.is_empty() {
        return Ok(repriced);
    }
    let prices = app.prices.of(account);
    let pricing: Pricing = Arc::new(move |span| own_price(&prices, span));
    let range = Range { since: Some(since), until: None };
    let filter = RunFilter { range, model: models, ..RunFilter::default() };
    let mut query = RunQuery { filter, sort: RunSort::Oldest, limit: RUNS_AT_A_TIME, cursor: None };
    loop {
        let page = app.store.runs(account, &query)?;
        for runs in groups(&page.rows) {
            repriced.calls += app.store.reprice(account, &runs, pricing.clone())?;
            repriced.runs += runs.len() as u64;
        }
        if page.next_cursor.is_none() {
            return Ok(repriced);
        }
        query.cursor = page.next_cursor;
    }
}

/// Runs whose calls are priced in one commit: others wait for it, so it has few spans.
fn groups(rows: &[RunRow]) -> Vec<Vec<RunKey>> {
    let mut groups: Vec<Vec<RunKey>> = Vec::new();
    let mut spans = SPANS_AT_A_TIME;
    for row in rows {
        spans += row.run.span_count;
        match groups.last_mut() {
            Some(group) if spans <= SPANS_AT_A_TIME => group.push(row.run.key),
            _ => {
                groups.push(vec![row.run.key]);
                spans = row.run.span_count;
            }
        }
    }
    groups
}

/// What a call costs by the account's own prices; `None` where another price or none holds, and where the
/// cost was reported.
fn own_price(prices: &Prices, span: &Span) -> Option<Cost> {
    let is_priced = span.unpriced || span.cost.as_ref().is_some_and(|cost| cost.source != CostSource::Reported);
    let usage = span.usage.filter(|_| is_priced)?;
    let call = |model| Call { provider: span.provider.as_deref(), model, at: span.start, usage, ..Call::default() };
    // In the order in which they are asked for when a call comes.
    let mut names = [&span.model, &span.request_model].into_iter().flatten();
    names.find_map(|model| prices.price(&call(model))).filter(|cost| cost.source == CostSource::Override)
}
