//! Mail, over the one SMTP server that is configured. Where users' mail may go is that server's to decide.

use anyhow::Context;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use vedette_model::limits;

/// See the module.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// `url` as `smtps://user:password@host:465`, or `smtp://host:587?tls=required` for STARTTLS.
    pub fn new(url: &str, from: Mailbox) -> anyhow::Result<Mailer> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .context("--smtp-url is no address such as smtps://user:password@host:465")?
            .timeout(Some(limits::DELIVERY_TIME))
            .build();
        Ok(Mailer { transport, from })
    }

    /// Sends a whole mail as it is; the code of the server's answer.
    pub async fn send(&self, to: &[String], mail: &str) -> Result<u16, Unsent> {
        let to = to.iter().map(|address| Ok(address.parse::<Mailbox>()?.email)).collect::<Result<_, Unsent>>()?;
        let envelope = Envelope::new(Some(self.from.email.clone()), to)?;
        let sending = self.transport.send_raw(&envelope, mail.as_bytes());
        let answer = tokio::time::timeout(limits::DELIVERY_TIME, sending).await.map_err(|_| Unsent::Late)??;
        Ok(answer.code().into())
    }
}

/// Why a mail was not taken; for people.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The SMTP server did not take it.
    #[error("the mail server: {0}")]
    Smtp(#[from] Error),
    /// It does not answer.
    #[error("no answer of the mail server within {} s", limits::DELIVERY_TIME.as_secs())]
    Late,
    /// A receiver's address is none.
    #[error("no address of mail: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// There is no receiver.
    #[error("no mail: {0}")]
    Mail(#[from] lettre::error::Error),
}

impl Unsent {
    /// The code of the server's answer, if it gave one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Unsent::Smtp(error) => error.status().map(u16::from),
            _ => None,
        }
    }
}
