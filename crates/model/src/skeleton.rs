//! The little of a span that its run's summary is computed from, small enough to keep for every span
//! of every active run.

use crate::{Cost, Failure, Kind, RunKey, Session, Span, SpanKey, Status, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one span says of its run. All optional; the summary chooses by (depth, start, span id).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The conversation.
    pub session: Option<Session>,
    /// The end user.
    pub user_id: Option<Arc<str>>,
    /// The customer the run is for.
    pub customer_id: Option<Arc<str>>,
    /// The product feature the run is for.
    pub feature: Option<Arc<str>>,
    /// The workflow.
    pub workflow: Option<Arc<str>>,
    /// The pattern (pyagent's word).
    pub pattern: Option<Arc<str>>,
    /// The agent's version.
    pub version: Option<Arc<str>>,
    /// `production`, `staging`, ...
    pub environment: Option<Arc<str>>,
    /// In order, each once.
    pub tags: Vec<Arc<str>>,
    /// Flat.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Did it do its job.
    pub success: Option<bool>,
    /// A label for how it went.
    pub outcome: Option<Arc<str>>,
    /// The run above.
    pub parent_run: Option<RunKey>,
    /// The sender's own spelling of the run id.
    pub external_id: Option<Arc<str>>,
    /// The run's kind, where the sender says so (`record`, `heartbeat`).
    pub run_kind: Option<crate::RunKind>,
    /// Announced while open by a process with this id: its silence is a sign.
    pub process_id: Option<Arc<str>>,
}

/// See the module. Made by [`Skeleton::of`]; stored compressed, so its layout is part of the format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skeleton {
    /// As in [`Span`].
    pub id: SpanKey,
    /// As in [`Span`].
    pub parent: Option<SpanKey>,
    /// As in [`Span`].
    pub kind: Kind,
    /// As in [`Span`].
    pub name: Arc<str>,
    /// As in [`Span`].
    pub agent: Option<Arc<str>>,
    /// As in [`Span`].
    pub status: Status,
    /// As in [`Span`].
    pub start: Timestamp,
    /// As in [`Span`]; `None` while open.
    pub end: Option<Timestamp>,
    /// As in [`Span`].
    pub scope: Arc<str>,
    /// As in [`Span`].
    pub service: Option<Arc<str>>,
    /// As in [`Span`].
    pub model: Option<Arc<str>>,
    /// As in [`Span`].
    pub tool: Option<Arc<str>>,
    /// As in [`Span`].
    pub tool_call_id: Option<Arc<str>>,
    /// As in [`Span`].
    pub response_id: Option<Arc<str>>,
    /// As in [`Span`].
    pub usage: Option<Usage>,
    /// As in [`Span`].
    pub cost: Option<Cost>,
    /// As in [`Span`].
    pub unpriced: bool,
    /// As in [`Span`].
    pub failure: Option<Failure>,
    /// As in [`Span`].
    pub input_preview: Option<Arc<str>>,
    /// As in [`Span`].
    pub output_preview: Option<Arc<str>>,
    /// As in [`Span`].
    pub log_record: bool,
    /// As in [`Span`].
    pub usage_is_copy: bool,
    /// As in [`Span`].
    pub child_run: Option<RunKey>,
    /// As in [`Span`].
    pub facts: Option<Box<RunFacts>>,
    /// As in [`Span`].
    pub content_hash: u64,
    /// Server's clock at first receipt.
    pub received: Timestamp,
}

impl Skeleton {
    /// Cuts a span down. Previews stay only where the run may show them: agents, workflows, model calls, topmost
    /// spans, and log records that speak for their span.
    #[must_use]
    pub fn of(span: &Span, received: Timestamp) -> Self {
        let shows = match span.kind {
            Kind::Log | Kind::Decision => false,
            Kind::Event => span.log_record,
            Kind::Tool | Kind::Embedding => span.parent.is_none(),
            kind => kind.is_ai() || span.parent.is_none(),
        };
        Skeleton {
            id: span.id,
            parent: span.parent,
            kind: span.kind,
            name: span.name.clone(),
            agent: span.agent.clone(),
            status: span.status,
            start: span.start,
            end: span.end,
            scope: span.scope.clone(),
            service: span.service.clone(),
            model: span.model.clone(),
            tool: span.tool.clone(),
            tool_call_id: span.tool_call_id.clone(),
            response_id: span.response_id.clone(),
            usage: span.usage,
            cost: span.cost.clone(),
            unpriced: span.unpriced,
            failure: span.failure.clone(),
            input_preview: span.input_preview.clone().filter(|_| shows),
            output_preview: span.output_preview.clone().filter(|_| shows),
            log_record: span.log_record,
            usage_is_copy: span.usage_is_copy,
            child_run: span.child_run,
            facts: span.facts.clone(),
            content_hash: span.content_hash,
            received,
        }
    }

    /// Still open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }
}
