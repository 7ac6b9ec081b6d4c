//! `demo`: real runs within the last week, and nothing left behind.

use crate::server::{signal, vedette};
use serde_json::Value as Json;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

fn start(arguments: &[&str], scratch: &std::path::Path) -> (Child, String) {
    let mut child = vedette()
        .env("TMPDIR", scratch)
        .args(["demo", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::with_capacity(1, child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    (child, url.trim().to_owned())
}

/// What else it printed.
fn stop(mut child: Child) -> String {
    signal(child.id(), "TERM");
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert!(child.wait().unwrap().success());
    printed
}

fn get(url: &str, path: &str) -> Json {
    serde_json::from_str(&reqwest::blocking::get(format!("{url}{path}")).unwrap().text().unwrap()).unwrap()
}

#[test]
fn the_demo_shows_the_last_week_and_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let (child, url) = start(&[], scratch.path());
    let real = get(&url, "/api/v1/runs?agent=airline-support&since=7d&limit=1000");
    let real = real["runs"].as_array().unwrap();
    assert_eq!(real.len(), 200);
    assert!(real.iter().all(|run| run["success"].is_boolean() && run["status"] != "running"));
    let whole = get(&url, &format!("/api/v1/runs/{}", real[0]["id"].as_str().unwrap()));
    assert_eq!(whole["scores"][0]["name"], "reward");
    let all = get(&url, "/api/v1/status")["runs"].as_u64().unwrap();
    let week = get(&url, "/api/v1/runs?since=7d&limit=1000&kind=run&kind=trace&kind=record&kind=heartbeat");
    // A run that is a copy of another is kept, but in no list.
    let copies = all - week["runs"].as_array().unwrap().len() as u64;
    assert!(copies < 20, "{copies} of {all} runs are not in the last week");
    assert!(get(&url, "/api/v1/runs?since=0d")["runs"].as_array().unwrap().is_empty());
    assert_eq!(get(&url, "/api/v1/costs")["range"], "last_week");
    assert_eq!(get(&url, "/api/v1/runs?status=running")["runs"].as_array().unwrap().len(), 0);
    let printed = stop(child);
    assert!(printed.contains(&format!("OTEL_EXPORTER_OTLP_ENDPOINT={url}")), "{printed}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn a_kept_demo_is_loaded_once_and_never_among_other_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let count = |url: &str| (get(url, "/api/v1/status")["runs"].clone(), get(url, "/api/v1/status")["spans"].clone());
    let (child, url) = start(&["--data", data], folder.path());
    let first = count(&url);
    stop(child);
    let (child, url) = start(&["--data", data], folder.path());
    assert_eq!(count(&url), first);
    stop(child);
    let other = tempfile::tempdir().unwrap();
    super::printed(
        other.path(),
        &["import", "--data", "data", super::fixture("studio/document.jsonl").to_str().unwrap()],
    );
    let (_, complained, code) = super::ended(other.path(), &["demo", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1);
    assert!(complained.contains("do not belong among them"), "{complained}");
}
