//! Sessions, made of the runs whose session they are.

use super::Tally;
use crate::cursor::SessionPlace;
use crate::filter::listed;
use crate::{Page, Result, SessionQuery, SessionRow, Statistics};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vedette_model::{Run, RunKind, Session, limits};

/// One page of the sessions of all runs of an account; see [`crate::Store::sessions`].
pub fn sessions<'a>(runs: impl Iterator<Item = &'a Run>, query: &SessionQuery) -> Result<Page<SessionRow>> {
    let after = query.cursor.as_deref().map(SessionPlace::parse).transpose()?;
    let mut sessions: BTreeMap<&Arc<str>, Vec<&Run>> = BTreeMap::new();
    for run in runs.filter(|run| listed(run) && run.kind != RunKind::Trace) {
        if let Some(session) = &run.session {
            sessions.entry(&session.id).or_default().push(run);
        }
    }
    let mut rows: Vec<(SessionPlace, SessionRow)> = sessions
        .into_values()
        .filter_map(row)
        .filter(|row| selects(query, row))
        .map(|row| (SessionPlace::of(&row), row))
        .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
        .collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let limit = query.limit.clamp(1, limits::PAGE_ROWS_MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|(place, _)| place.to_string());
    Ok(Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor })
}

/// The name and the user are those of the earliest run that has one.
fn row(mut runs: Vec<&Run>) -> Option<SessionRow> {
    runs.sort_by_key(|run| (run.started_at, run.key));
    let (first, last) = (runs.first()?, runs.last()?);
    let all = || runs.iter().filter_map(|run| run.session.as_ref());
    let agents: BTreeSet<&Arc<str>> = runs.iter().flat_map(|run| &run.agents).collect();
    Some(SessionRow {
        session: Session {
            id: first.session.as_ref()?.id.clone(),
            name: all().find_map(|session| session.name.clone()),
            user_id: runs.iter().find_map(|run| run.session.as_ref()?.user_id.clone().or_else(|| run.user_id.clone())),
            weak: all().all(|session| session.weak),
        },
        started_at: first.started_at,
        last_run_at: last.started_at,
        agents: agents.into_iter().take(limits::NAMES_PER_RUN).cloned().collect(),
        statistics: Statistics::from(runs.into_iter().collect::<Tally>()),
    })
}

fn selects(query: &SessionQuery, row: &SessionRow) -> bool {
    let contains = |q: &String| {
        let needle = q.to_lowercase();
        let name = row.session.name.as_ref();
        row.session.id.to_lowercase().contains(&needle)
            || name.is_some_and(|name| name.to_lowercase().contains(&needle))
    };
    query.range.holds(row.last_run_at)
        && query.user.as_ref().is_none_or(|user| row.session.user_id.as_deref() == Some(user))
        && query.q.as_ref().is_none_or(contains)
}
