//! OTLP over HTTP: `/v1/{traces,logs,metrics}` and the paths by which other vendors' SDKs ask for them.
//! Protobuf or JSON by content type; the answer is written as the request was.

use super::body::{Received, receive};
use super::{in_turn, quota};
use crate::app::App;
use crate::auth::Write;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::metrics::Door;
use crate::pipeline::{Taken, submit, submit_spans};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use vedette_model::{AccountId, cut, limits};
use vedette_otlp::{DecodeError, Encoding, Signal, Spans, export_response, status_response};

/// Tells our SDKs what this server understands beyond OTLP: spans announced while they are open.
pub const CAPABILITIES: (HeaderName, HeaderValue) =
    (HeaderName::from_static("vedette-capabilities"), HeaderValue::from_static("open-spans"));

type Access = Result<Write, ApiError>;

/// Takes spans; also at the paths by which other vendors' SDKs ask for it.
#[utoipa::path(
    post, path = "/v1/traces", tag = "OTLP",
    request_body(
        description = "`ExportTraceServiceRequest`, also compressed with gzip, deflate or zstd",
        content(("application/x-protobuf"), (serde_json::Value = "application/json"))
    ),
    responses(
        (status = 200, body = serde_json::Value, description = "`partialSuccess` names what was refused and why; written as the request was"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)
    )
)]
pub async fn traces(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response {
    export(&app, access, Signal::Traces, headers, body).await
}

/// Takes log records: one that names a span joins it, whichever comes first.
#[utoipa::path(
    post, path = "/v1/logs", tag = "OTLP",
    request_body(
        description = "`ExportLogsServiceRequest`, also compressed with gzip, deflate or zstd",
        content(("application/x-protobuf"), (serde_json::Value = "application/json"))
    ),
    responses(
        (status = 200, body = serde_json::Value, description = "`partialSuccess` names what was refused and why; written as the request was"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)
    )
)]
pub async fn logs(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response {
    export(&app, access, Signal::Logs, headers, body).await
}

/// Takes metrics: counted, not kept.
#[utoipa::path(
    post, path = "/v1/metrics", tag = "OTLP",
    request_body(
        description = "`ExportMetricsServiceRequest`, also compressed with gzip, deflate or zstd",
        content(("application/x-protobuf"), (serde_json::Value = "application/json"))
    ),
    responses(
        (status = 200, body = serde_json::Value, description = "`partialSuccess` names what was refused and why; written as the request was"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)
    )
)]
pub async fn metrics(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response {
    export(&app, access, Signal::Metrics, headers, body).await
}

async fn export(app: &Arc<App>, access: Access, signal: Signal, headers: HeaderMap, body: Body) -> Response {
    let encoding = match encoding(&headers) {
        Ok(encoding) => encoding,
        Err(error) => return failure(&error, Encoding::Json),
    };
    let taken = async {
        let account = access?.account();
        let received = receive(app, &headers, body).await?;
        in_turn(app, move |app| take_in(app, account, Door::OtlpHttp, signal, encoding, received)).await
    };
    match taken.await {
        Ok(taken) => {
            let body = export_response(signal, &taken.refused, encoding);
            ([(header::CONTENT_TYPE, HeaderValue::from_static(encoding.content_type())), CAPABILITIES], body)
                .into_response()
        }
        Err(error) => failure(&error, encoding),
    }
}

/// Opens, decodes and submits one request; blocks.
pub(super) fn take_in(
    app: &App,
    account: AccountId,
    door: Door,
    signal: Signal,
    encoding: Encoding,
    received: Received,
) -> Result<Taken, ApiError> {
    let opened = received.open()?;
    let bytes = &opened.bytes;
    let decoded = match (signal, encoding) {
        (Signal::Traces, Encoding::Protobuf) => {
            let spans = Spans::of(bytes).map_err(invalid)?;
            // As many as are sent: which of them are none is known once they are read.
            let charge = quota::charge(app, account, spans.size_hint().1.unwrap_or_default())?;
            return submit_spans(app, account, door, spans).inspect(|_| charge.keep());
        }
        (Signal::Traces, Encoding::Json) => vedette_otlp::traces_from_json(bytes),
        (Signal::Logs, Encoding::Protobuf) => vedette_otlp::logs_from_protobuf(bytes),
        (Signal::Logs, Encoding::Json) => vedette_otlp::logs_from_json(bytes),
        (Signal::Metrics, Encoding::Protobuf) => vedette_otlp::metrics_from_protobuf(bytes),
        (Signal::Metrics, Encoding::Json) => vedette_otlp::metrics_from_json(bytes),
    };
    let decoded = decoded.map_err(invalid)?;
    // The bytes alone: what was made of them still takes their room.
    drop(opened.bytes);
    let charge = quota::charge(app, account, decoded.spans.len() + decoded.logs.len())?;
    submit(app, account, door, decoded).inspect(|_| charge.keep())
}

fn invalid(error: DecodeError) -> ApiError {
    ApiError::new(ErrorKind::Invalid, error.to_string())
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, ApiError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Ok(Encoding::Protobuf),
        "application/json" => Ok(Encoding::Json),
        other => Err(ApiError::new(
            ErrorKind::UnsupportedMediaType,
            format!(
                "content type {:?} is not OTLP; send application/x-protobuf or application/json",
                cut(other, limits::MESSAGE_BYTES)
            ),
        )),
    }
}

/// Protobuf errors are `google.rpc.Status` as OTLP asks; JSON ones have its fields and ours.
fn failure(error: &ApiError, encoding: Encoding) -> Response {
    let code = error.kind.grpc_code();
    let mut response = match encoding {
        Encoding::Protobuf => status_response(code, &error.message, encoding).into_response(),
        Encoding::Json => {
            let body = error.body();
            axum::Json(serde_json::json!({ "code": code, "error": body.error, "message": body.message }))
                .into_response()
        }
    };
    *response.status_mut() = error.kind.status();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(encoding.content_type()));
    error.decorate(&mut response);
    response
}
