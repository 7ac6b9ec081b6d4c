//! What runs say of one another: parents, roots, figures of a tree. Only listed runs take part; cycles
//! and trees deeper than [`limits::TREE_DEPTH`] are cut.

use super::tenant::Tenant;
use crate::RunRow;
use crate::filter::listed;
use std::collections::BTreeSet;
use vedette_model::{NanoUsd, Run, RunKey, Status, limits};

impl Tenant {
    fn listed(&self, key: RunKey) -> Option<&Run> {
        self.run(key).filter(|run| listed(run))
    }

    /// The listed runs above one, nearest first.
    pub(super) fn ancestors(&self, key: RunKey) -> Vec<RunKey> {
        let mut seen = BTreeSet::from([key]);
        let mut above = Vec::new();
        let mut at = self.run(key).and_then(|run| run.parent);
        while let Some(parent) = at.and_then(|parent| self.listed(parent)) {
            if above.len() >= limits::TREE_DEPTH || !seen.insert(parent.key) {
                break;
            }
            above.push(parent.key);
            at = parent.parent;
        }
        above
    }

    /// The listed runs below one, of whatever depth. The one itself need not be stored.
    pub(super) fn descendants(&self, key: RunKey) -> Vec<&Run> {
        let mut seen = BTreeSet::from([key]);
        let mut below: Vec<&Run> = Vec::new();
        let mut level = vec![key];
        for _ in 0..limits::TREE_DEPTH {
            let children = level.iter().filter_map(|key| self.children.get(key)).flatten();
            let next: Vec<&Run> =
                children.filter_map(|key| self.listed(*key)).filter(|run| seen.insert(run.key)).collect();
            if next.is_empty() {
                break;
            }
            level = next.iter().map(|run| run.key).collect();
            below.extend(next);
        }
        below
    }

    /// A run that is not hidden, with its tree.
    pub(super) fn row(&self, key: RunKey) -> Option<RunRow> {
        let run = self.run(key).filter(|run| !run.only_logs)?;
        let below = self.descendants(key);
        let children = self.children.get(&key).into_iter().flatten();
        let mut children: Vec<&Run> =
            children.filter_map(|key| self.listed(*key)).filter(|run| run.key != key).collect();
        children.sort_by_key(|run| (run.started_at, run.key));
        let costs = below.iter().filter_map(|run| run.cost).chain(run.cost);
        Some(RunRow {
            root: self.ancestors(key).last().copied().unwrap_or(key),
            failed_children: below.iter().filter(|run| matches!(run.status, Status::Failed | Status::Timeout)).count()
                as u64,
            tree_cost: costs.reduce(NanoUsd::plus),
            tree_usage: below.iter().fold(run.usage, |sum, run| sum.plus(&run.usage)),
            children: children.into_iter().map(|run| run.key).collect(),
            run: run.clone(),
        })
    }
}
