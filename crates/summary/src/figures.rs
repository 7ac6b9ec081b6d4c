//! What a run's spans add up to: each model call once, a total of someone's own only where nothing below it
//! says more.

use crate::duplicates::{Duplicates, is_tool, tool_name};
use crate::reported::Reported;
use crate::tree::{Column, Node, Tree, is_call, is_container};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vedette_model::limits::NAMES_PER_RUN;
use vedette_model::{Control, Copies, CostSource, ModelFigures, NanoUsd, Skeleton, Status, ToolFigures, Usage};

/// See the fields of the same names of [`vedette_model::Run`].
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) span_count: u64,
    pub(crate) event_count: u64,
    pub(crate) model_calls: u64,
    pub(crate) tool_calls: u64,
    pub(crate) error_count: u64,
    pub(crate) usage: Usage,
    pub(crate) cost: Option<NanoUsd>,
    pub(crate) cost_by_source: BTreeMap<CostSource, NanoUsd>,
    pub(crate) unpriced_models: BTreeSet<Arc<str>>,
    pub(crate) by_model: BTreeMap<Arc<str>, ModelFigures>,
    pub(crate) by_tool: BTreeMap<Arc<str>, ToolFigures>,
    cost_unknown: bool,
}

impl Figures {
    /// Counts spans, calls, errors, and every report that stands. The second answer says which spans' reports do.
    pub(crate) fn count(
        tree: &Tree,
        mut reported: Column<Reported>,
        joined: &Column<bool>,
        placed: &Column<bool>,
        duplicates: &Duplicates,
        copies: &Copies,
        control: &Control,
    ) -> (Self, Column<bool>) {
        let mut figures = Figures::default();
        let mut failed = tree.column(is_failed);
        for node in tree.nodes() {
            if let Some(original) = duplicates.original(node) {
                let other = reported[node].clone();
                reported[original].fill(&other);
                failed[original] |= failed[node] && is_tool(&tree[node]);
            }
        }
        let copied = |node: Node| !duplicates.is_original(node) || copies.contains_key(&tree[node].id);
        let bears = tree_bears(tree, &reported);
        let below = below(tree, &bears);
        let mut counted = tree.column(|_| false);
        let (mut any_usage, mut any_cost) = (false, false);

        for node in tree.nodes() {
            let span = &tree[node];
            if span.log_record {
                figures.event_count += u64::from(!joined[node]);
                continue;
            }
            figures.span_count += u64::from(!span.kind.is_point());
            figures.event_count += u64::from(span.kind.is_point());
            any_usage |= bears[node] && reported[node].usage.is_some();
            any_cost |= bears[node] && reported[node].cost.is_some();
            if copied(node) {
                continue;
            }
            figures.error_count += u64::from(failed[node]);
            if is_tool(span) {
                figures.add_tool(tool_name(span), failed[node]);
            }
            if is_call(span) || (bears[node] && !below[node]) {
                counted[node] = true;
                figures.add(&reported[node], is_call(span));
            }
        }

        // Log records that name no call: the only word on tokens or cost, or no word.
        for node in tree.nodes().filter(|node| tree[*node].log_record && !placed[*node]) {
            let record = &reported[node];
            let usage = record.usage.filter(|_| !any_usage);
            let cost = record.cost.clone().filter(|_| !any_cost);
            if usage.is_some() || cost.is_some() {
                counted[node] = true;
                figures.add(&Reported { usage, cost, ..record.clone() }, false);
            }
        }
        let reported_cost = control.closed.as_ref().and_then(|closed| closed.reported_cost);
        if let Some(total) = reported_cost.filter(|_| !any_usage && figures.cost_by_source.is_empty()) {
            figures.add_cost(total, CostSource::Reported);
        }
        figures.conclude_cost();
        (figures, counted)
    }

    fn add(&mut self, report: &Reported, is_call: bool) {
        self.model_calls += u64::from(is_call);
        let usage = report.usage.unwrap_or_default();
        self.usage = self.usage.plus(&usage);
        match &report.cost {
            Some(cost) => self.add_cost(cost.amount, cost.source),
            None => {
                self.cost_unknown |= is_call || report.usage.is_some();
                if let Some(model) = report.model.as_ref().filter(|_| report.unpriced)
                    && self.unpriced_models.len() < NAMES_PER_RUN
                {
                    self.unpriced_models.insert(model.clone());
                }
            }
        }
        if let Some(model) = report.model.as_ref().and_then(|model| entry(&mut self.by_model, model)) {
            model.calls += u64::from(is_call);
            model.usage = model.usage.plus(&usage);
            if let Some(cost) = &report.cost {
                model.cost = Some(model.cost.unwrap_or_default().plus(cost.amount));
            }
        }
    }

    fn add_cost(&mut self, amount: NanoUsd, source: CostSource) {
        self.cost = Some(self.cost.unwrap_or_default().plus(amount));
        let known = self.cost_by_source.entry(source).or_default();
        *known = known.plus(amount);
    }

    fn add_tool(&mut self, name: &Arc<str>, failed: bool) {
        self.tool_calls += 1;
        if let Some(tool) = entry(&mut self.by_tool, name) {
            tool.calls += 1;
            tool.failures += u64::from(failed);
        }
    }

    /// Nothing that could cost costs nothing; what could, and has no price, is unknown.
    fn conclude_cost(&mut self) {
        if self.cost.is_none() && !self.cost_unknown {
            self.cost = Some(NanoUsd::ZERO);
        }
    }
}

/// The entry of a name, unless it is a new one beyond the bound.
fn entry<'m, V: Default>(map: &'m mut BTreeMap<Arc<str>, V>, name: &Arc<str>) -> Option<&'m mut V> {
    if map.len() >= NAMES_PER_RUN { map.get_mut(name) } else { Some(map.entry(name.clone()).or_default()) }
}

/// A span, as opposed to a point event, that ended badly by itself.
fn is_failed(span: &Skeleton) -> bool {
    matches!(span.status, Status::Failed | Status::Timeout) && !span.kind.is_point() && !span.log_record
}

/// Spans whose tokens or cost mean something: calls, sums of containers, and others' own, not carriers of copies.
fn tree_bears(tree: &Tree, reported: &Column<Reported>) -> Column<bool> {
    let mut bears = tree.column(|span| !span.log_record && (!span.usage_is_copy || is_container(span)));
    for node in tree.nodes() {
        bears[node] &= reported[node].has_figures();
    }
    bears
}

/// Whether some span below each bears figures.
fn below(tree: &Tree, bears: &Column<bool>) -> Column<bool> {
    let mut below = tree.column(|_| false);
    for node in tree.top_down().rev() {
        if let Some(parent) = tree.parent(node) {
            below[parent] |= bears[node] || below[node];
        }
    }
    below
}
