//! Pages of runs, and every question that looks at many runs: a scan over their figures in order of time,
//! the recent ones from memory.

use super::codec::from_bytes;
use super::hot::{Decoder, Depth, Spelled};
use super::recent::View;
use super::{links, rows};
use crate::cursor::RunPlace;
use crate::figures::{CostsSum, RunFigures};
use crate::{Page, Range, Result, RunFilter, RunQuery, RunRow, RunSort};
use rusqlite::{Connection, params};
use std::collections::BinaryHeap;
use vedette_model::{AccountId, Run, RunKey, Timestamp, limits};

/// Which way a scan goes. Sums do not care, and go the way that memory goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    NewestFirst,
    OldestFirst,
}

/// What is asked: an account's runs as of some commit.
pub(super) struct Source<'a> {
    pub(super) db: &'a Connection,
    pub(super) account: AccountId,
    /// Taken before the database's snapshot, so that a run is rather seen as it was than not at all.
    pub(super) recent: View,
}

/// Calls `see` with the row and figures of every listed run in range until it says stop. Newest first, runs
/// that start together come by key.
fn scan(
    source: Source<'_>,
    range: Range,
    order: Order,
    depth: Depth,
    mut see: impl FnMut(i64, &RunFigures) -> Result<bool>,
) -> Result<()> {
    let Source { db, account, recent } = source;
    if order == Order::OldestFirst {
        return stored(db, account, range, order, depth, see);
    }
    let older = recent.before(range);
    match older {
        _ if !recent.scan(range, depth, &mut see)? => Ok(()),
        Some(older) => stored(db, account, older, order, depth, see),
        None => Ok(()),
    }
}

/// The same of what the database holds.
fn stored(
    db: &Connection,
    account: AccountId,
    range: Range,
    order: Order,
    depth: Depth,
    mut see: impl FnMut(i64, &RunFigures) -> Result<bool>,
) -> Result<()> {
    let sql = match order {
        Order::NewestFirst => {
            "SELECT started_at, key, run, hot FROM figures
             WHERE account = ?1 AND started_at >= ?2 AND started_at < ?3 ORDER BY started_at DESC, key"
        }
        Order::OldestFirst => {
            "SELECT started_at, key, run, hot FROM figures
             WHERE account = ?1 AND started_at >= ?2 AND started_at < ?3 ORDER BY started_at, key"
        }
    };
    let since = range.since.map_or(i64::MIN, |time| time.0);
    let until = range.until.map_or(i64::MAX, |time| time.0);
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![account.0, since, until])?;
    let mut decoder = Decoder::new(Spelled);
    while let Some(row) = rows.next()? {
        let figures = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
        let run = decoder.read::<&str>(RunKey(row.get(1)?), Timestamp(row.get(0)?), figures, depth)?;
        if !see(row.get(2)?, run)? {
            break;
        }
    }
    Ok(())
}

impl RunFilter {
    /// How far it looks.
    pub(super) fn depth(&self) -> Depth {
        let labels = [
            &self.agent,
            &self.session,
            &self.user,
            &self.customer,
            &self.feature,
            &self.workflow,
            &self.version,
            &self.tag,
            &self.environment,
        ];
        if !self.model.is_empty() || !self.tool.is_empty() {
            Depth::Shares
        } else if labels.into_iter().any(|list| !list.is_empty()) {
            Depth::Labels
        } else {
            Depth::Figures
        }
    }
}

/// Calls `see` with every run that a filter selects, as far as its figures know it.
pub(super) fn selected(
    source: Source<'_>,
    filter: &RunFilter,
    order: Order,
    depth: Depth,
    mut see: impl FnMut(i64, &RunFigures) -> Result<bool>,
) -> Result<()> {
    let db = source.db;
    if let Some(root) = filter.root {
        for (row, run) in tree(db, source.account, root)? {
            if let Some(figures) = RunFigures::of(&run).filter(|_| filter.matches(&run))
                && !see(row, &figures)?
            {
                break;
            }
        }
        return Ok(());
    }
    scan(source, filter.range, order, depth.max(filter.depth()), |row, run| {
        let selects = filter.shows(run) && filter.matches_but(run, None) && mentioned(db, filter, row)?;
        if selects { see(row, run) } else { Ok(true) }
    })
}

/// Whether the texts of a run hold what is asked for: they are not among its figures.
fn mentioned(db: &Connection, filter: &RunFilter, row: i64) -> Result<bool> {
    Ok(filter.q.is_none() || rows::by_row(db, row)?.is_some_and(|(_, run)| filter.mentioned(&run)))
}

/// A run and its descendants, with their rows.
fn tree(db: &Connection, account: AccountId, root: RunKey) -> Result<Vec<(i64, Run)>> {
    let below = links::descendants(db, account, root)?;
    let keys = std::iter::once(root).chain(below.into_iter().map(|run| run.key));
    keys.filter_map(|key| rows::run(db, account, key).transpose()).collect()
}

/// Adds up the costs of all listed runs in range; see [`crate::Store::costs`].
pub(super) fn costs(source: Source<'_>, range: Range, sum: &mut CostsSum) -> Result<()> {
    let Source { db, account, recent } = source;
    let older = recent.before(range);
    recent.costs(range, sum)?;
    let Some(older) = older else { return Ok(()) };
    let filter = RunFilter::default();
    stored(db, account, older, Order::NewestFirst, Depth::Shares, |_, run| {
        if filter.shows(run) {
            sum.add(run);
        }
        Ok(true)
    })
}

/// See [`crate::Store::runs`].
pub(super) fn runs(source: Source<'_>, query: &RunQuery) -> Result<Page<RunRow>> {
    let (db, account) = (source.db, source.account);
    let after = query.cursor.as_deref().map(|cursor| RunPlace::parse(cursor, query.sort)).transpose()?;
    let limit = query.limit.clamp(1, limits::PAGE_ROWS_MAX);
    let mut filter = query.filter.clone();
    let order = if query.sort == RunSort::Oldest { Order::OldestFirst } else { Order::NewestFirst };
    // By time the scan may begin where the last page ended, and end when this one is full.
    let by_time = matches!(query.sort, RunSort::Newest | RunSort::Oldest) && filter.root.is_none();
    if let Some(start) = after.and_then(|after| after.value()).filter(|_| by_time) {
        let range = &mut filter.range;
        match order {
            Order::NewestFirst => {
                let until = Timestamp(start.saturating_add(1));
                range.until = Some(range.until.map_or(until, |known| known.min(until)));
            }
            Order::OldestFirst => range.since = range.since.max(Some(Timestamp(start))),
        }
    }
    // The greatest place on top, so that the best `limit + 1` stay.
    let mut best: BinaryHeap<(RunPlace, i64)> = BinaryHeap::with_capacity(limit + 2);
    selected(source, &filter, order, Depth::Figures, |row, run| {
        let place = RunPlace::at(query.sort, run.key, (run.started_at, run.finished_at), run.cost);
        if after.is_none_or(|after| place > after) {
            best.push((place, row));
            if best.len() > limit + 1 {
                best.pop();
            }
        }
        Ok(!by_time || best.len() <= limit)
    })?;
    let mut places = best.into_sorted_vec();
    let more = places.len() > limit;
    places.truncate(limit);
    let next_cursor = places.last().filter(|_| more).map(|(place, _)| place.to_string());
    let mut page = Vec::with_capacity(places.len());
    for (_, row) in places {
        if let Some((_, run)) = rows::by_row(db, row)? {
            page.push(links::row(db, account, run)?);
        }
    }
    Ok(Page { rows: page, next_cursor })
}

/// Every run of an account, whole, hidden ones too.
pub(super) fn all(db: &Connection, account: AccountId, mut see: impl FnMut(i64, Run) -> Result<()>) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT id, detail FROM runs WHERE account = ?1 ORDER BY key")?;
    let mut rows = statement.query([account.0])?;
    while let Some(row) = rows.next()? {
        see(row.get(0)?, from_bytes(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, "run")?)?;
    }
    Ok(())
}

/// Calls `see` with every listed run that mentions what the filter asks for, or those of them under its root;
/// what the filter says beyond that is the caller's business.
pub(super) fn under(
    source: Source<'_>,
    filter: &RunFilter,
    mut see: impl FnMut(&RunFigures) -> Result<()>,
) -> Result<()> {
    let db = source.db;
    if let Some(root) = filter.root {
        let runs = tree(db, source.account, root)?.into_iter().map(|(_, run)| run);
        let runs = runs.filter(|run| filter.mentioned(run));
        return runs.filter_map(|run| RunFigures::of(&run)).try_for_each(|run| see(&run));
    }
    scan(source, filter.range, Order::NewestFirst, Depth::Shares, |row, run| {
        if mentioned(db, filter, row)? {
            see(run)?;
        }
        Ok(true)
    })
}
