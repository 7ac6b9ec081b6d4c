//! The figures of a run as lists and statistics scan them: what is added up first, the labels that
//! filters and groups look at behind it, so that a scan need not read them.

use super::codec::{take, to_bytes};
use crate::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use vedette_model::{
    Failure, ModelFigures, NanoUsd, Run, RunKey, RunKind, Session, Status, Timestamp, ToolFigures, Usage,
};

#[derive(Serialize, Deserialize)]
struct Figures<'a> {
    kind: RunKind,
    status: Status,
    success: Option<bool>,
    duration_ns: Option<i64>,
    cost: Option<NanoUsd>,
    usage: Usage,
    model_calls: u64,
    error_count: u64,
    agent: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Labels<'a> {
    #[serde(borrow)]
    agents: Vec<&'a str>,
    outcome: Option<&'a str>,
    session: Option<(&'a str, Option<&'a str>, Option<&'a str>, bool)>,
    sessions: Vec<&'a str>,
    user_id: Option<&'a str>,
    customer_id: Option<&'a str>,
    feature: Option<&'a str>,
    workflow: Option<&'a str>,
    tags: Vec<&'a str>,
    environment: Option<&'a str>,
    unpriced_models: Vec<&'a str>,
    by_model: Vec<(&'a str, ModelFigures)>,
    by_tool: Vec<(&'a str, ToolFigures)>,
}

fn texts<'a>(set: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<&'a str> {
    set.into_iter().map(AsRef::as_ref).collect()
}

pub(super) fn encode(run: &Run) -> Result<Vec<u8>> {
    let figures = Figures {
        kind: run.kind,
        status: run.status,
        success: run.success,
        duration_ns: run.finished_at.map(|end| end.0 - run.started_at.0),
        cost: run.cost,
        usage: run.usage,
        model_calls: run.model_calls,
        error_count: run.error_count,
        agent: run.agent.as_deref(),
    };
    let session = run.session.as_ref();
    let labels = Labels {
        agents: texts(&run.agents),
        outcome: run.outcome.as_deref(),
        session: session.map(|it| (&*it.id, it.name.as_deref(), it.user_id.as_deref(), it.weak)),
        sessions: texts(&run.sessions),
        user_id: run.user_id.as_deref(),
        customer_id: run.customer_id.as_deref(),
        feature: run.feature.as_deref(),
        workflow: run.workflow.as_deref(),
        tags: texts(&run.tags),
        environment: run.environment.as_deref(),
        unpriced_models: texts(&run.unpriced_models),
        by_model: run.by_model.iter().map(|(model, figures)| (&**model, figures.clone())).collect(),
        by_tool: run.by_tool.iter().map(|(tool, figures)| (&**tool, *figures)).collect(),
    };
    to_bytes(&(figures, labels))
}

/// A run as far as its hot row knows it: no texts but its labels.
pub(super) fn decode(key: RunKey, started_at: Timestamp, bytes: &[u8], with_labels: bool) -> Result<Run> {
    let mut rest = bytes;
    let figures: Figures<'_> = take(&mut rest, "figures")?;
    let mut run = blank(key, started_at);
    run.kind = figures.kind;
    run.status = figures.status;
    run.success = figures.success;
    run.finished_at = figures.duration_ns.map(|ns| Timestamp(started_at.0 + ns));
    run.cost = figures.cost;
    run.usage = figures.usage;
    run.model_calls = figures.model_calls;
    run.error_count = figures.error_count;
    run.agent = figures.agent.map(Arc::from);
    if !with_labels {
        return Ok(run);
    }
    let labels: Labels<'_> = take(&mut rest, "labels")?;
    let set = |texts: Vec<&str>| texts.into_iter().map(Arc::from).collect::<BTreeSet<Arc<str>>>();
    let text = |text: Option<&str>| text.map(Arc::from);
    run.agents = set(labels.agents);
    run.outcome = text(labels.outcome);
    run.session = labels.session.map(|(id, name, user_id, weak)| Session {
        id: id.into(),
        name: text(name),
        user_id: text(user_id),
        weak,
    });
    run.sessions = set(labels.sessions);
    run.user_id = text(labels.user_id);
    run.customer_id = text(labels.customer_id);
    run.feature = text(labels.feature);
    run.workflow = text(labels.workflow);
    run.tags = labels.tags.into_iter().map(Arc::from).collect();
    run.environment = text(labels.environment);
    run.unpriced_models = set(labels.unpriced_models);
    run.by_model = labels.by_model.into_iter().map(|(model, figures)| (model.into(), figures)).collect();
    run.by_tool = labels.by_tool.into_iter().map(|(tool, figures)| (tool.into(), figures)).collect();
    Ok(run)
}

fn blank(key: RunKey, started_at: Timestamp) -> Run {
    Run {
        key,
        external_id: None,
        kind: RunKind::Run,
        agent: None,
        agents: BTreeSet::new(),
        name: Arc::default(),
        status: Status::Running,
        presumed: false,
        success: None,
        outcome: None,
        started_at,
        finished_at: None,
        received_at: started_at,
        last_received_at: started_at,
        session: None,
        sessions: BTreeSet::new(),
        user_id: None,
        customer_id: None,
        feature: None,
        workflow: None,
        pattern: None,
        version: None,
        environment: None,
        tags: Vec::new(),
        metadata: Default::default(),
        parent: None,
        span_count: 0,
        event_count: 0,
        model_calls: 0,
        tool_calls: 0,
        error_count: 0,
        conflicting_spans: 0,
        failure: None::<Failure>,
        usage: Usage::default(),
        cost: None,
        cost_source: None,
        unpriced_models: BTreeSet::new(),
        by_model: Default::default(),
        by_tool: Default::default(),
        input_preview: None,
        output_preview: None,
        duplicate_of: None,
        announced: false,
        process_id: None,
        only_logs: false,
    }
}
