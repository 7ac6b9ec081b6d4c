//! One OTLP request over HTTP and what its answer means.

use crate::config::Destination;
use crate::limits;
use crate::spool::Encoding;
use std::time::{Duration, SystemTime};
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// What a request came to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The server has it, but for some spans.
    Taken { refused: u64, announces: bool, message: Option<String> },
    /// The server will never take it.
    Refused(String),
    /// The server may take it later.
    Failed { message: String, wait: Option<Duration> },
}

/// A connection to a server.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Client {
    pub(crate) fn new(to: &Destination) -> Client {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_connect(Some(limits::CONNECT_TIME))
            .timeout_global(Some(limits::REQUEST_TIME))
            .user_agent(concat!("vedette-sdk/", env!("CARGO_PKG_VERSION")))
            .max_redirects(0);
        if to.is_local {
            config = config.proxy(None);
        }
        let authorization = to.key.as_ref().map(|key| format!("Bearer {key}"));
        Client { agent: config.build().into(), url: to.url.clone(), authorization }
    }

    pub(crate) fn send(&self, body: &[u8], encoding: Encoding) -> Answer {
        let mut request = self.agent.post(&self.url).header("content-type", "application/x-protobuf");
        if encoding == Encoding::Gzip {
            request = request.header("content-encoding", "gzip");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        match request.send(body) {
            Ok(response) => {
                let (parts, mut body) = response.into_parts();
                let said = read(&mut body);
                answer(parts.status, &parts.headers, &said, SystemTime::now())
            }
            Err(error) => Answer::Failed { message: error.to_string(), wait: None },
        }
    }
}

fn read(body: &mut Body) -> Vec<u8> {
    // Read whole, so that the connection can be used again.
    body.with_config().limit(64 << 10).read_to_vec().unwrap_or_default()
}

fn answer(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Answer {
    let message = || {
        let text: String = String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(300).collect();
        format!("the server answered {status}: {text}")
    };
    match status.as_u16() {
        200..=299 => {
            let (refused, reason) = partial_success(body).unwrap_or_default();
            let words = headers.get("vedette-capabilities").and_then(|words| words.to_str().ok()).unwrap_or_default();
            let announces = words.split([',', ' ']).any(|word| word == "open-spans");
            Answer::Taken { refused, announces, message: (refused > 0).then_some(reason) }
        }
        // These say that the request itself is wrong. All others, a wrong key or address among them, may be
        // put right while the spool waits.
        400 | 413 | 415 | 422 => Answer::Refused(message()),
        _ => Answer::Failed { message: message(), wait: retry_after(headers, now) },
    }
}

fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(now).ok())
}

/// The count and reason of `ExportTraceServiceResponse.partial_success`.
fn partial_success(body: &[u8]) -> Option<(u64, String)> {
    let mut refused = 0;
    let mut reason = String::new();
    for (field, value) in fields(body) {
        if let (1, Field::Bytes(inner)) = (field, value) {
            for (field, value) in fields(inner) {
                match (field, value) {
                    (1, Field::Varint(count)) => refused = count,
                    (2, Field::Bytes(text)) => reason = String::from_utf8_lossy(text).chars().take(300).collect(),
                    _ => {}
                }
            }
        }
    }
    (refused > 0).then_some((refused, reason))
}

enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

/// Fields of a message as far as they can be read.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    let varint = |bytes: &mut &[u8]| -> Option<u64> {
        let len = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
        let (digits, rest) = bytes.split_at_checked(len)?;
        *bytes = rest;
        Some(digits.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)))
    };
    while let Some(tag) = varint(&mut bytes) {
        let value = match tag & 7 {
            0 => varint(&mut bytes).map(Field::Varint),
            2 => varint(&mut bytes).and_then(|len| {
                let (value, rest) = bytes.split_at_checked(usize::try_from(len).ok()?)?;
                bytes = rest;
                Some(Field::Bytes(value))
            }),
            _ => None,
        };
        let Some(value) = value else { break };
        found.push((tag >> 3, value));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
    use prost::Message;

    fn said(status: u16, headers: &[(&'static str, &'static str)], body: &[u8]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 06:00:00 GMT").unwrap();
        format!("{:?}", answer(StatusCode::from_u16(status).unwrap(), &map, body, now))
    }

    /// Status, headers, body, and what they mean.
    type Case = (u16, &'static [(&'static str, &'static str)], Vec<u8>, &'static str);

    #[test]
    fn what_answers_mean() {
        let partial = ExportTraceServiceResponse {
            partial_success: Some(ExportTracePartialSuccess { rejected_spans: 300, error_message: "too long".into() }),
        };
        let full = ExportTraceServiceResponse { partial_success: Some(ExportTracePartialSuccess::default()) };
        let cases: [Case; 9] = [
            (200, &[], vec![], "Taken { refused: 0, announces: false, message: None }"),
            (
                202,
                &[("vedette-capabilities", "x, open-spans")],
                full.encode_to_vec(),
                "Taken { refused: 0, announces: true, message: None }",
            ),
            (
                200,
                &[],
                partial.encode_to_vec(),
                "Taken { refused: 300, announces: false, message: Some(\"too long\") }",
            ),
            (200, &[], b"{\"partialSuccess\":{}}".to_vec(), "Taken { refused: 0, announces: false, message: None }"),
            (400, &[], b"no span".to_vec(), "Refused(\"the server answered 400 Bad Request: no span\")"),
            (401, &[], vec![], "Failed { message: \"the server answered 401 Unauthorized: \", wait: None }"),
            (
                429,
                &[("retry-after", "7")],
                vec![],
                "Failed { message: \"the server answered 429 Too Many Requests: \", wait: Some(7s) }",
            ),
            (
                503,
                &[("retry-after", "Sat, 21 Nov 2026 06:01:00 GMT")],
                vec![],
                "Failed { message: \"the server answered 503 Service Unavailable: \", wait: Some(60s) }",
            ),
            (302, &[], vec![], "Failed { message: \"the server answered 302 Found: \", wait: None }"),
        ];
        for (status, headers, body, expected) in cases {
            let headers: Vec<(&'static str, &'static str)> = headers.to_vec();
            assert_eq!(said(status, &headers, &body), expected);
        }
    }
}
