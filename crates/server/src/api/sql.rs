//! `/api/v1/sql`: read-only SQL over the caller's own `runs`, `spans` and `scores`.

use crate::app::App;
use crate::auth::Read;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_lake::SqlError;
use vedette_model::limits;

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuery {
    /// One `SELECT`. Of a span, `attribute(attributes, 'key')` reads an attribute; `input(otlp)`, `output(otlp)`,
    /// `input_messages(otlp)` and `output_messages(otlp)` give what the span whole has, less what log records and
    /// copies of the call add: text plain, anything else as JSON text, null where there is none.
    pub query: String,
}

/// Its answer, as the engine writes it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description: see vedette_lake::Lake::query")]
pub struct SqlRows {
    /// In the order of the query.
    columns: Vec<SqlColumn>,
    /// Each as long as `columns`.
    rows: Vec<Vec<serde_json::Value>>,
    /// There were more rows than are answered.
    truncated: bool,
}

/// One column.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description: see vedette_lake::Lake::query")]
pub struct SqlColumn {
    /// As the query named it.
    name: String,
    /// `boolean`, `integer`, `number`, `time`, `text`, or `json` for lists and structures.
    #[schema(rename = "type")]
    kind: String,
}

/// Runs one query.
#[utoipa::path(
    post, path = "/api/v1/sql", tag = "sql", request_body = SqlQuery,
    responses(
        (status = 200, body = SqlRows), (status = 400, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 429, body = ErrorBody),
    )
)]
pub async fn run(
    State(app): State<Arc<App>>,
    access: Read,
    JsonBody(query): JsonBody<SqlQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let answer = app.lake.query(access.account(), &query.query).await.map_err(|error| match error {
        SqlError::Refused(message) => ApiError::invalid("query", message),
        SqlError::TooLarge(message) => ApiError::new(ErrorKind::TooLarge, message),
        SqlError::Busy(message) => {
            ApiError { retry_after: Some(limits::SQL_WAIT), ..ApiError::new(ErrorKind::Unavailable, message) }
        }
        SqlError::Failed(message) => ApiError::internal(message),
    })?;
    Ok(([(CONTENT_TYPE, "application/json")], answer))
}
