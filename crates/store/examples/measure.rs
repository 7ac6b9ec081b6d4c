//! Measures the store on disk by itself: CPU a span, bytes at rest, latencies of reads. `make bench`
//! measures the whole server; this tells where its time goes.
//!
//! `cargo run --release -p vedette-store --example measure -- synthetic|real [SPANS] [DIR]`

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
use vedette_store::{Batch, CostBy, Embedded, EmbeddedOptions, Range, Record, RunFilter, RunQuery, Store};

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

fn percentiles(name: &str, times: usize, mut ask: impl FnMut(usize)) {
    let mut took: Vec<f64> = (0..times)
        .map(|at| {
            let started = Instant::now();
            ask(at);
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!("{name:<28} p50 {:8.2} ms   p99 {:8.2} ms", took[times / 2], took[(times * 99).div_ceil(100) - 1]);
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

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_else(|| "synthetic".to_owned());
    let spans: usize = arguments.next().map_or(100_000, |text| text.parse().unwrap());
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("vedette-measure"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&dir);
    let bodies: Box<dyn Iterator<Item = Vec<u8>>> =
        if kind == "real" { Box::new(real(spans)) } else { Box::new(synthetic(spans).into_iter()) };
    let prices = Prices::bundled();
    let heard = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let ear = heard.clone();
    let listener: vedette_store::Listener =
        Box::new(move |changes| drop(ear.fetch_add(changes.len() as u64, Ordering::Relaxed)));
    let store =
        Arc::new(Embedded::open(EmbeddedOptions { listener: Some(listener), ..EmbeddedOptions::new(&dir) }).unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let keeper = {
        let (store, done) = (store.clone(), done.clone());
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(1));
                store.settle(now()).unwrap();
                store.maintain(now()).unwrap();
            }
        })
    };
    let (mut otlp_bytes, mut count) = (0, 0);
    let mut runs = Vec::new();
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
        runs.extend(batches.iter().filter_map(|batch| batch.first()).map(|record| record.raw.run));
        let (started, before) = (Instant::now(), process_us());
        for records in batches.drain(..) {
            let sent = Instant::now();
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
    println!(
        "cpu us/span: otlp decode {:.1}  normalize {:.1}  store while ingesting {:.1}  last flush {:.1}  | zstd floor {:.1}",
        each(decode),
        each(normalized),
        each(ingest),
        each(flush),
        each(floor)
    );
    columns(&dir.join("segments"));
    let disk = folder_bytes(&dir);
    let segments = folder_bytes(&dir.join("segments"));
    println!(
        "disk {:.1} MB of {:.1} MB OTLP: 1/{:.1}; segments {:.1} MB, database {:.1} MB; rss {} MB, peak {} MB; changes {}",
        disk as f64 / 1e6,
        otlp_bytes as f64 / 1e6,
        otlp_bytes as f64 / disk as f64,
        segments as f64 / 1e6,
        (disk - segments) as f64 / 1e6,
        rss("VmRSS"),
        rss("VmHWM"),
        heard.load(Ordering::Relaxed),
    );
    drop(Arc::try_unwrap(store).ok().unwrap());
    let opening = Instant::now();
    let store = Embedded::open(EmbeddedOptions::new(&dir)).unwrap();
    println!("open {:.0} ms; status {:?}", opening.elapsed().as_secs_f64() * 1e3, store.status(ACCOUNT).unwrap());
    let page = RunQuery { limit: 50, ..RunQuery::default() };
    percentiles("run list", 100, |_| drop(store.runs(ACCOUNT, &page).unwrap()));
    let filter = RunFilter { status: vec![Status::Failed], min_duration_ms: Some(10_000.0), ..RunFilter::default() };
    let failed = RunQuery { filter, ..page };
    percentiles("run list, failed and long", 100, |_| drop(store.runs(ACCOUNT, &failed).unwrap()));
    percentiles("one run", 100, |at| drop(store.run(ACCOUNT, runs[at * 7919 % runs.len()]).unwrap()));
    percentiles("spans of a run", 100, |at| drop(store.spans(ACCOUNT, runs[at * 7919 % runs.len()]).unwrap()));
    percentiles("raw spans of a run", 100, |at| drop(store.raw_spans(ACCOUNT, runs[at * 7919 % runs.len()]).unwrap()));
    let one = RunFilter { main_agent: Some("agent-07".to_owned()), ..RunFilter::default() };
    percentiles("statistics of an agent", 20, |_| drop(store.stats(ACCOUNT, &one, None).unwrap()));
    percentiles("agents", 20, |_| drop(store.agents(ACCOUNT, Range::default()).unwrap()));
    percentiles("costs by day", 20, |_| drop(store.costs(ACCOUNT, CostBy::Day, Range::default(), "UTC").unwrap()));
    percentiles("costs by model", 20, |_| drop(store.costs(ACCOUNT, CostBy::Model, Range::default(), "UTC").unwrap()));
    percentiles("facets", 5, |_| drop(store.facets(ACCOUNT, &RunFilter::default()).unwrap()));
    let columns = [3, 12, 17];
    percentiles("scan of three span columns", 3, |_| {
        store
            .scan(vedette_store::Table::Spans, ACCOUNT, Range::default(), Some(&columns))
            .unwrap()
            .for_each(|batch| drop(batch.unwrap()));
    });
    println!("rss {} MB, peak {} MB", rss("VmRSS"), rss("VmHWM"));
}
