//! OTLP over HTTP and gRPC: compressions, addresses, refusals, keys. That all doors leave the same runs is
//! tested in `tests/doors`.

use crate::server::{Answer, Server, answer, eventually, pick};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::PathBuf;
use tonic::codec::CompressionEncoding;

const PROTOBUF: &str = "application/x-protobuf";

fn post(server: &Server, path: &str, content_type: &str, encoding: Option<&str>, body: Vec<u8>) -> Answer {
    let mut request = server.request("POST", path).header("content-type", content_type).body(body);
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    answer(request.send().unwrap())
}

/// The requests that one real client sent, in order, with their signals.
fn captured(client: &str) -> Vec<(&'static str, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(client);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let requests = paths.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        let signal = match name.strip_suffix(".pb")? {
            stem if stem.ends_with(".logs") => "logs",
            stem if stem.ends_with(".metrics") => "metrics",
            _ => "traces",
        };
        Some((signal, std::fs::read(path).unwrap()))
    });
    requests.collect()
}

fn traces_of(client: &str) -> Vec<Vec<u8>> {
    captured(client).into_iter().filter(|(signal, _)| *signal == "traces").map(|(_, body)| body).collect()
}

/// All runs with their spans, without what a second delivery changes.
fn told(server: &Server) -> Vec<(Json, Vec<Json>)> {
    let runs = eventually(|| Some(server.runs()).filter(|runs| runs.iter().all(|run| run["status"] != "running")));
    runs.into_iter()
        .map(|mut run| {
            run.as_object_mut().unwrap().remove("received_at");
            let spans = server.spans(run["id"].as_str().unwrap());
            (run, spans)
        })
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_compression_and_transfer_is_the_same_request() {
    let body = traces_of("otel-genai-anthropic").concat();
    let mut ends = Vec::new();
    for (encoding, bytes) in [
        (None, body.clone()),
        (Some("identity"), body.clone()),
        (Some("gzip"), gzip(&body)),
        (Some("GZIP"), [gzip(&body[..9]), gzip(&body[9..])].concat()),
        (Some("deflate"), deflate(&body)),
        (Some("zstd"), zstd::encode_all(body.as_slice(), 3).unwrap()),
    ] {
        let server = Server::memory();
        assert_eq!(post(&server, "/v1/traces", PROTOBUF, encoding, bytes).0, 200, "{encoding:?}");
        ends.push((encoding.unwrap_or("none"), told(&server)));
    }
    let server = Server::memory();
    let chunked = reqwest::blocking::Body::new(std::io::Cursor::new(body));
    let request = server.request("POST", "/v1/traces").header("content-type", PROTOBUF).body(chunked);
    assert_eq!(answer(request.send().unwrap()).0, 200, "chunked");
    ends.push(("chunked", told(&server)));
    for (encoding, end) in &ends {
        assert!(!end.is_empty() && *end == ends[0].1, "{encoding}");
    }
}

#[test]
fn other_vendors_addresses_are_known() {
    let body = traces_of("langfuse").concat();
    for path in ["/v1/traces", "/otlp/v1/traces", "/api/public/otel/v1/traces", "/otel/v1/traces"] {
        let server = Server::memory();
        assert_eq!(post(&server, path, "application/x-protobuf; charset=utf-8", None, body.clone()).0, 200, "{path}");
        assert!(!server.runs().is_empty(), "{path}");
    }
    let server = Server::memory();
    for signal in ["logs", "metrics"] {
        for path in [format!("/v1/{signal}"), format!("/otlp/v1/{signal}"), format!("/api/public/otel/v1/{signal}")] {
            assert_eq!(post(&server, &path, PROTOBUF, None, Vec::new()), (200, json!("")), "{path}");
        }
    }
}

/// What little bytes unpack to takes memory by the values in it, never by how it is nested, and no answer repeats it.
#[test]
fn hostile_requests_take_bounded_memory_and_get_short_answers() {
    let server = Server::memory();
    let field = |tag: u8, bytes: &[u8]| {
        let mut field = vec![tag];
        prost::encoding::encode_varint(bytes.len() as u64, &mut field);
        field.extend_from_slice(bytes);
        field
    };
    let pairs = field(0x32, &[0x0a, 0x00].repeat(32 << 20));
    let resource = field(0x0a, &field(0x0a, &field(0x0a, &field(0x12, &pairs))));
    let list = |element: &str, count: usize| vec![element; count].join(",");
    let json = "application/json";
    for (content_type, body, status) in [
        (PROTOBUF, resource, 200),
        (json, format!("{{\"resourceSpans\":[{{\"resource\":{{\"x\":[{}]}}}}]}}", list("[0]", 16 << 20)).into(), 200),
        (
            json,
            format!(
                "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"x\":[{}]}}]}}]}}]}}",
                list("[0]", 4_000_000)
            )
            .into(),
            200,
        ),
        (json, format!("{{\"resourceSpans\":\"{}\"}}", "a".repeat(32 << 20)).into(), 400),
        (json, format!("{{\"resourceSpans\":[{{\"scopeSpans\":{{\"{}\":0}}}}]}}", "a".repeat(32 << 20)).into(), 400),
        (json, vec![0xff; 64 << 20], 400),
    ] {
        let (got, answer) = post(&server, "/v1/traces", content_type, Some("gzip"), gzip(&body));
        assert_eq!(got, status, "{content_type}, {} bytes", body.len());
        assert!(answer.to_string().len() < 2 * vedette_model::limits::MESSAGE_BYTES, "{answer}");
    }
    let long = "x".repeat(8 * vedette_model::limits::MESSAGE_BYTES);
    let (status, answer) = post(&server, "/v1/traces", &long, None, vec![]);
    assert_eq!(status, 415);
    assert!(answer.to_string().len() < 2 * vedette_model::limits::MESSAGE_BYTES, "{answer}");
    let refused = server
        .request("POST", "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        .header("content-type", "application/grpc")
        .header("grpc-encoding", &long)
        .body(vec![1, 0, 0, 0, 0])
        .send()
        .unwrap();
    assert!(refused.headers()["grpc-message"].len() < 2 * vedette_model::limits::MESSAGE_BYTES);
    let peak = server.peak_memory_bytes();
    assert!(peak < 600 << 20, "{peak}");
}

/// Spans of one request of which some can be none.
fn mixed() -> Json {
    let span = |trace: &str, id: &str| json!({ "traceId": trace, "spanId": id, "name": "x", "startTimeUnixNano": "1769860800000000000", "endTimeUnixNano": 1769860801000000000_u64 });
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [
        span("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "00f067aa0ba902b7"),
        span("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "0000000000000000"),
        span("00000000000000000000000000000000", "00f067aa0ba902b8"),
    ]}]}]})
}

#[test]
fn what_is_no_span_is_refused_alone_and_named() {
    let server = Server::memory();
    let (status, body) = server.post("/v1/traces", &mixed());
    assert_eq!(status, 200);
    assert_eq!(body["partialSuccess"]["rejectedSpans"], "2");
    let message = body["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("spanId") || message.contains("span_id"), "{message}");
    assert_eq!(server.only_run()["span_count"], 1);
    assert_eq!(server.post("/v1/traces", &json!({ "resourceSpans": [] })), (200, json!({})));
}

#[test]
fn what_is_no_request_is_refused_whole_and_says_why() {
    let server = Server::memory();
    let large = vec![0; vedette_model::limits::BODY_BYTES + 1];
    let bomb = zstd::encode_all(vec![0; vedette_model::limits::BODY_DECOMPRESSED_BYTES + 1].as_slice(), 1).unwrap();
    let json = "application/json";
    for (content_type, encoding, body, status, said) in [
        (json, None, b"{".to_vec(), 400, "JSON"),
        (json, None, b"[]".to_vec(), 400, "an object"),
        (json, None, b"{\"resourceLogs\":[]}".to_vec(), 400, "resourceSpans"),
        (PROTOBUF, None, b"\xff\xff\xff".to_vec(), 400, "protobuf"),
        ("text/plain", None, b"x".to_vec(), 415, "application/x-protobuf"),
        (json, Some("br"), b"x".to_vec(), 415, "gzip"),
        (PROTOBUF, Some("gzip"), b"x".to_vec(), 400, "gzip"),
        (json, None, large, 413, "67108864 bytes"),
        (json, Some("zstd"), bomb, 413, "268435456 bytes"),
    ] {
        let (got, body) = post(&server, "/v1/traces", content_type, encoding, body);
        let message = if content_type == PROTOBUF { body.to_string() } else { body["message"].to_string() };
        assert_eq!(got, status, "{said}: {body}");
        assert!(message.contains(said), "{said} not in {message}");
    }
    assert_eq!(server.runs(), Vec::<Json>::new());
    assert_eq!(server.request("GET", "/v1/traces").send().unwrap().status(), 405);
}

#[test]
fn metrics_are_counted_and_logs_without_a_trace_are_not_kept() {
    let server = Server::memory();
    let metrics = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [{ "name": "m", "gauge": { "dataPoints": [{ "asInt": "1" }, { "asInt": "2" }] } }] }] }] });
    assert_eq!(server.post("/v1/metrics", &metrics).0, 200);
    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "timeUnixNano": "1769860800000000000", "body": { "stringValue": "hello" } }] }] }] });
    assert_eq!(server.post("/v1/logs", &logs), (200, json!({})));
    let text = server.request("GET", "/metrics").send().unwrap().text().unwrap();
    assert_eq!(server.read("/api/v1/status")["dropped_logs"], 1);
    assert!(text.contains("vedette_metric_points_total 2") && text.contains("vedette_stray_logs_total 1"), "{text}");
    assert_eq!(server.runs(), Vec::<Json>::new());
}

#[test]
fn content_in_log_records_joins_its_span_whichever_comes_first() {
    let requests = captured("otel-openai-v2-default");
    let logs_first: Vec<_> = requests
        .iter()
        .filter(|(signal, _)| *signal == "logs")
        .chain(requests.iter().filter(|(signal, _)| *signal == "traces"))
        .collect();
    let traces_first: Vec<_> = logs_first.iter().rev().copied().collect();
    let mut ends = Vec::new();
    for order in [logs_first, traces_first] {
        let server = Server::memory();
        for (signal, body) in order {
            assert_eq!(post(&server, &format!("/v1/{signal}"), PROTOBUF, None, body.clone()).0, 200);
        }
        let end = told(&server);
        let call = end.iter().flat_map(|(_, spans)| spans).find(|span| span["kind"] == "llm").unwrap();
        let whole = server.read(&format!(
            "/api/v1/runs/{}/spans/{}",
            call["run_id"].as_str().unwrap(),
            call["id"].as_str().unwrap()
        ));
        assert!(!whole["messages"].as_array().unwrap().is_empty(), "{whole}");
        ends.push(end);
    }
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn a_run_shows_what_its_log_records_say_and_is_found_by_it() {
    for (client, q, input, output) in [
        ("otel-openai-v2-default", "get_weather", None, Some("get_weather")),
        ("otel-botocore", "sunny in paris", Some("Weather? CALL:get_weather"), Some("It is 21 C and sunny in Paris.")),
        (
            "google-adk-native",
            "sunny in paris",
            Some("Weather? CALL:get_weather"),
            Some("It is 21 C and sunny in Paris."),
        ),
    ] {
        let server = Server::memory();
        for (signal, body) in captured(client).into_iter().rev() {
            assert_eq!(post(&server, &format!("/v1/{signal}"), PROTOBUF, None, body).0, 200);
        }
        let found = server.read(&format!("/api/v1/runs?q={}", q.replace(' ', "%20")));
        let found = found["runs"].as_array().unwrap();
        let shown: Vec<_> =
            found.iter().map(|run| (run["input_preview"].as_str(), run["output_preview"].as_str())).collect();
        assert!(shown.contains(&(input, output)), "{client}: {shown:?}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn export(url: &str, compression: Option<CompressionEncoding>, requests: &[Vec<u8>]) {
    runtime().block_on(async {
        let mut client = TraceServiceClient::connect(url.to_owned()).await.unwrap();
        if let Some(encoding) = compression {
            client = client.send_compressed(encoding).accept_compressed(encoding);
        }
        for body in requests {
            let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
            let response = client.export(request).await.unwrap();
            assert_eq!(response.metadata().get("vedette-capabilities").unwrap(), "open-spans");
            assert_eq!(response.into_inner().partial_success, None);
        }
    });
}

#[test]
fn grpc_is_served_on_the_same_address_in_every_compression() {
    let requests = traces_of("otel-genai-anthropic");
    let mut ends = Vec::new();
    for compression in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let server = Server::memory();
        export(&server.url, compression, &requests);
        ends.push(told(&server));
    }
    assert!(!ends[0].is_empty() && ends.iter().all(|end| *end == ends[0]));
}

#[test]
fn grpc_names_what_it_refuses() {
    let server = Server::memory();
    let mut request = ExportTraceServiceRequest::decode(traces_of("otel-genai-anthropic")[0].as_slice()).unwrap();
    request.resource_spans[0].scope_spans[0].spans[0].span_id = Vec::new();
    runtime().block_on(async {
        let mut traces = TraceServiceClient::connect(server.url.clone()).await.unwrap();
        let partial = traces.export(request).await.unwrap().into_inner().partial_success.unwrap();
        assert_eq!(partial.rejected_spans, 1, "{}", partial.error_message);
        let mut metrics = MetricsServiceClient::connect(server.url.clone()).await.unwrap();
        metrics.export(ExportMetricsServiceRequest::default()).await.unwrap();
        let mut logs = LogsServiceClient::connect(server.url.clone()).await.unwrap();
        logs.export(opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest::default())
            .await
            .unwrap();
    });
}

#[test]
fn grpc_asks_for_a_key_and_tells_when_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let key = crate::server::run(&["keys", "create", "--data", data]);
    let server = Server::start(&["--data", data, "--events-per-month", "default=0"]);
    let request = ExportTraceServiceRequest::decode(traces_of("otel-genai-anthropic")[0].as_slice()).unwrap();
    runtime().block_on(async {
        let mut client = TraceServiceClient::connect(server.url.clone()).await.unwrap();
        let refused = client.export(request.clone()).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
        let mut with_key = tonic::Request::new(request);
        with_key.metadata_mut().insert("authorization", format!("Bearer {}", key.trim()).parse().unwrap());
        let refused = client.export(with_key).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        let details = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(details.contains("google.rpc.RetryInfo"), "{details}");
    });
}

#[test]
fn answers_name_what_our_sdks_may_use() {
    let server = Server::memory();
    let response = server.request("POST", "/v1/traces").header("content-type", PROTOBUF).send().unwrap();
    assert_eq!(response.headers()["vedette-capabilities"], "open-spans");
    assert_eq!(
        pick(&json!({ "type": response.headers()["content-type"].to_str().unwrap() }), &["type"]),
        json!({ "type": PROTOBUF })
    );
}
