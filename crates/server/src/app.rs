//! What every handler shares: one plain struct, made once at start.

use crate::auth::{Keyring, LocalToken, new_secret};
use crate::config::{Config, Place};
use crate::error::ApiError;
use crate::live::Hub;
use std::sync::Arc;
use vedette_store::{Listener, Memory, MemoryOptions, Store};

/// See the module.
pub struct App {
    /// What was configured.
    pub config: Config,
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// Who may do what.
    pub keyring: Keyring,
    /// By which commands on this machine are known.
    pub local_token: LocalToken,
    /// Where changes are heard of.
    pub live: Arc<Hub>,
}

impl App {
    /// Opens the store and what depends on it. Binds nothing.
    pub fn open(config: Config) -> anyhow::Result<Arc<App>> {
        let live = Arc::new(Hub::default());
        let store = open_store(&config, live.listener())?;
        let local_token = LocalToken(new_secret("local_"));
        let keyring = Keyring::open(&*store, &local_token)?;
        Ok(Arc::new(App { config, store, keyring, local_token, live }))
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

fn open_store(config: &Config, listener: Listener) -> anyhow::Result<Arc<dyn Store>> {
    match &config.place {
        Place::Memory => {
            let (settle, retain, listener) = (config.settle, config.retain, Some(listener));
            let options = MemoryOptions { settle, retain, listener, ..MemoryOptions::default() };
            Ok(Arc::new(Memory::open(options)))
        }
        Place::Folder(folder) => anyhow::bail!("no store on disk yet for {}", folder.display()),
    }
}
