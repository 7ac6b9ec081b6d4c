//! What SDKs on this machine spooled while no server was there and their processes are gone: taken in at
//! the start, if it was meant for this server, under the key it was to be sent with.

use super::body::{Compression, Received};
use super::otlp_http;
use crate::app::App;
use crate::error::{ApiError, ErrorKind};
use crate::metrics::Door;
use axum::http::Uri;
use std::path::Path;
use vedette_model::AccountId;
use vedette_otlp::{Encoding, Signal};
use vedette_sdk::spool::{self, Frame, Leftover, leftovers};

/// Takes in what was left for a server on one of these ports; says how many spans came. What cannot be taken
/// in now stays for the next start, or for the next process of its SDK.
pub fn take_in(app: &App, folder: &Path, ports: &[u16]) -> u64 {
    let mut spans = 0;
    for mut left in leftovers(folder) {
        let Some(account) = account(app, &left).filter(|_| is_meant(&left, ports)) else { continue };
        while let Some(frame) = left.peek() {
            if let Err(error) = submit(app, account, &frame) {
                if is_passing(error.kind) {
                    tracing::warn!("what SDKs left in {} waits: {}", folder.display(), error.message);
                    return spans;
                }
                tracing::warn!("a request in {} was refused: {}", folder.display(), error.message);
            }
            spans += u64::from(frame.spans);
            left.done(&frame);
        }
    }
    spans
}

/// Whether the same request may be taken another time.
fn is_passing(kind: ErrorKind) -> bool {
    use ErrorKind::{Internal, QuotaExceeded, ReadOnly, Unavailable};
    matches!(kind, Unavailable | ReadOnly | QuotaExceeded | Internal)
}

fn is_meant(left: &Leftover, ports: &[u16]) -> bool {
    let Ok(url) = left.url.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default();
    let is_local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
    is_local && url.port_u16().is_some_and(|port| ports.contains(&port))
}

fn account(app: &App, left: &Leftover) -> Option<AccountId> {
    if app.keyring.needs_key() { app.keyring.writer(&left.key_hash) } else { Some(AccountId::DEFAULT) }
}

fn submit(app: &App, account: AccountId, frame: &Frame) -> Result<(), ApiError> {
    let compression = match frame.encoding {
        spool::Encoding::Identity => Compression::Identity,
        spool::Encoding::Gzip => Compression::Gzip,
    };
    let mut room = app.intake.room();
    room.take(frame.body.len())?;
    let received = Received::framed(frame.body.clone(), compression, room);
    otlp_http::take_in(app, account, Door::OtlpHttp, Signal::Traces, Encoding::Protobuf, received).map(drop)
}
