//! SQL sees the asker's account and nothing else, only reads, and keeps its bounds.

use crate::server::{Server, answer, eventually, run};
use crate::{send, trace, with};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::net::TcpStream;

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

#[test]
fn questions_have_answers() {
    let server = Server::memory();
    for (number, agent) in ["ours", "ours", "theirs"].iter().enumerate() {
        let entry = trace(&format!("run {number}"), agent, number as u32, "completed", 2_000, "0.5");
        let mut entry = with(entry, json!({ "tags": ["a", "\"b\""] }));
        entry["spans"] = json!([{
            "span_id": "1", "type": "llm", "name": "ask", "model": "gpt-4o", "started_at": "2026-01-10T00:00:00Z",
            "metadata": { "it\"s": "quoted" },
        }]);
        send(&server, &[entry]);
    }
    for (query, rows) in [
        ("SELECT agent, count(*) AS runs FROM runs GROUP BY agent ORDER BY 1", json!([["ours", 2], ["theirs", 1]])),
        (
            "SELECT r.agent, s.model FROM runs r JOIN spans s ON s.run_id = r.id WHERE s.kind = 'llm' LIMIT 1",
            json!([["ours", "gpt-4o"]]),
        ),
        ("SELECT approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) FROM runs", json!([[2000.0]])),
        ("SELECT count(*) FROM runs WHERE started_at >= timestamp '2026-01-10T00:01:00Z'", json!([[2]])),
        ("SELECT count(*) FROM runs WHERE started_at < timestamp '2026-01-10T00:01:00Z'", json!([[1]])),
        ("SELECT started_at FROM runs ORDER BY 1 LIMIT 1", json!([["2026-01-10T00:00:00Z"]])),
        ("SELECT attribute('{\"a\\\"b\": [1]}', 'a\"b'), attribute('{}', 'none')", json!([["[1]", null]])),
        ("SELECT count(attributes) > 0 FROM spans", json!([[true]])),
        ("SELECT tags FROM runs LIMIT 1", json!([[["a", "\"b\""]]])),
        ("SELECT unnest(tags), count(*) FROM runs GROUP BY 1 ORDER BY 1", json!([["\"b\"", 3], ["a", 3]])),
        (
            "SELECT 1.5, 'x', null, make_array(1, null), named_struct('a', 1, 'b', null)",
            json!([[1.5, "x", null, [1, null], { "a": 1, "b": null }]]),
        ),
        (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
            json!([["runs"], ["scores"], ["spans"]]),
        ),
    ] {
        let (status, body) = ask(&server, query);
        assert_eq!((status, &body["rows"], &body["truncated"]), (200, &rows, &json!(false)), "{query}: {body}");
    }
    let columns =
        ask(&server, "SELECT agent, tags, started_at, cost_usd, success, input_tokens FROM runs").1["columns"].clone();
    let kinds: Vec<&str> = columns.as_array().unwrap().iter().map(|column| column["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "json", "time", "number", "boolean", "integer"]);
}

/// Every request of spans that real clients sent.
fn captured() -> Vec<Vec<u8>> {
    let clients = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/otlp")).unwrap();
    let files = clients.flat_map(|client| std::fs::read_dir(client.unwrap().path()).unwrap());
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".pb") && !name.ends_with(".logs.pb") && !name.ends_with(".metrics.pb")
    });
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// As SQL shows it: text plain, anything else as JSON.
fn plain(json: &Json) -> Json {
    match json {
        Json::Null | Json::String(_) => json.clone(),
        other => Json::String(other.to_string()),
    }
}

#[test]
fn what_was_said_is_what_one_sees_who_opens_the_span() {
    let folder = tempfile::tempdir().unwrap();
    for server in [Server::memory(), Server::in_folder(folder.path())] {
        for request in captured() {
            let sent = server.request("POST", "/v1/traces").header("content-type", "application/x-protobuf");
            assert_eq!(sent.body(request).send().unwrap().status(), 200);
        }
        let columns = "run_id, id, input(otlp), output(otlp), input_messages(otlp), output_messages(otlp)";
        let (status, body) = ask(&server, &format!("SELECT {columns}, name FROM spans"));
        assert_eq!((status, &body["truncated"]), (200, &json!(false)), "{}", body["message"]);
        let mut seen = [0; 4];
        for row in body["rows"].as_array().unwrap() {
            let [run, id] = [&row[0], &row[1]].map(|id| id.as_str().unwrap());
            let whole = server.read(&format!("/api/v1/runs/{run}/spans/{id}"));
            if whole["joined"] != json!([]) {
                // Log records, and copies by other instrumentation, say more of it.
                continue;
            }
            let messages = |direction: &str| {
                let all = whole["messages"].as_array().unwrap().iter();
                let found: Vec<&Json> = all.filter(|message| message["direction"] == direction).collect();
                if found.is_empty() { Json::Null } else { json!(found) }
            };
            let read = |cell: &Json| cell.as_str().map_or(Json::Null, |text| serde_json::from_str(text).unwrap());
            let said = [plain(&whole["input"]), plain(&whole["output"]), messages("input"), messages("output")];
            let found = [row[2].clone(), row[3].clone(), read(&row[4]), read(&row[5])];
            assert_eq!(found, said, "{}", row[6]);
            for (count, said) in seen.iter_mut().zip(&said) {
                *count += usize::from(!said.is_null());
            }
        }
        assert!(seen.iter().all(|count| *count > 100), "something of each was compared: {seen:?}");
    }
}

#[test]
fn what_was_said_can_be_asked_of_any_text() {
    let server = Server::memory();
    for otlp in ["''", "'{}'", "'[]'", "'\u{0}'", "'{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{}]}]}]}'", "null"]
    {
        for function in ["input", "output", "input_messages", "output_messages"] {
            let (status, body) = ask(&server, &format!("SELECT {function}({otlp})"));
            assert_eq!((status, &body["rows"]), (200, &json!([[null]])), "{function}({otlp}): {body}");
        }
    }
    assert_eq!(ask(&server, "SELECT input(1, 2)").0, 400);
}

/// The processes that run the queries of this server.
fn queries(server: &Server) -> Vec<String> {
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.process_id()));
    let mut found: Vec<String> = children.unwrap().split_whitespace().map(str::to_owned).collect();
    for task in std::fs::read_dir(format!("/proc/{}/task", server.process_id())).unwrap() {
        // A thread may end while one looks.
        let children = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        found.extend(children.split_whitespace().map(str::to_owned));
    }
    found.sort();
    found.dedup();
    found
}

/// Sends a question, and leaves the answer on the connection.
fn begin(server: &Server, query: &str) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let body = json!({ "query": query }).to_string();
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        connection,
        "POST /api/v1/sql HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    connection
}

/// Hundreds of billions of pairs: days of work.
const ENDLESS: [&str; 4] = [
    "SELECT count(*) FROM generate_series(1,1000000) a JOIN generate_series(1,1000000) b ON a.value%7=b.value%7",
    "SELECT count(*) FROM generate_series(1,1000000) a, generate_series(1,1000000) b WHERE a.value > b.value",
    "SELECT count(*) FROM generate_series(1,1000000) a, generate_series(1,1000000) b WHERE a.value + b.value < 0",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 - 1 FROM t) SELECT count(*) FROM t WHERE n < 0",
];

#[test]
fn a_query_whose_client_leaves_ends_at_once() {
    let server = Server::memory();
    for query in ENDLESS {
        let client = begin(&server, query);
        eventually(|| (queries(&server).len() == 1).then_some(()));
        drop(client);
        eventually(|| queries(&server).is_empty().then_some(()));
    }
    assert_eq!(ask(&server, "SELECT 1").1["rows"], json!([[1]]));
}

#[test]
fn endless_queries_are_ended_in_time_and_leave_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let keys = ["acme", "globex"].map(|account| {
        run(&["accounts", "create", account, "--data", data]);
        run(&["keys", "create", "--account", account, "--data", data]).trim().to_owned()
    });
    let server = Server::start(&["--data", data, "--sql-time", "3s"]);
    let ask = |key: &str, query: &str| {
        answer(server.request_by(key, "POST", "/api/v1/sql").json(&json!({ "query": query })).send().unwrap())
    };
    let [greedy, other] = &keys;
    std::thread::scope(|threads| {
        let endless: Vec<_> = ENDLESS.map(|query| threads.spawn(move || (query, ask(greedy, query)))).into();
        // As many as an account may run: the rest waits, and others do not.
        eventually(|| (queries(&server).len() == 2).then_some(()));
        assert_eq!(ask(other, "SELECT 1").1["rows"], json!([[1]]));
        for thread in endless {
            let (query, (status, body)) = thread.join().unwrap();
            assert_eq!((status, &body["error"]), (413, &json!("too_large")), "{query}: {body}");
            assert!(body["message"].as_str().unwrap().contains("longer than 3 s"), "{query}: {body}");
        }
    });
    assert_eq!(ask(greedy, "SELECT 1").1["rows"], json!([[1]]));
    eventually(|| queries(&server).is_empty().then_some(()));
}

#[test]
fn what_would_take_all_memory_is_refused_or_cut() {
    let server = Server::memory();
    let before = server.peak_memory_bytes();
    for (query, refusal) in [
        // Cut: the answer holds what fits into it.
        ("SELECT repeat('x', 10000) FROM generate_series(1, 5000)", ""),
        ("SELECT * FROM generate_series(1, 1000000)", ""),
        ("SELECT repeat('x', 17000000)", "one row alone"),
        ("SELECT repeat('x', 2000000000)", "256 MiB of memory"),
        ("SELECT cardinality(array_repeat('x', 1000000000))", "256 MiB of memory"),
        ("SELECT max(x) FROM (SELECT repeat('x', 1000000) AS x) a, generate_series(1, 100000)", "256 MiB of memory"),
    ] {
        let (status, body) = ask(&server, query);
        if refusal.is_empty() {
            let rows = body["rows"].as_array().unwrap().len();
            assert_eq!((status, &body["truncated"], rows > 0), (200, &json!(true), true), "{query}: {rows} rows");
        } else {
            let said = body["message"].as_str().unwrap_or_default();
            assert_eq!((status, said.contains(refusal)), (413, true), "{query}: {said}");
        }
    }
    assert_eq!(ask(&server, "SELECT 1").1["rows"], json!([[1]]));
    let grown = server.peak_memory_bytes() - before;
    assert!(grown < 128 << 20, "the server grew by {grown} bytes");
}
