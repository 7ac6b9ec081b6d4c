//! Receivers with TLS: trusted by the certificates that the system trusts, and by nothing less.

use super::receiver::{Identity, Receiver};
use super::{LOCAL, add, test};
use crate::server::Server;
use serde_json::json;

#[test]
fn a_receiver_must_be_who_it_says() {
    let (trusted, stranger) = (Identity::create(), Identity::create());
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, &trusted.authority).unwrap();
    let (http, smtp) = (Receiver::https(&trusted), Receiver::smtp(Some(&trusted)));
    let (http_stranger, smtp_stranger) = (Receiver::https(&stranger), Receiver::smtp(Some(&stranger)));
    let environment = [("SSL_CERT_FILE", authority.to_str().unwrap())];
    for (mail, taken) in [(&smtp, true), (&smtp_stranger, false)] {
        let mail = format!("smtps://localhost:{}", mail.port);
        let more = ["--memory", "--smtp-url", &mail, "--mail-from", "vedette@example.com"];
        let server = Server::start_in(&environment, &[&more, &LOCAL[..]].concat());
        add(&server, "mail", "email", json!({ "to": ["ops@example.com"] }));
        let answer = test(&server, "mail");
        assert_eq!(answer.is_ok(), taken, "{answer:?}");
        for (name, address, taken) in [
            ("known", format!("https://localhost:{}/", http.port), true),
            ("stranger", format!("https://localhost:{}/", http_stranger.port), false),
            // It is known, but not by this name.
            ("other", format!("https://127.0.0.1:{}/", http.port), false),
        ] {
            add(&server, name, "webhook", json!({ "url": address }));
            let answer = test(&server, name);
            assert_eq!(answer.is_ok(), taken, "{name} {answer:?}");
        }
    }
    assert_eq!((http.received().len(), smtp.received().len()), (2, 1));
    assert!(http_stranger.received().is_empty() && smtp_stranger.received().is_empty());
}
