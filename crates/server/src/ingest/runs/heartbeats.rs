//! Heartbeats: runs without content. `start` opens one, `ok`, `fail` and `timeout` close it; without a
//! start before, it began when it ended, less its duration.

use super::{Answer, RunReceipt, another_start, with_body};
use crate::app::App;
use crate::auth::Ping;
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::ingest::bodies::{HeartbeatBody, PingParams};
use crate::ingest::body::receive;
use crate::ingest::read::fields::Fields;
use crate::ingest::read::heartbeats::{Heartbeat, Parameters, parameters_of, ping_body};
use crate::ingest::{in_turn, quota};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use vedette_model::{AccountId, Closed, Opened, RunFacts, RunKind};
use vedette_store::{ControlChange, ControlOutcome, RunRow};

/// Takes a sign of life: 202 the first time, 200 for the same again, 409 for a run of another agent.
#[utoipa::path(
    post, path = "/v1/heartbeats", tag = "runs API", request_body = HeartbeatBody,
    responses((status = 202, body = RunReceipt), (status = 200, body = RunReceipt), (status = 409, body = ErrorBody), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn heartbeat(
    State(app): State<Arc<App>>,
    access: Ping,
    headers: HeaderMap,
    body: Body,
) -> Answer<RunReceipt> {
    with_body(&app, &headers, body, move |app, json| {
        let beat = Heartbeat::read(&Fields::of(json, "")?, app.config.region)?;
        access.check_agent(&beat.agent)?;
        let (first, receipt) = beat.record(app, access.account())?;
        Ok((if first { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(receipt)))
    })
    .await
}

/// The same from a cron job's one line. Answers `OK`, or JSON if that is asked for; errors are one line of text.
#[utoipa::path(
    get, path = "/v1/ping", tag = "runs API", params(PingParams),
    responses((status = 200, description = "taken", body = String, example = "OK\n"), (status = 400, body = String), (status = 401, body = String), (status = 409, body = String), (status = 429, body = String))
)]
pub async fn ping(
    State(app): State<Arc<App>>,
    access: Result<Ping, ApiError>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Response {
    take_ping(&app, access, Ok(parameters), &headers).await
}

/// The same by POST: parameters also as a form or a JSON object, of which those of the address go first.
#[utoipa::path(
    post, path = "/v1/ping", tag = "runs API", params(PingParams),
    request_body(content = String, description = "the parameters, as a form or as JSON", content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "taken", body = String, example = "OK\n"), (status = 400, body = String), (status = 401, body = String), (status = 409, body = String), (status = 429, body = String))
)]
pub async fn ping_by_post(
    State(app): State<Arc<App>>,
    access: Result<Ping, ApiError>,
    Query(in_address): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if access.is_err() {
        return take_ping(&app, access, Ok(in_address), &headers).await;
    }
    let parameters = async {
        let received = receive(&app, &headers, body).await?;
        let mut parameters = in_turn(&app, move |_| parameters_of(&received.open()?.bytes)).await?;
        parameters.extend(in_address);
        Ok(parameters)
    };
    let parameters = parameters.await;
    take_ping(&app, access, parameters, &headers).await
}

async fn take_ping(
    app: &Arc<App>,
    access: Result<Ping, ApiError>,
    parameters: Result<Parameters, ApiError>,
    headers: &HeaderMap,
) -> Response {
    let wants_json = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("application/json"));
    let done = async {
        let access = access?;
        let parameters = parameters?;
        let beat = in_turn(app, move |app| {
            let json = ping_body(&parameters)?;
            let beat = Heartbeat::read(&Fields::of(&json, "")?, app.config.region)?;
            access.check_agent(&beat.agent)?;
            let agent = Arc::clone(&beat.agent);
            Ok((agent, beat.record(app, access.account())?.1))
        });
        beat.await
    };
    match done.await {
        Ok((agent, receipt)) if wants_json => {
            let answer = json!({
                "id": receipt.id, "agent": agent, "status": receipt.status, "received_at": receipt.received_at,
            });
            Json(answer).into_response()
        }
        Ok(_) => "OK\n".into_response(),
        Err(error) => {
            let line = match (&error.kind, &error.field) {
                (ErrorKind::MissingField, Some(field)) => format!("missing required parameter: {field}"),
                _ => error.message.to_string(),
            };
            // One line, which a terminal shows as it is.
            let line = line.replace(char::is_control, " ") + "\n";
            let mut response = (error.kind.status(), line).into_response();
            error.decorate(&mut response);
            response
        }
    }
}

impl Heartbeat {
    /// Says it to the store; whether it was new.
    fn record(self, app: &App, account: AccountId) -> Result<(bool, RunReceipt), ApiError> {
        let now = clock::now();
        let charge = quota::charge(app, account, 1)?;
        let before = app.store.run(account, self.run)?;
        if let Some(row) = &before
            && row.run.agent.as_ref().is_some_and(|agent| *agent != self.agent)
        {
            return Err(another_start(&self.id, row));
        }
        let finished_at = self.finished_at.unwrap_or(now);
        let started_at = self.started_at.or_else(|| before.map(|row| row.run.started_at)).unwrap_or_else(|| {
            if self.ended.is_some() { finished_at.minus(self.duration.unwrap_or_default()) } else { now }
        });
        let facts = RunFacts { run_kind: Some(RunKind::Heartbeat), metadata: self.metadata, ..RunFacts::default() };
        let opened =
            Opened { agent: self.agent, started_at, received_at: now, kind: RunKind::Heartbeat, facts: facts.clone() };
        // The end first: a crash between the two must not leave a run that seems to run for ever.
        let ended = match self.ended {
            None => None,
            Some(status) => {
                let closed = Closed {
                    status,
                    finished_at,
                    received_at: now,
                    failure: None,
                    output_preview: None,
                    reported_cost: self.cost,
                    facts,
                };
                Some(app.store.control(account, self.run, ControlChange::Close(closed))?)
            }
        };
        let opened = app.store.control(account, self.run, ControlChange::Open(opened))?;
        let first = matches!(ended.as_ref().unwrap_or(&opened), ControlOutcome::First(_));
        let row: Box<RunRow> = match opened {
            ControlOutcome::First(row) | ControlOutcome::Same(row) => row,
            ControlOutcome::Conflict(row) if ended.is_some() => row,
            ControlOutcome::Conflict(row) => return Err(another_start(&self.id, &row)),
            ControlOutcome::Missing => return Err(ApiError::internal("a heartbeat was answered as missing")),
        };
        charge.keep();
        Ok((first, RunReceipt::of(&self.id, *row)))
    }
}
