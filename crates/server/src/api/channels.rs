//! `/api/v1/channels`: where notices go. What reaches a channel (the secret of a webhook, the address of a
//! Slack webhook, a routing key) is taken in and not answered again, but for a webhook's secret when it is made.

use crate::app::App;
use crate::auth::{Admin, Read, new_secret};
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use crate::notify::message::{self, Unwritable};
use crate::notify::outbox;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, Timestamp, limits};
use vedette_watch::{Channel, ChannelKind, Notice, NoticeKind, Severity};

/// Receivers of one channel of mail.
const RECEIVERS: usize = 50;
/// Characters of a name.
const NAME_CHARS: usize = 64;

/// How a channel is reached.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelType {
    /// A signed POST.
    Webhook,
    /// An incoming webhook of Slack, or of anything that takes the same.
    Slack,
    /// Mail.
    Email,
    /// PagerDuty's events API, version 2.
    Pagerduty,
}

/// One channel.
#[derive(Serialize, ToSchema)]
pub struct ChannelView {
    /// Names it.
    pub id: String,
    /// For people; unique.
    pub name: String,
    /// How it is reached.
    #[serde(rename = "type")]
    pub kind: ChannelType,
    /// Where, without what is secret of it.
    pub target: String,
    /// Only notices about these agents; all if empty.
    pub agents: Vec<String>,
    /// Only notices at least this severe: `info`, `warning`, `critical`.
    #[schema(value_type = String)]
    pub min_severity: Severity,
    /// Nothing is sent: what was on its way waits, what is found meanwhile is not told here.
    pub paused: bool,
    /// Why, if it paused itself.
    pub paused_because: Option<String>,
    /// Deliveries given up since the last that was taken; several in a row pause the channel.
    pub consecutive_failures: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Of a webhook, only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct ChannelList {
    /// By name.
    pub channels: Vec<ChannelView>,
}

/// A new channel.
#[derive(Deserialize, ToSchema)]
pub struct NewChannel {
    /// For people; unique.
    pub name: String,
    /// How it is reached.
    #[serde(rename = "type")]
    pub kind: ChannelType,
    /// Of a webhook and of Slack; of PagerDuty only where it is not its service in the US.
    pub url: Option<String>,
    /// Receivers of mail.
    #[serde(default)]
    pub to: Vec<String>,
    /// Of PagerDuty.
    pub routing_key: Option<String>,
    /// Only notices about these agents; all if empty.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Only notices at least this severe; default `info`, which is all.
    #[schema(value_type = Option<String>)]
    pub min_severity: Option<Severity>,
}

/// What is to change; absent stays.
#[derive(Deserialize, ToSchema)]
pub struct ChannelChange {
    /// Another name.
    pub name: Option<String>,
    /// Only notices about these agents; all if empty.
    pub agents: Option<Vec<String>>,
    /// Only notices at least this severe.
    #[schema(value_type = Option<String>)]
    pub min_severity: Option<Severity>,
    /// False sends what was on its way, and counts failures anew.
    pub paused: Option<bool>,
}

/// What came of a test.
#[derive(Serialize, ToSchema)]
pub struct ChannelTest {
    /// The receiver took it.
    pub delivered: bool,
    /// Its status code, if it answered.
    pub status: Option<u16>,
    /// Why not, if it did not.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

impl ChannelView {
    /// Without what is secret.
    fn of(channel: Channel, secret: Option<String>) -> Self {
        let host = |address: &str| {
            let url = url::Url::parse(address).ok();
            url.map_or_else(String::new, |url| url.origin().ascii_serialization())
        };
        let (kind, target) = match &channel.kind {
            ChannelKind::Webhook { url, .. } => (ChannelType::Webhook, host(url)),
            ChannelKind::Slack { url } => (ChannelType::Slack, host(url)),
            ChannelKind::Email { to } => (ChannelType::Email, to.join(", ")),
            ChannelKind::Pagerduty { url, .. } => {
                (ChannelType::Pagerduty, url.as_deref().map_or_else(|| "PagerDuty".to_owned(), host))
            }
        };
        ChannelView {
            id: channel.id,
            name: channel.name,
            kind,
            target,
            agents: channel.agents,
            min_severity: channel.min_severity,
            paused: channel.paused,
            paused_because: channel.paused_because,
            consecutive_failures: channel.consecutive_failures,
            created_at: channel.created_at,
            secret,
        }
    }
}

/// Where notices go.
#[utoipa::path(
    get, path = "/api/v1/channels", tag = "channels",
    responses((status = 200, body = ChannelList), (status = 403, body = ErrorBody))
)]
pub async fn list(State(app): State<Arc<App>>, access: Read) -> Result<Json<ChannelList>, ApiError> {
    let channels = app.off_runtime(move |app| Ok(outbox::channels(&*app.store, access.account())?)).await?;
    Ok(Json(ChannelList { channels: channels.into_iter().map(|channel| ChannelView::of(channel, None)).collect() }))
}

/// Creates a channel. The secret of a webhook is answered only here.
#[utoipa::path(
    post, path = "/api/v1/channels", tag = "channels", request_body = NewChannel,
    responses((status = 200, body = ChannelView), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(new): JsonBody<NewChannel>,
) -> Result<Json<ChannelView>, ApiError> {
    let kind = reached(&app, &new)?;
    let secret = match &kind {
        ChannelKind::Webhook { secret, .. } => Some(secret.clone()),
        _ => None,
    };
    let channel = Channel {
        id: format!("chn_{}", uuid::Uuid::now_v7().simple()),
        name: name(&new.name)?,
        kind,
        agents: new.agents,
        min_severity: new.min_severity.unwrap_or(Severity::Info),
        paused: false,
        paused_because: None,
        consecutive_failures: 0,
        created_at: clock::now(),
    };
    let account = access.account();
    let channel = app
        .off_runtime(move |app| {
            let _changing = app.notify.changing_channels();
            let channels = outbox::channels(&*app.store, account)?;
            if channels.len() >= limits::CHANNELS {
                let message = format!("an account has at most {} channels", limits::CHANNELS);
                return Err(ApiError::new(ErrorKind::Conflict, message));
            }
            refuse_taken(&channels, &channel)?;
            app.store.change_documents(account, vec![outbox::put_channel(&channel)], Vec::new())?;
            Ok(channel)
        })
        .await?;
    Ok(Json(ChannelView::of(channel, secret)))
}

/// Changes a channel, pauses it, or lets it go on.
#[utoipa::path(
    patch, path = "/api/v1/channels/{id}", tag = "channels", params(("id" = String, Path, description = "Id or name")),
    request_body = ChannelChange,
    responses((status = 200, body = ChannelView), (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn patch(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<ChannelChange>,
) -> Result<Json<ChannelView>, ApiError> {
    let account = access.account();
    let new_name = change.name.as_deref().map(name).transpose()?;
    let channel = app
        .off_runtime(move |app| {
            let _changing = app.notify.changing_channels();
            let channels = outbox::channels(&*app.store, account)?;
            let mut channel = named(&channels, &id)?.clone();
            if let Some(name) = new_name {
                channel.name = name;
            }
            channel.agents = change.agents.unwrap_or(channel.agents);
            channel.min_severity = change.min_severity.unwrap_or(channel.min_severity);
            if let Some(paused) = change.paused {
                channel.paused = paused;
                channel.paused_because = None;
                channel.consecutive_failures = 0;
            }
            refuse_taken(&channels, &channel)?;
            app.store.change_documents(account, vec![outbox::put_channel(&channel)], Vec::new())?;
            app.notify.wake();
            Ok(channel)
        })
        .await?;
    Ok(Json(ChannelView::of(channel, None)))
}

/// Deletes a channel; what was on its way to it is cancelled.
#[utoipa::path(
    delete, path = "/api/v1/channels/{id}", tag = "channels", params(("id" = String, Path, description = "Id or name")),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let account = access.account();
    app.off_runtime(move |app| {
        let _changing = app.notify.changing_channels();
        let id = named(&outbox::channels(&*app.store, account)?, &id)?.id.clone();
        app.store.change_documents(account, vec![outbox::remove_channel(&id)], Vec::new())?;
        app.notify.wake();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a notice to a channel now, paused or not, and tells what came of it.
#[utoipa::path(
    post, path = "/api/v1/channels/{id}/test", tag = "channels",
    params(("id" = String, Path, description = "Id or name")),
    responses((status = 200, body = ChannelTest), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn test(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<Json<ChannelTest>, ApiError> {
    let account = access.account();
    let channel = app.off_runtime(move |app| Ok(named(&outbox::channels(&*app.store, account)?, &id)?.clone())).await?;
    let notice = test_notice(account, &channel.name);
    let body = match message::write(&notice, &channel, &app.notify.letterhead(&app.config)) {
        Ok(body) => body,
        Err(error) => {
            let error = Some(error.to_string());
            return Ok(Json(ChannelTest { delivered: false, status: None, error, duration_ms: 0 }));
        }
    };
    let attempt = app.notify.sender.send(&channel, &notice.id, &body, notice.occurred_at).await.attempt;
    Ok(Json(ChannelTest {
        delivered: attempt.error.is_none(),
        status: attempt.status,
        error: attempt.error,
        duration_ms: attempt.duration_ms,
    }))
}

fn test_notice(account: AccountId, name: &str) -> Notice {
    let now = clock::now();
    Notice {
        id: format!("ntc_{}", uuid::Uuid::now_v7().simple()),
        account,
        kind: NoticeKind::Test,
        severity: Severity::Info,
        title: format!("Test of the channel {name}"),
        what: "Whoever reads this is told when something breaks.".to_owned(),
        since: now,
        count: 1,
        agent: None,
        run: None,
        incident: None,
        rule: None,
        link_path: "/settings".to_owned(),
        occurred_at: now,
    }
}

/// A channel by its id or its name.
pub(super) fn named<'a>(channels: &'a [Channel], id: &str) -> Result<&'a Channel, ApiError> {
    let by_id = channels.iter().find(|channel| channel.id == id);
    by_id.or_else(|| channels.iter().find(|channel| channel.name == id)).ok_or_else(|| ApiError::not_found("channel"))
}

fn refuse_taken(channels: &[Channel], channel: &Channel) -> Result<(), ApiError> {
    if channels.iter().any(|other| other.name == channel.name && other.id != channel.id) {
        return Err(ApiError {
            field: Some("name".to_owned()),
            ..ApiError::new(ErrorKind::Conflict, "another channel has this name")
        });
    }
    Ok(())
}

fn name(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_CHARS || text.chars().any(char::is_control) {
        return Err(ApiError::invalid("name", format!("a name has 1 to {NAME_CHARS} characters")));
    }
    Ok(text.to_owned())
}

fn reached(app: &App, new: &NewChannel) -> Result<ChannelKind, ApiError> {
    let address = |url: &str| -> Result<String, ApiError> {
        let checked = app.notify.sender.poster.reach().parse(url);
        checked.map(String::from).map_err(|refused| ApiError::invalid("url", refused.to_string()))
    };
    let url = || address(new.url.as_deref().ok_or_else(|| ApiError::missing("url"))?);
    match new.kind {
        ChannelType::Webhook => Ok(ChannelKind::Webhook { url: url()?, secret: new_secret("whsec_") }),
        ChannelType::Slack => Ok(ChannelKind::Slack { url: url()? }),
        ChannelType::Email => {
            if app.notify.sender.mailer.is_none() {
                return Err(ApiError::invalid("type", Unwritable::NoMail.to_string()));
            }
            if new.to.is_empty() || new.to.len() > RECEIVERS {
                return Err(ApiError::invalid("to", format!("mail needs 1 to {RECEIVERS} receivers")));
            }
            let parse = |to: &String| {
                let wrong = |_| ApiError::invalid("to", format!("{to} is no address of mail"));
                to.parse::<Mailbox>().map(|mailbox| mailbox.to_string()).map_err(wrong)
            };
            Ok(ChannelKind::Email { to: new.to.iter().map(parse).collect::<Result<_, _>>()? })
        }
        ChannelType::Pagerduty => {
            let key = new.routing_key.as_deref().map(str::trim).filter(|key| !key.is_empty());
            let routing_key = key.ok_or_else(|| ApiError::missing("routing_key"))?.to_owned();
            Ok(ChannelKind::Pagerduty { routing_key, url: new.url.as_deref().map(address).transpose()? })
        }
    }
}
