//! One run's spans, and one span whole.

use super::say::{ACCOUNT, agent, call, id, run, send, span, tool};
use super::{Open, fresh};
use vedette_model::Value;
use vedette_normalize::{Prices, normalize};

pub fn spans_come_back_as_they_were(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let hostile = "<script>\u{202e}\0\"'; DROP TABLE runs; --\n🦀";
    let sent = [
        agent(1, "support").lasting(0.0, 9.0).in_session("s").tagged(&["a", "b"]).of_process(1),
        call(1, 4, "m", (10, 5), Some(0.5)).under(0).lasting(2.0, 3.0).named(hostile).with("vedette.input", hostile),
        tool(1, 3, "search").under(4).lasting(2.0, 2.5).failed(hostile).with(hostile, vec_value(hostile)),
        span(1, 2).under(99).lasting(5.0, 6.0),
        span(1, 1).under(0).lasting(6.0, 6.0).kind("decision").with("vedette.data", "{\"choice\":1}"),
        call(1, 6, "m", (0, 0), None).under(0).lasting(7.0, 8.0).open(),
    ];
    send(store, 1.0, &[sent[5].clone(), sent[3].clone(), sent[1].clone()]);
    send(store, 2.0, &[sent[2].clone(), sent[0].clone(), sent[4].clone()]);

    let ordered = [0, 2, 1, 3, 4, 5].map(|at| sent[at].0.clone());
    assert_eq!(store.raw_spans(ACCOUNT, run(1)).unwrap(), ordered, "by (start, id), whole");
    let rows = store.spans(ACCOUNT, run(1)).unwrap();
    for (row, raw) in rows.iter().zip(&ordered) {
        let meaning = normalize(raw, &Prices::bundled());
        let whole = store.span(ACCOUNT, run(1), raw.id).unwrap().unwrap();
        assert_eq!((&whole.row, &whole.raw), (row, raw));
        assert_eq!((row.span.kind, row.span.parent, row.span.end), (meaning.kind, meaning.parent, meaning.end));
        assert_eq!(
            (&row.span.name, &row.span.failure, &row.span.model),
            (&meaning.name, &meaning.failure, &meaning.model)
        );
        assert_eq!((&row.span.usage, &row.span.cost, &row.span.tool), (&meaning.usage, &meaning.cost, &meaning.tool));
        assert_eq!((&row.span.input_preview, &row.span.scope), (&meaning.input_preview, &meaning.scope));
        assert!(row.span.facts.is_none() && row.span.warnings.is_empty() && row.span.filled_by.is_empty());
    }
    assert_eq!(rows.len(), ordered.len());
    assert_eq!(store.span(ACCOUNT, run(1), id(77)).unwrap(), None);
    assert_eq!(store.span(ACCOUNT, run(2), id(0)).unwrap(), None);
}

/// Every type of value, nested.
fn vec_value(text: &str) -> Value {
    let inner =
        vec![Value::Null, Value::Bool(true), Value::Int(i64::MIN), Value::Double(0.1), Value::Bytes(vec![0, 255])];
    Value::Map(vec![
        ("list".to_owned(), Value::Array(inner)),
        (text.to_owned(), Value::from(text)),
        ("".to_owned(), Value::Map(vec![])),
    ])
}

pub fn a_span_is_shown_with_its_copies(open: Open<'_>) {
    let subject = fresh(open);
    let store = subject.store();
    let inner = call(1, 2, "m", (10, 5), None).under(1).lasting(0.2, 0.8).response("resp-1", "client");
    let foreign = call(2, 1, "m", (10, 5), None).lasting(0.1, 0.9).response("resp-1", "third");
    let record = super::say::log(1, Some(1), "said", 0.5);
    let outer = call(1, 1, "m", (10, 5), Some(0.5)).under(0).response("resp-1", "framework");
    send(store, 1.0, &[agent(1, "support"), inner.clone(), record.clone(), outer]);
    send(store, 1.0, std::slice::from_ref(&foreign));
    let whole = store.span(ACCOUNT, run(1), id(1)).unwrap().unwrap();
    assert!(whole.row.mark.counted);
    let joined: Vec<_> = whole.joined.iter().map(|raw| (raw.run, raw.id)).collect();
    let expected = [&record, &foreign, &inner].map(|said| (said.0.run, said.0.id));
    assert_eq!(joined, expected, "log records, then copies, those of other runs too");

    // Without a response id, and beside another call with a record of its own.
    let inner = call(3, 2, "m", (10, 5), None).under(1).lasting(0.2, 0.8);
    let records = [1, 3].map(|of| super::say::log(3, Some(of), "said", 0.5));
    let calls = [1, 3].map(|number| call(3, number, "m", (10, 5), Some(0.5)).under(0));
    send(store, 1.0, &[vec![agent(3, "support"), inner.clone()], records.to_vec(), calls.to_vec()].concat());
    let whole = store.span(ACCOUNT, run(3), id(1)).unwrap().unwrap();
    assert_eq!(whole.joined, [records[0].0.clone(), inner.0]);
}
