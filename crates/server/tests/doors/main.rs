//! Everything that 49 real clients sent, by every door, encoding and compression, in any order and twice:
//! the same runs and spans, in memory and on disk.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "../it/server.rs"]
mod server;

mod logs_json;

use http_body_util::BodyExt;
use logs_json::logs_to_json;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::Value as Json;
use server::{Server, answer, eventually, run};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use vedette_otlp::{traces_from_json, traces_from_protobuf, traces_to_json, traces_to_protobuf};

/// One request as a client sent it.
#[derive(Clone)]
struct Request {
    path: PathBuf,
    signal: &'static str,
    is_json: bool,
    body: Vec<u8>,
}

/// All of them, client by client, in the order sent.
fn captured() -> Vec<Request> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let mut paths: Vec<PathBuf> = files_of(&folder).iter().flat_map(|client| files_of(client)).collect();
    paths.sort();
    paths.iter().filter_map(|path| request(path)).collect()
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

fn request(path: &Path) -> Option<Request> {
    let name = path.file_name()?.to_str()?;
    let is_json = name.ends_with(".raw.json");
    let stem = name.strip_suffix(".raw.json").or_else(|| name.strip_suffix(".pb"))?;
    let signal = match stem {
        stem if stem.ends_with(".logs") => "logs",
        stem if stem.ends_with(".metrics") => "metrics",
        _ => "traces",
    };
    Some(Request { path: path.to_owned(), signal, is_json, body: std::fs::read(path).unwrap() })
}

/// How a request travels.
#[derive(Clone, Copy, Debug)]
enum Door {
    AsCaptured,
    Compressed(&'static str),
    Chunked,
    Json,
    Grpc,
    /// `POST /traces`
    Upload,
    /// `vedette import`, while a server runs on the folder, or none.
    Import {
        served: bool,
    },
}

struct Delivery {
    door: Door,
    on_disk: bool,
    /// Shuffles, and sends everything twice.
    shuffled: Option<u64>,
}

const fn delivery(door: Door, on_disk: bool, shuffled: Option<u64>) -> Delivery {
    Delivery { door, on_disk, shuffled }
}

const DELIVERIES: [Delivery; 13] = [
    delivery(Door::AsCaptured, true, None),
    delivery(Door::AsCaptured, false, Some(1)),
    delivery(Door::AsCaptured, true, Some(2)),
    delivery(Door::Compressed("gzip"), false, Some(3)),
    delivery(Door::Compressed("zstd"), true, Some(4)),
    delivery(Door::Compressed("deflate"), false, Some(5)),
    delivery(Door::Chunked, false, Some(6)),
    delivery(Door::Json, true, Some(7)),
    delivery(Door::Grpc, false, Some(8)),
    delivery(Door::Grpc, true, Some(9)),
    delivery(Door::Upload, false, Some(10)),
    delivery(Door::Import { served: true }, true, Some(11)),
    delivery(Door::Import { served: false }, true, Some(12)),
];

fn compressed(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        _ => zstd::encode_all(body, 1).unwrap(),
    }
}

/// A tonic client over plain HTTP/2.
type Wire = tower::util::BoxCloneService<
    axum::http::Request<tonic::body::Body>,
    axum::http::Response<reqwest::Body>,
    reqwest::Error,
>;

fn wire() -> Wire {
    let http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    tower::util::BoxCloneService::new(tower::service_fn(move |request: axum::http::Request<tonic::body::Body>| {
        let http = http.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let request = reqwest::Request::try_from(axum::http::Request::from_parts(head, body))?;
            Ok(http.execute(request).await?.into())
        }
    }))
}

fn by_grpc(runtime: &Runtime, server: &Server, request: &Request) {
    let origin = server.url.parse().unwrap();
    let spans = || if request.is_json { traces_from_json(&request.body) } else { traces_from_protobuf(&request.body) };
    runtime.block_on(async {
        if request.signal == "logs" {
            let message = ExportLogsServiceRequest::decode(request.body.as_slice()).unwrap();
            let answer = LogsServiceClient::with_origin(wire(), origin).export(message).await.unwrap();
            assert_eq!(answer.into_inner().partial_success, None);
        } else {
            let body = if request.is_json { traces_to_protobuf(&spans().unwrap().spans) } else { request.body.clone() };
            let message = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
            let answer = TraceServiceClient::with_origin(wire(), origin).export(message).await.unwrap();
            assert_eq!(answer.into_inner().partial_success, None);
        }
    });
}

fn by_http(door: Door, server: &Server, request: &Request) {
    let Request { signal, is_json, body, .. } = request.clone();
    let becomes_json = matches!(door, Door::Json) && !is_json;
    let body = match signal {
        "logs" if becomes_json => logs_to_json(&body),
        _ if becomes_json => serde_json::to_vec(&traces_to_json(&traces_from_protobuf(&body).unwrap().spans)).unwrap(),
        _ => body,
    };
    let content_type = if is_json || becomes_json { "application/json" } else { "application/x-protobuf" };
    let post = server.request("POST", &format!("/v1/{signal}")).header("content-type", content_type);
    let post = match door {
        Door::Compressed(encoding) => post.header("content-encoding", encoding).body(compressed(encoding, &body)),
        Door::Chunked => post.body(reqwest::blocking::Body::new(std::io::Cursor::new(body))),
        _ => post.body(body),
    };
    let (status, said) = answer(post.send().unwrap());
    assert_eq!(status, 200, "{signal} by {door:?}: {said}");
    assert!(said.get("partialSuccess").is_none(), "{said}");
}

fn by_upload(server: &Server, request: &Request) {
    let (status, said) = answer(server.request("POST", "/traces").body(request.body.clone()).send().unwrap());
    assert_eq!((status, &said["skipped_count"]), (200, &Json::from(0)), "{said}");
}

/// The files as they were captured; who owns the folder takes them in. Ends with 2 if anything was passed over.
fn by_import(folder: &str, requests: &[Request]) {
    let files = requests.iter().map(|request| request.path.to_str().unwrap());
    run(&["import", "--data", folder].into_iter().chain(files).collect::<Vec<_>>());
}

/// All runs and spans with their content, without the server's clock.
fn told(server: &Server) -> BTreeMap<String, Json> {
    let runs = eventually(|| Some(server.runs()).filter(|runs| runs.iter().all(|run| run["status"] != "running")));
    let mut told = BTreeMap::new();
    for mut run in runs {
        run.as_object_mut().unwrap().remove("received_at");
        let id = run["id"].as_str().unwrap().to_owned();
        for span in server.spans(&id) {
            let span = span["id"].as_str().unwrap();
            told.insert(format!("{id}/{span}"), server.read(&format!("/api/v1/runs/{id}/spans/{span}")));
        }
        told.insert(id, run);
    }
    told
}

#[test]
fn every_door_order_and_repeat_leaves_the_same_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let captured: Vec<Request> = captured().into_iter().filter(|request| request.signal != "metrics").collect();
    assert!(captured.len() >= 49, "{} requests", captured.len());
    let mut expected: Option<BTreeMap<String, Json>> = None;
    for Delivery { door, on_disk, shuffled } in DELIVERIES {
        let folder = tempfile::tempdir().unwrap();
        let mut requests = captured.clone();
        if let Some(seed) = shuffled {
            requests.extend(captured.clone());
            requests.shuffle(&mut StdRng::seed_from_u64(seed));
        }
        let place = folder.path().to_str().unwrap();
        if matches!(door, Door::Import { served: false }) {
            by_import(place, &requests);
        }
        let placed: &[&str] = if on_disk { &["--data", place] } else { &["--memory"] };
        let server = Server::start(&[placed, &["--settle", "2s"]].concat());
        match door {
            Door::Import { served: true } => by_import(place, &requests),
            Door::Import { served: false } => {}
            Door::Upload => requests.iter().for_each(|request| by_upload(&server, request)),
            Door::Grpc => requests.iter().for_each(|request| by_grpc(&runtime, &server, request)),
            door => requests.iter().for_each(|request| by_http(door, &server, request)),
        }
        let said = told(&server);
        let Some(expected) = &expected else {
            assert!(said.len() > 500, "{} runs and spans", said.len());
            expected = Some(said);
            continue;
        };
        let context = format!("by {door:?}, on disk: {on_disk}, seed {shuffled:?}");
        assert_eq!(said.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}");
        for (id, said) in &said {
            assert_eq!(said, &expected[id], "{id} {context}");
        }
    }
}
