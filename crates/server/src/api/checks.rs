//! `/api/v1/checks`: what is asked of finished runs. What is found is a score of the run, by the check's name.

use crate::app::App;
use crate::auth::{Admin, Read};
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::watch;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_watch::{Check, Checker, Target, Test};

/// A check.
#[derive(Serialize, ToSchema)]
pub struct CheckView {
    /// Names it.
    pub id: String,
    /// Also the score's name; unique.
    pub name: String,
    /// What is asked: an object with `type` and the test's bounds.
    #[schema(value_type = Object)]
    pub test: Test,
    /// Of which runs: `agent`, `tag`, `customer`, `feature`.
    #[schema(value_type = Object)]
    pub on: Target,
    /// Off.
    pub paused: bool,
    /// When it was made: runs that ended before are not checked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// All checks.
#[derive(Serialize, ToSchema)]
pub struct CheckList {
    /// By name.
    pub checks: Vec<CheckView>,
}

/// A check. `test.type` is one of `json_schema` (`schema`), `regex` (`pattern`, `not`), `length` (`min`, `max`),
/// `required_fields` (`fields`), `tool_called` (`tool`, `not`), `range` (`field`, `min`, `max`), `budget`
/// (`max_usd`, `max_ms`).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as the check it becomes")]
pub struct NewCheck {
    /// What is asked.
    #[schema(value_type = Object)]
    test: Test,
    /// Of which runs: `agent`, `tag`, `customer`, `feature`; all if absent.
    #[schema(value_type = Option<Object>)]
    on: Option<Target>,
    /// Off.
    paused: Option<bool>,
}

impl CheckView {
    fn of(checker: &Checker) -> Self {
        let check = checker.check.clone();
        CheckView {
            id: check.id,
            name: check.name,
            test: check.test,
            on: check.on,
            paused: check.paused,
            created_at: check.created_at,
        }
    }
}

/// A body as the check of a name; it keeps what `before` it was.
pub fn check(body: Map<String, Value>, name: &str, before: Option<&Check>, now: Timestamp) -> Result<Check, ApiError> {
    let id = before.map_or_else(|| format!("chk_{}", uuid::Uuid::now_v7().simple()), |before| before.id.clone());
    let check: Check = super::apply::definition(
        body,
        [
            ("id", id),
            ("name", before.map_or(name, |before| before.name.as_str()).to_owned()),
            ("created_at", before.map_or(now, |before| before.created_at).to_string()),
        ],
    )?;
    Checker::new(check.clone()).map_err(|reason| ApiError::invalid("check", reason))?;
    Ok(check)
}

/// Checks.
#[utoipa::path(get, path = "/api/v1/checks", tag = "checks", responses((status = 200, body = CheckList)))]
pub async fn list(State(app): State<Arc<App>>, access: Read) -> Result<Json<CheckList>, ApiError> {
    app.off_runtime(move |app| {
        let mut checks: Vec<CheckView> =
            watch::read(app, access.account(), clock::now(), |book| book.checks().map(CheckView::of).collect())?;
        checks.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Json(CheckList { checks }))
    })
    .await
}

/// Makes the check of this name, or changes it.
#[utoipa::path(
    put, path = "/api/v1/checks/{name}", tag = "checks", params(("name" = String, Path)), request_body = NewCheck,
    responses((status = 200, body = CheckView), (status = 400, body = ErrorBody))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Result<Json<CheckView>, ApiError> {
    app.off_runtime(move |app| {
        let now = clock::now();
        watch::change(app, access.account(), now, |book| {
            let before = book.check(&name).map(|one| one.check.clone());
            let check = check(body, &name, before.as_ref(), now)?;
            let id = check.id.clone();
            book.put_check(check).map_err(|reason| ApiError::invalid("check", reason))?;
            let found = book.check(&id).map(CheckView::of);
            found.map(Json).ok_or_else(|| ApiError::not_found("check"))
        })?
    })
    .await
}

/// Deletes a check, by name or id; scores it gave stay.
#[utoipa::path(
    delete, path = "/api/v1/checks/{name}", tag = "checks", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.off_runtime(move |app| {
        let found = watch::change(app, access.account(), clock::now(), |book| {
            let id = book.check(&name).map(|one| one.check.id.clone());
            id.is_some_and(|id| book.delete_check(&id))
        })?;
        if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("check")) }
    })
    .await
}
