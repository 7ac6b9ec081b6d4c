//! The captured clients of `fixtures/otlp`, decoded.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use vedette_model::{RawLog, RawSpan};

/// One client's folder.
pub fn folder(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(client)
}

/// One folder a client, by name.
pub fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("expected.json").exists());
    folders.sort();
    folders
}

/// All it sent, log records as point events, in the order of its files.
pub fn read(folder: &Path) -> Vec<RawSpan> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut raws = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = || fs::read(&file).unwrap();
        let decoded = if name.ends_with(".logs.pb") {
            vedette_otlp::logs_from_protobuf(&bytes())
        } else if name.ends_with(".raw.json") {
            vedette_otlp::traces_from_json(&bytes())
        } else if name.ends_with(".pb") && !name.ends_with(".metrics.pb") {
            vedette_otlp::traces_from_protobuf(&bytes())
        } else {
            continue;
        };
        let decoded = decoded.unwrap();
        assert_eq!(decoded.refused, [], "{name}");
        raws.extend(decoded.spans);
        raws.extend(decoded.logs.into_iter().filter_map(RawLog::into_span));
    }
    raws
}
