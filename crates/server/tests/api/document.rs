//! The API's document is served, and what it says is there. The doors for telemetry are not in it: their
//! contracts are those of the clients they are for.

use crate::server::{Server, answer};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const ROUTES: [&str; 24] = [
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
    "get /api/v1/sessions",
    "get /api/v1/sessions/{id}",
    "get /api/v1/tools",
    "get /api/v1/costs",
    "post /api/v1/scores",
    "post /api/v1/sql",
    "get /api/v1/prices",
    "put /api/v1/prices",
    "get /api/v1/status",
    "post /traces",
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
        let (status, body) = answer(server.request(&method.to_uppercase(), &path).send().unwrap());
        assert!(
            status != 405 && !body["message"].as_str().unwrap_or_default().starts_with("no such path"),
            "{operation}: {status} {body}"
        );
    }
}
