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
