//! OTLP over gRPC, on the same listeners: the three export services, one unary call each. The framing is
//! read here rather than by a gRPC server, so that bodies have the same bounds, room and turns as over HTTP.

use super::body::{Compression, Received, collect};
use super::in_turn;
use super::otlp_http::{CAPABILITIES, take_in};
use crate::app::App;
use crate::auth::Write;
use crate::error::{ApiError, ErrorKind};
use crate::metrics::Door;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use http_body_util::{BodyExt, Full};
use prost::Message;
use std::sync::Arc;
use tonic::{Code, Status};
use vedette_model::{cut, limits};
use vedette_otlp::{Encoding, Signal, export_response};

type Access = Result<Write, ApiError>;

/// `TraceService/Export`
pub async fn traces(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response<Body> {
    export(&app, access, Signal::Traces, headers, body).await
}

/// `LogsService/Export`
pub async fn logs(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response<Body> {
    export(&app, access, Signal::Logs, headers, body).await
}

/// `MetricsService/Export`: counted, not kept.
pub async fn metrics(State(app): State<Arc<App>>, access: Access, headers: HeaderMap, body: Body) -> Response<Body> {
    export(&app, access, Signal::Metrics, headers, body).await
}

const ACCEPTED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("grpc-accept-encoding"), HeaderValue::from_static("identity,gzip,zstd,deflate"));

async fn export(app: &Arc<App>, access: Access, signal: Signal, headers: HeaderMap, body: Body) -> Response<Body> {
    let taken = async {
        let account = access?.account();
        let received = receive(app, &headers, body).await?;
        in_turn(app, move |app| take_in(app, account, Door::OtlpGrpc, signal, Encoding::Protobuf, received)).await
    };
    let mut response = match taken.await {
        Ok(taken) => success(&export_response(signal, &taken.refused, Encoding::Protobuf)),
        Err(error) => status(&error).into_http(),
    };
    response.headers_mut().extend([ACCEPTED, CAPABILITIES].map(|(name, value)| (Some(name), value)));
    response
}

/// One message: a byte that says whether it is compressed, four for its length, and itself.
async fn receive(app: &App, headers: &HeaderMap, body: Body) -> Result<Received, ApiError> {
    let token = headers.get("grpc-encoding").map_or(Ok(""), |value| value.to_str()).unwrap_or("?");
    let (mut bytes, room) = collect(app, body).await?;
    let wrong = || ApiError::new(ErrorKind::Invalid, "the body is not one gRPC message");
    let (compressed, length) = match bytes.as_slice() {
        [flag @ 0..=1, a, b, c, d, ..] => (*flag == 1, u32::from_be_bytes([*a, *b, *c, *d])),
        _ => return Err(wrong()),
    };
    bytes.drain(..5);
    if bytes.len() != length as usize {
        return Err(wrong());
    }
    let compression = match Compression::parse(token) {
        _ if !compressed => Compression::Identity,
        Some(Compression::Identity) => return Err(wrong()),
        Some(compression) => compression,
        None => {
            let token = cut(token, limits::MESSAGE_BYTES);
            return Err(ApiError::new(ErrorKind::UnsupportedMediaType, format!("unknown grpc-encoding {token:?}")));
        }
    };
    Ok(Received::framed(bytes, compression, room))
}

fn success(message: &[u8]) -> Response<Body> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    let frame: Vec<u8> = [0].into_iter().chain(length).chain(message.iter().copied()).collect();
    let trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
    let body = Full::from(frame).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn status(error: &ApiError) -> Status {
    let code = Code::from(i32::from(error.kind.grpc_code()));
    match error.retry_after {
        Some(wait) => {
            let retry = RetryInfo { retry_delay: Some(Delay { seconds: wait.as_secs().max(1) as i64, nanos: 0 }) };
            let details = vec![AnyMessage {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
                value: retry.encode_to_vec(),
            }];
            let rich = RichStatus { code: code as i32, message: error.message.to_string(), details };
            Status::with_details(code, error.message.clone(), rich.encode_to_vec().into())
        }
        None => Status::new(code, error.message.clone()),
    }
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
struct RichStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<AnyMessage>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct AnyMessage {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`: what makes an exporter try again.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}
