//! How commands ask: over REST to `--server`, else to the process that owns the data folder, else to
//! the same router inside this process, over a store that it opens itself. One way to ask, whoever answers.

use crate::app::App;
use crate::auth::ACCOUNT_HEADER;
use crate::config::{Config, Place};
use crate::error::ErrorKind;
use crate::owner::Owner;
use crate::router::router;
use anyhow::{Context, anyhow, bail};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use bytes::Bytes;
use reqwest::blocking::RequestBuilder;
use serde_json::Value as Json;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use vedette_model::limits;

/// Bytes of a file that are sent at a time.
const CHUNK_BYTES: usize = 256 << 10;

enum Via {
    Server { url: String, http: reqwest::blocking::Client },
    Inside { app: Arc<App>, router: Router, runtime: tokio::runtime::Runtime },
}

enum Payload<'a> {
    Nothing,
    Json(&'a Json),
    File(Box<dyn Read + Send>),
}

/// A file, piece by piece.
struct Chunks(Box<dyn Read + Send>);

impl Iterator for Chunks {
    type Item = std::io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        match self.0.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk.into())),
            Err(error) => Some(Err(error)),
        }
    }
}

/// See the module.
pub struct Client {
    via: Via,
    key: Option<String>,
    account: Option<String>,
}

impl Client {
    /// Finds who answers.
    pub fn connect(config: &Config) -> anyhow::Result<Client> {
        if let Some(url) = &config.server {
            let via = server(url)?;
            return Ok(Client { via, key: config.key.clone(), account: None });
        }
        if let Place::Folder(folder) = &config.place
            && let Some(owner) = Owner::read(folder)
        {
            let client = Client::asking(&owner, config)?;
            if client.is_answered() {
                return Ok(client);
            }
        }
        Client::within(App::open(config.clone())?)
    }

    /// The owner of the data folder, whether it is alive or not.
    pub fn asking(owner: &Owner, config: &Config) -> anyhow::Result<Client> {
        Ok(Client { via: server(&owner.url)?, key: Some(owner.token.0.clone()), account: Some(config.account.clone()) })
    }

    /// Nobody else: the router in this process.
    pub fn within(app: Arc<App>) -> anyhow::Result<Client> {
        let (key, account) = (Some(app.local_token.0.clone()), Some(app.config.account.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Client { via: Via::Inside { router: router(Arc::clone(&app)), app, runtime }, key, account })
    }

    /// Whether the owner answers to its token. Only it knows it: another process may have taken a dead
    /// owner's port.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        // Not about the account: that there is none of its name is the owner's to say.
        let probe = |request: RequestBuilder| request.send().is_ok_and(|answer| answer.status().as_u16() == 200);
        match &self.via {
            Via::Server { url, http } => probe(self.keyed(http.get(format!("{url}/me/api-keys/ping/")))),
            Via::Inside { .. } => true,
        }
    }

    /// The store itself, where this process has opened it: what is read in bulk need not pass through REST.
    #[must_use]
    pub fn inside(&self) -> Option<&Arc<App>> {
        match &self.via {
            Via::Inside { app, .. } => Some(app),
            Via::Server { .. } => None,
        }
    }

    /// The address of the server that answers, if one does.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.via {
            Via::Server { url, .. } => Some(url),
            Via::Inside { .. } => None,
        }
    }

    /// `GET`; the path with its query.
    pub fn get(&self, path: &str) -> anyhow::Result<Json> {
        self.json(Method::GET, path, None)
    }

    /// `POST`.
    pub fn post(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.json(Method::POST, path, Some(body))
    }

    /// `POST` of a file as it is, however large.
    pub fn upload(&self, path: &str, file: impl Read + Send + 'static) -> anyhow::Result<Json> {
        parse(&self.answer(Method::POST, path, Payload::File(Box::new(file)))?)
    }

    /// `GET` of an answer without end, to be read as it comes. Only a server gives one.
    pub fn follow(&self, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<impl Read + use<>> {
        let Via::Server { url, http } = &self.via else {
            bail!("no server is running on this data; start one with `vedette serve`");
        };
        let request = self.headed(http.get(format!("{url}{path}")));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().with_context(|| format!("no answer from {url}"))?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) { Ok(answer) } else { Err(refusal(status, &answer.bytes()?)) }
    }

    /// `PUT`.
    pub fn put(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.json(Method::PUT, path, Some(body))
    }

    /// `PATCH`.
    pub fn patch(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.json(Method::PATCH, path, Some(body))
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> anyhow::Result<Json> {
        self.json(Method::DELETE, path, None)
    }

    /// The whole body of a successful answer; an error is the server's own words.
    pub fn bytes(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<Bytes> {
        self.answer(method, path, body.map_or(Payload::Nothing, Payload::Json))
    }

    fn json(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<Json> {
        parse(&self.bytes(method, path, body)?)
    }

    fn answer(&self, method: Method, path: &str, payload: Payload<'_>) -> anyhow::Result<Bytes> {
        let (status, answer) = self.request(method, path, payload)?;
        if (200..300).contains(&status) { Ok(answer) } else { Err(refusal(status, &answer)) }
    }

    fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    fn headed(&self, request: RequestBuilder) -> RequestBuilder {
        let request = self.keyed(request);
        match &self.account {
            Some(name) => request.header(ACCOUNT_HEADER, name),
            None => request,
        }
    }

    fn request(&self, method: Method, path: &str, payload: Payload<'_>) -> anyhow::Result<(u16, Bytes)> {
        match &self.via {
            Via::Server { url, http } => {
                let request = self.headed(http.request(method, format!("{url}{path}")));
                let request = match payload {
                    Payload::Nothing => request,
                    Payload::Json(json) => request.json(json),
                    Payload::File(file) => request.body(reqwest::blocking::Body::new(file)),
                };
                let answer = request.send().with_context(|| format!("no answer from {url}"))?;
                Ok((answer.status().as_u16(), answer.bytes()?))
            }
            Via::Inside { router, runtime, .. } => {
                let mut request = Request::builder().method(method).uri(path);
                if let Some(key) = &self.key {
                    request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
                }
                if let Some(name) = &self.account {
                    request = request.header(ACCOUNT_HEADER, name);
                }
                let body = match payload {
                    Payload::Nothing => Body::empty(),
                    Payload::Json(json) => {
                        request = request.header(header::CONTENT_TYPE, "application/json");
                        Body::from(serde_json::to_vec(json)?)
                    }
                    Payload::File(file) => Body::from_stream(futures::stream::iter(Chunks(file))),
                };
                let request = request.body(body).context("a path that is no path")?;
                runtime.block_on(async {
                    let answer = router.clone().oneshot(request).await?;
                    let status = answer.status().as_u16();
                    Ok((status, axum::body::to_bytes(answer.into_body(), limits::UPLOAD_BYTES).await?))
                })
            }
        }
    }
}

/// The server's own words.
fn refusal(status: u16, answer: &[u8]) -> anyhow::Error {
    let said: Option<Json> = serde_json::from_slice(answer).ok();
    let message = said.as_ref().and_then(|said| said.get("message")).and_then(Json::as_str);
    if u16::from(ErrorKind::Unauthorized.status()) == status {
        return anyhow!("{}; say --key KEY", message.unwrap_or("a key is needed"));
    }
    anyhow!("{}", message.map_or_else(|| format!("the server answered {status}"), str::to_owned))
}

fn parse(answer: &[u8]) -> anyhow::Result<Json> {
    if answer.is_empty() { Ok(Json::Null) } else { serde_json::from_slice(answer).context("the answer is no JSON") }
}

fn server(url: &str) -> anyhow::Result<Via> {
    if url.starts_with("https:") {
        bail!(
            "commands speak http:// only, not {url}: ask through a tunnel, such as `ssh -L 4318:localhost:4318 HOST` \
             and --server http://localhost:4318"
        );
    }
    let http = reqwest::blocking::Client::builder().timeout(None).connect_timeout(Duration::from_secs(5)).build()?;
    Ok(Via::Server { url: url.trim_end_matches('/').to_owned(), http })
}

/// A name as one part of a path.
#[must_use]
pub fn path_part(name: &str) -> String {
    name.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}
