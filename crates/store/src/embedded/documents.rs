//! Documents, and which runs note has to be taken of: what is concluded from runs is written in the same
//! transaction in which they become seen.

use super::active::Key;
use super::commit::{Commit, invalid};
use crate::{Document, DocumentChange, Result, UnseenRun};
use rusqlite::{Connection, params};
use vedette_model::{AccountId, RunKey, limits};

pub(super) fn documents(db: &Connection, account: AccountId, collection: &str) -> Result<Vec<Document>> {
    let sql = "SELECT id, body FROM documents WHERE account = ?1 AND collection = ?2 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement
        .query_map(params![account.0, collection], |row| Ok(Document { id: row.get(0)?, body: row.get(1)? }))?;
    Ok(found.collect::<std::result::Result<_, _>>()?)
}

pub(super) fn unseen(db: &Connection, account: AccountId, limit: usize) -> Result<Vec<UnseenRun>> {
    let sql = "SELECT number, run FROM unseen WHERE account = ?1 ORDER BY number LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = statement
        .query_map(params![account.0, limit], |row| Ok(UnseenRun { number: row.get(0)?, run: RunKey(row.get(1)?) }))?;
    Ok(found.collect::<std::result::Result<_, _>>()?)
}

/// Whether a document may be stored.
pub(super) fn check(changes: &[DocumentChange]) -> Result<()> {
    let long = |change: &&DocumentChange| change.body.as_ref().is_some_and(|body| body.len() > limits::DOCUMENT_BYTES);
    match changes.iter().find(long) {
        None => Ok(()),
        Some(change) => {
            let (collection, id, most) = (change.collection, &change.id, limits::DOCUMENT_BYTES);
            Err(invalid(format!("the document is too long, collection={collection} id={id} most={most}")))
        }
    }
}

impl Commit<'_> {
    /// Note has to be taken of a run.
    pub(super) fn mark_unseen(&self, key: Key) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO unseen(account, run) VALUES (?1, ?2)")?
            .execute(params![key.0.0, &key.1.0[..]])?;
        Ok(())
    }

    pub(super) fn change_documents(
        &mut self,
        account: AccountId,
        changes: &[DocumentChange],
        seen: &[UnseenRun],
    ) -> Result<()> {
        self.check_account(account)?;
        let put = "INSERT OR REPLACE INTO documents(account, collection, id, body) VALUES (?1, ?2, ?3, ?4)";
        let remove = "DELETE FROM documents WHERE account = ?1 AND collection = ?2 AND id = ?3";
        for DocumentChange { collection, id, body } in changes {
            match body {
                Some(body) => self.db.prepare_cached(put)?.execute(params![account.0, collection, id, body])?,
                None => self.db.prepare_cached(remove)?.execute(params![account.0, collection, id])?,
            };
        }
        // A run that has changed again has another number by now, and stays.
        let sql = "DELETE FROM unseen WHERE number = ?1 AND account = ?2";
        for run in seen {
            self.db.prepare_cached(sql)?.execute(params![run.number, account.0])?;
        }
        Ok(())
    }
}
