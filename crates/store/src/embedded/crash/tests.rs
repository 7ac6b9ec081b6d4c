//! A process that dies at a named step of a commit, a flush, a merge, retention or a deletion: what it
//! acknowledged is there when the folder is opened again, and its life, lived once more, ends as it would have.

use crate::embedded::{Embedded, EmbeddedOptions, doctor, sample};
use crate::{Batch, Record, RunQuery, Store, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use vedette_model::{AccountId, Attributes, RawSpan, RunKey, SpanKey, Timestamp, limits};
use vedette_normalize::{Prices, normalize};

/// Every step, in the order in which a life comes by them.
const STEPS: [&str; 16] = [
    "commit",
    "committed",
    "segment written",
    "segment synced",
    "segment named",
    "segment recorded",
    "flush recorded",
    "flushed",
    "merge read",
    "merge recorded",
    "merged",
    "segment removed",
    "retention recorded",
    "retained",
    "segments dropped",
    "vacuumed",
];

const ACCOUNT: AccountId = AccountId::DEFAULT;
/// So many batches are merged, and one more comes after them.
const BATCHES: u8 = limits::MERGE_SEGMENTS as u8 + 1;
/// Of the merged ones, those that retention drops; the last batch is as old.
const OLD: u8 = 3;
const RUNS: u8 = 3;
const SPANS: u8 = 4;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Names the folder in which this process lives, and dies.
const FOLDER: &str = "VEDETTE_CRASH_FOLDER";
const ACKNOWLEDGED: &str = "acknowledged";

fn day(days: u32) -> Timestamp {
    Timestamp(1_769_860_800_000_000_000).plus(DAY * days)
}

fn is_old(batch: u8) -> bool {
    batch < OLD || batch + 1 == BATCHES
}

fn received(batch: u8) -> Timestamp {
    day(if is_old(batch) { 0 } else { 10 })
}

fn run_key(batch: u8, run: u8) -> RunKey {
    RunKey([batch * RUNS + run + 1; 16])
}

/// The run that a person deletes.
fn deleted() -> RunKey {
    run_key(OLD, 0)
}

fn span(batch: u8, run: u8, number: u8) -> RawSpan {
    let start = received(batch).plus(Duration::from_secs(number.into()));
    let operation = if number == 0 { "invoke_agent" } else { "chat" };
    RawSpan {
        parent: (number > 0).then_some(SpanKey([1; 8])),
        name: operation.to_owned(),
        start,
        end: Some(start.plus(Duration::from_secs(1))),
        attributes: Attributes::new(vec![
            ("gen_ai.operation.name".to_owned(), operation.into()),
            ("gen_ai.usage.input_tokens".to_owned(), 7.into()),
            ("gen_ai.response.id".to_owned(), format!("call {batch} {run} {number}").into()),
        ]),
        ..sample::span(run_key(batch, run), SpanKey([number + 1; 8]))
    }
}

fn append(store: &Embedded, batch: u8) {
    let prices = Prices::bundled();
    let spans = (0..RUNS).flat_map(|run| (0..SPANS).map(move |number| span(batch, run, number)));
    let records = spans.map(|raw| Record { span: normalize(&raw, &prices), raw });
    store.append(Batch { account: ACCOUNT, received: received(batch), records: Box::new(records) }).unwrap();
}

/// All that happens to a store; says what it acknowledged, batch by batch.
fn live(store: &Embedded, mut acknowledge: impl FnMut(u8)) {
    for batch in 0..BATCHES {
        append(store, batch);
        acknowledge(batch);
        // A segment each; the last but one is merged with those before it.
        store.flush(day(10)).unwrap();
    }
    store.set_retention(ACCOUNT, Some((DAY * 5).as_nanos() as i64)).unwrap();
    store.maintain(day(12)).unwrap();
    store.set_retention(ACCOUNT, None).unwrap();
    store.delete(ACCOUNT, &Target::Run(deleted())).unwrap();
    store.flush(day(12)).unwrap();
    store.flush(day(12)).unwrap();
}

fn open(folder: &Path) -> Embedded {
    Embedded::open(EmbeddedOptions::new(folder.join("data"))).unwrap()
}

/// Each run as it is told, with its spans.
fn told(store: &Embedded) -> BTreeMap<RunKey, String> {
    let page = store.runs(ACCOUNT, &RunQuery { limit: 1_000, ..RunQuery::default() }).unwrap();
    assert_eq!(page.next_cursor, None);
    let tell = |row: crate::RunRow| {
        let spans = store.spans(ACCOUNT, row.run.key).unwrap();
        let raw = store.raw_spans(ACCOUNT, row.run.key).unwrap();
        (row.run.key, format!("{row:#?}\n{spans:#?}\n{raw:#?}"))
    };
    page.rows.into_iter().map(tell).collect()
}

/// Whole, by the look of the doctor.
fn examine(folder: &Path, step: &str) {
    let report = doctor(&folder.join("data")).unwrap();
    assert_eq!(report.problems, Vec::<String>::new(), "after a crash at {step:?}");
}

/// Lives in a process of its own that dies at a step.
fn die(folder: &Path, step: &str) {
    let this_test = "embedded::crash::tests::a_crash_at_any_step_loses_nothing_and_leaves_nothing";
    let status = Command::new(std::env::current_exe().unwrap())
        .args([this_test, "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env("VEDETTE_CRASH_AT", step)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(6), "no life comes by {step:?}");
}

/// What was acknowledged before the crash, and was not removed on purpose, is there once.
fn check(store: &Embedded, folder: &Path, step: &str) {
    let acknowledged = fs::read(folder.join(ACKNOWLEDGED)).unwrap_or_default();
    let removing = STEPS.iter().position(|known| *known == "retention recorded").unwrap();
    let removes = STEPS.iter().position(|known| *known == step).unwrap() >= removing;
    for batch in acknowledged {
        for run in 0..RUNS {
            let key = run_key(batch, run);
            let ids: Vec<SpanKey> = store.spans(ACCOUNT, key).unwrap().iter().map(|row| row.span.id).collect();
            if removes && ids.is_empty() && (is_old(batch) || key == deleted()) {
                assert_eq!(store.run(ACCOUNT, key).unwrap(), None, "a run without its spans after {step:?}");
                continue;
            }
            let sent: Vec<SpanKey> = (0..SPANS).map(|number| SpanKey([number + 1; 8])).collect();
            assert_eq!(ids, sent, "run {run} of batch {batch} after a crash at {step:?}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how this test tells its other process where to live")]
#[test]
fn a_crash_at_any_step_loses_nothing_and_leaves_nothing() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        let mut acknowledged = OpenOptions::new().create(true).append(true).open(folder.join(ACKNOWLEDGED)).unwrap();
        return live(&open(folder), |batch| acknowledged.write_all(&[batch]).unwrap());
    }
    let whole = tempfile::tempdir().unwrap();
    let store = open(whole.path());
    live(&store, |_| ());
    let end = told(&store);
    let kept = (0..BATCHES).filter(|batch| !is_old(*batch)).count() * usize::from(RUNS) - 1;
    assert_eq!(end.len(), kept, "the life does not do what it should");
    for step in STEPS {
        let folder = tempfile::tempdir().unwrap();
        die(folder.path(), step);
        examine(folder.path(), step);
        let store = open(folder.path());
        check(&store, folder.path(), step);
        live(&store, |_| ());
        assert_eq!(told(&store), end, "after a crash at {step:?}");
        drop(store);
        examine(folder.path(), step);
        let report = doctor(&folder.path().join("data")).unwrap();
        assert_eq!(report.orphans, Vec::<String>::new(), "after a crash at {step:?}");
    }
}

#[test]
fn every_step_of_the_sources_is_tried() {
    let mut named = BTreeSet::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/embedded")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let points = text.split("crash::point(\"").skip(1);
            named.extend(points.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    assert_eq!(named, STEPS.map(str::to_owned).into());
}
