//! The command line from outside: layouts as a person sees them (reviewed snapshots), files in and out,
//! exit codes. Scenarios 47, 49 to 53 where they show in the terminal.

mod demo;
mod explain;
mod files;
mod layouts;
mod tail;

use crate::server::{run_failing, vedette};
use std::path::{Path, PathBuf};
use std::process::Output;

/// A file of the repository.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(path)
}

/// Runs a command in a folder; what it printed on both, and its exit code.
pub fn ended(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let Output { status, stdout, stderr } = vedette().current_dir(folder).args(arguments).output().unwrap();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code().unwrap())
}

/// The same of one that must end well without a word on standard error.
pub fn printed(folder: &Path, arguments: &[&str]) -> String {
    let (printed, complained, code) = ended(folder, arguments);
    assert_eq!((complained.as_str(), code), ("", 0), "{arguments:?}");
    printed
}

#[test]
fn every_command_explains_itself_and_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let script = printed(folder.path(), &["completions", "bash"]);
    let help = printed(folder.path(), &["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        assert!(
            script.contains(&format!("vedette__subcmd__{command}")) || script.contains(&format!("vedette,{command})")),
            "{command}"
        );
        if command != "help" {
            assert!(printed(folder.path(), &[command, "--help"]).contains("Usage: vedette"), "{command}");
        }
    }
}

#[test]
fn a_server_behind_https_is_refused_with_the_way_to_it() {
    let complaint = run_failing(&["--server", "https://vedette.example.com", "runs"]);
    assert!(complaint.contains("not https://vedette.example.com: ask through a tunnel"), "{complaint}");
}

#[test]
fn the_document_of_the_api_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let document: serde_json::Value = serde_json::from_str(&printed(folder.path(), &["openapi"])).unwrap();
    assert!(document["paths"]["/api/v1/runs"]["get"].is_object());
}

#[test]
fn a_reader_who_has_seen_enough_ends_a_command_in_peace() {
    use std::process::Stdio;
    let otlp = fixture("otlp/langsmith-otel");
    for arguments in [["explain", "--json", otlp.to_str().unwrap()].as_slice(), &["completions", "bash"]] {
        let mut child = vedette().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let complained = String::from_utf8(output.stderr).unwrap();
        assert_eq!((complained.as_str(), output.status.code()), ("", Some(0)), "{arguments:?}");
    }
}
