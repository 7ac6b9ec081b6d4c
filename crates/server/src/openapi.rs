//! The API's document, generated from its handlers: served at `/api/openapi.json`, browsable at
//! `/api/docs`, kept in the repository as `schema/openapi.json`.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};

/// What the document says of the whole; paths come from [`crate::router`].
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vedette",
        description = "Runs of AI agents: what they did, what it cost, where they broke. Money is a decimal string in US dollars, time ISO 8601 in UTC, durations milliseconds; unknown is null. A GET below /api/v1 answers with the header vedette-sequence, after which GET /traces/stream?after= goes on.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "runs", description = "What agents did"),
        (name = "spans", description = "The steps of a run"),
        (name = "stats", description = "Figures of any selection of runs"),
        (name = "agents", description = "Figures by agent"),
        (name = "sessions", description = "Conversations across runs"),
        (name = "tools", description = "What agents reach for"),
        (name = "costs", description = "What it cost"),
        (name = "scores", description = "Judgements"),
        (name = "sql", description = "Free questions"),
        (name = "prices", description = "The account's own prices"),
        (name = "status", description = "The server itself"),
        (name = "incidents", description = "Failures of one kind over many runs"),
        (name = "alerts", description = "Rules, and whether they fire"),
        (name = "heartbeats", description = "When runs are expected, and whether they came"),
        (name = "checks", description = "What is asked of finished runs"),
        (name = "notices", description = "What was told"),
        (name = "accounts", description = "Tenants; for commands on the server's own machine"),
        (name = "channels", description = "Where notices go"),
        (name = "deliveries", description = "What was told, attempt by attempt"),
        (name = "keys", description = "Who may do what"),
        (name = "files", description = "Files of traces"),
        (name = "OTLP", description = "OpenTelemetry over HTTP; over gRPC on the same addresses"),
        (name = "runs API", description = "A run told step by step"),
        (name = "batch API", description = "Whole traces at once")
    )
)]
struct Whole;

/// The document.
#[must_use]
pub fn document() -> Document {
    let mut document = Whole::openapi();
    document.merge(crate::router::api().into_openapi());
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(|operation| {
            name(operation);
            // A ping's errors are lines of text.
            if path != "/v1/ping" {
                may_fail(operation);
            }
        });
    }
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().add_security_scheme("key", bearer);
    // A server without keys asks for none.
    document.security = Some(vec![SecurityRequirement::new("key", [""; 0]), SecurityRequirement::default()]);
    document
}

/// What any operation may answer besides its own: no key, one without the scope, a body of another shape, a full disk.
fn may_fail(operation: &mut Operation) {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    let response = ResponseBuilder::new().description("Any other error").content("application/json", body).build();
    operation.responses.responses.entry("default".to_owned()).or_insert(response.into());
}

/// Handlers are called `list` and `get` on every resource; clients need one name for each.
fn name(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    operation.operation_id = tag
        .zip(operation.operation_id.as_ref())
        .map(|(tag, id)| format!("{}_{id}", tag.replace(' ', "_").to_lowercase()));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_kept_document_is_the_one_that_is_served() {
        let kept: serde_json::Value = serde_json::from_str(include_str!("../../../schema/openapi.json")).expect("JSON");
        let served = serde_json::to_value(super::document()).expect("the document is JSON");
        assert!(kept == served, "schema/openapi.json is stale: run `make gen`");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(super::document()).expect("the document is JSON");
        let paths = document["paths"].as_object().expect("paths");
        let names: Vec<&str> = paths
            .values()
            .flat_map(|item| item.as_object().expect("operations").values())
            .filter_map(|operation| operation["operationId"].as_str())
            .collect();
        assert!(names.len() >= 20, "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
