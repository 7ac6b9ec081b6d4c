//! A message for Slack's incoming webhooks. Attachments rather than blocks: Mattermost, Rocket.Chat and
//! Discord (`/slack`) take them too.

use super::Message;
use serde_json::json;
use vedette_watch::Severity;

pub(super) fn body(message: &Message<'_>) -> String {
    let notice = message.notice;
    let color = match notice.severity {
        _ if notice.kind.is_good_news() => "#2e7d32",
        Severity::Critical => "#c62828",
        Severity::Warning => "#ef6c00",
        Severity::Info => "#546e7a",
    };
    let field = |short: bool| move |(name, value): (&str, String)| json!({ "title": name, "value": plain(&value), "short": short });
    let facts = message.facts().into_iter().map(field(true));
    let fields: Vec<_> = facts.chain(message.said().into_iter().map(field(false))).collect();
    let title = plain(&message.title);
    json!({
        // What a notification shows; the attachment says the rest.
        "text": title,
        "mrkdwn": false,
        "attachments": [{
            "color": color,
            "fallback": title,
            "title": title,
            "title_link": message.link,
            "text": plain(&message.what),
            "fields": fields,
            "footer": notice.kind.as_str(),
            "ts": notice.occurred_at.0 / 1_000_000_000,
            // Nothing in it is markup.
            "mrkdwn_in": [],
        }],
    })
    .to_string()
}

/// Text that is shown as it is: Slack reads `<!channel>` and links between angle brackets, others `@all`.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "@\u{200b}")
}
