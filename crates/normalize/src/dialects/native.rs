//! Vedette's own SDKs and doors (`decisions.md` §5): `vedette.*` attributes.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, NanoUsd, RawSpan, RunKey, RunKind, Status, Value};

pub const DIALECT: Dialect = Dialect { name: "native", applies: |signs| signs.has(Family::Vedette), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Vedette) {
        return None;
    }
    if raw.is_log_record() {
        return Some((Kind::Log, RawSpan::LOG));
    }
    let word = raw.attributes.str("vedette.kind")?;
    // What is said of a run by a point event is shown among the events.
    let kind = if matches!(word, "score" | "outcome") { Kind::Event } else { Kind::parse(word)? };
    Some((kind, "vedette.kind"))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    draft.text(Text::Agent, &["vedette.agent"]);
    if draft.kind() == Kind::Tool && attributes.get("gen_ai.tool.name").is_none() {
        draft.put_text(Text::Tool, "span name", raw.name.as_str());
    }
    draft.text(Text::Name, &["vedette.name"]);
    draft.text(Text::Outcome, &["vedette.outcome"]);
    draft.text(Text::Customer, &["vedette.customer_id"]);
    draft.text(Text::Feature, &["vedette.feature"]);
    draft.text(Text::Workflow, &["vedette.workflow"]);
    draft.text(Text::Pattern, &["vedette.pattern"]);
    draft.text(Text::Version, &["vedette.version"]);
    draft.text(Text::Environment, &["vedette.environment"]);
    draft.text(Text::SessionName, &["vedette.session.name"]);
    draft.text(Text::ExternalId, &[RawSpan::EXTERNAL_ID]);
    draft.text(Text::ErrorKind, &["vedette.error.type"]);
    draft.text(Text::ErrorMessage, &["vedette.error.message"]);
    draft.text(Text::Level, &["vedette.level", RawSpan::LOG_SEVERITY]);
    draft.tags("vedette.tags");
    draft.metadata_prefixed("vedette.metadata.");
    if let Some(success) = attributes.get("vedette.success").and_then(Value::as_bool) {
        draft.success("vedette.success", success);
    }
    if let Some(status) = attributes.str("vedette.status").and_then(Status::parse) {
        draft.status("vedette.status", status);
    }
    if let Some(kind) = attributes.str("vedette.run.kind").and_then(RunKind::parse) {
        draft.run_kind("vedette.run.kind", kind);
    }
    if let Some((run, _)) = attributes.str("vedette.parent_run_id").and_then(RunKey::parse) {
        draft.parent_run("vedette.parent_run_id", run);
    }
    if let Some((run, _)) = attributes.str("vedette.child_run_id").and_then(RunKey::parse) {
        draft.child_run("vedette.child_run_id", run);
    }
    draft.cost(&["vedette.cost_usd"]);
    // Said by our own SDK: a cost of nothing is a cost of nothing.
    if attributes.str("vedette.cost_usd").and_then(NanoUsd::parse) == Some(NanoUsd::ZERO) {
        draft.cost_is_final();
    }
    if attributes.get("vedette.usage_estimated").and_then(Value::as_bool) == Some(true) {
        draft.estimated("vedette.usage_estimated");
    }
    if !draft.kind().is_model_call() {
        draft.place(Slot::Input, &["vedette.input", "vedette.data"]);
        draft.place(Slot::Output, &["vedette.output"]);
    } else {
        draft.place(Slot::Sent, &["vedette.input"]);
        draft.place(Slot::Received, &["vedette.output"]);
    }
    if attributes.get(RawSpan::TRUNCATED).is_some() {
        draft.warn("some values were longer than the limit and are cut");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, content, normalize, sample};
    use serde_json::{Value as Json, json};
    use std::sync::Arc;
    use vedette_model::{
        Attributes, CostSource, Kind, Part, RawLog, RawSpan, Resource, RunKey, RunKind, Scope, Span, SpanKey, Status,
        Timestamp, Value,
    };

    fn raw(attributes: Json) -> RawSpan {
        let mut raw = sample::span("work");
        let Value::Map(pairs) = Value::from_json(attributes) else { unreachable!("an object") };
        raw.attributes = Attributes::new(pairs);
        raw
    }

    fn span(attributes: Json) -> Span {
        normalize(&raw(attributes), &Prices::bundled())
    }

    #[test]
    fn the_kind_is_the_word_given() {
        for kind in Kind::ALL {
            assert_eq!(span(json!({"vedette.kind": kind.as_str(), "gen_ai.operation.name": "chat"})).kind, *kind);
        }
        for word in ["score", "outcome"] {
            assert_eq!(span(json!({"vedette.kind": word})).kind, Kind::Event);
        }
        assert_eq!(span(json!({"vedette.kind": "no such kind"})).kind, Kind::Custom);
        assert_eq!(span(json!({"vedette.agent": "a", "gen_ai.operation.name": "chat"})).kind, Kind::Llm);
    }

    #[test]
    fn what_a_span_says_of_its_run() {
        let parent = "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";
        let child = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b7";
        let span = span(json!({
            "vedette.kind": "agent", "vedette.agent": "planner", "vedette.success": false, "vedette.outcome": "gave up",
            "vedette.status": "timeout", "vedette.customer_id": "c-1", "vedette.feature": "search", "vedette.workflow": "w",
            "vedette.pattern": "debate", "vedette.version": "7", "vedette.environment": "staging",
            "vedette.parent_run_id": parent, "vedette.child_run_id": child, "vedette.run.kind": "record",
            "vedette.session.name": "Trip", "session.id": "s-1", "user.id": "u-1", "vedette.tags": ["a", "b", "a", ""],
            "vedette.metadata.plan": "pro", "vedette.metadata.seats": 3, "vedette.cost_usd": "0.0125",
            "vedette.external_id": "run-174",
        }));
        assert_eq!((span.kind, span.agent.as_deref(), span.status), (Kind::Agent, Some("planner"), Status::Timeout));
        let cost = span.cost.unwrap();
        assert_eq!((cost.amount.to_string().as_str(), cost.source), ("0.0125", CostSource::Reported));
        assert_eq!(span.child_run, RunKey::parse(child).map(|(run, _)| run));
        let facts = span.facts.unwrap();
        let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        assert_eq!(
            [&facts.outcome, &facts.customer_id, &facts.feature, &facts.workflow, &facts.pattern, &facts.version]
                .map(text),
            ["gave up", "c-1", "search", "w", "debate", "7"]
        );
        assert_eq!([&facts.environment, &facts.user_id, &facts.external_id].map(text), ["staging", "u-1", "run-174"]);
        assert_eq!((facts.success, facts.run_kind), (Some(false), Some(RunKind::Record)));
        assert_eq!(facts.parent_run, RunKey::parse(parent).map(|(run, _)| run));
        let session = facts.session.unwrap();
        assert_eq!((&*session.id, session.name.as_deref(), session.weak), ("s-1", Some("Trip"), false));
        assert_eq!(facts.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(facts.metadata.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["plan=pro", "seats=3"]);
    }

    #[test]
    fn a_span_that_says_nothing_has_no_facts() {
        let span = span(json!({"vedette.kind": "tool", "vedette.input": {"city": "Paris"}, "vedette.output": "21 C"}));
        assert_eq!(span.facts, None);
        assert_eq!(span.input_preview.as_deref(), Some("{\"city\":\"Paris\"}"));
        assert_eq!(span.output_preview.as_deref(), Some("21 C"));
    }

    #[test]
    fn a_tool_is_named_by_its_span_unless_it_says_otherwise() {
        assert_eq!(span(json!({"vedette.kind": "tool"})).tool.as_deref(), Some("work"));
        assert_eq!(span(json!({"vedette.kind": "tool", "gen_ai.tool.name": "search"})).tool.as_deref(), Some("search"));
        assert_eq!(span(json!({"vedette.kind": "retriever"})).tool, None);
    }

    #[test]
    fn an_open_span_runs_and_names_its_process() {
        let mut open = raw(json!({"vedette.kind": "agent", "vedette.open": true}));
        open.end = None;
        open.resource = Arc::new(Resource {
            attributes: [("process.pid", Value::Int(42)), ("host.name", Value::from("box"))].into_iter().collect(),
        });
        let span = normalize(&open, &Prices::bundled());
        assert_eq!((span.status, span.end), (Status::Running, None));
        assert_eq!(span.facts.unwrap().process_id.as_deref(), Some("box:42"));
    }

    #[test]
    fn our_own_cost_of_nothing_is_meant() {
        let call = |cost: Json| {
            span(json!({"vedette.kind": "llm", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10, "vedette.cost_usd": cost})).cost.map(|cost| cost.source)
        };
        assert_eq!(call(json!("0")), Some(CostSource::Reported));
        assert_eq!(call(json!("not a number")), Some(CostSource::Computed));
    }

    #[test]
    fn a_log_record_is_a_line_and_no_part_of_its_span_s_content() {
        let record = RawLog {
            run: Some(RunKey([1; 16])),
            span: Some(SpanKey([1; 8])),
            time: Timestamp(5),
            event_name: String::new(),
            severity: "WARNING".into(),
            body: Value::from("disk is\nnearly full"),
            attributes: Attributes::default(),
            resource: Arc::new(Resource::default()),
            scope: Arc::new(Scope::default()),
        };
        let record = record.into_span().unwrap();
        let line = normalize(&record, &Prices::bundled());
        assert_eq!((line.kind, line.log_record, line.level.as_deref()), (Kind::Log, true, Some("warn")));
        assert_eq!(line.input_preview.as_deref(), Some("disk is nearly full"));
        let call = raw(json!({"vedette.kind": "llm", "vedette.output": "21 C"}));
        let said = content(&call, &[record]);
        assert_eq!((said.input, said.messages.len()), (None, 1));
        assert_eq!(said.messages[0].parts, [Part::Text { text: "21 C".into() }]);
    }
}
