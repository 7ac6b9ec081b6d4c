//! The generated files, each with the function that makes its bytes.

use crate::demo;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

type Generator = fn(&Path) -> Result<Vec<u8>>;

const FILES: &[(&str, Generator)] = &[
    ("fixtures/demo/real-runs.traces.pb.zst", demo::real_runs),
    ("fixtures/demo/clients.traces.pb.zst", demo::client_traces),
    ("fixtures/demo/clients.logs.pb.zst", demo::client_logs),
    ("schema/openapi.json", openapi),
];

pub fn write(root: &Path) -> Result<()> {
    for (file, generate) in FILES {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().context("generated files lie in folders")?)?;
        std::fs::write(&path, generate(root)?).with_context(|| format!("writing {file}"))?;
        println!("wrote {file}");
    }
    Ok(())
}

pub fn check(root: &Path) -> Result<()> {
    for (file, generate) in FILES {
        let kept = std::fs::read(root.join(file)).with_context(|| format!("reading {file}"))?;
        if kept != generate(root)? {
            bail!("{file} is stale: run `make gen` and commit it");
        }
    }
    println!("{} generated files are fresh", FILES.len());
    Ok(())
}

fn openapi(root: &Path) -> Result<Vec<u8>> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "vedette-server", "--bin", "vedette", "--", "openapi"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!("vedette openapi failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}
