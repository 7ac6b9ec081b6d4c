//! `/api/v1/channels`: where notices go. What reaches a channel (the secret of a webhook, the address of a
//! Slack webhook, a routing key) is taken in and not answered again, but for a webhook's secret when it is made.

use crate::app::App;
use crate::auth::{Admin, Read, new_secret};
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind, JsonBody};
use crate::notify::message::{self, Content, Unwritable};
use crate::notify::outbox;
use crate::watch;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::limits::{CHANNEL_NAME_CHARS, CHANNEL_RECEIVERS};
use vedette_model::{AccountId, Timestamp, limits};
use vedette_watch::{Channel, ChannelKind, Notice, NoticeKind, Severity};

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
    /// How the input and the output of a notice's run begin is told too.
    pub include_content: bool,
    /// Nothing is sent: what is found meanwhile waits, the newest 1,000 notices.
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
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
    /// Tell also how the input and the output of a notice's run begin, without what looks like a secret.
    #[serde(default)]
    pub include_content: bool,
}

/// What is to change; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    /// Another name; refused while alerts or heartbeats tell it by the old one.
    pub name: Option<String>,
    /// Another address; a webhook's secret stays.
    pub url: Option<String>,
    /// Other receivers of mail.
    pub to: Option<Vec<String>>,
    /// Another key of PagerDuty.
    pub routing_key: Option<String>,
    /// Only notices about these agents; all if empty.
    pub agents: Option<Vec<String>>,
    /// Only notices at least this severe.
    #[schema(value_type = Option<String>)]
    pub min_severity: Option<Severity>,
    /// Whether the input and output of runs are told too.
    pub include_content: Option<bool>,
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
        let (kind, target) = target(&channel.kind);
        ChannelView {
            id: channel.id,
            name: channel.name,
            kind,
            target,
            include_content: channel.include_content,
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

/// How a channel is reached, and where, without what is secret of it.
pub(super) fn target(kind: &ChannelKind) -> (ChannelType, String) {
    let host = |address: &str| {
        let url = url::Url::parse(address).ok();
        url.map_or_else(String::new, |url| url.origin().ascii_serialization())
    };
    match kind {
        ChannelKind::Webhook { url, .. } => (ChannelType::Webhook, host(url)),
        ChannelKind::Slack { url } => (ChannelType::Slack, host(url)),
        ChannelKind::Email { to } => (ChannelType::Email, to.join(", ")),
        ChannelKind::Pagerduty { url, .. } => {
            (ChannelType::Pagerduty, url.as_deref().map_or_else(|| "PagerDuty".to_owned(), host))
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
    let channel = channel(&app, new, None)?;
    let secret = secret(&channel).map(str::to_owned);
    let account = access.account();
    let channel = app
        .off_runtime(move |app| {
            let _changing = app.notify.changing_channels();
            let channels = outbox::channels(&*app.store, account)?;
            bound(channels.len() + 1)?;
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
            let told_by = told_by(app, account)?;
            let _changing = app.notify.changing_channels();
            let channels = outbox::channels(&*app.store, account)?;
            let mut channel = named(&channels, &id)?.clone();
            if let Some(name) = new_name {
                if name != channel.name {
                    refuse_told(&told_by, &[&channel.name], "name")?;
                }
                channel.name = name;
            }
            channel.kind = redirected(app, &channel, change.url, change.to, change.routing_key)?;
            channel.agents = change.agents.unwrap_or(channel.agents);
            channel.min_severity = change.min_severity.unwrap_or(channel.min_severity);
            channel.include_content = change.include_content.unwrap_or(channel.include_content);
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

/// Deletes a channel that no alert and no heartbeat names; what was on its way to it is cancelled.
#[utoipa::path(
    delete, path = "/api/v1/channels/{id}", tag = "channels", params(("id" = String, Path, description = "Id or name")),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let account = access.account();
    app.off_runtime(move |app| {
        let told_by = told_by(app, account)?;
        let _changing = app.notify.changing_channels();
        let channel = named(&outbox::channels(&*app.store, account)?, &id)?.clone();
        refuse_told(&told_by, &[&channel.name, &channel.id], "id")?;
        app.store.change_documents(account, vec![outbox::remove_channel(&channel.id)], Vec::new())?;
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
    let body = match message::write(&notice, &Content::default(), &channel, &app.notify.letterhead(&app.config)) {
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

/// A channel as it would be saved; it keeps what `before` it was.
pub(super) fn channel(app: &App, new: NewChannel, before: Option<&Channel>) -> Result<Channel, ApiError> {
    let mut kind = reached(app, &new)?;
    if let Some(before) = before {
        keep_secret(&mut kind, &before.kind);
    }
    Ok(Channel {
        id: before.map_or_else(|| format!("chn_{}", uuid::Uuid::now_v7().simple()), |before| before.id.clone()),
        name: name(&new.name)?,
        kind,
        agents: new.agents,
        min_severity: new.min_severity.unwrap_or(Severity::Info),
        include_content: new.include_content,
        paused: before.is_some_and(|before| before.paused),
        paused_because: before.and_then(|before| before.paused_because.clone()),
        consecutive_failures: before.map_or(0, |before| before.consecutive_failures),
        created_at: before.map_or_else(clock::now, |before| before.created_at),
    })
}

/// Of a webhook.
pub(super) fn secret(channel: &Channel) -> Option<&str> {
    if let ChannelKind::Webhook { secret, .. } = &channel.kind { Some(secret) } else { None }
}

fn keep_secret(kind: &mut ChannelKind, before: &ChannelKind) {
    if let (ChannelKind::Webhook { secret, .. }, ChannelKind::Webhook { secret: kept, .. }) = (kind, before) {
        secret.clone_from(kept);
    }
}

/// The same kind of channel, to another receiver if one is named.
fn redirected(
    app: &App,
    channel: &Channel,
    url: Option<String>,
    to: Option<Vec<String>>,
    routing_key: Option<String>,
) -> Result<ChannelKind, ApiError> {
    let (kind, (known_url, known_to, known_key)) = match channel.kind.clone() {
        ChannelKind::Webhook { url, .. } => (ChannelType::Webhook, (Some(url), None, None)),
        ChannelKind::Slack { url } => (ChannelType::Slack, (Some(url), None, None)),
        ChannelKind::Email { to } => (ChannelType::Email, (None, Some(to), None)),
        ChannelKind::Pagerduty { url, routing_key } => (ChannelType::Pagerduty, (url, None, Some(routing_key))),
    };
    let given = [("url", url.is_some()), ("to", to.is_some()), ("routing_key", routing_key.is_some())];
    let asked = match kind {
        ChannelType::Webhook | ChannelType::Slack => ["url", ""],
        ChannelType::Email => ["to", ""],
        ChannelType::Pagerduty => ["url", "routing_key"],
    };
    if let Some((field, _)) = given.into_iter().find(|(field, given)| *given && !asked.contains(field)) {
        return Err(ApiError::invalid(field, format!("the channel {} has no {field}", channel.name)));
    }
    if given.into_iter().all(|(_, given)| !given) {
        return Ok(channel.kind.clone());
    }
    let new = NewChannel {
        name: channel.name.clone(),
        kind,
        url: url.or(known_url),
        to: to.or(known_to).unwrap_or_default(),
        routing_key: routing_key.or(known_key),
        agents: Vec::new(),
        min_severity: None,
        include_content: false,
    };
    let mut kind = reached(app, &new)?;
    keep_secret(&mut kind, &channel.kind);
    Ok(kind)
}

pub(super) fn bound(channels: usize) -> Result<(), ApiError> {
    if channels <= limits::CHANNELS {
        return Ok(());
    }
    let message = format!("an account has at most {} channels", limits::CHANNELS);
    Err(ApiError::new(ErrorKind::Conflict, message))
}

/// Refuses names of channels that are not there: what is told to nobody is not told.
pub(super) fn refuse_unknown(channels: &[Channel], names: &[String]) -> Result<(), ApiError> {
    let known = |name: &&String| channels.iter().any(|channel| channel.id == **name || channel.name == **name);
    let Some(unknown) = names.iter().find(|name| !known(name)) else { return Ok(()) };
    let there: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    let there = if there.is_empty() { "none yet".to_owned() } else { there.join(", ") };
    Err(ApiError::invalid("channels", format!("channels: there is no channel {unknown}; there are: {there}")))
}

/// What names channels: the alert or heartbeat, and the names.
fn told_by(app: &App, account: AccountId) -> Result<Vec<(String, Vec<String>)>, ApiError> {
    Ok(watch::read(app, account, clock::now(), |book| {
        let alerts = book.alerts().map(|one| (format!("alert {}", one.rule.name), one.rule.channels.clone()));
        let heartbeats = book.heartbeats().map(|one| &one.schedule);
        let heartbeats = heartbeats.map(|one| (format!("heartbeat {}", one.agent), one.channels.clone()));
        alerts.chain(heartbeats).collect()
    })?)
}

fn refuse_told(told_by: &[(String, Vec<String>)], names: &[&str], field: &str) -> Result<(), ApiError> {
    let names_it = |channels: &[String]| channels.iter().any(|channel| names.contains(&channel.as_str()));
    let Some((who, _)) = told_by.iter().find(|(_, channels)| names_it(channels)) else { return Ok(()) };
    let message = format!("the {who} tells this channel by name; let it tell another first");
    Err(ApiError { field: Some(field.to_owned()), ..ApiError::new(ErrorKind::Conflict, message) })
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
    if text.is_empty() || text.chars().count() > CHANNEL_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(ApiError::invalid("name", format!("a name has 1 to {CHANNEL_NAME_CHARS} characters")));
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
            if new.to.is_empty() || new.to.len() > CHANNEL_RECEIVERS {
                return Err(ApiError::invalid("to", format!("mail needs 1 to {CHANNEL_RECEIVERS} receivers")));
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
