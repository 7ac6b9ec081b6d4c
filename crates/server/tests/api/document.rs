//! The API's document is served, what it says is there, and its examples are taken.

use crate::server::{Server, answer};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const ROUTES: [&str; 65] = [
    "get /api/v1/runs",
    "get /api/v1/runs/facets",
    "get /api/v1/runs/{id}",
    "patch /api/v1/runs/{id}",
    "delete /api/v1/runs/{id}",
    "get /api/v1/runs/{id}/export",
    "get /api/v1/runs/{id}/spans",
    "get /api/v1/runs/{id}/spans/{span_id}",
    "get /api/v1/agents",
    "get /api/v1/agents/{name}",
    "delete /api/v1/agents/{name}",
    "get /api/v1/agents/{name}/stats",
    "get /api/v1/agents/{name}/runs",
    "get /api/v1/compare",
    "get /api/v1/stats",
    "get /api/v1/sessions",
    "get /api/v1/sessions/{id}",
    "get /api/v1/tools",
    "get /api/v1/costs",
    "post /api/v1/scores",
    "post /api/v1/sql",
    "get /api/v1/prices",
    "put /api/v1/prices",
    "post /api/v1/prices/reprice",
    "get /api/v1/status",
    "post /traces",
    "get /traces/stream",
    "post /v1/traces",
    "post /v1/logs",
    "post /v1/metrics",
    "post /v1/runs",
    "post /v1/runs/{id}/events",
    "post /v1/runs/{id}/finish",
    "post /v1/heartbeats",
    "get /v1/ping",
    "post /api/v1/traces/batch",
    "post /api/v1/record",
    "post /api/public/scores",
    "post /api/v1/login",
    "post /api/v1/logout",
    "get /me/api-keys/ping/",
    "get /healthz",
    "get /readyz",
    "get /metrics",
    "get /api/v1/accounts",
    "get /api/v1/runs/{id}/activity",
    "get /api/v1/incidents",
    "get /api/v1/incidents/{id}",
    "post /api/v1/incidents/{id}",
    "get /api/v1/incidents/{id}/runs",
    "get /api/v1/heartbeats/{agent}",
    "get /api/v1/alerts",
    "put /api/v1/alerts/{name}",
    "delete /api/v1/alerts/{name}",
    "post /api/v1/alerts/{name}/snooze",
    "post /api/v1/trials",
    "get /api/v1/heartbeats",
    "put /api/v1/heartbeats/{agent}",
    "delete /api/v1/heartbeats/{agent}",
    "get /api/v1/checks",
    "put /api/v1/checks/{name}",
    "delete /api/v1/checks/{name}",
    "get /api/v1/notices",
    "put /api/v1/settings",
    "post /api/v1/apply",
];

fn operations(document: &Json) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| ["get", "put", "post", "patch", "delete"].contains(&key.as_str()));
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect()
}

#[test]
fn every_route_is_documented_and_every_documented_route_is_there() {
    let server = Server::memory();
    let documented = operations(&server.read("/api/openapi.json"));
    let missing: Vec<&str> = ROUTES.into_iter().filter(|route| !documented.contains(*route)).collect();
    assert!(missing.is_empty(), "not documented: {missing:?}");
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
