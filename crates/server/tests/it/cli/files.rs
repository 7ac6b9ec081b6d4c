//! Files in and out: `import`, `export`, `sql`, `doctor`, `dashboard`.

use super::{ended, fixture, printed};
use crate::server::{Server, eventually, pick, vedette};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::process::Stdio;

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// All runs of a data folder, without what depends on when they came.
fn runs(folder: &Path) -> Json {
    let mut answer = parsed(&printed(
        folder,
        &["runs", "--data", "data", "--json", "--limit", "1000", "--kind", "run", "--kind", "trace"],
    ));
    for run in answer["runs"].as_array_mut().unwrap() {
        run["received_at"] = Json::Null;
    }
    answer["runs"].take()
}

#[test]
fn bad_lines_are_named_and_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = fixture("studio/mixed.jsonl");
    let mixed = mixed.to_str().unwrap();
    let (said, complained, code) = ended(folder.path(), &["import", "--data", "data", mixed]);
    assert_eq!(said, format!("{mixed}: 8 spans in 4 runs from 10 lines\n"));
    assert!(
        complained.contains("2 lines passed over\n  line 4: ") && complained.contains("\n  line 9: "),
        "{complained}"
    );
    assert_eq!(code, 2);
    let (said, _, code) = ended(folder.path(), &["import", "--data", "data", "--json", mixed]);
    let answer = parsed(&said);
    assert_eq!((code, &answer["files"][0]["skipped_count"]), (2, &Json::from(2)));
    assert_eq!(answer["files"][0]["skipped"][1]["line"], 9);
    let (_, complained, code) = ended(folder.path(), &["import", "--data", "data", "nowhere.jsonl"]);
    assert_eq!(code, 1);
    assert!(complained.contains("cannot read nowhere.jsonl"), "{complained}");
}

#[test]
fn a_file_again_adds_nothing_and_a_server_takes_it_as_a_folder_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("studio/document.jsonl");
    let path = path.to_str().unwrap();
    printed(folder.path(), &["import", "--data", "data", path]);
    let once = runs(folder.path());
    assert_eq!(once.as_array().unwrap().len(), 2);
    printed(folder.path(), &["import", "--data", "data", path, path]);
    assert_eq!(runs(folder.path()), once);
    // The owner of a folder is asked where there is one.
    let other = tempfile::tempdir().unwrap();
    let server = Server::in_folder(&other.path().join("data"));
    printed(other.path(), &["import", "--data", "data", path]);
    assert_eq!(runs(other.path()), once);
    let header = printed(other.path(), &["runs", "--data", "data"]);
    assert!(header.starts_with(&server.url), "{header}");
}

#[test]
fn an_exported_run_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("otlp/vercel-ai-5/001.pb");
    printed(folder.path(), &["import", "--data", "data", path.to_str().unwrap()]);
    let before = runs(folder.path());
    let other = tempfile::tempdir().unwrap();
    for run in before.as_array().unwrap() {
        let exported = printed(folder.path(), &["export", "--data", "data", run["id"].as_str().unwrap()]);
        fs::write(other.path().join("run.json"), exported).unwrap();
        printed(other.path(), &["import", "--data", "data", "run.json"]);
    }
    assert!(before.as_array().unwrap().len() > 1);
    assert_eq!(runs(other.path()), before);
}

#[test]
fn lists_are_exported_for_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("studio/document.jsonl");
    printed(folder.path(), &["import", "--data", "data", path.to_str().unwrap()]);
    let run = |arguments: &[&str]| printed(folder.path(), &[&["export", "--data", "data"], arguments].concat());
    let sheet = run(&["--runs"]);
    let mut rows = csv::Reader::from_reader(sheet.as_bytes());
    let names = rows.headers().unwrap().clone();
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let cells: Vec<[&str; 3]> =
        rows.iter().map(|row| [&row[at("id")], &row[at("cost_usd")], &row[at("tokens.input")]]).collect();
    assert_eq!(cells, [["run-174", "0.00892", "337"], ["run-173", "0.0006", "226"]]);
    let lines = run(&["run-174", "--format", "jsonl"]);
    let slow: Vec<Json> =
        lines.lines().map(parsed).filter(|span| span["duration_ms"].as_f64() >= Some(2000.0)).collect();
    assert_eq!(slow.len(), 1);
    assert_eq!(
        pick(&slow[0], &["agent", "model", "duration_ms", "cost_usd"]),
        json!({ "agent": "billing_agent", "model": "claude-sonnet-4-20250514", "duration_ms": 2401.0, "cost_usd": "0.0084" })
    );
    assert_eq!(run(&["--runs", "--format", "jsonl", "--agent", "technical_agent"]).lines().count(), 1);
    for (arguments, said) in [
        (&["--runs", "--format", "otlp"][..], "run by run"),
        (&["run-174", "--agent", "x"], "say --runs"),
        (&["run-9"], "no run is called run-9"),
    ] {
        let (_, complained, code) = ended(folder.path(), &[&["export", "--data", "data"], arguments].concat());
        assert_eq!(code, 1, "{arguments:?}");
        assert!(complained.contains(said), "{complained}");
    }
}

#[test]
fn sql_answers_as_table_csv_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture("studio/document.jsonl");
    printed(folder.path(), &["import", "--data", "data", path.to_str().unwrap()]);
    let ask = |query: &str, form: &[&str]| printed(folder.path(), &[&["sql", "--data", "data", query], form].concat());
    let query =
        "select model, count(*) as calls from spans where kind = 'llm' group by model order by calls desc, model";
    insta::assert_snapshot!("sql_table", ask(query, &[]));
    assert_eq!(
        ask(query, &["--csv"]),
        "model,calls\nclaude-haiku-3-5-20241022,4\nclaude-sonnet-4-20250514,1\ngpt-4o-mini,1\n"
    );
    assert_eq!(parsed(&ask(query, &["--json"]))["rows"][1], json!(["claude-sonnet-4-20250514", 1]));
    let (_, complained, code) = ended(folder.path(), &["sql", "--data", "data", "delete from runs"]);
    assert_eq!(code, 1);
    assert!(complained.starts_with("vedette: "), "{complained}");
}

#[test]
fn a_doctor_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let examine = || ended(folder.path(), &["doctor", "--data", "data", "--listen", "127.0.0.1:0"]);
    let (said, _, code) = examine();
    assert!(said.contains("there is no data in this folder yet") && code == 0, "{said}");
    let path = fixture("otlp/strands/001.pb");
    {
        let server = Server::in_folder(&folder.path().join("data"));
        printed(folder.path(), &["import", "--data", "data", path.to_str().unwrap()]);
        let (said, _, code) = examine();
        assert!(said.contains(&format!("owner   {}", server.url)) && code == 0, "{said}");
        // The end of a server moves what is in the log to a segment.
        assert!(server.stop().success());
    }
    let (said, _, code) = examine();
    assert!(
        said.contains("owner   none")
            && said.contains(", 1 segment\n")
            && said.ends_with("All is well.\n")
            && code == 0,
        "{said}"
    );
    let segments = folder.path().join("data/segments");
    let mut files: Vec<_> = fs::read_dir(segments).unwrap().map(|entry| entry.unwrap().path()).collect();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        }
    }
    let (said, _, code) = examine();
    assert!(said.contains("WRONG   ") && said.contains("checksum") && code == 1, "{said}");
    let (said, _, code) = ended(folder.path(), &["doctor", "--json", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!((parsed(&said)["problems"].as_array().unwrap().is_empty(), code), (false, 1));
}

/// All runs and spans that a server tells of, without what depends on when they came.
fn told(url: &str) -> Vec<Json> {
    let ask = |path: &str| parsed(&reqwest::blocking::get(format!("{url}{path}")).unwrap().text().unwrap());
    let mut told = Vec::new();
    for mut run in ask("/api/v1/runs?sort=oldest&limit=1000&kind=run&kind=trace")["runs"].as_array().unwrap().clone() {
        run["received_at"] = Json::Null;
        let spans = ask(&format!("/api/v1/runs/{}/spans", run["id"].as_str().unwrap()))["spans"].take();
        for span in spans.as_array().unwrap() {
            let whole = format!("/api/v1/runs/{}/spans/{}", run["id"].as_str().unwrap(), span["id"].as_str().unwrap());
            told.push(ask(&whole));
        }
        told.push(run);
    }
    told
}

/// Scenario 48: `dashboard --trace`, `import` and an upload leave the same.
#[test]
fn a_dashboard_an_import_and_an_upload_leave_the_same() {
    for name in ["studio/document.jsonl", "studio/mixed.jsonl", "otlp/strands/001.pb"] {
        let scratch = tempfile::tempdir().unwrap();
        let path = fixture(name);
        let mut dashboard = vedette();
        dashboard.env("TMPDIR", scratch.path());
        dashboard.args(["dashboard", "--no-open", "--listen", "127.0.0.1:0", "--trace", path.to_str().unwrap()]);
        let dashboard = Server::spawn(dashboard.stderr(Stdio::null()));
        let shown = told(&dashboard.url);
        assert!(shown.len() > 5, "{name}: {shown:?}");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
        assert!(dashboard.stop().success());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "it leaves nothing");

        let server = Server::start(&["--memory", "--settle", "1s"]);
        let upload = server.request("POST", "/traces").body(fs::read(&path).unwrap()).send().unwrap();
        assert_eq!(upload.status(), 200);
        let folder = tempfile::tempdir().unwrap();
        ended(folder.path(), &["import", "--data", "data", path.to_str().unwrap()]);
        let data = folder.path().join("data");
        let imported = Server::start(&["--data", data.to_str().unwrap(), "--settle", "1s"]);
        for (how, url) in [("uploaded", &server.url), ("imported", &imported.url)] {
            // A run without a stated end has one once nothing has come for a while.
            let left = eventually(|| Some(told(url)).filter(|left| statuses(left) == statuses(&shown)));
            assert_eq!(left, shown, "{name} {how}");
        }
    }
}

fn statuses(told: &[Json]) -> Vec<&Json> {
    told.iter().map(|told| &told["status"]).collect()
}
