//! What a door or the API answers when it cannot do what was asked. Kind to status and code, here and
//! nowhere else. The codes are contract: a new one only if a client would do something different.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use utoipa::ToSchema;
use vedette_model::limits;
use vedette_store::{StoreError, StoreErrorKind};

/// What the client should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Correct the request.
    Invalid,
    /// Correct the id.
    InvalidId,
    /// Add the field.
    MissingField,
    /// Use a region that exists.
    UnknownRegion,
    /// Send it to the server of that region.
    RegionMismatch,
    /// Present a key.
    Unauthorized,
    /// Present a key that may do this. The runs API says 401 by its contract, everything else 403.
    ScopeViolation {
        /// The request was one of the runs API.
        runs_api: bool,
    },
    /// Not from this page or host.
    Forbidden,
    /// There is no such thing, or it is not yours.
    NotFound,
    /// Use another method.
    MethodNotAllowed,
    /// Something else was said before, and stands.
    Conflict,
    /// Send less at once.
    TooLarge,
    /// Send it in another form.
    UnsupportedMediaType,
    /// Wait for the next month, or raise the bound.
    QuotaExceeded,
    /// Try again after a while.
    Unavailable,
    /// The disk refuses writes; reads go on.
    ReadOnly,
    /// Not your fault.
    Internal,
}

impl ErrorKind {
    /// The status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::InvalidId | Self::MissingField | Self::UnknownRegion => StatusCode::BAD_REQUEST,
            Self::RegionMismatch | Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::ScopeViolation { runs_api: true } => StatusCode::UNAUTHORIZED,
            Self::ScopeViolation { runs_api: false } | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::QuotaExceeded | Self::Unavailable => StatusCode::TOO_MANY_REQUESTS,
            Self::ReadOnly => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The gRPC code: what decides whether an exporter tries again.
    #[must_use]
    pub const fn grpc_code(self) -> u8 {
        match self {
            Self::Invalid | Self::InvalidId | Self::MissingField | Self::UnknownRegion | Self::TooLarge => 3,
            Self::NotFound => 5,
            Self::Conflict => 6,
            Self::ScopeViolation { .. } | Self::Forbidden => 7,
            Self::QuotaExceeded | Self::Unavailable => 8,
            Self::UnsupportedMediaType | Self::MethodNotAllowed => 12,
            Self::Internal => 13,
            Self::ReadOnly => 14,
            Self::RegionMismatch | Self::Unauthorized => 16,
        }
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::InvalidId => "invalid_id",
            Self::MissingField => "missing_field",
            Self::UnknownRegion => "unknown_region",
            Self::RegionMismatch => "region_mismatch",
            Self::Unauthorized => "unauthorized",
            Self::ScopeViolation { .. } => "scope_violation",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Unavailable => "unavailable",
            Self::ReadOnly => "read_only",
            Self::Internal => "internal",
        }
    }
}

/// An answer that is an error.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What to do.
    pub kind: ErrorKind,
    /// For people; lowercase, without a full stop.
    pub message: Cow<'static, str>,
    /// The part of the request that is wrong, such as `events[3].id`.
    pub field: Option<String>,
    /// For the header `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// The body of every error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A code out of a short list.
    pub error: &'static str,
    /// For people.
    pub message: Cow<'static, str>,
    /// The part of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ApiError {
    /// Without a field.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        ApiError { kind, message: message.into(), field: None, retry_after: None }
    }

    /// A field that is there but wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        ApiError { field: Some(field.into()), ..ApiError::new(ErrorKind::Invalid, message) }
    }

    /// A field that is not there.
    pub fn missing(field: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("missing required field: {field}");
        ApiError { field: Some(field), ..ApiError::new(ErrorKind::MissingField, message) }
    }

    /// Absent or foreign: the same answer for both.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        ApiError::new(ErrorKind::NotFound, format!("no such {what}"))
    }

    /// A fault of ours: logged here, once, and told without detail.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        ApiError::new(ErrorKind::Internal, "internal error; the server's log has the cause")
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        ErrorBody { error: self.kind.code(), message: self.message.clone(), field: self.field.clone() }
    }
}

/// A JSON body of a known shape; what does not fit is refused as every other error is.
pub struct JsonBody<T>(pub T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state).await.map_err(|rejection| {
            let kind = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
                StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorKind::UnsupportedMediaType,
                _ => ErrorKind::Invalid,
            };
            ApiError::new(kind, rejection.body_text())
        })?;
        Ok(JsonBody(body))
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
