//! What figures, filters and orders know of a run: plain rows instead of maps and sets, so that one can be
//! filled again and again while many runs are looked at.

use crate::filter::listed;
use std::sync::Arc;
use vedette_model::{
    CostSource, ModelFigures, NanoUsd, Run, RunKey, RunKind, Session, Status, Timestamp, ToolFigures, Usage,
};

/// A listed run, as far as it is counted. The fields are those of [`Run`]; lists are in order.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "see Run")]
pub struct RunFigures {
    pub key: RunKey,
    pub kind: RunKind,
    pub status: Status,
    pub success: Option<bool>,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub cost: Option<NanoUsd>,
    pub usage: Usage,
    pub model_calls: u64,
    pub error_count: u64,
    pub agent: Option<Arc<str>>,
    pub outcome: Option<Arc<str>>,
    pub agents: Vec<Arc<str>>,
    pub session: Option<Session>,
    pub sessions: Vec<Arc<str>>,
    pub user_id: Option<Arc<str>>,
    pub customer_id: Option<Arc<str>>,
    pub feature: Option<Arc<str>>,
    pub workflow: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub tags: Vec<Arc<str>>,
    pub environment: Option<Arc<str>>,
    pub unpriced_models: Vec<Arc<str>>,
    pub cost_by_source: Vec<(CostSource, NanoUsd)>,
    pub by_model: Vec<(Arc<str>, ModelFigures)>,
    pub by_tool: Vec<(Arc<str>, ToolFigures)>,
}

impl RunFigures {
    /// Of a run; `None` if no list knows it.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        listed(run).then(|| RunFigures {
            key: run.key,
            kind: run.kind,
            status: run.status,
            success: run.success,
            started_at: run.started_at,
            finished_at: run.finished_at,
            cost: run.cost,
            usage: run.usage,
            model_calls: run.model_calls,
            error_count: run.error_count,
            agent: run.agent.clone(),
            outcome: run.outcome.clone(),
            agents: run.agents.iter().cloned().collect(),
            session: run.session.clone(),
            sessions: run.sessions.iter().cloned().collect(),
            user_id: run.user_id.clone(),
            customer_id: run.customer_id.clone(),
            feature: run.feature.clone(),
            workflow: run.workflow.clone(),
            version: run.version.clone(),
            tags: run.tags.clone(),
            environment: run.environment.clone(),
            unpriced_models: run.unpriced_models.iter().cloned().collect(),
            cost_by_source: run.cost_by_source.iter().map(|(source, cost)| (*source, *cost)).collect(),
            by_model: run.by_model.iter().map(|(model, figures)| (model.clone(), figures.clone())).collect(),
            by_tool: run.by_tool.iter().map(|(tool, figures)| (tool.clone(), *figures)).collect(),
        })
    }

    /// Of a run of which nothing is known.
    #[must_use]
    pub fn blank(key: RunKey, started_at: Timestamp) -> Self {
        RunFigures {
            key,
            kind: RunKind::Run,
            status: Status::Running,
            success: None,
            started_at,
            finished_at: None,
            cost: None,
            usage: Usage::default(),
            model_calls: 0,
            error_count: 0,
            agent: None,
            outcome: None,
            agents: Vec::new(),
            session: None,
            sessions: Vec::new(),
            user_id: None,
            customer_id: None,
            feature: None,
            workflow: None,
            version: None,
            tags: Vec::new(),
            environment: None,
            unpriced_models: Vec::new(),
            cost_by_source: Vec::new(),
            by_model: Vec::new(),
            by_tool: Vec::new(),
        }
    }

    /// All of it, as one model's share.
    #[must_use]
    pub fn whole(&self) -> ModelFigures {
        ModelFigures { calls: self.model_calls, usage: self.usage, cost: self.cost }
    }
}
