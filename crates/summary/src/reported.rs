//! What each span reports of tokens and cost, its log records' share included. Claude Code's cost, for
//! one, comes only in log records, which name the agent's span or the trace instead of the call.

use crate::tree::{Column, Node, Tree, is_call};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use vedette_model::{Cost, CostSource, Skeleton, SpanKey, Timestamp, Usage};

/// Tokens and cost of one span. An unknown is absent.
#[derive(Clone)]
pub(crate) struct Reported {
    pub(crate) usage: Option<Usage>,
    pub(crate) cost: Option<Cost>,
    pub(crate) model: Option<Arc<str>>,
    pub(crate) unpriced: bool,
}

impl Reported {
    pub(crate) fn of(span: &Skeleton) -> Self {
        Reported {
            usage: span.usage.filter(|usage| !usage.is_empty()),
            cost: span.cost.clone(),
            model: span.model.clone(),
            unpriced: span.unpriced,
        }
    }

    pub(crate) fn has_figures(&self) -> bool {
        self.usage.is_some() || self.cost.is_some()
    }

    /// Takes what it lacks from another report of the same call.
    pub(crate) fn fill(&mut self, other: &Reported) {
        self.usage = self.usage.or(other.usage);
        self.cost = self.cost.take().or_else(|| other.cost.clone());
        self.model = self.model.take().or_else(|| other.model.clone());
        self.unpriced |= other.unpriced;
    }

    /// As [`Self::fill`], but a cost that the sender reports beats one we computed.
    fn fill_from_record(&mut self, record: &Reported) {
        let better = |cost: &Cost| cost.source == CostSource::Reported;
        if record.cost.as_ref().is_some_and(better) && !self.cost.as_ref().is_some_and(better) {
            self.cost = record.cost.clone();
        }
        self.fill(record);
    }
}

/// Reports of all spans, and of which log records the figures have gone into a call.
pub(crate) fn collect(tree: &Tree) -> (Column<Reported>, Column<bool>) {
    let mut reported = tree.column(Reported::of);
    let mut placed = tree.column(|_| false);
    for (record, call) in placements(tree, &reported) {
        let figures = reported[record].clone();
        reported[call].fill_from_record(&figures);
        placed[record] = true;
    }
    (reported, placed)
}

/// Log records with figures and their calls: the parent if that is a call, else a call of the same model
/// that was running then, each call once. Likewise notes, but the call is a sibling that ended without a
/// word on its tokens.
fn placements(tree: &Tree, reported: &Column<Reported>) -> Vec<(Node, Node)> {
    type Siblings<'a> = (Option<SpanKey>, &'a str, Option<&'a str>);
    let mut placements = Vec::new();
    let mut silent: BTreeMap<Siblings<'_>, Vec<Node>> = BTreeMap::new();
    let mut by_model: BTreeMap<&str, (Vec<Node>, Vec<Node>)> = BTreeMap::new();
    for node in tree.nodes() {
        let span = &tree[node];
        let siblings = (span.parent, &*span.scope, span.model.as_deref().map(undated));
        let above = || tree.parent(node).filter(|parent| is_call(&tree[*parent]));
        if is_call(span) {
            if reported[node].usage.is_none() {
                silent.entry(siblings).or_default().push(node);
            }
            if let Some(model) = &span.model {
                by_model.entry(undated(model)).or_default().0.push(node);
            }
        } else if span.log_record && reported[node].has_figures() {
            if let Some(call) = above() {
                placements.push((node, call));
            } else if let Some(model) = &span.model {
                by_model.entry(undated(model)).or_default().1.push(node);
            }
        } else if is_note(span) && reported[node].has_figures() {
            let call = above().or_else(|| silent.get_mut(&siblings)?.pop());
            placements.extend(call.map(|call| (node, call)));
        }
    }
    for (calls, records) in by_model.into_values() {
        let mut calls = calls.into_iter().peekable();
        let mut running = BinaryHeap::new();
        for record in records {
            let now = tree[record].start;
            while let Some(call) = calls.next_if(|call| tree[*call].start <= now) {
                running.push(Reverse((end(&tree[call]), call)));
            }
            while running.peek().is_some_and(|Reverse((end, _))| *end < now) {
                running.pop();
            }
            if let Some(Reverse((_, call))) = running.pop() {
                placements.push((record, call));
            }
        }
    }
    placements
}

/// A point event that repeats what a call used: Logfire tells the end of a streamed call by one, and the
/// call's own span ends before its tokens are known.
fn is_note(span: &Skeleton) -> bool {
    span.kind.is_point() && span.usage_is_copy && !span.log_record
}

/// When a span ended; an open one has not yet, whatever time it is.
pub(crate) fn end(span: &Skeleton) -> Timestamp {
    span.end.unwrap_or(Timestamp(i64::MAX))
}

/// A model's name without a trailing date: what was asked for and what answered differ by it.
pub(crate) fn undated(model: &str) -> &str {
    let dated = |length: usize| {
        let (name, suffix) = model.split_at_checked(model.len().checked_sub(length)?)?;
        let date: String = suffix.strip_prefix(['-', '@'])?.split('-').collect();
        let is_date = date.len() == 8 && date.starts_with("20") && date.bytes().all(|byte| byte.is_ascii_digit());
        (is_date && !name.is_empty()).then_some(name)
    };
    dated("-2026-01-31".len()).or_else(|| dated("-20260131".len())).unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use super::undated;

    #[test]
    fn only_a_date_is_cut_from_a_model() {
        for (model, name) in [
            ("gpt-4o-mini-2026-01-01", "gpt-4o-mini"),
            ("claude-sonnet-4-5", "claude-sonnet-4-5"),
            ("claude-3@20250219", "claude-3"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("gpt-4-0613", "gpt-4-0613"),
            ("gpt-4", "gpt-4"),
            ("-20260101", "-20260101"),
            ("modèle-2026-01-é1", "modèle-2026-01-é1"),
            ("", ""),
        ] {
            assert_eq!(undated(model), name);
        }
    }
}
