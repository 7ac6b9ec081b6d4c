//! Files of OTLP, whatever they are made of, and the bodies of answers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use std::fs;
use std::io::{BufReader, Read, repeat};
use std::path::PathBuf;
use vedette_model::limits;
use vedette_otlp::{self as otlp, DecodeError, Encoding, Refusal, Requests, Signal};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(name)).unwrap()
}

/// (number, spans, logs, points) of a request, or its number and what was wrong.
type Found = Result<(u64, usize, usize, u64), (u64, String)>;

fn read(file: impl Read) -> Vec<Found> {
    // A small buffer, so that every line and message is read in pieces.
    Requests::new(BufReader::with_capacity(7, file))
        .map(|request| {
            let request = request.unwrap();
            match request.decoded {
                Ok(decoded) => Ok((request.number, decoded.spans.len(), decoded.logs.len(), decoded.points)),
                Err(error) => Err((request.number, error.to_string())),
            }
        })
        .collect()
}

#[test]
fn content_says_what_a_file_is() {
    let traces = fixture("claude-code-native/001.pb");
    let logs = ExportLogsServiceRequest::decode(&fixture("claude-code-native/002.logs.pb")[..]).unwrap();
    let logs = logs.resource_logs.iter().flat_map(|of| &of.scope_logs).map(|scope| scope.log_records.len()).sum();
    let points = ExportMetricsServiceRequest::decode(&fixture("claude-code-native/003.metrics.pb")[..]).unwrap();
    let points = points.resource_metrics.iter().flat_map(|of| &of.scope_metrics).flat_map(|scope| &scope.metrics);
    let points = points.map(|metric| match metric.data.as_ref().unwrap() {
        Data::Gauge(data) => data.data_points.len() as u64,
        Data::Sum(data) => data.data_points.len() as u64,
        Data::Histogram(data) => data.data_points.len() as u64,
        Data::ExponentialHistogram(data) => data.data_points.len() as u64,
        Data::Summary(data) => data.data_points.len() as u64,
    });
    let points: u64 = points.sum();
    assert!(points > 3, "{points}");
    let json = otlp::traces_to_json(&otlp::traces_from_protobuf(&traces).unwrap().spans);
    assert_eq!(read(&traces[..]), [Ok((1, 10, 0, 0))]);
    assert_eq!(read(&fixture("claude-code-native/002.logs.pb")[..]), [Ok((1, 0, logs, 0))]);
    assert_eq!(read(&fixture("claude-code-native/003.metrics.pb")[..]), [Ok((1, 0, 0, points))]);
    assert_eq!(
        read([traces.clone(), fixture("claude-code-native/002.logs.pb")].concat().as_slice()),
        [Ok((1, 10, 0, 0)), Ok((2, 0, logs, 0))]
    );
    assert_eq!(read(json.to_string().as_bytes()), [Ok((1, 10, 0, 0))]);
    assert_eq!(read(format!("{json:#}\n").as_bytes()), [Ok((1, 10, 0, 0))]);
    assert_eq!(read(&b""[..]), []);
    assert_eq!(read(&b" \n\n"[..]), []);
    assert_eq!(read(&b"\n\n"[..]), []);
    for (form, line) in [(format!("\n\n{json}\n"), 3), (format!("\n{json:#}\n"), 2)] {
        assert_eq!(read(form.as_bytes()), [Ok((line, 10, 0, 0))], "empty lines at the start");
    }
    let mixed = format!("{json}\n\n{{\"agent_name\":\"a\"}}\nnonsense\r\n  {json}");
    let found = read(mixed.as_bytes());
    assert_eq!((found.len(), &found[0], &found[3]), (4, &Ok((1, 10, 0, 0)), &Ok((5, 10, 0, 0))));
    assert_eq!(found[1].as_ref().unwrap_err(), &(3, DecodeError::NotOtlp.to_string()));
    assert_eq!(found[2].as_ref().unwrap_err().0, 4);
}

#[test]
fn lines_and_messages_beyond_the_bound_are_passed_over() {
    let line = "{\"resourceSpans\":[]}\n".as_bytes();
    let long = || repeat(b'x').take(limits::LINE_BYTES as u64 + 99).chain(&b"\n"[..]);
    let refused = |number| Err((number, DecodeError::TooLarge(limits::LINE_BYTES).to_string()));
    assert_eq!(read(line.chain(long()).chain(line)), [Ok((1, 0, 0, 0)), refused(2), Ok((3, 0, 0, 0))]);
    assert_eq!(read(long().chain(line)), [refused(1), Ok((2, 0, 0, 0))]);
    let exact = repeat(b' ').take((limits::LINE_BYTES - line.len() + 1) as u64).chain(line);
    assert_eq!(read(line.chain(exact)), [Ok((1, 0, 0, 0)), Ok((2, 0, 0, 0))]);

    let traces = fixture("claude-code-native/001.pb");
    let mut head = vec![0x0a];
    prost::encoding::encode_varint(limits::BODY_BYTES as u64 + 1, &mut head);
    let giant = head.chain(repeat(0).take(limits::BODY_BYTES as u64 + 1));
    let refused = Err((1, DecodeError::TooLarge(limits::BODY_BYTES).to_string()));
    assert_eq!(read(giant.chain(&traces[..])), [refused, Ok((2, 10, 0, 0))]);
    let cut = read(&traces[..traces.len() - 1]);
    assert!(matches!(cut.as_slice(), [Err((1, _))]), "{cut:?}");
}

#[test]
fn answers_say_what_was_refused_in_the_encoding_of_the_request() {
    let refused = [
        Refusal { count: 2, reason: "trace_id: zero".into(), first: "item 3, \"chat\"".into() },
        Refusal { count: 1, reason: "spans: too many".into(), first: String::new() },
    ];
    let message = "2 refused: trace_id: zero (first: item 3, \"chat\"); 1 refused: spans: too many";
    let body = otlp::export_response(Signal::Traces, &refused, Encoding::Protobuf);
    let partial = ExportTraceServiceResponse::decode(&body[..]).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (3, message));
    let body = otlp::export_response(Signal::Logs, &refused, Encoding::Protobuf);
    assert_eq!(ExportLogsServiceResponse::decode(&body[..]).unwrap().partial_success.unwrap().rejected_log_records, 3);
    for (signal, key) in [
        (Signal::Traces, "rejectedSpans"),
        (Signal::Logs, "rejectedLogRecords"),
        (Signal::Metrics, "rejectedDataPoints"),
    ] {
        let body = otlp::export_response(signal, &refused, Encoding::Json);
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json, serde_json::json!({ "partialSuccess": { key: "3", "errorMessage": message } }));
        assert_eq!(otlp::export_response(signal, &[], Encoding::Json), b"{}");
        assert!(otlp::export_response(signal, &[], Encoding::Protobuf).is_empty());
    }
    assert_eq!(otlp::status_response(3, "why", Encoding::Json), br#"{"code":3,"message":"why"}"#);
    assert_eq!(otlp::status_response(3, "why", Encoding::Protobuf), b"\x08\x03\x12\x03why");
}
