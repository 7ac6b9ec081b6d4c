//! Every bound: what is beyond it is cut and named on its span, or refused alone; both encodings agree.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use vedette_model::{
    Attributes, OtelKind, RawEvent, RawLink, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, Timestamp, Value,
    limits,
};
use vedette_otlp::{self as otlp, Decoded};

fn span() -> RawSpan {
    RawSpan {
        run: RunKey([1; 16]),
        id: SpanKey([2; 8]),
        parent: None,
        name: "step".into(),
        otel_kind: OtelKind::Internal,
        start: Timestamp(5),
        end: Some(Timestamp(9)),
        status: RawStatus::default(),
        attributes: Attributes::default(),
        events: vec![],
        links: vec![],
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    }
}

/// What both encodings of some spans are read as.
fn received(spans: &[RawSpan]) -> Decoded {
    let protobuf = otlp::traces_from_protobuf(&otlp::traces_to_protobuf(spans)).unwrap();
    let json = otlp::traces_from_json(otlp::traces_to_json(spans).to_string().as_bytes()).unwrap();
    assert!(protobuf == json, "the encodings disagree");
    protobuf
}

fn truncated(attributes: &Attributes) -> Vec<&str> {
    match attributes.get(RawSpan::TRUNCATED) {
        Some(Value::Array(keys)) => keys.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

fn nested(levels: usize, map: bool) -> Value {
    (0..levels).fold(Value::from("core"), |value, _| {
        if map { Value::Map(vec![("k".into(), value)]) } else { Value::Array(vec![value]) }
    })
}

fn levels(mut value: &Value) -> usize {
    let mut levels = 0;
    loop {
        value = match value {
            Value::Array(items) => &items[0],
            Value::Map(pairs) => &pairs[0].1,
            _ => return levels,
        };
        levels += 1;
    }
}

#[test]
fn long_text_is_cut_between_characters() {
    let mut sent = span();
    sent.name = "é".repeat(limits::NAME_BYTES);
    sent.status.message = "m".repeat(limits::STRING_BYTES + 1);
    sent.attributes.set("long", format!("x{}", "é".repeat(limits::STRING_BYTES / 2)));
    let mut second = span();
    second.attributes.set("fits", "x".repeat(limits::STRING_BYTES));
    second.attributes.set("bytes", Value::Bytes(vec![7; limits::STRING_BYTES + 1]));
    let decoded = received(&[sent, second]);
    let span = &decoded.spans[0];
    assert_eq!(span.name, "é".repeat(limits::NAME_BYTES / 2));
    assert_eq!(span.status.message.len(), limits::STRING_BYTES);
    assert_eq!(span.attributes.str("long").map(str::len), Some(limits::STRING_BYTES - 1));
    assert_eq!(truncated(&span.attributes), ["long", "name", "status.message"]);
    let second = &decoded.spans[1];
    assert_eq!(second.attributes.str("fits").map(str::len), Some(limits::STRING_BYTES));
    assert_eq!(second.attributes.get("bytes"), Some(&Value::Bytes(vec![7; limits::STRING_BYTES])));
    assert_eq!(truncated(&second.attributes), ["bytes"]);
}

#[test]
fn bytes_that_are_no_text_become_some_within_the_bound() {
    let name = [&b"\xff"[..], &b"n".repeat(limits::NAME_BYTES - 1)].concat();
    let ids = [&[0x0a, 16][..], &[1; 16], &[0x12, 8], &[2; 8], &[0x2a, 0x80, 0x08]].concat();
    let mut request = [ids, name].concat();
    for tag in [0x12, 0x12, 0x0a] {
        let mut head = vec![tag];
        prost::encoding::encode_varint(request.len() as u64, &mut head);
        request = [head, request].concat();
    }
    let decoded = otlp::traces_from_protobuf(&request).unwrap();
    assert_eq!(decoded.spans[0].name, format!("\u{fffd}{}", "n".repeat(limits::NAME_BYTES - 3)));
    assert_eq!(truncated(&decoded.spans[0].attributes), ["name"]);
    assert_eq!(received(&decoded.spans).spans, decoded.spans);
}

#[test]
fn deep_values_end_at_the_bound_in_both_encodings() {
    for map in [false, true] {
        let mut sent = span();
        for (key, depth) in [("fits", limits::VALUE_DEPTH), ("deep", limits::VALUE_DEPTH + 1), ("abyss", 400)] {
            sent.attributes.set(key, nested(depth, map));
        }
        let decoded = received(&[sent]);
        let span = &decoded.spans[0];
        assert_eq!(span.attributes.get("fits"), Some(&nested(limits::VALUE_DEPTH, map)));
        for key in ["deep", "abyss"] {
            assert_eq!(levels(span.attributes.get(key).unwrap()), limits::VALUE_DEPTH);
        }
        assert_eq!(truncated(&span.attributes), ["abyss", "deep"]);
        let kept =
            otlp::decode_span(&otlp::encode_span(span), Arc::clone(&span.resource), Arc::clone(&span.scope)).unwrap();
        assert_eq!(&kept, span, "what is kept can be read again");
    }
}

#[test]
fn bottomless_bytes_are_no_danger() {
    let levels = 300_000;
    let deep = format!("{{\"arrayValue\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let json = |attributes: &str| {
        format!(
            "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{}\",\"spanId\":\"{}\",\"attributes\":{attributes}}}]}}]}}]}}",
            RunKey([1; 16]),
            SpanKey([2; 8])
        )
    };
    let body = json(&format!("[{{\"key\":\"k\",\"value\":{deep}}}]"));
    assert_eq!(otlp::traces_from_json(body.as_bytes()).unwrap().refused.len(), 1);
    for body in ["[".repeat(levels), "{\"resourceSpans\":[".to_owned() + &"[".repeat(levels), json(&"[".repeat(levels))]
    {
        assert!(otlp::traces_from_json(body.as_bytes()).is_err());
    }
    // The same in protobuf, written from the inside out.
    let mut reversed: Vec<u8> = Vec::new();
    let mut wrap = |tag: u8| {
        let mut head = vec![tag];
        prost::encoding::encode_varint(reversed.len() as u64, &mut head);
        reversed.extend(head.iter().rev());
        if tag == 0x4a {
            let ids = [&[0x0a, 16][..], &[1; 16], &[0x12, 8], &[2; 8]].concat();
            reversed.extend(ids.iter().rev());
        }
    };
    (0..levels).for_each(|_| [0x0a, 0x2a].into_iter().for_each(&mut wrap));
    [0x12, 0x4a, 0x12, 0x12, 0x0a].into_iter().for_each(&mut wrap);
    reversed.reverse();
    let decoded = otlp::traces_from_protobuf(&reversed).unwrap();
    assert_eq!(levels_of_first(&decoded), limits::VALUE_DEPTH);
}

fn levels_of_first(decoded: &Decoded) -> usize {
    levels(decoded.spans[0].attributes.get("").unwrap())
}

#[test]
fn lists_end_at_the_bound_and_say_how_much_is_missing() {
    let many =
        |count: usize| Attributes::new((0..count).map(|at| (format!("k{at:05}"), Value::Int(at as i64))).collect());
    let mut sent = span();
    sent.attributes = many(limits::ATTRIBUTES_PER_SPAN + 3);
    sent.events = vec![RawEvent { attributes: many(2), ..RawEvent::default() }; limits::EVENTS_PER_SPAN + 2];
    sent.events[1].attributes = many(limits::ATTRIBUTES_PER_SPAN + 1);
    sent.links =
        vec![RawLink { run: RunKey([3; 16]), span: SpanKey([4; 8]), attributes: many(1) }; limits::EVENTS_PER_SPAN + 1];
    sent.links[5].span = SpanKey::default();
    sent.resource = Arc::new(Resource { attributes: many(limits::ATTRIBUTES_PER_SPAN + 4) });
    sent.scope = Arc::new(Scope { name: "s".repeat(limits::NAME_BYTES + 1), ..Scope::default() });
    let decoded = received(&[sent]);
    let span = &decoded.spans[0];
    assert_eq!(span.attributes.len(), limits::ATTRIBUTES_PER_SPAN + 1);
    assert_eq!(span.events.len(), limits::EVENTS_PER_SPAN);
    assert_eq!(span.events[1].attributes.len(), limits::ATTRIBUTES_PER_SPAN);
    assert_eq!(span.links.len(), limits::EVENTS_PER_SPAN - 1);
    assert_eq!(
        truncated(&span.attributes),
        [
            "attributes (3 dropped)",
            "events (2 dropped)",
            "events.1.attributes (1 dropped)",
            "links (1 dropped)",
            "links.5"
        ]
    );
    assert_eq!(truncated(&span.resource.attributes), ["attributes (4 dropped)"]);
    assert_eq!((span.scope.name.len(), truncated(&span.scope.attributes)), (limits::NAME_BYTES, vec!["scope.name"]));
    assert_eq!(received(&decoded.spans).spans, decoded.spans, "what was cut once comes back the same");
}

#[test]
fn keys_that_were_cut_before_stay_listed_and_the_list_is_bounded() {
    let mut sent = span();
    sent.attributes.set(RawSpan::TRUNCATED, Value::Array(vec!["earlier".into(), "name".into()]));
    sent.name = "n".repeat(limits::NAME_BYTES + 1);
    assert_eq!(truncated(&received(&[sent]).spans[0].attributes), ["earlier", "name"]);

    let mut sent = span();
    for at in 0..300 {
        sent.attributes.set(&format!("k{at:05}"), nested(limits::VALUE_DEPTH + 1, false));
    }
    let decoded = received(&[sent.clone(), RawSpan { id: SpanKey([9; 8]), attributes: Attributes::default(), ..sent }]);
    let keys = truncated(&decoded.spans[0].attributes);
    assert_eq!((keys.len(), keys[255], keys[256]), (257, "k00255", "and more"));
    assert_eq!(truncated(&decoded.spans[1].attributes), Vec::<&str>::new(), "the next span is not blamed");
}

#[test]
fn a_giant_is_refused_alone() {
    let mut giant = span();
    for at in 0..=limits::SPAN_BYTES / limits::STRING_BYTES {
        giant.attributes.set(&format!("k{at}"), "x".repeat(limits::STRING_BYTES));
    }
    let decoded = received(&[giant, span()]);
    assert_eq!(decoded.spans, [span()]);
    assert_eq!(decoded.refused.len(), 1);
    assert!(decoded.refused[0].reason.contains("limits::SPAN_BYTES"));
    assert_eq!(decoded.refused[0].first, format!("item 1, {:?}", span().name));
}

#[test]
fn spans_and_values_beyond_a_request_are_refused_by_count() {
    let beyond = 7;
    let decoded = received(&vec![span(); limits::SPANS_PER_REQUEST + beyond]);
    assert_eq!(decoded.spans.len(), limits::SPANS_PER_REQUEST);
    assert_eq!(decoded.refused.iter().map(|refusal| refusal.count).collect::<Vec<_>>(), [beyond as u64]);

    let mut sent = span();
    sent.attributes.set("vector", Value::Array(vec![Value::Null; limits::VALUES_PER_REQUEST / 4]));
    let decoded = otlp::traces_from_protobuf(&otlp::traces_to_protobuf(&vec![sent; 6])).unwrap();
    assert_eq!(decoded.spans.len(), 3);
    assert_eq!(decoded.refused.len(), 1);
    assert_eq!(decoded.refused[0].count, 3);
    assert!(decoded.refused[0].reason.contains(&limits::VALUES_PER_REQUEST.to_string()));
}

/// A pair without a value is held like one with a value, so it counts like one.
#[test]
fn pairs_without_a_value_count() {
    let pairs = limits::VALUES_PER_REQUEST / 3;
    let field = |tag: u8, bytes: &[u8]| {
        let mut field = vec![tag];
        prost::encoding::encode_varint(bytes.len() as u64, &mut field);
        field.extend_from_slice(bytes);
        field
    };
    let attribute = field(0x4a, &field(0x12, &field(0x32, &[0x0a, 0x00].repeat(pairs))));
    let spans: Vec<u8> = (1..=4)
        .flat_map(|id| field(0x12, &[&field(0x0a, &[1; 16])[..], &field(0x12, &[id; 8]), &attribute].concat()))
        .collect();
    let protobuf = otlp::traces_from_protobuf(&field(0x0a, &field(0x12, &spans))).unwrap();
    let map = format!("{{\"kvlistValue\":{{\"values\":[{}{{}}]}}}}", "{},".repeat(pairs - 1));
    let spans = (1..=4).map(|id| {
        let (run, id) = (RunKey([1; 16]), SpanKey([id; 8]));
        format!("{{\"traceId\":\"{run}\",\"spanId\":\"{id}\",\"attributes\":[{{\"value\":{map}}}]}}")
    });
    let spans = spans.collect::<Vec<_>>().join(",");
    let json = format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{spans}]}}]}}]}}");
    for decoded in [protobuf, otlp::traces_from_json(json.as_bytes()).unwrap()] {
        assert_eq!((decoded.spans.len(), decoded.refused.len()), (2, 1));
        assert!(decoded.refused[0].count == 2 && decoded.refused[0].reason.contains("VALUES_PER_REQUEST"));
    }
}

#[test]
fn resources_and_scopes_keep_the_first_attributes_that_fit() {
    let text = |bytes: usize| Value::Str("x".repeat(bytes));
    let attributes = |head: usize| {
        Attributes::new(vec![
            ("a".into(), text(limits::RESOURCE_BYTES / 2)),
            // A key and what frames such a text take 11 bytes; the next attribute takes 7.
            ("b".into(), text(limits::RESOURCE_BYTES / 2 - head)),
            ("c".into(), Value::Int(1)),
            ("d".into(), text(limits::STRING_BYTES + 1)),
            ("e".into(), Value::Array(vec![Value::Null; limits::RESOURCE_BYTES / 2])),
        ])
    };
    for (head, kept, noted) in [
        (21, vec!["a", "c"], vec!["b", "d", "e"]),
        (22, vec!["a", "b"], vec!["c", "d", "e"]),
        (28, vec!["a", "b"], vec!["c", "d", "e"]),
        (29, vec!["a", "b", "c"], vec!["d", "e"]),
    ] {
        let mut sent = span();
        sent.resource = Arc::new(Resource { attributes: attributes(head) });
        sent.scope = Arc::new(Scope { name: "s".into(), attributes: attributes(head), ..Scope::default() });
        let decoded = received(&[sent]);
        let span = &decoded.spans[0];
        for attributes in [&span.resource.attributes, &span.scope.attributes] {
            let keys: Vec<&str> =
                attributes.iter().map(|(key, _)| key).filter(|key| *key != RawSpan::TRUNCATED).collect();
            assert_eq!((&keys, truncated(attributes)), (&kept, noted.clone()), "{head}");
        }
        assert!(otlp::encode_resource(&span.resource).len() <= limits::RESOURCE_BYTES + 64);
        assert_eq!(received(&decoded.spans).spans, decoded.spans, "what was cut once comes back the same");
    }
}

/// One attribute that is too large to be read, and what nobody knows, cost the spans nothing.
#[test]
fn a_giant_in_a_resource_is_left_out_alone() {
    let zeros = "0,".repeat(limits::SPAN_BYTES / 2 + 1);
    let service = "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"s\"}}";
    for resource in [
        format!("{{\"x\":[{zeros}0],\"attributes\":[{service}]}}"),
        format!("{{\"attributes\":[{{\"key\":\"giant\",\"value\":{{\"x\":[{zeros}0]}}}},{service}]}}"),
        format!(
            "{{\"attributes\":[{{\"value\":{{\"arrayValue\":{{\"values\":[{}0]}}}},\"key\":\"giant\"}},{service}]}}",
            "0,".repeat(limits::VALUES_PER_REQUEST)
        ),
    ] {
        let span = format!(
            "{{\"traceId\":\"{}\",\"spanId\":\"{}\",\"attributes\":[{service}]}}",
            RunKey([1; 16]),
            SpanKey([2; 8])
        );
        let body =
            format!("{{\"resourceSpans\":[{{\"resource\":{resource},\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}");
        let decoded = otlp::traces_from_json(body.as_bytes()).unwrap();
        let [span] = decoded.spans.as_slice() else { panic!("{:?}", decoded.refused) };
        assert_eq!(span.resource.attributes.str("service.name"), Some("s"));
        let noted: &[&str] = if resource.contains("giant") { &["giant"] } else { &[] };
        assert_eq!(truncated(&span.resource.attributes), noted);
    }
}

#[test]
fn errors_repeat_little_of_what_was_sent() {
    let long = "\u{1}a".repeat(limits::MESSAGE_BYTES * 100);
    for body in [
        format!("{{\"resourceSpans\":\"{long}\"}}"),
        format!("{{\"resourceSpans\":[\"{long}\"]}}"),
        format!("{{\"resourceSpans\":[{{\"scopeSpans\":[\"{long}\"]}}]}}"),
        format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":\"{long}\"}}]}}]}}"),
        format!("\"{long}\""),
    ] {
        let body = body.replace('\u{1}', "\\u0001");
        let error = otlp::traces_from_json(body.as_bytes()).unwrap_err().to_string();
        assert!(error.len() <= limits::MESSAGE_BYTES + 64, "{} bytes", error.len());
    }
}

#[test]
fn the_limits_named_in_reasons_are_the_limits() {
    assert_eq!(
        (limits::SPANS_PER_REQUEST, limits::SPAN_BYTES, limits::VALUES_PER_REQUEST),
        (100_000, 16_777_216, 4_194_304)
    );
}

#[test]
fn an_open_span_says_so_in_what_is_kept_and_exported() {
    let open = RawSpan { end: None, ..span() };
    let mut said = open.clone();
    said.attributes.set(RawSpan::OPEN, true);
    assert_eq!(received(std::slice::from_ref(&open)).spans, std::slice::from_ref(&said));
    assert_eq!(otlp::encode_span(&open), otlp::encode_span(&said));
}

#[test]
fn spans_share_what_they_came_with() {
    let mut other = span();
    other.resource = Arc::new(Resource { attributes: [("service.name", "other")].into_iter().collect() });
    let decoded = received(&[span(), other, span()]);
    let names: Vec<_> = decoded.spans.iter().map(|span| span.resource.attributes.str("service.name")).collect();
    assert_eq!(names, [None, None, Some("other")], "in groups, in the order of their first span");
    assert!(Arc::ptr_eq(&decoded.spans[0].resource, &decoded.spans[1].resource));
    assert!(Arc::ptr_eq(&decoded.spans[0].scope, &decoded.spans[1].scope));
}
