//! Who asks, and what they may do. A handler takes [`Write`], [`Read`], [`Ping`] or [`Admin`] as an
//! argument: only this file can make one, so that a handler without the proof cannot call on.
//!
//! Without any account or key the server is loopback only and everybody is the implicit account;
//! pages of other origins are kept out by `Host` and `Origin`, since a browser would let them in.

mod keyring;
pub mod login;

pub use keyring::{Keyring, LocalToken, hash_secret, new_secret};

use crate::app::App;
use crate::error::{ApiError, ErrorKind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use std::sync::Arc;
use vedette_model::AccountId;
use vedette_store::KeyScope;

/// The header by which a command with the local token names its account.
pub const ACCOUNT_HEADER: &str = "x-vedette-account";

/// What a request may do: the answer of [`Keyring::authenticate`].
#[derive(Clone, Debug)]
pub struct Access {
    account: AccountId,
    scopes: Vec<KeyScope>,
    agent: Option<String>,
    local: bool,
    /// The key's name or id.
    author: Option<String>,
}

impl Access {
    fn all(account: AccountId, local: bool) -> Self {
        let scopes = vec![KeyScope::Write, KeyScope::Read, KeyScope::Ping, KeyScope::Admin];
        Access { account, scopes, agent: None, local, author: None }
    }

    fn allows(&self, scope: KeyScope) -> bool {
        self.scopes.contains(&scope)
    }
}

macro_rules! proofs {
    ($($(#[$doc:meta])* $name:ident: $($scope:ident)|+),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(Access);

        impl $name {
            /// Whose data it is about.
            #[must_use]
            pub fn account(&self) -> AccountId {
                self.0.account
            }

            /// The proof, for a door whose requests are no axum requests.
            pub fn prove(access: Access, path: &str) -> Result<Self, ApiError> {
                if $(access.allows(KeyScope::$scope))||+ {
                    return Ok($name(access));
                }
                let wanted = [$(stringify!($scope)),+].join(" or ").to_lowercase();
                let message = format!("this key may not do this; it takes the scope {wanted}");
                Err(ApiError::new(ErrorKind::ScopeViolation { runs_api: path.starts_with("/v1/") }, message))
            }
        }

        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = ApiError;
            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
                let changes = !parts.method.is_safe();
                let access = app.keyring.authenticate(&Presented::of(&parts.headers, &parts.uri, changes))?;
                $name::prove(access, parts.uri.path())
            }
        }
    )+ };
}

proofs! {
    /// May send spans, runs, scores and outcomes.
    Write: Write,
    /// May read everything of the account.
    Read: Read,
    /// May send signs of life, of one agent if the key is bound to it.
    Ping: Ping | Write,
    /// May delete, and change keys, prices and retention.
    Admin: Admin,
    /// Has any live key at all.
    Known: Write | Read | Ping | Admin,
}

impl Ping {
    /// Refuses another agent's sign of life.
    pub fn check_agent(&self, agent: &str) -> Result<(), ApiError> {
        match &self.0.agent {
            Some(own) if own != agent => Err(ApiError::new(
                ErrorKind::ScopeViolation { runs_api: true },
                format!("this key may only speak for the agent {own}"),
            )),
            _ => Ok(()),
        }
    }
}

impl Write {
    /// Who it is, for what is written down.
    #[must_use]
    pub fn author(&self) -> String {
        let unnamed = if self.0.local { "command line" } else { "somebody" };
        self.0.author.clone().unwrap_or_else(|| unnamed.to_owned())
    }
}

impl Admin {
    /// Whether it is a command on this machine, which may act for every account.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.local
    }
}

/// What a request shows of itself.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    headers: &'a HeaderMap,
    uri: &'a Uri,
    changes: bool,
}

impl<'a> Presented<'a> {
    /// `changes`: it is no mere read.
    #[must_use]
    pub fn of(headers: &'a HeaderMap, uri: &'a Uri, changes: bool) -> Self {
        Presented { headers, uri, changes }
    }

    fn header(&self, name: impl header::AsHeaderName) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Every secret it shows, wherever clients put one.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        if let Some((scheme, value)) = self.header(header::AUTHORIZATION).and_then(|text| text.split_once(' ')) {
            if scheme.eq_ignore_ascii_case("bearer") {
                secrets.push(value.trim().to_owned());
            } else if scheme.eq_ignore_ascii_case("basic") {
                secrets.extend(basic(value.trim()));
            }
        }
        secrets
            .extend(["x-api-key", "x-agentping-key"].iter().filter_map(|name| self.header(*name)).map(str::to_owned));
        if self.uri.path() == "/v1/ping" {
            secrets.extend(query_value(self.uri, "key"));
        }
        secrets.retain(|secret| !secret.is_empty());
        secrets
    }

    /// The value of a cookie.
    fn cookie(&self, name: &str) -> Option<&'a str> {
        let all = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        all.flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The host it was sent to, as the client spells it.
    fn host(&self) -> Option<&'a str> {
        self.uri.authority().map(|authority| authority.as_str()).or_else(|| self.header(header::HOST))
    }

    /// A page of another origin is behind it.
    fn is_foreign_page(&self) -> bool {
        match self.header(header::ORIGIN) {
            None => false,
            Some(origin) => origin.split_once("://").map(|(_, host)| host) != self.host(),
        }
    }

    /// It was sent to this machine by a name that means this machine: DNS rebinding has another.
    fn is_to_loopback(&self) -> bool {
        let Some(host) = self.host() else { return true };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare.eq_ignore_ascii_case("localhost")
            || bare.to_ascii_lowercase().ends_with(".localhost")
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Either half of Basic: clients put the key in one or the other.
fn basic(value: &str) -> Vec<String> {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok();
    let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Vec::new() };
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    vec![password.to_owned(), user.to_owned()]
}

/// The first value of a query parameter, decoded.
fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = axum::extract::Query::try_from_uri(uri).ok()?.0;
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, headers: &[(&'static str, &str)]) -> (Uri, HeaderMap) {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().expect("a header value")));
        (uri.parse().expect("an address"), headers.collect())
    }

    #[test]
    fn a_key_is_found_wherever_clients_put_it() {
        // "user:password" and "key:" in base64.
        for (uri, header, secrets) in [
            ("/v1/traces", ("authorization", "Bearer k1"), vec!["k1"]),
            ("/v1/traces", ("authorization", "bearer  k1 "), vec!["k1"]),
            ("/v1/traces", ("authorization", "Basic dXNlcjpwYXNzd29yZA=="), vec!["password", "user"]),
            ("/v1/traces", ("authorization", "Basic a2V5Og=="), vec!["key"]),
            ("/v1/traces", ("authorization", "Basic !!"), vec![]),
            ("/v1/traces", ("x-api-key", "k2"), vec!["k2"]),
            ("/v1/traces", ("x-agentping-key", "k3"), vec!["k3"]),
            ("/v1/ping?agent=a&key=k%204", ("accept", "*/*"), vec!["k 4"]),
            ("/v1/runs?key=k4", ("accept", "*/*"), vec![]),
        ] {
            let (uri, headers) = request(uri, &[header]);
            assert_eq!(Presented::of(&headers, &uri, true).secrets(), secrets, "{uri} {header:?}");
        }
    }

    #[test]
    fn rebound_hosts_and_foreign_pages_are_seen() {
        for (host, origin, to_loopback, foreign) in [
            ("127.0.0.1:4318", None, true, false),
            ("localhost", None, true, false),
            ("[::1]:4318", Some("http://[::1]:4318"), true, false),
            ("app.localhost:4318", None, true, false),
            ("127.0.0.1:4318", Some("http://evil.example"), true, true),
            ("127.0.0.1:4318", Some("http://127.0.0.1:8000"), true, true),
            ("127.0.0.1:4318", Some("null"), true, true),
            ("evil.example:4318", Some("http://evil.example:4318"), false, false),
            ("192.168.1.5:4318", None, false, false),
        ] {
            let mut all = vec![("host", host)];
            all.extend(origin.map(|origin| ("origin", origin)));
            let (uri, headers) = request("/", &all);
            let shown = Presented::of(&headers, &uri, true);
            assert_eq!((shown.is_to_loopback(), shown.is_foreign_page()), (to_loopback, foreign), "{host} {origin:?}");
        }
    }

    #[test]
    fn a_cookie_is_read_among_others() {
        let (uri, headers) = request("/", &[("cookie", "a=b; vedette_session=xyz; c=d")]);
        let shown = Presented::of(&headers, &uri, false);
        assert_eq!((shown.cookie("vedette_session"), shown.cookie("vedette")), (Some("xyz"), None));
    }
}
