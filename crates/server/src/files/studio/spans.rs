//! Spans in the native dialect, made of lines.

use super::entry::Entry;
use crate::native::{self, Native, span};
use std::sync::{Arc, LazyLock};
use vedette_model::{Kind, RawSpan, RunKey, Scope, SpanKey};

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| native::scope("vedette.studio_file"));

/// A span that a line tells of, from its time back by its duration, if it tells one.
pub fn made(entry: &Entry<'_>, run: RunKey, id: SpanKey, kind: Kind, name: &str) -> RawSpan {
    let mut raw = span(&SCOPE, run, id, kind, name, entry.time);
    if let Some(duration) = entry.duration() {
        raw.start = entry.time.minus(duration);
    }
    raw.text("vedette.workflow", entry.text(&["workflow"]));
    raw.text("vedette.pattern", entry.pattern());
    raw.attributes.set("vedette.line", entry.rest());
    raw
}

/// The span of a model call, begun or done.
pub fn model_call(entry: &Entry<'_>, run: RunKey, id: SpanKey) -> RawSpan {
    let agent = entry.agent();
    let name = [agent, entry.model(), "model call"].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let mut raw = made(entry, run, id, Kind::Llm, name);
    call_facts(&mut raw, entry);
    raw
}

/// What a line adds to the span of a model call.
pub fn call_facts(raw: &mut RawSpan, entry: &Entry<'_>) {
    // A traced provider writes its own name where others write the agent's, and counts characters for tokens.
    let of_provider = entry.event.starts_with("provider_call");
    let provider = entry.text(&["provider"]).or_else(|| Some(entry.agent()).filter(|_| of_provider));
    raw.text("vedette.agent", Some(entry.agent()).filter(|_| !of_provider));
    raw.text("gen_ai.provider.name", provider);
    raw.text("gen_ai.request.model", Some(entry.model()));
    let (input, output) = entry.tokens();
    raw.count("gen_ai.usage.input_tokens", input);
    raw.count("gen_ai.usage.output_tokens", output);
    raw.flag("vedette.usage_estimated", (of_provider && (input, output) != (None, None)).then_some(true));
    raw.money("vedette.cost_usd", entry.cost());
    raw.json("vedette.input", entry.input());
    raw.json("vedette.output", entry.output());
}

/// A point event; all of the line is kept.
pub fn event(entry: &Entry<'_>, run: RunKey, id: SpanKey) -> RawSpan {
    let kind = if entry.event == "routing_decision" { Kind::Decision } else { Kind::Event };
    let mut raw = span(&SCOPE, run, id, kind, entry.event, entry.time);
    raw.text("vedette.workflow", entry.text(&["workflow"]));
    raw.text("vedette.pattern", entry.pattern());
    raw.text("vedette.agent", Some(entry.agent()));
    raw.text("vedette.level", Some(entry.event));
    raw.attributes.set("vedette.data", entry.rest());
    raw.json("vedette.output", entry.output());
    raw
}
