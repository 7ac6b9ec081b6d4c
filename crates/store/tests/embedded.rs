//! The store on disk, held against the suite and against the oracle; it is closed and opened in between.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod conformance;

use conformance::{Ear, Setting, Subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use vedette_store::{Change, Embedded, EmbeddedOptions, Listen, Store, StoreErrorKind};

struct OnDisk {
    store: Option<Embedded>,
    dir: TempDir,
    setting: Setting,
    ear: Ear,
}

impl OnDisk {
    fn start(&mut self) {
        let options = EmbeddedOptions {
            settle: Setting::SETTLE,
            retain: self.setting.retain,
            listener: Some(self.ear.listener()),
            ..EmbeddedOptions::new(self.dir.path())
        };
        self.store = Some(Embedded::open(options).unwrap());
    }
}

fn open(setting: Setting) -> OnDisk {
    let mut subject = OnDisk { store: None, dir: tempfile::tempdir().unwrap(), setting, ear: Ear::default() };
    subject.start();
    subject
}

impl Subject for OnDisk {
    fn store(&self) -> &dyn Store {
        self.store.as_ref().unwrap()
    }

    fn said(&self) -> Vec<Change> {
        self.ear.take()
    }

    fn reopen(&mut self) -> bool {
        self.store = None;
        self.start();
        true
    }
}

conformance!(crate::open);

#[test]
fn answers_are_the_oracles() {
    conformance::random::answers_are_the_oracles(&|setting| Box::new(open(setting)));
}

#[test]
fn a_mark_that_changed_at_rest_is_folded_in() {
    use conformance::say::{ACCOUNT, agent, at, call, run, send};
    use vedette_store::Target;
    let mut subject = open(Setting::default());
    let store = subject.store();
    let shared = |number, scope| call(number, 3, "m", (10, 5), Some(0.5)).under(0).response("resp-1", scope);
    send(
        store,
        1.0,
        &[agent(1, "support"), shared(1, "client"), shared(2, "framework"), call(3, 1, "m", (1, 1), None)],
    );
    store.flush(at(100.0)).unwrap();
    let counted = |store: &dyn Store| store.spans(ACCOUNT, run(2)).unwrap()[0].mark.counted;
    assert!(!counted(store));
    let pending = |store: &dyn Store| store.status(ACCOUNT).unwrap().deletion_pending;
    assert!(!pending(store));
    assert!(!store.delete(ACCOUNT, &Target::Run(run(1))).unwrap().done);
    assert!(counted(subject.store()));
    subject.reopen();
    assert!(counted(subject.store()) && pending(subject.store()));
    subject.store().maintain(at(101.0)).unwrap();
    assert!(!pending(subject.store()));
    assert!(counted(subject.store()));
    assert!(subject.store().spans(ACCOUNT, run(3)).unwrap()[0].mark.counted);
}

/// Listens while it is switched on.
struct Switched {
    on: Arc<AtomicBool>,
    ear: Ear,
}

impl Listen for Switched {
    fn listens(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }

    fn hear(&self, changes: &[Change]) {
        self.ear.listener().hear(changes);
    }
}

#[test]
fn who_does_not_listen_is_told_nothing_and_can_ask_for_it() {
    use conformance::say::{ACCOUNT, agent, send};
    let dir = tempfile::tempdir().unwrap();
    let (on, ear) = (Arc::new(AtomicBool::new(false)), Ear::default());
    let listener = Box::new(Switched { on: on.clone(), ear: ear.clone() });
    let store = Embedded::open(EmbeddedOptions { listener: Some(listener), ..EmbeddedOptions::new(dir.path()) });
    let store = store.unwrap();
    send(&store, 1.0, &[agent(1, "support")]);
    assert_eq!(ear.take(), []);
    on.store(true, Ordering::SeqCst);
    send(&store, 2.0, &[agent(2, "support")]);
    let heard = ear.take();
    let all = store.changes(ACCOUNT, 0, 100).unwrap().unwrap();
    assert_eq!((heard.len(), all.len()), (2, 4), "a span and a run each");
    assert_eq!(heard, all[2..]);
}

struct Fails;

impl Listen for Fails {
    fn listens(&self) -> bool {
        true
    }

    fn hear(&self, _: &[Change]) {
        panic!("a listener fails");
    }
}

#[test]
fn a_listener_that_fails_fails_no_append() {
    use conformance::say::{ACCOUNT, agent, run, send};
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { listener: Some(Box::new(Fails)), ..EmbeddedOptions::new(dir.path()) };
    let store = Embedded::open(options).unwrap();
    for number in 1..=3 {
        send(&store, 1.0, &[agent(number, "support")]);
        assert!(store.run(ACCOUNT, run(number)).unwrap().is_some());
    }
}

/// What the kept folder holds: one run at rest and one in the log, with all that is kept beside them.
fn fill(store: &dyn Store) {
    use conformance::say::{ACCOUNT, agent, at, call, judged, log, run, send, span, tool, usd};
    use vedette_model::{Score, ScoreValue};
    use vedette_store::{DocumentChange, PriceOverride};
    for number in [1, 2] {
        let spans = [
            agent(number, "support")
                .in_session("session")
                .tagged(&["a", "b"])
                .with("vedette.version", "2")
                .lasting(0.0, 9.0),
            call(number, 1, "gpt-4o", (100, 20), Some(0.25)).under(0).response("response", "client"),
            call(number, 4, "gpt-4o-mini", (10, 2), None).under(0),
            tool(number, 2, "search").under(0).failed("no answer"),
            span(number, 3).under(0).with("vedette.input", "what went in").of_process(7),
            log(number, Some(1), "said later", 2.0),
        ];
        send(store, 10.0, &spans);
        store.control(ACCOUNT, run(number), judged(Some(Some(true)), Some(Some("refunded")))).unwrap();
        let score = Score {
            id: format!("score-{number}").into(),
            run: run(number),
            span: None,
            name: "tone".into(),
            value: ScoreValue::Number(0.5),
            reason: Some("polite".into()),
            source: Some("tests".into()),
            time: at(11.0),
        };
        store.put_score(ACCOUNT, score).unwrap();
        if number == 1 {
            store.flush(at(100.0)).unwrap();
        }
    }
    let price = PriceOverride {
        provider: String::new(),
        model: "own".to_owned(),
        valid_from: at(0.0),
        input_per_million: usd(0.5),
        output_per_million: usd(1.5),
        cache_read_per_million: Some(usd(0.1)),
        cache_write_per_million: None,
    };
    store.put_price_override(ACCOUNT, price).unwrap();
    let document = DocumentChange { collection: "rules", id: "rule".to_owned(), body: Some("{}".to_owned()) };
    store.change_documents(ACCOUNT, vec![document], Vec::new()).unwrap();
}

/// Everything that is kept, as it is answered.
fn kept(store: &dyn Store) -> Vec<String> {
    use conformance::say::{ACCOUNT, run};
    use vedette_store::CostBy;
    let mut kept = vec![
        format!("{:?}", store.documents(ACCOUNT, "rules").unwrap()),
        format!("{:?}", store.price_overrides(ACCOUNT).unwrap()),
        format!("{:?}", store.unseen_runs(ACCOUNT, 10).unwrap()),
        format!("{:?}", store.changes(ACCOUNT, 0, 100).unwrap()),
        format!("{:?}", store.agents(ACCOUNT, Default::default()).unwrap()),
        format!("{:?}", store.costs(ACCOUNT, CostBy::Model, Default::default(), "UTC").unwrap()),
        format!("{:?}", store.facets(ACCOUNT, &Default::default()).unwrap()),
    ];
    for number in [1, 2] {
        let (key, rows) = (run(number), store.spans(ACCOUNT, run(number)).unwrap());
        kept.push(format!("{:?}", store.run(ACCOUNT, key).unwrap()));
        kept.push(format!("{:?}", store.scores(ACCOUNT, key).unwrap()));
        kept.push(format!("{:?}", store.raw_spans(ACCOUNT, key).unwrap()));
        kept.extend(rows.iter().map(|row| format!("{:?}", store.span(ACCOUNT, key, row.span.id).unwrap())));
        kept.push(format!("{rows:?}"));
    }
    kept
}

/// A folder that this format wrote once is read still. When this fails, data of users is lost: read the old rows,
/// or raise `VERSION`, so that the folder is refused by name, and write the kept one anew with
/// `VEDETTE_WRITE_KEPT=1 cargo test -p vedette-store --test embedded a_kept_folder`.
#[expect(clippy::disallowed_methods, reason = "how a person asks for it")]
#[test]
fn a_kept_folder_is_read_as_it_was_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept");
    if std::env::var_os("VEDETTE_WRITE_KEPT").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        fill(&Embedded::open(EmbeddedOptions::new(&folder)).unwrap());
        // All of it in one file.
        let db = rusqlite::Connection::open(folder.join("vedette.db")).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        std::fs::remove_file(folder.join("lock")).unwrap();
    }
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(old.path().join("segments")).unwrap();
    for name in ["vedette.db", "segments/1.parquet"] {
        std::fs::copy(folder.join(name), old.path().join(name)).unwrap();
    }
    let [old, new] = [&old, &new].map(|dir| Embedded::open(EmbeddedOptions::new(dir.path())).unwrap());
    fill(&new);
    assert_eq!(kept(&old), kept(&new));
}

#[test]
fn an_idle_store_keeps_no_log_and_no_free_pages() {
    use conformance::say::{agent, at, call, send};
    let mut subject = open(Setting::default());
    let noise = |seed: u64| -> String {
        let mut state = seed;
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + (state >> 33) as u8 % 90)
        };
        (0..100_000).map(letter).collect()
    };
    for run in 1..=20 {
        let said = call(run, 1, "gpt-4o", (1, 1), None).under(0).with("vedette.input", noise(run));
        send(subject.store(), 1.0, &[agent(run, "support"), said]);
    }
    let wal = subject.dir.path().join("vedette.db-wal");
    let bytes = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    assert!(bytes(&wal) > 1 << 20);
    subject.store().maintain(at(1_000.0)).unwrap();
    assert_eq!(subject.store().status(conformance::say::ACCOUNT).unwrap().log_spans, 0);
    assert!(bytes(&wal) <= 256 << 10, "the write-ahead log has {} bytes", bytes(&wal));
    subject.store = None;
    let db = rusqlite::Connection::open(subject.dir.path().join("vedette.db")).unwrap();
    let free: i64 = db.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap();
    assert_eq!(free, 0);
}

#[test]
fn a_folder_of_another_format_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let options = || EmbeddedOptions::new(dir.path());
    drop(Embedded::open(options()).unwrap());
    let file = dir.path().join("vedette.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    let known: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    for other in [known - 1, known + 1] {
        db.pragma_update(None, "user_version", other).unwrap();
        let error = Embedded::open(options()).err().unwrap();
        assert_eq!(error.kind, StoreErrorKind::Incompatible);
        for part in [file.to_str().unwrap(), &format!("found={other} known={known}"), "name another folder"] {
            assert!(error.message.contains(part), "{part}: {}", error.message);
        }
    }
    db.pragma_update(None, "user_version", known).unwrap();
    drop(Embedded::open(options()).unwrap());
}
