//! The tables of SQL.

use super::questions::table_rows;
use super::say::{ACCOUNT, agent, at, call, id, log, run, send, span, the_run};
use super::{Open, fresh};
use vedette_model::{Score, ScoreValue};
use vedette_store::{Range, RunFilter, Store, Table};

/// One column of a table as text, by row.
fn column(store: &dyn Store, table: Table, range: Range, name: &str) -> Vec<String> {
    let at = table.schema().index_of(name).unwrap();
    table_rows(store, ACCOUNT, table, range, Some(&[at])).into_iter().map(|row| row.concat()).collect()
}

fn sample(store: &dyn Store) {
    let calls = [call(1, 1, "m", (10, 5), Some(0.5)), call(1, 2, "n", (1, 1), None).lasting(5.0, 6.5)];
    send(store, 9.0, &[agent(1, "support").with("vedette.metadata.plan", "gold"), log(1, Some(1), "said", 0.5)]);
    send(store, 9.0, &calls.map(|call| call.under(0)));
    send(store, 9.0, &[agent(2, "billing").lasting(100.0, 101.0).open(), span(3, 0).lasting(200.0, 201.0)]);
    send(store, 9.0, &[log(4, None, "alone", 0.0)]);
    let score = |id: &str, value, time| Score {
        id: id.into(),
        run: run(1),
        span: None,
        name: "quality".into(),
        value,
        reason: None,
        source: Some("human".into()),
        time: at(time),
    };
    store.put_score(ACCOUNT, score("a", ScoreValue::Number(0.75), 5.0)).unwrap();
    store.put_score(ACCOUNT, score("b", ScoreValue::Bool(true), 6.0)).unwrap();
    store.put_score(ACCOUNT, score("c", ScoreValue::Text("good".into()), 7.0)).unwrap();
}

pub fn tables_hold_what_reads_say(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    sample(store);
    let all = Range::default();
    let hex = |number| run(number).to_string();
    for (table, name, expected) in [
        (Table::Runs, "id", vec![hex(1), hex(2), hex(3)]),
        (Table::Runs, "kind", vec!["run".into(), "run".into(), "trace".into()]),
        (Table::Runs, "status", vec!["running".into(), "success".into(), "success".into()]),
        (Table::Runs, "cost_usd", vec!["0.0".into(), "0.0".into(), "0.5".into()]),
        (Table::Runs, "duration_ms", vec!["".into(), "1000.0".into(), "1000.0".into()]),
        (Table::Runs, "models", vec!["[]".into(), "[]".into(), "[m, n]".into()]),
        (Table::Runs, "metadata", vec!["{\"plan\":\"gold\"}".into(), "{}".into(), "{}".into()]),
        (Table::Spans, "kind", vec!["agent".into(), "agent".into(), "custom".into(), "llm".into(), "llm".into()]),
        (
            Table::Spans,
            "duration_ms",
            vec!["".into(), "1000.0".into(), "1000.0".into(), "1000.0".into(), "1500.0".into()],
        ),
        (Table::Spans, "counted", vec!["false".into(), "false".into(), "false".into(), "true".into(), "true".into()]),
        (Table::Spans, "parent_id", vec!["".into(), "".into(), "".into(), id(0).to_string(), id(0).to_string()]),
        (Table::Scores, "value", vec!["".into(), "0.75".into(), "1.0".into()]),
        (Table::Scores, "label", vec!["".into(), "good".into(), "true".into()]),
    ] {
        assert_eq!(column(store, table, all, name), expected, "{table:?} {name}");
    }
    let started = column(store, Table::Runs, all, "started_at");
    assert_eq!(
        started.iter().map(|time| &time[..19]).collect::<Vec<_>>(),
        ["2025-06-09T00:00:00", "2025-06-09T00:01:40", "2025-06-09T00:03:20"]
    );
    let attributes = column(store, Table::Spans, all, "attributes").into_iter();
    let plans: Vec<_> = attributes.filter(|json| json.contains("\"vedette.metadata.plan\":\"gold\"")).collect();
    assert_eq!(plans.len(), 1);
    let mut names = Vec::new();
    for otlp in column(store, Table::Spans, all, "otlp") {
        let [span] = &vedette_otlp::traces_from_json(otlp.as_bytes()).unwrap().spans[..] else { panic!("{otlp}") };
        names.push(span.name.clone());
    }
    names.sort();
    assert_eq!(names, column(store, Table::Spans, all, "name"), "each span whole");
    assert_eq!(the_run(store, 1).run.unpriced_models.len(), 1);
    let listed = store.stats(ACCOUNT, &RunFilter::default(), None).unwrap().total.total_runs;
    assert_eq!(listed, 2, "the table has plain traces besides");

    // A run of nothing but a copy: its span is in the table of spans, itself in none.
    let copies = [(1, 3, "framework"), (5, 1, "client")];
    let copies = copies.map(|(number, at, scope)| call(number, at, "m", (1, 1), None).response("r", scope).under(0));
    send(store, 9.0, &copies.map(|said| said.lasting(7.0, 8.0)));
    assert_eq!(the_run(store, 5).run.duplicate_of, Some(run(1)));
    assert_eq!(column(store, Table::Runs, all, "id"), [hex(1), hex(2), hex(3)]);
    let of_runs = column(store, Table::Spans, all, "duplicate_of_run");
    assert_eq!(of_runs, ["", "", "", "", "", "", &hex(1)]);
}

pub fn a_scan_is_projected_and_bounded(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    sample(store);
    let range = |since, until| Range { since: Some(at(since)), until: Some(at(until)) };
    for (table, range, rows) in [
        (Table::Runs, range(0.0, 100.0), 1),
        (Table::Runs, range(100.0, 201.0), 2),
        (Table::Spans, range(0.0, 5.0), 2),
        (Table::Spans, range(5.0, 100.1), 2),
        (Table::Scores, range(5.0, 7.0), 2),
        (Table::Runs, range(900.0, 901.0), 0),
    ] {
        assert_eq!(table_rows(store, ACCOUNT, table, range, None).len(), rows, "{table:?} {range:?}");
    }
    for table in [Table::Runs, Table::Spans, Table::Scores] {
        let width = table.schema().fields().len();
        for projection in [None, Some(vec![]), Some(vec![width - 1]), Some(vec![2, 0])] {
            let batches = store.scan(table, ACCOUNT, Range::default(), projection.as_deref()).unwrap();
            let batches: Vec<_> = batches.map(Result::unwrap).collect();
            let schema = match &projection {
                Some(columns) => std::sync::Arc::new(table.schema().project(columns).unwrap()),
                None => table.schema(),
            };
            assert!(batches.iter().all(|batch| batch.schema() == schema), "{table:?} {projection:?}");
            let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
            assert_eq!(
                rows,
                table_rows(store, ACCOUNT, table, Range::default(), None).len(),
                "{table:?} {projection:?}"
            );
        }
    }
    let other = store.create_account("other", at(0.0)).unwrap().id;
    assert_eq!(
        store
            .scan(Table::Spans, other, Range::default(), None)
            .unwrap()
            .map(|batch| batch.unwrap().num_rows())
            .sum::<usize>(),
        0
    );
}
