//! Takes what is due from the outbox, one attempt at a time for each channel, and writes down what came of it.
//!
//! An attempt is written down twice: before, with the bytes that are sent and the time of the next attempt,
//! so that a process that ends in between sends the same again; and after, with the answer.

use super::{outbox, retry};
use crate::app::App;
use crate::clock;
use crate::error::ApiError;
use crate::notify::message;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vedette_model::{AccountId, Timestamp, content_hash, limits};
use vedette_watch::{Attempt, Channel, Delivery, DeliveryState, Notice, NoticeKind, Severity};

/// How long it waits when there is nothing to do; what changes wakes it.
const IDLE: Duration = Duration::from_secs(60);
/// How long it waits when the store cannot be read.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A channel of an account.
type Via = (AccountId, String);

/// Runs until told to stop.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier { app: Arc::clone(&app), waiting: BTreeMap::new(), busy: HashSet::new() };
    let mut attempts: JoinSet<(Via, Delivery)> = JoinSet::new();
    let mut stale = true;
    loop {
        if stale {
            stale = !courier.read_again().await;
        }
        for (via, delivery) in courier.due(clock::now(), limits::DELIVERIES_AT_ONCE.saturating_sub(attempts.len())) {
            let app = Arc::clone(&app);
            attempts.spawn(async move {
                let delivery = attempt(&app, via.0, delivery).await;
                (via, delivery)
            });
        }
        let pause = match attempts.len() {
            _ if stale => STORE_PAUSE,
            limits::DELIVERIES_AT_ONCE => IDLE,
            _ => courier.pause(clock::now()),
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = app.notify.changed.notified() => stale = true,
            Some(ended) = attempts.join_next() => match ended {
                Ok((via, delivery)) => courier.take_back(via, delivery),
                // Its channel stays busy for good; reading again would not say why it panicked.
                Err(error) => tracing::error!("an attempt to deliver a notice broke off: {error}"),
            },
            () = tokio::time::sleep(pause) => {}
        }
    }
    // What is under way is ended, so that nothing is sent twice but for a crash.
    while attempts.join_next().await.is_some() {}
}

struct Courier {
    app: Arc<App>,
    /// What is in the outbox for channels that are not paused.
    waiting: BTreeMap<(AccountId, String), Delivery>,
    busy: HashSet<Via>,
}

impl Courier {
    /// Reads the outbox; false if it cannot be read now.
    async fn read_again(&mut self) -> bool {
        match self.app.off_runtime(|app| Ok(read(app)?)).await {
            Ok(waiting) => {
                self.waiting = waiting;
                true
            }
            Err(error) => {
                tracing::error!("the outbox cannot be read: {}", error.message);
                false
            }
        }
    }

    /// The oldest that is due of each channel that is free; they are taken out.
    fn due(&mut self, now: Timestamp, room: usize) -> Vec<(Via, Delivery)> {
        let mut oldest: BTreeMap<Via, (Timestamp, String)> = BTreeMap::new();
        for ((account, id), delivery) in &self.waiting {
            let via = (*account, delivery.channel.clone());
            if delivery.next_at > now || self.busy.contains(&via) {
                continue;
            }
            let this = (delivery.created_at, id.clone());
            match oldest.get_mut(&via) {
                Some(other) if *other <= this => {}
                Some(other) => *other = this,
                None => drop(oldest.insert(via, this)),
            }
        }
        let mut taken = Vec::new();
        for (via, (_, id)) in oldest.into_iter().take(room) {
            if let Some(delivery) = self.waiting.remove(&(via.0, id)) {
                self.busy.insert(via.clone());
                taken.push((via, delivery));
            }
        }
        taken
    }

    /// An attempt ended. What the outbox says of it may have been read before the end was written there.
    fn take_back(&mut self, via: Via, delivery: Delivery) {
        self.busy.remove(&via);
        let key = (via.0, delivery.id.clone());
        if delivery.state == DeliveryState::Pending {
            self.waiting.insert(key, delivery);
        } else {
            self.waiting.remove(&key);
        }
    }

    /// Until something is due for a channel that is free.
    fn pause(&self, now: Timestamp) -> Duration {
        let free =
            |delivery: &&Delivery, account: &AccountId| !self.busy.contains(&(*account, delivery.channel.clone()));
        let next = self.waiting.iter().filter(|((account, _), delivery)| free(delivery, account));
        let next = next.map(|(_, delivery)| delivery.next_at.0.saturating_sub(now.0)).min();
        next.map_or(IDLE, |nanos| Duration::from_nanos(nanos.max(0).unsigned_abs()).min(IDLE))
    }
}

fn read(app: &App) -> Result<BTreeMap<(AccountId, String), Delivery>, vedette_store::StoreError> {
    let mut waiting = BTreeMap::new();
    for account in app.store.accounts()? {
        let mut deliveries = outbox::deliveries(&*app.store, account.id)?;
        let changes = outbox::tidy(&mut deliveries);
        if !changes.is_empty() {
            app.store.change_documents(account.id, changes, Vec::new())?;
        }
        let channels = outbox::channels(&*app.store, account.id)?;
        let paused: HashSet<&str> = channels.iter().filter(|c| c.paused).map(|c| c.id.as_str()).collect();
        let goes = |delivery: &Delivery| {
            delivery.state == DeliveryState::Pending && !paused.contains(delivery.channel.as_str())
        };
        waiting
            .extend(deliveries.into_iter().filter(goes).map(|delivery| ((account.id, delivery.id.clone()), delivery)));
    }
    Ok(waiting)
}

/// What an attempt needs, or that there is none.
enum Prepared {
    Send(Box<Channel>, String),
    /// It could not be written, and why.
    Unwritable(String),
    /// It is over, or waits for its channel.
    No,
}

/// One attempt; the delivery as it is after it. Where the store fails it is as it was, a little later.
async fn attempt(app: &Arc<App>, account: AccountId, delivery: Delivery) -> Delivery {
    let as_it_was = Delivery { next_at: clock::now().plus(STORE_PAUSE), ..delivery.clone() };
    match try_once(app, account, delivery).await {
        Ok(delivery) => delivery,
        Err(error) => {
            tracing::error!(id = as_it_was.id, "a delivery cannot be written down: {}", error.message);
            as_it_was
        }
    }
}

async fn try_once(app: &Arc<App>, account: AccountId, mut delivery: Delivery) -> Result<Delivery, ApiError> {
    let (mut delivery, prepared) = app
        .off_runtime(move |app| {
            let prepared = prepare(app, account, &mut delivery)?;
            Ok((delivery, prepared))
        })
        .await?;
    let at = clock::now();
    let (attempt, retry_after, never) = match prepared {
        Prepared::No => return Ok(delivery),
        Prepared::Unwritable(why) => (Attempt { at, status: None, error: Some(why), duration_ms: 0 }, None, false),
        Prepared::Send(channel, body) => {
            let outcome = app.notify.sender.send(&channel, &delivery.notice.id, &body, at).await;
            (outcome.attempt, outcome.retry_after, outcome.never)
        }
    };
    app.metrics.delivery_attempt(attempt.error.is_none());
    if attempt.error.is_none() {
        delivery.state = DeliveryState::Delivered;
    } else if let Some(pause) = retry::pause(delivery.attempt, app.notify.pause, retry_after).filter(|_| !never) {
        delivery.next_at = clock::now().plus(pause);
    } else {
        delivery.state = DeliveryState::Failed;
    }
    delivery.log.push(attempt);
    app.off_runtime(move |app| {
        conclude(app, account, &delivery)?;
        Ok(delivery)
    })
    .await
}

fn prepare(app: &App, account: AccountId, delivery: &mut Delivery) -> Result<Prepared, ApiError> {
    let channels = outbox::channels(&*app.store, account)?;
    let Some(channel) = channels.into_iter().find(|channel| channel.id == delivery.channel) else {
        return cancel(app, account, delivery);
    };
    if channel.paused {
        // Left out as soon as the outbox is read again.
        delivery.next_at = clock::now().plus(STORE_PAUSE);
        return Ok(Prepared::No);
    }
    if is_over(app, account, delivery)? {
        return cancel(app, account, delivery);
    }
    let body = match delivery.body.take() {
        Some(body) => Ok(body),
        None => {
            let content = content(app, account, &delivery.notice, &channel)?;
            message::write(&delivery.notice, &content, &channel, &app.notify.letterhead(&app.config))
        }
    };
    delivery.attempt += 1;
    delivery.body = body.as_ref().ok().cloned();
    if let Some(pause) = retry::pause(delivery.attempt, app.notify.pause, None) {
        delivery.next_at = clock::now().plus(pause);
    }
    app.store.change_documents(account, vec![outbox::put(delivery)], Vec::new())?;
    Ok(match body {
        Ok(body) => Prepared::Send(Box::new(channel), body),
        Err(error) => Prepared::Unwritable(error.to_string()),
    })
}

/// What a channel that asks for content is told of the notice's run.
fn content(app: &App, account: AccountId, notice: &Notice, channel: &Channel) -> Result<message::Content, ApiError> {
    let Some(run) = notice.run.filter(|_| channel.include_content) else { return Ok(message::Content::default()) };
    let text = |text: Option<Arc<str>>| text.map(|text| text.to_string());
    let row = app.store.run(account, run)?;
    let content =
        row.map(|row| message::Content { input: text(row.run.input_preview), output: text(row.run.output_preview) });
    Ok(content.unwrap_or_default())
}

fn cancel(app: &App, account: AccountId, delivery: &mut Delivery) -> Result<Prepared, ApiError> {
    delivery.state = DeliveryState::Cancelled;
    app.store.change_documents(account, vec![outbox::put(delivery)], Vec::new())?;
    Ok(Prepared::No)
}

/// Writes down how an attempt ended, and what that says of the channel.
fn conclude(app: &App, account: AccountId, delivery: &Delivery) -> Result<(), ApiError> {
    let mut changes = vec![outbox::put(delivery)];
    let ended_well = match delivery.state {
        DeliveryState::Delivered => true,
        DeliveryState::Failed => false,
        DeliveryState::Pending | DeliveryState::Cancelled => {
            return Ok(app.store.change_documents(account, changes, Vec::new())?);
        }
    };
    let _changing = app.notify.changing_channels();
    let mut channels = outbox::channels(&*app.store, account)?;
    let place = channels.iter().position(|channel| channel.id == delivery.channel);
    let mut channel = place.map(|place| channels.swap_remove(place));
    if let Some(channel) = &mut channel
        && (channel.consecutive_failures > 0 || !ended_well)
    {
        channel.consecutive_failures = if ended_well { 0 } else { channel.consecutive_failures + 1 };
        if retry::opens_breaker(channel.consecutive_failures) && !channel.paused {
            let notice = pause(channel, account, delivery);
            let others = channels.iter().filter(|other| !other.paused);
            changes
                .extend(others.map(|other| outbox::put(&Delivery::new(notice.clone(), &other.id, notice.occurred_at))));
        }
        changes.push(outbox::put_channel(channel));
    }
    app.store.change_documents(account, changes, Vec::new())?;
    app.notify.wake();
    Ok(())
}

/// Opens a channel's circuit breaker; what there is to tell of it through the other channels.
fn pause(channel: &mut Channel, account: AccountId, last: &Delivery) -> Notice {
    let error = last.log.last().and_then(|attempt| attempt.error.as_deref()).unwrap_or("given up");
    let failures = channel.consecutive_failures;
    channel.paused = true;
    channel.paused_because = Some(format!("{failures} deliveries in a row were given up; the last: {error}"));
    let now = clock::now();
    Notice {
        id: format!("ntc_{:016x}", content_hash(format!("channel.paused\n{}", last.id).as_bytes())),
        account,
        kind: NoticeKind::ChannelPaused,
        severity: Severity::Critical,
        title: format!("Notices no longer reach {}", channel.name),
        what: format!(
            "The channel is paused: {failures} deliveries in a row were given up. The last: {error}. What is \
             found meanwhile waits, at most {} notices; `vedette channels resume {}` sends it.",
            limits::DELIVERIES_WAITING,
            channel.name
        ),
        since: last.created_at,
        count: failures.into(),
        agent: None,
        run: None,
        incident: None,
        rule: None,
        link_path: "/settings".to_owned(),
        occurred_at: now,
    }
}

/// Whether a delivery is no longer to be made: its incident is resolved, or what would be told to be over was
/// never told.
fn is_over(app: &App, account: AccountId, delivery: &Delivery) -> Result<bool, ApiError> {
    let Some(incident) = &delivery.notice.incident else { return Ok(false) };
    if !delivery.notice.kind.is_good_news() {
        return Ok(outbox::is_resolved(&*app.store, account, incident)?);
    }
    let all = outbox::deliveries(&*app.store, account)?;
    let mut before = all.iter().filter(|other| {
        other.id != delivery.id
            && other.channel == delivery.channel
            && other.notice.incident.as_ref() == Some(incident)
            && !other.notice.kind.is_good_news()
    });
    Ok(before.clone().next().is_some() && !before.any(Delivery::was_tried))
}
