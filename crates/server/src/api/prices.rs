//! `/api/v1/prices`: the account's own prices, before the bundled table.

use crate::app::App;
use crate::auth::{Admin, Read};
use crate::error::{ApiError, ErrorBody, JsonBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{NanoUsd, Timestamp};
use vedette_store::PriceOverride;

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

/// Sets a price for spans that arrive from now on; the same provider, model and date again replaces it.
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
