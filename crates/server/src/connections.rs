//! Connections: so many at once, none of which may keep its place without asking anything. HTTP/1 and HTTP/2, told apart
//! by how they begin.

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::serve::Listener;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
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
        let service = service_fn(move |request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            let closes = request.version() < Version::HTTP_2;
            let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
            let request = request.map(|body| Body::new(Watched { body, read: Arc::clone(&read) }));
            let answer = router.clone().oneshot(request);
            async move {
                let mut response = answer.await?;
                if closes && !read.load(Ordering::Relaxed) {
                    // The rest of the body may still be on its way, so that nothing can follow it. A client that is
                    // not told would send its next request into a connection that is about to end.
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let mut serving = pin!(self.server.serve_connection(TokioIo::new(stream), service));
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

/// A body of which is known whether it was read to its end.
struct Watched {
    body: Incoming,
    read: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How many files may be open from now on: what the system allows at most, where it lets itself be asked.
fn open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // None is no bound.
    if raised.is_ok() { maximum } else { current }.unwrap_or(u64::MAX)
}
