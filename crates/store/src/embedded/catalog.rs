//! Accounts, keys, prices and scores: small rows that change by themselves.

use super::codec::{corrupt, internal};
use super::commit::{Commit, invalid};
use crate::{Account, Key, KeyScope, PriceId, PriceOverride, Result};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vedette_model::{AccountId, RunKey, Score, Timestamp};

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| internal("a row cannot be written"))
}

fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| corrupt(what))
}

pub(super) fn accounts(db: &Connection) -> Result<Vec<Account>> {
    let mut statement = db.prepare_cached("SELECT id, name, created_at, retain_ns FROM accounts ORDER BY id")?;
    let accounts = statement.query_map([], |row| {
        Ok(Account {
            id: AccountId(row.get(0)?),
            name: row.get(1)?,
            created_at: Timestamp(row.get(2)?),
            retain_ns: row.get(3)?,
        })
    })?;
    Ok(accounts.collect::<std::result::Result<_, _>>()?)
}

const KEY: &str = "SELECT id, account, hash, name, scopes, agent, created_at, revoked_at FROM keys";

fn key(row: &Row<'_>) -> Result<Key> {
    Ok(Key {
        id: row.get(0)?,
        account: AccountId(row.get(1)?),
        hash: row.get(2)?,
        name: row.get(3)?,
        scopes: parse::<Vec<KeyScope>>(&row.get::<_, String>(4)?, "key")?,
        agent: row.get(5)?,
        created_at: Timestamp(row.get(6)?),
        revoked_at: row.get::<_, Option<i64>>(7)?.map(Timestamp),
    })
}

pub(super) fn keys(db: &Connection, account: AccountId) -> Result<Vec<Key>> {
    let mut statement = db.prepare_cached(&format!("{KEY} WHERE account = ?1 ORDER BY created_at, id"))?;
    let mut rows = statement.query([account.0])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(key(row)?);
    }
    Ok(keys)
}

pub(super) fn key_by_hash(db: &Connection, hash: &[u8; 32]) -> Result<Option<Key>> {
    let mut statement = db.prepare_cached(&format!("{KEY} WHERE hash = ?1 AND revoked_at IS NULL"))?;
    let mut rows = statement.query([&hash[..]])?;
    rows.next()?.map(key).transpose()
}

pub(super) fn prices(db: &Connection, account: AccountId) -> Result<Vec<PriceOverride>> {
    let sql = "SELECT price FROM prices WHERE account = ?1 ORDER BY provider, model, valid_from";
    let mut statement = db.prepare_cached(sql)?;
    let texts = statement.query_map([account.0], |row| row.get::<_, String>(0))?;
    texts.map(|text| parse(&text?, "price")).collect()
}

pub(super) fn scores(db: &Connection, account: AccountId, run: RunKey) -> Result<Vec<Score>> {
    let sql = "SELECT score FROM scores WHERE account = ?1 AND run = ?2 ORDER BY time, id";
    let mut statement = db.prepare_cached(sql)?;
    let texts = statement.query_map(params![account.0, &run.0[..]], |row| row.get::<_, String>(0))?;
    texts.map(|text| parse(&text?, "score")).collect()
}

/// All scores of an account with a time in `[since, until)`, by id.
pub(super) fn all_scores(db: &Connection, account: AccountId, since: i64, until: i64) -> Result<Vec<Score>> {
    let sql = "SELECT score FROM scores WHERE account = ?1 AND time >= ?2 AND time < ?3 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let texts = statement.query_map(params![account.0, since, until], |row| row.get::<_, String>(0))?;
    texts.map(|text| parse(&text?, "score")).collect()
}

impl Commit<'_> {
    pub(super) fn put_score(&mut self, account: AccountId, score: &Score) -> Result<()> {
        self.check_account(account)?;
        let text = json(score)?;
        let known: Option<String> = self
            .db
            .prepare_cached("SELECT score FROM scores WHERE account = ?1 AND id = ?2")?
            .query_row(params![account.0, &*score.id], |row| row.get(0))
            .optional()?;
        if known.as_ref() == Some(&text) {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO scores(account, id, run, time, score) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.db.prepare_cached(sql)?.execute(params![account.0, &*score.id, &score.run.0[..], score.time.0, text])?;
        self.mark_unseen((account, score.run))
    }

    pub(super) fn create_account(&mut self, name: &str, now: Timestamp) -> Result<Account> {
        let sql = "SELECT 1 FROM accounts WHERE name = ?1";
        let taken: Option<i64> = self.db.query_row(sql, [name], |row| row.get(0)).optional()?;
        if name.is_empty() || taken.is_some() {
            return Err(invalid(format!("the name is empty or taken, name={name}")));
        }
        self.db.execute("INSERT INTO accounts(name, created_at) VALUES (?1, ?2)", params![name, now.0])?;
        let id = u32::try_from(self.db.last_insert_rowid()).map_err(|_| internal("there are too many accounts"))?;
        Ok(Account { id: AccountId(id), name: name.to_owned(), created_at: now, retain_ns: None })
    }

    pub(super) fn set_retention(&mut self, account: AccountId, retain_ns: Option<i64>) -> Result<()> {
        self.check_account(account)?;
        self.db.execute("UPDATE accounts SET retain_ns = ?2 WHERE id = ?1", params![account.0, retain_ns])?;
        Ok(())
    }

    pub(super) fn create_key(&mut self, key: &Key) -> Result<()> {
        self.check_account(key.account)?;
        let sql = "SELECT 1 FROM keys WHERE id = ?1 OR hash = ?2";
        let known: Option<i64> = self.db.query_row(sql, params![key.id, &key.hash[..]], |row| row.get(0)).optional()?;
        if known.is_some() {
            return Err(invalid(format!("the key is known, id={}", key.id)));
        }
        self.db.execute(
            "INSERT INTO keys(id, account, hash, name, scopes, agent, created_at, revoked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                key.id,
                key.account.0,
                &key.hash[..],
                key.name,
                json(&key.scopes)?,
                key.agent,
                key.created_at.0,
                key.revoked_at.map(|time| time.0)
            ],
        )?;
        Ok(())
    }

    pub(super) fn revoke_key(&mut self, account: AccountId, id: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE keys SET revoked_at = coalesce(revoked_at, ?3) WHERE account = ?1 AND id = ?2";
        Ok(self.db.execute(sql, params![account.0, id, now.0])? > 0)
    }

    pub(super) fn delete_price(&mut self, account: AccountId, price: &PriceId) -> Result<bool> {
        let PriceId { provider, model, valid_from } = price;
        let sql = "DELETE FROM prices WHERE account = ?1 AND provider = ?2 AND model = ?3 AND valid_from = ?4";
        Ok(self.db.execute(sql, params![account.0, provider, model, valid_from.0])? > 0)
    }

    pub(super) fn put_price(&mut self, account: AccountId, price: &PriceOverride) -> Result<()> {
        self.check_account(account)?;
        self.db.execute(
            "INSERT OR REPLACE INTO prices(account, provider, model, valid_from, price) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![account.0, price.provider, price.model, price.valid_from.0, json(price)?],
        )?;
        Ok(())
    }
}

/// Runs and spans of an account.
pub(super) fn totals(db: &Connection, account: AccountId) -> Result<(u64, u64)> {
    let sql = "SELECT runs, spans FROM accounts WHERE id = ?1";
    let totals: Option<(i64, i64)> =
        db.prepare_cached(sql)?.query_row([account.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(totals.map_or((0, 0), |(runs, spans)| (runs.unsigned_abs(), spans.unsigned_abs())))
}

/// Segments of all accounts.
pub(super) fn segments(db: &Connection) -> Result<u64> {
    let segments: i64 = db.prepare_cached("SELECT count(*) FROM segments")?.query_row([], |row| row.get(0))?;
    Ok(segments.unsigned_abs())
}
