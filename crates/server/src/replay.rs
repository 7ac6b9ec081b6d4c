//! Model calls answered from a record, over HTTP, in the formats of OpenAI (chat completions, responses) and
//! Anthropic (messages), streamed or whole. No key, no cost, no other answer than the recorded one.
//!
//! The next call of the agent that asks is answered, or one whose messages are exactly those asked, where
//! several agents ask without saying who they are. A call that differs from its record is answered all the
//! same and says how: in the header `vedette-replay-differs` and to whoever listens. Knows no store: it is
//! given calls.

mod anthropic;
mod openai;
mod record;
mod responses;
mod said;

pub use record::{Call, Record, calls};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use record::Picked;
use said::Said;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vedette_model::limits;

/// Names the agent that asks, where several do.
const AGENT_HEADER: &str = "vedette-agent";
/// Says how a call differs from its record.
const DIFFERS_HEADER: &str = "vedette-replay-differs";

/// What the handlers share.
pub struct Replay {
    /// The calls.
    pub record: Record,
    /// Refuse a call that differs, instead of answering it.
    pub strict: bool,
    /// Told of each call that is asked for, one line each.
    pub listener: Box<dyn Fn(&str) + Send + Sync>,
}

/// Name and data.
type StreamEvent = (Option<&'static str>, String);

/// One provider's way of asking and answering.
#[derive(Clone, Copy)]
struct Format {
    /// What is asked: the messages, system first.
    asked: fn(&Json) -> Vec<Said>,
    /// A call as a whole answer; the number makes its ids.
    whole: fn(&Call, usize) -> Json,
    /// The same as events of a stream.
    stream: fn(&Call, usize, &Json) -> Vec<StreamEvent>,
    /// A refusal.
    refusal: fn(StatusCode, &str) -> Json,
}

/// Every address, also below `/agents/{agent}`, which names who asks.
pub fn router(replay: Arc<Replay>) -> Router {
    let mut router = Router::new();
    for (path, format) in [
        ("/v1/chat/completions", openai::FORMAT),
        ("/v1/responses", responses::FORMAT),
        ("/v1/messages", anthropic::FORMAT),
    ] {
        let short = path.trim_start_matches("/v1");
        for path in [path.to_owned(), short.to_owned()] {
            let unnamed = move |state, headers, body| answer(format, state, None, headers, body);
            let named = move |state, Path(agent): Path<String>, headers, body| {
                answer(format, state, Some(agent), headers, body)
            };
            router = router.route(&path, post(unnamed)).route(&format!("/agents/{{agent}}{path}"), post(named));
        }
    }
    router.route("/v1/models", get(models)).layer(DefaultBodyLimit::max(limits::BODY_BYTES)).with_state(replay)
}

async fn models(State(replay): State<Arc<Replay>>) -> axum::Json<Json> {
    let of = |model: &String| json!({ "id": model, "object": "model", "created": 0, "owned_by": "replay" });
    axum::Json(json!({ "object": "list", "data": replay.record.models().iter().map(of).collect::<Vec<_>>() }))
}

async fn answer(
    format: Format,
    State(replay): State<Arc<Replay>>,
    agent: Option<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(request) = serde_json::from_slice::<Json>(&body) else {
        return refuse(format, StatusCode::BAD_REQUEST, "the body is no JSON");
    };
    let agent = agent.or_else(|| headers.get(AGENT_HEADER)?.to_str().ok().map(str::to_owned));
    let asked = (format.asked)(&request);
    let model = request.get("model").and_then(Json::as_str).unwrap_or_default();
    let Picked { number, call, differences } = match replay.record.pick(agent.as_deref(), model, &asked, !replay.strict)
    {
        Ok(picked) => picked,
        Err(why) => {
            (replay.listener)(&why);
            return refuse(format, StatusCode::NOT_FOUND, &why);
        }
    };
    let who = call.agent.as_deref().map(|agent| format!(" of {agent}")).unwrap_or_default();
    let differs = differences.join("; ");
    if replay.strict && !differences.is_empty() {
        let why = format!("call {number}{who} differs from its record: {differs}");
        (replay.listener)(&why);
        return refuse(format, StatusCode::CONFLICT, &why);
    }
    (replay.listener)(&if differences.is_empty() {
        format!("call {number}{who}: as recorded")
    } else {
        format!("call {number}{who}: answered, but it differs: {differs}")
    });
    let mut response = if let Some(error) = &call.error {
        refuse(format, StatusCode::INTERNAL_SERVER_ERROR, error)
    } else if request.get("stream").and_then(Json::as_bool) == Some(true) {
        let events = (format.stream)(call, number, &request);
        let text: String = events
            .into_iter()
            .map(|(name, data)| match name {
                Some(name) => format!("event: {name}\ndata: {data}\n\n"),
                None => format!("data: {data}\n\n"),
            })
            .collect();
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from(text)).into_response()
    } else {
        axum::Json((format.whole)(call, number)).into_response()
    };
    if !differences.is_empty() {
        response.headers_mut().insert(DIFFERS_HEADER, header_text(&differs));
    }
    response
}

/// An error that a client does not ask again about: a second try would be answered as the next call.
fn refuse(format: Format, status: StatusCode, why: &str) -> Response {
    (status, [("x-should-retry", "false")], axum::Json((format.refusal)(status, why))).into_response()
}

/// Text as a header takes it: ASCII without control characters, of bounded length.
fn header_text(text: &str) -> HeaderValue {
    let plain: String = text
        .chars()
        .take(limits::REPLAY_DIFFERS_BYTES)
        .flat_map(char::escape_default)
        .take(limits::REPLAY_DIFFERS_BYTES)
        .collect();
    HeaderValue::from_str(&plain).unwrap_or_else(|_| HeaderValue::from_static("yes"))
}

/// A text in the pieces that a stream brings it in.
fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(40).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
