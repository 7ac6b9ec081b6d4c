//! Figures over runs, by the definitions.

use super::say::{ACCOUNT, Said, a_token_costs, agent, at, call, closed, id, run, send, span, the_run, tool, usd};
use super::{Open, fresh};
use std::sync::Arc;
use vedette_model::{Closed, CostSource, NanoUsd, RunFacts, Status};
use vedette_store::{
    ChangeKind, ControlChange, CostBy, Pricing, Range, RunFilter, SessionQuery, Statistics, Store, StoreErrorKind,
};

fn statistics(store: &dyn Store, filter: &RunFilter) -> Statistics {
    store.stats(ACCOUNT, filter, None).unwrap().total
}

fn of_agent(agent: &str) -> RunFilter {
    RunFilter { main_agent: Some(agent.to_owned()), ..RunFilter::default() }
}

/// A run of one call: agent, start, duration, cost.
fn simple(number: u64, name: &str, start: f64, seconds: f64, cost: Option<f64>) -> [Said; 2] {
    let end = start + seconds;
    [agent(number, name).lasting(start, end), call(number, 1, "m", (10, 5), cost).under(0).lasting(start, end)]
}

pub fn totals_are_the_sum_of_calls(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let calls = [call(1, 1, "m", (800, 120), Some(0.0032)), call(1, 2, "n", (400, 180), Some(0.0013))];
    send(store, 1.0, &[agent(1, "lead-qualifier")]);
    send(store, 1.0, &calls.map(|call| call.under(0)));
    let row = the_run(store, 1);
    assert_eq!((row.run.usage.total(), row.run.cost), (Some(1_500), Some(usd(0.0045))));
    assert_eq!((row.run.model_calls, row.tree_cost), (2, Some(usd(0.0045))));
}

pub fn statistics_follow_the_definitions(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    assert_eq!(
        statistics(store, &RunFilter::default()),
        Statistics { total_cost: Some(usd(0.0)), ..Default::default() }
    );

    // 20 ended runs of 1 to 20 seconds, costing 1 to 20 cents; number 20 has no known cost.
    for number in 1..=20_u64 {
        let seconds = number as f64;
        let [root, call] =
            simple(number, "support", seconds * 100.0, seconds, (number < 20).then_some(seconds / 100.0));
        let root = match number % 5 {
            0 => root.failed("boom").with("vedette.success", false),
            1 | 2 => root.with("vedette.success", true),
            _ => root,
        };
        send(store, 1.0, &[root, call]);
    }
    // One still runs, dear and long ago; one timed out.
    send(store, 1.0, &[agent(21, "support").open(), call(21, 1, "m", (10, 5), Some(1.0)).under(0).lasting(0.0, 500.0)]);
    store.control(ACCOUNT, run(22), closed(Status::Timeout, 3_000.0, 1.0)).unwrap();

    let total = statistics(store, &RunFilter::default());
    assert_eq!((total.total_runs, total.completed_runs, total.running_runs, total.failed_runs), (22, 21, 1, 5));
    assert_eq!((total.success_count, total.failure_count, total.no_signal_count), (8, 4, 10));
    assert_eq!(total.success_rate, Some(8.0 / 22.0));
    assert_eq!(total.total_cost, Some(usd(1.9 + 1.0)), "over all runs");
    assert_eq!((total.avg_cost_per_run, total.costed_runs), (Some(usd(0.095)), 20), "over completed runs with a cost");
    assert_eq!(total.p95_latency_ms, Some(19_000.0), "element 20 of 21");
    assert_eq!((total.model_calls, total.error_count, total.usage.input), (21, 4, Some(210)));

    // They follow one run more at once.
    send(store, 2.0, &simple(23, "support", 9_000.0, 60.0, Some(0.2)));
    let after = statistics(store, &RunFilter::default());
    assert_eq!((after.total_runs, after.total_cost, after.p95_latency_ms), (23, Some(usd(3.1)), Some(20_000.0)));

    let unpriced =
        RunFilter { range: Range { since: Some(at(2_000.0)), until: Some(at(2_001.0)) }, ..Default::default() };
    let unpriced = statistics(store, &unpriced);
    assert_eq!((unpriced.total_runs, unpriced.total_cost, unpriced.avg_cost_per_run), (1, None, None));
}

pub fn a_range_bounds_every_figure(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    for (number, start) in [(1, 0.0), (2, 100.0), (3, 200.0)] {
        let [root, call] = simple(number, "support", start, 5.0, Some(0.5));
        send(store, 900.0, &[root.in_session("s").with("vedette.success", true), call, tool(number, 2, "t").under(0)]);
    }
    // The start is in, the end is not; when it was received does not matter.
    for (since, until, runs) in
        [(0.0, 300.0, 3), (0.0, 200.0, 2), (100.0, 200.0, 1), (100.1, 200.0, 0), (201.0, 900.0, 0)]
    {
        let range = Range { since: Some(at(since)), until: Some(at(until)) };
        let filter = RunFilter { range, ..RunFilter::default() };
        let cost = Some(usd(0.5 * runs as f64));
        let total = statistics(store, &filter);
        assert_eq!((total.total_runs, total.success_count, total.model_calls), (runs, runs, runs));
        assert_eq!(total.total_cost, cost);
        let agents = store.agents(ACCOUNT, range).unwrap();
        assert_eq!(
            agents.iter().map(|row| row.statistics.clone()).collect::<Vec<_>>(),
            if runs > 0 { vec![total] } else { vec![] }
        );
        assert_eq!(store.costs(ACCOUNT, CostBy::Model, range, "UTC").unwrap().total, cost);
        assert_eq!(store.tools(ACCOUNT, &filter).unwrap().iter().map(|row| row.runs).sum::<u64>(), runs);
    }
}

pub fn agents_are_told_apart(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(store, 1.0, &simple(1, "support-bot-v1", 0.0, 4.0, Some(0.5)));
    send(store, 1.0, &simple(2, "support-bot-v2", 10.0, 2.0, Some(0.25)));
    send(store, 1.0, &simple(3, "support-bot-v1", 20.0, 8.0, Some(0.1)));
    send(store, 1.0, &[span(4, 0).lasting(90.0, 91.0).with("vedette.agent", "plain tracing")]);
    let range = Range::default();
    let agents = store.agents(ACCOUNT, range).unwrap();
    let names: Vec<_> = agents.iter().map(|row| (&*row.name, row.created_at, row.last_run_at)).collect();
    assert_eq!(names, [("support-bot-v1", at(0.0), at(20.0)), ("support-bot-v2", at(10.0), at(10.0))]);
    for row in &agents {
        assert_eq!(row.statistics, statistics(store, &of_agent(&row.name)), "the list and the agent's own page agree");
    }
    let later = store.agents(ACCOUNT, Range { since: Some(at(15.0)), until: None }).unwrap();
    assert_eq!(later.iter().map(|row| (&*row.name, row.created_at)).collect::<Vec<_>>(), [("support-bot-v1", at(0.0))]);
}

pub fn heartbeats_stay_out_of_averages(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let beat = |number, agent: &str, start: f64, cost| {
        let (received_at, facts) = (at(1.0), RunFacts::default());
        let kind = vedette_model::RunKind::Heartbeat;
        let open = vedette_model::Opened {
            agent: agent.into(),
            started_at: at(start),
            received_at,
            kind,
            facts: facts.clone(),
        };
        let (status, finished_at, reported_cost) = (Status::Success, at(start), Some(usd(cost)));
        let close =
            Closed { status, finished_at, received_at, failure: None, output_preview: None, reported_cost, facts };
        store.control(ACCOUNT, run(number), ControlChange::Open(open)).unwrap();
        store.control(ACCOUNT, run(number), ControlChange::Close(close)).unwrap();
    };
    beat(1, "daily", 0.0, 0.5);
    beat(2, "daily", 10.0, 0.25);
    beat(3, "support", 20.0, 0.5);
    send(store, 1.0, &simple(4, "support", 100.0, 3.0, Some(0.125)));
    let daily = statistics(store, &of_agent("daily"));
    assert_eq!((daily.total_runs, daily.costed_runs, daily.avg_cost_per_run), (2, 2, Some(usd(0.375))));
    assert_eq!(daily.p95_latency_ms, Some(0.0));
    let support = statistics(store, &of_agent("support"));
    assert_eq!((support.total_runs, support.total_cost), (2, Some(usd(0.625))));
    assert_eq!((support.costed_runs, support.avg_cost_per_run), (1, Some(usd(0.125))));
    assert_eq!(support.p95_latency_ms, Some(3_000.0));
    // A bucket of heartbeats alone does not make the agent one of heartbeats.
    let stats = store.stats(ACCOUNT, &of_agent("support"), Some(50_000_000_000)).unwrap();
    let p95: Vec<_> = stats.buckets.iter().map(|bucket| bucket.statistics.p95_latency_ms).collect();
    assert_eq!(p95, [None, Some(3_000.0)]);
}

pub fn buckets_add_up(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    for (number, start) in [(1, 0.0), (2, 59.9), (3, 60.0), (4, 300.0)] {
        let [root, call] = simple(number, "support", start, 1.0, Some(0.5));
        let outcome = if number == 3 { "rare" } else { "usual" };
        send(store, 1.0, &[root.with("vedette.outcome", outcome), call]);
    }
    let minute = 60_000_000_000;
    let stats = store.stats(ACCOUNT, &RunFilter::default(), Some(minute)).unwrap();
    let buckets: Vec<_> = stats.buckets.iter().map(|bucket| (bucket.start, bucket.statistics.total_runs)).collect();
    assert_eq!(buckets, [(at(0.0), 2), (at(60.0), 1), (at(300.0), 1)], "those without runs are left out");
    assert_eq!(stats.total, statistics(store, &RunFilter::default()));
    assert_eq!(stats.outcomes, [("usual".into(), 3), ("rare".into(), 1)]);
    for bucket in &stats.buckets {
        let until = Some(vedette_model::Timestamp(bucket.start.0 + minute));
        let filter = RunFilter { range: Range { since: Some(bucket.start), until }, ..RunFilter::default() };
        assert_eq!(bucket.statistics, statistics(store, &filter));
    }
    for width in [0, -1] {
        let refused = store.stats(ACCOUNT, &RunFilter::default(), Some(width)).unwrap_err();
        assert_eq!(refused.kind, StoreErrorKind::Invalid);
    }
}

pub fn costs_are_grouped(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let [root, first] = simple(1, "support", 0.0, 1.0, Some(24.8));
    let second = call(1, 2, "n", (10, 5), Some(6.2)).under(0);
    send(
        store,
        1.0,
        &[root.with("vedette.customer_id", "acme"), first, second, call(1, 3, "odd", (7, 1), None).under(0)],
    );
    // Sixteen hours later: the next day in Tokyo, and the same in London.
    let [root, call] = simple(2, "billing", 57_600.0, 1.0, Some(3.4));
    send(store, 1.0, &[root.with("vedette.customer_id", "acme"), call]);
    send(store, 1.0, &[agent(3, "record").lasting(90_000.0, 90_001.0).with("vedette.cost_usd", "0.043")]);
    send(store, 1.0, &[agent(4, "record").lasting(90_000.0, 90_001.0)]);

    let groups = |by, tz| {
        let report = store.costs(ACCOUNT, by, Range::default(), tz).unwrap();
        let rows = report
            .rows
            .into_iter()
            .map(|row| (row.key.map(|key| key.to_string()), row.cost, row.runs, row.model_calls));
        (report.total, rows.collect::<Vec<_>>())
    };
    let key = |word: &str| Some(word.to_owned());
    let total = Some(usd(34.443));
    let (m, n, none) = (usd(28.2), usd(6.2), usd(0.043));
    let by_model =
        vec![(key("m"), Some(m), 2, 2), (key("n"), Some(n), 1, 1), (None, Some(none), 2, 0), (key("odd"), None, 1, 1)];
    assert_eq!(groups(CostBy::Model, "UTC"), (total, by_model));
    let by_agent = vec![
        (key("support"), Some(usd(31.0)), 1, 3),
        (key("billing"), Some(usd(3.4)), 1, 1),
        (key("record"), Some(none), 2, 0),
    ];
    assert_eq!(groups(CostBy::Agent, "UTC"), (total, by_agent));
    let by_customer = vec![(key("acme"), Some(usd(34.4)), 2, 4), (None, Some(none), 2, 0)];
    assert_eq!(groups(CostBy::Customer, "UTC"), (total, by_customer));
    let days = |days: &[(&str, f64)]| days.iter().map(|(day, cost)| (key(day), Some(usd(*cost)))).collect::<Vec<_>>();
    for (tz, expected) in [
        ("UTC", days(&[("2025-06-10", 0.043), ("2025-06-09", 34.4)])),
        ("+09:00", days(&[("2025-06-10", 3.443), ("2025-06-09", 31.0)])),
        ("-01:30", days(&[("2025-06-09", 3.443), ("2025-06-08", 31.0)])),
    ] {
        let (_, rows) = groups(CostBy::Day, tz);
        assert_eq!(rows.into_iter().map(|(key, cost, ..)| (key, cost)).collect::<Vec<_>>(), expected, "{tz}");
    }
    let report = store.costs(ACCOUNT, CostBy::Model, Range::default(), "UTC").unwrap();
    assert_eq!(report.unpriced, [("odd".into(), 1)]);
    assert_eq!(report.rows[0].usage.input, Some(20));
    let refused = store.costs(ACCOUNT, CostBy::Day, Range::default(), "Mars/Olympus").unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Invalid);
    let nothing = store.costs(ACCOUNT, CostBy::Day, Range { since: Some(at(1e6)), until: None }, "").unwrap();
    assert_eq!((nothing.total, nothing.rows.len()), (Some(usd(0.0)), 0));
}

pub fn costs_say_where_they_come_from(open: Open<'_>) {
    let mut subject = fresh(open);
    let store = subject.store();
    // Run 1 mixes what was reported, what the table says (2.50 and 10 dollars a million), and, later, an own price.
    let calls = [
        call(1, 1, "m", (10, 5), Some(0.5)).under(0),
        call(1, 2, "gpt-4o", (1_000_000, 100_000), None).under(0),
        call(1, 3, "own", (10, 5), None).under(0),
    ];
    send(store, 1.0, &[&[agent(1, "support")][..], &calls[..]].concat());
    send(store, 1.0, &[agent(2, "support"), call(2, 1, "gpt-4o", (100_000, 0), None).under(0)]);
    send(store, 1.0, &[agent(3, "silent")]);
    // A day later, so that it is no part of a shorter range.
    send(store, 1.0, &simple(4, "support", 90_000.0, 1.0, Some(0.25)));
    let sources = |store: &dyn Store, by, until: f64| {
        let range = Range { since: None, until: Some(at(until)) };
        let report = store.costs(ACCOUNT, by, range, "UTC").unwrap();
        let sum = report.by_source.iter().fold(NanoUsd::ZERO, |sum, row| sum.plus(row.cost));
        assert_eq!(Some(sum), report.total, "the parts are the whole");
        report.by_source.iter().map(|row| (row.source, row.cost, row.runs)).collect::<Vec<_>>()
    };
    let computed = (CostSource::Computed, usd(3.75), 2);
    let early = vec![(CostSource::Reported, usd(0.5), 1), computed];
    for by in [CostBy::Model, CostBy::Agent, CostBy::Day] {
        assert_eq!(sources(store, by, 100.0), early, "{by:?}");
        assert_eq!(sources(store, by, 1e6), [(CostSource::Reported, usd(0.75), 2), computed], "{by:?}");
        assert_eq!(sources(store, by, -1.0), []);
    }
    let own: Pricing = Arc::new(|span| if span.unpriced { a_token_costs(2)(span) } else { None });
    assert_eq!(store.reprice(ACCOUNT, &[run(1)], own).unwrap(), 1);
    let check = |store: &dyn Store| {
        let priced = [early[0], (CostSource::Override, NanoUsd(30), 1), computed];
        assert_eq!(sources(store, CostBy::Model, 100.0), priced);
        let source = |number| the_run(store, number).run.cost_source();
        assert_eq!([1, 2, 3, 4].map(source), [None, Some(CostSource::Computed), None, Some(CostSource::Reported)]);
    };
    check(store);
    if subject.reopen() {
        // From the database, and once the rows are in memory.
        check(subject.store());
        subject.store().maintain(at(2_000.0)).unwrap();
        check(subject.store());
    }
}

pub fn facets_ignore_their_own_part(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let [root, call] = simple(1, "support", 0.0, 1.0, None);
    send(store, 1.0, &[root.tagged(&["a", "b"]).with("vedette.success", true), call]);
    let [root, call] = simple(2, "billing", 0.0, 1.0, None);
    send(
        store,
        1.0,
        &[root.tagged(&["b"]).with("vedette.version", "2.1").failed("boom"), call, span(3, 0).named("plain")],
    );
    let facet = |filter: &RunFilter, name: &str| {
        let facets = store.facets(ACCOUNT, filter).unwrap();
        facets.0[name].iter().map(|(value, count)| (value.to_string(), *count)).collect::<Vec<_>>()
    };
    let pairs =
        |pairs: &[(&str, u64)]| pairs.iter().map(|(value, count)| (value.to_string(), *count)).collect::<Vec<_>>();
    let all = RunFilter::default();
    let support = RunFilter { agent: vec!["support".to_owned()], ..RunFilter::default() };
    for (filter, name, expected) in [
        (&all, "agent", pairs(&[("billing", 1), ("support", 1)])),
        (&support, "agent", pairs(&[("billing", 1), ("support", 1)])),
        (&all, "tag", pairs(&[("b", 2), ("a", 1)])),
        (&support, "tag", pairs(&[("a", 1), ("b", 1)])),
        (&all, "status", pairs(&[("failed", 1), ("success", 1)])),
        (&support, "status", pairs(&[("success", 1)])),
        (&all, "success", pairs(&[("null", 1), ("true", 1)])),
        (&all, "kind", pairs(&[("run", 2), ("trace", 1)])),
        (&all, "model", pairs(&[("m", 2)])),
        (&all, "version", pairs(&[("2.1", 1)])),
        (&all, "tool", vec![]),
    ] {
        assert_eq!(facet(filter, name), expected, "{name}");
    }
}

pub fn sessions_are_found(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let in_session = |number, session: &str, start: f64, user: &str| {
        let [root, call] = simple(number, "support", start, 1.0, Some(0.5));
        send(
            store,
            1.0,
            &[root.in_session(session).with("user.id", user).with("vedette.session.name", "Chat 7"), call],
        );
    };
    in_session(1, "s1", 0.0, "ann");
    in_session(2, "s2", 10.0, "bob");
    in_session(3, "s1", 20.0, "ann");
    send(store, 1.0, &[span(4, 0).in_session("s3")]);
    let ids = |query: SessionQuery| {
        let page = store.sessions(ACCOUNT, &SessionQuery { limit: query.limit.max(10), ..query }).unwrap();
        page.rows.iter().map(|row| row.session.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(SessionQuery::default()), ["s1", "s2"], "plain traces are no conversation");
    assert_eq!(ids(SessionQuery { user: Some("bob".to_owned()), ..Default::default() }), ["s2"]);
    assert_eq!(ids(SessionQuery { q: Some("CHAT".to_owned()), ..Default::default() }), ["s1", "s2"]);
    assert_eq!(ids(SessionQuery { q: Some("S2".to_owned()), ..Default::default() }), ["s2"]);
    let until = Range { since: None, until: Some(at(15.0)) };
    assert_eq!(ids(SessionQuery { range: until, ..Default::default() }), ["s2"], "by the last activity");

    let first = store.sessions(ACCOUNT, &SessionQuery { limit: 1, ..Default::default() }).unwrap();
    let row = &first.rows[0];
    assert_eq!((row.started_at, row.last_run_at), (at(0.0), at(20.0)));
    assert_eq!((row.session.name.as_deref(), row.session.user_id.as_deref()), (Some("Chat 7"), Some("ann")));
    assert_eq!((row.agents.as_slice(), row.statistics.total_runs), (&["support".into()][..], 2));
    assert_eq!(row.statistics.total_cost, Some(usd(1.0)));
    let second = SessionQuery { limit: 1, cursor: first.next_cursor, ..Default::default() };
    let second = store.sessions(ACCOUNT, &second).unwrap();
    assert_eq!((&*second.rows[0].session.id, second.next_cursor), ("s2", None));
    let refused = store.sessions(ACCOUNT, &SessionQuery { cursor: Some("s1".to_owned()), ..Default::default() });
    assert_eq!(refused.unwrap_err().kind, StoreErrorKind::Invalid);
}

pub fn tools_are_counted(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    send(
        store,
        1.0,
        &[agent(1, "a"), tool(1, 1, "search").under(0), tool(1, 2, "search").under(0).failed("no").lasting(2.0, 3.0)],
    );
    send(store, 1.0, &[agent(2, "b"), tool(2, 1, "search").under(0), tool(2, 2, "add").under(0).lasting(2.0, 3.0)]);
    let rows = store.tools(ACCOUNT, &RunFilter::default()).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (&*row.name, row.runs, row.calls, row.failures)).collect();
    assert_eq!(rows, [("search", 2, 3, 1), ("add", 1, 1, 0)]);
    let only = store.tools(ACCOUNT, &of_agent("b")).unwrap();
    assert_eq!(only.iter().map(|row| (&*row.name, row.calls)).collect::<Vec<_>>(), [("add", 1), ("search", 1)]);
}

pub fn a_call_is_priced_anew(open: Open<'_>) {
    let mut subject = fresh(open);
    let calls = [call(1, 1, "m", (10, 5), None).under(0), call(1, 2, "m", (20, 0), Some(0.5)).under(0)];
    send(subject.store(), 1.0, &[agent(1, "support"), calls[0].clone(), calls[1].clone()]);
    subject.store().flush(at(1_000.0)).unwrap();
    subject.said();
    // Only of what has no price yet.
    let pricing: Pricing = Arc::new(|span| if span.unpriced { a_token_costs(2)(span) } else { None });
    assert_eq!(subject.store().reprice(ACCOUNT, &[run(1), run(9)], pricing.clone()).unwrap(), 1);
    let told = subject.said();
    assert!(
        told.iter().any(|change| matches!(&change.kind, ChangeKind::Run(row) if row.run.unpriced_models.is_empty()))
    );
    assert_eq!(subject.store().reprice(ACCOUNT, &[run(1)], pricing).unwrap(), 0, "it has its price");
    let check = |store: &dyn Store| {
        let row = store.run(ACCOUNT, run(1)).unwrap().unwrap();
        assert_eq!((row.run.cost, row.run.unpriced_models.len()), (Some(NanoUsd(500_000_030)), 0));
        let costs: Vec<_> = store.spans(ACCOUNT, run(1)).unwrap().into_iter().filter_map(|row| row.span.cost).collect();
        assert_eq!(costs.iter().map(|cost| cost.amount.0).collect::<Vec<_>>(), [30, 500_000_000]);
        assert_eq!(costs[0].source, CostSource::Override);
        let whole = store.span(ACCOUNT, run(1), id(1)).unwrap().unwrap();
        assert_eq!(whole.row.span.cost.as_ref(), costs.first());
    };
    check(subject.store());
    if subject.reopen() {
        check(subject.store());
        subject.store().maintain(at(2_000.0)).unwrap();
        check(subject.store());
    }
}
