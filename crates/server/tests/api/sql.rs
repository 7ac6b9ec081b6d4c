//! SQL sees the asker's account and nothing else, and only reads.

use crate::server::{Server, run};
use crate::{send, trace};
use serde_json::{Value as Json, json};

fn ask(server: &Server, query: &str) -> (u16, Json) {
    server.post("/api/v1/sql", &json!({ "query": query }))
}

#[test]
fn every_query_stays_in_its_account() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let keys = ["acme", "globex"].map(|account| {
        run(&["accounts", "create", account, "--data", data]);
        run(&["keys", "create", "--account", account, "--data", data]).trim().to_owned()
    });
    let mut server = Server::in_folder(folder.path());
    for (account, key) in ["acme", "globex"].iter().zip(&keys) {
        server = server.with_key(key);
        let mut entry = trace(&format!("run of {account}"), &format!("agent of {account}"), 0, "completed", 10, "0");
        entry["spans"] =
            json!([{ "span_id": "1", "type": "tool", "name": account, "started_at": "2026-01-10T00:00:00Z" }]);
        send(&server, &[entry]);
        let score = json!({ "run_id": format!("run of {account}"), "name": account, "value": 1 });
        assert_eq!(server.post("/api/v1/scores", &score).0, 201);
    }
    for (account, key) in ["acme", "globex"].iter().zip(&keys) {
        server = server.with_key(key);
        for (query, rows) in [
            ("SELECT agent FROM runs", json!([[format!("agent of {account}")]])),
            ("SELECT agent FROM runs WHERE 1 = 1 OR agent LIKE '%'", json!([[format!("agent of {account}")]])),
            ("SELECT name FROM spans", json!([[account]])),
            ("SELECT name FROM scores", json!([[account]])),
            ("SELECT count(*) FROM runs a CROSS JOIN runs b", json!([[1]])),
            ("SELECT name FROM spans UNION ALL SELECT name FROM scores", json!([[account], [account]])),
            ("WITH x AS (SELECT * FROM spans) SELECT count(*) FROM x", json!([[1]])),
            ("SELECT (SELECT count(*) FROM runs)", json!([[1]])),
        ] {
            let (status, body) = ask(&server, query);
            assert_eq!((status, &body["rows"]), (200, &rows), "{query}: {body}");
        }
    }
}

#[test]
fn what_is_no_question_is_refused() {
    let server = Server::memory();
    send(&server, &[trace("kept", "a", 0, "completed", 10, "0")]);
    for query in [
        "DELETE FROM runs",
        "DROP TABLE runs",
        "INSERT INTO runs SELECT * FROM runs",
        "UPDATE runs SET agent = 'x'",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "COPY runs TO '/tmp/x'",
        "SELECT 1; SELECT 2",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM information_schema.tables, nothing",
        "SET datafusion.execution.batch_size = 1",
        "SELEKT",
        "",
        "SELECT nothing FROM runs",
    ] {
        let (status, body) = ask(&server, query);
        assert_eq!((status, &body["error"]), (400, &json!("invalid")), "{query}: {body}");
        assert!(!body["message"].as_str().unwrap().is_empty(), "{query}");
    }
    assert_eq!(ask(&server, "SELECT count(*) FROM runs").1["rows"], json!([[1]]));
}
