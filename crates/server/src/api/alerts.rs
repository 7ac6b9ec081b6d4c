//! `/api/v1/alerts`: rules by name, where they stand, and when they would have fired.

use super::channels::refuse_unknown;
use crate::app::App;
use crate::auth::{Admin, Read, Write};
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::notify::message::NoticeView;
use crate::notify::outbox;
use crate::watch;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_watch::{Alert, Condition, LOOK_BACK, Rule, RuleState, Severity, Target};

/// A rule and where it stands.
#[derive(Serialize, ToSchema)]
pub struct AlertView {
    /// Names it.
    pub id: String,
    /// For people; unique.
    pub name: String,
    /// What is watched: an object with `type` and the condition's bounds.
    #[schema(value_type = Object)]
    pub when: Condition,
    /// On which runs: `agent`, `tag`, `customer`, `feature`.
    #[schema(value_type = Object)]
    pub on: Target,
    /// How far back is looked, if not as the condition does by itself.
    pub window_seconds: Option<u64>,
    /// Of fewer runs, rates and means say nothing.
    pub min_samples: u64,
    /// Told again no sooner than this.
    pub cooldown_seconds: u64,
    /// Its end is told.
    pub recovery: bool,
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
    /// Since when its condition holds.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub firing_since: Option<Timestamp>,
    /// When it began to hold last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_fired_at: Option<Timestamp>,
    /// How often it did.
    pub fired: u64,
    /// It turns too often, and is quiet.
    pub flapping: bool,
    /// Nothing is told before this.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Timestamp>,
    /// What was read when it began to hold last.
    pub what: String,
}

/// All rules.
#[derive(Serialize, ToSchema)]
pub struct AlertList {
    /// Firing ones first, then by name.
    pub alerts: Vec<AlertView>,
}

/// A rule. `when.type` is one of `failure_rate` (`over`, 0..1), `inactivity` (`hours`), `cost_threshold`
/// (`over_usd`), `cost_per_run` (`over_usd`), `latency_threshold` (`over_p95_ms`), `score_below` (`score`, `below`),
/// `tokens` (`over`), `errors` (`over`, `kind`), `spend_anomaly` (`sigma`), `stalled_run` (`minutes`),
/// `missed_heartbeat`, `all` and `any` (`of`, a list of conditions).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as the rule it becomes")]
pub struct NewAlert {
    /// What is watched.
    #[schema(value_type = Object)]
    when: Condition,
    /// On which runs: `agent`, `tag`, `customer`, `feature`; everything if absent.
    #[schema(value_type = Option<Object>)]
    on: Option<Target>,
    /// How far back is looked; an hour if absent, a day for costs and tokens.
    window_seconds: Option<u64>,
    /// 1 if absent.
    min_samples: Option<u64>,
    /// 3,600 if absent.
    cooldown_seconds: Option<u64>,
    /// True if absent.
    recovery: Option<bool>,
    /// `info`, `warning` (if absent), `critical`.
    severity: Option<String>,
    /// Ids or names of channels; every one if absent.
    channels: Option<Vec<String>>,
    /// Off.
    paused: Option<bool>,
}

/// For how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// From now on; 0 ends it.
    pub seconds: u64,
}

/// A rule, tried on the past.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertTrial {
    /// As it would be saved.
    #[schema(value_type = NewAlert)]
    pub alert: Map<String, Value>,
    /// From then on, at most 15 days ago; 7 days ago if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

/// When it would have fired.
#[derive(Serialize, ToSchema)]
pub struct AlertTrialResult {
    /// What would have been told, oldest first.
    pub notices: Vec<NoticeView>,
    /// Runs that were looked at.
    pub runs: u64,
}

impl AlertView {
    fn of(alert: &Alert) -> Self {
        let (rule, state) = (alert.rule.clone(), alert.state.clone());
        AlertView {
            id: rule.id,
            name: rule.name,
            when: rule.when,
            on: rule.on,
            window_seconds: rule.window_seconds,
            min_samples: rule.min_samples,
            cooldown_seconds: rule.cooldown_seconds,
            recovery: rule.recovery,
            severity: rule.severity,
            channels: rule.channels,
            paused: rule.paused,
            created_at: rule.created_at,
            firing_since: state.firing_since,
            last_fired_at: state.last_fired_at,
            fired: state.fired,
            flapping: state.flapping,
            snoozed_until: state.snoozed_until,
            what: state.what,
        }
    }
}

/// A body as the rule of a name; it keeps what `before` it was.
pub fn rule(body: Map<String, Value>, name: &str, before: Option<&Rule>, now: Timestamp) -> Result<Rule, ApiError> {
    let id = before.map_or_else(|| format!("arule_{}", uuid::Uuid::now_v7().simple()), |before| before.id.clone());
    let rule: Rule = super::apply::definition(
        body,
        [
            ("id", id),
            ("name", before.map_or(name, |before| before.name.as_str()).to_owned()),
            ("created_at", before.map_or(now, |before| before.created_at).to_string()),
        ],
    )?;
    rule.check().map_err(|reason| ApiError::invalid("alert", reason))?;
    Ok(rule)
}

/// Rules, and whether they fire.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", responses((status = 200, body = AlertList)))]
pub async fn list(State(app): State<Arc<App>>, access: Read) -> Result<Json<AlertList>, ApiError> {
    app.off_runtime(move |app| {
        let mut alerts: Vec<AlertView> =
            watch::read(app, access.account(), clock::now(), |book| book.alerts().map(AlertView::of).collect())?;
        alerts.sort_by(|a, b| (a.firing_since.is_none(), &a.name).cmp(&(b.firing_since.is_none(), &b.name)));
        Ok(Json(AlertList { alerts }))
    })
    .await
}

/// Makes the rule of this name, or changes it; it goes on from where it stands.
#[utoipa::path(
    put, path = "/api/v1/alerts/{name}", tag = "alerts", params(("name" = String, Path)), request_body = NewAlert,
    responses((status = 200, body = AlertView), (status = 400, body = ErrorBody))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Result<Json<AlertView>, ApiError> {
    app.off_runtime(move |app| {
        let now = clock::now();
        let channels = outbox::channels(&*app.store, access.account())?;
        watch::change(app, access.account(), now, |book| {
            let before = book.alert(&name).map(|alert| alert.rule.clone());
            let rule = rule(body, &name, before.as_ref(), now)?;
            refuse_unknown(&channels, &rule.channels)?;
            let id = rule.id.clone();
            book.put_rule(rule).map_err(|reason| ApiError::invalid("alert", reason))?;
            let found = book.alert(&id).map(AlertView::of);
            found.map(Json).ok_or_else(|| ApiError::not_found("alert"))
        })?
    })
    .await
}

/// Deletes a rule, by name or id.
#[utoipa::path(
    delete, path = "/api/v1/alerts/{name}", tag = "alerts", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.off_runtime(move |app| {
        let found = watch::change(app, access.account(), clock::now(), |book| {
            let id = book.alert(&name).map(|alert| alert.rule.id.clone());
            id.is_some_and(|id| book.delete_rule(&id))
        })?;
        if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("alert")) }
    })
    .await
}

/// Tells nothing of a rule for a while.
#[utoipa::path(
    post, path = "/api/v1/alerts/{name}/snooze", tag = "alerts", params(("name" = String, Path)), request_body = Snooze,
    responses((status = 200, body = AlertView), (status = 404, body = ErrorBody))
)]
pub async fn snooze(
    State(app): State<Arc<App>>,
    access: Write,
    Path(name): Path<String>,
    JsonBody(snooze): JsonBody<Snooze>,
) -> Result<Json<AlertView>, ApiError> {
    app.off_runtime(move |app| {
        let now = clock::now();
        let until = (snooze.seconds > 0).then(|| now.plus(Duration::from_secs(snooze.seconds)));
        let view = watch::change(app, access.account(), now, |book| {
            let id = book.alert(&name).map(|alert| alert.rule.id.clone())?;
            book.snooze(&id, until);
            book.alert(&id).map(AlertView::of)
        })?;
        view.map(Json).ok_or_else(|| ApiError::not_found("alert"))
    })
    .await
}

/// Tries a rule on the runs of the past: when it would have fired. Nothing is saved and nobody told. Schedules
/// count as if they had stood all the time, and a run was stalled where its spans show no sign of life: of the
/// newest 2,000 runs that took long enough for it.
#[utoipa::path(
    post, path = "/api/v1/trials", tag = "alerts", request_body = AlertTrial,
    responses((status = 200, body = AlertTrialResult), (status = 400, body = ErrorBody))
)]
pub async fn attempt(
    State(app): State<Arc<App>>,
    access: Read,
    JsonBody(trial): JsonBody<AlertTrial>,
) -> Result<Json<AlertTrialResult>, ApiError> {
    app.off_runtime(move |app| {
        let now = clock::now();
        let since = trial.since.unwrap_or_else(|| now.minus(LOOK_BACK / 2)).max(now.minus(LOOK_BACK));
        let rule = rule(trial.alert, "trial", None, now)?;
        let letterhead = app.notify.letterhead(&app.config);
        let alert = Alert::new(rule.clone(), RuleState::default());
        let (reach, with_scores) = (since.minus(alert.reach()), alert.asks_scores());
        let trial = watch::read(app, access.account(), now, |book| book.trial(rule))?;
        let runs = watch::past(app, access.account(), reach, now, with_scores, trial.asks_silences())?;
        let notices = trial.run(&runs, since, now);
        let notices = notices.iter().map(|notice| NoticeView::of(notice, &letterhead)).collect();
        Ok(Json(AlertTrialResult { notices, runs: runs.len() as u64 }))
    })
    .await
}
