//! Which spans of a run are the same model call or the same tool call as another span of it, because two
//! instrumentations saw it. Decides nothing about other runs: that is `copies`.

use crate::reported::{Reported, end, undated};
use crate::tree::{Column, Node, Tree, is_call};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use vedette_model::{Kind, Skeleton, Status};

/// A failure told by a span of its own comes at most this long after the tool's span.
const FAILURE_GAP: Duration = Duration::from_millis(10);

/// See the module.
pub(crate) struct Duplicates {
    /// For each span that is a copy, a span that is the same call, or stands for it.
    same: Column<Option<Node>>,
    /// Each span's own response id, else one of its copies'.
    response_ids: Column<Option<Arc<str>>>,
}

impl Duplicates {
    /// Model calls by nesting, by response id, as siblings, each among what the one before left; then tools.
    pub(crate) fn find(tree: &Tree, reported: &Column<Reported>) -> Self {
        let mut found =
            Duplicates { same: tree.column(|_| None), response_ids: tree.column(|span| span.response_id.clone()) };
        for kind in [Kind::Llm, Kind::Embedding] {
            found.nested_calls(tree, reported, kind);
        }
        found.lend_response_ids(tree);
        found.same_response(tree);
        found.sibling_calls(tree);
        found.lend_response_ids(tree);
        found.nested_tools(tree);
        found.same_tool_call(tree);
        found.told_failures(tree);
        found
    }

    /// The span that stands for the call, if this one does not.
    pub(crate) fn original(&self, node: Node) -> Option<Node> {
        let mut original = self.same[node]?;
        while let Some(next) = self.same[original] {
            original = next;
        }
        Some(original)
    }

    /// Stands for itself.
    pub(crate) fn is_original(&self, node: Node) -> bool {
        self.same[node].is_none()
    }

    /// The response id of a call, from whichever of its spans knows it.
    pub(crate) fn response_id(&self, node: Node) -> Option<&Arc<str>> {
        self.response_ids[node].as_ref()
    }

    fn lend_response_ids(&mut self, tree: &Tree) {
        for node in tree.nodes() {
            if let Some(original) = self.original(node).filter(|original| self.response_ids[*original].is_none()) {
                self.response_ids[original] = self.response_ids[node].clone();
            }
        }
    }

    /// A call below a call with no other AI work between them is the same call. The outer one stands for
    /// it, unless only inner ones know the tokens: then the outer is a wrapper, shown as a copy of the first.
    fn nested_calls(&mut self, tree: &Tree, reported: &Column<Reported>, kind: Kind) {
        let of_kind = |node: Node| tree[node].kind == kind && is_call(&tree[node]);
        let is_barrier = |span: &Skeleton| span.kind.is_ai() && !span.kind.is_model_call() && !span.kind.is_point();
        let outer = enclosing(tree, of_kind, is_barrier);
        let knows = |node: Node| reported[node].usage.is_some();

        let mut holds = tree.column(|_| false);
        for node in tree.top_down().rev().filter(|node| of_kind(*node)) {
            if let Some(outer) = outer[node] {
                holds[outer] |= knows(node) || holds[node];
            }
        }
        let mut stands: Column<Option<Node>> = tree.column(|_| None);
        for node in tree.top_down().filter(|node| tree[*node].kind == kind && !tree[*node].log_record) {
            if let Some(call) = outer[node].and_then(|outer| stands[outer]) {
                self.same[node] = Some(call);
                stands[node] = Some(call);
            } else if of_kind(node) && (knows(node) || !holds[node]) {
                stands[node] = Some(node);
                let mut wrapper = outer[node].filter(|_| knows(node));
                while let Some(outside) = wrapper.filter(|outside| self.is_original(*outside)) {
                    self.same[outside] = Some(node);
                    wrapper = outer[outside];
                }
            }
        }
    }

    /// Same response id, another scope, at the same time.
    fn same_response(&mut self, tree: &Tree) {
        let groups = self.groups(tree, is_call, |node| Some((tree[node].kind, self.response_id(node)?.clone())));
        for group in groups {
            let mut kept = LastToEnd::default();
            for node in group {
                match kept.of_another_scope(tree, node).filter(|call| end(&tree[*call]) >= tree[node].start) {
                    Some(call) => self.same[node] = Some(call),
                    None => kept.add(tree, node),
                }
            }
        }
    }

    /// Same parent, same model, another scope, one inside the other in time, at least one without a
    /// response id. Of calls that failed not every instrumentation knows the model.
    fn sibling_calls(&mut self, tree: &Tree) {
        let of_model = |node: Node| {
            let span = &tree[node];
            Some((span.parent, span.kind, span.model.as_deref().map(undated)))
        };
        for group in self.groups(tree, is_call, of_model) {
            self.inside_siblings(tree, group, |found, node| found.response_id(node).is_some());
        }
        let failed = |span: &Skeleton| is_call(span) && span.status == Status::Failed;
        for group in self.groups(tree, failed, |node| Some((tree[node].parent, tree[node].kind))) {
            self.inside_siblings(tree, group, |_, node| tree[node].model.is_some());
        }
    }

    /// Among siblings by start: one is the same call as a wider one, unless both are told apart by a name.
    fn inside_siblings(&mut self, tree: &Tree, group: Vec<Node>, is_named: impl Fn(&Self, Node) -> bool) {
        let (mut kept, mut nameless) = (LastToEnd::default(), LastToEnd::default());
        for node in group {
            let named = is_named(self, node);
            let wider = if named { &nameless } else { &kept };
            match wider.of_another_scope(tree, node).filter(|call| end(&tree[*call]) >= end(&tree[node])) {
                Some(call) => self.same[node] = Some(call),
                None => {
                    kept.add(tree, node);
                    if !named {
                        nameless.add(tree, node);
                    }
                }
            }
        }
    }

    /// A tool inside the same tool, seen by another scope, or told in other words (a client and a server of MCP).
    fn nested_tools(&mut self, tree: &Tree) {
        let is_barrier = |span: &Skeleton| span.kind == Kind::Agent || span.kind.is_model_call();
        let outer = enclosing(tree, |node| is_tool(&tree[node]), is_barrier);
        for node in tree.top_down().filter(|node| is_tool(&tree[*node])) {
            let span = &tree[node];
            let same = outer[node].filter(|outer| {
                let outer = &tree[*outer];
                tool_name(span) == tool_name(outer) && (span.scope != outer.scope || span.name != outer.name)
            });
            self.same[node] = same.map(|outer| self.same[outer].unwrap_or(outer));
        }
    }

    /// Same tool call id, at the same time.
    fn same_tool_call(&mut self, tree: &Tree) {
        for group in self.groups(tree, is_tool, |node| tree[node].tool_call_id.as_deref()) {
            let mut longest: Option<Node> = None;
            for node in group {
                match longest.filter(|tool| end(&tree[*tool]) >= tree[node].start) {
                    Some(tool) => self.same[node] = Some(tool),
                    None => longest = Some(node),
                }
            }
        }
    }

    /// CrewAI tells a tool's failure by a second span without duration, right after the first.
    fn told_failures(&mut self, tree: &Tree) {
        let failed = |span: &Skeleton| is_tool(span) && span.status == Status::Failed;
        let siblings = |node: Node| {
            let span = &tree[node];
            Some((span.parent, tool_name(span), &*span.scope))
        };
        for group in self.groups(tree, failed, siblings) {
            let mut last: Option<Node> = None;
            for node in group {
                let span = &tree[node];
                if span.end != Some(span.start) {
                    last = Some(node);
                } else if let Some(tool) = last.take_if(|tool| span.start <= end(&tree[*tool]).plus(FAILURE_GAP)) {
                    self.same[node] = Some(tool);
                }
            }
        }
    }

    /// Spans that still stand for themselves, grouped; in a group by start, the wider first.
    fn groups<K: Ord>(
        &self,
        tree: &Tree,
        among: impl Fn(&Skeleton) -> bool,
        key: impl Fn(Node) -> Option<K>,
    ) -> Vec<Vec<Node>> {
        let mut groups: BTreeMap<K, Vec<Node>> = BTreeMap::new();
        for node in tree.nodes().filter(|node| among(&tree[*node]) && self.is_original(*node)) {
            if let Some(key) = key(node) {
                groups.entry(key).or_default().push(node);
            }
        }
        let mut groups: Vec<Vec<Node>> = groups.into_values().filter(|group| group.len() > 1).collect();
        for group in &mut groups {
            group.sort_unstable_by_key(|node| (tree[*node].start, Reverse(end(&tree[*node])), *node));
        }
        groups
    }
}

/// For each span the nearest one above it that is meant, up to the first barrier.
fn enclosing(
    tree: &Tree,
    is_meant: impl Fn(Node) -> bool,
    is_barrier: impl Fn(&Skeleton) -> bool,
) -> Column<Option<Node>> {
    let mut enclosing: Column<Option<Node>> = tree.column(|_| None);
    for node in tree.top_down() {
        enclosing[node] = tree.parent(node).and_then(|parent| {
            if is_meant(parent) {
                Some(parent)
            } else if is_barrier(&tree[parent]) {
                None
            } else {
                enclosing[parent]
            }
        });
    }
    enclosing
}

/// An execution of a tool.
pub(crate) fn is_tool(span: &Skeleton) -> bool {
    span.kind == Kind::Tool && !span.log_record
}

/// The tool's name, or the span's where it is not said.
pub(crate) fn tool_name(span: &Skeleton) -> &Arc<str> {
    span.tool.as_ref().unwrap_or(&span.name)
}

/// Of the calls added, the one that ends last, and the last one to end of any other scope: whether some
/// call of another scope reaches a given time is answered without looking at all of them.
#[derive(Default)]
struct LastToEnd {
    first: Option<Node>,
    other: Option<Node>,
}

impl LastToEnd {
    fn add(&mut self, tree: &Tree, node: Node) {
        let later = |than: Option<Node>| than.is_none_or(|than| end(&tree[node]) > end(&tree[than]));
        match self.first {
            Some(first) if tree[first].scope != tree[node].scope => {
                if later(self.first) {
                    self.other = self.first.replace(node);
                } else if later(self.other) {
                    self.other = Some(node);
                }
            }
            _ => {
                if later(self.first) {
                    self.first = Some(node);
                }
            }
        }
    }

    fn of_another_scope(&self, tree: &Tree, node: Node) -> Option<Node> {
        [self.first, self.other].into_iter().flatten().find(|call| tree[*call].scope != tree[node].scope)
    }
}
