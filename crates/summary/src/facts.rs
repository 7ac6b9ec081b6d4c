//! What was said of a run: of several values the one said directly stands, else the one on the span with
//! the smallest (depth, start, id).

use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vedette_model::limits::{METADATA_PER_RUN, NAMES_PER_RUN};
use vedette_model::{Control, Kind, RunFacts, RunKind, Session, Skeleton};

/// All that was said, the word that stands first.
pub(crate) struct Said<'a> {
    tree: &'a Tree<'a>,
    control: &'a Control,
    facts: Vec<&'a RunFacts>,
}

impl<'a> Said<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, control: &'a Control) -> Self {
        let opened = control.opened.as_ref().map(|opened| &opened.facts);
        let closed = control.closed.as_ref().map(|closed| &closed.facts);
        let facts = opened.into_iter().chain(closed).chain(tree.spans().filter_map(|span| span.facts.as_deref()));
        Said { tree, control, facts: facts.collect() }
    }

    /// The first value.
    pub(crate) fn first<T>(&self, value: impl Fn(&'a RunFacts) -> Option<T>) -> Option<T> {
        self.facts.iter().find_map(|facts| value(facts))
    }

    /// An explicit session beats a conversation id made for each run; its name and user may come from
    /// another span of the same session.
    pub(crate) fn session(&self) -> Option<Session> {
        let sessions = || self.facts.iter().filter_map(|facts| facts.session.as_ref());
        let mut session = sessions().min_by_key(|session| session.weak)?.clone();
        for other in sessions().filter(|other| other.id == session.id) {
            session.name = session.name.or_else(|| other.name.clone());
            session.user_id = session.user_id.or_else(|| other.user_id.clone());
        }
        Some(session)
    }

    pub(crate) fn sessions(&self) -> BTreeSet<Arc<str>> {
        bounded(self.facts.iter().filter_map(|facts| facts.session.as_ref()).map(|session| &session.id))
    }

    pub(crate) fn tags(&self) -> Vec<Arc<str>> {
        let tags = self.facts.iter().map(|facts| &facts.tags).find(|tags| !tags.is_empty());
        let mut seen = BTreeSet::new();
        tags.into_iter().flatten().filter(|tag| seen.insert(*tag)).take(NAMES_PER_RUN).cloned().collect()
    }

    /// Key by key.
    pub(crate) fn metadata(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        let mut metadata = BTreeMap::new();
        for (key, value) in self.facts.iter().flat_map(|facts| &facts.metadata) {
            if metadata.len() < METADATA_PER_RUN {
                metadata.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        metadata
    }

    /// The agent that the run counts for: announced, else the outermost agent's name, else the workflow, the
    /// pattern, an agent that some span names, the service, the topmost span.
    pub(crate) fn agent(&self) -> Option<Arc<str>> {
        let opened = self.control.opened.as_ref().map(|opened| opened.agent.clone());
        let outermost = |kind| move |span: &&Skeleton| span.kind == kind;
        let spans = || self.tree.spans();
        opened
            .or_else(|| spans().find(outermost(Kind::Agent)).and_then(agent_of))
            .or_else(|| self.first(|facts| facts.workflow.clone()))
            .or_else(|| spans().find(outermost(Kind::Workflow)).map(|span| span.name.clone()))
            .or_else(|| self.first(|facts| facts.pattern.clone()))
            .or_else(|| spans().find_map(|span| span.agent.clone()))
            .or_else(|| spans().find_map(|span| span.service.clone()))
            .or_else(|| self.tree.root().map(|span| span.name.clone()))
            .filter(|name| !name.is_empty())
    }

    /// Every agent seen, the run's own always among them.
    pub(crate) fn agents(&self) -> BTreeSet<Arc<str>> {
        let own = self.agent();
        let seen: Vec<Arc<str>> = self.tree.spans().filter_map(agent_of).collect();
        bounded(own.iter().chain(&seen))
    }

    /// The topmost span's name; of an announced run its agent's, unless an agent's span tells more.
    pub(crate) fn name(&self) -> Arc<str> {
        let root = self.tree.root();
        let opened = self.control.opened.as_ref().filter(|_| !root.is_some_and(crate::tree::is_container));
        opened.map(|opened| opened.agent.clone()).or_else(|| root.map(|span| span.name.clone())).unwrap_or_default()
    }

    /// A run without AI spans that nobody announced or closed is plain tracing.
    pub(crate) fn kind(&self) -> RunKind {
        let opened = self.control.opened.as_ref().map(|opened| opened.kind);
        opened.or_else(|| self.first(|facts| facts.run_kind)).unwrap_or_else(|| {
            let is_ai = self.tree.spans().any(|span| span.kind.is_ai() && !span.log_record);
            if is_ai || self.control.closed.is_some() { RunKind::Run } else { RunKind::Trace }
        })
    }
}

fn agent_of(span: &Skeleton) -> Option<Arc<str>> {
    span.agent.clone().or_else(|| (span.kind == Kind::Agent).then(|| span.name.clone()))
}

fn bounded<'n>(names: impl Iterator<Item = &'n Arc<str>>) -> BTreeSet<Arc<str>> {
    let mut kept = BTreeSet::new();
    for name in names.filter(|name| !name.is_empty()) {
        if kept.len() < NAMES_PER_RUN {
            kept.insert(name.clone());
        }
    }
    kept
}
