//! What each captured client's spans mean: of every shape of span the first, as a page of text that was
//! read against the capture. Fields that the client's own dialect filled name the key.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod captured;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use vedette_model::{Content, Direction, Kind, Part, RawSpan, Span, SpanKey, Status};
use vedette_normalize::{Prices, content, explain};

/// Clients and the dialects whose keys are shown.
const CLIENTS: &[(&str, &[&str])] = &[
    ("ag2-native", &["ag2"]),
    ("agentops", &["agentops"]),
    ("anthropic-native", &["anthropic_sdk"]),
    ("claude-code-native", &["claude_code"]),
    ("crewai-native", &["crewai"]),
    ("google-adk-1.14-native", &["google_adk"]),
    ("google-adk-native", &["google_adk"]),
    ("langfuse", &["langfuse"]),
    ("langsmith-otel", &["langsmith"]),
    ("litellm-otel", &["litellm"]),
    ("logfire-pydantic-ai", &["logfire", "pydantic_ai"]),
    ("mlflow", &["mlflow"]),
    ("ms-agent-framework", &["agent_framework"]),
    ("claude-agent-sdk-openinference", &["openinference", "mcp"]),
    ("openinference-crewai", &["openinference"]),
    ("openinference-langchain", &["openinference"]),
    ("openinference-openai", &["openinference"]),
    ("openinference-openai-agents", &["openinference"]),
    ("openinference-smolagents", &["openinference"]),
    ("openlit", &["openlit"]),
    ("otel-botocore", &["otel_genai"]),
    ("otel-genai-bedrock", &["otel_genai"]),
    ("otel-genai-langchain", &["otel_genai"]),
    ("otel-genai-openai-span-and-event", &["otel_genai"]),
    ("otel-openai-v2-default", &["otel_genai"]),
    ("pyagent-trace", &["pyagent"]),
    ("pydantic-ai-1.0", &["logfire", "pydantic_ai"]),
    ("strands", &["strands"]),
    ("traceloop-bedrock", &["openllmetry"]),
    ("traceloop-crewai", &["openllmetry", "crewai"]),
    ("traceloop-langchain", &["openllmetry"]),
    ("traceloop-openai", &["openllmetry"]),
    ("traceloop-openai-0.40", &["openllmetry"]),
    ("traceloop-openai-agents", &["openllmetry"]),
    ("traceloop-sdk", &["openllmetry"]),
    ("vercel-ai-5", &["vercel_ai"]),
    ("vercel-ai-7-default", &["vercel_ai"]),
];

#[test]
fn each_client_s_spans_mean_what_they_say() {
    let prices = Prices::bundled();
    for (client, dialects) in CLIENTS {
        let raws = captured::read(&captured::folder(client));
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(*client, page(&raws, dialects, &prices));
        });
    }
}

fn page(raws: &[RawSpan], dialects: &[&str], prices: &Prices) -> String {
    let parents: BTreeMap<SpanKey, Option<SpanKey>> = raws.iter().map(|raw| (raw.id, raw.parent)).collect();
    let mut seen = BTreeSet::new();
    let mut page = String::new();
    let mut ordered: Vec<&RawSpan> = raws.iter().collect();
    ordered.sort_by_key(|raw| (raw.start, depth(raw, &parents), raw.name.clone()));
    for raw in ordered {
        let (span, _) = explain(raw, prices);
        let logs = raws.iter().filter(|log| log.is_log_record() && log.parent == Some(raw.id) && log.run == raw.run);
        let joined: Vec<RawSpan> = if raw.is_log_record() { Vec::new() } else { logs.cloned().collect() };
        let said = content(raw, &joined);
        let keys: Vec<&str> = raw.attributes.iter().map(|(key, _)| key).collect();
        if seen.insert((span.kind, span.name.clone(), span.status == Status::Failed, keys.len(), said.messages.len())) {
            line(&mut page, raw, &span, &said, dialects);
        }
    }
    page
}

fn depth(raw: &RawSpan, parents: &BTreeMap<SpanKey, Option<SpanKey>>) -> usize {
    let mut depth = 0;
    let mut above = raw.parent;
    while let Some(parent) = above.filter(|_| depth < 100) {
        depth += 1;
        above = parents.get(&parent).copied().flatten();
    }
    depth
}

fn line(page: &mut String, raw: &RawSpan, span: &Span, said: &Content, dialects: &[&str]) {
    let kind = span.kind;
    let marks = [
        (raw.parent.is_none(), "root"),
        (span.log_record, "log record"),
        (span.noise, "noise"),
        (span.usage_is_copy, "copy"),
        (span.usage_estimated, "estimated"),
        (span.unpriced, "unpriced"),
        (span.status != Status::Success, span.status.as_str()),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    writeln!(page, "{kind} {:?} [{}] {}", span.name, span.scope, marks.join(", ")).unwrap();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let by: BTreeSet<String> = span
                .filled_by
                .iter()
                .filter(|by| {
                    (by.field == name || by.field.starts_with(&format!("{name}."))) && dialects.contains(&by.dialect)
                })
                .map(|by| by.key.to_string())
                .collect();
            let by = if by.is_empty() {
                String::new()
            } else {
                format!("   <- {}", by.into_iter().collect::<Vec<_>>().join(", "))
            };
            writeln!(page, "    {name}: {value}{by}").unwrap();
        }
    };
    let text = |value: &Option<std::sync::Arc<str>>| value.as_deref().map(str::to_owned);
    field(
        "kind",
        span.filled_by.iter().any(|by| by.field == "kind" && dialects.contains(&by.dialect)).then(|| kind.to_string()),
    );
    field("agent", text(&span.agent));
    field("provider", text(&span.provider));
    field("model", text(&span.model));
    field("request_model", text(&span.request_model).filter(|_| span.request_model != span.model));
    field("tool", text(&span.tool));
    field("tool_call_id", text(&span.tool_call_id));
    field("response_id", text(&span.response_id));
    field("finish_reason", text(&span.finish_reason));
    field("level", text(&span.level));
    field(
        "usage",
        span.usage.map(|usage| {
            let parts = [
                ("in", usage.input),
                ("out", usage.output),
                ("read", usage.cache_read),
                ("written", usage.cache_write),
                ("reasoning", usage.reasoning),
            ];
            parts.iter().filter_map(|(name, n)| n.map(|n| format!("{name} {n}"))).collect::<Vec<_>>().join(", ")
        }),
    );
    field("cost", span.cost.as_ref().map(|cost| format!("{} {:?}", cost.amount, cost.source)));
    field("first_token_ns", span.first_token_ns.map(|nanos| nanos.to_string()));
    field(
        "failure",
        span.failure.as_ref().map(|failure| {
            format!("{} | {}", failure.kind.as_deref().unwrap_or("-"), failure.message.as_deref().unwrap_or("-"))
        }),
    );
    if let Some(facts) = &span.facts {
        field("session", facts.session.as_ref().map(|s| format!("{}{}", s.id, if s.weak { " (weak)" } else { "" })));
        field("user", text(&facts.user_id));
        field("workflow", text(&facts.workflow));
        field("pattern", text(&facts.pattern));
        field("version", text(&facts.version));
        field("environment", text(&facts.environment));
        field("tags", Some(facts.tags.join(", ")));
        field("metadata", Some(facts.metadata.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", ")));
    }
    field("input_preview", text(&span.input_preview));
    field("output_preview", text(&span.output_preview));
    for warning in &span.warnings {
        field("warning", Some(warning.to_string()));
    }
    let cut = |text: String| text.chars().take(200).collect::<String>();
    field("input", said.input.as_ref().map(|input| cut(input.to_string())));
    field("output", said.output.as_ref().map(|output| cut(output.to_string())));
    field("tools", (!said.tools.is_empty()).then(|| said.tools.len().to_string()));
    field("documents", (!said.documents.is_empty()).then(|| said.documents.len().to_string()));
    let parameters = serde_json::to_string(&said.parameters).unwrap();
    field("parameters", (!said.parameters.is_empty()).then(|| cut(parameters)));
    for message in &said.messages {
        let arrow = if message.direction == Direction::Input { ">" } else { "<" };
        let parts: Vec<String> = message.parts.iter().map(part).collect();
        let finish = message.finish_reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let name = message.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        writeln!(page, "    {arrow} {}{name}: {}{finish}", message.role, cut(parts.join(" + "))).unwrap();
    }
    if kind == Kind::Llm && said.messages.is_empty() {
        writeln!(page, "    (no messages)").unwrap();
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text { text } => format!("{text:?}"),
        Part::ToolCall { id, name, arguments } => format!("call {} {name} {arguments}", id.as_deref().unwrap_or("-")),
        Part::ToolCallResponse { id, result, .. } => format!("response {} {result}", id.as_deref().unwrap_or("-")),
        Part::Reasoning { text } => format!("thought {text:?}"),
        Part::Image { .. } => "image".to_owned(),
        Part::Other { value } => format!("other {value}"),
    }
}
