//! Langfuse SDKs from version 3 on (Python and JavaScript): `langfuse.*` on every span, set by the
//! user's own calls, so that they go before what instrumentations say.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::{object, unquoted};
use crate::signs::{Family, Signs};
use serde_json::{Map, Value as Json};
use vedette_model::{Kind, RawSpan, Status, Timestamp};

pub const DIALECT: Dialect = Dialect { name: "langfuse", applies: |signs| signs.has(Family::Langfuse), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Langfuse) {
        return None;
    }
    const KEY: &str = "langfuse.observation.type";
    let kind = match raw.attributes.str(KEY)?.to_ascii_lowercase().as_str() {
        "generation" => Kind::Llm,
        "embedding" => Kind::Embedding,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "chain" => Kind::Workflow,
        "retriever" => Kind::Retriever,
        "guardrail" => Kind::Guardrail,
        "evaluator" => Kind::Evaluator,
        "event" => Kind::Event,
        // Its default: an instrumentation that says more is heard.
        "span" if raw.attributes.get("gen_ai.operation.name").is_none() => Kind::Custom,
        _ => return None,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    let resource = &raw.resource.attributes;
    draft.text(Text::Model, &["langfuse.observation.model.name"]);
    draft.text(Text::Session, &["session.id", "langfuse.session.id"]);
    draft.text(Text::User, &["user.id", "langfuse.user.id"]);
    draft.text(Text::Environment, &["langfuse.environment"]);
    draft.text_from(Text::Environment, resource, &["langfuse.environment"]);
    draft.text(Text::Version, &["langfuse.version", "langfuse.release"]);
    draft.text_from(Text::Version, resource, &["langfuse.version", "langfuse.release"]);
    draft.tags("langfuse.trace.tags");
    draft.quoted_metadata("langfuse.trace.metadata.");
    if raw.parent.is_none() {
        draft.text(Text::Name, &["langfuse.trace.name"]);
        draft.quoted_metadata("langfuse.observation.metadata.");
    }
    if draft.kind() == Kind::Tool {
        draft.put_text(Text::Tool, "span name", raw.name.as_str());
    }
    draft.quoted_text(Text::FinishReason, &["langfuse.observation.metadata.finish_reason"]);
    const USAGE: &str = "langfuse.observation.usage_details";
    if let Some(usage) = attributes.get(USAGE).and_then(object) {
        draft.usage_object(USAGE, &joined(usage));
    }
    draft.cost_attribute("langfuse.observation.cost_details");
    const FIRST_TOKEN: &str = "langfuse.observation.completion_start_time";
    if let Some(time) = attributes.str(FIRST_TOKEN).and_then(|text| Timestamp::parse(&unquoted(text))) {
        draft.first_token_at(FIRST_TOKEN, time);
    }
    level(raw, draft);
    let (mut input, mut output) = (Slot::Input, Slot::Output);
    if draft.kind() == Kind::Llm {
        (input, output) = (Slot::Sent, Slot::Received);
        draft.place(Slot::Parameters, &["langfuse.observation.model.parameters"]);
    }
    draft.place(input, &["langfuse.observation.input"]);
    draft.place(output, &["langfuse.observation.output"]);
    if raw.parent.is_none() {
        draft.place(input, &["langfuse.trace.input"]);
        draft.place(output, &["langfuse.trace.output"]);
    }
}

/// Its LangChain handler takes each detail out of its side: `{"input": 34, "input_cache_read": 16}`. Put back in.
fn joined(mut usage: Map<String, Json>) -> Map<String, Json> {
    let count = |usage: &Map<String, Json>, key: &str| usage.get(key).and_then(Json::as_u64);
    for (side, details) in [("output", "output_"), ("input", "input_")] {
        let Some(rest) = count(&usage, side) else { continue };
        // Of a tier no part is taken out.
        let is_part = |key: &str| key.starts_with(details) && !key.contains("priority");
        let parts = || usage.iter().filter(|(key, _)| is_part(key)).filter_map(|(_, part)| part.as_u64());
        if parts().next().is_none() {
            continue;
        }
        // Details of details were taken out twice, down to nothing: the total knows.
        let other = count(&usage, "output").filter(|_| side == "input");
        let by_total = count(&usage, "total").zip(other).and_then(|(total, output)| total.checked_sub(output));
        let whole = by_total.unwrap_or_else(|| parts().fold(rest, u64::saturating_add));
        usage.insert(side.to_owned(), whole.into());
    }
    for (from, to) in [
        ("input_cache_read", "cache_read"),
        ("input_cache_creation", "cache_creation"),
        ("output_reasoning", "reasoning"),
    ] {
        if let Some(tokens) = usage.remove(from) {
            usage.entry(to).or_insert(tokens);
        }
    }
    usage
}

/// The OTLP status may stay unset on what Langfuse calls an error.
fn level<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const KEY: &str = "langfuse.observation.level";
    let Some(level) = raw.attributes.str(KEY) else { return };
    if level == "ERROR" {
        draft.status(KEY, Status::Failed);
    }
    if draft.kind() == Kind::Event {
        let word = match level {
            "DEBUG" => "debug",
            "WARNING" => "warn",
            "ERROR" => "error",
            _ => "info",
        };
        draft.put_text(Text::Level, KEY, word);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Kind, Status};

    #[test]
    fn an_observation_is_what_its_type_says() {
        for (attributes, kind) in [
            (json!({"langfuse.observation.type": "generation"}), Kind::Llm),
            (json!({"langfuse.observation.type": "CHAIN"}), Kind::Workflow),
            (json!({"langfuse.observation.type": "event"}), Kind::Event),
            (json!({"langfuse.observation.type": "span"}), Kind::Custom),
            (json!({"langfuse.observation.type": "span", "gen_ai.operation.name": "chat"}), Kind::Llm),
            (json!({"langfuse.environment": "production", "gen_ai.operation.name": "execute_tool"}), Kind::Tool),
            (json!({"langfuse.observation.type": "something new"}), Kind::Custom),
        ] {
            let span = normalize(&span_of("langfuse-sdk", "s", attributes.clone()), &Prices::bundled());
            assert_eq!(span.kind, kind, "{attributes}");
        }
    }

    /// The JavaScript SDK leaves the OTLP status unset.
    #[test]
    fn its_level_says_whether_it_failed() {
        for (level, kind, status, shown) in [
            ("ERROR", "span", Status::Failed, None),
            ("WARNING", "span", Status::Success, None),
            ("ERROR", "event", Status::Failed, Some("error")),
            ("WARNING", "event", Status::Success, Some("warn")),
            ("DEFAULT", "event", Status::Success, Some("info")),
        ] {
            let attributes = json!({
                "langfuse.observation.type": kind,
                "langfuse.observation.level": level,
                "langfuse.observation.status_message": "boom",
            });
            let span = normalize(&span_of("langfuse-sdk", "s", attributes), &Prices::bundled());
            assert_eq!((span.status, span.level.as_deref()), (status, shown), "{level} {kind}");
            let said = span.failure.and_then(|failure| failure.message);
            assert_eq!(said.as_deref(), (status == Status::Failed).then_some("boom"), "{level} {kind}");
        }
    }

    #[test]
    fn a_cost_of_nothing_is_unknown() {
        let prices = Prices::bundled();
        for (cost, usage, is) in [
            (json!({"input": 0.001, "output": 0.002, "total": 0.003}), "{}", Some("0.003")),
            (json!({"input": 0.001, "output": 0.002}), r#"{"input": 5}"#, Some("0.003")),
            (json!({"input": 0, "output": 0, "total": 0}), r#"{"input": 5}"#, None),
            // It failed before any token: what it cost is not known to be nothing.
            (json!({"input": 0, "output": 0, "total": 0}), "{}", None),
            (json!({}), "{}", None),
        ] {
            let attributes = json!({
                "langfuse.observation.type": "generation",
                "langfuse.observation.model.name": "no such model",
                "langfuse.observation.usage_details": usage,
                "langfuse.observation.cost_details": cost.to_string(),
            });
            let span = normalize(&span_of("langfuse-sdk", "s", attributes), &prices);
            let amount = span.cost.map(|cost| cost.amount.to_string());
            assert_eq!(amount.as_deref(), is, "{cost} {usage}");
        }
    }
}
