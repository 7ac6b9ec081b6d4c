//! A whole mail, as text. Nothing in it depends on when it is sent, so that it is the same each time.

use super::{Letterhead, Message, Unwritable};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use std::time::{Duration, UNIX_EPOCH};

pub(super) fn mail(message: &Message<'_>, to: &[String], letterhead: &Letterhead) -> Result<String, Unwritable> {
    let notice = message.notice;
    let from = letterhead.from.clone().ok_or(Unwritable::NoMail)?;
    let found = UNIX_EPOCH + Duration::from_nanos(notice.occurred_at.0.unsigned_abs());
    let id = format!("<{}@{}>", notice.id, from.email.domain());
    let raw = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
    let mut mail = Mail::builder()
        .from(from)
        .subject(format!("[{}] {}", notice.severity, message.title))
        .date(found)
        .message_id(Some(id))
        // No out-of-office answers, please.
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .header(ContentType::TEXT_PLAIN);
    for address in to {
        mail = mail.to(address.parse::<Mailbox>()?);
    }
    let mail = mail.body(text(message))?;
    // Headers and body are encoded, so that nothing but ASCII is left.
    Ok(String::from_utf8_lossy(&mail.formatted()).into_owned())
}

fn text(message: &Message<'_>) -> String {
    let mut text = format!("{}\n\n{}\n\n", message.title, message.what);
    for (name, value) in message.facts() {
        text += &format!("{name:<10} {value}\n");
    }
    for (name, value) in message.said() {
        text += &format!("\n{name}:\n{value}\n");
    }
    text + &format!("\n{}\n", message.link)
}
