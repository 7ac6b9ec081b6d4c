//! What is said of a notice, and in the form of each kind of channel. Pure: the same notice gives the same
//! bytes, which are kept with its delivery and sent again as they are.
//!
//! Agents, tools and errors name themselves as they like, so every text is cut, loses what could steer the
//! page or terminal that shows it, and loses what looks like a secret ([`redact`]).

mod email;
mod pagerduty;
mod redact;
mod slack;
mod webhook;

pub use webhook::NoticeView;

use crate::config::Region;
use lettre::message::Mailbox;
use vedette_model::{Timestamp, limits};
use vedette_watch::{Channel, ChannelKind, Notice};

/// What messages say of the server that sends them.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// Where people reach its pages, without a slash at the end.
    pub public_url: String,
    /// How run ids are spelled.
    pub region: Region,
    /// Whom mail is from, if mail is configured.
    pub from: Option<Mailbox>,
}

/// A message cannot be made; for people.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// Mail is not configured.
    #[error("no mail can be sent: the server is started without --smtp-url and --mail-from")]
    NoMail,
    /// A receiver's address is none.
    #[error("no address of mail: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// See the message.
    #[error("no message of mail: {0}")]
    Mail(#[from] lettre::error::Error),
}

/// How the input and the output of a notice's run begin, for channels that ask for it.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The prompt.
    pub input: Option<String>,
    /// The answer.
    pub output: Option<String>,
}

/// A notice in words, before it takes the form of a channel.
struct Message<'a> {
    notice: &'a Notice,
    content: Content,
    /// One line.
    title: String,
    /// A sentence or two.
    what: String,
    agent: Option<String>,
    run_id: Option<String>,
    link: String,
}

impl<'a> Message<'a> {
    fn of(notice: &'a Notice, content: &Content, letterhead: &Letterhead) -> Self {
        let part = |text: &Option<String>| text.as_deref().map(|text| clean(text, limits::NOTICE_CONTENT_CHARS));
        Message {
            notice,
            content: Content { input: part(&content.input), output: part(&content.output) },
            title: clean(&notice.title, limits::NOTICE_TITLE_CHARS).replace('\n', " "),
            what: clean(&notice.what, limits::NOTICE_TEXT_CHARS),
            agent: notice.agent.as_ref().map(|agent| clean(agent, limits::NOTICE_TITLE_CHARS).replace('\n', " ")),
            run_id: notice.run.map(|run| run.canonical(letterhead.region.as_str())),
            link: format!("{}{}", letterhead.public_url, notice.link_path),
        }
    }

    /// What people want to know besides, with a name for each.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("Since", minute(self.notice.since)),
            ("How often", times(self.notice.count)),
            ("Severity", self.notice.severity.to_string()),
        ];
        facts.extend(self.agent.clone().map(|agent| ("Agent", agent)));
        facts.extend(self.run_id.clone().map(|run| ("Run", run)));
        facts
    }

    /// What the run was asked and what it answered, if the channel tells it.
    fn said(&self) -> Vec<(&'static str, String)> {
        let said = [("Input", &self.content.input), ("Output", &self.content.output)];
        said.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect()
    }
}

/// What is sent: the body of a request, or a whole mail. The content is for channels that ask for it.
pub fn write(
    notice: &Notice,
    content: &Content,
    channel: &Channel,
    letterhead: &Letterhead,
) -> Result<String, Unwritable> {
    let message = Message::of(notice, content, letterhead);
    match &channel.kind {
        ChannelKind::Webhook { .. } => Ok(webhook::body(message)),
        ChannelKind::Slack { .. } => Ok(slack::body(&message)),
        ChannelKind::Pagerduty { routing_key, .. } => Ok(pagerduty::body(&message, routing_key)),
        ChannelKind::Email { to } => email::mail(&message, to, letterhead),
    }
}

/// `2026-02-01 03:00 UTC`.
fn minute(time: Timestamp) -> String {
    let text: String = time.to_string().chars().take(16).collect();
    format!("{} UTC", text.replace('T', " "))
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Without secrets, without characters that steer what shows them, and no longer than that.
pub(super) fn clean(text: &str, chars: usize) -> String {
    let steers = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let text: String = redact::secrets(text).chars().filter(|c| !steers(c)).collect();
    let text = text.trim();
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
