//! The live stream, `GET /traces/stream`: the store's listener publishes each commit's changes to the
//! [`Hub`], in order, after the commit; readers take them from a bounded ring. A reader that falls behind,
//! also one that reads nothing at all, is dropped, comes back with `Last-Event-ID`, and is told what it missed
//! from the store. Who shows an answer of the API follows it from where it stood: the answer's [`SEQUENCE`]
//! is the stream's `after`.

use crate::api::params::Params;
use crate::api::view::{RunView, SpanView};
use crate::app::App;
use crate::auth::{Presented, Read};
use crate::config::Region;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::metrics::StreamReader;
use crate::notify::message::NoticeView;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use vedette_model::{AccountId, limits};
use vedette_store::{Change, ChangeKind, Listen, Listener};
use vedette_watch::Notice;

/// See the module.
pub struct Hub {
    changes: broadcast::Sender<Arc<Change>>,
    told: broadcast::Sender<Arc<Told>>,
    seats: Arc<Semaphore>,
    /// Of those that have listened, each its own.
    accounts: Mutex<HashMap<AccountId, Arc<Semaphore>>>,
    closing: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Hub {
            changes: broadcast::channel(limits::STREAM_LAG).0,
            told: broadcast::channel(limits::NOTICES).0,
            seats: Arc::new(Semaphore::new(limits::STREAM_READERS)),
            accounts: Mutex::default(),
            closing: watch::Sender::new(false),
        }
    }
}

impl Hub {
    /// What the store tells after each commit. Never blocks.
    #[must_use]
    pub fn listener(self: &Arc<Self>) -> Listener {
        Box::new(Ear(Arc::clone(self)))
    }

    /// Tells an account's readers what was found out.
    pub fn tell(&self, account: AccountId, what: Vec<Watched>) {
        for what in what {
            // An error only says that nobody reads.
            let _ = self.told.send(Arc::new(Told { account, what }));
        }
    }

    /// A place among the account's readers, and among all.
    fn seat(&self, account: AccountId) -> Result<Seat, ApiError> {
        let own = Arc::clone(
            self.accounts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(account)
                .or_insert_with(|| Arc::new(Semaphore::new(limits::STREAM_READERS_PER_ACCOUNT))),
        );
        let taken = |most: usize, whose: &str| ApiError {
            retry_after: Some(limits::STREAM_WAIT),
            ..ApiError::new(
                ErrorKind::Unavailable,
                format!("{most} readers of the stream are all that {whose} may have: close one, or ask again later"),
            )
        };
        let own = own.try_acquire_owned();
        let own = own.map_err(|_| taken(limits::STREAM_READERS_PER_ACCOUNT, "an account"))?;
        let any = Arc::clone(&self.seats).try_acquire_owned();
        let any = any.map_err(|_| taken(limits::STREAM_READERS, "the server"))?;
        Ok(Seat { _own: own, _any: any })
    }

    /// The server stops: every stream ends.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Free again when it is dropped.
struct Seat {
    _own: OwnedSemaphorePermit,
    _any: OwnedSemaphorePermit,
}

/// What watching has to tell.
pub enum Watched {
    /// Incidents, schedules or rules stand differently.
    Changed,
    /// People are told.
    Noticed(Box<Notice>),
}

struct Told {
    account: AccountId,
    what: Watched,
}

struct Ear(Arc<Hub>);

impl Listen for Ear {
    fn listens(&self) -> bool {
        self.0.changes.receiver_count() > 0
    }

    fn hear(&self, changes: &[Change]) {
        for change in changes {
            // An error only says that the last reader has just left.
            let _ = self.0.changes.send(Arc::new(change.clone()));
        }
    }
}

/// Changes read from the store at a time for a reader who comes back.
const CHANGES_AT_A_TIME: usize = 1_000;

/// On what `GET` answers below `/api/v1/`: the store's last change when it was asked, which the answer knows
/// of. It may know of later ones too.
pub const SEQUENCE: HeaderName = HeaderName::from_static("vedette-sequence");

/// Sets [`SEQUENCE`].
pub async fn tell_sequence(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, ApiError> {
    if request.method() != Method::GET || !request.uri().path().starts_with("/api/v1/") {
        return Ok(next.run(request).await);
    }
    // Before the handler asks, so that nothing falls between the two.
    let sequence = app.off_runtime(|app| Ok(app.store.sequence())).await?;
    let mut response = next.run(request).await;
    // What is refused, perhaps for want of a key, tells nothing.
    if response.status().is_success() {
        response.headers_mut().insert(SEQUENCE, HeaderValue::from(sequence));
    }
    Ok(response)
}

/// What happens, as it happens: unnamed events are finished spans, once each; `span` and `run` are changes;
/// `reset` says that what was missed is not known any more. The id is the change's sequence. `watched` says
/// that incidents, schedules or rules stand differently, `notice` what people are told of it; they have no id and
/// are not told again.
#[utoipa::path(
    get, path = "/traces/stream", tag = "runs",
    params(
        ("after" = Option<u64>, Query, description = "`vedette-sequence` of the answer that is shown; what came after it is told first"),
        ("last-event-id" = Option<String>, Header, description = "the last that was seen; goes before `after`"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String, description = "each data is a run or a span as lists show them"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)
    )
)]
pub async fn stream(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let after = params.sequence("after")?;
    params.finish()?;
    let seat = app.live.seat(access.account())?;
    let last = headers.get("last-event-id").map(|value| value.to_str().ok().and_then(|text| text.trim().parse().ok()));
    let seen = last.or(after.map(Some));
    let (events, received) = mpsc::channel(limits::STREAM_AHEAD);
    let reader = Reader {
        account: access.account(),
        region: app.config.own_region(),
        // Heard from now on, before the store is asked what came earlier: nothing falls between the two.
        changes: app.live.changes.subscribe(),
        told: app.live.told.subscribe(),
        last: 0,
        events,
        _seat: seat,
        _counted: app.metrics.stream_reader(),
        app: Arc::clone(&app),
    };
    tokio::spawn(reader.run(seen, headers, uri));
    let keepalive = KeepAlive::new().interval(limits::STREAM_KEEPALIVE).text("keepalive");
    let mut response = Sse::new(ReceiverStream::new(received)).keep_alive(keepalive).into_response();
    // Or nginx holds the events back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Ends when what was shown at the beginning would not be let in any more.
async fn revoked(app: Arc<App>, headers: HeaderMap, uri: Uri) {
    let mut each = tokio::time::interval(limits::STREAM_GRACE);
    loop {
        each.tick().await;
        let access = app.keyring.authenticate(&Presented::of(&headers, &uri, false));
        if access.and_then(|access| Read::prove(access, uri.path())).is_err() {
            return;
        }
    }
}

struct Reader {
    app: Arc<App>,
    account: AccountId,
    region: Region,
    changes: broadcast::Receiver<Arc<Change>>,
    told: broadcast::Receiver<Arc<Told>>,
    /// The sequence of the last change that was sent or is known to the reader.
    last: u64,
    events: mpsc::Sender<Result<Event, Infallible>>,
    _seat: Seat,
    _counted: StreamReader,
}

/// The reader has gone, or must.
struct Ended;

impl From<ApiError> for Ended {
    fn from(_: ApiError) -> Self {
        Ended
    }
}

impl Reader {
    /// `seen` is what the reader says it had: `Some(None)` if that is no number of ours.
    async fn run(mut self, seen: Option<Option<u64>>, headers: HeaderMap, uri: Uri) {
        let mut closing = self.app.live.closing.subscribe();
        let left = self.events.clone();
        let revoked = revoked(Arc::clone(&self.app), headers, uri);
        let reading = async {
            self.send(Event::default().retry(Duration::from_secs(1))).await?;
            if let Some(seen) = seen {
                self.catch_up(seen).await?;
            }
            self.follow().await
        };
        let _: Result<(), Ended> = tokio::select! {
            ended = reading => ended,
            () = left.closed() => Ok(()),
            () = revoked => Ok(()),
            _ = closing.wait_for(|closing| *closing) => Ok(()),
        };
    }

    async fn catch_up(&mut self, seen: Option<u64>) -> Result<(), Ended> {
        let account = self.account;
        let mut after = seen;
        while let Some(from) = after {
            let missed =
                self.app.off_runtime(move |app| Ok(app.store.changes(account, from, CHANGES_AT_A_TIME)?)).await?;
            let Some(missed) = missed else { break };
            let Some(last) = missed.last() else { return Ok(()) };
            after = Some(last.sequence);
            for change in missed {
                self.tell(&change).await?;
            }
        }
        self.last = self.app.off_runtime(|app| Ok(app.store.sequence())).await?;
        self.send(Event::default().event("reset").id(self.last.to_string()).data("{}")).await
    }

    async fn follow(&mut self) -> Result<(), Ended> {
        loop {
            // Lagging behind the ring ends the stream, as the hub's end does.
            let change = tokio::select! {
                change = self.changes.recv() => change.map_err(|_| Ended)?,
                told = self.told.recv() => {
                    let told = told.map_err(|_| Ended)?;
                    if told.account == self.account {
                        self.send(self.watched(&told.what)?).await?;
                    }
                    continue;
                }
            };
            if change.sequence > self.last {
                self.tell(&change).await?;
            }
        }
    }

    async fn tell(&mut self, change: &Change) -> Result<(), Ended> {
        self.last = self.last.max(change.sequence);
        if change.account != self.account {
            return Ok(());
        }
        let id = Event::default().id(change.sequence.to_string());
        let event = match &change.kind {
            ChangeKind::Finished(row) => {
                let run_id = row.span.run.canonical(self.region.as_str());
                json(id, &SpanView::of(row, &run_id, self.region))
            }
            ChangeKind::Changed(row) => {
                let run_id = row.span.run.canonical(self.region.as_str());
                json(id.event("span"), &SpanView::of(row, &run_id, self.region))
            }
            ChangeKind::Run(row) => json(id.event("run"), &RunView::of(row, self.region)),
        };
        self.send(event?).await
    }

    fn watched(&self, what: &Watched) -> Result<Event, Ended> {
        match what {
            Watched::Changed => Ok(Event::default().event("watched").data("{}")),
            Watched::Noticed(notice) => {
                let letterhead = self.app.notify.letterhead(&self.app.config);
                json(Event::default().event("notice"), &NoticeView::of(notice, &letterhead))
            }
        }
    }

    async fn send(&self, event: Event) -> Result<(), Ended> {
        tokio::select! {
            biased;
            sent = self.events.send(Ok(event)) => sent.map_err(|_| Ended),
            () = self.left_behind() => Err(Ended),
        }
    }

    /// Ends when more has happened than a reader may be behind: it takes nothing, and what waits for its
    /// connection is full.
    async fn left_behind(&self) {
        let mut each = tokio::time::interval(limits::STREAM_GRACE);
        while self.changes.len() <= limits::STREAM_LAG {
            each.tick().await;
        }
    }
}

fn json(event: Event, view: &impl Serialize) -> Result<Event, Ended> {
    event.json_data(view).map_err(|error| Ended::from(ApiError::internal(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_takes_every_seat_and_all_together_no_more_than_there_are() {
        let hub = Hub::default();
        let mut seats = Vec::new();
        for account in 1.. {
            let before = seats.len();
            while let Ok(seat) = hub.seat(AccountId(account)) {
                seats.push(seat);
            }
            assert_eq!(seats.len() - before, limits::STREAM_READERS_PER_ACCOUNT, "account {account}");
            if seats.len() == limits::STREAM_READERS {
                break;
            }
        }
        let error = hub.seat(AccountId(99)).err().expect("the server is full");
        assert_eq!((error.kind, error.retry_after), (ErrorKind::Unavailable, Some(limits::STREAM_WAIT)));
        assert!(error.message.contains("1000 readers of the stream are all that the server may have"), "{error:?}");
        seats.pop();
        assert!(hub.seat(AccountId(99)).is_ok(), "who leaves makes room");
    }
}
