//! Connections: so many at once, none of which may keep its place without asking anything. HTTP/1 and HTTP/2, told apart
//! by how they begin.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep;
use tower::ServiceExt;
use vedette_model::limits;

/// Room for the connections of all listeners.
pub struct Connections {
    room: Arc<Semaphore>,
    most: u32,
    server: auto::Builder<TokioExecutor>,
}

impl Connections {
    /// Lets this process open as many files as the system allows, half of them for connections.
    #[must_use]
    pub fn new() -> Self {
        let most = (open_files() / 2).clamp(1, limits::CONNECTIONS as u64) as u32;
        let mut server = auto::Builder::new(TokioExecutor::new());
        server.http1().timer(TokioTimer::new()).header_read_timeout(limits::HEAD_TIME);
        server
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits::HTTP2_SILENCE)
            .keep_alive_timeout(limits::HTTP2_ANSWER);
        Connections { room: Arc::new(Semaphore::new(most as usize)), most, server }
    }

    /// Serves until it is told to stop and every request under way is answered.
    pub async fn serve(self: Arc<Self>, mut listener: TcpListener, router: Router, stopped: watch::Receiver<bool>) {
        let mut stop = stopped.clone();
        loop {
            let next = async {
                let place = Arc::clone(&self.room).acquire_owned().await.ok()?;
                Some((place, Listener::accept(&mut listener).await.0))
            };
            let (place, stream) = tokio::select! {
                Some(next) = next => next,
                _ = stop.wait_for(|stopped| *stopped) => break,
            };
            tokio::spawn(Arc::clone(&self).connection(place, stream, router.clone(), stopped.clone()));
        }
        drop(listener);
        // All places are free again once the last connection has ended.
        let _ = self.room.acquire_many(self.most).await;
    }

    async fn connection(
        self: Arc<Self>,
        _place: OwnedSemaphorePermit,
        stream: TcpStream,
        router: Router,
        mut stopped: watch::Receiver<bool>,
    ) {
        // Without it small answers wait for the client's acknowledgement; nothing else depends on it.
        let _ = stream.set_nodelay(true);
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let service = router.map_request(move |request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.map(Body::new)
        });
        let mut serving = pin!(self.server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
        // The server's own timeout begins once it knows the protocol, which a silent client never tells.
        let mut patience = pin!(sleep(limits::HEAD_TIME));
        let (mut waiting, mut stopping) = (true, false);
        loop {
            tokio::select! {
                ended = serving.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended: {error}");
                    }
                    break;
                }
                () = patience.as_mut(), if waiting => {
                    waiting = false;
                    if !asked.load(Ordering::Relaxed) {
                        break;
                    }
                }
                _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                    stopping = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

impl Default for Connections {
    fn default() -> Self {
        Connections::new()
    }
}

/// How many files may be open from now on: what the system allows at most, where it lets itself be asked.
fn open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // None is no bound.
    if raised.is_ok() { maximum } else { current }.unwrap_or(u64::MAX)
}
