//! `/api/v1/apply`: channels, rules, schedules and checks as a file says, for those who keep them in git. The
//! same file again changes nothing.

use super::{alerts, channels, checks, heartbeats};
use crate::app::App;
use crate::auth::Admin;
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::notify::outbox;
use crate::watch;
use axum::Json;
use axum::extract::State;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, Timestamp, content_hash};
use vedette_watch::{Book, Channel, ChannelKind};

type Object = Map<String, Value>;

/// What is to be.
#[derive(Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Wanted {
    /// As in `POST /api/v1/channels`. Those that are there and not in it stay, also with `prune`.
    pub channels: Vec<channels::NewChannel>,
    /// As in `PUT /api/v1/alerts/{name}`, each with its `name`.
    #[schema(value_type = Vec<alerts::NewAlert>)]
    pub alerts: Vec<Object>,
    /// As in `PUT /api/v1/heartbeats/{agent}`, each with its `agent`.
    #[schema(value_type = Vec<heartbeats::NewHeartbeat>)]
    pub heartbeats: Vec<Object>,
    /// As in `PUT /api/v1/checks/{name}`, each with its `name`.
    #[schema(value_type = Vec<checks::NewCheck>)]
    pub checks: Vec<Object>,
    /// Delete alerts, heartbeats and checks that are not in it.
    pub prune: bool,
    /// Change nothing: only say what would.
    pub dry_run: bool,
}

/// One definition that differs.
#[derive(Serialize, ToSchema)]
pub struct DefinitionDifference {
    /// `channel`, `alert`, `heartbeat`, `check`.
    pub kind: &'static str,
    /// Its name, or its agent.
    pub name: String,
    /// `create`, `change`, `delete`.
    pub action: &'static str,
    /// Fields that differ, before and after.
    #[schema(value_type = Vec<Object>)]
    pub fields: Vec<FieldDifference>,
}

/// A field that differs.
#[derive(Serialize, ToSchema)]
pub struct FieldDifference {
    /// Its name.
    pub field: String,
    /// As it was; null if it was not.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

/// What was done, or would be.
#[derive(Serialize, ToSchema)]
pub struct Applied {
    /// None if all is as wanted.
    pub differences: Vec<DefinitionDifference>,
    /// Of webhooks that were made; not told again.
    pub secrets: Vec<ChannelSecret>,
}

/// What a new webhook is signed with.
#[derive(Serialize, ToSchema)]
pub struct ChannelSecret {
    /// Its name.
    pub channel: String,
    /// As in the answer of `POST /api/v1/channels`.
    pub secret: String,
}

/// A definition from a body and what its address says; what it says of these itself is refused.
pub fn definition<T: DeserializeOwned, const N: usize>(
    mut body: Object,
    given: [(&str, String); N],
) -> Result<T, ApiError> {
    // As if it were not said.
    body.retain(|_, value| !value.is_null());
    for (name, value) in given {
        if body.insert(name.to_owned(), Value::String(value)).is_some() {
            return Err(ApiError::invalid(name, format!("{name} is not for the body to say")));
        }
    }
    serde_path_to_error::deserialize(Value::Object(body)).map_err(|misfit| (&misfit).into())
}

/// Takes the name out of an entry.
fn named(mut entry: Object, field: &str, kind: &str) -> Result<(String, Object), ApiError> {
    match entry.remove(field) {
        Some(Value::String(name)) if !name.trim().is_empty() => Ok((name, entry)),
        _ => Err(ApiError::invalid(field, format!("each {kind} needs a {field}"))),
    }
}

fn object<T: Serialize>(value: &T) -> Object {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Object::new(),
    }
}

fn difference(
    kind: &'static str,
    name: &str,
    before: Option<&Object>,
    after: Option<&Object>,
) -> Option<DefinitionDifference> {
    let action = match (before, after) {
        (Some(before), Some(after)) if before == after => return None,
        (Some(_), Some(_)) => "change",
        (None, _) => "create",
        (_, None) => "delete",
    };
    let keys: BTreeSet<&String> = before.into_iter().chain(after).flat_map(Map::keys).collect();
    let of =
        |object: Option<&Object>, key: &String| object.and_then(|object| object.get(key)).cloned().unwrap_or_default();
    let fields = keys
        .into_iter()
        .filter(|key| !matches!(key.as_str(), "id" | "created_at"))
        .map(|key| FieldDifference { field: key.clone(), before: of(before, key), after: of(after, key) })
        .filter(|field| field.before != field.after)
        .collect();
    Some(DefinitionDifference { kind, name: name.to_owned(), action, fields })
}

fn refuse_twice(is_new: bool, field: &str, kind: &str, name: &str) -> Result<(), ApiError> {
    if is_new { Ok(()) } else { Err(ApiError::invalid(field, format!("the {kind} {name} is there twice"))) }
}

/// A channel for people who compare: what is secret of it shows only whether it differs.
fn shown(channel: &Channel) -> Object {
    let (kind, target) = channels::target(&channel.kind);
    let secret = match &channel.kind {
        ChannelKind::Webhook { url, .. } | ChannelKind::Slack { url } => url.clone(),
        ChannelKind::Email { to } => to.join(","),
        ChannelKind::Pagerduty { routing_key, url } => format!("{routing_key} {}", url.as_deref().unwrap_or_default()),
    };
    object(&serde_json::json!({
        "type": kind,
        "target": format!("{target} ({:04x})", content_hash(secret.as_bytes()) & 0xffff),
        "agents": channel.agents,
        "min_severity": channel.min_severity,
        "include_content": channel.include_content,
    }))
}

/// The account's channels as they are to be.
struct WantedChannels {
    all: Vec<Channel>,
    changed: Vec<Channel>,
    differences: Vec<DefinitionDifference>,
}

fn wanted_channels(
    app: &App,
    mut known: Vec<Channel>,
    wanted: Vec<channels::NewChannel>,
) -> Result<WantedChannels, ApiError> {
    let (mut changed, mut differences, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
    for new in wanted {
        let place = known.iter().position(|channel| channel.name == new.name.trim());
        let before = place.map(|place| known.swap_remove(place));
        let after = channels::channel(app, new, before.as_ref())?;
        refuse_twice(names.insert(after.name.clone()), "name", "channel", &after.name)?;
        let shown_before = before.as_ref().map(shown);
        if let Some(difference) = difference("channel", &after.name, shown_before.as_ref(), Some(&shown(&after))) {
            differences.push(difference);
            changed.push(after.clone());
        }
        known.push(after);
    }
    channels::bound(known.len())?;
    Ok(WantedChannels { all: known, changed, differences })
}

/// What each collection of definitions is compared and changed by.
fn apply_to(
    app: &App,
    account: AccountId,
    book: &mut Book,
    wanted: Wanted,
    known: &[Channel],
    now: Timestamp,
    write_channels: impl FnOnce() -> Result<(), ApiError>,
) -> Result<Vec<DefinitionDifference>, ApiError> {
    let mut differences = Vec::new();
    let mut kept = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut rules, mut schedules, mut tests) = (Vec::new(), Vec::new(), Vec::new());
    for entry in wanted.alerts {
        let (name, body) = named(entry, "name", "alert")?;
        let before = book.alerts().find(|alert| alert.rule.name == name).map(|alert| alert.rule.clone());
        let after = alerts::rule(body, &name, before.as_ref(), now)?;
        channels::refuse_unknown(known, &after.channels)?;
        refuse_twice(!kept.0.contains(&name), "name", "alert", &name)?;
        differences.extend(difference("alert", &name, before.as_ref().map(object).as_ref(), Some(&object(&after))));
        rules.push(after);
        kept.0.insert(name);
    }
    for entry in wanted.heartbeats {
        let (agent, body) = named(entry, "agent", "heartbeat")?;
        let before = book.heartbeats().find(|one| one.schedule.agent == agent).map(|one| one.schedule.clone());
        let after = heartbeats::schedule(body, &agent, before.as_ref(), now)?;
        channels::refuse_unknown(known, &after.channels)?;
        refuse_twice(!kept.1.contains(&agent), "agent", "heartbeat", &agent)?;
        differences.extend(difference(
            "heartbeat",
            &agent,
            before.as_ref().map(object).as_ref(),
            Some(&object(&after)),
        ));
        schedules.push(after);
        kept.1.insert(agent);
    }
    for entry in wanted.checks {
        let (name, body) = named(entry, "name", "check")?;
        let before = book.checks().find(|one| one.check.name == name).map(|one| one.check.clone());
        let after = checks::check(body, &name, before.as_ref(), now)?;
        refuse_twice(!kept.2.contains(&name), "name", "check", &name)?;
        differences.extend(difference("check", &name, before.as_ref().map(object).as_ref(), Some(&object(&after))));
        tests.push(after);
        kept.2.insert(name);
    }
    let mut gone = (Vec::new(), Vec::new(), Vec::new());
    if wanted.prune {
        for alert in book.alerts().filter(|alert| !kept.0.contains(&alert.rule.name)) {
            differences.extend(difference("alert", &alert.rule.name, Some(&object(&alert.rule)), None));
            gone.0.push(alert.rule.id.clone());
        }
        for one in book.heartbeats().filter(|one| !kept.1.contains(&one.schedule.agent)) {
            differences.extend(difference("heartbeat", &one.schedule.agent, Some(&object(&one.schedule)), None));
            gone.1.push(one.schedule.agent.clone());
        }
        for one in book.checks().filter(|one| !kept.2.contains(&one.check.name)) {
            differences.extend(difference("check", &one.check.name, Some(&object(&one.check)), None));
            gone.2.push(one.check.id.clone());
        }
    }
    if wanted.dry_run {
        return Ok(differences);
    }
    // They are named by what follows.
    write_channels()?;
    let wrong = |reason| ApiError::invalid("body", reason);
    for id in &gone.0 {
        book.delete_rule(id);
    }
    for agent in &gone.1 {
        book.delete_schedule(agent);
    }
    for id in &gone.2 {
        book.delete_check(id);
    }
    rules.into_iter().try_for_each(|rule| book.put_rule(rule)).map_err(wrong)?;
    for schedule in schedules {
        let agent = schedule.agent.clone();
        let is_new = !book.heartbeats().any(|one| one.schedule == schedule);
        let past = if is_new { heartbeats::last_runs(app, account, &agent)? } else { [None; 2] };
        book.put_schedule(schedule, now).map_err(wrong)?;
        let [last_run_at, last_success_at] = past;
        book.ran_before(&agent, last_run_at, last_success_at);
    }
    tests.into_iter().try_for_each(|check| book.put_check(check)).map_err(wrong)?;
    Ok(differences)
}

/// Makes channels, rules, schedules and checks what they are wanted to be, and says what differed.
#[utoipa::path(
    post, path = "/api/v1/apply", tag = "alerts", request_body = Wanted,
    responses((status = 200, body = Applied), (status = 400, body = ErrorBody))
)]
pub async fn apply(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(mut wanted): JsonBody<Wanted>,
) -> Result<Json<Applied>, ApiError> {
    app.off_runtime(move |app| {
        let (now, account, dry_run) = (clock::now(), access.account(), wanted.dry_run);
        let _changing = app.notify.changing_channels();
        let before = outbox::channels(&*app.store, account)?;
        let made = |channel: &&Channel| !before.iter().any(|before| before.id == channel.id);
        let WantedChannels { all, changed, mut differences } =
            wanted_channels(app, before.clone(), std::mem::take(&mut wanted.channels))?;
        let write_channels = || {
            let changes = changed.iter().map(outbox::put_channel).collect();
            Ok(app.store.change_documents(account, changes, Vec::new())?)
        };
        differences.extend(watch::change(app, account, now, |book| {
            apply_to(app, account, book, wanted, &all, now, write_channels)
        })??);
        app.notify.wake();
        let secret = |channel: &Channel| {
            let secret = channels::secret(channel)?.to_owned();
            Some(ChannelSecret { channel: channel.name.clone(), secret })
        };
        let secrets = changed.iter().filter(made).filter_map(secret).filter(|_| !dry_run).collect();
        Ok(Json(Applied { differences, secrets }))
    })
    .await
}
