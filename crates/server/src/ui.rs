//! The dashboard's pages, embedded in the binary: assets by their path, `index.html` for any other
//! path that a person may open. Text from traces is hostile, so that no page may load anything from
//! elsewhere or run a script that is not a file of ours.

use crate::error::{ApiError, ErrorKind};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write;

#[derive(RustEmbed)]
#[folder = "../../ui/dist/"]
#[allow_missing = true]
struct Pages;

/// Set on every answer that does not set its own.
pub const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Paths that only programs use: what is unknown below them is an error, not a page.
const PROGRAM_PATHS: [&str; 6] = ["/api/", "/v1/", "/otlp/", "/otel/", "/me/", "/assets/"];

/// The answer to every path that is no door and no API.
pub async fn page(request: Request) -> Response {
    let method = request.method();
    let path = request.uri().path();
    if method != Method::GET && method != Method::HEAD || PROGRAM_PATHS.iter().any(|known| path.starts_with(known)) {
        if let Some(file) = asset(request.uri()) {
            return answer(path, &request, file);
        }
        return ApiError::new(ErrorKind::NotFound, format!("no such path: {method} {path}")).into_response();
    }
    match asset(request.uri()) {
        Some(file) => answer(path, &request, file),
        None => match Pages::get("index.html") {
            Some(file) => answer("/index.html", &request, file),
            None => "This build of vedette has no pages: run `make ui`, then build again. The API is at /api/v1.\n"
                .into_response(),
        },
    }
}

fn asset(uri: &Uri) -> Option<EmbeddedFile> {
    Pages::get(uri.path().trim_start_matches('/'))
}

fn answer(path: &str, request: &Request, file: EmbeddedFile) -> Response {
    let hash = file.metadata.sha256_hash();
    let etag = hash.iter().take(16).fold(String::from("\""), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }) + "\"";
    // The build puts a hash into the name of what lies in assets/, and of nothing else.
    let caching = if path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    // One of a list, and weak where a proxy has compressed it.
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag));
    let headers = [(header::CACHE_CONTROL, caching.to_owned()), (header::ETAG, etag)];
    if known {
        return (axum::http::StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, content_type(path))], file.data).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
