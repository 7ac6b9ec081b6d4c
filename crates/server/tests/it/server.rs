//! A `vedette serve` of its own for each test, on a free port, ended with the test.

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value as Json;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A command of the binary that sees nothing of its surroundings.
pub fn vedette() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vedette"));
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    command
}

pub struct Server {
    child: Child,
    /// Open as long as it runs: it may say more.
    _output: BufReader<ChildStdout>,
    /// The first address it listens on.
    pub url: String,
    http: Client,
    key: Option<String>,
}

/// Status and body.
pub type Answer = (u16, Json);

impl Server {
    /// In memory.
    pub fn memory() -> Self {
        Server::start(&["--memory"])
    }

    pub fn in_folder(folder: &Path) -> Self {
        Server::start(&["--data", folder.to_str().unwrap()])
    }

    pub fn start(arguments: &[&str]) -> Self {
        Server::start_in(&[], arguments)
    }

    /// With variables of the environment.
    pub fn start_in(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = vedette();
        command.envs(environment.iter().copied()).args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        Server::spawn(&mut command)
    }

    /// By a command that prints the address first.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert!(line.starts_with("http://127.0.0.1:"), "the server did not start: {line:?}");
        let http = Client::builder().timeout(Duration::from_secs(60)).pool_max_idle_per_host(0).build().unwrap();
        Server { child, _output: output, url: line.trim().to_owned(), http, key: None }
    }

    /// From now on with this key.
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        match &self.key {
            Some(key) => self.request_by(key, method, path),
            None => self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)),
        }
    }

    /// With another key.
    pub fn request_by(&self, key: &str, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)).bearer_auth(key)
    }

    pub fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path).send().unwrap())
    }

    pub fn post(&self, path: &str, body: &Json) -> Answer {
        answer(self.request("POST", path).json(body).send().unwrap())
    }

    /// The body of a `GET` that must succeed.
    pub fn read(&self, path: &str) -> Json {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Every run, of every kind.
    pub fn runs(&self) -> Vec<Json> {
        let body = self.read("/api/v1/runs?limit=1000&kind=run&kind=record&kind=heartbeat&kind=trace");
        body["runs"].as_array().unwrap().clone()
    }

    /// The one run there is.
    pub fn only_run(&self) -> Json {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    pub fn spans(&self, run: &str) -> Vec<Json> {
        self.read(&format!("/api/v1/runs/{run}/spans"))["spans"].as_array().unwrap().clone()
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that was resident so far.
    pub fn peak_memory_bytes(&self) -> u64 {
        let memory = std::fs::read_to_string(format!("/proc/{}/status", self.process_id())).unwrap();
        let peak = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// SIGTERM, and how it ended.
    pub fn stop(self) -> std::process::ExitStatus {
        signal(self.process_id(), "TERM");
        self.ended()
    }

    /// How it ended, once it has.
    pub fn ended(mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(process_id: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process_id.to_string()]).status().unwrap().success());
}

pub fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Json::String(text)))
}

/// Asks until the answer is there; what the server does by itself, it does within a second or two.
pub fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "what was waited for did not happen");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Runs a command to its end; what it printed. It must succeed.
pub fn run(arguments: &[&str]) -> String {
    let output = vedette().args(arguments).output().unwrap();
    let (said, complained) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{arguments:?}: {complained}");
    said
}

/// The same, of one that must fail; what it complained of.
pub fn run_failing(arguments: &[&str]) -> String {
    let mut child = vedette().args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut waiting = 0;
    while child.try_wait().unwrap().is_none() {
        waiting += 1;
        if waiting > 1_500 {
            child.kill().unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?} should fail");
    String::from_utf8(output.stderr).unwrap()
}

/// The fields of an object that a test is about.
pub fn pick(object: &Json, fields: &[&str]) -> Json {
    Json::Object(fields.iter().map(|field| ((*field).to_owned(), object[*field].clone())).collect())
}
