//! The store on disk, held against the suite and against the oracle; it is closed and opened in between.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod conformance;

use conformance::{Ear, Setting, Subject};
use tempfile::TempDir;
use vedette_store::{Change, Embedded, EmbeddedOptions, Store};

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

#[test]
fn marks_of_version_2_are_read() {
    use conformance::say::{ACCOUNT, agent, at, call, run, send};
    let mut subject = open(Setting::default());
    let store = subject.store();
    let shared = |number, scope| call(number, 3, "m", (10, 5), Some(0.5)).under(0).response("resp-1", scope);
    send(store, 1.0, &[shared(2, "framework")]);
    store.flush(at(100.0)).unwrap();
    send(store, 101.0, &[agent(1, "support"), shared(1, "client")]);
    let counted = |store: &dyn Store| store.spans(ACCOUNT, run(2)).unwrap()[0].mark.counted;
    assert!(!counted(store), "said by the patch of what is at rest");
    subject.store = None;
    let db = rusqlite::Connection::open(subject.dir.path().join("vedette.db")).unwrap();
    let changed = db.execute("UPDATE patches SET patch = substr(patch, 1, length(patch) - 1)", []).unwrap();
    assert!(changed > 0);
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);
    subject.start();
    assert!(!counted(subject.store()));
}
