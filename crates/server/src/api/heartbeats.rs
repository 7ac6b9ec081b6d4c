//! `/api/v1/heartbeats`: when runs of an agent are expected, and whether they came.

use super::channels::refuse_unknown;
use super::params::Params;
use crate::app::App;
use crate::auth::{Admin, Read};
use crate::clock;
use crate::config::Region;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::notify::outbox;
use crate::watch;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, Status, Timestamp, limits};
use vedette_store::{RunFilter, RunQuery, RunSort, StoreError};
use vedette_watch::{Answer, Expectation, Heartbeat, Schedule, Seen, Severity};

/// A schedule and where it stands.
#[derive(Serialize, ToSchema)]
pub struct HeartbeatView {
    /// Whose runs.
    pub agent: String,
    /// `healthy`, `missing`, `new` (no run came since it was made, and none was due), `paused`.
    pub state: &'static str,
    /// Five fields.
    pub cron: Option<String>,
    /// Of `cron`; UTC if null.
    pub time_zone: Option<String>,
    /// A run at least this often.
    pub every_seconds: Option<u64>,
    /// How late a run may begin.
    pub grace_seconds: u64,
    /// How long a run may take; then its status is `timeout`, until it ends after all.
    pub max_seconds: Option<u64>,
    /// A run may begin while the one before still runs.
    pub may_overlap: bool,
    /// `info`, `warning`, `critical`.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// Ids or names of channels; every one if empty.
    pub channels: Vec<String>,
    /// Off.
    pub paused: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The next expected time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Timestamp>,
    /// When the last run began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_run_at: Option<Timestamp>,
    /// When the last run that succeeded began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_success_at: Option<Timestamp>,
    /// The first expected time that was missed, while runs are missing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub missing_since: Option<Timestamp>,
    /// Expected times missed since then.
    pub missed: u64,
}

/// An expected time and what came of it.
#[derive(Serialize, ToSchema)]
pub struct ExpectationView {
    /// The expected time; of a schedule that only says how often, when a run in time began.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `ok`, `late`, `failed`, `too_long`, `overlapping`, `running`, `missed`, `unknown` (nothing came and it was
    /// not judged: the server was down, or the schedule was off or another), `due` (it may still come).
    #[schema(value_type = String)]
    pub answer: Answer,
    /// The run that came.
    pub run_id: Option<String>,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// A schedule, where it stands, and how it went.
#[derive(Serialize, ToSchema)]
pub struct HeartbeatDetail {
    /// The schedule.
    #[serde(flatten)]
    pub heartbeat: HeartbeatView,
    /// The newest expected times, oldest first; the next is the last.
    pub expectations: Vec<ExpectationView>,
}

/// All schedules.
#[derive(Serialize, ToSchema)]
pub struct HeartbeatList {
    /// Missing ones first, then by agent.
    pub heartbeats: Vec<HeartbeatView>,
}

/// When runs are expected: give `cron` or `every_seconds`, or only `max_seconds`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as the schedule it becomes")]
pub struct NewHeartbeat {
    /// Five fields, such as `0 3 * * *`.
    cron: Option<String>,
    /// Of `cron`, such as `Europe/Berlin`; UTC if absent.
    time_zone: Option<String>,
    /// A run at least this often.
    every_seconds: Option<u64>,
    /// How late a run may begin; 300 if absent.
    grace_seconds: Option<u64>,
    /// How long a run may take; then its status is `timeout`, until it ends after all.
    max_seconds: Option<u64>,
    /// A run may begin while the one before still runs.
    may_overlap: Option<bool>,
    /// `info`, `warning`, `critical` (if absent).
    severity: Option<String>,
    /// Ids or names of channels; every one if absent.
    channels: Option<Vec<String>>,
    /// Off.
    paused: Option<bool>,
}

impl HeartbeatView {
    fn of(heartbeat: &Heartbeat) -> Self {
        let (schedule, state) = (heartbeat.schedule.clone(), heartbeat.state.clone());
        HeartbeatView {
            state: match (schedule.paused, state.missing_since) {
                (true, _) => "paused",
                (_, Some(_)) => "missing",
                _ if heartbeat.is_new() => "new",
                _ => "healthy",
            },
            agent: schedule.agent,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            every_seconds: schedule.every_seconds,
            grace_seconds: schedule.grace_seconds,
            max_seconds: schedule.max_seconds,
            may_overlap: schedule.may_overlap,
            severity: schedule.severity,
            channels: schedule.channels,
            paused: schedule.paused,
            created_at: schedule.created_at,
            due: state.due,
            last_run_at: state.last_run_at,
            last_success_at: state.last_success_at,
            missing_since: state.missing_since,
            missed: state.missed,
        }
    }
}

impl ExpectationView {
    fn of(one: &Expectation, region: Region) -> Self {
        ExpectationView {
            at: one.at,
            answer: one.answer,
            run_id: one.run.map(|(run, _, _)| run.canonical(region.as_str())),
            started_at: one.run.map(|(_, started_at, _)| started_at),
            finished_at: one.run.and_then(|(_, _, finished_at)| finished_at),
        }
    }
}

/// A body as the schedule of an agent; it keeps what `before` it was.
pub fn schedule(
    body: Map<String, Value>,
    agent: &str,
    before: Option<&Schedule>,
    now: Timestamp,
) -> Result<Schedule, ApiError> {
    let created_at = before.map_or(now, |before| before.created_at).to_string();
    let schedule: Schedule = super::apply::definition(body, [("agent", agent.to_owned()), ("created_at", created_at)])?;
    schedule.timetable().map_err(|reason| ApiError::invalid("heartbeat", reason))?;
    Ok(schedule)
}

/// When an agent's last run began, and its last that succeeded: what a new schedule is told.
pub fn last_runs(app: &App, account: AccountId, agent: &str) -> Result<[Option<Timestamp>; 2], StoreError> {
    let newest = |status: Vec<Status>| {
        let filter = RunFilter { main_agent: Some(agent.to_owned()), status, ..RunFilter::default() };
        let query = RunQuery { filter, sort: RunSort::Newest, limit: 1, cursor: None };
        let page = app.store.runs(account, &query)?;
        Ok::<_, StoreError>(page.rows.first().map(|row| row.run.started_at))
    };
    Ok([newest(Vec::new())?, newest(vec![Status::Success])?])
}

/// Schedules, and whether runs came.
#[utoipa::path(get, path = "/api/v1/heartbeats", tag = "heartbeats", responses((status = 200, body = HeartbeatList)))]
pub async fn list(State(app): State<Arc<App>>, access: Read) -> Result<Json<HeartbeatList>, ApiError> {
    app.off_runtime(move |app| {
        let mut heartbeats: Vec<HeartbeatView> = watch::read(app, access.account(), clock::now(), |book| {
            book.heartbeats().map(HeartbeatView::of).collect()
        })?;
        heartbeats.sort_by(|a, b| (a.missing_since.is_none(), &a.agent).cmp(&(b.missing_since.is_none(), &b.agent)));
        Ok(Json(HeartbeatList { heartbeats }))
    })
    .await
}

/// One agent's schedule, and what came of the last expected times.
#[utoipa::path(
    get, path = "/api/v1/heartbeats/{agent}", tag = "heartbeats",
    params(("agent" = String, Path), ("limit" = Option<usize>, Query, minimum = 1, description = "Expected times; 50 if absent")),
    responses((status = 200, body = HeartbeatDetail), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path(agent): Path<String>,
    mut params: Params,
) -> Result<Json<HeartbeatDetail>, ApiError> {
    let most = params.limit()?;
    params.finish()?;
    app.off_runtime(move |app| {
        let (account, region) = (access.account(), app.config.own_region());
        let filter = RunFilter { main_agent: Some(agent.clone()), ..RunFilter::default() };
        let query = RunQuery { filter, sort: RunSort::Newest, limit: limits::PAGE_ROWS_MAX, cursor: None };
        let page = app.store.runs(account, &query)?;
        // With more runs than are read, what came of the times before the oldest is not known.
        let oldest = page.rows.last().filter(|_| page.next_cursor.is_some());
        let since = oldest.map_or(Timestamp(i64::MIN), |row| row.run.started_at);
        let runs: Vec<Seen> = page.rows.iter().map(|row| Seen::of(&row.run, row.root)).collect();
        let now = clock::now();
        let detail = watch::read(app, account, now, |book| {
            let found = book.heartbeats().find(|one| one.schedule.agent == agent)?;
            let expectations = found.expectations(&runs, since, now, most);
            Some(HeartbeatDetail {
                heartbeat: HeartbeatView::of(found),
                expectations: expectations.iter().map(|one| ExpectationView::of(one, region)).collect(),
            })
        })?;
        detail.map(Json).ok_or_else(|| ApiError::not_found("heartbeat"))
    })
    .await
}

/// Says when runs of an agent are expected.
#[utoipa::path(
    put, path = "/api/v1/heartbeats/{agent}", tag = "heartbeats", params(("agent" = String, Path)),
    request_body = NewHeartbeat, responses((status = 200, body = HeartbeatView), (status = 400, body = ErrorBody))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(agent): Path<String>,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Result<Json<HeartbeatView>, ApiError> {
    app.off_runtime(move |app| {
        let now = clock::now();
        let channels = outbox::channels(&*app.store, access.account())?;
        let [last_run_at, last_success_at] = last_runs(app, access.account(), &agent)?;
        watch::change(app, access.account(), now, |book| {
            let before = book.heartbeats().find(|one| one.schedule.agent == agent).map(|one| one.schedule.clone());
            let schedule = schedule(body, &agent, before.as_ref(), now)?;
            refuse_unknown(&channels, &schedule.channels)?;
            book.put_schedule(schedule, now).map_err(|reason| ApiError::invalid("heartbeat", reason))?;
            book.ran_before(&agent, last_run_at, last_success_at);
            let found = book.heartbeats().find(|one| one.schedule.agent == agent).map(HeartbeatView::of);
            found.map(Json).ok_or_else(|| ApiError::not_found("heartbeat"))
        })?
    })
    .await
}

/// Expects nothing of an agent any more.
#[utoipa::path(
    delete, path = "/api/v1/heartbeats/{agent}", tag = "heartbeats", params(("agent" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(agent): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.off_runtime(move |app| {
        let found = watch::change(app, access.account(), clock::now(), |book| book.delete_schedule(&agent))?;
        if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("heartbeat")) }
    })
    .await
}
