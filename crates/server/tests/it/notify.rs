//! Notices on their way out, through the real binary to real receivers.

mod channels;
mod incidents;
mod outbox;
pub mod receiver;
mod routing;
mod tls;

use crate::server::Server;
use receiver::Receiver;
use serde_json::{Value as Json, json};

/// Receivers of tests are on this machine, which has to be allowed.
pub const LOCAL: [&str; 2] = ["--notify-allow", "127.0.0.0/8,::1"];

fn server(more: &[&str]) -> Server {
    Server::start(&[&["--memory"], &LOCAL[..], more].concat())
}

/// Adds a channel; the answer.
fn add(server: &Server, name: &str, kind: &str, more: Json) -> Json {
    let mut body = json!({ "name": name, "type": kind });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, answer) = server.post("/api/v1/channels", &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn add_webhook(server: &Server, name: &str, receiver: &Receiver) -> Json {
    add(server, name, "webhook", json!({ "url": receiver.url("/hook?x=1") }))
}

/// Sends a test notice; whether it was taken, and if not, why.
fn test(server: &Server, name: &str) -> Result<u64, String> {
    let (status, answer) = server.post(&format!("/api/v1/channels/{name}/test"), &json!({}));
    assert_eq!(status, 200, "{answer}");
    match answer["error"].as_str() {
        None => Ok(answer["status"].as_u64().unwrap()),
        Some(error) => Err(error.to_owned()),
    }
}
