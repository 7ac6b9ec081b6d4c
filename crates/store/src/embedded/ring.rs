//! The last changes by their keys, one row a commit: enough for readers that come back to be told what
//! they missed, without the changes being stored twice. What they said is read again, as it is now.

use super::active::Key;
use super::codec::{from_bytes, to_bytes};
use super::commit::SaidSpan;
use super::spans::{self, Line};
use super::{Shared, links, rows};
use crate::{Change, ChangeKind, Result};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vedette_model::{AccountId, RunKey, SpanKey, limits};

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Said {
    Finished(SpanKey),
    Changed(SpanKey),
    Run,
}

/// Runs once each, and what is said of them, by place.
#[derive(Default, Serialize, Deserialize)]
struct Keys {
    runs: Vec<(AccountId, RunKey)>,
    said: Vec<(u32, Said)>,
}

/// Writes what a commit said after `sequence`; answers the new sequence.
pub(super) fn write<'a>(
    db: &Connection,
    sequence: u64,
    spans: &[SaidSpan],
    runs: impl Iterator<Item = &'a Key>,
) -> Result<u64> {
    let mut keys = Keys::default();
    let mut places: HashMap<Key, u32> = HashMap::new();
    let mut place = |keys: &mut Keys, run: Key| {
        *places.entry(run).or_insert_with(|| {
            keys.runs.push(run);
            keys.runs.len() as u32 - 1
        })
    };
    for (run, span, finished) in spans {
        let place = place(&mut keys, *run);
        keys.said.push((place, if *finished { Said::Finished(*span) } else { Said::Changed(*span) }));
    }
    for run in runs {
        let place = place(&mut keys, *run);
        keys.said.push((place, Said::Run));
    }
    if keys.said.is_empty() {
        return Ok(sequence);
    }
    let last = sequence + keys.said.len() as u64;
    db.prepare_cached("INSERT INTO ring(last, first, changes) VALUES (?1, ?2, ?3)")?.execute(params![
        last as i64,
        sequence as i64 + 1,
        to_bytes(&keys)?
    ])?;
    db.prepare_cached("DELETE FROM ring WHERE last <= ?1")?.execute([last as i64 - limits::STREAM_RING as i64])?;
    Ok(last)
}

/// The last sequence.
pub(super) fn last(db: &Connection) -> Result<u64> {
    let last: Option<i64> = db.query_row("SELECT max(last) FROM ring", [], |row| row.get(0))?;
    Ok(last.unwrap_or(0).unsigned_abs())
}

/// See [`crate::Store::changes`].
pub(super) fn after(shared: &Shared, account: AccountId, after: u64, limit: usize) -> Result<Option<Vec<Change>>> {
    shared.readers.read(|db| {
        let last = last(db)?;
        let first: Option<i64> =
            db.query_row("SELECT first FROM ring ORDER BY last LIMIT 1", [], |row| row.get(0)).optional()?;
        let oldest =
            first.map_or(last, |first| first.unsigned_abs() - 1).max(last.saturating_sub(limits::STREAM_RING as u64));
        if after < oldest || after > last {
            return Ok(None);
        }
        let mut reader = Reader { shared, db, account, runs: BTreeMap::new() };
        let mut changes = Vec::new();
        let mut statement = db.prepare_cached("SELECT first, changes FROM ring WHERE last > ?1 ORDER BY last")?;
        let mut rows = statement.query([after as i64])?;
        while let Some(row) = rows.next()? {
            let first = row.get::<_, i64>(0)?.unsigned_abs();
            let keys: Keys = from_bytes(&row.get::<_, Vec<u8>>(1)?, "ring")?;
            for (sequence, (place, said)) in (first..).zip(keys.said) {
                if changes.len() == limit {
                    return Ok(Some(changes));
                }
                let Some((owner, run)) = keys.runs.get(place as usize).filter(|(owner, _)| *owner == account) else {
                    continue;
                };
                if sequence <= after {
                    continue;
                }
                if let Some(kind) = reader.change(*run, said)? {
                    changes.push(Change { sequence, account: *owner, kind });
                }
            }
        }
        Ok(Some(changes))
    })
}

/// Reads what was said, each run once.
struct Reader<'a> {
    shared: &'a Shared,
    db: &'a Connection,
    account: AccountId,
    runs: BTreeMap<RunKey, HashMap<SpanKey, Arc<crate::SpanRow>>>,
}

impl Reader<'_> {
    fn change(&mut self, run: RunKey, said: Said) -> Result<Option<ChangeKind>> {
        Ok(match said {
            Said::Run => links::find(self.db, self.account, run)?.map(|row| ChangeKind::Run(Arc::new(row))),
            Said::Finished(span) => self.span(run, span)?.map(ChangeKind::Finished),
            Said::Changed(span) => self.span(run, span)?.map(ChangeKind::Changed),
        })
    }

    fn span(&mut self, run: RunKey, span: SpanKey) -> Result<Option<Arc<crate::SpanRow>>> {
        if !self.runs.contains_key(&run) {
            let mut found = HashMap::new();
            let logged = self.shared.logged((self.account, run));
            if let Some((_, state)) = rows::state(self.db, self.account, run)? {
                for line in spans::lines(self.db, &self.shared.segments, run, &logged, &state, false)? {
                    let mark = state.patch.mark(&line);
                    let id = line.span.id;
                    found.insert(id, Arc::new(Line::into_row(line, mark)));
                }
            }
            self.runs.insert(run, found);
        }
        Ok(self.runs.get(&run).and_then(|spans| spans.get(&span)).cloned())
    }
}

/// Takes runs out, so that nothing names them any more.
pub(super) fn forget(db: &Connection, gone: impl Fn(&Key) -> bool) -> Result<()> {
    let mut statement = db.prepare("SELECT last, changes FROM ring")?;
    let mut rows = statement.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let mut keys: Keys = from_bytes(&row.get::<_, Vec<u8>>(1)?, "ring")?;
        if keys.runs.iter().any(&gone) {
            // The places stay, so that the sequence of the others does.
            for run in keys.runs.iter_mut().filter(|run| gone(run)) {
                *run = (AccountId(0), RunKey::default());
            }
            let places: Vec<bool> = keys.runs.iter().map(|run| run.0 == AccountId(0)).collect();
            for (_, said) in keys.said.iter_mut().filter(|(place, _)| places.get(*place as usize) == Some(&true)) {
                *said = Said::Run;
            }
            changed.push((row.get::<_, i64>(0)?, to_bytes(&keys)?));
        }
    }
    drop(rows);
    for (last, keys) in changed {
        db.execute("UPDATE ring SET changes = ?2 WHERE last = ?1", params![last, keys])?;
    }
    Ok(())
}
