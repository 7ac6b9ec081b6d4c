//! The API's document, generated from its handlers: served at `/api/openapi.json`, browsable at
//! `/api/docs`, kept in the repository as `schema/openapi.json`.

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

/// What the document says of the whole; paths come from [`crate::router`].
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vedette",
        description = "Runs of AI agents: what they did, what it cost, where they broke. Money is a decimal string in US dollars, time ISO 8601 in UTC, durations milliseconds; unknown is null.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "runs", description = "What agents did"),
        (name = "spans", description = "The steps of a run"),
        (name = "agents", description = "Figures by agent"),
        (name = "sessions", description = "Conversations across runs"),
        (name = "tools", description = "What agents reach for"),
        (name = "costs", description = "What it cost"),
        (name = "scores", description = "Judgements"),
        (name = "sql", description = "Free questions"),
        (name = "prices", description = "The account's own prices"),
        (name = "status", description = "The server itself")
    )
)]
struct Whole;

/// The document.
#[must_use]
pub fn document() -> Document {
    let mut document = Whole::openapi();
    document.merge(crate::router::api().into_openapi());
    document
}
