//! What was deleted is absent at once, and soon its bytes are nowhere in the folder.

use crate::server::{Server, answer, eventually};
use crate::{send, trace};
use serde_json::{Value as Json, json};
use std::path::Path;

const SECRET: &str = "the-quick-brown-secret";

fn delete(server: &Server, path: &str) -> (u16, Json) {
    answer(server.request("DELETE", path).send().unwrap())
}

/// A run with the word everywhere a word can be.
fn telling(id: &str, agent: &str) -> Json {
    let mut entry = trace(id, agent, 0, "completed", 10, "0");
    entry["trace"]["outcome"] = json!(SECRET);
    entry["trace"]["metadata"] = json!({ "note": SECRET });
    entry["spans"] = json!([
        { "span_id": format!("{id} 1"), "type": "llm", "name": SECRET, "model": "gpt-4o", "started_at": "2026-01-10T00:00:00Z", "input": SECRET.repeat(50), "output": SECRET },
        { "span_id": format!("{id} 2"), "type": "tool", "name": "t", "started_at": "2026-01-10T00:00:00Z", "status": "failed", "error": SECRET },
    ]);
    entry
}

fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(word.len()).any(|window| window == word.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Once the server says that nothing is pending, no file has the word.
fn gone_from_disk(server: &Server, folder: &Path) {
    eventually(|| (server.read("/api/v1/status")["deletion_pending"] == false).then_some(()));
    assert_eq!(files_with(folder, SECRET), Vec::<String>::new());
}

fn is_gone(server: &Server, run: &str) {
    for path in
        [format!("/api/v1/runs/{run}"), format!("/api/v1/runs/{run}/spans"), format!("/api/v1/runs/{run}/export")]
    {
        assert_eq!(server.get(&path).0, 404, "{path}");
    }
    assert_eq!(delete(server, &format!("/api/v1/runs/{run}")).0, 404);
    assert!(server.runs().iter().all(|other| other["id"] != run));
    let (_, answer) =
        server.post("/api/v1/sql", &json!({ "query": format!("SELECT count(*) FROM runs WHERE agent = '{SECRET}'") }));
    assert_eq!(answer["rows"], json!([[0]]));
}

#[test]
fn a_deleted_run_is_absent_and_its_bytes_go() {
    let folder = tempfile::tempdir().unwrap();
    // First while it is in the log, then when a stop has moved it to a segment.
    for rested in [false, true] {
        let mut server = Server::in_folder(folder.path());
        send(&server, &[telling("doomed", SECRET), trace("kept", "support-bot", 0, "completed", 10, "0")]);
        assert_eq!(server.post("/api/v1/scores", &json!({ "run_id": "doomed", "name": "x", "value": SECRET })).0, 201);
        if rested {
            assert!(server.stop().success());
            server = Server::in_folder(folder.path());
        }
        assert_eq!(server.read("/api/v1/runs/doomed/spans")["spans"].as_array().unwrap().len(), 2);
        assert!(!files_with(folder.path(), SECRET).is_empty() || rested, "the search finds what is there");
        let (status, body) = delete(&server, "/api/v1/runs/doomed");
        assert!(status == 200 || status == 202 && body["state"] == "pending", "{status} {body}");
        assert_eq!(body["runs"], 1);
        is_gone(&server, "doomed");
        gone_from_disk(&server, folder.path());
        assert!(server.stop().success());
        let server = Server::in_folder(folder.path());
        is_gone(&server, "doomed");
        assert_eq!(server.read("/api/v1/runs/kept")["status"], "success");
    }
}

#[test]
fn a_deleted_agent_takes_its_runs_and_no_others() {
    for place in ["--memory", "--data"] {
        let folder = tempfile::tempdir().unwrap();
        let server = if place == "--memory" { Server::memory() } else { Server::in_folder(folder.path()) };
        send(
            &server,
            &[telling("one", SECRET), telling("two", SECRET), trace("kept", "support-bot", 0, "completed", 10, "0")],
        );
        let (status, body) = delete(&server, &format!("/api/v1/agents/{SECRET}"));
        assert!((status == 200 || status == 202) && body["runs"] == 2, "{status} {body}");
        assert_eq!(delete(&server, &format!("/api/v1/agents/{SECRET}")).0, 404);
        assert_eq!(server.get(&format!("/api/v1/agents/{SECRET}")).0, 404);
        is_gone(&server, "one");
        is_gone(&server, "two");
        assert_eq!(server.only_run()["id"], "kept");
        gone_from_disk(&server, folder.path());
        // What comes after a deletion is new.
        send(&server, &[trace("one", SECRET, 0, "completed", 10, "0")]);
        assert_eq!(server.read("/api/v1/runs/one")["span_count"], 0);
    }
}
