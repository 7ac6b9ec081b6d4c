//! Runs and spans as JSON: the shapes that the API, the stream and the command line share.
//! Unknown is null, money a decimal string, time ISO 8601 in UTC.

use crate::config::Region;
use crate::native::root_key;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{CostSource, Failure, Kind, NanoUsd, Run, RunKey, RunKind, Status, Timestamp, Usage, duration_ms};
use vedette_store::{RunRow, SpanRow};

/// Tokens; `input` includes the cache, `output` includes reasoning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokensView {
    /// All of the prompt.
    pub input: Option<u64>,
    /// All that was generated.
    pub output: Option<u64>,
    /// The part of `input` read from the provider's cache.
    pub cache_read: Option<u64>,
    /// The part of `input` written to it.
    pub cache_write: Option<u64>,
    /// The part of `output` that was reasoning.
    pub reasoning: Option<u64>,
    /// Input plus output.
    pub total: Option<u64>,
}

impl From<&Usage> for TokensView {
    fn from(usage: &Usage) -> Self {
        TokensView {
            input: usage.input,
            output: usage.output,
            cache_read: usage.cache_read,
            cache_write: usage.cache_write,
            reasoning: usage.reasoning,
            total: usage.total(),
        }
    }
}

/// Why something failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailureView {
    /// Such as `openai.RateLimitError`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// For people.
    pub message: Option<String>,
}

fn text(value: &Option<Arc<str>>) -> Option<String> {
    value.as_deref().map(str::to_owned)
}

fn texts<'a>(values: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        FailureView { kind: text(&failure.kind), message: text(&failure.message) }
    }
}

/// The conversation a run belongs to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionRefView {
    /// The sender's id.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// Whose it is.
    pub user_id: Option<String>,
}

/// One run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunView {
    /// The sender's own spelling, else `run_<region>_<trace id>`.
    pub id: String,
    /// 32 hex digits: the same whatever the spelling of `id`.
    pub trace_id: String,
    /// The sender's own spelling, where it was foreign.
    pub external_id: Option<String>,
    /// The one agent it counts for.
    pub agent: Option<String>,
    /// Every agent seen in it.
    pub agents: Vec<String>,
    /// The topmost span's name.
    pub name: String,
    /// `run`, `record`, `heartbeat` or `trace`.
    #[schema(value_type = String)]
    pub kind: RunKind,
    /// The agent's version.
    pub version: Option<String>,
    /// `running`, `success`, `failed`, `timeout` or `cancelled`: how execution ended.
    #[schema(value_type = String)]
    pub status: Status,
    /// The end is presumed, after silence.
    pub presumed: bool,
    /// Whether it did its job.
    pub success: Option<bool>,
    /// How it went, in a word.
    pub outcome: Option<String>,
    /// Sender's clock.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Sender's clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Null while it runs.
    pub duration_ms: Option<f64>,
    /// The conversation.
    pub session: Option<SessionRefView>,
    /// The end user.
    pub user_id: Option<String>,
    /// The customer it was for.
    pub customer_id: Option<String>,
    /// The feature it was for.
    pub feature: Option<String>,
    /// The workflow.
    pub workflow: Option<String>,
    /// The pattern.
    pub pattern: Option<String>,
    /// The run above it.
    pub parent_run_id: Option<String>,
    /// The topmost run above it; itself if it is that.
    pub root_run_id: String,
    /// The runs below it.
    pub child_run_ids: Vec<String>,
    /// All its calls are copies of that run's.
    pub duplicate_of_run: Option<String>,
    /// `production`, ...
    pub environment: Option<String>,
    /// Each once.
    pub tags: Vec<String>,
    /// Flat.
    pub metadata: BTreeMap<String, String>,
    /// Spans with a duration.
    pub span_count: u64,
    /// Point events.
    pub event_count: u64,
    /// Model calls, copies not counted.
    pub model_calls: u64,
    /// Tool executions, copies not counted.
    pub tool_calls: u64,
    /// Failed spans, copies not counted.
    pub error_count: u64,
    /// Spans that came twice with different content.
    pub conflicting_spans: u64,
    /// Descendants that failed or timed out.
    pub failed_children: u64,
    /// Why it failed.
    pub error: Option<FailureView>,
    /// Of its own spans.
    pub tokens: TokensView,
    /// Of its own spans; null if nothing could be priced.
    #[schema(value_type = Option<String>)]
    pub cost_usd: Option<NanoUsd>,
    /// `reported`, `override` or `computed`, if all costs have the same source.
    #[schema(value_type = Option<String>)]
    pub cost_source: Option<CostSource>,
    /// Models whose calls could not be priced.
    pub unpriced_models: Vec<String>,
    /// Its cost and its descendants'.
    #[schema(value_type = Option<String>)]
    pub tree_cost_usd: Option<NanoUsd>,
    /// Its tokens and its descendants'.
    pub tree_tokens: TokensView,
    /// Models it called.
    pub models: Vec<String>,
    /// First characters of what went in.
    pub input_preview: Option<String>,
    /// First characters of what came out.
    pub output_preview: Option<String>,
}

/// How answers spell a run: as its sender did, else canonically.
#[must_use]
pub fn run_id(run: &Run, region: Region) -> String {
    run.external_id.as_ref().map_or_else(|| run.key.canonical(region.as_str()), |id| id.to_string())
}

impl RunView {
    /// `region` spells the ids that the server makes.
    #[must_use]
    pub fn of(row: &RunRow, region: Region) -> Self {
        let run = &row.run;
        let id = run_id(run, region);
        let spell = |key: RunKey| if key == run.key { id.clone() } else { key.canonical(region.as_str()) };
        RunView {
            trace_id: run.key.to_string(),
            external_id: text(&run.external_id),
            agent: text(&run.agent),
            agents: texts(&run.agents),
            name: run.name.to_string(),
            kind: run.kind,
            version: text(&run.version),
            status: run.status,
            presumed: run.presumed,
            success: run.success,
            outcome: text(&run.outcome),
            started_at: run.started_at,
            finished_at: run.finished_at,
            received_at: run.received_at,
            duration_ms: run.finished_at.map(|end| duration_ms(run.started_at, end)),
            session: run.session.as_ref().map(|session| SessionRefView {
                id: session.id.to_string(),
                name: text(&session.name),
                user_id: text(&session.user_id),
            }),
            user_id: text(&run.user_id),
            customer_id: text(&run.customer_id),
            feature: text(&run.feature),
            workflow: text(&run.workflow),
            pattern: text(&run.pattern),
            parent_run_id: run.parent.map(spell),
            root_run_id: spell(row.root),
            child_run_ids: row.children.iter().copied().map(spell).collect(),
            duplicate_of_run: run.duplicate_of.map(spell),
            environment: text(&run.environment),
            tags: texts(&run.tags),
            metadata: run.metadata.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            span_count: run.span_count,
            event_count: run.event_count,
            model_calls: run.model_calls,
            tool_calls: run.tool_calls,
            error_count: run.error_count,
            conflicting_spans: run.conflicting_spans,
            failed_children: row.failed_children,
            error: run.failure.as_ref().map(FailureView::from),
            tokens: TokensView::from(&run.usage),
            cost_usd: run.cost,
            cost_source: run.cost_source(),
            unpriced_models: texts(&run.unpriced_models),
            tree_cost_usd: row.tree_cost,
            tree_tokens: TokensView::from(&row.tree_usage),
            models: texts(run.by_model.keys()),
            input_preview: text(&run.input_preview),
            output_preview: text(&run.output_preview),
            id,
        }
    }
}

/// One span or point event, without bodies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpanView {
    /// 16 hex digits.
    pub id: String,
    /// As in [`RunView::id`].
    pub run_id: String,
    /// As in [`RunView::trace_id`]: the stream does not know a run's foreign spelling.
    pub trace_id: String,
    /// Null for a root and for what stands on top of a run without a root; may name a span that never came.
    pub parent_id: Option<String>,
    /// `agent llm embedding tool retriever reranker guardrail evaluator workflow db http custom`, or for a point
    /// event `log decision event`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// For people.
    pub name: String,
    /// The agent it belongs to or is.
    pub agent: Option<String>,
    /// `running`, `success`, `failed`, `timeout` or `cancelled`.
    #[schema(value_type = String)]
    pub status: Status,
    /// Sender's clock.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Sender's clock; null while open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Null while open, and for a point event.
    pub duration_ms: Option<f64>,
    /// From its start to the first token.
    pub first_token_ms: Option<f64>,
    /// `openai`, `anthropic`, `aws.bedrock`, ...
    pub provider: Option<String>,
    /// The model that answered, else the one asked.
    pub model: Option<String>,
    /// The tool.
    pub tool: Option<String>,
    /// Joins a tool's execution to the model's request for it.
    pub tool_call_id: Option<String>,
    /// `stop`, `length`, `tool_calls`, ...
    pub finish_reason: Option<String>,
    /// As it reports them; whether they count is `counted`.
    pub tokens: Option<TokensView>,
    /// Not counted by the provider.
    pub tokens_estimated: bool,
    /// Null if unknown.
    #[schema(value_type = Option<String>)]
    pub cost_usd: Option<NanoUsd>,
    /// `reported`, `override` or `computed`.
    #[schema(value_type = Option<String>)]
    pub cost_source: Option<CostSource>,
    /// Its tokens and cost are in the run's figures.
    pub counted: bool,
    /// The span that is the same call.
    pub duplicate_of: Option<String>,
    /// The run of that span, if it is another.
    pub duplicate_of_run: Option<String>,
    /// Why it failed.
    pub error: Option<FailureView>,
    /// Dated after the run's end.
    pub late: bool,
    /// Plumbing that pages fold away.
    pub noise: bool,
    /// The run it stands for.
    pub child_run_id: Option<String>,
    /// Level of a log, type of an event.
    pub level: Option<String>,
    /// First characters of what a point event says; a span's content is in the span whole.
    pub preview: Option<String>,
}

impl SpanView {
    /// `run_id` is the run's id as answers spell it.
    #[must_use]
    pub fn of(row: &SpanRow, run_id: &str, region: Region) -> Self {
        let span = &row.span;
        let copied = row.mark.duplicate_of;
        let said = span.kind.is_point().then(|| span.output_preview.as_ref().or(span.input_preview.as_ref()));
        SpanView {
            id: span.id.to_string(),
            run_id: run_id.to_owned(),
            trace_id: span.run.to_string(),
            // The root that doors without spans of their own hang theirs from never comes: nothing is missing.
            parent_id: span.parent.filter(|parent| *parent != root_key(span.run)).map(|parent| parent.to_string()),
            kind: span.kind,
            name: span.name.to_string(),
            agent: text(&span.agent),
            status: span.status,
            started_at: span.start,
            finished_at: span.end,
            duration_ms: span.end.filter(|_| !span.kind.is_point()).map(|end| duration_ms(span.start, end)),
            first_token_ms: span.first_token_ns.map(|ns| ns as f64 / 1e6),
            provider: text(&span.provider),
            model: text(&span.model),
            tool: text(&span.tool),
            tool_call_id: text(&span.tool_call_id),
            finish_reason: text(&span.finish_reason),
            tokens: span.usage.as_ref().map(TokensView::from),
            tokens_estimated: span.usage_estimated,
            cost_usd: span.cost.as_ref().map(|cost| cost.amount),
            cost_source: span.cost.as_ref().map(|cost| cost.source),
            counted: row.mark.counted,
            duplicate_of: copied.map(|(_, original)| original.to_string()),
            duplicate_of_run: copied.filter(|(run, _)| *run != span.run).map(|(run, _)| run.canonical(region.as_str())),
            error: span.failure.as_ref().map(FailureView::from),
            late: row.mark.late,
            noise: span.noise,
            child_run_id: span.child_run.map(|run| run.canonical(region.as_str())),
            level: text(&span.level),
            preview: said.flatten().map(|said| said.to_string()),
        }
    }
}
