//! An event of PagerDuty's events API, version 2. What began and what ended it have one `dedup_key`.

use super::{Message, minute};
use serde_json::json;
use std::collections::BTreeMap;
use vedette_model::content_hash;
use vedette_watch::{NoticeKind, Severity};

pub(super) fn body(message: &Message<'_>, routing_key: &str) -> String {
    let notice = message.notice;
    let action = if notice.kind.is_good_news() { "resolve" } else { "trigger" };
    let mut details = BTreeMap::from([
        ("what".to_owned(), json!(message.what)),
        ("since".to_owned(), json!(minute(notice.since))),
        ("count".to_owned(), json!(notice.count)),
        ("run_id".to_owned(), json!(message.run_id)),
        ("notice_id".to_owned(), json!(notice.id)),
    ]);
    details.extend(message.said().into_iter().map(|(name, text)| (name.to_lowercase(), json!(text))));
    json!({
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": dedup_key(message),
        "client": "Vedette",
        "client_url": message.link,
        "links": [{ "href": message.link, "text": "Open in Vedette" }],
        "payload": {
            "summary": message.title,
            "source": message.agent.as_deref().unwrap_or("vedette"),
            "severity": match notice.severity {
                Severity::Critical => "critical",
                Severity::Warning => "warning",
                Severity::Info => "info",
            },
            "timestamp": notice.occurred_at,
            "class": notice.kind.as_str(),
            "custom_details": details,
        },
    })
    .to_string()
}

/// What the notice is about, rather than the notice: at most 255 characters.
fn dedup_key(message: &Message<'_>) -> String {
    let notice = message.notice;
    let agent = notice.agent.as_deref().unwrap_or_default();
    match (&notice.incident, &notice.rule) {
        (Some(incident), _) => incident.clone(),
        (None, Some(rule)) => format!("{rule}/{:016x}", content_hash(agent.as_bytes())),
        (None, None) if notice.kind == NoticeKind::Test => notice.id.clone(),
        (None, None) => {
            let subject = notice.kind.as_str().split('.').next().unwrap_or_default();
            format!("{subject}/{:016x}", content_hash(agent.as_bytes()))
        }
    }
}
