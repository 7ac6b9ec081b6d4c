//! One POST to a receiver: to an address that was looked at, without redirects, without a proxy, within a
//! bounded time, and reading no more of the answer than tells what went wrong.

use super::address::{Reach, Refused};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Position, Url};
use vedette_model::limits;

/// What a receiver answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// How long it wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The beginning of what it said.
    pub said: String,
}

/// Why there is no answer; for people.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// It must not be sent there.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nobody listens, or the connection broke.
    #[error("cannot connect: {0}")]
    Connect(#[from] std::io::Error),
    /// Not the server it should be, or not one for this.
    #[error("no answer: {0}")]
    Http(#[from] hyper::Error),
    /// Neither an answer nor an error.
    #[error("no answer within {} s", limits::DELIVERY_TIME.as_secs())]
    Late,
    /// Not a request that can be made.
    #[error("no request can be made of it: {0}")]
    Request(#[from] axum::http::Error),
}

/// See the module.
pub struct Poster {
    reach: Reach,
    tls: TlsConnector,
}

impl Poster {
    /// Trusts whom the system trusts (`SSL_CERT_FILE` names another list).
    pub fn new(reach: Reach) -> anyhow::Result<Poster> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            tracing::warn!("no trusted certificates found: no https receiver of notices can be reached");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Poster { reach, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Which addresses it will post to.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Sends a JSON body.
    pub async fn post(
        &self,
        address: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<Answer, Unsent> {
        let sending = async {
            let url = self.reach.parse(address)?;
            let addresses = self.reach.resolve(&url).await?;
            let stream = TcpStream::connect(addresses.as_slice()).await?;
            let request = request(&url, headers, body)?;
            if url.scheme() == "http" {
                return exchange(stream, request).await;
            }
            let name = ServerName::try_from(url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned())
                .map_err(|_| Refused::NotAnAddress)?;
            exchange(self.tls.connect(name, stream).await?, request).await
        };
        tokio::time::timeout(limits::DELIVERY_TIME, sending).await.unwrap_or(Err(Unsent::Late))
    }
}

fn request(url: &Url, headers: &[(&'static str, String)], body: String) -> Result<Request<Full<Bytes>>, Unsent> {
    let mut request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(header::HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(header::USER_AGENT, concat!("vedette/", env!("CARGO_PKG_VERSION")))
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).map_err(axum::http::Error::from)?;
        request = request.header(HeaderName::from_static(name), value);
    }
    Ok(request.body(Full::from(body))?)
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Unsent> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let talk = async {
        let answer = sender.send_request(request).await?;
        let (parts, body) = answer.into_parts();
        let retry_after = retry_after(&parts.headers);
        // Who took it need not say anything.
        let said = if parts.status.is_success() { String::new() } else { beginning(body).await };
        Ok(Answer { status: parts.status.as_u16(), retry_after, said })
    };
    tokio::pin!(talk);
    tokio::select! {
        answer = &mut talk => answer,
        // The connection's own end says nothing that the exchange does not say better.
        _ = connection => talk.await,
    }
}

/// Enough of the answer for the log; how it ends does not matter any more.
async fn beginning(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < limits::ANSWER_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
    }
    bytes.truncate(limits::ANSWER_BYTES);
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// In seconds; the form with a date is not used by those who limit rates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
