//! Which crate may know which: the absence of an edge is the point of having crates.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A workspace crate and the workspace crates it may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("workspace-hack", &[]),
    ("vedette-model", &[]),
    ("vedette-otlp", &["vedette-model"]),
    ("vedette-normalize", &["vedette-model"]),
    ("vedette-summary", &["vedette-model"]),
    ("vedette-watch", &["vedette-model"]),
    ("vedette-recording", &["vedette-model"]),
    ("vedette-store", &["vedette-model", "vedette-otlp", "vedette-summary"]),
    ("vedette-lake", &["vedette-model", "vedette-otlp", "vedette-normalize", "vedette-store"]),
    (
        "vedette-server",
        &[
            "vedette-model",
            "vedette-otlp",
            "vedette-normalize",
            "vedette-summary",
            "vedette-watch",
            "vedette-store",
            "vedette-lake",
            "vedette-sdk",
        ],
    ),
    ("vedette-bench", &["vedette-model", "vedette-otlp"]),
    ("vedette-xtask", &["vedette-model", "vedette-otlp"]),
    ("vedette-sdk", &[]),
    ("vedette-python", &["vedette-recording", "vedette-sdk"]),
];

/// Outside crates that only the named ones may use.
const CONFINED: &[(&str, &[&str])] = &[
    ("datafusion", &["vedette-lake"]),
    ("axum", &["vedette-server"]),
    ("tokio", &["vedette-server", "vedette-lake"]),
    ("rusqlite", &["vedette-store", "vedette-bench"]),
    ("genai-prices", &["vedette-normalize"]),
];

pub fn check(root: &Path) -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("reading cargo metadata")?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("no packages")?;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = EDGES.iter().find(|(crate_name, _)| *crate_name == name) else {
            wrong.push(format!("{name} is not in xtask/src/layers.rs"));
            continue;
        };
        if name == "workspace-hack" {
            continue; // names crates only to unify their features
        }
        let used = package["dependencies"].as_array().into_iter().flatten();
        for dependency in used.filter(|dependency| dependency["kind"].is_null()) {
            let on = dependency["name"].as_str().unwrap_or_default();
            if on.starts_with("vedette-") && !allowed.contains(&on) {
                wrong.push(format!("{name} must not depend on {on}"));
            }
            if CONFINED.iter().any(|(outside, users)| *outside == on && !users.contains(&name)) {
                wrong.push(format!("{name} must not depend on {on}"));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    println!("{} crates keep their layers", packages.len());
    Ok(())
}
