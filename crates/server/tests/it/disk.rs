//! What becomes of a server whose disk fails: full, read-only, damaged. Reads go on, writes are refused with
//! the reason, `/healthz` and `/readyz` say so.

use crate::server::{Answer, Server, eventually, run, run_failing, vedette};
use serde_json::{Value as Json, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn record(server: &Server, id: &str) -> Answer {
    server.post("/api/v1/record", &json!({ "agent": "a", "id": id, "cost": 0.1 }))
}

fn ids(server: &Server) -> Vec<String> {
    let mut ids: Vec<String> = server.runs().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// No file of the server may grow beyond so many bytes; a write that would is refused as a full disk refuses it.
fn limit_files(server: &Server, bytes: &str) {
    let process = server.process_id().to_string();
    let limited = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:")]).status();
    assert!(limited.unwrap().success());
}

#[test]
fn a_full_disk_refuses_writes_until_it_has_room() {
    let folder = tempfile::tempdir().unwrap();
    // Its own log is on the same disk.
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_vedette"), "serve"]);
    command.args(["--listen", "127.0.0.1:0", "--data", folder.path().join("data").to_str().unwrap()]);
    let server = Server::spawn(command.env_clear().env("PATH", "/usr/bin:/bin").stderr(Stdio::from(log)));
    assert_eq!(record(&server, "before").0, 202);
    assert_eq!(server.get("/readyz").0, 200);

    limit_files(&server, "0");
    let (status, body) = record(&server, "refused");
    assert_eq!((status, &body["error"]), (503, &json!("read_only")), "{body}");
    assert!(body["message"].as_str().unwrap().contains("the disk refuses"), "{body}");
    for path in ["/v1/traces", "/v1/runs", "/api/v1/traces/batch", "/v1/heartbeats"] {
        let body = match path {
            "/v1/traces" => json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [
                { "traceId": "00000000000000000000000000000001", "spanId": "0000000000000001", "name": "x" },
            ]}]}]}),
            "/api/v1/traces/batch" => {
                json!({ "traces": [{ "trace": { "trace_id": "b", "agent": "a", "started_at": 1 } }] })
            }
            _ => {
                json!({ "id": "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "agent": "a", "started_at": "2026-01-31T12:00:00Z" })
            }
        };
        let (status, body) = server.post(path, &body);
        assert_eq!((status, &body["error"]), (503, &json!("read_only")), "{path}: {body}");
    }
    assert_eq!(server.post("/v1/metrics", &json!({ "resourceMetrics": [] })).0, 200, "nothing is written of metrics");
    for (path, expected) in [("/healthz", 200), ("/readyz", 503)] {
        let (status, body) = server.get(path);
        assert_eq!((status, &body["status"]), (expected, &json!("read_only")), "{path}");
        assert!(body["reason"].as_str().unwrap().contains("the disk refuses"), "{body}");
    }
    assert_eq!(ids(&server), ["before"], "reads go on");
    assert_eq!(server.spans("before").len(), 1);

    limit_files(&server, "unlimited");
    eventually(|| (server.get("/readyz").0 == 200).then_some(()));
    assert_eq!(record(&server, "after").0, 202);
    assert_eq!(ids(&server), ["after", "before"]);
    assert!(server.stop().success());
    let data = folder.path().join("data");
    assert!(run(&["doctor", "--data", data.to_str().unwrap()]).ends_with("All is well.\n"));
    assert_eq!(ids(&Server::in_folder(&data)), ["after", "before"]);
}

/// Root writes where nobody may, unless that is taken away.
fn bound_by_permissions() -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let program = env!("CARGO_BIN_EXE_vedette");
    if !is_root {
        return vedette();
    }
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", program]);
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    command
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    assert_eq!(record(&Server::in_folder(&data), "kept").0, 202);
    for entry in files_under(&data) {
        set_mode(&entry, 0o444);
    }
    set_mode(&data, 0o555);
    let output = bound_by_permissions().args(["serve", "--listen", "127.0.0.1:0", "--data", path]).output().unwrap();
    set_mode(&data, 0o755);
    for entry in files_under(&data) {
        set_mode(&entry, 0o644);
    }
    let complained = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complained}");
    assert!(complained.contains(path) && complained.contains("ermission denied"), "{complained}");
    assert!(complained.contains("copy its folder"), "the remedy: {complained}");
    assert_eq!(ids(&Server::in_folder(&data)), ["kept"], "nothing was harmed");
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_under(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_damaged_segment_costs_its_own_spans_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::in_folder(folder.path());
    assert_eq!(record(&server, "damaged").0, 202);
    // The end of a server moves what is in the log to a segment.
    assert!(server.stop().success());
    let segments = files_under(&folder.path().join("segments"));
    assert_eq!(segments.len(), 1, "{segments:?}");
    let mut bytes = fs::read(&segments[0]).unwrap();
    for at in bytes.len() / 4..bytes.len() * 3 / 4 {
        bytes[at] ^= 0x55;
    }
    fs::write(&segments[0], bytes).unwrap();
    let name = segments[0].file_name().unwrap().to_str().unwrap().to_owned();

    let server = Server::in_folder(folder.path());
    assert_eq!(record(&server, "sound").0, 202, "writes go on");
    assert_eq!(server.spans("damaged"), [] as [Json; 0], "what cannot be read is absent");
    assert_eq!(ids(&server), ["damaged", "sound"], "figures are no spans");
    assert_eq!(server.read("/api/v1/runs/damaged")["cost_usd"], "0.1");
    assert_eq!(server.spans("sound").len(), 1);
    for path in ["/healthz", "/readyz"] {
        let (status, body) = server.get(path);
        assert_eq!((status, &body["status"]), (200, &json!("damaged")), "{path}: {body}");
        let named: Vec<&Json> = body["damaged_segments"].as_array().unwrap().iter().collect();
        assert!(named.len() == 1 && named[0].as_str().unwrap().contains(&name), "{path}: {body}");
    }
    assert!(server.stop().success());
    assert!(!run_failing(&["doctor", "--data", data]).contains("panicked"));
    assert_eq!(ids(&Server::in_folder(folder.path())), ["damaged", "sound"]);
}
