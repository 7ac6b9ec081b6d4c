//! Accounts, keys, logins, and what a server without any of them lets in. Scenario 2.

use crate::server::{Server, answer, pick, run, run_failing};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Duration;

/// A folder with two accounts, each with a key.
struct Tenants {
    folder: tempfile::TempDir,
    acme: String,
    globex: String,
}

impl Tenants {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let key = |account: &str| {
            run(&["accounts", "create", account, "--data", data]);
            run(&["keys", "create", "--account", account, "--data", data]).trim().to_owned()
        };
        let (acme, globex) = (key("acme"), key("globex"));
        Tenants { folder, acme, globex }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn record(server: &Server, agent: &str) -> String {
    let (status, body) = server.post("/api/v1/record", &json!({ "agent": agent }));
    assert_eq!(status, 202, "{body}");
    body["run_id"].as_str().unwrap().to_owned()
}

fn header(name: &str, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())])
}

/// Scenario 2, and that a foreign id is absent whatever is asked of it.
#[test]
fn two_accounts_see_nothing_of_each_other() {
    let tenants = Tenants::new();
    let server = Server::in_folder(tenants.path()).with_key(&tenants.acme);
    let of_acme = record(&server, "support-bot");
    let server = server.with_key(&tenants.globex);
    let of_globex = record(&server, "support-bot");

    for (key, own, foreign) in [(&tenants.acme, &of_acme, &of_globex), (&tenants.globex, &of_globex, &of_acme)] {
        let answer_to = |path: &str| answer(server.request_by(key, "GET", path).send().unwrap());
        let (_, runs) = answer_to("/api/v1/runs");
        assert_eq!(runs["runs"].as_array().unwrap().iter().map(|run| &run["id"]).collect::<Vec<_>>(), [&json!(own)]);
        assert_eq!(answer_to("/api/v1/agents").1["agents"][0]["total_runs"], 1);
        assert_eq!(answer_to(&format!("/api/v1/runs/{own}")).0, 200);
        for path in [
            format!("/api/v1/runs/{foreign}"),
            format!("/api/v1/runs/{foreign}/spans"),
            format!("/api/v1/runs/{foreign}/export"),
        ] {
            assert_eq!(answer_to(&path).0, 404, "{path}");
        }
    }
}

#[test]
fn every_place_for_a_key_is_known_and_none_is_refused() {
    let tenants = Tenants::new();
    let server = Server::in_folder(tenants.path());
    let key = &tenants.acme;
    let basic = |text: String| {
        use base64::Engine;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    for (name, value, status) in [
        ("authorization", format!("Bearer {key}"), 200),
        ("authorization", basic(format!("{key}:")), 200),
        ("authorization", basic(format!("pk-lf-public:{key}")), 200),
        ("x-api-key", key.clone(), 200),
        ("x-agentping-key", key.clone(), 200),
        ("authorization", "Bearer vk_wrong".to_owned(), 401),
        ("accept", "*/*".to_owned(), 401),
    ] {
        for path in ["/me/api-keys/ping/", "/api/v1/me/api-keys/ping/"] {
            let response = server.request("GET", path).headers(header(name, &value)).send().unwrap();
            assert_eq!(response.status(), status, "{path}: {name}: {value}");
        }
    }
    assert_eq!(server.get(&format!("/me/api-keys/ping/?key={key}")).0, 401, "a key in an address is for pings only");
    assert_eq!(server.get(&format!("/v1/ping?agent=a&key={key}")), (200, json!("OK\n")));
    for path in ["/api/v1/runs", "/api/v1/status", "/traces/stream", "/metrics"] {
        assert_eq!(server.get(path).0, 401, "{path}");
    }
    assert_eq!(server.get("/healthz").0, 200);
}

#[test]
fn scopes_bound_what_a_key_may_do() {
    let tenants = Tenants::new();
    let data = tenants.path().to_str().unwrap();
    let key = |arguments: &[&str]| {
        run(&[&["keys", "create", "--account", "acme", "--data", data], arguments].concat()).trim().to_owned()
    };
    let (write, read, ping, admin) =
        (key(&["--scope", "write"]), key(&["--scope", "read"]), key(&["--agent", "cron"]), key(&["--scope", "admin"]));
    let server = Server::in_folder(tenants.path());
    let body = json!({ "agent": "cron" });
    let start = json!({ "id": "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "agent": "cron", "started_at": "2026-01-31T12:00:00Z" });
    for (method, path, body, [by_write, by_read, by_ping, by_admin]) in [
        ("POST", "/api/v1/record", &body, [202, 403, 403, 403]),
        ("GET", "/api/v1/runs", &Json::Null, [403, 200, 403, 403]),
        ("POST", "/v1/runs", &start, [202, 401, 401, 401]),
        ("POST", "/v1/heartbeats", &body, [202, 401, 202, 401]),
        ("GET", "/api/v1/keys", &Json::Null, [403, 403, 403, 200]),
        ("GET", "/api/v1/accounts", &Json::Null, [403, 403, 403, 200]),
    ] {
        for (key, status) in [(&write, by_write), (&read, by_read), (&ping, by_ping), (&admin, by_admin)] {
            let request = server.request_by(key, method, path);
            let request = if body.is_null() { request } else { request.json(body) };
            let (got, answer) = answer(request.send().unwrap());
            assert_eq!(got, status, "{method} {path}: {answer}");
            if status == 401 || status == 403 {
                assert_eq!(answer["error"], "scope_violation", "{method} {path}");
            }
        }
    }
    // An administrator knows of no account but its own, and says how long that keeps runs.
    let accounts = || answer(server.request_by(&admin, "GET", "/api/v1/accounts").send().unwrap()).1;
    let names =
        accounts()["accounts"].as_array().unwrap().iter().map(|account| account["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names, ["acme"]);
    let retain = |account: &str| {
        let path = format!("/api/v1/accounts/{account}");
        let request = server.request_by(&admin, "PATCH", &path).json(&json!({ "retain_seconds": 86_400 }));
        request.send().unwrap().status().as_u16()
    };
    assert_eq!([retain("acme"), retain("globex")], [204, 404]);
    assert_eq!(accounts()["accounts"][0]["retain_seconds"], 86_400);
    // Scenario 64: a ping token of another agent.
    let (status, answer) =
        answer(server.request_by(&ping, "POST", "/v1/heartbeats").json(&json!({ "agent": "other" })).send().unwrap());
    assert_eq!((status, &answer["error"]), (401, &json!("scope_violation")));
}

#[test]
fn a_revoked_key_is_refused_at_once_and_never_again_free() {
    let tenants = Tenants::new();
    let data = tenants.path().to_str().unwrap();
    let server = Server::in_folder(tenants.path()).with_key(&tenants.acme);
    record(&server, "a");
    // The command finds the running server by the folder it owns.
    let keys: Json =
        serde_json::from_str(&run(&["keys", "list", "--json", "--account", "acme", "--data", data])).unwrap();
    let id = keys["keys"][0]["id"].as_str().unwrap();
    assert_eq!(keys["keys"][0].get("secret"), None);
    assert!(!keys.to_string().contains(&tenants.acme));
    let mut stream = server.request("GET", "/traces/stream").timeout(Duration::from_secs(60)).send().unwrap();
    assert_eq!(stream.status(), 200);
    run(&["keys", "revoke", id, "--account", "acme", "--data", data]);
    assert_eq!(server.get("/api/v1/runs").0, 401);
    // What was open ends too.
    stream.copy_to(&mut std::io::sink()).unwrap();
    run(&["accounts", "delete", "globex", "--yes", "--data", data]);
    assert_eq!(server.request_by(&tenants.globex, "GET", "/api/v1/runs").send().unwrap().status(), 401);
    let unknown = run_failing(&["keys", "revoke", "apk_unknown", "--account", "acme", "--data", data]);
    assert!(unknown.contains("no such key in the account acme"), "{unknown}");
}

#[test]
fn a_command_for_an_account_that_is_not_there_hears_so_whoever_answers() {
    let tenants = Tenants::new();
    let ask = || run_failing(&["runs", "--account", "nosuch", "--data", tenants.path().to_str().unwrap()]);
    let alone = ask();
    let _server = Server::in_folder(tenants.path());
    for said in [alone, ask()] {
        assert!(said.contains("no such account: nosuch"), "{said}");
    }
}

#[test]
fn a_script_revokes_the_key_that_it_made() {
    let tenants = Tenants::new();
    let command = |arguments: &[&str]| -> Json {
        let of_acme = ["--json", "--account", "acme", "--data", tenants.path().to_str().unwrap()];
        serde_json::from_str(&run(&[arguments, &of_acme].concat())).unwrap()
    };
    let made = command(&["keys", "create", "--name", "deploy"]);
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("vk_")), "{made}");
    assert_eq!(command(&["keys", "revoke", made["id"].as_str().unwrap()]), Json::Null, "204 has no body");
    let keys = command(&["keys", "list"]);
    let revoked = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == made["id"]).unwrap();
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    // The other groups print what the server answers too.
    assert_eq!(command(&["accounts", "create", "initech"])["name"], "initech");
    assert_eq!(command(&["checks", "set", "short", "--test", "length max=5"])["name"], "short");
    assert_eq!(command(&["alerts", "set", "red", "--when", "failure_rate over=0.2"])["name"], "red");
    assert_eq!(command(&["heartbeats", "expect", "cron", "--every", "1h"])["every_seconds"], 3_600);
    assert_eq!(command(&["channels", "add", "ops", "--webhook", "https://example.com/hook"])["name"], "ops");
    assert_eq!(command(&["accounts", "delete", "initech", "--yes"])["runs"], 0);
}

#[test]
fn an_existing_secret_can_be_registered() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut command = crate::server::vedette();
    command
        .args(["keys", "create", "--secret-stdin", "--data", data])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"av_existing_secret\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && !String::from_utf8(output.stdout).unwrap().contains("av_existing_secret"));
    let server = Server::in_folder(folder.path()).with_key("av_existing_secret");
    record(&server, "a");
    assert_eq!(server.request_by("av_other", "GET", "/api/v1/runs").send().unwrap().status(), 401);
}

#[test]
fn only_loopback_is_served_without_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let complaint = run_failing(&["serve", "--data", data, "--listen", "0.0.0.0:0"]);
    assert!(complaint.contains("vedette keys create"), "{complaint}");
    run(&["keys", "create", "--data", data]);
    let server = Server::start(&["--data", data, "--listen", "0.0.0.0:0"]);
    assert_eq!(server.get("/api/v1/runs").0, 401);
}

#[test]
fn without_accounts_pages_of_other_sites_are_kept_out() {
    let server = Server::memory();
    let send = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut request = server.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.json(&json!({ "agent": "a" })).send().unwrap().status().as_u16()
    };
    let own = server.url.clone();
    for (method, path, headers, status) in [
        ("POST", "/api/v1/record", vec![("authorization", "Bearer anything")], 202),
        ("POST", "/api/v1/record", vec![("origin", own.as_str())], 202),
        ("POST", "/api/v1/record", vec![("origin", "https://evil.example")], 403),
        ("POST", "/traces", vec![("origin", "https://evil.example")], 403),
        ("GET", "/api/v1/runs", vec![("host", "evil.example")], 403),
        ("POST", "/api/v1/record", vec![("host", "evil.example"), ("origin", "http://evil.example")], 403),
        ("GET", "/api/v1/runs", vec![("host", "localhost:4318")], 200),
    ] {
        assert_eq!(send(method, path, &headers), status, "{method} {path} {headers:?}");
    }
}

#[test]
fn a_login_is_a_cookie_that_only_own_pages_may_use() {
    let tenants = Tenants::new();
    let data = tenants.path().to_str().unwrap();
    let writer = run(&["keys", "create", "--account", "acme", "--scope", "write", "--data", data]);
    let server = Server::in_folder(tenants.path());
    assert_eq!(server.post("/api/v1/login", &json!({ "key": "vk_wrong" })).0, 401);
    let (status, refusal) = server.post("/api/v1/login", &json!({ "key": writer.trim() }));
    assert_eq!((status, &refusal["error"]), (403, &json!("forbidden")), "{refusal}");
    let response = server.request("POST", "/api/v1/login").json(&json!({ "key": tenants.acme })).send().unwrap();
    assert_eq!(response.status(), 204);
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(&tenants.acme), "the cookie is not the key");
    let cookie = cookie.split(';').next().unwrap();
    let with = |method: &str, path: &str, origin: &str| {
        let request = server.request(method, path).header("cookie", cookie).header("origin", origin);
        request.json(&json!({ "agent": "a" })).send().unwrap().status().as_u16()
    };
    assert_eq!(with("POST", "/api/v1/record", &server.url), 202);
    assert_eq!(with("POST", "/api/v1/record", "https://evil.example"), 403);
    assert_eq!(with("GET", "/api/v1/runs", &server.url), 200);
    assert_eq!(with("POST", "/api/v1/logout", &server.url), 204);
    assert_eq!(with("GET", "/api/v1/runs", &server.url), 401);
}

#[test]
fn answers_carry_the_headers_that_keep_hostile_text_text() {
    let server = Server::memory();
    for path in ["/", "/runs/anything", "/api/v1/runs", "/api/v1/nothing"] {
        let response = server.request("GET", path).send().unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[test]
fn every_error_has_one_shape() {
    let server = Server::memory();
    for (method, path, body, status, error) in [
        ("GET", "/api/v1/nothing", "", 404, "not_found"),
        ("GET", "/v1/runs", "", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/login", "", 405, "method_not_allowed"),
        ("POST", "/api/v1/login", "{", 400, "invalid"),
        ("GET", "/api/v1/runs/%FF", "", 400, "invalid"),
        ("POST", "/nowhere", "", 404, "not_found"),
    ] {
        let request = server.request(method, path).header("content-type", "application/json").body(body);
        let (got, answer) = answer(request.send().unwrap());
        assert_eq!((got, pick(&answer, &["error"])), (status, json!({ "error": error })), "{method} {path}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}: {answer}");
    }
}

#[test]
fn an_account_keeps_its_runs_as_long_as_it_says() {
    let tenants = Tenants::new();
    let data = tenants.path().to_str().unwrap();
    run(&["accounts", "retain", "acme", "30d", "--data", data]);
    let retained = |name: &str| {
        let accounts: Json = serde_json::from_str(&run(&["accounts", "list", "--json", "--data", data])).unwrap();
        let accounts = accounts["accounts"].as_array().unwrap().clone();
        accounts.iter().find(|account| account["name"] == name).unwrap()["retain_seconds"].clone()
    };
    assert_eq!((retained("acme"), retained("globex")), (json!(30 * 86_400), Json::Null));
    let listed = run(&["accounts", "list", "--data", data]);
    let acme = listed.lines().find(|line| line.starts_with("acme ")).unwrap();
    assert!(acme.ends_with("runs are kept for 30d"), "{listed}");
    run(&["accounts", "retain", "acme", "default", "--data", data]);
    assert_eq!(retained("acme"), Json::Null);
    assert!(run_failing(&["accounts", "retain", "nobody", "30d", "--data", data]).contains("no such account"));
}

#[test]
fn a_misspelled_body_makes_no_key_and_changes_no_account() {
    let server = Server::memory();
    for (method, path, body) in [
        // It would make a key that may also write.
        ("POST", "/api/v1/keys", json!({ "name": "dashboard", "scope": ["read"] })),
        ("POST", "/api/v1/accounts", json!({ "name": "acme", "retain": 5 })),
        // It would keep runs for ever.
        ("PATCH", "/api/v1/accounts/default", json!({ "retain_second": 5 })),
        ("POST", "/api/v1/login", json!({ "key": "k", "remember": true })),
    ] {
        let (status, said) = answer(server.request(method, path).json(&body).send().unwrap());
        assert_eq!((status, &said["error"]), (400, &json!("invalid")), "{path}: {said}");
        assert!(body.get(said["field"].as_str().unwrap()).is_some(), "{path}: {said}");
    }
    assert_eq!(server.read("/api/v1/keys")["keys"], json!([]));
}

#[test]
fn a_page_that_a_proxy_compressed_is_known_again() {
    let server = Server::memory();
    let page = server.request("GET", "/").send().unwrap();
    let Some(etag) = page.headers().get("etag") else { return };
    let etag = etag.to_str().unwrap();
    for (known, status) in [
        (etag.to_owned(), 304),
        (format!("W/{etag}"), 304),
        (format!("\"older\", {etag}"), 304),
        ("\"older\"".to_owned(), 200),
    ] {
        let response = server.request("GET", "/").headers(header("if-none-match", &known)).send().unwrap();
        assert_eq!(response.status(), status, "{known}");
    }
}
