//! Watching: from runs and the passing of time to incidents, alerts, missed heartbeats, and the notices
//! of them. No I/O, no clock: time comes in as an argument, so that months pass in a test's second.

mod notice;

pub use notice::{
    Attempt, Channel, ChannelKind, Delivery, DeliveryState, Notice, NoticeKind, Severity, collections, delivery_id,
};
