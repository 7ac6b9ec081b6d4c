//! Whatever arrives is read without a panic, the same each time, and what is shown of it is bounded.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod captured;

use proptest::prelude::*;
use std::sync::{Arc, LazyLock};
use vedette_model::{
    Attributes, OtelKind, RawEvent, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, StatusCode, Timestamp, Value,
    limits,
};
use vedette_normalize::{Prices, content, explain, normalize};

/// Keys, values, names and scopes of all captured clients: arbitrary spans are made of what dialects look for.
struct Vocabulary {
    keys: Vec<String>,
    values: Vec<Value>,
    names: Vec<String>,
    scopes: Vec<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let raws: Vec<RawSpan> = captured::folders().iter().flat_map(|folder| captured::read(folder)).collect();
    let attributes = || {
        let events = raws.iter().flat_map(|raw| &raw.events).map(|event| &event.attributes);
        raws.iter().map(|raw| &raw.attributes).chain(events)
    };
    let mut keys: Vec<String> = attributes().flat_map(Attributes::iter).map(|(key, _)| key.to_owned()).collect();
    let native = [
        "kind",
        "agent",
        "success",
        "status",
        "input",
        "output",
        "cost_usd",
        "tags",
        "metadata.x",
        "data",
        "open",
        "log",
        "log.body",
    ];
    keys.extend(native.iter().map(|name| format!("vedette.{name}")));
    keys.sort();
    keys.dedup();
    let values = attributes().flat_map(Attributes::iter).map(|(_, value)| value.clone()).step_by(7).collect();
    let mut names: Vec<String> =
        raws.iter().flat_map(|raw| raw.events.iter().map(|event| &event.name).chain([&raw.name])).cloned().collect();
    names.sort();
    names.dedup();
    let mut scopes: Vec<String> = raws.iter().map(|raw| raw.scope.name.clone()).collect();
    scopes.sort();
    scopes.dedup();
    Vocabulary { keys, values, names, scopes }
});

fn one_of(words: &'static [String]) -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(words), 1 => any::<String>()]
}

fn key() -> impl Strategy<Value = String> {
    let words = prop::sample::select(VOCABULARY.keys.as_slice());
    prop_oneof![8 => words.clone(), 1 => (words, 0_usize..200, any::<char>()).prop_map(|(mut key, at, c)| {
        let at = (0..=at.min(key.len())).rev().find(|at| key.is_char_boundary(*at)).unwrap();
        key.insert(at, c);
        key
    })]
}

fn text() -> impl Strategy<Value = String> {
    let captured = prop::sample::select(VOCABULARY.values.as_slice())
        .prop_map(|value| value.as_str().map_or_else(|| value.to_json().to_string(), str::to_owned));
    let cut =
        (captured.clone(), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(text, from, to)| {
            let chars: Vec<char> = text.chars().collect();
            if chars.is_empty() {
                return text;
            }
            let (from, to) = (from.index(chars.len()), to.index(chars.len()));
            chars[from.min(to)..from.max(to)].iter().collect()
        });
    let deep = (
        1_usize..3_000,
        prop::sample::select(vec!["[", "{\"content\":", "[{\"parts\":", "{'a':", "(", "\"[\\\"", "{\"message\":"]),
    )
        .prop_map(|(depth, open)| open.repeat(depth));
    prop_oneof![4 => captured, 2 => cut, 1 => deep, 2 => any::<String>(), 1 => "[\\[\\]{}\",:\\\\a0 ]{0,80}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::Str),
        2 => prop::sample::select(VOCABULARY.values.as_slice()),
        1 => any::<i64>().prop_map(Value::Int),
        1 => any::<f64>().prop_map(Value::Double),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 24, 4, |inner| {
        let fields = prop::sample::select(vec![
            "role",
            "content",
            "parts",
            "type",
            "message",
            "tool_calls",
            "text",
            "name",
            "arguments",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((fields.prop_map(str::to_owned), inner), 0..4).prop_map(Value::Map),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::vec((key(), value()), 0..24).prop_map(Attributes::new)
}

prop_compose! {
    fn span()(
        attributes in attributes(), resource in attributes(), scope in one_of(&VOCABULARY.scopes), name in one_of(&VOCABULARY.names),
        events in prop::collection::vec((one_of(&VOCABULARY.names), attributes(), any::<i64>()), 0..4),
        times in any::<(i64, Option<i64>)>(), failed in any::<bool>(), message in text(), root in any::<bool>(), is_log in prop::bool::weighted(0.2),
    ) -> RawSpan {
        let mut attributes = attributes;
        if is_log {
            attributes.set(RawSpan::LOG, name.as_str());
        }
        RawSpan {
            run: RunKey([1; 16]),
            id: SpanKey([2; 8]),
            parent: (!root).then_some(SpanKey([3; 8])),
            name,
            otel_kind: OtelKind::Client,
            start: Timestamp(times.0),
            end: times.1.map(Timestamp),
            status: RawStatus { code: if failed { StatusCode::Error } else { StatusCode::Unset }, message },
            attributes,
            events: events.into_iter().map(|(name, attributes, time)| RawEvent { time: Timestamp(time), name, attributes }).collect(),
            links: Vec::new(),
            resource: Arc::new(Resource { attributes: resource }),
            scope: Arc::new(Scope { name: scope, ..Scope::default() }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_span_is_read(raw in span(), joined in prop::collection::vec(span(), 0..3)) {
        static PRICES: LazyLock<Prices> = LazyLock::new(Prices::bundled);
        let span = normalize(&raw, &PRICES);
        let (mut explained, alone) = explain(&raw, &PRICES);
        prop_assert!(!explained.filled_by.is_empty(), "at least the kind has a source");
        explained.filled_by.clear();
        prop_assert_eq!(&explained, &span);
        prop_assert_eq!(alone, content(&raw, &[]));
        let _ = content(&raw, &joined);

        for line in [&span.input_preview, &span.output_preview].into_iter().flatten() {
            prop_assert!(!line.is_empty() && line.chars().count() <= limits::PREVIEW_CHARS, "{line:?}");
            prop_assert!(!line.contains(char::is_control), "{line:?}");
        }
        if let (Some(usage), true) = (span.usage, span.kind.is_model_call()) {
            let cached = usage.cache_read.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
            prop_assert!(usage.input.is_none_or(|input| input >= cached), "{usage:?}");
        }
        prop_assert!(span.end.is_none_or(|end| end >= span.start));
        prop_assert!(span.first_token_ns.is_none_or(|nanos| nanos >= 0));
        if let Some(facts) = &span.facts {
            prop_assert!(facts.tags.len() <= limits::NAMES_PER_RUN && facts.metadata.len() <= limits::METADATA_PER_RUN);
        }
    }
}
