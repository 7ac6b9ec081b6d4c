//! Sessions, made of the runs whose session they are.

use super::{RunFigures, Tally};
use crate::cursor::SessionPlace;
use crate::{Page, Result, SessionQuery, SessionRow, Statistics};
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{Run, RunKey, RunKind, Session, Timestamp, limits};

/// Gathers sessions, run by run; see [`crate::Store::sessions`].
#[derive(Default)]
pub struct SessionsSum(HashMap<Arc<str>, Sum, RandomState>);

/// A run's place in its session: the name and the user are those of the earliest run that has one.
type Place = (Timestamp, RunKey);

struct Sum {
    first: Timestamp,
    last: Timestamp,
    name: Option<(Place, Arc<str>)>,
    user: Option<(Place, Arc<str>)>,
    weak: bool,
    agents: BTreeSet<Arc<str>>,
    tally: Tally,
}

fn earliest(known: &mut Option<(Place, Arc<str>)>, place: Place, value: Option<&Arc<str>>) {
    if let Some(value) = value
        && known.as_ref().is_none_or(|(before, _)| place < *before)
    {
        *known = Some((place, value.clone()));
    }
}

impl SessionsSum {
    /// Looks at one more run of the account.
    pub fn add(&mut self, run: &RunFigures) {
        let Some(session) = run.session.as_ref().filter(|_| run.kind != RunKind::Trace) else { return };
        let place = (run.started_at, run.key);
        if !self.0.contains_key(&session.id) {
            let sum = Sum {
                first: run.started_at,
                last: run.started_at,
                name: None,
                user: None,
                weak: true,
                agents: BTreeSet::new(),
                tally: Tally::default(),
            };
            self.0.insert(session.id.clone(), sum);
        }
        let Some(sum) = self.0.get_mut(&session.id) else { return };
        (sum.first, sum.last) = (sum.first.min(run.started_at), sum.last.max(run.started_at));
        earliest(&mut sum.name, place, session.name.as_ref());
        earliest(&mut sum.user, place, session.user_id.as_ref().or(run.user_id.as_ref()));
        sum.weak &= session.weak;
        for agent in &run.agents {
            if !sum.agents.contains(agent) {
                sum.agents.insert(agent.clone());
            }
        }
        while sum.agents.len() > limits::NAMES_PER_RUN {
            sum.agents.pop_last();
        }
        sum.tally.add(run);
    }

    /// One page of them.
    pub fn finish(self, query: &SessionQuery) -> Result<Page<SessionRow>> {
        let after = query.cursor.as_deref().map(SessionPlace::parse).transpose()?;
        let mut rows: Vec<(SessionPlace, SessionRow)> = self
            .0
            .into_iter()
            .map(|(id, sum)| row(id, sum))
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
}

/// One page of the sessions of all runs of an account; see [`crate::Store::sessions`].
pub fn sessions<'a>(runs: impl Iterator<Item = &'a Run>, query: &SessionQuery) -> Result<Page<SessionRow>> {
    let mut sum = SessionsSum::default();
    runs.filter_map(RunFigures::of).for_each(|run| sum.add(&run));
    sum.finish(query)
}

fn row(id: Arc<str>, sum: Sum) -> SessionRow {
    let value = |known: Option<(Place, Arc<str>)>| known.map(|(_, value)| value);
    SessionRow {
        session: Session { id, name: value(sum.name), user_id: value(sum.user), weak: sum.weak },
        started_at: sum.first,
        last_run_at: sum.last,
        agents: sum.agents.into_iter().collect(),
        statistics: Statistics::from(sum.tally),
    }
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
