//! The API's document is served, what it says is there, and its examples are taken.

use crate::server::{Server, answer};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Where something answers besides the API: the page of uploaded files.
const PAGES: [&str; 1] = ["get /traces"];

fn operations(document: &Json) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|key| METHODS.contains(&key.as_str()));
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect()
}

#[test]
fn every_route_is_documented_and_every_documented_route_is_there() {
    let server = Server::memory();
    let documented = operations(&server.read("/api/openapi.json"));
    assert!(documented.len() >= 75, "{}", documented.len());
    let paths: BTreeSet<&str> = documented.iter().filter_map(|operation| Some(operation.split_once(' ')?.1)).collect();
    for (path, method) in paths.into_iter().flat_map(|path| METHODS.map(|method| (path, method))) {
        let operation = format!("{method} {path}");
        if !documented.contains(&operation) && !PAGES.contains(&operation.as_str()) {
            let path = path.replace(['{', '}'], "");
            let status = server.request(&method.to_uppercase(), &path).send().unwrap().status();
            assert_eq!(status, 405, "{operation} is served and not documented");
        }
    }
    for operation in &documented {
        let (method, path) = operation.split_once(' ').unwrap();
        let path = path.replace(['{', '}'], "");
        let response = server.request(&method.to_uppercase(), &path).send().unwrap();
        // A stream has no end.
        let (status, body) =
            if path == "/traces/stream" { (response.status().as_u16(), Json::Null) } else { answer(response) };
        assert!(
            status != 405 && !body["message"].as_str().unwrap_or_default().starts_with("no such path"),
            "{operation}: {status} {body}"
        );
    }
}

#[test]
fn every_example_of_a_door_is_taken() {
    let server = Server::memory();
    let document = server.read("/api/openapi.json");
    let mut posted = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = schema.as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
        let Some(example) = schema.and_then(|schema| schema.get("example")) else { continue };
        let path = path.replace("{id}", "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6");
        let (status, body) = server.post(&path, example);
        assert!([200, 202].contains(&status), "{path}: {status} {body}");
        assert!(body["rejected"].as_array().is_none_or(Vec::is_empty), "{path}: {body}");
        posted += 1;
    }
    assert_eq!(posted, 7);
}
