//! Bodies of the doors as the API document shows them. The doors read them field by field
//! ([`super::read::fields`]), so that an error names the field; the examples here are posted by a test.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// The start of a run. The same again answers 200, another start of the same run 409.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "agent": "support-triage",
    "started_at": "2026-01-31T12:00:00.000Z", "customer_id": "acme-corp", "tags": ["nightly"],
}))]
pub struct RunStart {
    /// `run_<region>_<32 lowercase hex digits>`.
    id: String,
    /// The agent; it exists from now on.
    agent: String,
    /// ISO 8601, or Unix seconds.
    started_at: String,
    #[serde(flatten)]
    facts: RunFactsBody,
}

/// What may be said of a run wherever it is spoken of.
#[derive(Serialize, ToSchema)]
pub struct RunFactsBody {
    /// The conversation: its id, or an object of `id`, `name`, `user_id`.
    session: Option<Value>,
    /// The end user.
    user_id: Option<String>,
    /// The customer it is for.
    customer_id: Option<String>,
    /// The feature it is for.
    feature: Option<String>,
    /// The workflow.
    workflow: Option<String>,
    /// The pattern.
    pattern: Option<String>,
    /// The agent's version.
    version: Option<String>,
    /// `production`, ...
    environment: Option<String>,
    /// Each once.
    tags: Option<Vec<String>>,
    /// Flat.
    metadata: Option<Map<String, Value>>,
    /// The run above it; it may come later.
    parent_run_id: Option<String>,
}

/// A batch of events: all are taken, or none.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "events": [{
    "id": "evt_eu_018f3a2b9c1d7e8fa4b9c2d7e8f10001", "type": "llm_call", "ts": "2026-01-31T12:00:02.000Z",
    "data": { "provider": "openai", "model": "gpt-4o", "input_tokens": 800, "output_tokens": 120, "latency_ms": 1500 },
}]}))]
pub struct RunEvents {
    events: Vec<RunEvent>,
}

/// One event.
#[derive(Serialize, ToSchema)]
pub struct RunEvent {
    /// `evt_<region>_<32 lowercase hex digits>`; `scr_` for a score. The same again changes nothing.
    id: String,
    /// `llm_call` {provider, model, input_tokens, output_tokens, latency_ms?, mode?, input?, output?, error?, ...},
    /// `tool_call` {name, arguments?, result?, latency_ms?, error?, call_id?}, `log` {message, level?},
    /// `decision` {name?, choice, ...}, `score` {name, value, reason?}, or a word of your own.
    r#type: String,
    /// When it ended: ISO 8601, or Unix seconds.
    ts: String,
    /// By type.
    data: Map<String, Value>,
}

/// The end of a run. The first stands, whatever comes after it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "status": "success", "finished_at": "2026-01-31T12:00:04.000Z", "success": true, "outcome": "resolved",
    "scores": [{ "name": "helpful", "value": true }],
}))]
pub struct RunFinish {
    /// `success`, `failed`, `timeout` or `cancelled`.
    status: String,
    /// Now, if not given.
    finished_at: Option<String>,
    /// What came of it.
    output: Option<Value>,
    /// Why it failed: a text, or an object of `type`, `message`.
    error: Option<Value>,
    /// Whether it did its job.
    success: Option<bool>,
    /// How it went, in a word.
    outcome: Option<String>,
    /// Where the sender knows better than the sum of its calls.
    cost_usd: Option<String>,
    /// Objects of `name`, `value`, and `id`, `reason`, `source` if you like.
    scores: Option<Vec<Value>>,
    #[serde(flatten)]
    facts: RunFactsBody,
}

/// A sign of life.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "agent": "daily-summary", "status": "ok", "cost_usd": 0.084 }))]
pub struct HeartbeatBody {
    /// As of a run; made if absent. `start` and its end share one.
    id: Option<String>,
    /// Whose it is.
    agent: String,
    /// `ok` if not given; `fail`, `timeout`, or `start`.
    status: Option<String>,
    /// Sender's clock.
    started_at: Option<String>,
    /// Sender's clock; now, if not given.
    finished_at: Option<String>,
    /// For how long it worked.
    duration_ms: Option<f64>,
    /// What it cost.
    cost_usd: Option<String>,
    /// Flat.
    metadata: Option<Map<String, Value>>,
}

/// A heartbeat as one line of a cron job.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read by name")]
pub struct PingParams {
    /// Whose it is.
    agent: String,
    /// `ok` if not given; `fail`, `timeout`, or `start`.
    status: Option<String>,
    /// As of a run.
    id: Option<String>,
    /// For how long it worked.
    duration_ms: Option<f64>,
    /// What it cost.
    cost_usd: Option<String>,
    /// Sender's clock.
    started_at: Option<String>,
    /// Sender's clock.
    finished_at: Option<String>,
    /// A note of at most 256 characters.
    metadata: Option<String>,
    /// The key, where no header can be set.
    key: Option<String>,
}

/// Whole traces. What is wrong is refused by name, the rest is taken; a repeat changes nothing.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "traces": [{
    "trace": { "trace_id": "8d9b1c52-0d0e-4a53-9d3c-0f6b1f2f7a11", "agent": "lead-qualifier", "status": "completed",
        "started_at": "2026-01-31T12:00:00Z", "duration_ms": 1200, "success": true, "outcome": "qualified" },
    "spans": [{ "span_id": "1", "type": "llm", "model": "gpt-4o", "started_at": "2026-01-31T12:00:00Z",
        "duration_ms": 900, "input_tokens": 800, "output_tokens": 120, "cost_usd": "0.0032" }],
}]}))]
pub struct TraceBatch {
    traces: Vec<TraceEntry>,
}

/// A trace and its spans.
#[derive(Serialize, ToSchema)]
pub struct TraceEntry {
    trace: TraceBody,
    spans: Option<Vec<TraceSpan>>,
}

/// A run as the batch API speaks of it.
#[derive(Serialize, ToSchema)]
pub struct TraceBody {
    /// Any id; 32 hex digits and UUIDs are used as they are.
    trace_id: String,
    /// Also `agent_name`.
    agent: String,
    /// `completed` if not given; `running`, `failed`, `timed_out`.
    status: Option<String>,
    /// Two of start, end and duration are enough.
    started_at: Option<String>,
    /// See `started_at`.
    ended_at: Option<String>,
    /// See `started_at`.
    duration_ms: Option<f64>,
    /// Whether it did its job.
    success: Option<bool>,
    /// How it went, in a word.
    outcome: Option<String>,
    /// Where the sender knows better than the sum of its calls.
    total_cost_usd: Option<String>,
    #[serde(flatten)]
    facts: RunFactsBody,
}

/// A span as the batch API speaks of it.
#[derive(Serialize, ToSchema)]
pub struct TraceSpan {
    /// Any id; 16 hex digits are used as they are.
    span_id: String,
    /// The span above it; the run, if not given.
    parent_span_id: Option<String>,
    /// `agent`, `llm`, `tool`, `http`, `db`, `custom`, ...
    r#type: Option<String>,
    /// For people.
    name: Option<String>,
    /// As of a trace.
    status: Option<String>,
    /// As of a trace.
    started_at: Option<String>,
    /// As of a trace.
    ended_at: Option<String>,
    /// As of a trace.
    duration_ms: Option<f64>,
    /// Whose it is.
    agent_name: Option<String>,
    /// `openai`, ...
    provider: Option<String>,
    /// The model.
    model: Option<String>,
    /// All of the prompt.
    input_tokens: Option<u64>,
    /// All that was generated.
    output_tokens: Option<u64>,
    /// Both, where they are not known apart.
    total_tokens: Option<u64>,
    /// What it cost.
    cost_usd: Option<String>,
    /// What went in.
    input: Option<Value>,
    /// What came out.
    output: Option<Value>,
    /// Why it failed.
    error: Option<Value>,
    /// Anything else.
    metadata: Option<Map<String, Value>>,
}

/// A finished run in one call.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "agent": "lead-qualifier", "success": true, "outcome": "qualified", "cost": 0.043, "duration_ms": 1200,
}))]
pub struct RecordBody {
    /// Whose it is.
    agent: String,
    /// With an id of the sender's a repeat changes nothing.
    id: Option<String>,
    /// Whether it did its job.
    success: Option<bool>,
    /// How it went, in a word.
    outcome: Option<String>,
    /// US dollars.
    cost: Option<Value>,
    /// For how long it worked.
    duration_ms: Option<f64>,
    /// Now, if not given.
    ended_at: Option<String>,
    /// Flat.
    metadata: Option<Map<String, Value>>,
}

/// A score as Langfuse's SDKs send it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "traceId": "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "name": "polite", "value": 1, "dataType": "BOOLEAN" }))]
#[serde(rename_all = "camelCase")]
pub struct LangfuseScore {
    /// The same id again replaces it.
    id: Option<String>,
    /// The run.
    trace_id: String,
    /// One span of it.
    observation_id: Option<String>,
    /// What is judged.
    name: String,
    /// How.
    value: Value,
    /// `BOOLEAN` makes 1 and 0 true and false.
    data_type: Option<String>,
    /// Why.
    comment: Option<String>,
    /// By whom.
    source: Option<String>,
}
