//! `/api/v1/deliveries`: what was told through which channel, attempt by attempt.

use super::channels::named;
use super::params::Params;
use crate::app::App;
use crate::auth::{Admin, Read};
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::notify::message::{Letterhead, NoticeView};
use crate::notify::outbox;
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use vedette_model::Timestamp;
use vedette_watch::{Attempt, Delivery, DeliveryState};

/// One notice on its way through one channel.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    /// Names it.
    pub id: String,
    /// The channel's id.
    pub channel_id: String,
    /// What is told.
    pub notice: NoticeView,
    /// `pending`, `delivered`, `failed` (given up), `cancelled` (its incident was resolved, or its channel deleted).
    #[schema(value_type = String)]
    pub state: DeliveryState,
    /// Attempts made since it was put in the outbox, or sent again by hand.
    pub attempts: u32,
    /// When the next one is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
    /// Every attempt that ended, oldest first.
    pub log: Vec<AttemptView>,
    /// When it was put in the outbox.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// One attempt.
#[derive(Serialize, ToSchema)]
pub struct AttemptView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The receiver's status code, if it answered.
    pub status: Option<u16>,
    /// What went wrong; null if it was taken.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

/// All that are wanted.
#[derive(Serialize, ToSchema)]
pub struct DeliveryList {
    /// Newest first.
    pub deliveries: Vec<DeliveryView>,
}

/// Which, as the API document shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read by name")]
pub struct DeliveryParams {
    /// Through this channel: its id or name.
    channel: Option<String>,
    /// `pending`, `delivered`, `failed`, `cancelled`.
    state: Option<String>,
    /// At most so many; 50 if not given.
    #[param(minimum = 1)]
    limit: Option<usize>,
}

impl DeliveryView {
    fn of(delivery: Delivery, letterhead: &Letterhead) -> Self {
        let attempt = |Attempt { at, status, error, duration_ms }| AttemptView { at, status, error, duration_ms };
        DeliveryView {
            notice: NoticeView::of(&delivery.notice, letterhead),
            id: delivery.id,
            channel_id: delivery.channel,
            state: delivery.state,
            attempts: delivery.attempt,
            next_attempt_at: (delivery.state == DeliveryState::Pending).then_some(delivery.next_at),
            log: delivery.log.into_iter().map(attempt).collect(),
            created_at: delivery.created_at,
        }
    }
}

fn state(text: String) -> Result<DeliveryState, ApiError> {
    let state = DeliveryState::ALL.iter().find(|state| state.as_str() == text);
    let expected = "state is one of pending, delivered, failed, cancelled";
    state.copied().ok_or_else(|| ApiError::invalid("state", expected))
}

/// What was told, newest first.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "deliveries", params(DeliveryParams),
    responses((status = 200, body = DeliveryList), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<DeliveryList>, ApiError> {
    let account = access.account();
    let (limit, channel, state) = (params.limit()?, params.one("channel")?, params.one("state")?.map(state));
    let state = state.transpose()?;
    params.finish()?;
    let deliveries = app
        .off_runtime(move |app| {
            let channels = outbox::channels(&*app.store, account)?;
            let channel = channel.map(|id| named(&channels, &id).map(|channel| channel.id.clone()));
            let channel = channel.transpose()?;
            let mut deliveries = outbox::deliveries(&*app.store, account)?;
            deliveries.retain(|delivery| {
                channel.as_ref().is_none_or(|id| *id == delivery.channel)
                    && state.is_none_or(|state| state == delivery.state)
            });
            Ok(deliveries)
        })
        .await?;
    let letterhead = app.notify.letterhead(&app.config);
    let newest = deliveries.into_iter().rev().take(limit);
    Ok(Json(DeliveryList { deliveries: newest.map(|delivery| DeliveryView::of(delivery, &letterhead)).collect() }))
}

/// Sends a notice again that was delivered, given up or cancelled: with the same id and the same body.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/resend", tag = "deliveries", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryView), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn resend(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<Json<DeliveryView>, ApiError> {
    let account = access.account();
    let delivery = app
        .off_runtime(move |app| {
            let delivery = outbox::deliveries(&*app.store, account)?.into_iter().find(|delivery| delivery.id == id);
            let mut delivery = delivery.ok_or_else(|| ApiError::not_found("delivery"))?;
            if delivery.state == DeliveryState::Pending {
                return Err(ApiError::new(ErrorKind::Conflict, "it is on its way already"));
            }
            let notice = &delivery.notice;
            if let Some(incident) = notice.incident.as_ref().filter(|_| !notice.kind.is_good_news())
                && outbox::is_resolved(&*app.store, account, incident)?
            {
                return Err(ApiError::new(ErrorKind::Conflict, "its incident is resolved"));
            }
            delivery.state = DeliveryState::Pending;
            delivery.attempt = 0;
            delivery.next_at = clock::now();
            app.store.change_documents(account, vec![outbox::put(&delivery)], Vec::new())?;
            app.notify.wake();
            Ok(delivery)
        })
        .await?;
    Ok(Json(DeliveryView::of(delivery, &app.notify.letterhead(&app.config))))
}
