//! `/api/v1/prices/bundled`: the price list that comes with this version.

use super::params::{PageParams, Params};
use crate::app::App;
use crate::auth::Read;
use crate::clock;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::NanoUsd;
use vedette_normalize::BundledPrice;

/// Between the parts of a cursor; in no provider's id.
const BETWEEN: char = ':';

/// A model of the list and what it costs today in a short prompt, in US dollars per million tokens.
#[derive(Serialize, ToSchema)]
pub struct BundledPriceView {
    /// The list's word for it.
    pub provider: &'static str,
    /// The list's id; calls may name the model more exactly, with a date for one.
    pub model: &'static str,
    /// As people call it.
    pub name: Option<&'static str>,
    /// Input that is not cached.
    #[schema(value_type = String)]
    pub input_per_million_usd: NanoUsd,
    /// Output.
    #[schema(value_type = String)]
    pub output_per_million_usd: NanoUsd,
    /// Read from cache; null if it costs what input costs.
    #[schema(value_type = Option<String>)]
    pub cache_read_per_million_usd: Option<NanoUsd>,
    /// Written to cache; null if it costs what input costs.
    #[schema(value_type = Option<String>)]
    pub cache_write_per_million_usd: Option<NanoUsd>,
}

/// A page of the list.
#[derive(Serialize, ToSchema)]
pub struct BundledPriceList {
    /// By provider and model.
    pub prices: Vec<BundledPriceView>,
    /// Null at the end.
    pub next_cursor: Option<String>,
}

/// The models whose price is known without setting one. Some cost more in long prompts or at other hours, which a
/// call's cost takes into account and this list does not show.
#[utoipa::path(
    get, path = "/api/v1/prices/bundled", tag = "prices",
    params(
        ("q" = Option<String>, Query, description = "case-insensitive substring of provider, model or name"),
        PageParams
    ),
    responses((status = 200, body = BundledPriceList), (status = 400, body = ErrorBody))
)]
pub async fn bundled(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<BundledPriceList>, ApiError> {
    let q = params.one("q")?.unwrap_or_default();
    let limit = params.limit()?;
    let cursor = params.one("cursor")?;
    params.finish()?;
    app.off_runtime(move |app| {
        let wrong = || ApiError::invalid("cursor", "cursor must be the next_cursor of the page before");
        let after = cursor.as_ref().map(|cursor| cursor.split_once(BETWEEN).ok_or_else(wrong)).transpose()?;
        let prices = app.prices.of(access.account());
        let mut rows: Vec<BundledPrice> = prices.bundled_list(&q, after, clock::now()).take(limit + 1).collect();
        let is_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| is_more);
        let next_cursor = last.map(|last| format!("{}{BETWEEN}{}", last.provider, last.model));
        Ok(Json(BundledPriceList { prices: rows.into_iter().map(view).collect(), next_cursor }))
    })
    .await
}

fn view(price: BundledPrice) -> BundledPriceView {
    BundledPriceView {
        provider: price.provider,
        model: price.model,
        name: price.name,
        input_per_million_usd: price.input_per_million,
        output_per_million_usd: price.output_per_million,
        cache_read_per_million_usd: price.cache_read_per_million,
        cache_write_per_million_usd: price.cache_write_per_million,
    }
}
