//! What a recorder is told at its start. Misuse is refused here and nowhere later.

use crate::limits;
use crate::redact::Redaction;
use crate::value::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// How to record and where to send it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server, such as `http://127.0.0.1:4318`, or its traces' address as other OTLP clients have it.
    pub endpoint: String,
    /// Sent as bearer token.
    pub api_key: Option<String>,
    /// The region in the spelling of runs' ids: `eu` or `us`.
    pub region: String,
    /// What all spans of the process share, such as `service.name`.
    pub resource: Vec<(String, Value<'static>)>,
    /// What never leaves the process.
    pub redaction: Redaction,
    /// The share of runs that are recorded, from 0 to 1.
    pub sample: f64,
    /// The folder of spools; the one for this user if `None`.
    pub spool: Option<PathBuf>,
    /// Bytes of the spool; beyond them the oldest is dropped.
    pub spool_bytes: u64,
}

/// Why a recorder cannot start as it is told.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The endpoint is no address of a server.
    #[error("endpoint must be an address such as http://127.0.0.1:4318, not {0:?}")]
    Endpoint(String),
    /// The key cannot be sent.
    #[error("api_key must be printable text without blanks")]
    ApiKey,
    /// There is no such region.
    #[error("unknown region {0:?}; use eu or us")]
    Region(String),
    /// No share.
    #[error("sample must be a number from 0 to 1, not {0}")]
    Sample(f64),
}

impl Config {
    /// The defaults for this server.
    #[must_use]
    pub fn new(endpoint: &str) -> Config {
        Config {
            endpoint: endpoint.to_owned(),
            api_key: None,
            region: "eu".to_owned(),
            resource: Vec::new(),
            redaction: Redaction::default(),
            sample: 1.0,
            spool: None,
            spool_bytes: limits::SPOOL_BYTES,
        }
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<Destination, ConfigError> {
        if !matches!(self.region.as_str(), "eu" | "us") {
            return Err(ConfigError::Region(self.region.clone()));
        }
        if !(0.0..=1.0).contains(&self.sample) {
            return Err(ConfigError::Sample(self.sample));
        }
        if self.api_key.as_deref().is_some_and(|key| key.is_empty() || key.bytes().any(|byte| !byte.is_ascii_graphic()))
        {
            return Err(ConfigError::ApiKey);
        }
        Destination::new(&self.endpoint, self.api_key.as_deref())
    }
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Destination {
    pub(crate) url: String,
    pub(crate) key: Option<String>,
    pub(crate) is_local: bool,
}

impl Destination {
    fn new(endpoint: &str, key: Option<&str>) -> Result<Destination, ConfigError> {
        let wrong = || ConfigError::Endpoint(endpoint.to_owned());
        let trimmed = endpoint.trim().trim_end_matches('/');
        let uri: ureq::http::Uri = trimmed.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.query().is_some() {
            return Err(wrong());
        }
        let is_local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        let url = if trimmed.ends_with("/v1/traces") { trimmed.to_owned() } else { format!("{trimmed}/v1/traces") };
        Ok(Destination { url, key: key.map(str::to_owned), is_local })
    }

    /// What tells who may send or take in a spool for it without telling the key.
    pub(crate) fn key_hash(&self) -> String {
        self.key.as_deref().map(hash).unwrap_or_default()
    }
}

/// The hash under which a server knows a key.
fn hash(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_at_once() {
        let with = |change: fn(&mut Config)| {
            let mut config = Config::new("http://127.0.0.1:4318");
            change(&mut config);
            config.check().map(|destination| destination.url)
        };
        assert_eq!(with(|_| ()), Ok("http://127.0.0.1:4318/v1/traces".into()));
        assert_eq!(
            with(|c| c.endpoint = "https://x.example/otlp/v1/traces/".into()),
            Ok("https://x.example/otlp/v1/traces".into())
        );
        for wrong in ["", "127.0.0.1:4318", "ftp://x", "http://", "http://a b", "http://x?y=1"] {
            let mut config = Config::new(wrong);
            config.endpoint = wrong.into();
            assert_eq!(config.check(), Err(ConfigError::Endpoint(wrong.into())));
        }
        assert_eq!(with(|c| c.region = "de".into()), Err(ConfigError::Region("de".into())));
        assert_eq!(with(|c| c.sample = 1.5), Err(ConfigError::Sample(1.5)));
        assert_eq!(with(|c| c.api_key = Some("a\nb".into())), Err(ConfigError::ApiKey));
        assert_eq!(with(|c| c.api_key = Some(String::new())), Err(ConfigError::ApiKey));
    }

    #[test]
    fn a_server_on_this_machine() {
        for (endpoint, local) in [
            ("http://127.0.0.1:4318", true),
            ("http://localhost", true),
            ("http://[::1]:4318", true),
            ("http://10.0.0.1", false),
            ("https://localhost.example.org", false),
        ] {
            assert_eq!(Destination::new(endpoint, None).unwrap().is_local, local, "{endpoint}");
        }
    }
}
