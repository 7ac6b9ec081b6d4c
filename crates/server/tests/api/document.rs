//! The API's document is served, what it says is there, and its examples are taken.

use crate::server::{Server, answer};
use serde_json::{Value as Json, json};
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

/// What of a value the document does not say, with its place.
fn misfits(document: &Json, schema: &Json, value: &Json, place: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is nowhere"));
        return misfits(document, schema, value, place, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        misfits(document, part, value, place, found);
    }
    if let Some(forms) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let fits = |form: &&Json| {
            let mut found = Vec::new();
            misfits(document, form, value, place, &mut found);
            found.is_empty()
        };
        if !forms.iter().any(|form| fits(&form)) {
            found.push(format!("{place} is of none of its forms: {value}"));
        }
        return;
    }
    let kind = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let is_kind = |wanted: &Json| wanted.is_null() || wanted == kind || wanted == "number" && kind == "integer";
    if !kinds.iter().any(is_kind) {
        found.push(format!("{place} is no {kinds:?}: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if value.is_object() && value.get(name).is_none() {
            found.push(format!("{place}.{name} is missing"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        if let Some(schema) = schema["properties"].get(name) {
            misfits(document, schema, value, &format!("{place}.{name}"), found);
        }
    }
    for one in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
        misfits(document, &schema["items"], one, &format!("{place}[]"), found);
    }
}

#[test]
fn every_answer_has_the_shape_that_the_document_says() {
    let server = Server::memory();
    let document = server.read("/api/openapi.json");
    let attributes = json!([
        { "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } },
        { "key": "gen_ai.agent.name", "value": { "stringValue": "bot" } },
        { "key": "gen_ai.conversation.id", "value": { "stringValue": "talk" } },
    ]);
    let span = json!({
        "traceId": "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "spanId": "018f3a2b9c1d7e8f", "name": "chat",
        "startTimeUnixNano": "1749427200000000000", "endTimeUnixNano": "1749427201000000000", "attributes": attributes,
    });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] });
    assert_eq!(server.post("/v1/traces", &body).0, 200);
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        // A door, and what there is none of here.
        let absent =
            ["/v1/ping", "/api/v1/heartbeats/{agent}", "/api/v1/incidents/{id}", "/api/v1/incidents/{id}/runs"];
        if schema.is_null() || absent.contains(&path.as_str()) {
            continue;
        }
        let id = if path.contains("/sessions/") { "talk" } else { "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6" };
        let mut address = path.replace("{id}", id).replace("{name}", "bot").replace("{span_id}", "018f3a2b9c1d7e8f");
        if path.ends_with("/compare") {
            address += "?a=bot&b=bot";
        }
        let mut found = Vec::new();
        misfits(&document, schema, &server.read(&address), "", &mut found);
        assert_eq!(found, [""; 0], "{address}");
        asked += 1;
    }
    assert!(asked >= 30, "{asked}");
}

#[test]
fn an_error_is_documented_wherever_there_may_be_one() {
    let document = Server::memory().read("/api/openapi.json");
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| *path != "/v1/ping") {
        for (method, operation) in item.as_object().unwrap() {
            let shape = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(shape, "#/components/schemas/ErrorBody", "{method} {path}");
        }
    }
}
