//! What is told, to whom, and how far the telling is. A [`Notice`] says one thing that happened; a
//! [`Delivery`] is one notice on its way through one [`Channel`], a row of the outbox.

use serde::{Deserialize, Serialize};
use vedette_model::{AccountId, RunKey, Timestamp};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in JSON, messages and pages.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What kind of thing happened. The word is the event of a webhook.
    NoticeKind {
        /// Runs fail in a new way.
        IncidentOpened = "incident.opened",
        /// A way of failing that was resolved is back.
        IncidentReopened = "incident.reopened",
        /// It is over.
        IncidentResolved = "incident.resolved",
        /// A rule's condition holds.
        AlertFired = "alert.fired",
        /// A rule's condition holds no longer.
        AlertRecovered = "alert.recovered",
        /// A rule fires and recovers too often; it is quiet until it settles.
        AlertFlapping = "alert.flapping",
        /// An expected run did not come.
        HeartbeatMissed = "heartbeat.missed",
        /// An expected run came after its grace, and is missing no longer.
        HeartbeatLate = "heartbeat.late",
        /// An expected run came and failed.
        HeartbeatFailed = "heartbeat.failed",
        /// A run takes longer than its schedule allows.
        HeartbeatTooLong = "heartbeat.too_long",
        /// A run began while the one before was still running.
        HeartbeatOverlap = "heartbeat.overlap",
        /// Runs come again as expected.
        HeartbeatRecovered = "heartbeat.recovered",
        /// A channel failed too often and is paused; told through the others.
        ChannelPaused = "channel.paused",
        /// Sent by hand, to see whether a channel works.
        Test = "test",
    }
}

impl NoticeKind {
    /// It says that something is well again.
    #[must_use]
    pub const fn is_good_news(self) -> bool {
        matches!(self, Self::IncidentResolved | Self::AlertRecovered | Self::HeartbeatRecovered | Self::HeartbeatLate)
    }
}

words! {
    /// How loudly it is told.
    Severity {
        /// To be known.
        Info = "info",
        /// To be looked at.
        Warning = "warning",
        /// To be acted on.
        Critical = "critical",
    }
}

/// One thing that happened. It holds no prompt and no output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same cause has the same id, so that a receiver can tell repeats.
    pub id: String,
    /// Whose.
    pub account: AccountId,
    /// What kind.
    pub kind: NoticeKind,
    /// How loudly.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
    /// What is wrong, in a sentence or two: expected and got.
    pub what: String,
    /// Since when it is so.
    pub since: Timestamp,
    /// How often it happened.
    pub count: u64,
    /// The agent it is about.
    pub agent: Option<String>,
    /// The run it is about; of an incident the newest.
    pub run: Option<RunKey>,
    /// The incident.
    pub incident: Option<String>,
    /// The alert rule.
    pub rule: Option<String>,
    /// The page about it: a path such as `/incidents/inc_...`.
    pub link_path: String,
    /// When it was found; the body of a message depends on nothing later.
    pub occurred_at: Timestamp,
}

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Names it: `chn_...`.
    pub id: String,
    /// For people; unique in the account.
    pub name: String,
    /// How.
    #[serde(flatten)]
    pub kind: ChannelKind,
    /// Only notices about these agents; all if empty.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Only notices at least this loud; good news follows what was told.
    #[serde(default = "info")]
    pub min_severity: Severity,
    /// It is also told how the input and the output of the run begin: prompts are told nowhere else.
    #[serde(default)]
    pub include_content: bool,
    /// Off by hand, or by its circuit breaker.
    #[serde(default)]
    pub paused: bool,
    /// Why it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_because: Option<String>,
    /// Deliveries in a row that failed for good.
    #[serde(default)]
    pub consecutive_failures: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

fn info() -> Severity {
    Severity::Info
}

impl Channel {
    /// Whether a notice goes here if nobody names its channels.
    #[must_use]
    pub fn takes(&self, notice: &Notice) -> bool {
        let about = |agent: &String| self.agents.contains(agent);
        (self.agents.is_empty() || notice.agent.as_ref().is_some_and(about))
            && (notice.severity >= self.min_severity || notice.kind.is_good_news())
    }
}

/// How a channel is reached. Secrets are here: answers of the API leave them out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChannelKind {
    /// A signed POST.
    Webhook {
        /// `https://...`
        url: String,
        /// Signs the body.
        secret: String,
    },
    /// An incoming webhook of Slack, or of anything that takes the same.
    Slack {
        /// `https://hooks.slack.com/...`; itself a secret.
        url: String,
    },
    /// Mail over SMTP; the server it goes through is configuration.
    Email {
        /// Receivers.
        to: Vec<String>,
    },
    /// PagerDuty's events API, version 2.
    Pagerduty {
        /// The integration's key.
        routing_key: String,
        /// Where events are taken, if not by PagerDuty's service in the US.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
}

/// One notice on its way through one channel: a row of the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// [`delivery_id`] of notice and channel.
    pub id: String,
    /// What is told, as it was when it was found.
    pub notice: Notice,
    /// What is sent, kept before the first attempt: every attempt sends the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The channel's id.
    pub channel: String,
    /// Attempts made.
    pub attempt: u32,
    /// When the next one is due.
    pub next_at: Timestamp,
    /// How far it is.
    pub state: DeliveryState,
    /// Every attempt, oldest first.
    pub log: Vec<Attempt>,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
}

/// The id of a notice's delivery through a channel: the same whenever it is asked.
#[must_use]
pub fn delivery_id(notice: &str, channel: &str) -> String {
    format!("dlv_{:016x}", vedette_model::content_hash(format!("{notice}\n{channel}").as_bytes()))
}

impl Delivery {
    /// Due at once.
    #[must_use]
    pub fn new(notice: Notice, channel: &str, now: Timestamp) -> Self {
        Delivery {
            id: delivery_id(&notice.id, channel),
            notice,
            body: None,
            channel: channel.to_owned(),
            attempt: 0,
            next_at: now,
            state: DeliveryState::Pending,
            log: Vec::new(),
            created_at: now,
        }
    }

    /// Its receiver may have it.
    #[must_use]
    pub fn was_tried(&self) -> bool {
        self.attempt > 0 || !self.log.is_empty()
    }
}

words! {
    /// How far a delivery is.
    DeliveryState {
        /// Not delivered yet; tried again at `next_at`.
        Pending = "pending",
        /// The receiver took it.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
        /// Its incident was resolved before it was told, or its channel deleted.
        Cancelled = "cancelled",
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The receiver's status code, where it has one.
    pub status: Option<u16>,
    /// What went wrong; `None` if it was taken.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

/// The collections of an account's documents that this crate's types live in, each by id.
pub mod collections {
    /// [`super::Channel`].
    pub const CHANNELS: &str = "channels";
    /// [`super::Delivery`]: the outbox and the delivery log.
    pub const DELIVERIES: &str = "deliveries";
    /// [`super::Notice`]: the last ones, whoever was told.
    pub const NOTICES: &str = "notices";
    /// [`crate::Rule`].
    pub const RULES: &str = "rules";
    /// [`crate::RuleState`], by rule.
    pub const RULE_STATES: &str = "rule_states";
    /// [`crate::Schedule`], by agent.
    pub const SCHEDULES: &str = "schedules";
    /// [`crate::HeartbeatState`], by agent.
    pub const SCHEDULE_STATES: &str = "schedule_states";
    /// [`crate::Check`].
    pub const CHECKS: &str = "checks";
    /// [`crate::Incident`].
    pub const INCIDENTS: &str = "incidents";
    /// When the server was up.
    pub const CLOCK: &str = "clock";
    /// [`crate::Settings`].
    pub const SETTINGS: &str = "settings";

    /// What a [`crate::Book`] is loaded from.
    pub const OF_A_BOOK: [&str; 8] =
        [RULES, RULE_STATES, SCHEDULES, SCHEDULE_STATES, CHECKS, INCIDENTS, CLOCK, SETTINGS];
}
