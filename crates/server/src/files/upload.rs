//! `POST /traces`: a file as the raw body, or files as the parts of a form. Read as it arrives.

use super::{Report, import};
use crate::app::App;
use crate::auth::Write;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::ingest::body::in_time;
use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::header;
use bytes::Bytes;
use futures::stream::try_unfold;
use futures::{Stream, StreamExt, TryStreamExt};
use std::error::Error;
use std::future::ready;
use std::io::{self, BufRead, Read};
use std::iter::successors;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use vedette_model::{AccountId, limits};

/// Pieces of a body that wait for the reader.
const PIECES_AHEAD: usize = 16;

/// Takes in a file of traces: OTLP or JSON lines, told apart by content, also compressed.
#[utoipa::path(
    post, path = "/traces", tag = "files",
    request_body(content = Vec<u8>, description = "the file, or a form with files", content_type = "application/octet-stream"),
    responses((status = 200, body = Report), (status = 400, body = ErrorBody), (status = 408, body = ErrorBody), (status = 413, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn upload(State(app): State<Arc<App>>, access: Write, request: Request) -> Result<Json<Report>, ApiError> {
    let account = access.account();
    let turn = Arc::new(app.intake.upload()?);
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_some_and(|value| value.starts_with("multipart/form-data"));
    let (head, body) = request.into_parts();
    let body = watched(body);
    if !is_form {
        return Ok(Json(take_in(&app, account, &turn, body).await?));
    }
    let ahead = Arc::new(AtomicUsize::new(0));
    let mut request = Request::from_parts(head, Body::from_stream(not_far_ahead(body, Arc::clone(&ahead))));
    // A form of files has the bound of files, which `watched` keeps.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &app).await.map_err(|error| broken(&error))?;
    let (mut whole, mut parts) = (Report::default(), 0);
    while let Some(part) = form.next_field().await.map_err(|error| broken(&error))? {
        parts += 1;
        if parts > limits::UPLOAD_PARTS {
            return Err(too_large(format!("the form has more than {} parts", limits::UPLOAD_PARTS)));
        }
        let is_file = part.file_name().is_some();
        let mut part = part.map_err(|error| broken(&error)).inspect_ok(|piece| {
            ahead.fetch_sub(piece.len(), Ordering::Relaxed);
        });
        if is_file {
            whole.add(take_in(&app, account, &turn, part).await?);
        } else {
            while part.try_next().await?.is_some() {}
        }
    }
    Ok(Json(whole))
}

fn too_large(message: String) -> ApiError {
    ApiError::new(ErrorKind::TooLarge, message)
}

/// What `watched` refused comes back through the reader of forms; all else is no form.
fn broken(error: &(dyn Error + 'static)) -> ApiError {
    let ours = successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref::<ApiError>());
    ours.cloned().unwrap_or_else(|| ApiError::new(ErrorKind::Invalid, format!("no valid form: {error}")))
}

/// A body of bounded size that is never silent for long.
fn watched(body: Body) -> impl Stream<Item = Result<Bytes, ApiError>> + Send + 'static {
    try_unfold((body.into_data_stream(), 0), |(mut body, mut size)| async move {
        let Some(piece) = in_time(limits::BODY_SILENCE, body.next()).await? else { return Ok(None) };
        let piece = piece.map_err(|error| ApiError::new(ErrorKind::Invalid, format!("the file broke off: {error}")))?;
        size += piece.len();
        if size > limits::UPLOAD_BYTES {
            return Err(too_large(format!("the upload is larger than {} bytes", limits::UPLOAD_BYTES)));
        }
        Ok(Some((piece, (body, size))))
    })
}

/// The reader of forms holds all that comes until it finds where a part begins.
fn not_far_ahead(
    body: impl Stream<Item = Result<Bytes, ApiError>>,
    ahead: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    body.and_then(move |piece| {
        let held = ahead.fetch_add(piece.len(), Ordering::Relaxed) + piece.len();
        let limit = limits::UPLOAD_AHEAD_BYTES;
        let near = held <= limit;
        ready(
            near.then_some(piece)
                .ok_or_else(|| too_large(format!("{limit} bytes of the form are in none of its parts"))),
        )
    })
}

impl Report {
    fn add(&mut self, other: Report) {
        self.lines += other.lines;
        self.spans += other.spans;
        self.new_spans += other.new_spans;
        self.runs += other.runs;
        self.began(other.since, other.until);
        self.skipped.extend(other.skipped);
        self.skipped.truncate(limits::SKIPPED_LINES);
        self.skipped_count += other.skipped_count;
        // A file has a note or two, and a form a bounded number of files.
        self.notes.extend(other.notes);
    }
}

async fn take_in(
    app: &Arc<App>,
    account: AccountId,
    turn: &Arc<OwnedSemaphorePermit>,
    body: impl Stream<Item = Result<Bytes, ApiError>>,
) -> Result<Report, ApiError> {
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    let feeding = async move {
        let mut body = pin!(body);
        while let Some(piece) = body.try_next().await? {
            if sender.send(Some(piece)).await.is_err() {
                // The reader has given up, and says why.
                return Ok(());
            }
        }
        let _ = sender.send(None).await;
        Ok(())
    };
    // Its thread may outlive the request.
    let turn = Arc::clone(turn);
    let reading = app.off_runtime(move |app| {
        let _turn = turn;
        import(app, account, Pieces { receiver, current: Bytes::new(), ended: false })
    });
    let (fed, report) = tokio::join!(feeding, reading);
    fed.and(report)
}

/// A body as a file: pieces, then the mark of its end. Without the mark it broke off.
struct Pieces {
    receiver: mpsc::Receiver<Option<Bytes>>,
    current: Bytes,
    ended: bool,
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() && !self.ended {
            match self.receiver.blocking_recv() {
                Some(Some(piece)) => self.current = piece,
                Some(None) => self.ended = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        let _ = self.current.split_to(amount);
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
