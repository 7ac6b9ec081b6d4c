//! The batch API: whole traces at once, item by item, and `record`, a run in one call. Ids are whatever
//! the sender has; 32 hex digits and UUIDs are used as they are. Here also the scores of Langfuse's SDK.

use super::bodies::{LangfuseScore, RecordBody, TraceBatch};
use super::body::receive;
use super::read::batch::{Traces, read_langfuse_score, read_record};
use super::read::fields::{Fields, parse_body};
use super::{in_turn, quota};
use crate::app::App;
use crate::auth::Write;
use crate::clock;
use crate::error::{ApiError, ErrorBody};
use crate::metrics::Door;
use crate::pipeline::submit;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::AccountId;
use vedette_otlp::Decoded;
use vedette_store::ControlChange;

/// What became of a batch.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BatchReceipt {
    /// What was taken.
    accepted: Accepted,
    /// What was not, by name.
    rejected: Vec<ErrorBody>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
struct Accepted {
    traces: usize,
    spans: usize,
}

/// Takes whole traces: what is wrong is refused by name, the rest is taken; a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/traces/batch", tag = "batch API", request_body = TraceBatch,
    responses((status = 202, body = BatchReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody), (status = 413, body = ErrorBody))
)]
pub async fn traces(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<BatchReceipt>), ApiError> {
    let received = receive(&app, &headers, body).await?;
    let receipt = in_turn(&app, move |app| {
        let (json, _room) = received.open()?.read(parse_body)?;
        take_in(app, access.account(), &Fields::of(&json, "")?)
    });
    Ok((StatusCode::ACCEPTED, Json(receipt.await?)))
}

fn take_in(app: &App, account: AccountId, body: &Fields<'_>) -> Result<BatchReceipt, ApiError> {
    let Traces { opened, spans, closed, rejected } = Traces::read(body, clock::now())?;
    let charge = quota::charge(app, account, spans.len())?;
    let accepted = Accepted { traces: opened.len(), spans: spans.len() };
    // In the order of a run's life, so that who watches sees its name first and its end last.
    let opened = opened.into_iter().map(|(run, opened)| (run, ControlChange::Open(opened))).collect();
    app.store.control_all(account, opened)?;
    submit(app, account, Door::Batch, Decoded { spans, ..Decoded::default() })?;
    let closed = closed.into_iter().map(|(run, closed)| (run, ControlChange::Close(closed))).collect();
    app.store.control_all(account, closed)?;
    charge.keep();
    Ok(BatchReceipt { accepted, rejected: rejected.iter().map(ApiError::body).collect() })
}

/// The run that a record made.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordReceipt {
    run_id: String,
}

/// Takes one finished run of one span. With an `id` of the sender's a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/record", tag = "batch API", request_body = RecordBody,
    responses((status = 202, body = RecordReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn record(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<RecordReceipt>), ApiError> {
    let received = receive(&app, &headers, body).await?;
    let receipt = in_turn(&app, move |app| {
        let (json, _room) = received.open()?.read(parse_body)?;
        let (run_id, raw) = read_record(&Fields::of(&json, "")?, app.config.region, clock::now())?;
        let charge = quota::charge(app, access.account(), 1)?;
        submit(app, access.account(), Door::Batch, Decoded { spans: vec![raw], ..Decoded::default() })?;
        charge.keep();
        Ok(RecordReceipt { run_id })
    });
    Ok((StatusCode::ACCEPTED, Json(receipt.await?)))
}

/// Takes a score as Langfuse's SDKs send it.
#[utoipa::path(
    post, path = "/api/public/scores", tag = "batch API", request_body = LangfuseScore,
    responses((status = 200, body = Value, description = "its `id`"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn langfuse_score(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let received = receive(&app, &headers, body).await?;
    let id = in_turn(&app, move |app| {
        let (json, _room) = received.open()?.read(parse_body)?;
        let score = read_langfuse_score(&Fields::of(&json, "")?, clock::now())?;
        let id = score.id.to_string();
        app.store.put_score(access.account(), score)?;
        Ok(id)
    });
    Ok(Json(json!({ "id": id.await? })))
}
