//! `POST /api/v1/login` and `/logout`: a key for a session cookie that scripts cannot read and other
//! sites cannot send. Sessions live in memory, bounded; a restart asks for the key again.

use super::Presented;
use super::keyring::{hash_secret, new_secret};
use crate::app::App;
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;
use vedette_model::{Timestamp, limits};
use vedette_store::KeyScope;

const COOKIE: &str = "vedette_session";

struct Session {
    key_hash: [u8; 32],
    expires: Timestamp,
}

/// Open logins by the hash of their cookie.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, key_hash: [u8; 32]) -> String {
        let token = new_secret("");
        let now = clock::now();
        let mut sessions = self.lock();
        if sessions.len() >= limits::LOGIN_SESSIONS {
            sessions.retain(|_, session| session.expires > now);
        }
        if sessions.len() >= limits::LOGIN_SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.expires).map(|(token, _)| *token);
            oldest.map(|token| sessions.remove(&token));
        }
        sessions.insert(hash_secret(&token), Session { key_hash, expires: now.plus(limits::LOGIN_TIME) });
        token
    }

    fn close(&self, token: &str) {
        self.lock().remove(&hash_secret(token));
    }

    /// The hash of the key that a request's cookie was opened with.
    pub(super) fn key_hash(&self, shown: &Presented<'_>) -> Option<[u8; 32]> {
        let token = shown.cookie(COOKIE)?;
        let now = clock::now();
        self.lock().get(&hash_secret(token)).filter(|session| session.expires > now).map(|session| session.key_hash)
    }
}

/// The body of a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The key.
    pub key: String,
}

/// Opens a session. Without configured accounts there is nothing to log in to, and it succeeds.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "keys", request_body = Login,
    responses((status = 204, description = "a cookie is set"), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn login(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    JsonBody(login): JsonBody<Login>,
) -> Result<Response, ApiError> {
    if Presented::of(&headers, &uri, true).is_foreign_page() {
        return Err(ApiError::new(ErrorKind::Forbidden, "log in from the server's own pages"));
    }
    if !app.keyring.needs_key() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let key = app.keyring.key(login.key.trim());
    let key = key.ok_or_else(|| ApiError::new(ErrorKind::Unauthorized, "this key is unknown or revoked"))?;
    if !key.scopes.contains(&KeyScope::Read) {
        let message = "this key may not read, as every page does; log in with one of the scope read";
        return Err(ApiError::new(ErrorKind::Forbidden, message));
    }
    let token = app.keyring.sessions.open(key.hash);
    let seconds = limits::LOGIN_TIME.as_secs();
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Closes it.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "keys",
    responses((status = 204, description = "the cookie is taken back"))
)]
pub async fn logout(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let shown = Presented::of(&headers, &uri, true);
    if let Some(token) = shown.cookie(COOKIE).filter(|_| !shown.is_foreign_page()) {
        app.keyring.sessions.close(token);
    }
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
