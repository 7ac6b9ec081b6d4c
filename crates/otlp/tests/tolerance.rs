//! What senders are free to do in OTLP/JSON, what is refused alone, and what is no request.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value as Json, json};
use vedette_model::{OtelKind, RawSpan, RunKey, SpanKey, StatusCode, Timestamp, Value};
use vedette_otlp::{DecodeError, Decoded, Refusal, any_from_json, logs_from_json, metrics_from_json, traces_from_json};

const TRACE: &str = "b8750a2f01f1276fcd112ae98d5a8683";
const SPAN: &str = "d33656d617bea9db";

fn request(spans: &Json) -> Decoded {
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    traces_from_json(body.to_string().as_bytes()).unwrap()
}

/// A span with one field set to some JSON, over fields that make it valid.
fn span_with(field: &str, value: Json) -> Decoded {
    let mut span = json!({ "traceId": TRACE, "spanId": SPAN, "endTimeUnixNano": "7" });
    span[field] = value;
    request(&json!([span]))
}

fn one(decoded: Decoded) -> RawSpan {
    assert_eq!(decoded.refused, []);
    decoded.spans.into_iter().next().unwrap()
}

#[test]
fn one_meaning_has_many_spellings() {
    let base64_trace = "uHUKLwHxJ2/NESrpjVqGgw==";
    for spelled in
        [TRACE.to_owned(), TRACE.to_uppercase(), base64_trace.to_owned(), base64_trace.trim_end_matches('=').to_owned()]
    {
        assert_eq!(one(span_with("traceId", json!(spelled))).run.to_string(), TRACE, "{spelled}");
    }
    for spelled in [SPAN, "D33656D617BEA9DB", "0zZW1he+qds=", "0zZW1he-qds"] {
        assert_eq!(one(span_with("spanId", json!(spelled))).id.to_string(), SPAN, "{spelled}");
    }
    for spelled in [json!(null), json!(""), json!("0000000000000000")] {
        assert_eq!(one(span_with("parentSpanId", spelled.clone())).parent, None, "{spelled}");
    }
    assert_eq!(one(span_with("parent_span_id", json!(SPAN))).parent.unwrap().to_string(), SPAN);
    for spelled in [json!(3), json!("3"), json!("SPAN_KIND_CLIENT"), json!("client"), json!(3.0)] {
        assert_eq!(one(span_with("kind", spelled.clone())).otel_kind, OtelKind::Client, "{spelled}");
    }
    for spelled in [json!(null), json!(99), json!(-1), json!("SPAN_KIND_NEWEST")] {
        assert_eq!(one(span_with("kind", spelled.clone())).otel_kind, OtelKind::Unspecified, "{spelled}");
    }
    for spelled in [json!(2), json!("2"), json!("STATUS_CODE_ERROR"), json!("ERROR")] {
        let status = one(span_with("status", json!({ "code": spelled, "message": "no" }))).status;
        assert_eq!((status.code, status.message.as_str()), (StatusCode::Error, "no"), "{spelled}");
    }
    for (spelled, nanos) in [
        (json!("1795220788772000000"), 1_795_220_788_772_000_000),
        (json!(1_795_220_788_772_000_000_u64), 1_795_220_788_772_000_000),
        (json!(1.5e18), 1_500_000_000_000_000_000),
        (json!("18446744073709551615"), i64::MAX),
        (json!(null), 0),
        (json!(""), 0),
    ] {
        for key in ["startTimeUnixNano", "start_time_unix_nano"] {
            assert_eq!(one(span_with(key, spelled.clone())).start, Timestamp(nanos), "{spelled}");
        }
    }
}

#[test]
fn any_value_is_read_as_meant() {
    let (int, text) = (Value::Int(5), Value::from("a\"\u{1F600}\n"));
    for (spelled, meant) in [
        (json!({}), Value::Null),
        (json!(null), Value::Null),
        (json!({ "stringValue": null }), Value::Null),
        (json!({ "unknownValue": 1 }), Value::Null),
        (json!({ "intValue": 5 }), int.clone()),
        (json!({ "intValue": "5" }), int.clone()),
        (json!({ "int_value": 5.0 }), int.clone()),
        (json!({ "intValue": "5.0" }), int.clone()),
        (json!(5), int),
        (json!({ "intValue": "-9223372036854775808" }), Value::Int(i64::MIN)),
        (json!({ "stringValue": "a\"\u{1F600}\n" }), text.clone()),
        (json!("a\"\u{1F600}\n"), text),
        (json!({ "boolValue": "true" }), Value::Bool(true)),
        (json!({ "boolValue": false }), Value::Bool(false)),
        (json!({ "doubleValue": 1 }), Value::Double(1.0)),
        (json!({ "doubleValue": "1.5" }), Value::Double(1.5)),
        (json!({ "doubleValue": "-Infinity" }), Value::Double(f64::NEG_INFINITY)),
        (json!({ "bytesValue": "AP8=" }), Value::Bytes(vec![0, 255])),
        (json!({ "arrayValue": {} }), Value::Array(vec![])),
        (
            json!({ "arrayValue": { "values": [{}, { "boolValue": true }] } }),
            Value::Array(vec![Value::Null, Value::Bool(true)]),
        ),
        (
            json!({ "kvlistValue": { "values": [{ "key": "b", "value": { "intValue": 1 } }, { "key": "a" }] } }),
            Value::Map(vec![("b".into(), Value::Int(1)), ("a".into(), Value::Null)]),
        ),
    ] {
        let span = one(span_with("attributes", json!([{ "key": "k", "value": spelled }])));
        assert_eq!(span.attributes.get("k"), Some(&meant), "{spelled}");
    }
    let exact = "[{\"key\":\"k\",\"value\":{\"doubleValue\":0.10524850399999991}}]";
    let body = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{TRACE}\",\"spanId\":\"{SPAN}\",\"attributes\":{exact}}}]}}]}}]}}"
    );
    let span = one(traces_from_json(body.as_bytes()).unwrap());
    assert_eq!(span.attributes.get("k"), Some(&Value::Double(0.105_248_503_999_999_91)));
}

#[test]
fn a_bad_span_is_refused_alone_and_says_why() {
    for (field, value, named) in [
        ("traceId", json!("00000000000000000000000000000000"), "trace_id"),
        ("traceId", json!("d33656d617bea9db"), "traceId"),
        ("traceId", json!(null), "trace_id"),
        ("spanId", json!("run-174"), "spanId"),
        ("spanId", json!(""), "span_id"),
        ("parentSpanId", json!("abc"), "parentSpanId"),
        ("startTimeUnixNano", json!("yesterday"), "startTimeUnixNano"),
        ("startTimeUnixNano", json!(-5), "startTimeUnixNano"),
        ("name", json!(["a"]), "name"),
        ("attributes", json!({ "a": 1 }), "attributes"),
        ("attributes", json!([{ "key": "k", "value": { "intValue": "many" } }]), "attributes.intValue"),
        ("attributes", json!([{ "key": "k", "value": { "intValue": "5.5" } }]), "attributes.intValue"),
        ("attributes", json!([{ "key": "k", "value": { "doubleValue": "many" } }]), "attributes.doubleValue"),
        ("attributes", json!([{ "key": "k", "value": { "bytesValue": "%" } }]), "attributes.bytesValue"),
        ("attributes", json!([{ "key": "k", "value": [1] }]), "attributes.value"),
        ("events", json!(7), "events"),
        ("events", json!([{ "timeUnixNano": {} }]), "events.timeUnixNano"),
        ("status", json!("ERROR"), "status"),
    ] {
        let good = json!({ "traceId": TRACE, "spanId": SPAN, "name": "chat \"x\"" });
        let mut bad = good.clone();
        bad[field] = value.clone();
        let decoded = request(&json!([good, bad, good]));
        assert_eq!(decoded.spans.len(), 2, "{field} {value}");
        let [Refusal { count: 1, reason, first }] = decoded.refused.as_slice() else { panic!("{field} {value}") };
        assert!(reason.starts_with(named), "{field} {value}: {reason}");
        let named = if field == "name" { "item 2" } else { "item 2, \"chat \\\"x\\\"\"" };
        assert_eq!(first, named, "{field} {value}");
    }
    let refused = request(&json!(vec![json!({ "traceId": TRACE }); 3])).refused;
    assert_eq!(refused[0].first, "item 1", "without a name");
    assert_eq!(refused.iter().map(|refusal| refusal.count).collect::<Vec<_>>(), [3]);
}

/// What is wrong in a resource or scope is wrong for all its spans; they are taken in without it.
#[test]
fn what_cannot_be_read_of_a_resource_or_scope_is_left_out_alone() {
    let service = json!({ "key": "service.name", "value": { "stringValue": "s" } });
    for (resource, scope, kept, noted, noted_of_scope) in [
        (json!({ "attributes": [{ "key": "k", "value": [1] }, service] }), json!({}), Some("s"), vec!["k"], vec![]),
        (
            json!({ "attributes": [7, { "key": "k", "value": { "intValue": "many" } }, service] }),
            json!({}),
            Some("s"),
            vec!["", "k"],
            vec![],
        ),
        (json!({ "attributes": { "a": 1 } }), json!(null), None, vec!["attributes"], vec![]),
        (json!(7), json!([]), None, vec!["resource"], vec!["scope"]),
        (
            json!({ "attributes": [service] }),
            json!({ "name": 7, "version": "1", "attributes": [{ "key": "k", "value": [1] }] }),
            Some("s"),
            vec![],
            vec!["k", "schema_url", "scope.name"],
        ),
    ] {
        let mut of_scope = json!({ "scope": scope, "spans": [{ "traceId": TRACE, "spanId": SPAN }] });
        if noted_of_scope.len() > 1 {
            of_scope["schemaUrl"] = json!([1]);
        }
        let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [of_scope] }] });
        let span = one(traces_from_json(body.to_string().as_bytes()).unwrap());
        assert_eq!(span.resource.attributes.str("service.name"), kept, "{body}");
        let listed =
            |keys: Vec<&str>| (!keys.is_empty()).then(|| Value::Array(keys.into_iter().map(Value::from).collect()));
        assert_eq!(span.resource.attributes.get(RawSpan::TRUNCATED), listed(noted).as_ref(), "{body}");
        assert_eq!(span.scope.attributes.get(RawSpan::TRUNCATED), listed(noted_of_scope).as_ref(), "{body}");
    }
}

#[test]
fn a_string_that_is_no_text_fails_nothing() {
    for (spelled, meant) in [
        (&br"cut \ud83d"[..], "cut \u{fffd}"),
        (br"\ude00\ud83d\ude00", "\u{fffd}\u{1F600}"),
        (br"\\ud83d", "\\ud83d"),
        (b"a\xffb", "a\u{fffd}b"),
        (b"cut \xf0\x9f", "cut \u{fffd}"),
    ] {
        let text = |owner: &str| {
            [format!("{owner}\"key\":\"k\",\"value\":{{\"stringValue\":\"").as_bytes(), spelled, b"\"}}]"].concat()
        };
        let body = [
            b"{\"resourceSpans\":[{\"resource\":{".to_vec(),
            text("\"attributes\":[{"),
            b"},\"scopeSpans\":[{\"spans\":[{".to_vec(),
            text(&format!("\"traceId\":\"{TRACE}\",\"spanId\":\"{SPAN}\",\"attributes\":[{{")),
            b"}]}]}]}".to_vec(),
        ];
        let span = one(traces_from_json(&body.concat()).unwrap());
        for attributes in [&span.attributes, &span.resource.attributes] {
            assert_eq!(attributes.get("k"), Some(&Value::from(meant)));
            assert_eq!(attributes.get(RawSpan::TRUNCATED), None);
        }
    }
}

#[test]
fn lists_in_either_spelling_are_one_list() {
    let span = |id: &str| json!([{ "traceId": TRACE, "spanId": id }]).to_string();
    let (one, two, three) = (span(SPAN), span("0000000000000001"), span("0000000000000002"));
    let body = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":{one}}}],\"scope_spans\":[{{\"spans\":{two},\"spans\":{three}}}]}}],\"resource_spans\":[{{\"scopeSpans\":null}}]}}"
    );
    assert_eq!(traces_from_json(body.as_bytes()).unwrap().spans.len(), 3);
    let many = vec!["{}"; vedette_model::limits::SPANS_PER_REQUEST - 1].join(",");
    let body = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":{one},\"spans\":[{many}],\"spans\":{two},\"spans\":{three}}}]}}]}}"
    );
    let decoded = traces_from_json(body.as_bytes()).unwrap();
    assert_eq!(decoded.spans.len(), 1);
    assert_eq!(decoded.refused.iter().map(|refusal| refusal.count).sum::<u64>(), 2 + 99_999);
}

#[test]
fn what_is_no_request_fails_as_a_whole() {
    for body in [
        "",
        "[",
        "nonsense",
        "7",
        "[]",
        "null",
        "\"text\"",
        "{\"resourceSpans\":{}}",
        "{\"resourceSpans\":[7]}",
        "{} {}",
        "{\"resourceSpans\":[]",
    ] {
        assert!(matches!(traces_from_json(body.as_bytes()), Err(DecodeError::Json(_))), "{body}");
    }
    assert!(matches!(traces_from_json(b"{\"resourceLogs\":[]}"), Err(DecodeError::OtherSignal("resourceSpans"))));
    assert!(matches!(logs_from_json(b"{\"resourceSpans\":[]}"), Err(DecodeError::OtherSignal("resourceLogs"))));
    assert!(matches!(metrics_from_json(b"{\"resourceSpans\":[]}"), Err(DecodeError::OtherSignal("resourceMetrics"))));
    for body in [
        "{}",
        "{\"resourceSpans\":null}",
        "{\"resourceSpans\":[null]}",
        "{\"resource_spans\":[{\"scope_spans\":[{\"spans\":null}]}]}",
        "\u{feff}{}",
    ] {
        assert_eq!(traces_from_json(body.as_bytes()).unwrap(), Decoded::default(), "{body}");
    }
    assert_eq!(any_from_json(b"{\"agent_name\":\"a\",\"type\":\"run\"}").unwrap(), None);
}

#[test]
fn an_end_of_zero_means_open_only_where_that_is_said() {
    let open = json!([{ "key": RawSpan::OPEN, "value": { "boolValue": true } }]);
    let closed = json!([{ "key": RawSpan::OPEN, "value": { "boolValue": false } }]);
    for (start, end, attributes, expected) in [
        (5, 0, &open, None),
        (5, 0, &closed, Some(5)),
        (5, 0, &json!([]), Some(5)),
        (5, 3, &json!([]), Some(3)),
        (5, 9, &open, Some(9)),
    ] {
        let span = one(request(
            &json!([{ "traceId": TRACE, "spanId": SPAN, "startTimeUnixNano": start, "endTimeUnixNano": end, "attributes": attributes }]),
        ));
        assert_eq!((span.start, span.end), (Timestamp(5), expected.map(Timestamp)));
    }
}

#[test]
fn log_records_may_name_no_run_and_have_a_time_either_way() {
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [
        { "traceId": TRACE, "spanId": SPAN, "timeUnixNano": "5", "observedTimeUnixNano": "9", "eventName": "gen_ai.choice",
          "severityNumber": 10, "body": { "kvlistValue": { "values": [{ "key": "index", "value": { "intValue": 0 } }] } } },
        { "observedTimeUnixNano": "9", "severityText": "info", "severityNumber": "SEVERITY_NUMBER_WARN2", "body": { "stringValue": "text" } },
        { "traceId": "zz" },
    ] }] }] });
    let decoded = logs_from_json(body.to_string().as_bytes()).unwrap();
    let [one, two] = decoded.logs.as_slice() else { panic!() };
    assert_eq!((one.run, one.span), (RunKey::parse_exact(TRACE), SpanKey::parse(SPAN)));
    assert_eq!((one.time, one.event_name.as_str(), one.severity.as_str()), (Timestamp(5), "gen_ai.choice", "INFO"));
    assert_eq!(one.body, Value::Map(vec![("index".into(), Value::Int(0))]));
    assert_eq!(
        (two.run, two.time, two.severity.as_str(), &two.body),
        (None, Timestamp(9), "info", &Value::from("text"))
    );
    assert_eq!(decoded.refused[0].reason, "traceId: expected 32 hex digits");
}
