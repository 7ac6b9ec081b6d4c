//! `/api/v1/runs/{id}/spans`: what happened in a run, and one span whole.

use super::runs::find;
use super::scores::ScoreView;
use super::view::{SpanView, run_id};
use crate::app::App;
use crate::auth::Read;
use crate::config::Region;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{Message, RawLink, RawSpan, SpanKey, Timestamp};
use vedette_normalize::Prices;
use vedette_store::StoredSpan;

/// What happened in a run.
#[derive(Serialize, ToSchema)]
pub struct SpanList {
    /// Spans and point events by start; log records that joined a span are inside it.
    pub spans: Vec<SpanView>,
    /// Oldest first.
    pub scores: Vec<ScoreView>,
}

/// An event inside a span.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// Such as `exception`.
    pub name: String,
    /// As sent.
    pub attributes: serde_json::Value,
}

/// Another span that a span names.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    /// 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits.
    pub span_id: String,
    /// Of the trace, where it is here.
    pub run_id: Option<String>,
    /// As sent.
    pub attributes: serde_json::Value,
}

/// The instrumentation behind a span.
#[derive(Serialize, ToSchema)]
pub struct ScopeView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Where a field came from.
#[derive(Serialize, ToSchema)]
pub struct FilledByView {
    /// The convention that said so.
    pub dialect: String,
    /// The attribute, event or rule.
    pub key: String,
}

/// One span whole.
#[derive(Serialize, ToSchema)]
pub struct SpanWhole {
    /// As in lists.
    #[serde(flatten)]
    pub span: SpanView,
    /// The model asked for.
    pub request_model: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// What went in, where it is not messages.
    pub input: Option<serde_json::Value>,
    /// What came out, where it is not messages.
    pub output: Option<serde_json::Value>,
    /// The conversation, request first.
    #[schema(value_type = Vec<serde_json::Value>)]
    pub messages: Vec<Message>,
    /// Tools offered to the model.
    pub tools: Vec<serde_json::Value>,
    /// Documents found.
    pub documents: Vec<serde_json::Value>,
    /// Request parameters.
    #[schema(value_type = serde_json::Value)]
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// As sent.
    pub attributes: serde_json::Value,
    /// As sent.
    pub resource: serde_json::Value,
    /// As sent.
    pub scope: ScopeView,
    /// As sent.
    pub events: Vec<EventView>,
    /// Spans that it names, in the order sent.
    pub links: Vec<LinkView>,
    /// Log records that joined it and copies of the same call: their ids and attributes.
    pub joined: Vec<serde_json::Value>,
    /// By field.
    pub filled_by: BTreeMap<String, FilledByView>,
    /// Oddities found while reading.
    pub warnings: Vec<String>,
    /// The price it was computed with.
    pub price: Option<String>,
}

/// All spans and point events of a run, without bodies.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/spans", tag = "spans", params(("id" = String, Path)),
    responses((status = 200, body = SpanList), (status = 404, body = ErrorBody))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
) -> Result<Json<SpanList>, ApiError> {
    app.off_runtime(move |app| {
        let account = access.account();
        let row = find(app, account, &id)?;
        let region = app.config.own_region();
        let id = run_id(&row.run, region);
        let rows = app.store.spans(account, row.run.key)?;
        let spans = rows.iter().map(|row| SpanView::of(row, &id, region)).collect();
        let scores = app.store.scores(account, row.run.key)?;
        Ok(Json(SpanList { spans, scores: scores.iter().map(|score| ScoreView::of(score, &id)).collect() }))
    })
    .await
}

/// One span with all it holds.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/spans/{span_id}", tag = "spans",
    params(("id" = String, Path), ("span_id" = String, Path)),
    responses((status = 200, body = SpanWhole), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path((id, span_id)): Path<(String, String)>,
) -> Result<Json<SpanWhole>, ApiError> {
    app.off_runtime(move |app| {
        let account = access.account();
        let row = find(app, account, &id)?;
        let key = SpanKey::parse(&span_id).ok_or_else(|| ApiError::not_found("span"))?;
        let stored = app.store.span(account, row.run.key, key)?.ok_or_else(|| ApiError::not_found("span"))?;
        let region = app.config.own_region();
        let mut whole = SpanWhole::of(&stored, &run_id(&row.run, region), region, &app.prices.of(account));
        for (link, view) in stored.raw.links.iter().zip(&mut whole.links) {
            view.run_id = app.store.run(account, link.run)?.map(|row| run_id(&row.run, region));
        }
        Ok(Json(whole))
    })
    .await
}

impl SpanWhole {
    /// `run_id` is the run's id as answers spell it. Whether the runs that it links to are here, is left open.
    #[must_use]
    pub fn of(stored: &StoredSpan, run_id: &str, region: Region, prices: &Prices) -> Self {
        let (read, _) = vedette_normalize::explain(&stored.raw, prices);
        let content = vedette_normalize::content(&stored.raw, &stored.joined);
        let filled_by = read
            .filled_by
            .iter()
            .map(|by| (by.field.to_owned(), FilledByView { dialect: by.dialect.to_owned(), key: by.key.to_string() }));
        SpanWhole {
            span: SpanView::of(&stored.row, run_id, region),
            request_model: read.request_model.as_ref().map(|model| model.to_string()),
            response_id: read.response_id.as_ref().map(|id| id.to_string()),
            input: content.input,
            output: content.output,
            messages: content.messages,
            tools: content.tools,
            documents: content.documents,
            parameters: content.parameters,
            attributes: stored.raw.attributes.to_json(),
            resource: stored.raw.resource.attributes.to_json(),
            scope: ScopeView { name: stored.raw.scope.name.clone(), version: stored.raw.scope.version.clone() },
            events: stored.raw.events.iter().map(event).collect(),
            links: stored.raw.links.iter().map(link).collect(),
            joined: stored.joined.iter().map(joined).collect(),
            filled_by: filled_by.collect(),
            warnings: read.warnings.iter().map(|warning| warning.to_string()).collect(),
            price: stored.row.span.cost.as_ref().and_then(|cost| cost.price.as_deref().map(str::to_owned)),
        }
    }
}

fn link(link: &RawLink) -> LinkView {
    LinkView {
        trace_id: link.run.to_string(),
        span_id: link.span.to_string(),
        run_id: None,
        attributes: link.attributes.to_json(),
    }
}

fn event(event: &vedette_model::RawEvent) -> EventView {
    EventView { time: event.time, name: event.name.clone(), attributes: event.attributes.to_json() }
}

fn joined(raw: &RawSpan) -> serde_json::Value {
    serde_json::json!({
        "id": raw.id.to_string(),
        "run": raw.run.to_string(),
        "name": raw.name,
        "scope": raw.scope.name,
        "attributes": raw.attributes.to_json(),
    })
}
