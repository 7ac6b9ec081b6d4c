//! Watching at work: runs that changed and the passing of time become incidents, alerts and missed
//! heartbeats, and what is to be told goes into the outbox, all in the transaction in which the runs become
//! seen. What follows from what is decided by `vedette_watch`; here it is fed, written and told.

mod looking;

use crate::app::App;
use crate::live::Watched;
use crate::notify::outbox;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vedette_model::{AccountId, Timestamp, limits};
use vedette_store::{ControlChange, DocumentChange, Range, RunFilter, RunQuery, RunSort, StoreError, UnseenRun};
use vedette_watch::{Book, Delivery, LOOK_BACK, Notice, Past, Seen, collections};

/// Runs noted in one transaction.
const AT_ONCE: usize = 500;
/// Transactions of one step, so that one busy account does not keep the others waiting.
const ROUNDS: usize = 20;
/// How often it is written down that the server is up; and each second before an expected time is judged. So up
/// to so much before a crash counts as down, and what depends on silence is told that much later.
const ALIVE: Duration = Duration::from_secs(10);

/// The books of all accounts.
#[derive(Default)]
pub struct Watch {
    shelves: Mutex<BTreeMap<AccountId, Shelf>>,
}

struct Shelf {
    book: Book,
    /// What of the past is in its series: how long ago, and whether with scores. None is nothing.
    replayed: Option<(Duration, bool)>,
    alive_at: Timestamp,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's documents are gone.
    pub fn forget(&self, account: AccountId) {
        self.lock().remove(&account);
    }
}

/// Does what runs and time ask for, as of `now`. Called every second. What cannot be written is done again.
pub fn step(app: &App, now: Timestamp) -> Result<(), StoreError> {
    let accounts = app.store.accounts()?;
    app.watch.lock().retain(|id, _| accounts.iter().any(|account| account.id == *id));
    for account in accounts {
        for _ in 0..ROUNDS {
            let unseen = app.store.unseen_runs(account.id, AT_ONCE)?;
            let last = unseen.len() < AT_ONCE;
            on_shelf(app, account.id, now, unseen.clone(), |shelf| {
                for run in unseen {
                    look_at(app, account.id, &mut shelf.book, run, now)?;
                }
                if last {
                    shelf.book.tick(now);
                    let is_due = now >= shelf.alive_at.plus(ALIVE) || shelf.book.judges_within(now, ALIVE);
                    if shelf.book.keeps_time() && is_due {
                        shelf.book.alive(now);
                        shelf.alive_at = now;
                    }
                }
                Ok(())
            })?;
            if last {
                break;
            }
        }
    }
    Ok(())
}

fn look_at(app: &App, account: AccountId, book: &mut Book, run: UnseenRun, now: Timestamp) -> Result<(), StoreError> {
    match app.store.run(account, run.run)? {
        Some(row) => {
            let (seen, scores) = looking::seen(app, account, &row, book)?;
            app.store.put_scores(account, scores)?;
            book.observe(&seen, now);
        }
        None => {
            book.forget(run.run, now);
            outbox::forget(&*app.store, account, run.run)?;
        }
    }
    Ok(())
}

/// Asks an account's book.
pub fn read<T>(app: &App, account: AccountId, now: Timestamp, ask: impl FnOnce(&Book) -> T) -> Result<T, StoreError> {
    on_shelf(app, account, now, Vec::new(), |shelf| Ok(ask(&shelf.book)))
}

/// Changes an account's book; written when it returns.
pub fn change<T>(
    app: &App,
    account: AccountId,
    now: Timestamp,
    change: impl FnOnce(&mut Book) -> T,
) -> Result<T, StoreError> {
    on_shelf(app, account, now, Vec::new(), |shelf| {
        let changed = change(&mut shelf.book);
        // A rule that is made now counts the runs of its window too.
        replay(app, account, shelf, now)?;
        Ok(changed)
    })
}

/// Runs of the past as they count for rules, with their scores, and when they were silent for longer than that, if
/// that is asked.
pub fn past(
    app: &App,
    account: AccountId,
    since: Timestamp,
    now: Timestamp,
    with_scores: bool,
    silences: Option<Duration>,
) -> Result<Vec<Past>, StoreError> {
    let mut query = RunQuery {
        filter: RunFilter { range: Range { since: Some(since), until: None }, ..RunFilter::default() },
        sort: RunSort::Newest,
        limit: limits::PAGE_ROWS_MAX,
        cursor: None,
    };
    let (mut runs, mut read) = (Vec::new(), 0);
    loop {
        let page = app.store.runs(account, &query)?;
        for row in &page.rows {
            let mut past = Past { seen: Seen::of(&row.run, row.root), silences: Vec::new() };
            if with_scores {
                past.seen.scores = looking::scores(app, account, row.run.key)?;
            }
            if let Some(longer) = silences.filter(|_| read < limits::SILENT_RUNS)
                && looking::may_be_silent(&row.run, longer, now)
            {
                past.silences = looking::silences(app, account, &row.run, longer, now)?;
                read += 1;
            }
            runs.push(past);
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || runs.len() >= limits::WATCHED_RUNS {
            return Ok(runs);
        }
    }
}

fn replay(app: &App, account: AccountId, shelf: &mut Shelf, now: Timestamp) -> Result<(), StoreError> {
    let asked = (shelf.book.reach(), shelf.book.asks_scores());
    let is_there = shelf.replayed.is_some_and(|(reach, scores)| asked.0 <= reach && asked.1 <= scores);
    if !is_there {
        for past in past(app, account, now.minus(LOOK_BACK), now, shelf.book.asks_scores(), None)? {
            shelf.book.replay(past.seen, now);
        }
    }
    // What is no longer asked for leaves the series.
    shelf.replayed = Some(asked);
    Ok(())
}

fn open(app: &App, account: AccountId, now: Timestamp) -> Result<Shelf, StoreError> {
    let mut documents = Vec::new();
    for collection in collections::OF_A_BOOK {
        let found = app.store.documents(account, collection)?;
        documents.extend(found.into_iter().map(|document| (collection.to_owned(), document.id, document.body)));
    }
    let (book, wrong) = Book::load(account, documents.into_iter());
    for what in wrong {
        tracing::error!("what is watched cannot be read, and is passed over: {what}");
    }
    let mut shelf = Shelf { replayed: None, alive_at: now, book };
    if shelf.book.keeps_time() {
        shelf.book.resume(now);
        replay(app, account, &mut shelf, now)?;
    }
    Ok(shelf)
}

/// Works on an account's book and writes what follows. If that fails, the book is read again next time, and
/// nothing has happened.
fn on_shelf<T>(
    app: &App,
    account: AccountId,
    now: Timestamp,
    seen: Vec<UnseenRun>,
    work: impl FnOnce(&mut Shelf) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut shelves = app.watch.lock();
    let mut shelf = match shelves.remove(&account) {
        Some(shelf) => shelf,
        None => open(app, account, now)?,
    };
    let answer = work(&mut shelf)?;
    let outbox = shelf.book.take();
    let mut changes: Vec<DocumentChange> =
        outbox.writes.into_iter().map(|(collection, id, body)| DocumentChange { collection, id, body }).collect();
    let mut notices = Vec::new();
    if !outbox.told.is_empty() {
        let channels = outbox::channels(&*app.store, account)?;
        for told in outbox.told {
            for channel in told.route(&channels) {
                let delivery = Delivery::new(told.notice.clone(), &channel.id, now);
                changes.push(outbox::put(&delivery));
            }
            changes.push(put(collections::NOTICES, told.notice.id.clone(), &told.notice)?);
            notices.push(told.notice);
        }
        changes.extend(surplus(app, account)?);
    }
    let resolved = !outbox.resolved.is_empty();
    // That the server is up is no news.
    let changed = changes.iter().any(|change| change.collection != collections::CLOCK);
    if !changes.is_empty() || !seen.is_empty() {
        app.store.change_documents(account, changes, seen)?;
    }
    shelves.insert(account, shelf);
    drop(shelves);
    let overdue = outbox.overdue.into_iter().map(|(run, seconds)| (run, ControlChange::Overdue(seconds)));
    app.store.control_all(account, overdue.collect())?;
    if !notices.is_empty() || resolved {
        app.notify.wake();
    }
    if changed {
        let noticed = notices.into_iter().map(|notice| Watched::Noticed(Box::new(notice)));
        app.live.tell(account, std::iter::once(Watched::Changed).chain(noticed).collect());
    }
    Ok(answer)
}

fn put<T: serde::Serialize>(collection: &'static str, id: String, value: &T) -> Result<DocumentChange, StoreError> {
    let body = serde_json::to_string(value).map_err(|error| {
        StoreError::caused(vedette_store::StoreErrorKind::Internal, "a document cannot be written", error)
    })?;
    Ok(DocumentChange { collection, id, body: Some(body) })
}

/// The account's last notices, newest first.
pub fn notices(app: &App, account: AccountId) -> Result<Vec<Notice>, StoreError> {
    let documents = app.store.documents(account, collections::NOTICES)?;
    let notices = documents.into_iter().filter_map(|document| serde_json::from_str(&document.body).ok());
    let mut notices: Vec<Notice> = notices.collect();
    notices.sort_by(|a, b| (b.occurred_at, &b.id).cmp(&(a.occurred_at, &a.id)));
    Ok(notices)
}

/// Notices beyond those that are kept.
fn surplus(app: &App, account: AccountId) -> Result<Vec<DocumentChange>, StoreError> {
    let old = notices(app, account)?.into_iter().skip(limits::NOTICES);
    Ok(old.map(|notice| DocumentChange { collection: collections::NOTICES, id: notice.id, body: None }).collect())
}
