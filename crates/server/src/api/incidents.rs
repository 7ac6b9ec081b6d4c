//! `/api/v1/incidents`: failures of one kind over many root runs, and what was done about them; and what a
//! run is doing now.

use super::params::Params;
use super::runs::{RunPage, find};
use super::view::RunView;
use crate::app::App;
use crate::auth::{Read, Write};
use crate::clock;
use crate::config::Region;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::watch;
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{RunKey, Timestamp, limits};
use vedette_watch::{Action, Cause, Incident, IncidentStatus, Member, Step};

/// A root run in an incident.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    /// The root.
    pub root_id: String,
    /// The run that failed first: the root or one below it.
    pub run_id: String,
    /// When it failed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A change of an incident.
#[derive(Serialize, ToSchema)]
pub struct EntryView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The key's name, or `vedette`.
    pub author: String,
    /// `opened`, `acknowledged`, `resolved`, `reopened`, `noted`.
    #[schema(value_type = String)]
    pub action: Action,
    /// What was said with it.
    pub note: Option<String>,
}

/// Failures of one kind.
#[derive(Serialize, ToSchema)]
pub struct IncidentView {
    /// Names it.
    pub id: String,
    /// `open`, `acknowledged`, `resolved`.
    #[schema(value_type = String)]
    pub status: IncidentStatus,
    /// `run_failed` or `check`.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// One line for people.
    pub title: String,
    /// What the newest failure said: its type and the first line of its message.
    pub what: String,
    /// Whose runs.
    pub agent: Option<String>,
    /// The step that fails.
    pub step: Option<String>,
    /// Failures of the same kind have the same.
    pub fingerprint: String,
    /// The first failure.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    /// The last.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    /// Root runs that failed so.
    pub count: u64,
    /// Good runs since the last failure; it resolves itself after some.
    pub good_runs: u64,
    /// When it was resolved last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// All its runs turned out to belong to this incident; it is in no list any more.
    pub merged_into: Option<String>,
    /// Newest first; in lists the newest few.
    pub runs: Vec<MemberView>,
    /// Every change, oldest first.
    pub history: Vec<EntryView>,
}

/// Incidents in each status.
#[derive(Default, Serialize, ToSchema)]
pub struct IncidentCounts {
    /// Nobody looks at them yet.
    pub open: u64,
    /// Somebody does.
    pub acknowledged: u64,
    /// They are over.
    pub resolved: u64,
}

/// Incidents.
#[derive(Serialize, ToSchema)]
pub struct IncidentList {
    /// Unresolved first, then by last failure, newest first.
    pub incidents: Vec<IncidentView>,
    /// Of the agent or the run, if one is asked for; whatever the status and the limit.
    pub counts: IncidentCounts,
    /// Asks for those after these; null if there are none.
    pub next_cursor: Option<String>,
}

/// What to do with an incident.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum IncidentStep {
    Acknowledge,
    Resolve,
    Reopen,
    Note,
}

/// A change of an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentChange {
    /// What to do.
    pub action: IncidentStep,
    /// What to say with it.
    pub note: Option<String>,
}

/// What a run is doing.
#[derive(Serialize, ToSchema)]
pub struct ActivityView {
    /// `running`, `waiting_on_tool`, `waiting_on_person`, `stalled`, `lost`, `timeout`, `ended`.
    #[schema(value_type = String)]
    pub state: vedette_watch::State,
    /// Why it is thought so.
    pub why: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl IncidentView {
    fn of(incident: &Incident, region: Region, members: usize) -> Self {
        let id = |run: RunKey| run.canonical(region.as_str());
        let member = |member: &vedette_watch::Member| MemberView {
            root_id: id(member.root),
            run_id: id(member.run),
            at: member.at,
        };
        let entry = |entry: &vedette_watch::Entry| EntryView {
            at: entry.at,
            author: entry.author.clone(),
            action: entry.action,
            note: entry.note.clone(),
        };
        IncidentView {
            id: incident.id.clone(),
            status: incident.status,
            cause: incident.cause,
            title: incident.title.clone(),
            what: incident.said().to_owned(),
            agent: incident.agent.clone(),
            step: incident.step.clone(),
            fingerprint: incident.fingerprint.clone(),
            first_seen: incident.first_seen,
            last_seen: incident.last_seen,
            count: incident.count,
            good_runs: incident.good_runs.len() as u64,
            resolved_at: incident.resolved_at,
            merged_into: incident.merged_into.clone(),
            runs: incident.runs.iter().rev().take(members).map(member).collect(),
            history: incident.history.iter().map(entry).collect(),
        }
    }
}

/// An incident's place in the list, as a cursor has it: whether it is unresolved, its last failure and its id.
type ListPlace<'a> = (bool, Timestamp, &'a str);

fn place_in_list(incident: &Incident) -> ListPlace<'_> {
    (incident.is_unresolved(), incident.last_seen, &incident.id)
}

fn parse_list_place(cursor: &str) -> Option<ListPlace<'_>> {
    let mut parts = cursor.splitn(3, '.');
    let unresolved = parts.next()?.parse().ok()?;
    Some((unresolved, Timestamp(parts.next()?.parse().ok()?), parts.next()?))
}

/// Incidents, of one `status` (`open`, `acknowledged`, `resolved`, `unresolved`) or `agent` if asked, or the one
/// that a run belongs to with all of its family.
#[utoipa::path(
    get, path = "/api/v1/incidents", tag = "incidents",
    params(("status" = Option<String>, Query), ("agent" = Option<String>, Query), ("limit" = Option<usize>, Query, minimum = 1),
        ("run_id" = Option<String>, Query, description = "any run of the family; a run that is not here is in none"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = IncidentList), (status = 400, body = ErrorBody))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<IncidentList>, ApiError> {
    let status = params.one("status")?;
    let wanted: fn(IncidentStatus) -> bool = match status.as_deref() {
        None => |_| true,
        Some("open") => |status| status == IncidentStatus::Open,
        Some("acknowledged") => |status| status == IncidentStatus::Acknowledged,
        Some("resolved") => |status| status == IncidentStatus::Resolved,
        Some("unresolved") => |status| status != IncidentStatus::Resolved,
        Some(other) => {
            let message = format!("status must be open, acknowledged, resolved or unresolved, not {other:?}");
            return Err(ApiError::invalid("status", message));
        }
    };
    let agent = params.one("agent")?;
    let run_id = params.one("run_id")?;
    let limit = params.limit()?;
    let cursor = params.one("cursor")?;
    params.finish()?;
    if cursor.as_deref().is_some_and(|cursor| parse_list_place(cursor).is_none()) {
        return Err(ApiError::invalid("cursor", "cursor must be the next_cursor of the page before"));
    }
    app.off_runtime(move |app| {
        let region = app.config.own_region();
        let run = run_id.as_deref().and_then(RunKey::parse).map(|(key, _)| key);
        let row = run.map(|key| app.store.run(access.account(), key)).transpose()?.flatten();
        let list = watch::read(app, access.account(), clock::now(), |book| {
            let mut counts = IncidentCounts::default();
            let candidates: Vec<&Incident> = match (&run_id, &row) {
                (None, _) => book.incidents().collect(),
                (Some(_), None) => Vec::new(),
                (Some(_), Some(row)) => book.incident_of(row.root).into_iter().collect(),
            };
            let mut incidents: Vec<&Incident> = candidates
                .into_iter()
                .filter(|incident| incident.merged_into.is_none())
                .filter(|incident| agent.is_none() || incident.agent == agent)
                .collect();
            for incident in &incidents {
                match incident.status {
                    IncidentStatus::Open => counts.open += 1,
                    IncidentStatus::Acknowledged => counts.acknowledged += 1,
                    IncidentStatus::Resolved => counts.resolved += 1,
                }
            }
            incidents.retain(|incident| wanted(incident.status));
            incidents.sort_by(|a, b| place_in_list(b).cmp(&place_in_list(a)));
            let after = cursor.as_deref().and_then(parse_list_place);
            incidents.retain(|incident| after.is_none_or(|after| place_in_list(incident) < after));
            let has_more = incidents.len() > limit;
            incidents.truncate(limit);
            let next_cursor = incidents.last().filter(|_| has_more).map(|last| {
                let (unresolved, last_seen, id) = place_in_list(last);
                format!("{unresolved}.{}.{id}", last_seen.0)
            });
            let shown = incidents.into_iter();
            let incidents =
                shown.map(|incident| IncidentView::of(incident, region, limits::INCIDENT_RUNS_LISTED)).collect();
            IncidentList { incidents, counts, next_cursor }
        })?;
        Ok(Json(list))
    })
    .await
}

/// One incident with its runs.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
) -> Result<Json<IncidentView>, ApiError> {
    app.off_runtime(move |app| {
        let region = app.config.own_region();
        let view = watch::read(app, access.account(), clock::now(), |book| {
            let found = book.incidents().find(|incident| incident.id == id);
            found.map(|incident| IncidentView::of(incident, region, usize::MAX))
        })?;
        view.map(Json).ok_or_else(|| ApiError::not_found("incident"))
    })
    .await
}

/// A member's place in its incident, as a cursor has it: when it failed and its root.
fn place(cursor: &str) -> Option<(Timestamp, RunKey)> {
    let (at, root) = cursor.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), RunKey::parse(root)?.0))
}

/// The runs of an incident that failed first, one of each root run, the last failure first.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/runs", tag = "incidents",
    params(("id" = String, Path), ("limit" = Option<usize>, Query, minimum = 1),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = RunPage), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn runs(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<RunPage>, ApiError> {
    let limit = params.limit()?;
    let cursor = params.one("cursor")?;
    params.finish()?;
    let wrong = || ApiError::invalid("cursor", "cursor must be the next_cursor of the page before");
    let after = cursor.map(|text| place(&text).ok_or_else(wrong)).transpose()?;
    app.off_runtime(move |app| {
        let region = app.config.own_region();
        let members = watch::read(app, access.account(), clock::now(), |book| {
            let found = book.incidents().find(|incident| incident.id == id)?;
            let older = |member: &&Member| after.is_none_or(|after| (member.at, member.root) < after);
            // One more than asked tells whether there are more.
            Some(found.runs.iter().rev().filter(older).take(limit + 1).cloned().collect::<Vec<Member>>())
        })?;
        let members = members.ok_or_else(|| ApiError::not_found("incident"))?;
        let mut runs = Vec::new();
        for member in members.iter().take(limit) {
            // One that was deleted just now is not in the incident any more.
            if let Some(row) = app.store.run(access.account(), member.run)? {
                runs.push(RunView::of(&row, region));
            }
        }
        let last = members.get(limit).and_then(|_| members.get(limit - 1));
        let next_cursor = last.map(|member| format!("{}.{}", member.at.0, member.root));
        Ok(Json(RunPage { runs, next_cursor }))
    })
    .await
}

/// Acknowledges, resolves or reopens an incident, or writes a note to it. Doing again what is so changes nothing.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    request_body = IncidentChange,
    responses((status = 200, body = IncidentView), (status = 404, body = ErrorBody))
)]
pub async fn act(
    State(app): State<Arc<App>>,
    access: Write,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<IncidentChange>,
) -> Result<Json<IncidentView>, ApiError> {
    app.off_runtime(move |app| {
        let (region, now) = (app.config.own_region(), clock::now());
        let step = match change.action {
            IncidentStep::Acknowledge => Step::Acknowledge,
            IncidentStep::Resolve => Step::Resolve,
            IncidentStep::Reopen => Step::Reopen,
            IncidentStep::Note => Step::Note,
        };
        let view = watch::change(app, access.account(), now, |book| {
            let incident = book.act(&id, &step, &access.author(), change.note, now);
            incident.map(|incident| IncidentView::of(incident, region, usize::MAX))
        })?;
        view.map(Json).ok_or_else(|| ApiError::not_found("incident"))
    })
    .await
}

/// What a run is doing, and why it is thought so.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/activity", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = ErrorBody))
)]
pub async fn activity(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
) -> Result<Json<ActivityView>, ApiError> {
    app.off_runtime(move |app| {
        let row = find(app, access.account(), &id)?;
        let running = !row.run.status.is_terminal();
        let spans = if running { app.store.spans(access.account(), row.run.key)? } else { Vec::new() };
        let found = vedette_watch::activity(&row.run, spans.iter().map(|row| &row.span), clock::now());
        Ok(Json(ActivityView { state: found.state, why: found.why, since: found.since }))
    })
    .await
}
