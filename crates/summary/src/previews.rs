//! What a run shows of what went in and came out: what its outermost spans say, or their log records for them.
//! A point event says nothing for the run.

use crate::tree::{Column, Tree};
use std::cmp::Reverse;
use std::sync::Arc;
use vedette_model::Skeleton;

type Preview = Option<Arc<str>>;

/// The root's, else the first of the outermost spans that have one.
pub(crate) fn input(tree: &Tree) -> Preview {
    let said = said(tree, |span| span.input_preview.as_ref());
    tree.top_down().find_map(|node| said[node].cloned())
}

/// The root's, else the last of the outermost spans that have one.
pub(crate) fn output(tree: &Tree) -> Preview {
    let said = said(tree, |span| span.output_preview.as_ref());
    let root = tree.top_down().find(|node| !tree[*node].kind.is_point());
    let outermost = || {
        let having = tree.nodes().filter(|node| said[*node].is_some());
        having.min_by_key(|node| (tree.depth(*node), Reverse(*node)))
    };
    let node = root.filter(|root| said[*root].is_some()).or_else(outermost)?;
    said[node].cloned()
}

/// Of each span its own, else what the last of its log records says.
fn said<'a>(tree: &Tree<'a>, own: fn(&Skeleton) -> Option<&Arc<str>>) -> Column<Option<&'a Arc<str>>> {
    let mut said = tree.column(|span| own(span).filter(|_| !span.kind.is_point()));
    for record in tree.nodes().rev().filter(|node| tree[*node].log_record) {
        if let Some(span) = tree.parent(record) {
            said[span] = said[span].or_else(|| own(tree.span(record)));
        }
    }
    said
}
