//! Telling people. What there is to tell is found elsewhere and stands in the outbox, one [`Delivery`] for
//! each notice and channel, put there in the transaction that found it. The [`courier`] takes what is due,
//! has it written ([`message`]) once, sends it ([`sender`]) and writes down what came of it. A delivery is
//! tried until it is taken or given up ([`retry`]), with the same id and the same bytes each time: whenever
//! the process ends, each notice arrives at least once, and a receiver can tell repeats.
//!
//! [`Delivery`]: vedette_watch::Delivery

pub mod address;
pub mod courier;
pub mod http;
pub mod mail;
pub mod message;
pub mod outbox;
pub mod retry;
pub mod sender;
pub mod signature;

use crate::config::Config;
use address::Reach;
use http::Poster;
use mail::Mailer;
use sender::Sender;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// What the courier and the API share.
pub struct Notify {
    /// Sends.
    pub sender: Sender,
    /// The pause after a first attempt that failed.
    pub pause: Duration,
    /// Where the pages are, if that is not configured.
    listening_at: OnceLock<String>,
    changed: tokio::sync::Notify,
    channels: Mutex<()>,
}

impl Notify {
    /// Sends nothing yet.
    pub fn open(config: &Config) -> anyhow::Result<Notify> {
        let poster = Poster::new(Reach { allowed: config.notify_allow.clone() })?;
        let mailer = match (&config.smtp_url, &config.mail_from) {
            (Some(url), Some(from)) => Some(Mailer::new(url, from.clone())?),
            (None, None) => None,
            _ => anyhow::bail!("mail needs both --smtp-url and --mail-from"),
        };
        Ok(Notify {
            sender: Sender { poster, mailer },
            pause: config.notify_pause,
            listening_at: OnceLock::new(),
            changed: tokio::sync::Notify::new(),
            channels: Mutex::new(()),
        })
    }

    /// The first address this process listens on.
    pub fn listens_at(&self, url: &str) {
        // Said once, when it starts to listen.
        let _ = self.listening_at.set(url.to_owned());
    }

    /// What messages say of this server.
    #[must_use]
    pub fn letterhead(&self, config: &Config) -> message::Letterhead {
        let own = || {
            let listening = self.listening_at.get().cloned();
            listening.unwrap_or_else(|| format!("http://{}", config.listen.first().map_or("", String::as_str)))
        };
        message::Letterhead {
            public_url: config.public_url.clone().unwrap_or_else(own),
            region: config.own_region(),
            from: config.mail_from.clone(),
        }
    }

    /// To be called after each commit that changed deliveries or channels, and before it is forgotten that it
    /// did: the courier looks again.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Held while a channel is read, changed and written: by the API, and by the courier that counts failures.
    pub fn changing_channels(&self) -> MutexGuard<'_, ()> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
