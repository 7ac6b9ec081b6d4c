//! Watching: from runs and the passing of time to incidents, alerts, missed heartbeats, and the notices
//! of them. No I/O, no clock: time comes in as an argument, so that months pass in a test's second.
//!
//! A [`Book`] holds all that is watched for one account. [`Book::observe`] takes a run as it is now,
//! [`Book::tick`] the time, [`Book::take`] answers what follows: documents to write and notices to tell.

mod activity;
mod book;
mod check;
mod evaluate;
mod fingerprint;
mod heartbeat;
mod incident;
mod notice;
mod rule;
mod schedule;
mod schema;
mod seen;
mod series;

pub use activity::{Activity, STALL, State, Waiting, activity, silences, waiting};
pub use book::{Book, HISTORY, LOOK_BACK, Outbox, Past, Settings, Step, Told, Trial, Write};
pub use check::{Check, Checker, Finding, Outcome, Test};
pub use evaluate::{Alert, Reading, RuleState, Surroundings};
pub use fingerprint::{fingerprint, shape};
pub use heartbeat::{Answer, Expectation, Heartbeat, HeartbeatState};
pub use incident::{Action, Cause, Entry, Incident, IncidentStatus, Member, Said};
pub use notice::{
    Attempt, Channel, ChannelKind, Delivery, DeliveryState, Notice, NoticeKind, Severity, collections, delivery_id,
};
pub use rule::{Condition, Rule, Target};
pub use schedule::{Schedule, Timetable};
pub use seen::{FailedCheck, Seen};
pub use series::{Series, Sums};
