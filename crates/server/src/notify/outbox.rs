//! The outbox and the channels as documents of the store: read, changed, kept within bounds.

use std::collections::HashMap;
use vedette_model::{AccountId, RunKey, limits};
use vedette_store::{DocumentChange, Store, StoreError};
use vedette_watch::collections::{CHANNELS, DELIVERIES, INCIDENTS};
use vedette_watch::{Channel, Delivery, DeliveryState, Incident};

/// A document of the store that cannot be read is of a newer version or damaged: it is passed over, and said.
fn read<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    account: AccountId,
    collection: &str,
) -> Result<Vec<T>, StoreError> {
    let documents = store.documents(account, collection)?;
    let parse = |document: vedette_store::Document| match serde_json::from_str(&document.body) {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::error!(collection, id = document.id, "a document cannot be read: {error}");
            None
        }
    };
    Ok(documents.into_iter().filter_map(parse).collect())
}

/// Oldest first.
pub fn deliveries(store: &dyn Store, account: AccountId) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries: Vec<Delivery> = read(store, account, DELIVERIES)?;
    deliveries.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(deliveries)
}

/// By name.
pub fn channels(store: &dyn Store, account: AccountId) -> Result<Vec<Channel>, StoreError> {
    let mut channels: Vec<Channel> = read(store, account, CHANNELS)?;
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(channels)
}

/// Whether an incident is over.
pub fn is_resolved(store: &dyn Store, account: AccountId, incident: &str) -> Result<bool, StoreError> {
    let incidents: Vec<Incident> = read(store, account, INCIDENTS)?;
    Ok(incidents.iter().any(|other| other.id == incident && !other.is_unresolved()))
}

/// Writes a delivery.
#[must_use]
pub fn put(delivery: &Delivery) -> DocumentChange {
    change(DELIVERIES, &delivery.id, Some(delivery))
}

/// Writes a channel.
#[must_use]
pub fn put_channel(channel: &Channel) -> DocumentChange {
    change(CHANNELS, &channel.id, Some(channel))
}

/// Removes a channel. What was on its way to it is cancelled when it is due.
#[must_use]
pub fn remove_channel(id: &str) -> DocumentChange {
    change::<Channel>(CHANNELS, id, None)
}

fn change<T: serde::Serialize>(collection: &'static str, id: &str, value: Option<&T>) -> DocumentChange {
    // Our own types have no keys that are no strings, the only thing JSON could refuse.
    let body = value.map(|value| serde_json::to_string(value).unwrap_or_default());
    DocumentChange { collection, id: id.to_owned(), body }
}

/// A run was removed: what was written of it is, too. What is still on its way is written again, without it.
pub fn forget(store: &dyn Store, account: AccountId, run: RunKey) -> Result<(), StoreError> {
    let mut deliveries = deliveries(store, account)?;
    deliveries.retain(|delivery| delivery.notice.run == Some(run) && delivery.body.is_some());
    deliveries.iter_mut().for_each(|delivery| delivery.body = None);
    if deliveries.is_empty() {
        return Ok(());
    }
    store.change_documents(account, deliveries.iter().map(put).collect(), Vec::new())
}

/// Takes out of an account's deliveries, oldest first, what is beyond the bounds, and says how: ended ones
/// are forgotten; those that wait for one channel, which may be paused, are given up.
pub fn tidy(deliveries: &mut Vec<Delivery>) -> Vec<DocumentChange> {
    let mut room: HashMap<Option<String>, usize> = HashMap::from([(None, limits::DELIVERIES_KEPT)]);
    let mut changes = Vec::new();
    // The newest have room first.
    deliveries.reverse();
    deliveries.retain_mut(|delivery| {
        let waits = delivery.state == DeliveryState::Pending;
        let place = waits.then(|| delivery.channel.clone());
        let left = room.entry(place).or_insert(limits::DELIVERIES_WAITING);
        if *left > 0 {
            *left -= 1;
            return true;
        }
        if waits {
            delivery.state = DeliveryState::Failed;
            changes.push(put(delivery));
        } else {
            changes.push(change::<Delivery>(DELIVERIES, &delivery.id, None));
        }
        false
    });
    deliveries.reverse();
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use vedette_model::Timestamp;
    use vedette_watch::{Notice, NoticeKind, Severity};

    fn delivery(number: usize, channel: &str, state: DeliveryState) -> Delivery {
        let time = Timestamp(number as i64);
        let notice = Notice {
            id: format!("ntc_{number}"),
            account: AccountId::DEFAULT,
            kind: NoticeKind::AlertFired,
            severity: Severity::Warning,
            title: String::new(),
            what: String::new(),
            since: time,
            count: 1,
            agent: None,
            run: None,
            incident: None,
            rule: None,
            link_path: String::new(),
            occurred_at: time,
        };
        Delivery { state, ..Delivery::new(notice, channel, time) }
    }

    #[test]
    fn a_channel_that_lies_still_takes_no_room_of_others() {
        let many = limits::DELIVERIES_WAITING + 2;
        let mut all: Vec<Delivery> =
            (0..many).map(|number| delivery(number, "paused", DeliveryState::Pending)).collect();
        all.extend((many..many + 3).map(|number| delivery(number, "well", DeliveryState::Pending)));
        all.insert(1, delivery(0, "well", DeliveryState::Pending));
        let changes = tidy(&mut all);
        let given_up: Vec<Delivery> = changes
            .iter()
            .map(|change| serde_json::from_str(change.body.as_deref().expect("kept")).expect("JSON"))
            .collect();
        let ids: Vec<&str> = given_up.iter().map(|delivery| delivery.notice.id.as_str()).collect();
        assert_eq!(ids, ["ntc_1", "ntc_0"], "the oldest of the one that has too many");
        assert!(given_up.iter().all(|one| one.channel == "paused" && one.state == DeliveryState::Failed));
        let left = |channel: &str| all.iter().filter(|delivery| delivery.channel == channel).count();
        assert_eq!((left("paused"), left("well")), (limits::DELIVERIES_WAITING, 4));
    }

    #[test]
    fn of_what_ended_the_newest_are_kept() {
        let mut all: Vec<Delivery> =
            (0..limits::DELIVERIES_KEPT + 2).map(|number| delivery(number, "x", DeliveryState::Delivered)).collect();
        let (first, second) = (all[0].id.clone(), all[1].id.clone());
        let changes: Vec<(String, bool)> =
            tidy(&mut all).into_iter().map(|change| (change.id, change.body.is_none())).collect();
        assert_eq!(changes, [(second, true), (first, true)]);
        assert_eq!(all.len(), limits::DELIVERIES_KEPT);
    }
}
