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
    // A score that reaches the normalizer is shown among the events.
    let kind = if word == "score" { Kind::Event } else { Kind::parse(word)? };
    Some((kind, "vedette.kind"))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    draft.text(Text::Agent, &["vedette.agent"]);
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
        // Claude Code's only repeat the event's name.
        let body = attributes.str(RawSpan::LOG_BODY).unwrap_or_default();
        if body.is_empty() || !body.ends_with(&raw.name) {
            draft.place(Slot::Input, &[RawSpan::LOG_BODY]);
        }
        draft.place(Slot::Output, &["vedette.output"]);
    } else {
        draft.place(Slot::Sent, &["vedette.input"]);
        draft.place(Slot::Received, &["vedette.output"]);
    }
    if attributes.get(RawSpan::TRUNCATED).is_some() {
        draft.warn("some values were longer than the limit and are cut");
    }
}
