//! The demo's data. The real runs have no clock and no token counts: tokens are counted with the
//! model's own tokenizer and marked estimated, times are made from them and marked synthetic.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tiktoken_rs::{CoreBPE, o200k_base};
use vedette_model::{
    Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, StatusCode, Timestamp, Value,
};

/// When the first run starts; the demo moves all of it to the last seven days.
const FIRST_START: &str = "2026-01-01T00:00:00Z";
/// Between the starts of two runs: 200 of them fill the week unevenly.
const BETWEEN_RUNS: Duration = Duration::from_secs(7 * 24 * 3600 / 200);
/// What the chat format adds to each message.
const TOKENS_PER_MESSAGE: usize = 4;
const MODEL: &str = "gpt-4o";

/// One entry of the benchmark's file.
#[derive(Deserialize)]
struct Entry {
    task_id: u64,
    trial: u64,
    reward: f64,
    info: Json,
    traj: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Option<String>,
    #[serde(default)]
    tool_calls: Vec<ToolCall>,
    tool_call_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct ToolCall {
    id: String,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    arguments: String,
}

/// The 200 real runs as one OTLP trace request.
pub fn real_runs(root: &Path) -> Result<Vec<u8>> {
    let file = std::fs::read(root.join("fixtures/real-runs/tau-bench-gpt-4o-airline.json"))?;
    let entries: Vec<Entry> = serde_json::from_slice(&file)?;
    let tokenizer = o200k_base()?;
    let first = Timestamp::parse(FIRST_START).context("the constant is a time")?;
    let mut spans = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let jitter = Duration::from_secs(spread(&format!("start {index}"), 3_000));
        let start = first.plus(BETWEEN_RUNS * index as u32).plus(jitter);
        spans.extend(Recording::new(entry, &tokenizer, start).spans());
    }
    compress(&vedette_otlp::traces_to_protobuf(&spans))
}

/// What the captured clients sent as traces, as one request.
pub fn client_traces(root: &Path) -> Result<Vec<u8>> {
    let mut request = Vec::new();
    for path in captured(root)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let bytes = std::fs::read(&path)?;
        if name.ends_with(".raw.json") {
            request.extend(vedette_otlp::traces_to_protobuf(&vedette_otlp::traces_from_json(&bytes)?.spans));
        } else if name.matches('.').count() == 1 {
            request.extend(bytes); // protobuf messages concatenate: their repeated fields join
        }
    }
    compress(&request)
}

/// What the captured clients sent as log records, as one request.
pub fn client_logs(root: &Path) -> Result<Vec<u8>> {
    let mut request = Vec::new();
    for path in captured(root)? {
        if path.to_string_lossy().ends_with(".logs.pb") {
            request.extend(std::fs::read(&path)?);
        }
    }
    compress(&request)
}

/// The captured requests, in a fixed order.
fn captured(root: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for client in std::fs::read_dir(root.join("fixtures/otlp"))? {
        for file in std::fs::read_dir(client?.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == "pb") || path.to_string_lossy().ends_with(".raw.json") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 19)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(25)?;
    std::io::copy(&mut &*bytes, &mut encoder)?;
    Ok(encoder.finish()?)
}

/// A number below `below` that only depends on the text.
fn spread(text: &str, below: u64) -> u64 {
    vedette_model::content_hash(text.as_bytes()) % below
}

/// One entry on its way to spans.
struct Recording<'a> {
    entry: &'a Entry,
    tokens: Vec<usize>,
    run: RunKey,
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    clock: Timestamp,
    start: Timestamp,
}

impl<'a> Recording<'a> {
    fn new(entry: &'a Entry, tokenizer: &CoreBPE, start: Timestamp) -> Self {
        let count = |text: &str| tokenizer.encode_with_special_tokens(text).len();
        let tokens = entry
            .traj
            .iter()
            .map(|message| {
                let calls =
                    message.tool_calls.iter().map(|call| count(&call.function.name) + count(&call.function.arguments));
                message.content.as_deref().map_or(0, count) + calls.sum::<usize>()
            })
            .collect();
        let id = format!("tau-bench airline task {} trial {}", entry.task_id, entry.trial);
        let run = RunKey::parse(&id).map(|(run, _)| run).unwrap_or_default();
        let resource = Resource {
            attributes: [("service.name", "airline-support"), ("deployment.environment.name", "benchmark")]
                .into_iter()
                .collect(),
        };
        let scope = Scope { name: "tau-bench".into(), version: "1".into(), ..Scope::default() };
        Recording { entry, tokens, run, resource: Arc::new(resource), scope: Arc::new(scope), clock: start, start }
    }

    fn spans(mut self) -> Vec<RawSpan> {
        let root = SpanKey(self.run.0.first_chunk().copied().unwrap_or_default());
        let mut spans = Vec::new();
        for (index, message) in self.entry.traj.iter().enumerate() {
            match message.role.as_str() {
                "assistant" => spans.push(self.model_call(index, message, root)),
                "tool" => spans.push(self.tool_call(index, message, root)),
                // The customer reads and types.
                "user" => self.clock = self.clock.plus(Duration::from_millis(800 + 20 * self.count(index))),
                _ => {}
            }
        }
        spans.push(self.score(root));
        spans.push(self.agent(root));
        spans
    }

    fn count(&self, index: usize) -> u64 {
        self.tokens.get(index).copied().unwrap_or(0) as u64
    }

    /// A span that takes `duration` from where the clock stands.
    fn take(
        &mut self,
        id: SpanKey,
        parent: Option<SpanKey>,
        name: String,
        duration: Duration,
        attributes: Attributes,
    ) -> RawSpan {
        let start = self.clock;
        self.clock = start.plus(duration);
        RawSpan {
            run: self.run,
            id,
            parent,
            name,
            otel_kind: OtelKind::Internal,
            start,
            end: Some(self.clock),
            status: RawStatus::default(),
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            resource: self.resource.clone(),
            scope: self.scope.clone(),
        }
    }

    fn id_of(&self, index: usize) -> SpanKey {
        SpanKey::parse(&format!("{} {index}", self.run)).unwrap_or_default()
    }

    fn model_call(&mut self, index: usize, message: &Message, root: SpanKey) -> RawSpan {
        let before = self.entry.traj.get(..index).unwrap_or_default();
        let input: usize = self.tokens.iter().take(index).map(|tokens| tokens + TOKENS_PER_MESSAGE).sum();
        let output = self.count(index);
        let conversation: Vec<Json> = before.iter().map(as_otel).collect();
        let finish = if message.tool_calls.is_empty() { "stop" } else { "tool_calls" };
        let attributes = Attributes::new(vec![
            ("gen_ai.operation.name".into(), "chat".into()),
            ("gen_ai.provider.name".into(), "openai".into()),
            ("gen_ai.request.model".into(), MODEL.into()),
            ("gen_ai.usage.input_tokens".into(), Value::Int(input as i64)),
            ("gen_ai.usage.output_tokens".into(), Value::Int(output as i64)),
            ("gen_ai.response.finish_reasons".into(), Value::Array(vec![finish.into()])),
            ("gen_ai.input.messages".into(), Json::from(conversation).to_string().into()),
            ("gen_ai.output.messages".into(), Json::from(vec![as_otel(message)]).to_string().into()),
            ("vedette.usage_estimated".into(), true.into()),
        ]);
        let thinking = 450 + 14 * output + spread(&format!("{} {index}", self.run), 400);
        self.take(self.id_of(index), Some(root), format!("chat {MODEL}"), Duration::from_millis(thinking), attributes)
    }

    fn tool_call(&mut self, index: usize, message: &Message, root: SpanKey) -> RawSpan {
        let name = message.name.clone().unwrap_or_default();
        let id = message.tool_call_id.clone().unwrap_or_default();
        let result = message.content.clone().unwrap_or_default();
        let mut calls = self.entry.traj.iter().take(index).flat_map(|message| &message.tool_calls);
        let arguments = calls.rfind(|call| call.id == id).map(|call| call.function.arguments.clone());
        let failed = result.starts_with("Error");
        let attributes = Attributes::new(vec![
            ("gen_ai.operation.name".into(), "execute_tool".into()),
            ("gen_ai.tool.name".into(), name.clone().into()),
            ("gen_ai.tool.call.id".into(), id.into()),
            ("gen_ai.tool.call.arguments".into(), arguments.unwrap_or_default().into()),
            ("gen_ai.tool.call.result".into(), result.clone().into()),
        ]);
        let waiting = 60 + spread(&format!("{} {index}", self.run), 340);
        let mut span = self.take(
            self.id_of(index),
            Some(root),
            format!("execute_tool {name}"),
            Duration::from_millis(waiting),
            attributes,
        );
        if failed {
            span.status = RawStatus { code: StatusCode::Error, message: result };
        }
        span
    }

    fn score(&mut self, root: SpanKey) -> RawSpan {
        let data = json!({ "name": "reward", "value": self.entry.reward, "source": "check", "reason": "the reservations in the database are as the task asks" });
        let attributes =
            [("vedette.kind", "score".to_owned()), ("vedette.data", data.to_string())].into_iter().collect();
        self.take(self.id_of(usize::MAX), Some(root), "reward".into(), Duration::ZERO, attributes)
    }

    fn agent(&mut self, root: SpanKey) -> RawSpan {
        let solved = self.entry.reward >= 1.0;
        let text = |message: Option<&Message>| message.and_then(|message| message.content.clone()).unwrap_or_default();
        let asked = text(self.entry.traj.iter().find(|message| message.role == "user"));
        let answered =
            text(self.entry.traj.iter().rfind(|message| message.role == "assistant" && message.content.is_some()));
        let customer = self.entry.info.pointer("/task/user_id").and_then(Json::as_str).unwrap_or_default();
        let attributes = Attributes::new(vec![
            ("vedette.kind".into(), "agent".into()),
            ("vedette.agent".into(), "airline-support".into()),
            ("vedette.version".into(), format!("trial {}", self.entry.trial).into()),
            ("vedette.workflow".into(), "tau-bench airline".into()),
            ("vedette.success".into(), solved.into()),
            ("vedette.outcome".into(), if solved { "task solved" } else { "reservation not left as asked" }.into()),
            ("vedette.input".into(), asked.into()),
            ("vedette.output".into(), answered.into()),
            ("vedette.tags".into(), Value::Array(vec!["tau-bench".into(), "airline".into()])),
            ("vedette.metadata.task_id".into(), self.entry.task_id.to_string().into()),
            ("vedette.metadata.trial".into(), self.entry.trial.to_string().into()),
            ("vedette.metadata.tokens".into(), "estimated".into()),
            ("vedette.metadata.timing".into(), "synthetic".into()),
            ("user.id".into(), customer.into()),
        ]);
        let name = format!("task {}, trial {}", self.entry.task_id, self.entry.trial);
        let mut span = self.take(root, None, name, Duration::ZERO, attributes);
        span.start = self.start;
        span
    }
}

/// A message in the shape of the OpenTelemetry GenAI conventions.
fn as_otel(message: &Message) -> Json {
    let mut parts = Vec::new();
    if let Some(id) = &message.tool_call_id {
        parts.push(json!({ "type": "tool_call_response", "id": id, "result": message.content }));
    } else if let Some(text) = &message.content {
        parts.push(json!({ "type": "text", "content": text }));
    }
    for call in &message.tool_calls {
        let arguments: Json =
            serde_json::from_str(&call.function.arguments).unwrap_or_else(|_| json!(call.function.arguments));
        parts.push(json!({ "type": "tool_call", "id": call.id, "name": call.function.name, "arguments": arguments }));
    }
    json!({ "role": message.role, "parts": parts })
}
