//! Which runs have a call with a response id: how copies of one call in two traces find each other.

use crate::Result;
use rusqlite::{Connection, params};
use vedette_model::{AccountId, content_hash, limits};

fn hash(account: AccountId, response_id: &str) -> i64 {
    let mut bytes = account.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(response_id.as_bytes());
    content_hash(&bytes).cast_signed()
}

pub(super) fn insert(db: &Connection, account: AccountId, response_id: &str, row: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO response_ids(hash, run) VALUES (?1, ?2)")?
        .execute(params![hash(account, response_id), row])?;
    Ok(())
}

pub(super) fn remove(db: &Connection, account: AccountId, response_id: &str, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM response_ids WHERE hash = ?1 AND run = ?2")?
        .execute(params![hash(account, response_id), row])?;
    Ok(())
}

/// Rows of the runs that have a call with this response id, or with one of the same hash, or had one
/// before they were dropped. Of a response id that is in very many runs the first ones.
pub(super) fn rows(db: &Connection, account: AccountId, response_id: &str) -> Result<Vec<i64>> {
    let mut statement = db.prepare_cached("SELECT run FROM response_ids WHERE hash = ?1 ORDER BY run LIMIT ?2")?;
    let rows =
        statement.query_map(params![hash(account, response_id), limits::COPY_OWNERS as i64], |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
