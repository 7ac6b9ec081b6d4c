//! What silence means: runs that nobody closed are closed, log records whose run did not come are dropped.

use super::active::Key;
use super::commit::Commit;
use super::rows::{self, Waiting};
use crate::Result;
use rusqlite::Connection;
use std::time::Duration;
use vedette_model::{AccountId, Run, RunKey, Settled, Timestamp, limits};

/// What a run waits for, and for how long.
fn patience(silence: Duration) -> [(Waiting, Duration); 4] {
    [
        (Waiting::ForRun, limits::LOG_WAIT),
        (Waiting::ForProcess, limits::LIVENESS_TIMEOUT),
        (Waiting::ForEnd, limits::OPEN_TIMEOUT),
        (Waiting::Presumably, silence),
    ]
}

/// A run that has waited long enough, and for what.
pub(super) type Due = (RunKey, Waiting, Duration);

/// The runs of an account that are due.
pub(super) fn due(db: &Connection, account: AccountId, now: Timestamp, silence: Duration) -> Result<Vec<Due>> {
    let mut due = Vec::new();
    for (waiting, patience) in patience(silence) {
        let runs = rows::silent(db, account, waiting, now.minus(patience))?;
        due.extend(runs.into_iter().map(|run| (run, waiting, patience)));
    }
    Ok(due)
}

impl Commit<'_> {
    /// Every announcing process counts as heard of: nobody listened while the store was closed.
    pub(super) fn greet_processes(&mut self, account: AccountId, now: Timestamp) -> Result<()> {
        for run in rows::silent(self.db, account, Waiting::ForProcess, now)? {
            let Some((_, run)) = rows::run(self.db, account, run)? else { continue };
            if let Some(process) = run.process_id {
                self.processes.entry((account, process)).or_insert(now);
            }
        }
        Ok(())
    }

    /// Settles runs of an account as of `now`, those that are still due; answers how many log records it dropped.
    pub(super) fn settle(&mut self, account: AccountId, now: Timestamp, due: &[Due]) -> Result<u64> {
        let mut dropped = 0;
        for (run, waiting, patience) in due {
            let key = (account, *run);
            if !self.load(key)? || self.active.get(key).map(|active| Waiting::of(active.run())) != Some(*waiting) {
                continue;
            }
            if *waiting == Waiting::ForRun {
                dropped += self.drop_logs(key, now);
            } else if self.has_fallen_silent(key, now, *patience) {
                let settled = if *waiting == Waiting::Presumably { Settled::Presumed } else { Settled::TimedOut };
                if let Some(active) = self.active.get_mut(key) {
                    active.control.settled = Some(settled);
                    self.touched.entry(key).or_default();
                }
            }
        }
        self.processes.retain(|(owner, _), seen| *owner != account || seen.plus(limits::LIVENESS_TIMEOUT) > now);
        self.recompute()?;
        Ok(dropped)
    }

    /// Its announcing process speaks for a run, too.
    fn has_fallen_silent(&self, key: Key, now: Timestamp, patience: Duration) -> bool {
        let Some(run): Option<&Run> = self.active.get(key).map(super::active::Active::run) else { return false };
        let process = run.process_id.as_ref().filter(|_| run.announced);
        let seen = process.and_then(|process| self.processes.get(&(key.0, process.clone()))).copied();
        seen.unwrap_or_default().max(run.last_received_at).plus(patience) <= now
    }

    fn drop_logs(&mut self, key: Key, now: Timestamp) -> u64 {
        let Some(active) = self.active.get_mut(key) else { return 0 };
        let gone = active.drop_spans(|skeleton| skeleton.received.plus(limits::LOG_WAIT) <= now);
        for span in &gone {
            // Its bytes leave the log with its run.
            active.only.insert(*span, 0);
        }
        if !gone.is_empty() {
            self.touched.entry(key).or_default();
        }
        gone.len() as u64
    }
}
