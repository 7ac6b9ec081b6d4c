//! Lists of runs: order, pages, filters, trees.

use super::say::{
    ACCOUNT, Said, agent, at, call, closed, number, numbers, opened, run, selected, send, span, the_run, tool, usd,
};
use super::{Open, fresh};
use vedette_model::{RunKind, Status};
use vedette_store::{Range, RunFilter, RunQuery, RunSort, Store, StoreErrorKind};

/// Every page of a list, one after the other.
fn paged(store: &dyn Store, sort: RunSort, limit: usize) -> Vec<u64> {
    let mut query = RunQuery { sort, limit, ..RunQuery::default() };
    let mut all = Vec::new();
    loop {
        let page = store.runs(ACCOUNT, &query).unwrap();
        assert!(page.rows.len() <= limit.max(1), "a page holds no more than asked");
        all.extend(numbers(&page.rows));
        assert!(all.len() < 100, "a list has no end");
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return all;
        }
    }
}

pub fn every_order_pages_without_gap(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let costing = |number, start: f64, end: f64, cost| {
        [agent(number, "support").lasting(start, end), call(number, 1, "m", (1, 1), cost).under(0).lasting(start, end)]
    };
    // Runs 2 and 3 are equal in every order; 5 costs nobody knows what; 6 still runs.
    send(store, 9.0, &costing(1, 0.0, 50.0, Some(0.1)));
    send(store, 9.0, &costing(3, 10.0, 20.0, Some(0.9)));
    send(store, 9.0, &costing(2, 10.0, 20.0, Some(0.9)));
    send(store, 9.0, &costing(4, 20.0, 20.0, Some(0.5)));
    send(store, 9.0, &costing(5, 30.0, 35.0, None));
    send(store, 9.0, &[agent(6, "support").lasting(40.0, 40.0).open(), call(6, 1, "m", (1, 1), Some(0.3)).under(0)]);
    for (sort, expected) in [
        (RunSort::Newest, [6, 5, 4, 2, 3, 1]),
        (RunSort::Oldest, [1, 2, 3, 4, 5, 6]),
        (RunSort::Slowest, [1, 2, 3, 5, 4, 6]),
        (RunSort::Dearest, [2, 3, 4, 6, 1, 5]),
    ] {
        for limit in [0, 1, 2, 3, 5, 6, 7, 5_000] {
            assert_eq!(paged(store, sort, limit), expected, "{sort:?} by {limit}");
        }
    }
}

pub fn a_page_is_stable_under_inserts(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let one = |number: u64| agent(number, "support").lasting(number as f64, number as f64 + 1.0);
    send(store, 9.0, &[one(2), one(4), one(6), one(8)]);
    let first = store.runs(ACCOUNT, &RunQuery { limit: 2, ..RunQuery::default() }).unwrap();
    assert_eq!(numbers(&first.rows), [8, 6]);
    // One newer than the page, one on it, one behind it.
    send(store, 9.0, &[one(9), one(7), one(3)]);
    let second = RunQuery { limit: 9, cursor: first.next_cursor, ..RunQuery::default() };
    let second = store.runs(ACCOUNT, &second).unwrap();
    assert_eq!((numbers(&second.rows), second.next_cursor), (vec![4, 3, 2], None));
}

pub fn a_foreign_cursor_is_refused(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 9.0, &[agent(1, "a"), agent(2, "b")]);
    let page = store.runs(ACCOUNT, &RunQuery { limit: 1, ..RunQuery::default() }).unwrap();
    let ours = page.next_cursor.unwrap();
    for (sort, cursor) in [
        (RunSort::Dearest, ours.as_str()),
        (RunSort::Newest, ""),
        (RunSort::Newest, "newest"),
        (RunSort::Newest, "newest.1.2"),
        (RunSort::Newest, "' OR 1=1"),
        (RunSort::Newest, &ours[1..]),
    ] {
        let query = RunQuery { sort, cursor: Some(cursor.to_owned()), ..RunQuery::default() };
        assert_eq!(store.runs(ACCOUNT, &query).unwrap_err().kind, StoreErrorKind::Invalid, "{cursor}");
    }
}

/// Four runs that differ in everything a filter can ask for, and a plain trace.
fn zoo() -> Vec<Said> {
    vec![
        agent(1, "support")
            .lasting(0.0, 4.0)
            .in_session("s1")
            .tagged(&["red", "big"])
            .with("user.id", "ann")
            .with("vedette.customer_id", "acme")
            .with("vedette.success", true)
            .with("vedette.outcome", "solved")
            .with("vedette.input", "Where is my ORDER?")
            .named("handle ticket"),
        call(1, 1, "m-large", (10, 5), Some(0.5)).under(0),
        tool(1, 2, "search").under(0),
        span(1, 3).kind("agent").with("vedette.agent", "helper").under(0).in_session("s2"),
        agent(2, "support")
            .lasting(10.0, 10.5)
            .failed("Überlast at the PROVIDER")
            .with("vedette.success", false)
            .with("vedette.feature", "triage")
            .with("vedette.environment", "staging")
            .with("vedette.version", "2.1")
            .tagged(&["red"]),
        call(2, 1, "m-small", (1, 1), None).under(0),
        agent(3, "billing")
            .lasting(20.0, 21.0)
            .open()
            .with("vedette.workflow", "main")
            .with("vedette.external_id", "Invoice-174"),
        agent(4, "helper").lasting(30.0, 31.0).with("vedette.status", "cancelled").with("vedette.outcome", "dropped"),
        span(5, 0).lasting(40.0, 41.0).named("GET /health").in_session("s1"),
    ]
}

pub fn every_filter_selects(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 50.0, &zoo());
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let q = |text: &str| RunFilter { q: Some(text.to_owned()), ..RunFilter::default() };
    let range = |since, until| Range { since: Some(at(since)), until: Some(at(until)) };
    let hex = run(2).to_string();
    let cases: Vec<(RunFilter, &[u64])> = vec![
        (RunFilter::default(), &[4, 3, 2, 1]),
        (RunFilter { range: range(10.0, 30.0), ..Default::default() }, &[3, 2]),
        (RunFilter { range: Range { since: Some(at(20.0)), until: None }, ..Default::default() }, &[4, 3]),
        (RunFilter { agent: words(&["helper"]), ..Default::default() }, &[4, 1]),
        (RunFilter { agent: words(&["billing", "helper"]), ..Default::default() }, &[4, 3, 1]),
        (RunFilter { agent: words(&["Helper"]), ..Default::default() }, &[]),
        (RunFilter { main_agent: Some("helper".to_owned()), ..Default::default() }, &[4]),
        (RunFilter { status: vec![Status::Failed, Status::Cancelled], ..Default::default() }, &[4, 2]),
        (RunFilter { status: vec![Status::Running], ..Default::default() }, &[3]),
        (RunFilter { success: Some(Some(true)), ..Default::default() }, &[1]),
        (RunFilter { success: Some(Some(false)), ..Default::default() }, &[2]),
        (RunFilter { success: Some(None), ..Default::default() }, &[4, 3]),
        (RunFilter { outcome: words(&["solved", "dropped"]), ..Default::default() }, &[4, 1]),
        (RunFilter { kind: vec![RunKind::Trace], ..Default::default() }, &[5]),
        (RunFilter { kind: vec![RunKind::Trace, RunKind::Run], ..Default::default() }, &[5, 4, 3, 2, 1]),
        (RunFilter { model: words(&["m-large"]), ..Default::default() }, &[1]),
        (RunFilter { tool: words(&["search", "none"]), ..Default::default() }, &[1]),
        (RunFilter { session: words(&["s2"]), ..Default::default() }, &[1]),
        (RunFilter { session: words(&["s1"]), ..Default::default() }, &[5, 1]),
        (RunFilter { user: words(&["ann"]), ..Default::default() }, &[1]),
        (RunFilter { customer: words(&["acme"]), ..Default::default() }, &[1]),
        (RunFilter { feature: words(&["triage"]), ..Default::default() }, &[2]),
        (RunFilter { workflow: words(&["main"]), ..Default::default() }, &[3]),
        (RunFilter { version: words(&["2.1", "2"]), ..Default::default() }, &[2]),
        (RunFilter { tag: words(&["red"]), ..Default::default() }, &[2, 1]),
        (RunFilter { tag: words(&["big"]), ..Default::default() }, &[1]),
        (RunFilter { environment: words(&["staging"]), ..Default::default() }, &[2]),
        (RunFilter { min_duration_ms: Some(1_000.0), ..Default::default() }, &[4, 1]),
        (RunFilter { min_duration_ms: Some(0.0), ..Default::default() }, &[4, 2, 1]),
        (RunFilter { max_duration_ms: Some(500.0), ..Default::default() }, &[2]),
        (RunFilter { min_cost: Some(usd(0.5)), ..Default::default() }, &[1]),
        (RunFilter { min_cost: Some(usd(0.0)), ..Default::default() }, &[4, 3, 1]),
        (RunFilter { min_cost: Some(usd(0.500_000_001)), ..Default::default() }, &[]),
        (RunFilter { max_cost: Some(usd(0.5)), ..Default::default() }, &[4, 3, 1]),
        (RunFilter { max_cost: Some(usd(0.0)), ..Default::default() }, &[4, 3]),
        (q("order"), &[1]),
        (q("TICKET"), &[1]),
        (q("überlast at"), &[2]),
        (q("provider"), &[2]),
        (q("invoice-1"), &[3]),
        (q("billin"), &[3]),
        (q("health"), &[5]),
        (q("%"), &[]),
        (q("_"), &[]),
        (q("a5a5"), &[5, 4, 3, 2, 1]),
        (q(&hex), &[2]),
        (q(&format!("run_eu_{hex}")), &[2]),
        (q(&format!("run_us_{}", &hex[..20])), &[5, 4, 3, 2, 1]),
        (q(&format!("run_eu_{}", &hex[1..20])), &[]),
        (q(&format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])), &[2]),
        (RunFilter { agent: words(&["support"]), tag: words(&["big"]), ..Default::default() }, &[1]),
        (RunFilter { agent: words(&["billing"]), tag: words(&["big"]), ..Default::default() }, &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(selected(store, filter.clone()), expected, "{filter:?}");
        let total = store.stats(ACCOUNT, &filter, None).unwrap().total.total_runs;
        assert_eq!(total, expected.len() as u64, "{filter:?}");
    }
}

pub fn a_tree_is_followed(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let child = |number, parent, start: f64, cost| {
        [
            agent(number, "step").lasting(start, start + 1.0).in_run_under(parent),
            call(number, 1, "m", (10, 5), cost).under(0).lasting(start, start),
        ]
    };
    // 1 <- (3, 2 <- 4), children before parents; 9 is never sent.
    send(store, 9.0, &child(4, 2, 3.0, Some(0.25)));
    assert_eq!(the_run(store, 4).root, run(4));
    send(store, 9.0, &child(3, 1, 1.0, None));
    send(store, 9.0, &child(2, 1, 2.0, Some(0.5)).map(|span| span.failed("boom")));
    assert_eq!(the_run(store, 4).root, run(2));
    send(store, 9.0, &child(1, 9, 0.0, Some(0.125)));
    let root = the_run(store, 1);
    assert_eq!(root.children, [run(3), run(2)], "by start");
    assert_eq!((root.root, root.failed_children, root.run.status), (run(1), 1, Status::Success));
    assert_eq!((root.run.cost, root.tree_cost), (Some(usd(0.125)), Some(usd(0.875))));
    assert_eq!((root.run.usage.input, root.tree_usage.input, root.tree_usage.output), (Some(10), Some(40), Some(20)));
    assert_eq!([2, 3, 4].map(|number| the_run(store, number).root), [run(1); 3]);
    assert_eq!(the_run(store, 3).tree_cost, None, "nothing known stays unknown");
    for (of, expected) in [(1, vec![4, 2, 3, 1]), (2, vec![4, 2]), (4, vec![4]), (9, vec![4, 2, 3, 1]), (8, vec![])] {
        assert_eq!(selected(store, RunFilter { root: Some(run(of)), ..Default::default() }), expected, "{of}");
    }
    // A run may turn to another parent: the word of its outermost span stands.
    send(store, 9.0, &[span(5, 1).under(0).in_run_under(3), call(5, 2, "m", (1, 1), Some(1.0)).under(0)]);
    assert_eq!((number(the_run(store, 5).root), the_run(store, 3).tree_cost), (1, Some(usd(1.0))));
    send(store, 9.0, &[agent(5, "step").lasting(4.0, 5.0).in_run_under(2)]);
    let children = |of| the_run(store, of).children.into_iter().map(number).collect::<Vec<_>>();
    assert_eq!((children(3), children(2)), (vec![], vec![4, 5]));
    assert_eq!((the_run(store, 3).tree_cost, the_run(store, 2).tree_cost), (None, Some(usd(1.75))));
    // Announced runs are part of it, whoever comes first.
    store.control(ACCOUNT, run(9), opened("parent", -1.0, 9.0)).unwrap();
    assert_eq!([1, 2, 3, 4].map(|of| number(the_run(store, of).root)), [9; 4]);
    store.control(ACCOUNT, run(9), closed(Status::Success, 8.0, 9.0)).unwrap();
    assert_eq!(the_run(store, 9).failed_children, 1);
}

pub fn a_cycle_of_parents_ends(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let step = |number, parent| agent(number, "step").in_run_under(parent);
    send(store, 9.0, &[step(1, 1), step(2, 3), step(3, 2), step(4, 2)]);
    let rows = [1, 2, 3, 4].map(|number| the_run(store, number));
    assert_eq!(rows.clone().map(|row| number(row.root)), [1, 3, 2, 3]);
    assert_eq!(
        rows.map(|row| row.children.into_iter().map(number).collect::<Vec<_>>()),
        [vec![], vec![3, 4], vec![2], vec![]]
    );
    assert_eq!(selected(store, RunFilter { root: Some(run(2)), ..Default::default() }), [2, 3, 4]);
}
