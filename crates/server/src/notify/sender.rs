//! One attempt: a body that was written goes out through its channel, and what came of it is told.

use super::http::{Answer, Poster};
use super::mail::Mailer;
use super::message::clean;
use super::signature;
use std::time::{Duration, Instant};
use vedette_model::{Timestamp, limits};
use vedette_watch::{Attempt, Channel, ChannelKind};

/// Where PagerDuty takes events, unless a channel says otherwise.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// See the module.
pub struct Sender {
    /// For everything that is taken by HTTP.
    pub poster: Poster,
    /// If mail is configured.
    pub mailer: Option<Mailer>,
}

/// What came of an attempt.
#[derive(Debug)]
pub struct Outcome {
    /// For the log.
    pub attempt: Attempt,
    /// How long the receiver wants to be left alone.
    pub retry_after: Option<Duration>,
    /// It said that it will never take it.
    pub never: bool,
}

impl Sender {
    /// Sends a body to a channel's receiver.
    pub async fn send(&self, channel: &Channel, notice_id: &str, body: &str, at: Timestamp) -> Outcome {
        let begun = Instant::now();
        let mut outcome = match &channel.kind {
            ChannelKind::Webhook { url, secret } => {
                let seconds = at.0 / 1_000_000_000;
                let headers = [
                    (signature::ID, notice_id.to_owned()),
                    (signature::TIMESTAMP, seconds.to_string()),
                    (signature::SIGNATURE, signature::sign(secret, seconds, body)),
                ];
                self.post(url, &headers, body, at).await
            }
            ChannelKind::Slack { url } => self.post(url, &[], body, at).await,
            ChannelKind::Pagerduty { url, .. } => self.post(url.as_deref().unwrap_or(PAGERDUTY), &[], body, at).await,
            ChannelKind::Email { to } => self.mail(to, body, at).await,
        };
        outcome.attempt.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        outcome
    }

    async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &str, at: Timestamp) -> Outcome {
        match self.poster.post(url, headers, body.to_owned()).await {
            Ok(Answer { status, .. }) if (200..300).contains(&status) => outcome(at, Some(status), None),
            Ok(Answer { status, retry_after, said }) => Outcome {
                retry_after,
                // Gone, as it says itself. Everything else may be mended before the last attempt.
                never: status == 410,
                ..outcome(at, Some(status), Some(answered(status, &said)))
            },
            Err(error) => outcome(at, None, Some(error.to_string())),
        }
    }

    async fn mail(&self, to: &[String], mail: &str, at: Timestamp) -> Outcome {
        let Some(mailer) = &self.mailer else {
            return outcome(at, None, Some(super::message::Unwritable::NoMail.to_string()));
        };
        match mailer.send(to, mail).await {
            Ok(code) => outcome(at, Some(code), None),
            Err(error) => outcome(at, error.status(), Some(clean(&error.to_string(), limits::ANSWER_CHARS))),
        }
    }
}

fn outcome(at: Timestamp, status: Option<u16>, error: Option<String>) -> Outcome {
    Outcome { attempt: Attempt { at, status, error, duration_ms: 0 }, retry_after: None, never: false }
}

fn answered(status: u16, said: &str) -> String {
    let said = clean(said, limits::ANSWER_CHARS);
    match status {
        300..400 => format!("answered {status}: redirects are not followed"),
        _ if said.is_empty() => format!("answered {status}"),
        _ => format!("answered {status}: {said}"),
    }
}
