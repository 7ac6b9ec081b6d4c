//! Measures the store on disk by itself: CPU a span, bytes at rest, latencies of reads. `make bench`
//! measures the whole server; this tells where its time goes.
//!
//! `cargo run --release -p vedette-store --example measure -- synthetic|real [SPANS] [DIR]`
//! `cargo run --release -p vedette-store --example measure -- ask DIR`: reads alone, of a folder left by the other

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a measurement")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use vedette_model::{
    AccountId, Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, Status, StatusCode,
    Timestamp, Value,
};
use vedette_normalize::{Prices, normalize};
use vedette_store::{
    Batch, CostBy, Embedded, EmbeddedOptions, Range, Record, RunFilter, RunQuery, RunSort, SessionQuery, Store,
};

const ACCOUNT: AccountId = AccountId::DEFAULT;

/// A small generator, the same each time.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }

    fn run(&mut self) -> RunKey {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&self.next().to_be_bytes());
        key[8..].copy_from_slice(&self.next().to_be_bytes());
        RunKey(key)
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64)
}

fn phrase(rng: &mut Rng, words: &[String], bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    while text.len() < bytes {
        let from = rng.below(words.len() as u64 - 8) as usize;
        for word in &words[from..from + 2 + rng.below(4) as usize] {
            text.push_str(word);
            text.push(' ');
        }
    }
    text
}

/// Runs of eight spans of about 2 kB, no two texts alike; 1,000 spans a request.
fn synthetic(spans: usize) -> Vec<Vec<u8>> {
    let file = std::fs::read_to_string(repository().join("fixtures/real-runs/tau-bench-gpt-4o-airline.json")).unwrap();
    let words: Vec<String> =
        file.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).map(str::to_owned).collect();
    let mut rng = Rng(88_172_645_463_325_252);
    let models = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "a-model-nobody-prices"];
    let start = now().0 - 7 * 86_400_000_000_000;
    let step = 7 * 86_400_000_000_000 / (spans as i64 / 8).max(1);
    let mut bodies = Vec::new();
    let mut batch: Vec<RawSpan> = Vec::new();
    for run_number in 0..spans as i64 / 8 {
        let run = rng.run();
        let root = SpanKey(rng.next().to_be_bytes());
        let agent = format!("agent-{:02}", rng.below(20));
        let resource = Arc::new(Resource { attributes: [("service.name", agent.as_str())].into_iter().collect() });
        let scope = Arc::new(Scope { name: "bench".into(), ..Scope::default() });
        let mut clock = start + run_number * step;
        let began = clock;
        let failed = rng.below(100) < 3;
        let span = |id, parent, name: String, start: i64, end: i64, attributes: Vec<(String, Value)>| RawSpan {
            run,
            id,
            parent,
            name,
            otel_kind: OtelKind::Internal,
            start: Timestamp(start),
            end: Some(Timestamp(end)),
            status: RawStatus::default(),
            attributes: Attributes::new(attributes),
            events: Vec::new(),
            links: Vec::new(),
            resource: resource.clone(),
            scope: scope.clone(),
        };
        for at in 1..8 {
            let took = (200 + rng.below(3_800) as i64) * 1_000_000 + rng.below(1_000_000) as i64;
            let (name, attributes) = if at % 3 == 0 {
                let attributes = vec![
                    ("gen_ai.operation.name".into(), "execute_tool".into()),
                    ("gen_ai.tool.name".into(), "search".into()),
                    ("gen_ai.tool.call.id".into(), format!("call_{:016x}", rng.next()).into()),
                    (
                        "gen_ai.tool.call.arguments".into(),
                        format!("{{\"q\":\"{}\"}}", phrase(&mut rng, &words, 400)).into(),
                    ),
                    ("gen_ai.tool.call.result".into(), phrase(&mut rng, &words, 1_200).into()),
                ];
                ("execute_tool search".to_owned(), attributes)
            } else {
                let model = models[rng.below(5) as usize];
                let message = |role: &str, text: String| {
                    format!("[{{\"role\":\"{role}\",\"parts\":[{{\"type\":\"text\",\"content\":\"{text}\"}}]}}]")
                };
                let attributes = vec![
                    ("gen_ai.operation.name".into(), "chat".into()),
                    ("gen_ai.provider.name".into(), "openai".into()),
                    ("gen_ai.request.model".into(), model.into()),
                    ("gen_ai.response.id".into(), format!("chatcmpl-{:024x}", rng.next()).into()),
                    ("gen_ai.usage.input_tokens".into(), Value::Int(rng.below(8_000) as i64)),
                    ("gen_ai.usage.output_tokens".into(), Value::Int(rng.below(900) as i64)),
                    ("gen_ai.input.messages".into(), message("user", phrase(&mut rng, &words, 850)).into()),
                    ("gen_ai.output.messages".into(), message("assistant", phrase(&mut rng, &words, 700)).into()),
                ];
                (format!("chat {model}"), attributes)
            };
            let id = SpanKey(rng.next().to_be_bytes());
            batch.push(span(id, Some(root), name, clock, clock + took, attributes));
            clock += took;
        }
        let facts = vec![
            ("gen_ai.operation.name".into(), "invoke_agent".into()),
            ("gen_ai.agent.name".into(), agent.as_str().into()),
            ("session.id".into(), format!("session-{}", rng.below(20_000)).into()),
            ("user.id".into(), format!("user-{}", rng.below(5_000)).into()),
            ("vedette.success".into(), (!failed && rng.below(10) > 0).into()),
            ("vedette.input".into(), phrase(&mut rng, &words, 900).into()),
            ("vedette.output".into(), phrase(&mut rng, &words, 900).into()),
        ];
        let mut root = span(root, None, format!("invoke_agent {agent}"), began, clock, facts);
        if failed {
            root.status = RawStatus { code: StatusCode::Error, message: phrase(&mut rng, &words, 60) };
        }
        batch.push(root);
        if batch.len() >= 1_000 {
            bodies.push(vedette_otlp::traces_to_protobuf(&batch));
            batch.clear();
        }
    }
    bodies
}

/// The real runs with fresh ids, a run a request; made as they are wanted.
fn real(spans: usize) -> impl Iterator<Item = Vec<u8>> {
    let file = std::fs::File::open(repository().join("fixtures/demo/real-runs.traces.pb.zst")).unwrap();
    let mut decoder = zstd::Decoder::new(file).unwrap();
    decoder.window_log_max(27).unwrap();
    let mut request = Vec::new();
    std::io::copy(&mut decoder, &mut request).unwrap();
    let decoded = vedette_otlp::traces_from_protobuf(&request).unwrap();
    let mut runs: std::collections::BTreeMap<RunKey, Vec<RawSpan>> = Default::default();
    for span in decoded.spans {
        runs.entry(span.run).or_default().push(span);
    }
    let mut rng = Rng(7_777_777);
    let mut written = 0;
    let runs: Vec<Vec<RawSpan>> = runs.into_values().collect();
    let mut at = 0;
    std::iter::from_fn(move || {
        let run = runs.get(at % runs.len()).filter(|_| written < spans)?;
        at += 1;
        written += run.len();
        let (key, salt) = (rng.run(), rng.next());
        let fresh = |id: SpanKey| SpanKey((u64::from_be_bytes(id.0) ^ salt).to_be_bytes());
        let renew =
            |span: &RawSpan| RawSpan { run: key, id: fresh(span.id), parent: span.parent.map(fresh), ..span.clone() };
        Some(vedette_otlp::traces_to_protobuf(&run.iter().map(renew).collect::<Vec<_>>()))
    })
}

/// Microseconds on a CPU, of all threads.
fn process_us() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 1e4
}

fn rss(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn folder_bytes(dir: &Path) -> u64 {
    let each = std::fs::read_dir(dir).unwrap().map(|entry| {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() { folder_bytes(&entry.path()) } else { entry.metadata().unwrap().len() }
    });
    each.sum()
}

/// Bytes given to the kernel to write, of all files.
fn written() -> u64 {
    let text = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = text.lines().find(|line| line.starts_with("wchar")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Microseconds this thread was on a CPU.
fn thread_us() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e3
}

/// How long answers take, by the clock; and on the CPU, which other work on the machine disturbs less.
fn percentiles(name: &str, times: usize, mut ask: impl FnMut(usize)) {
    let mut clock = Vec::new();
    let mut cpu = Vec::new();
    for at in 0..times {
        let (started, before) = (Instant::now(), thread_us());
        ask(at);
        cpu.push((thread_us() - before) / 1e3);
        clock.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let first = clock[0];
    clock.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    let (middle, last) = (times / 2, (times * 99).div_ceil(100) - 1);
    println!(
        "{name:<34} p50 {:8.2} ms  p99 {:8.2} ms  first {first:8.2} ms  | cpu p50 {:8.2} ms  p99 {:8.2} ms",
        clock[middle], clock[last], cpu[middle], cpu[last]
    );
}

/// What each column of the segments takes.
fn columns(dir: &Path) {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let mut sizes: std::collections::BTreeMap<String, i64> = Default::default();
    for entry in std::fs::read_dir(dir).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        let length = file.metadata().unwrap().len() as i64;
        let reader = SerializedFileReader::new(file).unwrap();
        let mut known = 0;
        for group in reader.metadata().row_groups() {
            for column in group.columns() {
                *sizes.entry(column.column_path().string()).or_default() += column.compressed_size();
                known += column.compressed_size();
            }
        }
        *sizes.entry("(footer)".to_owned()).or_default() += length - known;
    }
    let mut sizes: Vec<(i64, String)> = sizes.into_iter().map(|(name, size)| (size, name)).collect();
    sizes.sort_by(|a, b| b.cmp(a));
    let each: Vec<String> = sizes.iter().take(16).map(|(size, name)| format!("{name} {}", size / 1000)).collect();
    println!("segments by column, kB: {}", each.join(", "));
}

/// What each table and index of the database takes.
fn tables(path: &Path) {
    let db = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT name, sum(pgsize) / 1000, sum(unused) / 1000 FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 16";
    let mut statement = db.prepare(sql).unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        Ok(format!("{} {} ({} unused)", row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    };
    let each: Vec<String> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
    let free: i64 = db.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap();
    println!("database by table, kB: {}; free pages {free}", each.join(", "));
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_else(|| "synthetic".to_owned());
    if kind == "ask" {
        return ask(Path::new(&arguments.next().unwrap()));
    }
    let spans: usize = arguments.next().map_or(100_000, |text| text.parse().unwrap());
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("vedette-measure"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&dir);
    ingest(&kind, spans, &dir);
    ask(&dir);
}

fn ingest(kind: &str, spans: usize, dir: &Path) {
    let bodies: Box<dyn Iterator<Item = Vec<u8>>> =
        if kind == "real" { Box::new(real(spans)) } else { Box::new(synthetic(spans).into_iter()) };
    let prices = Prices::bundled();
    let store = Arc::new(Embedded::open(EmbeddedOptions::new(dir)).unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let keeper = {
        let (store, done) = (store.clone(), done.clone());
        let keep = move || {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(1));
                store.settle(now()).unwrap();
                store.maintain(now()).unwrap();
            }
        };
        std::thread::Builder::new().name("keeper".to_owned()).spawn(keep).unwrap()
    };
    let (mut otlp_bytes, mut count) = (0, 0);
    let mut batches: Vec<Vec<Record>> = Vec::new();
    let (mut decode, mut normalized, mut floor, mut ingest, mut wall, mut slowest) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0_f64);
    let mut bodies = bodies.peekable();
    // In rounds, so that each part's CPU is told apart exactly and memory is bounded.
    while bodies.peek().is_some() {
        let round: Vec<Vec<u8>> = {
            let mut bytes = 0;
            let mut round = Vec::new();
            while bytes < 100 << 20
                && let Some(body) = bodies.next()
            {
                bytes += body.len();
                round.push(body);
            }
            round
        };
        otlp_bytes += round.iter().map(Vec::len).sum::<usize>();
        let before = process_us();
        for body in &round {
            zstd::bulk::compress(body, 1).unwrap();
            for block in body.chunks(1 << 20) {
                zstd::bulk::compress(block, 3).unwrap();
            }
        }
        floor += process_us() - before;
        let before = process_us();
        let decoded: Vec<_> =
            round.iter().map(|body| vedette_otlp::traces_from_protobuf(body).unwrap().spans).collect();
        decode += process_us() - before;
        let before = process_us();
        batches.extend(decoded.into_iter().map(|spans| {
            let record = |raw: RawSpan| Record { span: normalize(&raw, &prices), raw };
            spans.into_iter().map(record).collect::<Vec<_>>()
        }));
        normalized += process_us() - before;
        count += batches.iter().map(Vec::len).sum::<usize>();
        let (started, before) = (Instant::now(), process_us());
        for records in batches.drain(..) {
            let sent = Instant::now();
            let records = Box::new(records.into_iter());
            store.append(Batch { account: ACCOUNT, received: now(), records }).unwrap();
            slowest = slowest.max(sent.elapsed().as_secs_f64() * 1e3);
        }
        if count % 7 == 0 {
            println!("rss {} MB", rss("VmRSS"));
        }
        ingest += process_us() - before;
        wall += started.elapsed().as_secs_f64();
    }
    done.store(true, Ordering::Relaxed);
    let before = process_us();
    keeper.join().unwrap();
    store.flush(now().plus(Duration::from_secs(60))).unwrap();
    let flush = process_us() - before;
    let each = |us: f64| us / count as f64;
    println!(
        "{kind}: {count} spans, {} bytes each, {:.0} spans/s into the store, slowest append {slowest:.0} ms",
        otlp_bytes / count,
        count as f64 / wall
    );
    println!("written {} bytes a span", written() / count as u64);
    println!(
        "cpu us/span: otlp decode {:.1}  normalize {:.1}  store while ingesting {:.1}  last flush {:.1}  | zstd floor {:.1}",
        each(decode),
        each(normalized),
        each(ingest),
        each(flush),
        each(floor)
    );
    columns(&dir.join("segments"));
    tables(&dir.join("vedette.db"));
    let disk = folder_bytes(dir);
    let segments = folder_bytes(&dir.join("segments"));
    println!(
        "disk {:.1} MB of {:.1} MB OTLP: 1/{:.1}; segments {:.1} MB, database {:.1} MB; rss {} MB, peak {} MB",
        disk as f64 / 1e6,
        otlp_bytes as f64 / 1e6,
        otlp_bytes as f64 / disk as f64,
        segments as f64 / 1e6,
        (disk - segments) as f64 / 1e6,
        rss("VmRSS"),
        rss("VmHWM"),
    );
}

fn ask(dir: &Path) {
    let opening = Instant::now();
    let store = Embedded::open(EmbeddedOptions::new(dir)).unwrap();
    println!("open {:.0} ms; status {:?}", opening.elapsed().as_secs_f64() * 1e3, store.status(ACCOUNT).unwrap());
    let (before, recalling) = (rss("VmRSS"), Instant::now());
    store.maintain(now()).unwrap();
    println!("recall {:.0} ms; rss {before} MB, then {} MB", recalling.elapsed().as_secs_f64() * 1e3, rss("VmRSS"));
    let all = Range::default();
    let page = RunQuery { limit: 50, ..RunQuery::default() };
    percentiles("run list", 100, |_| drop(store.runs(ACCOUNT, &page).unwrap()));
    let list = |name: &str, filter: RunFilter, sort: RunSort| {
        let query = RunQuery { filter, sort, ..page.clone() };
        percentiles(name, 100, |_| drop(store.runs(ACCOUNT, &query).unwrap()));
    };
    let none = RunFilter::default;
    let text = |text: &str| vec![text.to_owned()];
    let failed = RunFilter { status: vec![Status::Failed], min_duration_ms: Some(10_000.0), ..none() };
    list("run list, failed and long", failed.clone(), RunSort::Newest);
    let longest = RunFilter { min_duration_ms: Some(24_000.0), ..failed };
    list("run list, failed and rarely as long", longest, RunSort::Newest);
    list("run list, slowest", none(), RunSort::Slowest);
    list("run list, of a session", RunFilter { session: text("session-77"), ..none() }, RunSort::Newest);
    list("run list, of a user without runs", RunFilter { user: text("nobody"), ..none() }, RunSort::Newest);
    let mut runs = Vec::new();
    let mut query = RunQuery { limit: 200, ..RunQuery::default() };
    while let Some(page) = Some(store.runs(ACCOUNT, &query).unwrap()).filter(|_| runs.len() < 20_000) {
        runs.extend(page.rows.iter().map(|row| row.run.key));
        let Some(next) = page.next_cursor else { break };
        query.cursor = Some(next);
    }
    let run = |at: usize| runs[at * 7919 % runs.len()];
    percentiles("one run", 100, |at| drop(store.run(ACCOUNT, run(at)).unwrap()));
    percentiles("spans of a run", 100, |at| drop(store.spans(ACCOUNT, run(at)).unwrap()));
    percentiles("raw spans of a run", 100, |at| drop(store.raw_spans(ACCOUNT, run(at)).unwrap()));
    const HOUR: i64 = 3_600_000_000_000;
    let stats = |name: &str, filter: RunFilter, bucket: Option<i64>| {
        percentiles(name, 20, |_| drop(store.stats(ACCOUNT, &filter, bucket).unwrap()));
    };
    let one = RunFilter { main_agent: Some("agent-07".to_owned()), ..none() };
    stats("statistics of an agent", one.clone(), None);
    stats("statistics of an agent by hour", one, Some(HOUR));
    stats("statistics of all", none(), Some(24 * HOUR));
    stats("statistics of a model", RunFilter { model: text("gpt-4o"), ..none() }, None);
    percentiles("agents", 20, |_| drop(store.agents(ACCOUNT, all).unwrap()));
    let by = [
        ("costs by day", CostBy::Day, "UTC"),
        ("costs by day in Kolkata", CostBy::Day, "Asia/Kolkata"),
        ("costs by model", CostBy::Model, "UTC"),
        ("costs by agent", CostBy::Agent, "UTC"),
        ("costs by user", CostBy::User, "UTC"),
    ];
    for (name, by, tz) in by {
        percentiles(name, 20, |_| drop(store.costs(ACCOUNT, by, all, tz).unwrap()));
    }
    percentiles("facets", 20, |_| drop(store.facets(ACCOUNT, &none()).unwrap()));
    let filter = RunFilter { agent: text("agent-07"), ..none() };
    percentiles("facets of an agent", 20, |_| drop(store.facets(ACCOUNT, &filter).unwrap()));
    let sessions = SessionQuery { limit: 50, ..SessionQuery::default() };
    percentiles("sessions", 20, |_| drop(store.sessions(ACCOUNT, &sessions).unwrap()));
    percentiles("tools", 20, |_| drop(store.tools(ACCOUNT, &none()).unwrap()));
    let columns = [3, 12, 17];
    percentiles("scan of three span columns", 3, |_| {
        store
            .scan(vedette_store::Table::Spans, ACCOUNT, all, Some(&columns))
            .unwrap()
            .for_each(|batch| drop(batch.unwrap()));
    });
    println!("rss {} MB, peak {} MB", rss("VmRSS"), rss("VmHWM"));
}
