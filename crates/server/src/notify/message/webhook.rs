//! A notice as data, in the words of the API: the body of a webhook, an event of the stream, a row of the
//! delivery log.

use super::{Content, Letterhead, Message};
use serde::Serialize;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_watch::{Notice, NoticeKind, Severity};

/// See the module.
#[derive(Serialize, ToSchema)]
pub struct NoticeView {
    /// The same cause has the same id.
    pub id: String,
    /// Such as `incident.opened`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: NoticeKind,
    /// `info`, `warning`, `critical`.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// What is wrong: expected and got.
    pub what: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How often.
    pub count: u64,
    /// The agent it is about.
    pub agent: Option<String>,
    /// The run it is about; of an incident the newest.
    pub run_id: Option<String>,
    /// The incident.
    pub incident_id: Option<String>,
    /// The alert rule.
    pub rule_id: Option<String>,
    /// The page about it.
    pub url: String,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    /// How the run's input begins; only through a channel that asks for content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// How the run's output begins; only through a channel that asks for content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl NoticeView {
    /// What may be told of it.
    #[must_use]
    pub fn of(notice: &Notice, letterhead: &Letterhead) -> Self {
        NoticeView::from(Message::of(notice, &Content::default(), letterhead))
    }
}

impl From<Message<'_>> for NoticeView {
    fn from(message: Message<'_>) -> Self {
        let notice = message.notice;
        NoticeView {
            id: notice.id.clone(),
            kind: notice.kind,
            severity: notice.severity,
            title: message.title,
            what: message.what,
            since: notice.since,
            count: notice.count,
            agent: message.agent,
            run_id: message.run_id,
            incident_id: notice.incident.clone(),
            rule_id: notice.rule.clone(),
            url: message.link,
            occurred_at: notice.occurred_at,
            input: message.content.input,
            output: message.content.output,
        }
    }
}

pub(super) fn body(message: Message<'_>) -> String {
    // Only a map with keys that are no strings could fail here.
    serde_json::to_string(&NoticeView::from(message)).unwrap_or_default()
}
