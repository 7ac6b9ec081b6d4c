//! The spans of a run as a tree that is safe to walk: each id once, cycles cut, parents before children.
//! Everything else in this crate reads spans through it, so that no answer depends on their order.

use std::collections::HashMap;
use std::ops::{Index, IndexMut};
use vedette_model::{Kind, Skeleton, SpanKey};

/// A span of the tree. Nodes sort by (start, span id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(usize);

/// One value for each node of a tree.
pub(crate) struct Column<T>(Vec<T>);

const OWN_NODE: &str = "a node is only used with the tree that made it";

impl<T> Column<T> {
    fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<T> {
        (0..self.0.len()).map(Node)
    }

    pub(crate) fn map<U>(&self, value: impl FnMut(&T) -> U) -> Column<U> {
        Column(self.0.iter().map(value).collect())
    }
}

impl<T> Index<Node> for Column<T> {
    type Output = T;
    fn index(&self, node: Node) -> &T {
        self.0.get(node.0).expect(OWN_NODE)
    }
}

impl<T> IndexMut<Node> for Column<T> {
    fn index_mut(&mut self, node: Node) -> &mut T {
        self.0.get_mut(node.0).expect(OWN_NODE)
    }
}

/// See the module.
pub(crate) struct Tree<'a> {
    spans: Column<&'a Skeleton>,
    parents: Column<Option<Node>>,
    depths: Column<usize>,
    top_down: Vec<Node>,
    root: Option<Node>,
}

impl<'a> Tree<'a> {
    /// Of several skeletons with one id the closed one stays, then the one with the smaller hash.
    pub(crate) fn new(skeletons: &'a [Skeleton]) -> Self {
        let mut spans: Vec<&Skeleton> = skeletons.iter().collect();
        spans.sort_unstable_by_key(|span| (span.id, span.is_open(), span.content_hash, span.received));
        spans.dedup_by_key(|span| span.id);
        spans.sort_unstable_by_key(|span| (span.start, span.id));
        let spans = Column(spans);

        let by_id: HashMap<SpanKey, Node> =
            spans.nodes().filter(|node| !spans[*node].log_record).map(|node| (spans[node].id, node)).collect();
        let mut parents = spans.map(|span| span.parent.and_then(|id| by_id.get(&id).copied()));
        cut_cycles(&mut parents);
        let depths = depths(&spans, &parents);
        let mut top_down: Vec<Node> = spans.nodes().collect();
        top_down.sort_unstable_by_key(|node| (depths[*node], *node));
        let root = spans.nodes().min_by_key(|node| {
            let span = spans[*node];
            (span.log_record, span.kind.is_point(), depths[*node], *node)
        });
        Tree { spans, parents, depths, top_down, root }
    }

    /// Every node by (start, span id).
    pub(crate) fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<'a> {
        self.spans.nodes()
    }

    /// Every node by (depth, start, span id): the first that has a value decides on it.
    pub(crate) fn top_down(&self) -> impl DoubleEndedIterator<Item = Node> + '_ {
        self.top_down.iter().copied()
    }

    /// The spans in the order of [`Self::top_down`].
    pub(crate) fn spans(&self) -> impl DoubleEndedIterator<Item = &'a Skeleton> + '_ {
        self.top_down().map(|node| self.spans[node])
    }

    /// The parent, where it is in the run.
    pub(crate) fn parent(&self, node: Node) -> Option<Node> {
        self.parents[node]
    }

    /// 0 only for spans with a duration and without a parent id.
    pub(crate) fn depth(&self, node: Node) -> usize {
        self.depths[node]
    }

    /// The topmost span; a point event only where there is no span, a log record only where there is neither.
    pub(crate) fn root(&self) -> Option<&'a Skeleton> {
        self.root.map(|node| self.spans[node])
    }

    /// The span of a node, for as long as the skeletons live.
    pub(crate) fn span(&self, node: Node) -> &'a Skeleton {
        self.spans[node]
    }

    /// A value for each node.
    pub(crate) fn column<T>(&self, value: impl Fn(&'a Skeleton) -> T) -> Column<T> {
        self.spans.map(|span| value(span))
    }
}

impl Index<Node> for Tree<'_> {
    type Output = Skeleton;
    fn index(&self, node: Node) -> &Skeleton {
        self.spans[node]
    }
}

/// Makes the earliest span of each cycle a top.
fn cut_cycles(parents: &mut Column<Option<Node>>) {
    let mut walks: Column<Option<Node>> = parents.map(|_| None);
    for start in parents.nodes() {
        let mut next = Some(start);
        while let Some(node) = next {
            match walks[node] {
                None => {
                    walks[node] = Some(start);
                    next = parents[node];
                }
                Some(walk) if walk == start => {
                    let mut earliest = node;
                    let mut member = parents[node];
                    while let Some(other) = member.filter(|other| *other != node) {
                        earliest = earliest.min(other);
                        member = parents[other];
                    }
                    parents[earliest] = None;
                    break;
                }
                Some(_) => break,
            }
        }
    }
}

/// A span whose parent has not come is one level down, as is a point event without one: neither may
/// outrank the root.
fn depths(spans: &Column<&Skeleton>, parents: &Column<Option<Node>>) -> Column<usize> {
    let mut depths: Column<Option<usize>> = spans.map(|_| None);
    let mut path = Vec::new();
    for start in spans.nodes() {
        let mut next = Some(start);
        while let Some(node) = next.filter(|node| depths[*node].is_none()) {
            path.push(node);
            next = parents[node];
        }
        let mut above = next.and_then(|node| depths[node]);
        while let Some(node) = path.pop() {
            let span = spans[node];
            let top = usize::from(span.parent.is_some() || span.log_record || span.kind.is_point());
            above = Some(above.map_or(top, |depth| depth + 1));
            depths[node] = above;
        }
    }
    depths.map(|depth| depth.unwrap_or_default())
}

/// A model call in its own right, whose tokens may be counted.
pub(crate) fn is_call(span: &Skeleton) -> bool {
    span.kind.is_model_call() && !span.log_record && !span.usage_is_copy
}

/// Holds the work of others, and may sum it up.
pub(crate) fn is_container(span: &Skeleton) -> bool {
    matches!(span.kind, Kind::Agent | Kind::Workflow)
}
