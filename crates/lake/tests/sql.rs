//! Free questions over a real store, asked for two accounts.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use serde_json::{Value as Json, json};
use std::sync::Arc;
use vedette_lake::{Lake, SqlAnswer, SqlError};
use vedette_model::{AccountId, Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, Timestamp};
use vedette_normalize::{Prices, normalize};
use vedette_store::{Batch, Memory, MemoryOptions, Record, Store};

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_760_000_000 * SECOND;

fn record(run: u8, span: u8, attributes: Attributes) -> Record {
    let start = Timestamp(START + i64::from(run) * 3_600 * SECOND);
    let raw = RawSpan {
        run: RunKey([run; 16]),
        id: SpanKey([span; 8]),
        parent: (span > 1).then_some(SpanKey([1; 8])),
        name: format!("span {span}"),
        otel_kind: OtelKind::Internal,
        start,
        end: Some(Timestamp(start.0 + 2 * SECOND)),
        status: RawStatus::default(),
        attributes,
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope { name: "test".into(), ..Scope::default() }),
    };
    let span = normalize(&raw, &Prices::bundled());
    Record { raw, span }
}

/// Three runs of `ours` with a model call each, one run of `theirs` in another account.
fn store() -> (Arc<dyn Store>, AccountId) {
    let store = Memory::open(MemoryOptions::default());
    let received = Timestamp(START);
    let foreign = store.create_account("foreign", received).unwrap().id;
    let run = |key: u8, agent: &str| {
        let call = [
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "gpt-4o"),
            ("gen_ai.usage.input_tokens", "1000"),
        ];
        vec![
            record(
                key,
                1,
                [("vedette.kind", "agent"), ("vedette.agent", agent), ("it\"s", "quoted")].into_iter().collect(),
            ),
            record(key, 2, call.into_iter().collect()),
        ]
    };
    for (account, key, agent) in [
        (AccountId::DEFAULT, 1, "ours"),
        (AccountId::DEFAULT, 2, "ours"),
        (AccountId::DEFAULT, 3, "ours"),
        (foreign, 4, "theirs"),
    ] {
        store.append(Batch { account, received, records: Box::new(run(key, agent).into_iter()) }).unwrap();
    }
    (Arc::new(store), foreign)
}

fn ask(lake: &Lake, account: AccountId, sql: &str) -> Result<SqlAnswer, SqlError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(lake.query(account, sql))
}

#[test]
fn questions_are_answered_from_the_callers_rows_alone() {
    let (store, foreign) = store();
    let lake = Lake::new(store).unwrap();
    let cases: &[(&str, Json)] = &[
        ("select count(*) from runs", json!([[3]])),
        ("select agent, count(*) as runs from runs group by agent", json!([["ours", 3]])),
        ("select kind, count(*) from spans group by kind order by kind", json!([["agent", 3], ["llm", 3]])),
        ("select sum(input_tokens) from runs", json!([[3000]])),
        ("select count(*) from scores", json!([[0]])),
        (
            "select attribute(attributes, 'gen_ai.request.model') from spans where kind = 'llm' limit 1",
            json!([["gpt-4o"]]),
        ),
        (
            "select attribute(attributes, 'it\"s'), attribute(attributes, 'none') from spans where kind = 'agent' limit 1",
            json!([["quoted", null]]),
        ),
        (
            "select r.agent, s.model from runs r join spans s on s.run_id = r.id where s.model is not null limit 1",
            json!([["ours", "gpt-4o"]]),
        ),
        ("select approx_percentile_cont(0.95) within group (order by duration_ms) from runs", json!([[2000.0]])),
        ("select count(*) from runs where started_at >= timestamp '2025-10-09T10:53:20Z'", json!([[2]])),
        ("select count(*) from runs where started_at < timestamp '2025-10-09T10:53:20Z'", json!([[1]])),
        (
            "select table_name from information_schema.tables where table_schema = 'public' order by 1",
            json!([["runs"], ["scores"], ["spans"]]),
        ),
    ];
    for (sql, rows) in cases {
        let answer = ask(&lake, AccountId::DEFAULT, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(json!(answer.rows), *rows, "{sql}");
        assert!(!answer.truncated, "{sql}");
    }
    let answer = ask(&lake, foreign, "select distinct agent from runs").unwrap();
    assert_eq!(json!(answer.rows), json!([["theirs"]]));
    assert_eq!((answer.columns[0].name.as_str(), answer.columns[0].kind.as_str()), ("agent", "text"));
}

#[test]
fn only_queries_are_run_and_only_over_our_tables() {
    let (store, _) = store();
    let lake = Lake::new(store).unwrap();
    for sql in [
        "",
        "drop table runs",
        "delete from runs",
        "insert into runs select * from runs",
        "create external table t stored as csv location '/etc/passwd'",
        "copy runs to '/tmp/out.csv'",
        "set datafusion.execution.target_partitions = 9",
        "select * from '/etc/passwd'",
        "select * from nowhere",
        "select nothing from runs",
        "select 1; select 2",
        "selec 1",
    ] {
        match ask(&lake, AccountId::DEFAULT, sql) {
            Err(SqlError::Refused(message)) => assert!(!message.is_empty(), "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn an_answer_is_bounded() {
    let (store, _) = store();
    let lake = Lake::new(store).unwrap();
    let answer = ask(&lake, AccountId::DEFAULT, "select * from generate_series(1, 1000000)").unwrap();
    assert_eq!((answer.rows.len(), answer.truncated), (vedette_model::limits::SQL_ROWS, true));
}
