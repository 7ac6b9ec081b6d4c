//! What every handler shares: one plain struct, made once at start.

use crate::auth::{Keyring, LocalToken, new_secret};
use crate::config::{Config, Place};
use crate::error::ApiError;
use crate::ingest::Intake;
use crate::ingest::quota::Quotas;
use crate::live::Hub;
use crate::metrics::Metrics;
use crate::notify::Notify;
use crate::owner::Owner;
use crate::prices::PriceBook;
use crate::watch::Watch;
use std::sync::Arc;
use vedette_lake::Lake;
use vedette_store::{Embedded, EmbeddedOptions, Listener, Memory, MemoryOptions, Store, StoreError, StoreErrorKind};

/// See the module.
pub struct App {
    /// What was configured.
    pub config: Config,
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// The same, if it is on disk.
    embedded: Option<Arc<Embedded>>,
    /// The same by SQL.
    pub lake: Lake,
    /// Who may do what.
    pub keyring: Keyring,
    /// By which commands on this machine are known.
    pub local_token: LocalToken,
    /// What an account's model calls cost.
    pub prices: PriceBook,
    /// How much an account may send.
    pub quotas: Quotas,
    /// Room for what is being taken in.
    pub intake: Intake,
    /// What is watched.
    pub watch: Watch,
    /// Where notices go.
    pub notify: Notify,
    /// Where changes are heard of.
    pub live: Arc<Hub>,
    /// What Prometheus reads.
    pub metrics: Metrics,
}

impl App {
    /// Opens the store and what depends on it. Binds nothing.
    pub fn open(config: Config) -> anyhow::Result<Arc<App>> {
        let live = Arc::new(Hub::default());
        let (store, embedded) = open_store(&config, live.listener())?;
        let local_token = LocalToken(new_secret("local_"));
        let keyring = Keyring::open(&*store, &local_token)?;
        let prices = PriceBook::open(&*store)?;
        let lake = Lake::new(Arc::clone(&store), config.sql_time);
        let quotas = Quotas::open(&config)?;
        let notify = Notify::open(&config)?;
        Ok(Arc::new(App {
            config,
            store,
            embedded,
            lake,
            keyring,
            local_token,
            prices,
            quotas,
            intake: Intake::default(),
            watch: Watch::default(),
            notify,
            live,
            metrics: Metrics::default(),
        }))
    }

    /// Tells the commands of this machine where the owner of the data folder listens.
    pub fn announce(&self, url: &str) -> Result<(), StoreError> {
        self.notify.listens_at(url);
        let owner = Owner { url: url.to_owned(), token: self.local_token.clone() };
        self.embedded.as_ref().map_or(Ok(()), |store| store.announce(&owner.print()))
    }

    /// Runs what blocks or takes more than a moment of CPU off the async runtime.
    pub async fn off_runtime<T, F>(self: &Arc<Self>, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
    {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&app)).await.map_err(ApiError::internal)?
    }
}

/// The store, and the same once more where it keeps a folder.
type Opened = (Arc<dyn Store>, Option<Arc<Embedded>>);

fn open_store(config: &Config, listener: Listener) -> anyhow::Result<Opened> {
    let (settle, retain, listener) = (config.settle, config.retain, Some(listener));
    match &config.place {
        Place::Memory => {
            let options = MemoryOptions { settle, retain, listener, ..MemoryOptions::default() };
            Ok((Arc::new(Memory::open(options)), None))
        }
        Place::Folder(dir) => {
            let opened = Embedded::open(EmbeddedOptions { dir: dir.clone(), settle, retain, listener });
            let store = Arc::new(opened.map_err(with_remedy)?);
            Ok((Arc::<Embedded>::clone(&store), Some(store)))
        }
    }
}

/// Whoever opens a folder has to write to it, if only the lock.
fn with_remedy(error: StoreError) -> anyhow::Error {
    let refused = error.kind == StoreErrorKind::ReadOnly;
    let error = anyhow::Error::from(error);
    if refused {
        error.context("to read data where it cannot be written, copy its folder and name the copy with --data")
    } else {
        error
    }
}
