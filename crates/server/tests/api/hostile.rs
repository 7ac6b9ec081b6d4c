//! Prompts, names and ids are hostile text: they come back as they were and break nothing.

use crate::server::Server;
use crate::{send, trace};
use serde_json::{Value as Json, json};

const TEXTS: [&str; 12] = [
    "\"}],\"x\":[{\"",
    "</script><script>alert(1)</script>",
    "line\nline\r\nid: 7\n\ndata: {}\n\n",
    "nul\u{0}byte",
    "../../../etc/passwd",
    "' OR 1=1; DROP TABLE runs; --",
    "\u{202e}txet desrever\u{2066}",
    "\u{1b}[2J\u{7}\u{8}",
    "\u{2028}\u{2029}\u{feff}\u{ffff}",
    "%00%2e%2e%2f?&#=+ ",
    "👩‍👩‍👧‍👦é\u{301}",
    "{{7*7}} ${jndi:ldap://x} `id` $(id)",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn hostile(number: usize, text: &str) -> Json {
    let mut entry = trace(text, text, number as u32, "completed", 10, "0");
    for field in ["outcome", "session_id", "user_id", "customer_id", "feature", "workflow", "version", "environment"] {
        entry["trace"][field] = json!(text);
    }
    entry["trace"]["tags"] = json!([text]);
    entry["trace"]["metadata"] = json!({ text: text });
    entry["spans"] = json!([
        { "span_id": text, "type": "llm", "name": text, "model": text, "provider": text, "started_at": "2026-01-10T00:00:00Z", "input": text, "output": text },
        { "span_id": format!("tool {text}"), "type": "tool", "name": text, "status": "failed", "error": text, "started_at": "2026-01-10T00:00:00Z", "input": { text: text } },
    ]);
    entry
}

#[test]
fn hostile_text_comes_back_as_it_was_everywhere() {
    for on_disk in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let server = if on_disk { Server::in_folder(folder.path()) } else { Server::memory() };
        for (number, text) in TEXTS.iter().enumerate() {
            send(&server, &[hostile(number, text)]);
        }
        assert_eq!(server.runs().len(), TEXTS.len());
        for text in TEXTS {
            let id = encoded(text);
            let run = server.read(&format!("/api/v1/runs/{id}"));
            for field in [
                "id",
                "agent",
                "name",
                "outcome",
                "user_id",
                "customer_id",
                "feature",
                "workflow",
                "version",
                "environment",
            ] {
                assert_eq!(run[field], text, "{field}");
            }
            assert_eq!(
                (&run["tags"], &run["metadata"], &run["session"]["id"]),
                (&json!([text]), &json!({ text: text }), &json!(text))
            );
            let spans = server.spans(&id);
            assert_eq!(spans.len(), 2, "{text:?}");
            let model_call = spans.iter().find(|span| span["kind"] == "llm").unwrap();
            let whole = server.read(&format!("/api/v1/runs/{id}/spans/{}", model_call["id"].as_str().unwrap()));
            // Models are names: blanks around them are none of it.
            assert_eq!((&whole["model"], &whole["name"]), (&json!(text.trim()), &json!(text)));
            for (query, value) in
                [("agent", &id), ("outcome", &id), ("model", &encoded(text.trim())), ("tag", &id), ("session", &id)]
            {
                let found = server.read(&format!("/api/v1/runs?{query}={value}"));
                assert_eq!(found["runs"].as_array().unwrap().len(), 1, "{query}={text:?}");
            }
            assert_eq!(server.read(&format!("/api/v1/agents/{id}"))["name"], text);
            assert_eq!(server.read(&format!("/api/v1/agents/{id}/stats"))["total_runs"], 1);
            assert_eq!(server.read(&format!("/api/v1/sessions/{id}"))["runs"].as_array().unwrap().len(), 1);
            let export = server.read(&format!("/api/v1/runs/{id}/export"));
            assert_eq!(export["resourceSpans"].as_array().unwrap().len(), 1);
        }
        for list in ["agents", "sessions", "tools", "runs/facets", "costs?by=model", "costs?by=workflow"] {
            server.read(&format!("/api/v1/{list}"));
        }
    }
}

#[test]
fn ids_that_are_none_are_absent_and_never_a_fault() {
    let server = Server::memory();
    send(&server, &[trace("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "a", 0, "completed", 10, "0")]);
    let long = "x".repeat(5_000);
    for text in TEXTS.iter().chain(&["0", "-1", "null", "run_eu_", long.as_str(), "00000000000000000000000000000000"]) {
        let id = encoded(text);
        for path in [
            format!("runs/{id}"),
            format!("runs/{id}/spans"),
            format!("runs/018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6/spans/{id}"),
            format!("agents/{id}"),
            format!("sessions/{id}"),
        ] {
            let (status, body) = server.get(&format!("/api/v1/{path}"));
            assert_eq!((status, &body["error"]), (404, &json!("not_found")), "{path}: {body}");
        }
    }
    let (status, body) = server.get("/api/v1/runs/%FF%FE");
    assert!((400..500).contains(&status) && status != 408, "{status} {body}");
}
