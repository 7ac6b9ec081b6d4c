//! What a door or the API answers when it cannot do what was asked. Kind to status and code, in `api_error`
//! and nowhere else. The codes are contract: a new one only if a client would do something different.

mod api_error;

pub use api_error::{ApiError, ErrorBody, ErrorKind};

use crate::ingest::body::in_time;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use vedette_model::limits;
use vedette_store::{StoreError, StoreErrorKind};

/// A JSON body of a known shape; what does not fit is refused as every other error is.
pub struct JsonBody<T>(pub T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let arriving = in_time(limits::BODY_TIME, Json::from_request(request, state));
        let Json(body) = arriving.await?.map_err(|rejection| match misfit_of(&rejection) {
            Some(misfit) => misfit.into(),
            None => {
                let kind = match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
                    StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorKind::UnsupportedMediaType,
                    _ => ErrorKind::Invalid,
                };
                ApiError::new(kind, rejection.body_text())
            }
        })?;
        Ok(JsonBody(body))
    }
}

/// JSON that is none of the wanted shape, and where.
type Misfit = serde_path_to_error::Error<serde_json::Error>;

/// What the framework refused a body for, if that is JSON of another shape.
fn misfit_of(rejection: &JsonRejection) -> Option<&Misfit> {
    let JsonRejection::JsonDataError(error) = rejection else { return None };
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
        .find_map(|cause| cause.downcast_ref())
}

impl From<&Misfit> for ApiError {
    fn from(misfit: &Misfit) -> Self {
        let (place, said) = (misfit.path().to_string(), misfit.inner().to_string());
        // Its own words for the whole of a body.
        let place = if place == "." { "" } else { &place };
        let missing = said.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        match missing {
            Some((name, _)) if place.is_empty() => ApiError::missing(name),
            Some((name, _)) => ApiError::missing(format!("{place}.{name}")),
            None if place.is_empty() => ApiError::new(ErrorKind::Invalid, said),
            None => ApiError::invalid(place, format!("{place}: {said}")),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind {
            StoreErrorKind::Invalid => ErrorKind::Invalid,
            StoreErrorKind::Unavailable => ErrorKind::Unavailable,
            StoreErrorKind::ReadOnly => ErrorKind::ReadOnly,
            StoreErrorKind::Corrupt | StoreErrorKind::Incompatible | StoreErrorKind::Internal => {
                tracing::error!(cause = ?error, "the store failed: {error}");
                // Damaged data is the operator's to repair, and the message names the file.
                return ApiError::new(ErrorKind::Internal, error.message);
            }
        };
        let retry_after = matches!(kind, ErrorKind::Unavailable | ErrorKind::ReadOnly).then(|| Duration::from_secs(1));
        ApiError { retry_after, ..ApiError::new(kind, error.message) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), Json(self.body())).into_response();
        self.decorate(&mut response);
        response
    }
}

impl ApiError {
    /// A fault of ours: logged here, once, and told without detail.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        ApiError::new(ErrorKind::Internal, "internal error; the server's log has the cause")
    }

    /// Sets the headers that go with it: for doors whose bodies are not JSON.
    pub fn decorate(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.kind == ErrorKind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"vedette\""));
        }
    }
}

/// Errors of the framework itself (an unknown method, a path that is no text, a panic) in the shape of ours.
/// A ping's errors are lines of text by contract.
pub async fn in_our_shape(request: Request, next: Next) -> Response {
    let is_ping = request.uri().path() == "/v1/ping";
    let response = next.run(request).await;
    let is_text = match response.headers().get(header::CONTENT_TYPE) {
        None => response.headers().get("grpc-status").is_none(),
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    };
    let kind = match response.status() {
        status if is_ping || !is_text || !(status.is_client_error() || status.is_server_error()) => return response,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorKind::UnsupportedMediaType,
        status if status.is_client_error() => ErrorKind::Invalid,
        _ => return ApiError::internal("a handler panicked").into_response(),
    };
    let (parts, body) = response.into_parts();
    let said = axum::body::to_bytes(body, limits::STRING_BYTES).await.unwrap_or_default();
    let message = match String::from_utf8_lossy(&said).trim() {
        "" => kind.code().replace('_', " "),
        said => said.to_owned(),
    };
    let mut shaped = ApiError::new(kind, message).into_response();
    shaped.headers_mut().extend(parts.headers.get(header::ALLOW).map(|allowed| (header::ALLOW, allowed.clone())));
    shaped
}
