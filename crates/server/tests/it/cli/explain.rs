//! `explain`: the figures of all 49 captured clients, and what it says of a span.

use super::{ended, fixture, printed};
use crate::server::Server;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn clients() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(fixture("otlp")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("expected.json").exists());
    folders.sort();
    folders
}

#[test]
fn the_summary_of_each_captured_client_is_what_is_expected() {
    let corrected: Vec<Json> = serde_json::from_slice(&fs::read(fixture("corrected.json")).unwrap()).unwrap();
    let clients = clients();
    assert_eq!(clients.len(), 49);
    let (mut wrong, mut keys, mut printed_keys) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for folder in &clients {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let expected: Map<String, Json> =
            serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let printed: Map<String, Json> =
            serde_json::from_str(&printed(Path::new("/"), &["explain", "--summary", folder.to_str().unwrap()]))
                .unwrap();
        keys.extend(expected.keys().cloned());
        printed_keys.insert(printed.keys().cloned().collect());
        for (key, expected) in &expected {
            let right =
                corrected.iter().find(|row| row["client"] == name && row["key"] == **key).map(|row| &row["right"]);
            let (is, expected) = (&printed[key], right.unwrap_or(expected));
            // Content that comes in log records is more than was counted when these were made.
            let more_is_better = matches!(&**key, "model_calls_with_input" | "model_calls_with_output");
            if is != expected && !(more_is_better && is.as_u64() > expected.as_u64()) {
                wrong.push(format!("{name}: {key} is {is}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(printed_keys, BTreeSet::from([keys]), "each prints exactly the keys that there are");
}

#[test]
fn files_and_folders_are_one_account() {
    let of = |paths: &[&Path]| -> Json {
        let mut arguments = vec!["explain", "--summary"];
        arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
        serde_json::from_str(&printed(Path::new("/"), &arguments)).unwrap()
    };
    let (strands, mlflow) = (fixture("otlp/strands"), fixture("otlp/mlflow"));
    let (one, other, both) = (of(&[&strands]), of(&[&mlflow]), of(&[&strands, &mlflow.join("001.pb")]));
    for key in ["spans", "traces", "model_calls", "input_tokens", "error_spans"] {
        let sum = one[key].as_u64().unwrap() + other[key].as_u64().unwrap();
        assert_eq!(both[key], sum, "{key}");
    }
    // The same twice is the same.
    assert_eq!(of(&[&strands, &strands.join("001.pb")]), one);
}

#[test]
fn a_span_is_explained_field_by_field() {
    let strands = fixture("otlp/strands/001.pb");
    insta::assert_snapshot!(printed(Path::new("/"), &["explain", strands.to_str().unwrap()]));
    let json: Json =
        serde_json::from_str(&printed(Path::new("/"), &["explain", "--json", strands.to_str().unwrap()])).unwrap();
    let call = json.as_array().unwrap().iter().find(|row| row["kind"] == "llm").unwrap();
    assert_eq!(call["filled_by"]["request_model"]["key"], "gen_ai.request.model");
    assert_eq!(call["counted"], true);
    assert_eq!(call["messages"][0]["role"], "system");
    // As the API answers it.
    let server = Server::memory();
    server
        .request("POST", "/v1/traces")
        .header("content-type", "application/x-protobuf")
        .body(fs::read(&strands).unwrap())
        .send()
        .unwrap();
    let path = format!("/api/v1/runs/{}/spans/{}", call["run_id"].as_str().unwrap(), call["id"].as_str().unwrap());
    assert_eq!(*call, server.read(&path));
}

#[test]
fn lines_of_a_studio_are_explained_as_they_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.jsonl");
    let line = json!({ "event_type": "llm_call_end", "agent_name": "formatter", "workflow": "main", "run_id": "run-174",
        "provider": "anthropic", "model": "claude-haiku-3-5-20241022", "input_tokens": 145, "output_tokens": 80,
        "duration_ms": 700, "cost_estimate": 0.00051, "timestamp": "2025-06-09T14:32:01.400Z" });
    fs::write(&file, format!("{line}\nnonsense\n")).unwrap();
    let (said, complained, code) = ended(folder.path(), &["explain", "--json", "runs.jsonl"]);
    let spans: Json = serde_json::from_str(&said).unwrap();
    assert_eq!((spans.as_array().unwrap().len(), code), (1, 0), "{complained}");
    let span = &spans[0];
    assert_eq!((&span["model"], &span["cost_usd"]), (&json!("claude-haiku-3-5-20241022"), &json!("0.00051")));
    assert!(complained.starts_with("runs.jsonl:2: passed over: "), "{complained}");
}
