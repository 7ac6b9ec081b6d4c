//! `/api/v1/sql`: read-only SQL over the caller's own `runs`, `spans` and `scores`.

use crate::app::App;
use crate::auth::Read;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_lake::SqlError;

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuery {
    /// One `SELECT`. `attribute(attributes, 'key')` reads a span's attributes.
    pub query: String,
}

/// Its answer.
#[derive(Serialize, ToSchema)]
pub struct SqlRows {
    /// In the order of the query.
    pub columns: Vec<SqlColumn>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// There were more rows than are answered.
    pub truncated: bool,
}

/// One column.
#[derive(Serialize, ToSchema)]
pub struct SqlColumn {
    /// As the query named it.
    pub name: String,
    /// `boolean`, `integer`, `number`, `time` or `text`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Runs one query.
#[utoipa::path(
    post, path = "/api/v1/sql", tag = "sql", request_body = SqlQuery,
    responses((status = 200, body = SqlRows), (status = 400, body = ErrorBody), (status = 413, body = ErrorBody))
)]
pub async fn run(
    State(app): State<Arc<App>>,
    access: Read,
    JsonBody(query): JsonBody<SqlQuery>,
) -> Result<Json<SqlRows>, ApiError> {
    let answer = app.lake.query(access.account(), &query.query).await.map_err(|error| match error {
        SqlError::Refused(message) => ApiError::invalid("query", message),
        SqlError::TooLarge(message) => ApiError::new(ErrorKind::TooLarge, message),
        SqlError::Failed(message) => ApiError::internal(message),
    })?;
    let columns = answer.columns.into_iter().map(|column| SqlColumn { name: column.name, kind: column.kind });
    Ok(Json(SqlRows { columns: columns.collect(), rows: answer.rows, truncated: answer.truncated }))
}
