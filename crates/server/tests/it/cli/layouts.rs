//! What `runs`, `show` and `costs` print. The document's own figures: reference-systems.md §6.

use super::{ended, fixture, printed};
use crate::server::Server;
use serde_json::json;
use std::fs;
use std::path::Path;

/// The document's second file: 1,240 lines in 180 runs over a week. What they cost is cut into pieces of
/// one day, model and workflow, each shared by its runs and their lines to the last nano-dollar.
fn production_runs() -> String {
    const SONNET: &str = "claude-sonnet-4-20250514";
    const HAIKU: &str = "claude-haiku-3-5-20241022";
    const MINI: &str = "gpt-4o-mini";
    const PIECES: [(u32, &str, &str, u64, u64); 10] = [
        (9, "main", SONNET, 4_120, 10),
        (8, "main", SONNET, 3_980, 10),
        (7, "main", SONNET, 5_430, 10),
        (6, "main", SONNET, 5_200, 10),
        (5, "main", SONNET, 5_200, 10),
        (4, "main", SONNET, 870, 10),
        (4, "main", MINI, 4_330, 10),
        (3, "main", MINI, 1_870, 10),
        (3, "main", HAIKU, 200, 9),
        (3, "quick", HAIKU, 3_200, 91),
    ];
    let (mut lines, mut run) = (String::new(), 180);
    for (day, workflow, model, thousandths, runs) in PIECES {
        let share =
            |whole: u64, parts: u64, at: u64| if at + 1 == parts { whole - whole / parts * at } else { whole / parts };
        for at in 0..runs {
            let cost = share(thousandths * 1_000_000, runs, at);
            let steps = if run > 160 { 6 } else { 7 };
            for step in 0..steps {
                let line = json!({
                    "event_type": "llm_call_end", "agent_name": format!("agent_{step}"), "workflow": workflow,
                    "pattern": "supervisor", "run_id": format!("run-{run}"), "provider": "any", "model": model,
                    "input_tokens": 100, "output_tokens": 10, "duration_ms": 500.0,
                    "cost_estimate": share(cost, steps, step) as f64 / 1e9,
                    "timestamp": format!("2025-06-{day:02}T{:02}:{:02}:{step:02}.000Z", 14 - at / 60, 59 - at % 60),
                });
                lines.push_str(&format!("{line}\n"));
            }
            run -= 1;
        }
    }
    lines
}

fn in_folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const OLDER: &str = r#"{"event_type":"llm_call_end","agent_name":"a","workflow":"main","run_id":"run-0","model":"gpt-4o-mini","cost_estimate":99.0,"timestamp":"2025-05-01T12:00:00Z"}"#;

#[test]
fn the_documents_runs_have_the_documents_layout() {
    let studio = fixture("studio");
    insta::assert_snapshot!("document_runs", printed(&studio, &["runs", "--trace", "document.jsonl"]));
    insta::assert_snapshot!("document_costs", printed(&studio, &["costs", "--trace", "document.jsonl"]));
    for said in ["run-174", "#174", "174"] {
        insta::assert_snapshot!("document_show", printed(&studio, &["show", said, "--trace", "document.jsonl"]));
    }
}

#[test]
fn a_file_says_how_many_spans_from_how_many_runs() {
    let folder = in_folder(&[("traces/production_runs.jsonl", &production_runs())]);
    let printed = printed(folder.path(), &["runs", "--trace", "traces/production_runs.jsonl", "--limit", "1"]);
    assert_eq!(printed.lines().next(), Some("traces/production_runs.jsonl — 1,240 spans from 180 runs"));
}

#[test]
fn costs_of_the_document() {
    let with_older = production_runs() + OLDER + "\n";
    let folder = in_folder(&[("a.jsonl", &production_runs()), ("b.jsonl", &with_older)]);
    let costs = printed(folder.path(), &["costs", "--trace", "a.jsonl"]);
    insta::assert_snapshot!("production_costs", costs);
    // Only the last seven days count, unless a range is asked for.
    assert_eq!(printed(folder.path(), &["costs", "--trace", "b.jsonl"]), costs);
    let all = printed(folder.path(), &["costs", "--trace", "b.jsonl", "--since", "2025-01-01", "--by", "model"]);
    insta::assert_snapshot!("production_costs_since", all);
}

#[test]
fn costs_say_where_they_come_from() {
    let server = Server::memory();
    let price = json!({ "model": "own-7b", "valid_from": "2025-01-01T00:00:00Z", "input_per_million_usd": "1", "output_per_million_usd": "2" });
    assert_eq!(server.request("PUT", "/api/v1/prices").json(&price).send().unwrap().status(), 204);
    let call = |id: &str, model: &str| {
        json!({ "span_id": id, "type": "llm", "model": model, "started_at": "2025-06-09T12:00:00Z",
            "input_tokens": 1_000_000, "output_tokens": 0 })
    };
    let mut reported = call("3", "gpt-4o-mini-2024-07-18");
    reported["cost_usd"] = json!("0.4");
    let batch = json!({ "traces": [{
        "trace": { "trace_id": "t", "agent": "a", "started_at": "2025-06-09T12:00:00Z" },
        "spans": [call("1", "gpt-4o-mini-2024-07-18"), call("2", "own-7b"), reported],
    }]});
    assert_eq!(server.post("/api/v1/traces/batch", &batch).0, 202);
    let told = printed(Path::new("/"), &["costs", "--server", &server.url, "--since", "2025-06-01"]);
    let line = told.lines().nth(1);
    assert_eq!(
        line,
        Some("$0.40 reported with the calls, $1.00 by your own prices, $0.15 computed from the price list"),
        "{told}"
    );
    let nothing = printed(Path::new("/"), &["costs", "--server", &server.url, "--until", "2020-01-01"]);
    assert_eq!(nothing.lines().nth(1), Some(""), "{nothing}");
}

/// Unfinished, interleaved, of several shapes, with bad lines (scenario 53).
#[test]
fn a_mixed_file_is_told_apart() {
    let (printed, complained, code) = ended(&fixture("studio"), &["runs", "--trace", "mixed.jsonl"]);
    insta::assert_snapshot!("mixed_runs", printed);
    assert!(complained.starts_with("mixed.jsonl: 2 lines passed over\n  line 4: "), "{complained}");
    assert!(complained.contains("\n  line 9: "), "{complained}");
    assert_eq!(code, 0);
}

#[test]
fn what_failed_first_is_marked_and_copies_are_said() {
    let path = fixture("otlp/combo-genai-agents-and-openai/001.pb");
    let path = path.to_str().unwrap();
    let listed = printed(Path::new("/"), &["runs", "--trace", path, "--json", "--sort", "oldest"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let mut shown = String::new();
    for run in listed["runs"].as_array().unwrap() {
        shown += &printed(Path::new("/"), &["show", run["id"].as_str().unwrap(), "--trace", path]);
        shown.push('\n');
    }
    insta::assert_snapshot!("combo_show", shown);
}

#[test]
fn text_of_a_trace_cannot_steer_the_terminal() {
    let line = r#"{"event_type":"llm_call_end","agent_name":"\u001b[31mred\u0007\u202e","workflow":"w\nx","run_id":"run-1\u001b]0;t\u0007","model":"m\u001b[2J","timestamp":"2025-05-01T12:00:00Z","output":"\u001b[2J"}"#;
    let folder = in_folder(&[("evil.jsonl", line)]);
    for arguments in [&["runs"][..], &["costs"], &["show", "run-1\u{1b}]0;t\u{7}"]] {
        let text = printed(folder.path(), &[arguments, &["--trace", "evil.jsonl"]].concat());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{arguments:?}: {text:?}");
    }
}

#[test]
fn a_server_is_asked_as_a_file_is() {
    let server = Server::memory();
    let studio = fixture("studio");
    printed(&studio, &["import", "--server", &server.url, "document.jsonl"]);
    let of_file = printed(&studio, &["runs", "--trace", "document.jsonl"]);
    let of_server = printed(&studio, &["runs", "--server", &server.url]);
    let rest = |text: &str| text.split_once('\n').unwrap().1.replace("   running", "").trim_end().to_owned();
    assert_eq!(of_server.lines().next(), Some(&*format!("{} — 6 spans from 2 runs", server.url)));
    assert_eq!(rest(&of_server), rest(&of_file));
    let filtered = printed(&studio, &["runs", "--server", &server.url, "--agent", "billing_agent", "--steps", "0"]);
    assert_eq!(filtered.lines().count(), 2, "{filtered}");
    let (_, complained, code) = ended(&studio, &["runs", "--server", &server.url, "--status", "broken"]);
    assert_eq!(code, 1);
    assert!(complained.contains("status must be"), "{complained}");
}
