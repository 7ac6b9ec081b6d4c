//! How commands ask: over REST to `--server`, else to the process that owns the data folder, else to
//! the same router inside this process, over a store that it opens itself. One way to ask, whoever answers.

use crate::app::App;
use crate::auth::ACCOUNT_HEADER;
use crate::config::{Config, Place};
use crate::error::ErrorKind;
use crate::owner::Owner;
use crate::router::router;
use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use bytes::Bytes;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use vedette_model::limits;

enum Via {
    Server { url: String, http: reqwest::blocking::Client },
    Inside { app: Arc<App>, router: Router, runtime: tokio::runtime::Runtime },
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
        let account = Some(config.account.clone());
        if let Place::Folder(folder) = &config.place
            && let Some(owner) = Owner::read(folder)
        {
            let client = Client { via: server(&owner.url)?, key: Some(owner.token.0), account: account.clone() };
            // Only the owner knows the token: another process may have taken a dead owner's port.
            if client.request(Method::GET, "/me/api-keys/ping/", None).is_ok_and(|(status, _)| status == 200) {
                return Ok(client);
            }
        }
        let app = App::open(config.clone())?;
        let key = Some(app.local_token.0.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Client { via: Via::Inside { router: router(Arc::clone(&app)), app, runtime }, key, account })
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

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> anyhow::Result<Json> {
        self.json(Method::DELETE, path, None)
    }

    /// The whole body of a successful answer; an error is the server's own words.
    pub fn bytes(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<Bytes> {
        let (status, answer) = self.request(method, path, body)?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let said: Option<Json> = serde_json::from_slice(&answer).ok();
        let message = said.as_ref().and_then(|said| said.get("message")).and_then(Json::as_str);
        if u16::from(ErrorKind::Unauthorized.status()) == status {
            bail!("{}; say --key KEY", message.unwrap_or("a key is needed"));
        }
        bail!("{}", message.map_or_else(|| format!("the server answered {status}"), str::to_owned));
    }

    fn json(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<Json> {
        let answer = self.bytes(method, path, body)?;
        if answer.is_empty() {
            Ok(Json::Null)
        } else {
            serde_json::from_slice(&answer).context("the answer is no JSON")
        }
    }

    fn request(&self, method: Method, path: &str, body: Option<&Json>) -> anyhow::Result<(u16, Bytes)> {
        let authorization = self.key.as_ref().map(|key| format!("Bearer {key}"));
        match &self.via {
            Via::Server { url, http } => {
                let mut request = http.request(method, format!("{url}{path}"));
                if let Some(value) = authorization {
                    request = request.header(header::AUTHORIZATION, value);
                }
                if let Some(name) = &self.account {
                    request = request.header(ACCOUNT_HEADER, name);
                }
                if let Some(body) = body {
                    request = request.json(body);
                }
                let answer = request.send().with_context(|| format!("no answer from {url}"))?;
                Ok((answer.status().as_u16(), answer.bytes()?))
            }
            Via::Inside { router, runtime, .. } => {
                let mut request = Request::builder().method(method).uri(path);
                if let Some(value) = authorization {
                    request = request.header(header::AUTHORIZATION, value);
                }
                if let Some(name) = &self.account {
                    request = request.header(ACCOUNT_HEADER, name);
                }
                let body = match body {
                    Some(json) => {
                        request = request.header(header::CONTENT_TYPE, "application/json");
                        Body::from(serde_json::to_vec(json)?)
                    }
                    None => Body::empty(),
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

fn server(url: &str) -> anyhow::Result<Via> {
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
