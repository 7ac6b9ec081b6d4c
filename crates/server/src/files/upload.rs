//! `POST /traces`: a file as the raw body, or files as the parts of a form. Read as it arrives.

use super::{Report, import};
use crate::app::App;
use crate::auth::Write;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::header;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::io::{self, BufRead, Read};
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use vedette_model::{AccountId, limits};

/// Pieces of a body that wait for the reader.
const PIECES_AHEAD: usize = 16;

/// Takes in a file of traces: OTLP or JSON lines, told apart by content, also compressed.
#[utoipa::path(
    post, path = "/traces", tag = "files",
    request_body(content = Vec<u8>, description = "the file, or a form with files", content_type = "application/octet-stream"),
    responses((status = 200, body = Report), (status = 400, body = ErrorBody), (status = 413, body = ErrorBody))
)]
pub async fn upload(
    State(app): State<Arc<App>>,
    access: Write,
    mut request: Request,
) -> Result<Json<Report>, ApiError> {
    let account = access.account();
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|value| value.starts_with("multipart/form-data")) {
        let body: Body = request.into_body();
        return Ok(Json(take_in(&app, account, body.into_data_stream()).await?));
    }
    // A form of files has the bound of files, which `take_in` keeps.
    DefaultBodyLimit::disable().apply(&mut request);
    let wrong = |error: &dyn std::fmt::Display| ApiError::new(ErrorKind::Invalid, format!("no valid form: {error}"));
    let mut form = Multipart::from_request(request, &app).await.map_err(|error| wrong(&error))?;
    let mut whole = Report::default();
    while let Some(part) = form.next_field().await.map_err(|error| wrong(&error))? {
        if part.file_name().is_none() {
            continue;
        }
        whole.add(take_in(&app, account, part).await?);
    }
    Ok(Json(whole))
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
        self.notes.extend(other.notes);
    }
}

async fn take_in<E>(
    app: &Arc<App>,
    account: AccountId,
    body: impl Stream<Item = Result<Bytes, E>>,
) -> Result<Report, ApiError>
where
    E: std::fmt::Display,
{
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    let feeding = async move {
        let mut body = pin!(body);
        let mut size = 0;
        while let Some(piece) = body.next().await {
            let piece =
                piece.map_err(|error| ApiError::new(ErrorKind::Invalid, format!("the file broke off: {error}")))?;
            size += piece.len();
            if size > limits::UPLOAD_BYTES {
                return Err(ApiError::new(
                    ErrorKind::TooLarge,
                    format!("the file is larger than {} bytes", limits::UPLOAD_BYTES),
                ));
            }
            if sender.send(Some(piece)).await.is_err() {
                // The reader has given up, and says why.
                return Ok(());
            }
        }
        let _ = sender.send(None).await;
        Ok(())
    };
    let reading =
        app.off_runtime(move |app| import(app, account, Pieces { receiver, current: Bytes::new(), ended: false }));
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
