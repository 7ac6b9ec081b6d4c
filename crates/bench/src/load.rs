//! The load: OTLP trace requests, encoded beforehand into one file and replayed from it.

use anyhow::{Context, Result};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use vedette_model::{
    Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, StatusCode, Timestamp, Value,
};

/// Spans of a request, as a collector sends them.
pub const SPANS_PER_BODY: usize = 1_000;
const SPANS_PER_RUN: usize = 8;
const AGENTS: usize = 20;
const MODELS: [&str; 5] = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "a-model-nobody-prices"];
const TOOLS: [&str; 6] = ["search", "lookup_order", "refund", "send_mail", "calculate", "read_file"];
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Requests in one file, each behind its length.
pub struct Bodies {
    path: PathBuf,
    pub spans: usize,
    pub bytes: u64,
}

impl Bodies {
    fn write(path: PathBuf, bodies: impl Iterator<Item = Result<(usize, Vec<u8>)>>) -> Result<Bodies> {
        let mut file = BufWriter::new(File::create(&path)?);
        let (mut spans, mut bytes) = (0, 0);
        for body in bodies {
            let (count, body) = body?;
            file.write_all(&(body.len() as u64).to_le_bytes())?;
            file.write_all(&body)?;
            spans += count;
            bytes += body.len() as u64;
        }
        file.flush()?;
        Ok(Bodies { path, spans, bytes })
    }

    /// Each body in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Vec<u8>>> + use<> {
        let mut file = File::open(&self.path).map(BufReader::new).ok();
        std::iter::from_fn(move || {
            let file = file.as_mut()?;
            let mut length = [0; 8];
            file.read_exact(&mut length).ok()?;
            let mut body = vec![0; u64::from_le_bytes(length) as usize];
            Some(file.read_exact(&mut body).map(|()| body).context("the body file is cut short"))
        })
    }
}

/// Synthetic runs of eight spans of about 2 kB, no two texts alike.
pub fn synthetic(folder: &Path, root: &Path, spans: usize, seed: u64) -> Result<Bodies> {
    let words = words(root)?;
    let mut rng = SmallRng::seed_from_u64(seed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let first = Timestamp(now.as_nanos() as i64).minus(WEEK);
    let bodies = spans / SPANS_PER_BODY;
    let between = WEEK / (bodies * SPANS_PER_BODY / SPANS_PER_RUN).max(1) as u32;
    let mut run = 0;
    let each = (0..bodies).map(|_| {
        let mut batch = Vec::with_capacity(SPANS_PER_BODY);
        while batch.len() < SPANS_PER_BODY {
            synthetic_run(&mut rng, &words, first.plus(between * run), &mut batch);
            run += 1;
        }
        Ok((batch.len(), vedette_otlp::traces_to_protobuf(&batch)))
    });
    Bodies::write(folder.join(format!("synthetic-{seed}.bodies")), each)
}

fn synthetic_run(rng: &mut SmallRng, words: &[String], start: Timestamp, batch: &mut Vec<RawSpan>) {
    let agent = format!("agent-{:02}", rng.random_range(0..AGENTS));
    let resource = Arc::new(Resource { attributes: [("service.name", agent.as_str())].into_iter().collect() });
    let scope = Arc::new(Scope { name: "vedette-bench".into(), ..Scope::default() });
    let run = RunKey(rng.random());
    let root = SpanKey(rng.random());
    let failed = rng.random_bool(0.03);
    let span = |id, parent, name: String, start: Timestamp, took: Duration, attributes| RawSpan {
        run,
        id,
        parent,
        name,
        otel_kind: OtelKind::Internal,
        start,
        end: Some(start.plus(took)),
        status: RawStatus::default(),
        attributes: Attributes::new(attributes),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource.clone(),
        scope: scope.clone(),
    };
    let mut clock = start;
    for step in 1..SPANS_PER_RUN {
        let took = Duration::from_millis(rng.random_range(200..4_000));
        let (name, attributes) = if step % 3 == 0 { tool_call(rng, words) } else { model_call(rng, words) };
        batch.push(span(SpanKey(rng.random()), Some(root), name, clock, took, attributes));
        clock = clock.plus(took);
    }
    let took = Duration::from_nanos((clock.0 - start.0) as u64);
    let facts = vec![
        ("gen_ai.operation.name".into(), "invoke_agent".into()),
        ("gen_ai.agent.name".into(), agent.as_str().into()),
        ("session.id".into(), format!("session-{}", rng.random_range(0..20_000)).into()),
        ("user.id".into(), format!("user-{}", rng.random_range(0..5_000)).into()),
        ("vedette.success".into(), (!failed && rng.random_bool(0.9)).into()),
        ("vedette.input".into(), phrase(rng, words, 900).into()),
        ("vedette.output".into(), phrase(rng, words, 900).into()),
    ];
    let mut agent_span = span(root, None, format!("invoke_agent {agent}"), start, took, facts);
    if failed {
        agent_span.status = RawStatus { code: StatusCode::Error, message: phrase(rng, words, 60) };
    }
    batch.push(agent_span);
}

fn model_call(rng: &mut SmallRng, words: &[String]) -> (String, Vec<(String, Value)>) {
    let model = MODELS.choose(rng).copied().unwrap_or_default();
    let message = |role: &str, text: String| {
        serde_json::json!([{ "role": role, "parts": [{ "type": "text", "content": text }] }]).to_string()
    };
    let attributes = vec![
        ("gen_ai.operation.name".into(), "chat".into()),
        ("gen_ai.provider.name".into(), "openai".into()),
        ("gen_ai.request.model".into(), model.into()),
        ("gen_ai.response.id".into(), format!("chatcmpl-{:024x}", rng.random::<u64>()).into()),
        ("gen_ai.usage.input_tokens".into(), Value::Int(rng.random_range(100..8_000))),
        ("gen_ai.usage.output_tokens".into(), Value::Int(rng.random_range(10..900))),
        ("gen_ai.input.messages".into(), message("user", phrase(rng, words, 850)).into()),
        ("gen_ai.output.messages".into(), message("assistant", phrase(rng, words, 700)).into()),
    ];
    (format!("chat {model}"), attributes)
}

fn tool_call(rng: &mut SmallRng, words: &[String]) -> (String, Vec<(String, Value)>) {
    let tool = TOOLS.choose(rng).copied().unwrap_or_default();
    let attributes = vec![
        ("gen_ai.operation.name".into(), "execute_tool".into()),
        ("gen_ai.tool.name".into(), tool.into()),
        ("gen_ai.tool.call.id".into(), format!("call_{:016x}", rng.random::<u64>()).into()),
        (
            "gen_ai.tool.call.arguments".into(),
            serde_json::json!({ "query": phrase(rng, words, 400) }).to_string().into(),
        ),
        ("gen_ai.tool.call.result".into(), phrase(rng, words, 1_200).into()),
    ];
    (format!("execute_tool {tool}"), attributes)
}

/// About so many bytes of short pieces of real text in random order: it compresses as prose does.
fn phrase(rng: &mut SmallRng, words: &[String], bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    while text.len() < bytes {
        let from = rng.random_range(0..words.len().saturating_sub(8).max(1));
        let piece = rng.random_range(2..6);
        for word in words.iter().skip(from).take(piece) {
            text.push_str(word);
            text.push(' ');
        }
    }
    text
}

/// The words of the real runs, in order.
fn words(root: &Path) -> Result<Vec<String>> {
    let file = std::fs::read_to_string(root.join("fixtures/real-runs/tau-bench-gpt-4o-airline.json"))?;
    Ok(file.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).map(str::to_owned).collect())
}

/// The real runs again and again with fresh ids, to at least so many bytes; a run a request, or as many runs as make
/// `spans_per_body`, as a collector sends them.
pub fn real(folder: &Path, root: &Path, bytes: usize, spans_per_body: usize) -> Result<Bodies> {
    let file = File::open(root.join("fixtures/demo/real-runs.traces.pb.zst"))?;
    let mut decoder = zstd::Decoder::new(file)?;
    decoder.window_log_max(27)?;
    let mut request = Vec::new();
    decoder.read_to_end(&mut request)?;
    let request = ExportTraceServiceRequest::decode(request.as_slice())?;
    let mut runs: std::collections::BTreeMap<Vec<u8>, ExportTraceServiceRequest> = std::collections::BTreeMap::new();
    for resource in request.resource_spans {
        for scope in resource.scope_spans {
            for span in scope.spans {
                let target = runs.entry(span.trace_id.clone()).or_default();
                if target.resource_spans.is_empty() {
                    let mut shell = opentelemetry_proto::tonic::trace::v1::ResourceSpans {
                        resource: resource.resource.clone(),
                        ..Default::default()
                    };
                    shell.scope_spans.push(opentelemetry_proto::tonic::trace::v1::ScopeSpans {
                        scope: scope.scope.clone(),
                        ..Default::default()
                    });
                    target.resource_spans.push(shell);
                }
                if let Some(spans) =
                    target.resource_spans.first_mut().and_then(|resource| resource.scope_spans.first_mut())
                {
                    spans.spans.push(span);
                }
            }
        }
    }
    let mut rng = SmallRng::seed_from_u64(7);
    let mut written = 0;
    let mut again = runs.values().cycle().cloned();
    let each = std::iter::from_fn(|| {
        (written < bytes).then(|| {
            let (mut count, mut request) = (0, ExportTraceServiceRequest::default());
            while count < spans_per_body {
                let mut run = again.next().context("there are real runs")?;
                count += renew(&mut run, &mut rng);
                request.resource_spans.extend(run.resource_spans);
            }
            let body = request.encode_to_vec();
            written += body.len();
            Ok((count, body))
        })
    });
    Bodies::write(folder.join(format!("real-{spans_per_body}.bodies")), each)
}

/// Fresh trace and span ids, parents kept.
fn renew(request: &mut ExportTraceServiceRequest, rng: &mut SmallRng) -> usize {
    let trace: [u8; 16] = rng.random();
    let salt = rng.next_u64();
    let fresh = |id: &[u8]| match <[u8; 8]>::try_from(id) {
        Ok(id) => (u64::from_be_bytes(id) ^ salt).to_be_bytes().to_vec(),
        Err(_) => Vec::new(),
    };
    let mut count = 0;
    for resource in &mut request.resource_spans {
        for span in resource.scope_spans.iter_mut().flat_map(|scope| &mut scope.spans) {
            span.trace_id = trace.to_vec();
            span.span_id = fresh(&span.span_id);
            span.parent_span_id = fresh(&span.parent_span_id);
            count += 1;
        }
    }
    count
}
