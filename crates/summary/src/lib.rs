//! From the skeletons of a run's spans to its summary. Pure and total: the answer depends on what the
//! spans say, never on the order in which they came, and every input has one, cycles and orphans included.
//! O(n log n), without recursion. Knows no store, no clock and no wire format.
//!
//! A store keeps, for each response id of an account, the runs that have a [`CallSite`] with it. When a run
//! has changed:
//!
//! 1. [`call_sites`] gives its present sites; those of the same response ids in other runs are gathered.
//! 2. [`copies_among`] says of all these sites which are copies. Runs whose [`Copies`] changed are
//!    recomputed too.
//! 3. [`summarize`] with the run's own [`Copies`] gives the row of the run and the marks of its spans.
//!
//! One file a concern: `tree` (parents, depth, root), `reported` (each span's tokens and cost, with its log
//! records'), `duplicates` (inside the run), `copies` (across runs), `figures`, `facts`, `previews`, `state`.

mod copies;
mod duplicates;
mod facts;
mod figures;
mod previews;
mod reported;
mod state;
mod tree;

pub use copies::{CallSite, call_sites, copies_among};

use duplicates::Duplicates;
use facts::Said;
use figures::Figures;
use state::State;
use std::collections::BTreeMap;
use tree::{Tree, is_call};
use vedette_model::{Control, Copies, Mark, Run, RunKey, Skeleton, Summary};

/// Computes a run from all its skeletons, one for each span id, and from what was said of it directly. Either
/// may be empty. `copies` are this run's spans that another run owns.
///
/// `conflicting_spans` is left 0: only the store has seen the span that did not stay.
#[must_use]
pub fn summarize(key: RunKey, skeletons: &[Skeleton], control: &Control, copies: &Copies) -> Summary {
    let tree = Tree::new(skeletons);
    let said = Said::new(&tree, control);
    let state = State::of(&tree, control);
    let (reported, placed) = reported::collect(&tree);
    let duplicates = Duplicates::find(&tree, &reported);
    let mut joined = tree.column(|_| false);
    for node in tree.nodes().filter(|node| tree[*node].log_record) {
        joined[node] = tree.parent(node).is_some() || placed[node];
    }
    let (figures, counted) = Figures::count(&tree, reported, &joined, &placed, &duplicates, copies, control);

    let mut marks = BTreeMap::new();
    for node in tree.nodes() {
        let span = &tree[node];
        let original = duplicates.original(node).map(|original| (key, tree[original].id));
        let mark = Mark {
            counted: counted[node],
            duplicate_of: original.or_else(|| copies.get(&span.id).copied()),
            late: state.is_late(span) && !joined[node],
            joined: joined[node],
        };
        if mark != Mark::default() {
            marks.insert(span.id, mark);
        }
    }

    let calls = || tree.top_down().filter(|node| is_call(&tree[*node]) && duplicates.is_original(*node));
    let owner = calls().find_map(|call| copies.get(&tree[call].id)).map(|(run, _)| *run);
    let is_copy = control.opened.is_none()
        && control.closed.is_none()
        && copies::only_calls(&tree)
        && calls().all(|call| copies.contains_key(&tree[call].id));

    let opened = control.opened.as_ref();
    let closed = control.closed.as_ref();
    let received = || {
        let control =
            opened.map(|opened| opened.received_at).into_iter().chain(closed.map(|closed| closed.received_at));
        tree.spans().map(|span| span.received).chain(control)
    };
    let mut session = said.session();
    let user_id = said.first(|facts| facts.user_id.clone());
    let user_id = user_id.or_else(|| session.as_ref().and_then(|session| session.user_id.clone()));
    if let Some(session) = &mut session {
        session.user_id = session.user_id.take().or_else(|| user_id.clone());
    }
    let verdict = control.verdict.clone();

    let run = Run {
        key,
        external_id: said.first(|facts| facts.external_id.clone()),
        kind: said.kind(),
        agent: said.agent(),
        agents: said.agents(),
        name: said.name(),
        status: state.status,
        presumed: state.presumed,
        success: verdict.success.unwrap_or_else(|| said.first(|facts| facts.success)),
        outcome: verdict.outcome.unwrap_or_else(|| said.first(|facts| facts.outcome.clone())),
        started_at: state.started_at,
        finished_at: state.finished_at,
        received_at: received().min().unwrap_or_default(),
        last_received_at: received().max().unwrap_or_default(),
        session,
        sessions: said.sessions(),
        user_id,
        customer_id: said.first(|facts| facts.customer_id.clone()),
        feature: said.first(|facts| facts.feature.clone()),
        workflow: said.first(|facts| facts.workflow.clone()),
        pattern: said.first(|facts| facts.pattern.clone()),
        version: said.first(|facts| facts.version.clone()),
        environment: said.first(|facts| facts.environment.clone()),
        tags: said.tags(),
        metadata: said.metadata(),
        parent: said.first(|facts| facts.parent_run.filter(|parent| *parent != key)),
        span_count: figures.span_count,
        event_count: figures.event_count,
        model_calls: figures.model_calls,
        tool_calls: figures.tool_calls,
        error_count: figures.error_count,
        conflicting_spans: 0,
        failure: state.failure,
        usage: figures.usage,
        cost: figures.cost,
        cost_by_source: figures.cost_by_source,
        unpriced_models: figures.unpriced_models,
        by_model: figures.by_model,
        by_tool: figures.by_tool,
        input_preview: previews::input(&tree),
        output_preview: closed.and_then(|closed| closed.output_preview.clone()).or_else(|| previews::output(&tree)),
        duplicate_of: owner.filter(|_| is_copy),
        announced: opened.is_some() || tree.spans().any(|span| span.is_open() && !span.log_record),
        process_id: said.first(|facts| facts.process_id.clone()),
        only_logs: opened.is_none() && closed.is_none() && tree.spans().all(|span| span.log_record),
    };
    Summary { run, marks }
}
