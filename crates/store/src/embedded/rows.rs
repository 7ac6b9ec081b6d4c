//! The row of a run: written by commits, read by everyone.

use super::codec::{from_bytes, to_bytes};
use super::hot;
use super::recent::Moved;
use super::spans::{Patch, RunState, Stretch};
use crate::Result;
use crate::filter::listed;
use rusqlite::{Connection, OptionalExtension, params};
use vedette_model::{AccountId, Control, Run, RunKey, Status, Timestamp};

/// What `settle` will do to a run, by the number in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Nothing.
    No = 0,
    /// Drop log records that have no run.
    ForRun = 1,
    /// Time out when its process falls silent.
    ForProcess = 2,
    /// Time out.
    ForEnd = 3,
    /// Presume that it ended.
    Presumably = 4,
}

impl Waiting {
    pub(super) const ALL: [Waiting; 5] =
        [Waiting::No, Waiting::ForRun, Waiting::ForProcess, Waiting::ForEnd, Waiting::Presumably];

    pub(super) fn of(run: &Run) -> Self {
        if run.only_logs {
            Waiting::ForRun
        } else if run.status != Status::Running {
            Waiting::No
        } else if !run.announced {
            Waiting::Presumably
        } else if run.process_id.is_some() {
            Waiting::ForProcess
        } else {
            Waiting::ForEnd
        }
    }
}

/// A run as it was before and is now.
pub(super) struct Save<'a> {
    pub(super) account: AccountId,
    pub(super) row: i64,
    /// Its row is in the database.
    pub(super) stored: bool,
    pub(super) before: Option<&'a Run>,
    pub(super) run: &'a Run,
    /// When the first of its hidden log records came.
    pub(super) oldest_log: Option<Timestamp>,
    pub(super) control: &'a Control,
    pub(super) patch: &'a Patch,
}

/// Which rows a run has beside its own, so that none is deleted in vain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    control: bool,
    patch: bool,
}

impl Beside {
    /// Of a run that was loaded.
    pub(super) fn of(state: &RunState) -> Self {
        Beside { control: state.control != Control::default(), patch: state.patch != Patch::default() }
    }
}

/// The default has no row.
fn put<T: serde::Serialize + PartialEq + Default>(
    db: &Connection,
    [insert, delete]: [&str; 2],
    row: i64,
    value: &T,
    known: &mut bool,
) -> Result<()> {
    let is = *value != T::default();
    if is {
        db.prepare_cached(insert)?.execute(params![row, to_bytes(value)?])?;
    } else if *known {
        db.prepare_cached(delete)?.execute([row])?;
    }
    *known = is;
    Ok(())
}

const PATCH: [&str; 2] =
    ["INSERT OR REPLACE INTO patches(run, patch) VALUES (?1, ?2)", "DELETE FROM patches WHERE run = ?1"];
const CONTROL: [&str; 2] =
    ["INSERT OR REPLACE INTO controls(run, control) VALUES (?1, ?2)", "DELETE FROM controls WHERE run = ?1"];

impl Save<'_> {
    /// Inserts or updates; answers what became of its figures.
    pub(super) fn write(&self, db: &Connection, beside: &mut Beside) -> Result<Moved> {
        let run = self.run;
        let waiting = Waiting::of(run);
        let silent_since = self.oldest_log.filter(|_| run.only_logs).unwrap_or(run.last_received_at);
        let key: &[u8] = &run.key.0;
        let parent = run.parent.map(|parent| parent.0);
        let detail = to_bytes(run)?;
        let row = self.row;
        if self.stored {
            let sql = "UPDATE runs SET parent = ?2, waiting = ?3, silent_since = ?4, detail = ?5 WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![row, parent, waiting as u8, silent_since.0, detail])?;
        } else {
            let sql = "INSERT INTO runs(id, account, key, parent, waiting, silent_since, detail)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let values = params![row, self.account.0, key, parent, waiting as u8, silent_since.0, detail];
            db.prepare_cached(sql)?.execute(values)?;
        }
        let before = self.before.filter(|before| listed(before));
        if let Some(before) = before.filter(|before| !listed(run) || before.started_at != run.started_at) {
            delete_figures(db, self.account, before)?;
        }
        let hot = if listed(run) { Some(hot::encode(run)?) } else { None };
        if let Some(hot) = &hot {
            let sql = "INSERT OR REPLACE INTO figures(account, started_at, key, run, hot) VALUES (?1, ?2, ?3, ?4, ?5)";
            db.prepare_cached(sql)?.execute(params![self.account.0, run.started_at.0, key, row, hot])?;
        }
        put(db, CONTROL, row, self.control, &mut beside.control)?;
        put(db, PATCH, row, self.patch, &mut beside.patch)?;
        count(db, self.account, self.before, Some(run))?;
        Ok(Moved {
            account: self.account,
            key: run.key,
            row,
            from: before.map(|before| before.started_at),
            to: hot.map(|hot| (run.started_at, hot)),
        })
    }
}

/// Rewrites what a flush or a merge changes of a run.
pub(super) fn move_spans(
    db: &Connection,
    row: i64,
    stretches: &[Stretch],
    patch: &Patch,
    beside: &mut Beside,
) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO stretches(run, stretches) VALUES (?1, ?2)")?
        .execute(params![row, to_bytes(&stretches)?])?;
    put(db, PATCH, row, patch, &mut beside.patch)
}

/// Removes a run's rows; its spans are the caller's business. Answers what became of its figures.
pub(super) fn delete(db: &Connection, account: AccountId, row: i64, run: &Run) -> Result<Moved> {
    if listed(run) {
        delete_figures(db, account, run)?;
    }
    db.prepare_cached("DELETE FROM runs WHERE id = ?1")?.execute([row])?;
    for table in ["controls", "stretches", "patches"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE run = ?1"))?.execute([row])?;
    }
    count(db, account, Some(run), None)?;
    Ok(Moved { account, key: run.key, row, from: listed(run).then_some(run.started_at), to: None })
}

fn delete_figures(db: &Connection, account: AccountId, run: &Run) -> Result<()> {
    db.prepare_cached("DELETE FROM figures WHERE account = ?1 AND started_at = ?2 AND key = ?3")?.execute(params![
        account.0,
        run.started_at.0,
        &run.key.0[..]
    ])?;
    Ok(())
}

/// Keeps the account's totals.
fn count(db: &Connection, account: AccountId, before: Option<&Run>, after: Option<&Run>) -> Result<()> {
    let share = |run: Option<&Run>| {
        run.filter(|run| !run.only_logs).map_or((0, 0), |run| (1, (run.span_count + run.event_count) as i64))
    };
    let ((runs, spans), (runs_before, spans_before)) = (share(after), share(before));
    if (runs, spans) != (runs_before, spans_before) {
        db.prepare_cached("UPDATE accounts SET runs = runs + ?2, spans = spans + ?3 WHERE id = ?1")?
            .execute(params![account.0, runs - runs_before, spans - spans_before])?;
    }
    Ok(())
}

/// A run by its key, hidden ones too.
pub(super) fn run(db: &Connection, account: AccountId, key: RunKey) -> Result<Option<(i64, Run)>> {
    let row: Option<(i64, Vec<u8>)> = db
        .prepare_cached("SELECT id, detail FROM runs WHERE account = ?1 AND key = ?2")?
        .query_row(params![account.0, &key.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(id, detail)| Ok((id, from_bytes(&detail, "run")?))).transpose()
}

/// A run by its row, hidden ones too, with its account.
pub(super) fn by_row(db: &Connection, row: i64) -> Result<Option<(AccountId, Run)>> {
    let found: Option<(u32, Vec<u8>)> = db
        .prepare_cached("SELECT account, detail FROM runs WHERE id = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(account, detail)| Ok((AccountId(account), from_bytes(&detail, "run")?))).transpose()
}

/// Keys of runs that wait for something since before a time, and runs that wait for nothing.
pub(super) fn silent(db: &Connection, account: AccountId, waiting: Waiting, until: Timestamp) -> Result<Vec<RunKey>> {
    let sql = "SELECT key FROM runs WHERE account = ?1 AND waiting = ?2 AND silent_since <= ?3";
    let mut statement = db.prepare_cached(sql)?;
    let keys = statement.query_map(params![account.0, waiting as u8, until.0], |row| row.get(0).map(RunKey))?;
    Ok(keys.collect::<std::result::Result<_, _>>()?)
}

/// What a run's state says, by key.
pub(super) fn state(db: &Connection, account: AccountId, key: RunKey) -> Result<Option<(i64, RunState)>> {
    let row: Option<i64> = db
        .prepare_cached("SELECT id FROM runs WHERE account = ?1 AND key = ?2")?
        .query_row(params![account.0, &key.0[..]], |row| row.get(0))
        .optional()?;
    row.map(|row| Ok((row, RunState::load(db, row)?))).transpose()
}
