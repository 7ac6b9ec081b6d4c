//! Langfuse SDKs from version 3 on (Python and JavaScript): `langfuse.*` on every span, set by the
//! user's own calls, so that they go before what instrumentations say.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::unquoted;
use crate::signs::{Family, Signs};
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
    draft.usage_attribute("langfuse.observation.usage_details");
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

/// The OTLP status may stay unset on what Langfuse calls an error.
fn level<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const KEY: &str = "langfuse.observation.level";
    let Some(level) = raw.attributes.str(KEY) else { return };
    if level == "ERROR" {
        draft.status(KEY, Status::Failed);
        draft.text(Text::ErrorMessage, &["langfuse.observation.status_message"]);
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
