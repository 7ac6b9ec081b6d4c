//! `/api/v1/keys`: the account's own keys. A secret is answered once, when it is made.

use crate::app::App;
use crate::auth::{Admin, Known, hash_secret, new_secret};
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_store::{Key, KeyScope};

/// One key.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    /// Names it.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it may do: `write`, `read`, `ping`, `admin`.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<KeyScope>,
    /// The one agent of a ping key.
    pub agent: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it stopped working.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct KeyList {
    /// Oldest first.
    pub keys: Vec<KeyView>,
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// For people.
    #[serde(default)]
    pub name: String,
    /// Default: write and read; with an agent, ping.
    #[schema(value_type = Option<Vec<String>>)]
    pub scopes: Option<Vec<KeyScope>>,
    /// Binds a ping key to one agent.
    pub agent: Option<String>,
    /// An existing secret to register; one is made if absent.
    pub secret: Option<String>,
}

fn view(key: Key, secret: Option<String>) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        agent: key.agent,
        created_at: key.created_at,
        revoked_at: key.revoked_at,
        secret,
    }
}

/// The account's keys, revoked ones included.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "keys",
    responses((status = 200, body = KeyList), (status = 403, body = ErrorBody))
)]
pub async fn list(State(app): State<Arc<App>>, access: Admin) -> Result<Json<KeyList>, ApiError> {
    let keys = app.off_runtime(move |app| Ok(app.store.keys(access.account())?)).await?;
    Ok(Json(KeyList { keys: keys.into_iter().map(|key| view(key, None)).collect() }))
}

/// Creates a key, or registers an existing secret. The secret is answered only here.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "keys", request_body = NewKey,
    responses((status = 200, body = KeyView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(new): JsonBody<NewKey>,
) -> Result<Json<KeyView>, ApiError> {
    let mut scopes = new.scopes.unwrap_or_else(|| {
        if new.agent.is_some() { vec![KeyScope::Ping] } else { vec![KeyScope::Write, KeyScope::Read] }
    });
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(ApiError::invalid("scopes", "a key needs at least one scope"));
    }
    if new.agent.is_some() && scopes != [KeyScope::Ping] {
        return Err(ApiError::invalid("agent", "only a key of the one scope ping is bound to an agent"));
    }
    if new.secret.as_ref().is_some_and(|secret| secret.len() < 8) {
        return Err(ApiError::invalid("secret", "a secret has at least 8 characters"));
    }
    let made = new.secret.is_none().then(|| new_secret("vk_"));
    let secret = new.secret.or_else(|| made.clone()).unwrap_or_default();
    let key = Key {
        id: format!("apk_{}", uuid::Uuid::now_v7().simple()),
        account: access.account(),
        hash: hash_secret(&secret),
        name: new.name,
        scopes,
        agent: new.agent,
        created_at: clock::now(),
        revoked_at: None,
    };
    let stored = key.clone();
    app.off_runtime(move |app| {
        app.store.create_key(stored)?;
        Ok(app.keyring.reload(&*app.store)?)
    })
    .await?;
    Ok(Json(view(key, made)))
}

/// Revokes a key at once.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "keys", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn revoke(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.off_runtime(move |app| {
        if !app.store.revoke_key(access.account(), &id, clock::now())? {
            let account = app.keyring.account_name(access.account()).unwrap_or_default();
            return Err(ApiError::not_found(&format!(
                "key in the account {account}; a command names another by --account"
            )));
        }
        app.keyring.reload(&*app.store)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// What AgentVista's SDK asks at its start.
#[derive(Serialize, ToSchema)]
pub struct KeyWorks {
    /// `ok`.
    pub status: &'static str,
}

/// The key works.
#[utoipa::path(
    get, path = "/me/api-keys/ping/", tag = "keys",
    responses((status = 200, body = KeyWorks), (status = 401, body = ErrorBody))
)]
pub async fn ping(_access: Known) -> Json<KeyWorks> {
    Json(KeyWorks { status: "ok" })
}
