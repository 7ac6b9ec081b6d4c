//! Copies of one call across runs: two instrumentations of which one did not join the other's trace.

use crate::duplicates::Duplicates;
use crate::reported::{self, end};
use crate::tree::{Tree, is_call};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vedette_model::limits::COPY_OWNERS;
use vedette_model::{Copies, Kind, RunKey, Skeleton, SpanKey, Timestamp};

/// A model call with a response id: what copies across runs are found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// Copies share it.
    pub response_id: Arc<str>,
    /// Its run.
    pub run: RunKey,
    /// Its span.
    pub span: SpanKey,
    /// `llm` or `embedding`; copies share it.
    pub kind: Kind,
    /// The instrumentation; copies differ in it.
    pub scope: Arc<str>,
    /// Copies overlap in time.
    pub start: Timestamp,
    /// The latest possible while it is open.
    pub end: Timestamp,
    /// Its run holds no other work of an agent system: such a copy never owns a call that a fuller run has too.
    pub lone: bool,
}

/// The call sites of a run, by (start, span): one for each call that has a response id, copies inside the
/// run left out. Late spans may change any of them, `lone` above all.
#[must_use]
pub fn call_sites(run: RunKey, skeletons: &[Skeleton]) -> Vec<CallSite> {
    let tree = Tree::new(skeletons);
    let (reported, _) = reported::collect(&tree);
    let duplicates = Duplicates::find(&tree, &reported);
    let calls = || tree.nodes().filter(|node| is_call(&tree[*node]) && duplicates.is_original(*node));
    let lone = calls().count() == 1 && only_calls(&tree);
    let site = |node| {
        let span: &Skeleton = &tree[node];
        let response_id = duplicates.response_id(node)?.clone();
        let (start, end, scope) = (span.start, end(span), span.scope.clone());
        Some(CallSite { response_id, run, span: span.id, kind: span.kind, scope, start, end, lone })
    };
    calls().filter_map(site).collect()
}

/// Nothing in the run is AI work but model calls.
pub(crate) fn only_calls(tree: &Tree) -> bool {
    tree.spans().all(|span| span.log_record || span.kind.is_model_call() || !span.kind.is_ai())
}

/// Which sites are copies of a call that another run owns, as [`crate::summarize`] wants it, by run. Runs
/// without copies are absent.
///
/// Copies share response id and kind, differ in run and scope, and overlap in time. The site whose run holds
/// more than a lone call owns the call, ties go to the smaller (run, span). Sites may come in any order and
/// of any response ids. The answer for a site depends only on the sites of its response id that overlap it
/// or each other in a chain, so a caller need not bring others.
#[must_use]
pub fn copies_among(sites: &[CallSite]) -> BTreeMap<RunKey, Copies> {
    let mut sites: Vec<&CallSite> = sites.iter().collect();
    sites.sort_unstable_by_key(|site| (&site.response_id, site.kind, site.start, site.run, site.span));
    let mut copies: BTreeMap<RunKey, Copies> = BTreeMap::new();
    let mut reach = Timestamp(i64::MIN);
    let mut chain: Vec<&CallSite> = Vec::new();
    for site in sites {
        let joins = chain
            .last()
            .is_some_and(|last| last.response_id == site.response_id && last.kind == site.kind && site.start <= reach);
        if !joins {
            settle_chain(&mut chain, &mut copies);
            reach = site.end;
        }
        reach = reach.max(site.end);
        chain.push(site);
    }
    settle_chain(&mut chain, &mut copies);
    copies
}

/// Finds the owners among sites that overlap each other in a chain, and empties it.
fn settle_chain(chain: &mut Vec<&CallSite>, copies: &mut BTreeMap<RunKey, Copies>) {
    chain.sort_unstable_by_key(|site| (site.lone, site.run, site.span));
    let mut owners: Vec<&CallSite> = Vec::new();
    let scopes: BTreeSet<&str> = chain.iter().map(|site| &*site.scope).collect();
    if scopes.len() > 1 {
        for site in chain.iter() {
            let owns = |owner: &&&CallSite| {
                let overlap = owner.start <= site.end && site.start <= owner.end;
                owner.run != site.run && owner.scope != site.scope && overlap
            };
            match owners.iter().take(COPY_OWNERS).find(owns) {
                Some(owner) => {
                    copies.entry(site.run).or_default().insert(site.span, (owner.run, owner.span));
                }
                None => owners.push(site),
            }
        }
    }
    chain.clear();
}
