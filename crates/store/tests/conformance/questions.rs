//! Every read of a store, its answers as text: what two stores are compared by.

use super::say::{id, run};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::fmt::Debug;
use vedette_model::{AccountId, RunKind, Status};
use vedette_store::{CostBy, Page, Range, RunFilter, RunQuery, RunSort, SessionQuery, Store, StoreError, Table};

/// Runs and spans that are asked for by id: those of `pieces`, and one of each that never is.
const RUNS: u64 = 8;
const SPANS: u64 = 9;

/// A question and its answer.
pub type Answer = (String, String);

/// Answers compare by content, errors by kind.
fn told<T: Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:#?}"),
        Err(error) => format!("{:?}", error.kind),
    }
}

/// Every question about an account but those that take a filter.
pub fn all(store: &dyn Store, account: AccountId) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut add =
        |question: String, answer: String| answers.push((format!("{question} of account {}", account.0), answer));
    let mut unseen: Vec<_> = store.unseen_runs(account, usize::MAX).unwrap().into_iter().map(|one| one.run).collect();
    unseen.sort_unstable();
    add("unseen runs".to_owned(), format!("{unseen:?}"));
    for number in 0..RUNS {
        let key = run(number);
        add(format!("run {number}"), told(store.run(account, key)));
        add(format!("spans {number}"), told(store.spans(account, key)));
        add(format!("raw spans {number}"), told(store.raw_spans(account, key)));
        add(format!("scores {number}"), told(store.scores(account, key)));
        for span in 0..SPANS {
            add(format!("span {number}/{span}"), told(store.span(account, key, id(span))));
        }
    }
    for (name, range) in [
        ("all", Range::default()),
        ("some", Range { since: Some(super::say::at(10.0)), until: Some(super::say::at(40.0)) }),
    ] {
        add(format!("agents, {name}"), told(store.agents(account, range)));
        for by in [
            CostBy::Model,
            CostBy::Agent,
            CostBy::Workflow,
            CostBy::Customer,
            CostBy::Feature,
            CostBy::User,
            CostBy::Day,
        ] {
            add(format!("costs by {by:?}, {name}"), told(store.costs(account, by, range, "-00:01")));
        }
        for table in [Table::Runs, Table::Spans, Table::Scores] {
            let rows = table_rows(store, account, table, range, None);
            add(format!("{table:?}, {name}"), format!("{rows:#?}"));
        }
        let query = SessionQuery { range, limit: 1, ..SessionQuery::default() };
        let sessions = pages(|cursor| store.sessions(account, &SessionQuery { cursor, ..query.clone() }));
        add(format!("sessions, {name}"), sessions);
    }
    add("keys".to_owned(), told(store.keys(account)));
    add("prices".to_owned(), told(store.price_overrides(account)));
    let status = store.status(account).unwrap();
    add("status".to_owned(), format!("{} runs, {} spans, sequence {}", status.runs, status.spans, store.sequence()));
    for filter in filters() {
        answers.extend(filtered(store, account, &filter, RunSort::Newest, 1_000));
    }
    answers
}

fn filters() -> Vec<RunFilter> {
    let root = |number| RunFilter { root: Some(run(number)), ..RunFilter::default() };
    let mut filters = vec![
        RunFilter::default(),
        RunFilter { kind: vec![RunKind::Trace, RunKind::Run, RunKind::Heartbeat], ..RunFilter::default() },
        RunFilter { status: vec![Status::Running, Status::Timeout], ..RunFilter::default() },
        RunFilter { q: Some("A".to_owned()), ..RunFilter::default() },
    ];
    filters.extend((0..RUNS).map(root));
    filters
}

/// Every question that takes a filter.
pub fn filtered(store: &dyn Store, account: AccountId, filter: &RunFilter, sort: RunSort, limit: usize) -> Vec<Answer> {
    let query = RunQuery { filter: filter.clone(), sort, limit, cursor: None };
    let runs = pages(|cursor| store.runs(account, &RunQuery { cursor, ..query.clone() }));
    let answers = [
        ("runs", runs),
        ("stats", told(store.stats(account, filter, Some(7_000_000_000)))),
        ("facets", told(store.facets(account, filter))),
        ("tools", told(store.tools(account, filter))),
    ];
    answers
        .map(|(question, answer)| (format!("{question} of account {} by {sort:?} {filter:?}", account.0), answer))
        .into()
}

/// All pages of a list, cursors included.
fn pages<T: Debug>(mut page: impl FnMut(Option<String>) -> Result<Page<T>, StoreError>) -> String {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let next = page(cursor.take());
        cursor = next.as_ref().ok().and_then(|page| page.next_cursor.clone());
        pages.push(told(next));
        assert!(pages.len() < 100, "a list has no end");
        if cursor.is_none() {
            return pages.join("\n");
        }
    }
}

/// The rows of a table as text, sorted: a scan has no order.
pub fn table_rows(
    store: &dyn Store,
    account: AccountId,
    table: Table,
    range: Range,
    projection: Option<&[usize]>,
) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in store.scan(table, account, range, projection).unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default();
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        rows.extend(
            (0..batch.num_rows()).map(|at| columns.iter().map(|column| column.value(at).to_string()).collect()),
        );
    }
    rows.sort();
    rows
}

/// Fails with the first question that is answered differently.
pub fn assert_same(expected: &[Answer], answers: &[Answer], after: &dyn Debug) {
    for ((question, expected), (_, answer)) in expected.iter().zip(answers) {
        assert!(expected == answer, "{question}, after {after:?}:\n{}", difference(expected, answer));
    }
    assert_eq!(expected.len(), answers.len());
}

/// The lines that differ, with where.
pub fn difference(expected: &str, answer: &str) -> String {
    let (expected, answer): (Vec<_>, Vec<_>) = (expected.lines().collect(), answer.lines().collect());
    let same = expected.iter().zip(&answer).take_while(|(a, b)| a == b).count();
    let ends = expected[same..].iter().rev().zip(answer[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str]| {
        lines[same.saturating_sub(3)..lines.len() - ends].iter().take(60).copied().collect::<Vec<_>>().join("\n")
    };
    format!("expected at line {same}:\n{}\nfound:\n{}", part(&expected), part(&answer))
}
