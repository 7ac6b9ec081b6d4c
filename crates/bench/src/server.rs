//! The server under test: a process, what it costs, and how to ask it.

use anyhow::{Context, Result, bail};
use reqwest::blocking::Client;
use serde_json::Value as Json;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use vedette_model::limits;

/// Clock ticks a second in `/proc`, as Linux has it everywhere.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Server {
    process: Child,
    pub address: String,
    pub client: Client,
    /// From start to the printed address.
    pub ready: Duration,
    pub data: PathBuf,
}

impl Server {
    pub fn start(binary: &Path, data: &Path) -> Result<Server> {
        let started = Instant::now();
        let mut process = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            // Not what the SDKs of this machine's user have left unsent.
            .env("VEDETTE_SPOOL", data.join("spool"))
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let mut lines = BufReader::new(process.stdout.take().context("stdout is piped")?).lines();
        let address = loop {
            let line = lines.next().context("the server ended before it was ready")??;
            if let Some(at) = line.find("http://") {
                break line.split_at(at).1.trim().to_owned();
            }
        };
        let ready = started.elapsed();
        // Whatever it prints later must not fill the pipe.
        std::thread::Builder::new().name("stdout".into()).spawn(move || lines.for_each(drop))?;
        let client = Client::builder().timeout(Duration::from_secs(120)).build()?;
        Ok(Server { process, address, client, ready, data: data.to_owned() })
    }

    pub fn get(&self, path: &str) -> Result<Json> {
        let response = self.client.get(format!("{}{path}", self.address)).send()?;
        if !response.status().is_success() {
            bail!("{path}: {}", response.status());
        }
        Ok(response.json()?)
    }

    pub fn post_traces(&self, body: Vec<u8>) -> Result<()> {
        loop {
            let request = self.client.post(format!("{}/v1/traces", self.address));
            let response = request.header("content-type", "application/x-protobuf").body(body.clone()).send()?;
            match response.status().as_u16() {
                200 => return Ok(()),
                // Pressed too hard: what a real exporter does, only sooner.
                429 => std::thread::sleep(Duration::from_millis(50)),
                status => bail!("the server answered {status}: {}", response.text()?),
            }
        }
    }

    /// CPU seconds of the process so far.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit_once(')').context("stat has no name")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        Ok((ticks(11) + ticks(12)) / TICKS_PER_SECOND)
    }

    /// Mebibytes: `VmRSS` or `VmHWM`.
    pub fn memory_mb(&self, field: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with(field)).context("no such field")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Waits until all that is worth a segment has left the log and the background is quiet.
    pub fn wait_until_flushed(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut last = (u64::MAX, u64::MAX);
        while Instant::now() < deadline {
            let status = self.get("/api/v1/status")?;
            let figure = |name: &str| status.get(name).and_then(Json::as_u64).unwrap_or(0);
            let now = (figure("segments"), figure("disk_bytes"));
            // Fewer wait for company.
            if figure("log_spans") < limits::FLUSH_QUIET_SPANS as u64 && now == last {
                return Ok(());
            }
            last = now;
            std::thread::sleep(Duration::from_secs(2));
        }
        bail!("the log was not flushed within five minutes")
    }

    /// Bytes of all files in the data folder.
    pub fn disk_bytes(&self) -> Result<u64> {
        folder_bytes(&self.data)
    }

    pub fn kill(mut self) -> Result<PathBuf> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(self.data.clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { folder_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
