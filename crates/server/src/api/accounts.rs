//! `/api/v1/accounts`: tenants. Only commands on the server's own machine may make, delete or see all of
//! them; a key belongs to one account, knows of no other, and as an administrator's says how long runs are kept.

use super::runs::DeletionView;
use crate::app::App;
use crate::auth::Admin;
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_store::Target;

/// One account.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// Unique.
    pub name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// How long its runs are kept; null is as the server says.
    pub retain_seconds: Option<u64>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct AccountList {
    /// The implicit one first.
    pub accounts: Vec<AccountView>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Letters, digits, `-`, `_` and `.`; at most 64.
    pub name: String,
}

fn view(account: vedette_store::Account) -> AccountView {
    AccountView {
        name: account.name,
        created_at: account.created_at,
        retain_seconds: account.retain_ns.map(|ns| ns.unsigned_abs() / 1_000_000_000),
    }
}

fn check_local(access: &Admin) -> Result<(), ApiError> {
    if access.is_local() {
        return Ok(());
    }
    Err(ApiError::new(ErrorKind::Forbidden, "accounts are managed with `vedette accounts` on the server's machine"))
}

/// Every account, the implicit one first; for a key its own.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "accounts",
    responses((status = 200, body = AccountList), (status = 403, body = ErrorBody))
)]
pub async fn list(State(app): State<Arc<App>>, access: Admin) -> Result<Json<AccountList>, ApiError> {
    let accounts = app.off_runtime(|app| Ok(app.store.accounts()?)).await?;
    let seen = accounts.into_iter().filter(|account| access.is_local() || account.id == access.account());
    Ok(Json(AccountList { accounts: seen.map(view).collect() }))
}

/// Creates an account.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 200, body = AccountView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(new): JsonBody<NewAccount>,
) -> Result<Json<AccountView>, ApiError> {
    check_local(&access)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(allowed) {
        return Err(ApiError::invalid("name", "a name is 1 to 64 letters, digits, '-', '_' or '.'"));
    }
    let account = app
        .off_runtime(move |app| {
            let account = app.store.create_account(&new.name, clock::now())?;
            app.keyring.reload(&*app.store)?;
            Ok(account)
        })
        .await?;
    Ok(Json(view(account)))
}

/// How long an account's runs are kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Null is as the server says (`--retain`), which is for ever unless it says otherwise.
    pub retain_seconds: Option<u64>,
}

/// Sets how long an account's runs are kept; a key can do so for its own.
#[utoipa::path(
    patch, path = "/api/v1/accounts/{name}", tag = "accounts", params(("name" = String, Path)), request_body = Retention,
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn retain(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
    JsonBody(retention): JsonBody<Retention>,
) -> Result<StatusCode, ApiError> {
    let account = app.keyring.account(&name).filter(|account| access.is_local() || *account == access.account());
    let account = account.ok_or_else(|| ApiError::not_found("account"))?;
    let nanoseconds = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
    let retain_ns = retention.retain_seconds.map(nanoseconds);
    app.off_runtime(move |app| Ok(app.store.set_retention(account, retain_ns)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes an account with everything in it, its keys too.
#[utoipa::path(
    delete, path = "/api/v1/accounts/{name}", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = DeletionView), (status = 202, body = DeletionView),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<DeletionView>), ApiError> {
    check_local(&access)?;
    let account = app.keyring.account(&name).ok_or_else(|| ApiError::not_found("account"))?;
    let deletion = app
        .off_runtime(move |app| {
            let deletion = app.store.delete(account, &Target::Account)?;
            app.watch.forget(account);
            app.keyring.reload(&*app.store)?;
            Ok(deletion)
        })
        .await?;
    let status = if deletion.done { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(deletion.into())))
}
