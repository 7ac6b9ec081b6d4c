//! Calls in, answers out, through the router.

use super::record::{Call, Record};
use super::said::{Said, differences};
use super::{Replay, router};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use vedette_model::Part;

fn said(role: &str, text: &str) -> Said {
    Said::new(role, &[text.to_owned()])
}

fn call(agent: &str, asked: &str, answer: &str) -> Call {
    Call {
        agent: Some(agent.to_owned()),
        model: "gpt-4o-2024-08-06".to_owned(),
        sent: vec![said("system", "be brief"), said("user", asked)],
        received: vec![Part::Text { text: answer.to_owned() }],
        finish_reason: Some("stop".to_owned()),
        input_tokens: 7,
        output_tokens: 3,
        error: None,
    }
}

fn tool_call() -> Call {
    let arguments = json!({ "city": "Paris" });
    let asks = Part::ToolCall { id: Some("call_1".to_owned()), name: "weather".to_owned(), arguments };
    Call { received: vec![asks], finish_reason: Some("tool_calls".to_owned()), ..call("planner", "weather?", "") }
}

struct Served {
    router: axum::Router,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Served {
    fn new(calls: Vec<Call>, strict: bool) -> Served {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let listener = Box::new(move |line: &str| ear.lock().unwrap().push(line.to_owned()));
        let record = Record::new("run x".to_owned(), calls).unwrap();
        Served { router: router(Arc::new(Replay { record, strict, listener })), heard }
    }

    async fn ask(&self, path: &str, body: Json) -> (StatusCode, Option<String>, String) {
        let request = Request::post(path).body(Body::from(body.to_string())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let differs = answer.headers().get("vedette-replay-differs").map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, differs, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Asks as a chat completion; status, how it differs, the answer's text or the refusal.
    async fn chat(&self, path: &str, user: &str) -> (StatusCode, Option<String>, String) {
        let messages = json!([{ "role": "system", "content": "be brief" }, { "role": "user", "content": user }]);
        let (status, differs, body) = self.ask(path, json!({ "model": "gpt-4o", "messages": messages })).await;
        let body: Json = serde_json::from_str(&body).unwrap();
        let text = body.pointer("/choices/0/message/content").or(body.pointer("/error/message")).unwrap();
        (status, differs, text.as_str().unwrap_or_default().to_owned())
    }
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn answers_come_in_order_and_then_no_more() {
    let served = Served::new(vec![call("a", "one", "1"), call("a", "two", "2")], false);
    assert_eq!(served.chat(CHAT, "one").await, (StatusCode::OK, None, "1".to_owned()));
    assert_eq!(served.chat(CHAT, "two").await, (StatusCode::OK, None, "2".to_owned()));
    let (status, _, why) = served.chat(CHAT, "three").await;
    assert_eq!((status, &*why), (StatusCode::NOT_FOUND, "all 2 recorded model calls of run x were answered"));
}

#[tokio::test]
async fn agents_that_do_not_say_who_they_are_are_known_by_what_they_ask() {
    let served = Served::new(vec![call("a", "one", "1"), call("b", "two", "2")], false);
    assert_eq!(served.chat(CHAT, "two").await.2, "2");
    assert_eq!(served.chat(CHAT, "one").await.2, "1");
}

#[tokio::test]
async fn an_agent_that_says_who_it_is_gets_its_own() {
    let served = Served::new(vec![call("a", "one", "1"), call("b", "two", "2")], false);
    let (status, differs, text) = served.chat("/agents/b/v1/chat/completions", "one").await;
    assert_eq!((status, &*text), (StatusCode::OK, "2"));
    assert!(differs.unwrap().contains("message 2 (user), from character 1: recorded"));
    let (status, _, why) = served.chat("/agents/c/v1/chat/completions", "one").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(why, "run x has no model call of agent c; its agents are: a, b");
}

#[tokio::test]
async fn a_call_that_differs_is_answered_and_says_how() {
    let served = Served::new(vec![call("a", "one", "1")], false);
    let (status, differs, text) = served.chat(CHAT, "öne\n").await;
    assert_eq!((status, &*text), (StatusCode::OK, "1"));
    assert!(differs.unwrap().is_ascii());
    let heard = served.heard.lock().unwrap().join("\n");
    assert_eq!(
        heard,
        "call 1 of a: answered, but it differs: message 2 (user), from character 1: recorded \"one\", asked \"öne\\n\""
    );
}

#[tokio::test]
async fn strict_refuses_what_differs_and_keeps_the_answer() {
    let served = Served::new(vec![call("a", "one", "1")], true);
    assert_eq!(served.chat(CHAT, "other").await.0, StatusCode::CONFLICT);
    assert_eq!(served.chat(CHAT, "one").await, (StatusCode::OK, None, "1".to_owned()));
}

#[tokio::test]
async fn a_recorded_failure_fails_again_and_is_not_retried() {
    let failed = Call { error: Some("RateLimitError: slow down".to_owned()), ..call("a", "one", "") };
    let served = Served::new(vec![failed], false);
    let (status, _, why) = served.chat(CHAT, "one").await;
    assert_eq!((status, &*why), (StatusCode::INTERNAL_SERVER_ERROR, "RateLimitError: slow down"));
}

#[tokio::test]
async fn each_format_has_the_text_the_tools_and_the_usage() {
    let question = json!([{ "role": "system", "content": "be brief" }, { "role": "user", "content": [{ "type": "text", "text": "weather?" }] }]);
    let anthropic = json!({ "model": "gpt-4o", "system": "be brief", "max_tokens": 9, "messages": [{ "role": "user", "content": "weather?" }] });
    let responses = json!({ "model": "gpt-4o", "instructions": "be brief", "input": "weather?" });
    let chat = json!({ "model": "gpt-4o", "messages": question });
    for (path, body, places) in [
        (
            CHAT,
            chat,
            [
                ("/choices/0/message/tool_calls/0/function/arguments", json!("{\"city\":\"Paris\"}")),
                ("/choices/0/finish_reason", json!("tool_calls")),
                ("/usage/total_tokens", json!(10)),
            ],
        ),
        (
            "/v1/messages",
            anthropic,
            [
                ("/content/0/input/city", json!("Paris")),
                ("/stop_reason", json!("tool_use")),
                ("/usage/output_tokens", json!(3)),
            ],
        ),
        (
            "/v1/responses",
            responses,
            [
                ("/output/0/arguments", json!("{\"city\":\"Paris\"}")),
                ("/status", json!("completed")),
                ("/usage/input_tokens", json!(7)),
            ],
        ),
    ] {
        let served = Served::new(vec![tool_call(), tool_call()], false);
        let (status, differs, answer) = served.ask(path, body.clone()).await;
        assert_eq!((status, differs), (StatusCode::OK, None), "{path}");
        let answer: Json = serde_json::from_str(&answer).unwrap();
        for (place, value) in places {
            assert_eq!(answer.pointer(place), Some(&value), "{path} {place}");
        }
        let mut body = body;
        body["stream"] = json!(true);
        let (_, _, events) = served.ask(path, body).await;
        assert!(
            events.ends_with("\n\n")
                && events.contains("Paris")
                && events
                    .lines()
                    .all(|line| line.is_empty() || line.starts_with("data: ") || line.starts_with("event: ")),
            "{events}"
        );
    }
}

#[test]
fn differences_name_their_place() {
    let sent = [said("user", "a long text that is the same up to here and then not"), said("tool", "1")];
    for (model, asked, found) in [
        ("m-2024-01-01", vec![sent[0].clone(), sent[1].clone()], vec![]),
        ("m", vec![sent[0].clone()], vec!["number of messages: recorded 2, asked 1".to_owned()]),
        (
            "other",
            vec![said("user", "a long text that is the same up to there and then not"), said("user", "1")],
            vec![
                "model: recorded m, asked other".to_owned(),
                "message 1 (user), from character 36: recorded \"…ame up to here and then not\", asked \"…ame up to there and then not\"".to_owned(),
                "message 2 (user): recorded as tool".to_owned(),
            ],
        ),
    ] {
        assert_eq!(differences("m", &sent, model, &asked), found, "{model}");
    }
    assert_eq!(differences("m", &[], "m", &sent), Vec::<String>::new());
}
