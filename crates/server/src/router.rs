//! Every URL on one screen.

use crate::app::App;
use crate::ingest::{batch, otlp_grpc, otlp_http, runs};
use crate::{api, auth, error, files, health, live, ui};
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

/// The documented API: each handler carries its own address and shape.
pub fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        // /api/v1/runs
        .routes(routes!(api::runs::list))
        .routes(routes!(api::runs::facets))
        .routes(routes!(api::runs::get, api::runs::patch, api::runs::delete))
        .routes(routes!(api::runs::export))
        .routes(routes!(api::spans::list))
        .routes(routes!(api::spans::get))
        // /api/v1/agents, /api/v1/compare
        .routes(routes!(api::agents::list))
        .routes(routes!(api::agents::get, api::agents::delete))
        .routes(routes!(api::agents::stats))
        .routes(routes!(api::agents::runs))
        .routes(routes!(api::agents::compare))
        // /api/v1/stats, sessions, tools, costs, scores, sql, prices, status
        .routes(routes!(api::statistics::get))
        .routes(routes!(api::sessions::list))
        .routes(routes!(api::sessions::get))
        .routes(routes!(api::tools::list))
        .routes(routes!(api::costs::get))
        .routes(routes!(api::scores::create))
        .routes(routes!(api::sql::run))
        .routes(routes!(api::prices::list, api::prices::put, api::prices::delete))
        .routes(routes!(api::bundled_prices::bundled))
        .routes(routes!(api::prices::reprice))
        .routes(routes!(api::status::get))
        // /api/v1/accounts, keys
        .routes(routes!(api::accounts::list, api::accounts::create))
        .routes(routes!(api::accounts::retain, api::accounts::delete))
        .routes(routes!(api::keys::list, api::keys::create))
        .routes(routes!(api::keys::revoke))
        // /api/v1/channels, deliveries
        .routes(routes!(api::channels::list, api::channels::create))
        .routes(routes!(api::channels::patch, api::channels::delete))
        .routes(routes!(api::channels::test))
        .routes(routes!(api::deliveries::list))
        .routes(routes!(api::deliveries::resend))
        // /api/v1/incidents, alerts, heartbeats, checks, notices, settings, apply
        .routes(routes!(api::incidents::list))
        .routes(routes!(api::incidents::get, api::incidents::act))
        .routes(routes!(api::incidents::runs))
        .routes(routes!(api::incidents::activity))
        .routes(routes!(api::alerts::list))
        .routes(routes!(api::alerts::put, api::alerts::delete))
        .routes(routes!(api::alerts::snooze))
        .routes(routes!(api::alerts::attempt))
        .routes(routes!(api::heartbeats::list))
        .routes(routes!(api::heartbeats::get, api::heartbeats::put, api::heartbeats::delete))
        .routes(routes!(api::checks::list))
        .routes(routes!(api::checks::put, api::checks::delete))
        .routes(routes!(api::notices::list))
        .routes(routes!(api::notices::settings, api::notices::put_settings))
        .routes(routes!(api::apply::apply))
        // /traces: files and the live stream
        .routes(routes!(files::upload::upload))
        .routes(routes!(live::stream))
        // OTLP
        .routes(routes!(otlp_http::traces))
        .routes(routes!(otlp_http::logs))
        .routes(routes!(otlp_http::metrics))
        // The runs API: /v1/runs, heartbeats, ping
        .routes(routes!(runs::start))
        .routes(routes!(runs::events))
        .routes(routes!(runs::finish))
        .routes(routes!(runs::heartbeats::heartbeat))
        .routes(routes!(runs::heartbeats::ping, runs::heartbeats::ping_by_post))
        // The batch API, and scores as Langfuse's SDKs send them
        .routes(routes!(batch::traces))
        .routes(routes!(batch::record))
        .routes(routes!(batch::langfuse_score))
        // Logins, and what AgentVista's SDK asks at its start
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::login::logout))
        .routes(routes!(api::keys::ping))
        // For those who watch the server
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}

/// All of it.
pub fn router(app: Arc<App>) -> Router {
    let document = crate::openapi::document();
    let mut router = Router::new()
        // OTLP by the paths by which other vendors' SDKs ask for it.
        .route("/otlp/v1/traces", post(otlp_http::traces))
        .route("/otlp/v1/logs", post(otlp_http::logs))
        .route("/otlp/v1/metrics", post(otlp_http::metrics))
        .route("/otel/v1/traces", post(otlp_http::traces))
        .route("/api/public/otel/v1/traces", post(otlp_http::traces))
        .route("/api/public/otel/v1/logs", post(otlp_http::logs))
        .route("/api/public/otel/v1/metrics", post(otlp_http::metrics))
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", post(otlp_grpc::traces))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", post(otlp_grpc::logs))
        .route("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", post(otlp_grpc::metrics))
        // AgentVista's own base is /api/v1.
        .route("/api/v1/me/api-keys/ping/", get(api::keys::ping))
        .merge(Router::<Arc<App>>::from(api()))
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        // Pages; one of them on the same address as the upload.
        .route("/traces", get(ui::page))
        .fallback(ui::page);
    for (name, value) in ui::SECURITY_HEADERS {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    let tell_sequence = axum::middleware::from_fn_with_state(Arc::clone(&app), live::tell_sequence);
    let in_our_shape = axum::middleware::from_fn(error::in_our_shape);
    router
        .layer(tell_sequence)
        .layer(CatchPanicLayer::new())
        .layer(in_our_shape)
        .layer(CompressionLayer::new())
        .with_state(app)
}
