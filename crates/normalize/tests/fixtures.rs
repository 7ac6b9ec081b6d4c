//! Every captured client through decoder, normalizer and summary: the figures of its `expected.json`, by
//! the very function that `vedette explain --summary` prints.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod captured;
#[allow(dead_code, missing_docs, unreachable_pub, reason = "the command uses the rest of it")]
#[path = "../../server/src/commands/explain/summary.rs"]
mod summary;

use captured::{folders, read};
use serde_json::{Map, Value as Json};
use std::fs;
use std::path::Path;
use vedette_normalize::Prices;

/// Figures of `expected.json` that the capture itself shows to be wrong, with what is right and why.
fn corrected() -> Vec<Json> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/corrected.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn each_captured_client_gives_its_figures() {
    let prices = Prices::bundled();
    let corrected = corrected();
    let mut wrong = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let expected: Map<String, Json> =
            serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let figures = summary::Account::of(read(&folder), &prices).figures();
        for (key, expected) in expected {
            let right =
                corrected.iter().find(|row| row["client"] == name && row["key"] == *key).map(|row| &row["right"]);
            assert_ne!(right, Some(&expected), "{name}: {key} is not wrong");
            let expected = right.unwrap_or(&expected);
            // Content that comes in log records is more than was counted when these were made.
            let more_is_better = matches!(key.as_str(), "model_calls_with_input" | "model_calls_with_output");
            let is = &figures[&key];
            if is != expected && !(more_is_better && is.as_u64() > expected.as_u64()) {
                wrong.push(format!("{name}: {key} is {is}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
