//! Looks whether what is stored is whole: the database, each segment's checksum and rows, files that nobody
//! names, and whether each run still has the spans its row counts. Reads only, beside a running server too.

use super::database::Readers;
use super::segment::{Segments, Want, checksum};
use super::{DATABASE, SEGMENTS, catalog, lists, log, merge, rows, spans};
use crate::{Result, StoreError, StoreErrorKind};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use vedette_model::{AccountId, Run, RunKey, limits};

/// What [`doctor`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Accounts looked at.
    pub accounts: u64,
    /// Runs looked at, hidden ones too.
    pub runs: u64,
    /// Spans, point events and joined log records.
    pub spans: u64,
    /// Segments looked at.
    pub segments: u64,
    /// What is wrong, for people; empty if all is well.
    pub problems: Vec<String>,
    /// Files that nobody names; the next start removes them.
    pub orphans: Vec<String>,
}

/// See the module.
pub fn doctor(dir: &Path) -> Result<Report> {
    let path = dir.join(DATABASE);
    if !path.exists() {
        let message = format!("there is no data here, path={}", dir.display());
        return Err(StoreError::new(StoreErrorKind::Invalid, message));
    }
    let readers = Readers::new(path);
    let segments = Segments::open(dir.join(SEGMENTS))?;
    readers.read(|db| Examination { db, segments: &segments, report: Report::default() }.run())
}

struct Examination<'a> {
    db: &'a Connection,
    segments: &'a Segments,
    report: Report,
}

impl Examination<'_> {
    fn run(mut self) -> Result<Report> {
        let mut statement = self.db.prepare("PRAGMA integrity_check(20)")?;
        let words = statement.query_map([], |row| row.get::<_, String>(0))?;
        for word in words {
            let word = word?;
            if word != "ok" {
                self.problem(format!("database: {word}"));
            }
        }
        let log = log::Index::load(self.db)?;
        let mut known = BTreeSet::new();
        for account in catalog::accounts(self.db)? {
            self.report.accounts += 1;
            self.account(account.id, &log, &mut known)?;
        }
        for (path, id) in self.segments.files()? {
            if id.is_none_or(|id| !known.contains(&id)) {
                self.report.orphans.push(path.display().to_string());
            }
        }
        Ok(self.report)
    }

    fn problem(&mut self, problem: String) {
        if self.report.problems.len() < limits::SKIPPED_LINES {
            self.report.problems.push(problem);
        }
    }

    fn account(&mut self, account: AccountId, log: &log::Index, known: &mut BTreeSet<i64>) -> Result<()> {
        let mut rows_of: HashMap<RunKey, u64> = HashMap::new();
        for segment in merge::segments(self.db, Some(account))? {
            known.insert(segment.id);
            self.report.segments += 1;
            self.segment(&segment, &mut rows_of);
        }
        let mut runs: Vec<(i64, Run)> = Vec::new();
        lists::all(self.db, account, |row, run| {
            runs.push((row, run));
            Ok(())
        })?;
        let (mut shown, mut counted) = (0, 0);
        for (row, run) in runs {
            self.report.runs += 1;
            if !run.only_logs {
                shown += 1;
                counted += run.span_count + run.event_count;
            }
            self.one_run(account, row, &run, log, rows_of.get(&run.key).copied().unwrap_or(0))?;
        }
        let totals = catalog::totals(self.db, account)?;
        if totals != (shown, counted) {
            self.problem(format!("account {}: totals are {totals:?}, its rows say {:?}", account.0, (shown, counted)));
        }
        Ok(())
    }

    fn segment(&mut self, segment: &merge::Segment, rows_of: &mut HashMap<RunKey, u64>) {
        let path = self.segments.path(segment.id);
        let name = path.display().to_string();
        match checksum(&path) {
            Err(error) => return self.problem(format!("{name}: cannot be read: {error}")),
            Ok(found) if found != segment.checksum => self.problem(format!("{name}: the checksum differs")),
            Ok(_) => {}
        }
        let mut rows = 0;
        let read = self.segments.read_rows(segment.id, None, Want::Only(&[]), |line| {
            rows += 1;
            *rows_of.entry(line.span.run).or_default() += 1;
            Ok(())
        });
        if let Err(error) = read {
            self.problem(format!("{name}: {error}"));
        } else if rows != segment.rows {
            self.problem(format!("{name}: holds {rows} spans, its row says {}", segment.rows));
        }
    }

    /// A run that lies in one place has as many rows there as it says; others are read span by span.
    fn one_run(&mut self, account: AccountId, row: i64, run: &Run, log: &log::Index, at_rest: u64) -> Result<()> {
        let state = spans::RunState::load(self.db, row)?;
        let logged = log.runs.get(&(account, run.key)).cloned().unwrap_or_default();
        let whole = state.stretches.len() == 1 && logged.parts.is_empty() && state.patch.only.is_empty();
        let expected = run.span_count + run.event_count;
        let found =
            if whole && state.stretches.iter().all(|stretch| u64::from(stretch.rows) == at_rest) && at_rest == expected
            {
                at_rest
            } else {
                let lines = spans::lines(self.db, self.segments, run.key, &logged, &state, false)?;
                lines.iter().filter(|line| !state.patch.mark(line).joined).count() as u64
            };
        self.report.spans += found;
        if found != expected && !run.only_logs {
            self.problem(format!("run {}: {found} spans are stored, its row says {expected}", run.key));
        }
        if rows::run(self.db, account, run.key)?.is_none_or(|(found, _)| found != row) {
            self.problem(format!("run {}: is not found by its key", run.key));
        }
        Ok(())
    }
}
