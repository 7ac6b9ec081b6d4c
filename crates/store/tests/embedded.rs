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
    store.delete(ACCOUNT, &Target::Run(run(1))).unwrap();
    assert!(counted(subject.store()));
    subject.reopen();
    assert!(counted(subject.store()));
    subject.store().maintain(at(101.0)).unwrap();
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
