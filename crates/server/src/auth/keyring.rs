//! The accounts and keys of the store, held in memory and read again after each change, so that a
//! request is checked without the disk and a revoked key is refused at once.

use super::login::Sessions;
use super::{ACCOUNT_HEADER, Access, Presented};
use crate::error::{ApiError, ErrorKind};
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vedette_model::AccountId;
use vedette_store::{Account, Key, KeyScope, Store};

/// Only its hash is ever kept.
#[must_use]
pub fn hash_secret(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// 32 random bytes in hex behind a prefix that says what it is, such as `vk_`.
#[must_use]
pub fn new_secret(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().fold(prefix.to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// The secret by which commands on this machine speak to the process that owns the data. Made at each
/// start, announced in the data folder's lock file, which only its user may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalToken(pub String);

#[derive(Default)]
struct Directory {
    keys: HashMap<[u8; 32], Key>,
    accounts: Vec<Account>,
    /// Somebody configured an account or a key, if only to revoke it.
    configured: bool,
}

impl Directory {
    fn read(store: &dyn Store) -> Result<Directory, vedette_store::StoreError> {
        let accounts = store.accounts()?;
        let mut configured = accounts.iter().any(|account| account.id != AccountId::DEFAULT);
        let mut keys = HashMap::new();
        for account in &accounts {
            for key in store.keys(account.id)? {
                configured = true;
                if key.revoked_at.is_none() {
                    keys.insert(key.hash, key);
                }
            }
        }
        Ok(Directory { keys, accounts, configured })
    }
}

/// See the module.
pub struct Keyring {
    directory: ArcSwap<Directory>,
    /// The server listens beyond loopback: a key is needed whatever happens to the accounts.
    exposed: AtomicBool,
    local: [u8; 32],
    pub(super) sessions: Sessions,
}

impl Keyring {
    /// Reads the store's accounts and keys.
    pub fn open(store: &dyn Store, local: &LocalToken) -> Result<Self, vedette_store::StoreError> {
        Ok(Keyring {
            directory: ArcSwap::from_pointee(Directory::read(store)?),
            exposed: AtomicBool::new(false),
            local: hash_secret(&local.0),
            sessions: Sessions::default(),
        })
    }

    /// After every change of accounts or keys.
    pub fn reload(&self, store: &dyn Store) -> Result<(), vedette_store::StoreError> {
        self.directory.store(Arc::new(Directory::read(store)?));
        Ok(())
    }

    /// Somebody configured an account or a key.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.directory.load().configured
    }

    /// At least one key is live.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.directory.load().keys.is_empty()
    }

    /// From now on a key is needed, also if none is left.
    pub fn expose(&self) {
        self.exposed.store(true, Ordering::Release);
    }

    /// Whether requests need a key.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        self.exposed.load(Ordering::Acquire) || self.is_configured()
    }

    /// An account by its name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<AccountId> {
        self.directory.load().accounts.iter().find(|account| account.name == name).map(|account| account.id)
    }

    /// An account's name.
    #[must_use]
    pub fn account_name(&self, id: AccountId) -> Option<String> {
        self.directory.load().accounts.iter().find(|account| account.id == id).map(|account| account.name.clone())
    }

    /// The live key of a secret.
    pub(super) fn key(&self, secret: &str) -> Option<Key> {
        self.directory.load().keys.get(&hash_secret(secret)).cloned()
    }

    /// The account for which a key, known by its hash in hexadecimal digits, may write.
    #[must_use]
    pub fn writer(&self, hash: &str) -> Option<AccountId> {
        let directory = self.directory.load();
        let hex = |key: &Key| key.hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let key = directory.keys.values().find(|key| hex(key) == hash)?;
        key.scopes.contains(&KeyScope::Write).then_some(key.account)
    }

    /// Who asks. The first secret that is a live key counts; then the cookie of a login.
    pub fn authenticate(&self, shown: &Presented<'_>) -> Result<Access, ApiError> {
        let secrets = shown.secrets();
        if secrets.iter().any(|secret| hash_secret(secret) == self.local) {
            return self.local_access(shown);
        }
        if !self.needs_key() {
            if !shown.is_to_loopback() {
                let message =
                    "without keys this server answers only to localhost; create one with `vedette keys create`";
                return Err(ApiError::new(ErrorKind::Forbidden, message));
            }
            self.refuse_foreign_page(shown)?;
            return Ok(Access::all(AccountId::DEFAULT, false));
        }
        if let Some(key) = secrets.iter().find_map(|secret| self.key(secret)) {
            return Ok(access_of(key));
        }
        if let Some(hash) = self.sessions.key_hash(shown)
            && let Some(key) = self.directory.load().keys.get(&hash)
        {
            self.refuse_foreign_page(shown)?;
            return Ok(access_of(key.clone()));
        }
        let message = if secrets.is_empty() { "a key is needed" } else { "this key is unknown or revoked" };
        Err(ApiError::new(ErrorKind::Unauthorized, message))
    }

    fn local_access(&self, shown: &Presented<'_>) -> Result<Access, ApiError> {
        let Some(name) = shown.header(ACCOUNT_HEADER) else { return Ok(Access::all(AccountId::DEFAULT, true)) };
        let account = self.account(name).ok_or_else(|| ApiError::not_found(&format!("account: {name}")))?;
        Ok(Access::all(account, true))
    }

    /// What carries no secret of its own must not come from another site's page.
    fn refuse_foreign_page(&self, shown: &Presented<'_>) -> Result<(), ApiError> {
        if shown.changes && shown.is_foreign_page() {
            return Err(ApiError::new(ErrorKind::Forbidden, "requests from pages of another origin need a key"));
        }
        Ok(())
    }
}

fn access_of(key: Key) -> Access {
    let author = Some(if key.name.is_empty() { key.id } else { key.name });
    Access { account: key.account, scopes: key.scopes, agent: key.agent, local: false, author }
}
