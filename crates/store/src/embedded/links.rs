//! What runs say of one another: parents, roots, figures of a tree. Only listed runs take part; cycles
//! and trees deeper than [`limits::TREE_DEPTH`] are cut.

use super::codec::from_bytes;
use super::rows;
use crate::filter::listed;
use crate::{Result, RunRow};
use rusqlite::{Connection, params};
use std::collections::HashSet;
use vedette_model::{AccountId, NanoUsd, Run, RunKey, Status, limits};

/// A run that is not hidden, with its tree.
pub(super) fn find(db: &Connection, account: AccountId, key: RunKey) -> Result<Option<RunRow>> {
    match rows::run(db, account, key)?.filter(|(_, run)| !run.only_logs) {
        Some((_, found)) => row(db, account, found).map(Some),
        None => Ok(None),
    }
}

/// A run with its tree.
pub(super) fn row(db: &Connection, account: AccountId, run: Run) -> Result<RunRow> {
    let root = ancestors(db, account, run.key, run.parent)?.last().copied().unwrap_or(run.key);
    let below = descendants(db, account, run.key)?;
    let mut children: Vec<&Run> = below.iter().filter(|child| child.parent == Some(run.key)).collect();
    children.sort_by_key(|child| (child.started_at, child.key));
    let costs = below.iter().filter_map(|child| child.cost).chain(run.cost);
    Ok(RunRow {
        root,
        failed_children: below.iter().filter(|child| matches!(child.status, Status::Failed | Status::Timeout)).count()
            as u64,
        tree_cost: costs.reduce(NanoUsd::plus),
        tree_usage: below.iter().fold(run.usage, |sum, child| sum.plus(&child.usage)),
        children: children.into_iter().map(|child| child.key).collect(),
        run,
    })
}

/// The listed runs above one, nearest first.
pub(super) fn ancestors(
    db: &Connection,
    account: AccountId,
    key: RunKey,
    parent: Option<RunKey>,
) -> Result<Vec<RunKey>> {
    let mut seen = HashSet::from([key]);
    let mut above = Vec::new();
    let mut at = parent;
    while let Some(parent) = at {
        let Some((_, run)) = rows::run(db, account, parent)?.filter(|(_, run)| listed(run)) else { break };
        if above.len() >= limits::TREE_DEPTH || !seen.insert(parent) {
            break;
        }
        above.push(parent);
        at = run.parent;
    }
    Ok(above)
}

/// The listed runs below one, of whatever depth. The one itself need not be stored.
pub(super) fn descendants(db: &Connection, account: AccountId, key: RunKey) -> Result<Vec<Run>> {
    let mut seen = HashSet::from([key]);
    let mut below: Vec<Run> = Vec::new();
    let mut level = vec![key];
    for _ in 0..limits::TREE_DEPTH {
        let mut next = Vec::new();
        for parent in level {
            for run in children(db, account, parent)? {
                if listed(&run) && seen.insert(run.key) {
                    next.push(run.key);
                    below.push(run);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    Ok(below)
}

fn children(db: &Connection, account: AccountId, parent: RunKey) -> Result<Vec<Run>> {
    let mut statement = db.prepare_cached("SELECT detail FROM runs WHERE account = ?1 AND parent = ?2")?;
    let mut rows = statement.query(params![account.0, &parent.0[..]])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(from_bytes(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?, "run")?);
    }
    Ok(runs)
}
