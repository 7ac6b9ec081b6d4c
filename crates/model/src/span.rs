//! What a span means: the normalizer's answer for one raw span.

use crate::{Cost, Kind, RunFacts, RunKey, SpanKey, Status, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// An error: what kind, and what it said (first line, trace-back cut off).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// Such as `openai.RateLimitError`.
    #[serde(rename = "type")]
    pub kind: Option<Arc<str>>,
    /// For people.
    pub message: Option<Arc<str>>,
}

/// A conversation that runs belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    /// The sender's id.
    pub id: Arc<str>,
    /// For people.
    pub name: Option<Arc<str>>,
    /// Whose it is.
    pub user_id: Option<Arc<str>>,
    /// A conversation id made anew for each run: an explicit session id beats it.
    pub weak: bool,
}

/// Which dialect and key filled a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilledBy {
    /// The field of [`Span`].
    pub field: &'static str,
    /// The dialect's name.
    pub dialect: &'static str,
    /// The attribute, event or rule it came from.
    pub key: Cow<'static, str>,
}

/// One span as Vedette understands it. Content is not here: see [`crate::Content`]. The embedded store's
/// log holds it in this order of fields: its layout is part of that format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The run.
    pub run: RunKey,
    /// Its key inside the run.
    pub id: SpanKey,
    /// The parent's key; `None` for a root.
    pub parent: Option<SpanKey>,
    /// What it is.
    pub kind: Kind,
    /// For people.
    pub name: Arc<str>,
    /// The agent it belongs to or is: set where the span itself says so.
    pub agent: Option<Arc<str>>,
    /// How it ended.
    pub status: Status,
    /// Sender's clock.
    pub start: Timestamp,
    /// Sender's clock; `None` while open.
    pub end: Option<Timestamp>,
    /// The instrumentation's name: copies of one call come from different scopes.
    pub scope: Arc<str>,
    /// `service.name` of the resource, unless it is a default such as `unknown_service:python`.
    pub service: Option<Arc<str>>,
    /// Normalized: `openai`, `anthropic`, `aws.bedrock`, ...
    pub provider: Option<Arc<str>>,
    /// Response model, else request model.
    pub model: Option<Arc<str>>,
    /// The model that was asked for.
    pub request_model: Option<Arc<str>>,
    /// The tool, on kind `tool`.
    pub tool: Option<Arc<str>>,
    /// Joins a tool span to the model's request for it.
    pub tool_call_id: Option<Arc<str>>,
    /// The provider's id of the answer; copies of one call share it.
    pub response_id: Option<Arc<str>>,
    /// Normalized as in [`crate::Message::finish_reason`].
    pub finish_reason: Option<Arc<str>>,
    /// Tokens as this span reports them, normalized to inclusive counts.
    pub usage: Option<Usage>,
    /// Tokens were counted by us or by the client, not by the provider.
    pub usage_estimated: bool,
    /// What it cost; `None` is unknown.
    pub cost: Option<Cost>,
    /// A model call with tokens or a model, whose price nobody knows.
    pub unpriced: bool,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Nanoseconds from start to the first token.
    pub first_token_ns: Option<i64>,
    /// First characters of what went in; on one line.
    pub input_preview: Option<Arc<str>>,
    /// First characters of what came out; on one line.
    pub output_preview: Option<Arc<str>>,
    /// Made of a log record: joins its parent span if that comes, else is a `log` event of the run.
    pub log_record: bool,
    /// Never a call of its own: carries copies of others' usage (agent sums, cost records, streaming logs).
    pub usage_is_copy: bool,
    /// Plumbing that pages fold away: HTTP posts, queue spans.
    pub noise: bool,
    /// The run that this span stands for in its parent's tree.
    pub child_run: Option<RunKey>,
    /// What it says of its run.
    pub facts: Option<Box<RunFacts>>,
    /// Level of a log (`debug info warn error`), type of an event.
    pub level: Option<Arc<str>>,
    /// Oddities found while reading, for people.
    #[serde(skip)]
    pub warnings: Vec<Cow<'static, str>>,
    /// Where each field came from.
    #[serde(skip)]
    pub filled_by: Vec<FilledBy>,
    /// Hash of the raw span as encoded: tells differing copies of one id apart.
    pub content_hash: u64,
}
