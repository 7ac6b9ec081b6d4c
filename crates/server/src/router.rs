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
        // /api/v1/sessions, tools, costs, scores, sql, prices, status
        .routes(routes!(api::sessions::list))
        .routes(routes!(api::sessions::get))
        .routes(routes!(api::tools::list))
        .routes(routes!(api::costs::get))
        .routes(routes!(api::scores::create))
        .routes(routes!(api::sql::run))
        .routes(routes!(api::prices::list, api::prices::put))
        .routes(routes!(api::status::get))
        // /api/v1/accounts, keys
        .routes(routes!(api::accounts::list, api::accounts::create))
        .routes(routes!(api::accounts::retain, api::accounts::delete))
        .routes(routes!(api::keys::list, api::keys::create))
        .routes(routes!(api::keys::revoke))
        // /traces
        .routes(routes!(files::upload::upload))
}

/// All of it.
pub fn router(app: Arc<App>) -> Router {
    let document = crate::openapi::document();
    let mut router = Router::new()
        // OTLP, and the paths by which other vendors' SDKs ask for it.
        .route("/v1/traces", post(otlp_http::traces))
        .route("/v1/logs", post(otlp_http::logs))
        .route("/v1/metrics", post(otlp_http::metrics))
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
        // The runs API.
        .route("/v1/runs", post(runs::start))
        .route("/v1/runs/{id}/events", post(runs::events))
        .route("/v1/runs/{id}/finish", post(runs::finish))
        .route("/v1/heartbeats", post(runs::heartbeat))
        .route("/v1/ping", get(runs::ping).post(runs::ping))
        // The batch API, and scores as Langfuse's SDKs send them.
        .route("/api/v1/traces/batch", post(batch::traces))
        .route("/api/v1/record", post(batch::record))
        .route("/api/public/scores", post(batch::langfuse_score))
        .merge(Router::<Arc<App>>::from(api()))
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        // The page on the same address as the upload.
        .route("/traces", get(ui::page))
        // The live stream, and for those who watch the server.
        .route("/traces/stream", get(live::stream))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        // Logins, and what AgentVista's SDK asks at its start.
        .route("/api/v1/login", post(auth::login))
        .route("/api/v1/logout", post(auth::logout))
        .route("/me/api-keys/ping/", get(api::keys::ping))
        // Pages.
        .fallback(ui::page);
    for (name, value) in ui::SECURITY_HEADERS {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    let in_our_shape = axum::middleware::from_fn(error::in_our_shape);
    router.layer(CatchPanicLayer::new()).layer(in_our_shape).layer(CompressionLayer::new()).with_state(app)
}
