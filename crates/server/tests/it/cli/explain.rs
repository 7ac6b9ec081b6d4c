//! `explain`: the figures of all 49 captured clients, and what it says of a span.

use super::{fixture, printed};
use serde_json::{Map, Value as Json};
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
    let call = json.as_array().unwrap().iter().find(|row| row["span"]["kind"] == "llm").unwrap();
    let model = call["filled_by"].as_array().unwrap().iter().find(|by| by["field"] == "request_model").unwrap();
    assert_eq!(model["key"], "gen_ai.request.model");
    assert_eq!(call["mark"]["counted"], true);
    assert_eq!(call["content"]["messages"][0]["role"], "system");
}
