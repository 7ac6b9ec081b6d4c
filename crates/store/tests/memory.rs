//! The store in memory, held against the suite.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod conformance;

use conformance::{Ear, Setting, Subject};
use vedette_store::{Change, Memory, MemoryOptions, Store, StoreErrorKind};

struct InMemory {
    store: Memory,
    ear: Ear,
}

fn open(setting: Setting) -> InMemory {
    let ear = Ear::default();
    let options = MemoryOptions {
        settle: Setting::SETTLE,
        retain: setting.retain,
        listener: Some(ear.listener()),
        ..MemoryOptions::default()
    };
    InMemory { store: Memory::open(options), ear }
}

impl Subject for InMemory {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn said(&self) -> Vec<Change> {
        self.ear.take()
    }

    fn reopen(&mut self) -> bool {
        false
    }
}

conformance!(crate::open);

#[test]
fn a_full_store_refuses_writes_and_goes_on_answering() {
    use conformance::say::{ACCOUNT, agent, at, batch, call, opened, run};
    for options in [
        MemoryOptions { max_spans: 4, ..MemoryOptions::default() },
        MemoryOptions { max_bytes: 400, ..MemoryOptions::default() },
    ] {
        let store = Memory::open(options);
        let spans = [agent(1, "support"), call(1, 1, "m", (1, 1), None).under(0)];
        store.append(batch(ACCOUNT, 1.0, &spans)).unwrap();
        let more: Vec<_> = (2..9).map(|number| call(1, number, "m", (1, 1), None).under(0)).collect();
        let refused = store.append(batch(ACCOUNT, 2.0, &more)).unwrap_err();
        assert_eq!(refused.kind, StoreErrorKind::Unavailable);
        assert_eq!(store.run(ACCOUNT, run(1)).unwrap().unwrap().run.span_count, 2, "nothing of it was taken");
        store.delete(ACCOUNT, &vedette_store::Target::Run(run(1))).unwrap();
        store.append(batch(ACCOUNT, 3.0, &spans)).unwrap();
    }
    let store = Memory::open(MemoryOptions { max_spans: 3, ..MemoryOptions::default() });
    for (number, taken) in [(1, true), (2, true), (3, true), (4, false)] {
        let outcome = store.control(ACCOUNT, run(number), opened("support", 0.0, 0.0));
        assert_eq!(outcome.is_ok(), taken, "an announced run takes room, {number}");
    }
    store.settle(at(1.0)).unwrap();
}
