//! Every URL on one screen.

use crate::app::App;
use crate::{api, auth, ui};
use axum::Router;
use axum::routing::{delete, get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// All of it.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        // Accounts and keys.
        .route("/api/v1/login", post(auth::login))
        .route("/api/v1/logout", post(auth::logout))
        .route("/api/v1/accounts", get(api::accounts::list).post(api::accounts::create))
        .route("/api/v1/accounts/{name}", delete(api::accounts::delete))
        .route("/api/v1/keys", get(api::keys::list).post(api::keys::create))
        .route("/api/v1/keys/{id}", delete(api::keys::revoke))
        .route("/me/api-keys/ping/", get(api::keys::ping))
        // Pages.
        .fallback(ui::page);
    for (name, value) in ui::SECURITY_HEADERS {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    router.layer(CompressionLayer::new()).layer(CatchPanicLayer::new()).with_state(app)
}
