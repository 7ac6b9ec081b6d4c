//! Start, stop, settings, and who owns a data folder.

use crate::server::{Server, eventually, run, run_failing, signal, vedette};
use serde_json::json;

#[test]
fn what_was_acknowledged_is_there_after_an_ordinary_stop_and_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path());
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": "a" })).0, 202);
    assert!(server.stop().success(), "SIGTERM drains");
    let server = Server::in_folder(folder.path());
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": "b" })).0, 202);
    drop(server);
    let server = Server::in_folder(folder.path());
    assert_eq!(server.runs().len(), 2);
}

#[test]
fn a_stream_does_not_hold_up_the_stop() {
    let server = Server::memory();
    let _stream = server.request("GET", "/traces/stream").send().unwrap();
    let before = std::time::Instant::now();
    assert!(server.stop().success());
    assert!(before.elapsed() < vedette_model::limits::DRAIN);
}

#[test]
fn a_terminal_that_is_closed_is_an_ordinary_stop_unless_it_is_to_be_outlived() {
    let server = Server::memory();
    signal(server.process_id(), "HUP");
    assert!(server.ended().success());
    let serve = "trap '' HUP; exec \"$0\" serve --memory --listen 127.0.0.1:0";
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", serve]).arg(vedette().get_program()).env_clear().env("HOME", "/nonexistent");
    let server = Server::spawn(&mut command);
    signal(server.process_id(), "HUP");
    assert_eq!(server.get("/healthz").0, 200);
    assert!(server.stop().success());
}

#[test]
fn one_process_owns_a_folder_and_commands_ask_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::in_folder(folder.path());
    let complaint = run_failing(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    assert!(complaint.contains("in use") && complaint.contains(&server.url), "{complaint}");
    run(&["accounts", "create", "acme", "--data", data]);
    let accounts = run(&["accounts", "list", "--data", data]);
    assert!(accounts.contains("acme"));
    drop(server);
    // Killed: what it announced is stale, and the command opens the folder itself.
    assert_eq!(run(&["accounts", "list", "--data", data]), accounts);
}

#[test]
fn several_listeners_serve_the_same() {
    let mut command = vedette();
    command
        .args(["serve", "--memory", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let urls: Vec<String> = (0..2).map(|_| lines.next().unwrap().unwrap()).collect();
    assert_ne!(urls[0], urls[1]);
    let http = reqwest::blocking::Client::new();
    let sent = http.post(format!("{}/api/v1/record", urls[0])).json(&json!({ "agent": "a" })).send().unwrap();
    assert_eq!(sent.status(), 202);
    let runs: serde_json::Value = http.get(format!("{}/api/v1/runs", urls[1])).send().unwrap().json().unwrap();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn settings_come_from_flags_then_the_environment_then_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, by_file, by_flag) =
        (folder.path().join("vedette.toml"), folder.path().join("file"), folder.path().join("flag"));
    std::fs::write(&file, format!("data = {by_file:?}\nlog = \"info\"\n")).unwrap();
    let list = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output =
            vedette().args(["accounts", "list"]).args(arguments).envs(environment.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let file = file.to_str().unwrap();
    list(&["--config", file, "--data", by_flag.to_str().unwrap()], &[]);
    assert!(by_flag.exists() && !by_file.exists());
    list(&[], &[("VEDETTE_CONFIG", file)]);
    assert!(by_file.exists());
    std::fs::write(file, "prot = 1").unwrap();
    assert!(run_failing(&["accounts", "list", "--config", file]).contains("prot is no setting"));
}

#[test]
fn a_silent_run_is_presumed_closed() {
    let server = Server::start(&["--memory", "--settle", "0s"]);
    let trace = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "spanId": "0000000000000001", "parentSpanId": "0000000000000002",
        "name": "chat", "startTimeUnixNano": "1769860800000000000", "endTimeUnixNano": "1769860801000000000",
        "attributes": [{ "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } }] }] }] }] });
    assert_eq!(server.post("/v1/traces", &trace).0, 200);
    let run = eventually(|| Some(server.only_run()).filter(|run| run["status"] != "running"));
    assert_eq!((&run["status"], &run["presumed"]), (&json!("success"), &json!(true)));
}

#[test]
fn health_and_figures_are_open_to_who_watches() {
    let server = Server::memory();
    assert_eq!(server.post("/api/v1/record", &json!({ "agent": "a" })).0, 202);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path), (200, json!({ "status": "ok" })), "{path}");
    }
    let text = server.request("GET", "/metrics").send().unwrap().text().unwrap();
    for line in ["vedette_spans_total{door=\"batch\"} 1", "vedette_writable 1", "vedette_stream_readers 0"] {
        assert!(text.lines().any(|given| given == line), "{line} not in {text}");
    }
}
