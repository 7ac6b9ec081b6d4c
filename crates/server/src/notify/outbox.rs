//! The outbox and the channels as documents of the store: read, changed, kept within bounds.

use std::collections::HashMap;
use vedette_model::{AccountId, limits};
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

/// Takes out of an account's deliveries, oldest first, what is beyond the bounds, and says how: ended ones
/// are forgotten, waiting ones are given up.
pub fn tidy(deliveries: &mut Vec<Delivery>) -> Vec<DocumentChange> {
    let mut room = HashMap::from([(true, limits::DELIVERIES_WAITING), (false, limits::DELIVERIES_KEPT)]);
    let mut changes = Vec::new();
    // The newest have room first.
    deliveries.reverse();
    deliveries.retain_mut(|delivery| {
        let waits = delivery.state == DeliveryState::Pending;
        let left = room.entry(waits).or_default();
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
