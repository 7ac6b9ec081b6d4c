//! Which runs have a call with a response id: how copies of one call in two traces find each other. New ids go
//! into a small table of their own, and move on when there are many.

use super::Shared;
use crate::Result;
use rusqlite::{Connection, params};
use vedette_model::{AccountId, content_hash, limits};

/// New ids that wait to move on.
const NEW: i64 = 32_000;
/// They move in sixteen commits, by their first bits, so that no append waits long and no page is changed twice.
const SLICES: std::ops::Range<i64> = -8..8;

fn hash(account: AccountId, response_id: &str) -> i64 {
    let mut bytes = account.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(response_id.as_bytes());
    content_hash(&bytes).cast_signed()
}

pub(super) fn insert(db: &Connection, account: AccountId, response_id: &str, row: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO new_response_ids(hash, run) VALUES (?1, ?2)")?
        .execute(params![hash(account, response_id), row])?;
    Ok(())
}

pub(super) fn remove(db: &Connection, account: AccountId, response_id: &str, row: i64) -> Result<()> {
    let hash = hash(account, response_id);
    db.prepare_cached("DELETE FROM response_ids WHERE hash = ?1 AND run = ?2")?.execute(params![hash, row])?;
    db.prepare_cached("DELETE FROM new_response_ids WHERE hash = ?1 AND run = ?2")?.execute(params![hash, row])?;
    Ok(())
}

/// Moves a slice of the new ids.
fn age(db: &Connection, slice: i64) -> Result<()> {
    let (first, last) = (slice << 60, (slice << 60) + ((1 << 60) - 1));
    let sql = "INSERT OR IGNORE INTO response_ids(hash, run)
               SELECT hash, run FROM new_response_ids WHERE hash BETWEEN ?1 AND ?2 ORDER BY hash, run";
    db.prepare_cached(sql)?.execute([first, last])?;
    db.prepare_cached("DELETE FROM new_response_ids WHERE hash BETWEEN ?1 AND ?2")?.execute([first, last])?;
    Ok(())
}

/// Takes out those of runs that are no more.
pub(super) fn sweep(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM response_ids WHERE run NOT IN (SELECT id FROM runs)", [])?;
    db.execute("DELETE FROM new_response_ids WHERE run NOT IN (SELECT id FROM runs)", [])?;
    Ok(())
}

impl Shared {
    /// Moves new ids to the others once there are many.
    pub(super) fn age_responses(&self) -> Result<()> {
        let count = |db: &Connection| Ok(db.query_row("SELECT count(*) FROM new_response_ids", [], |row| row.get(0))?);
        if self.readers.read::<i64>(count)? < NEW {
            return Ok(());
        }
        for slice in SLICES {
            self.queue.commit(0, move |commit| age(commit.db, slice))?;
        }
        Ok(())
    }
}

/// Rows of the runs that have a call with this response id, or with one of the same hash, or had one
/// before they were dropped: at most [`limits::RESPONSE_RUNS`].
pub(super) fn rows(db: &Connection, account: AccountId, response_id: &str) -> Result<Vec<i64>> {
    let sql = "SELECT run FROM response_ids WHERE hash = ?1 UNION SELECT run FROM new_response_ids WHERE hash = ?1
               ORDER BY run LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows =
        statement.query_map(params![hash(account, response_id), limits::RESPONSE_RUNS as i64], |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::{SLICES, age, insert, remove, rows};
    use crate::embedded::database::open_writer;
    use vedette_model::AccountId;

    #[test]
    fn an_id_is_found_and_removed_whatever_its_age() {
        const ACCOUNT: AccountId = AccountId::DEFAULT;
        let dir = tempfile::tempdir().expect("a folder");
        let db = open_writer(&dir.path().join("ids.db")).expect("a database");
        // The hashes of these fall into every slice; the outermost belong to one too.
        let ids: Vec<String> = (0..200).map(|number| format!("chatcmpl-{number}")).collect();
        for id in &ids {
            insert(&db, ACCOUNT, id, 1).expect("a row");
        }
        db.execute("INSERT INTO new_response_ids VALUES (?1, 9), (?2, 9)", [i64::MIN, i64::MAX]).expect("rows");
        for slice in SLICES {
            age(&db, slice).expect("moved");
        }
        let left: i64 = db.query_row("SELECT count(*) FROM new_response_ids", [], |row| row.get(0)).expect("a count");
        assert_eq!(left, 0);
        for (number, id) in ids.iter().enumerate() {
            // The old row once more, and a new one beside it.
            insert(&db, ACCOUNT, id, 1).expect("a row");
            insert(&db, ACCOUNT, id, 2).expect("a row");
            assert_eq!(rows(&db, ACCOUNT, id).expect("rows"), [1, 2], "{number}");
            remove(&db, ACCOUNT, id, 1).expect("removed");
            assert_eq!(rows(&db, ACCOUNT, id).expect("rows"), [2], "{number}");
        }
    }
}
