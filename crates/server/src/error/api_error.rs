//! An error as a value: its kind, what it says, and the part of the request that is wrong.

use axum::http::StatusCode;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use utoipa::ToSchema;
use vedette_model::{cut, limits};

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
    /// Send it without such pauses.
    TooSlow,
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
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
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
            Self::TooSlow => 4,
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
            Self::TooSlow => "too_slow",
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

impl std::fmt::Display for ApiError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

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

/// What is told of a request is told in bounded length.
fn told(text: Cow<'static, str>, bytes: usize) -> Cow<'static, str> {
    if text.len() <= bytes { text } else { Cow::Owned(cut(&text, bytes).into_owned()) }
}

impl ApiError {
    /// Without a field.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        ApiError { kind, message: told(message.into(), limits::MESSAGE_BYTES), field: None, retry_after: None }
    }

    /// A field that is there but wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        let field = told(field.into().into(), limits::FIELD_BYTES).into_owned();
        ApiError { field: Some(field), ..ApiError::new(ErrorKind::Invalid, message) }
    }

    /// A field that is not there.
    pub fn missing(field: impl Into<String>) -> Self {
        let field = told(field.into().into(), limits::FIELD_BYTES).into_owned();
        let message = format!("missing required field: {field}");
        ApiError { field: Some(field), ..ApiError::new(ErrorKind::MissingField, message) }
    }

    /// Absent or foreign: the same answer for both.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        ApiError::new(ErrorKind::NotFound, format!("no such {what}"))
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        ErrorBody { error: self.kind.code(), message: self.message.clone(), field: self.field.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_no_more_than_a_little_of_a_request() {
        let long = "x".repeat(1 << 20);
        for error in [
            ApiError::new(ErrorKind::Invalid, long.clone()),
            ApiError::invalid(long.clone(), long.clone()),
            ApiError::missing(long.clone()),
            ApiError::not_found(&long),
        ] {
            let (message, field) = (error.message.len(), error.field.map_or(0, |field| field.len()));
            assert!(message <= limits::MESSAGE_BYTES && field <= limits::FIELD_BYTES, "{message} {field}");
        }
    }
}
