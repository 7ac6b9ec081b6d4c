//! Which runs a [`RunFilter`] selects, decided run by run. It knows nothing of order and pages; the one
//! part it cannot decide alone is `root`, which needs the tree and is left to the backend. All but `q` is
//! decided by a run's figures.

use crate::RunFilter;
use crate::figures::RunFigures;
use std::sync::Arc;
use vedette_model::{Run, RunKey, RunKind, duration_ms};

/// Whether lists, trees and statistics know a run: not while it is only log records, and not when all
/// its calls are copies of another run's.
#[must_use]
pub fn listed(run: &Run) -> bool {
    !run.only_logs && run.duplicate_of.is_none()
}

/// One part of a filter: what [`crate::Facets`] leaves out when it counts that part's own values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Agent,
    Status,
    Success,
    Outcome,
    Kind,
    Model,
    Tool,
    Session,
    User,
    Customer,
    Feature,
    Workflow,
    Version,
    Tag,
    Environment,
}

fn any(wanted: &[String], has: impl Fn(&str) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(|value| has(value))
}

fn has(texts: &[Arc<str>], wanted: &str) -> bool {
    texts.iter().any(|text| **text == *wanted)
}

fn is(wanted: &[String], value: Option<&Arc<str>>) -> bool {
    any(wanted, |wanted| value.is_some_and(|value| &**value == wanted))
}

impl RunFilter {
    /// Whether the filter may show a run of this sort at all: plain traces only where they are asked for.
    #[must_use]
    pub fn shows(&self, run: &RunFigures) -> bool {
        run.kind != RunKind::Trace
            || self.kind.contains(&RunKind::Trace)
            || self.q.is_some()
            || self.root.is_some()
            || !self.session.is_empty()
    }

    /// Whether it selects a run, all parts but `root` considered.
    #[must_use]
    pub fn matches(&self, run: &Run) -> bool {
        self.mentioned(run) && RunFigures::of(run).is_some_and(|run| self.shows(&run) && self.matches_but(&run, None))
    }

    /// Whether a run's texts hold its `q`.
    #[must_use]
    pub(crate) fn mentioned(&self, run: &Run) -> bool {
        self.q.as_ref().is_none_or(|q| contains(run, q))
    }

    /// All parts but `root` and `q`, one of them left out; says nothing of [`RunFilter::shows`].
    pub(crate) fn matches_but(&self, run: &RunFigures, ignored: Option<Part>) -> bool {
        let part = |part: Part, holds: bool| holds || ignored == Some(part);
        self.range.holds(run.started_at)
            && self.bounds(run)
            && self.main_agent.as_ref().is_none_or(|agent| run.agent.as_deref() == Some(agent))
            && part(
                Part::Agent,
                any(&self.agent, |agent| has(&run.agents, agent) || run.agent.as_deref() == Some(agent)),
            )
            && part(Part::Status, self.status.is_empty() || self.status.contains(&run.status))
            && part(Part::Success, self.success.is_none_or(|success| run.success == success))
            && part(Part::Outcome, is(&self.outcome, run.outcome.as_ref()))
            && part(Part::Kind, self.kind.is_empty() || self.kind.contains(&run.kind))
            && part(Part::Model, any(&self.model, |model| run.by_model.iter().any(|(known, _)| &**known == model)))
            && part(Part::Tool, any(&self.tool, |tool| run.by_tool.iter().any(|(known, _)| &**known == tool)))
            && part(Part::Session, any(&self.session, |session| has(&run.sessions, session)))
            && part(Part::User, is(&self.user, run.user_id.as_ref()))
            && part(Part::Customer, is(&self.customer, run.customer_id.as_ref()))
            && part(Part::Feature, is(&self.feature, run.feature.as_ref()))
            && part(Part::Workflow, is(&self.workflow, run.workflow.as_ref()))
            && part(Part::Version, is(&self.version, run.version.as_ref()))
            && part(Part::Tag, any(&self.tag, |tag| has(&run.tags, tag)))
            && part(Part::Environment, is(&self.environment, run.environment.as_ref()))
    }

    fn bounds(&self, run: &RunFigures) -> bool {
        let duration = run.finished_at.map(|end| duration_ms(run.started_at, end));
        self.min_duration_ms.is_none_or(|min| duration.is_some_and(|ms| ms >= min))
            && self.max_duration_ms.is_none_or(|max| duration.is_some_and(|ms| ms <= max))
            && self.min_cost.is_none_or(|min| run.cost.is_some_and(|cost| cost >= min))
            && self.max_cost.is_none_or(|max| run.cost.is_some_and(|cost| cost <= max))
    }
}

fn contains(run: &Run, q: &str) -> bool {
    let needle = q.to_lowercase();
    let key = run.key.to_string();
    let start = needle.strip_prefix("run_eu_").or_else(|| needle.strip_prefix("run_us_"));
    let texts = [&run.external_id, &run.agent, &run.input_preview, &run.output_preview];
    let failure = run.failure.iter().flat_map(|failure| [&failure.kind, &failure.message]);
    start.map_or_else(|| key.contains(&needle), |start| key.starts_with(start))
        || RunKey::parse_exact(q) == Some(run.key)
        || run.name.to_lowercase().contains(&needle)
        || texts.into_iter().chain(failure).flatten().any(|text| text.to_lowercase().contains(&needle))
}
