//! Sessions, tools, prices, the server's state, an agent's own runs, costs by every key, and one span whole.

use crate::server::{Server, pick};
use crate::{each, send, trace, with};
use serde_json::{Value as Json, json};

fn spans_of(mut entry: Json, spans: Json) -> Json {
    entry["spans"] = spans;
    entry
}

#[test]
fn sessions_are_listed_by_activity_and_told_from_their_beginning() {
    let server = Server::memory();
    let said = |session: &str, user: &str| json!({ "session": { "id": session, "name": format!("name of {session}") }, "user_id": user });
    send(
        &server,
        &[
            with(trace("second", "a", 60, "completed", 10, "0.2"), said("s1", "u1")),
            with(trace("first", "b", 0, "completed", 10, "0.1"), said("s1", "u1")),
            with(trace("other", "a", 30, "completed", 10, "0"), said("s2", "u2")),
            trace("none", "a", 90, "completed", 10, "0"),
        ],
    );
    assert_eq!(each(&server.read("/api/v1/sessions"), "sessions", "id"), ["s1", "s2"]);
    for (query, selected) in
        [("user=u2", "s2"), ("q=NAME+OF+S1", "s1"), ("until=2026-01-10T00:45:00Z", "s2"), ("limit=1", "s1")]
    {
        assert_eq!(each(&server.read(&format!("/api/v1/sessions?{query}")), "sessions", "id"), [selected], "{query}");
    }
    assert_eq!(each(&server.read("/api/v1/sessions/s1"), "runs", "id"), ["first", "second"]);
    let page = server.read("/api/v1/sessions/s1?limit=1");
    let rest = server.read(&format!("/api/v1/sessions/s1?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!((each(&page, "runs", "id"), each(&rest, "runs", "id")), (vec!["first".into()], vec!["second".into()]));
}

#[test]
fn an_agents_runs_and_figures_are_its_own_and_take_filters() {
    let server = Server::memory();
    // It takes part in another agent's run, which is not its own.
    let helped = spans_of(
        trace("helped", "boss", 0, "completed", 10, "0"),
        json!([{ "span_id": "h", "type": "agent", "name": "helper", "agent_name": "helper", "started_at": "2026-01-10T00:00:00Z" }]),
    );
    send(
        &server,
        &[
            helped,
            trace("well", "helper", 10, "completed", 10, "0.1"),
            trace("badly", "helper", 20, "failed", 20, "0.3"),
        ],
    );
    assert_eq!(each(&server.read("/api/v1/runs?agent=helper"), "runs", "id"), ["badly", "well", "helped"]);
    assert_eq!(each(&server.read("/api/v1/agents/helper/runs"), "runs", "id"), ["badly", "well"]);
    assert_eq!(each(&server.read("/api/v1/agents/helper/runs?status=success"), "runs", "id"), ["well"]);
    let figures = pick(&server.read("/api/v1/agents/helper/stats?status=failed"), &["total_runs", "total_cost_usd"]);
    assert_eq!(figures, json!({ "total_runs": 1, "total_cost_usd": "0.3" }));
    let agents = server.read("/api/v1/agents?limit=2");
    assert_eq!(
        (each(&agents, "agents", "name").len(), &agents["next_cursor"]),
        (2, &Json::Null),
        "no empty page follows"
    );
    // The same agent in two ranges.
    let ranges = "since=2026-01-10T00:15:00Z&b_until=2026-01-10T00:15:00Z";
    let compared = server.read(&format!("/api/v1/compare?a=helper&b=helper&{ranges}"));
    let costs = ["a", "b"].map(|side| compared[side]["total_cost_usd"].clone());
    assert_eq!(costs, [json!("0.3"), json!("0.1")]);
    assert_eq!(compared["difference"]["avg_cost_per_run_usd"], "-0.2");
}

#[test]
fn costs_are_told_by_every_key() {
    let server = Server::memory();
    let said = json!({ "customer_id": "c", "feature": "f", "user_id": "u", "workflow": "w" });
    send(
        &server,
        &[with(trace("one", "a", 0, "completed", 10, "0.5"), said), trace("bare", "b", 0, "completed", 10, "0.1")],
    );
    for (by, key, other) in [
        ("agent", "a", json!("b")),
        ("customer", "c", Json::Null),
        ("feature", "f", Json::Null),
        ("user", "u", Json::Null),
        ("workflow", "w", Json::Null),
    ] {
        let body = server.read(&format!("/api/v1/costs?by={by}&since=2026-01-01"));
        let rows: Vec<Json> = body["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!([row["key"], row["cost_usd"], row["runs"]]))
            .collect();
        assert_eq!((&body["by"], rows), (&json!(by), vec![json!([key, "0.5", 1]), json!([other, "0.1", 1])]));
    }
}

#[test]
fn tools_are_counted_by_run_call_and_failure() {
    let server = Server::memory();
    let call = |id: &str, name: &str, status: &str| json!({ "span_id": id, "type": "tool", "name": name, "status": status, "started_at": "2026-01-10T00:00:00Z" });
    send(
        &server,
        &[
            spans_of(
                trace("one", "a", 0, "completed", 10, "0"),
                json!([call("1", "search", "completed"), call("2", "search", "failed")]),
            ),
            spans_of(
                trace("two", "b", 0, "completed", 10, "0"),
                json!([call("3", "search", "completed"), call("4", "calc", "completed")]),
            ),
        ],
    );
    let search = json!({ "name": "search", "runs": 2, "calls": 3, "failures": 1 });
    let calc = json!({ "name": "calc", "runs": 1, "calls": 1, "failures": 0 });
    assert_eq!(server.read("/api/v1/tools")["tools"], json!([search, calc]));
    let of_one = json!([{ "name": "search", "runs": 1, "calls": 2, "failures": 1 }]);
    assert_eq!(server.read("/api/v1/tools?agent=a")["tools"], of_one);
}

#[test]
fn an_accounts_own_price_is_taken_from_its_date_on() {
    let server = Server::memory();
    let put = |input: &str| {
        let price = json!({ "provider": "openai", "model": "gpt-4o", "valid_from": "2026-01-10T00:30:00Z",
            "input_per_million_usd": input, "output_per_million_usd": "20" });
        assert_eq!(server.request("PUT", "/api/v1/prices").json(&price).send().unwrap().status(), 204);
    };
    put("1");
    put("10");
    let prices = server.read("/api/v1/prices")["prices"].take();
    assert_eq!(prices.as_array().unwrap().len(), 1, "the same again replaces it: {prices}");
    assert_eq!(
        (&prices[0]["input_per_million_usd"], &prices[0]["cache_read_per_million_usd"]),
        (&json!("10"), &Json::Null)
    );
    for (minute, cost, source) in [(0, "0.35", "computed"), (45, "1.2", "override")] {
        let span = json!({ "span_id": "1", "type": "llm", "provider": "openai", "model": "gpt-4o", "input_tokens": 100_000,
            "output_tokens": 10_000, "started_at": format!("2026-01-10T00:{minute:02}:00Z") });
        let id = format!("at {minute}");
        let mut entry = spans_of(trace(&id, "a", minute, "completed", 10, "0"), json!([span]));
        entry["trace"].as_object_mut().unwrap().remove("total_cost_usd");
        send(&server, &[entry]);
        let run = server.read(&format!("/api/v1/runs/at%20{minute}"));
        assert_eq!((&run["cost_usd"], &run["cost_source"]), (&json!(cost), &json!(source)), "{minute}");
    }
    let delete =
        |query: &str| server.request("DELETE", &format!("/api/v1/prices?{query}")).send().unwrap().status().as_u16();
    let named = "provider=openai&model=gpt-4o&valid_from=2026-01-10T00:30:00Z";
    assert_eq!((delete("model=gpt-4o"), delete("model=gpt-4o&valid_from=7d")), (400, 400));
    assert_eq!(delete(&named.replace("openai", "")), 404, "a price of any provider is another");
    assert_eq!((delete(named), delete(named)), (204, 404));
    assert_eq!(server.read("/api/v1/prices")["prices"], json!([]));
    assert_eq!(server.read("/api/v1/runs/at%2045")["cost_usd"], "1.2", "what it cost stands");
    let price = json!({ "model": "", "valid_from": "2026-01-10T00:00:00Z", "input_per_million_usd": "1", "output_per_million_usd": "1" });
    assert_eq!(server.request("PUT", "/api/v1/prices").json(&price).send().unwrap().status(), 400);
}

#[test]
fn stored_calls_are_priced_again_from_a_date_on() {
    let server = Server::memory();
    let entry = |minute: u32, model: &str, reported: bool| {
        let mut span = json!({ "span_id": "1", "type": "llm", "provider": "acme", "model": model, "input_tokens": 100_000,
            "output_tokens": 10_000, "started_at": format!("2026-01-10T00:{minute:02}:00Z") });
        if reported {
            span["cost_usd"] = json!("0.5");
        }
        let mut entry = spans_of(trace(&format!("at {minute}"), "a", minute, "completed", 10, "0"), json!([span]));
        entry["trace"].as_object_mut().unwrap().remove("total_cost_usd");
        entry
    };
    let entries = [
        entry(0, "house", false),
        entry(20, "house", false),
        entry(40, "house", false),
        entry(41, "house", true),
        entry(42, "other", false),
    ];
    send(&server, &entries);
    let reprice = |since: &str| {
        let response =
            server.request("POST", "/api/v1/prices/reprice").json(&json!({ "since": since })).send().unwrap();
        (response.status().as_u16(), response.json::<Json>().unwrap())
    };
    let of = |minute: u32| {
        let mut run = server.read(&format!("/api/v1/runs/at%20{minute}"));
        [run["cost_usd"].take(), run["cost_source"].take(), run["unpriced_models"].take()]
    };
    let unpriced = |model: &str| [Json::Null, Json::Null, json!([model])];
    assert_eq!(reprice("2026-01-10T00:00:00Z"), (200, json!({ "runs": 0, "calls": 0 })), "no price is set");
    let price = json!({ "model": "house", "valid_from": "2026-01-10T00:10:00Z", "input_per_million_usd": "10",
        "output_per_million_usd": "20" });
    assert_eq!(server.request("PUT", "/api/v1/prices").json(&price).send().unwrap().status(), 204);
    assert_eq!(of(40), unpriced("house"), "a price holds for what arrives");
    let priced = [json!("1.2"), json!("override"), json!([])];
    assert_eq!(reprice("2026-01-10T00:30:00Z"), (200, json!({ "runs": 2, "calls": 1 })));
    assert_eq!([of(20), of(40), of(42)], [unpriced("house"), priced.clone(), unpriced("other")]);
    assert_eq!(of(41), [json!("0.5"), json!("reported"), json!([])], "what was reported stands");
    assert_eq!(reprice("2026-01-10T00:00:00Z"), (200, json!({ "runs": 4, "calls": 1 })));
    assert_eq!([of(0), of(20)], [unpriced("house"), priced], "before the price's own date there is none");
    assert_eq!(reprice("2026-01-10T00:00:00Z").1["calls"], 0);
    let (status, error) = reprice("yesterday");
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("since"), "{error}");
}

#[test]
fn the_server_says_what_it_is_and_holds() {
    let server = Server::memory();
    let status = || {
        let mut status = server.read("/api/v1/status");
        (status["sequence"].take().as_u64().unwrap(), status)
    };
    let before = status().0;
    send(
        &server,
        &[spans_of(
            trace("one", "a", 0, "completed", 10, "0"),
            json!([{ "span_id": "1", "type": "tool", "started_at": "2026-01-10T00:00:00Z" }]),
        )],
    );
    let (after, status) = status();
    assert!(after > before, "{before} {after}");
    assert_eq!(
        pick(
            &status,
            &[
                "runs",
                "spans",
                "account",
                "region",
                "writable",
                "keys_required",
                "read_only_reason",
                "damaged_segments"
            ]
        ),
        json!({ "runs": 1, "spans": 1, "account": "default", "region": "eu", "writable": true, "keys_required": false,
            "read_only_reason": null, "damaged_segments": [] })
    );
}

#[test]
fn a_span_is_shown_whole() {
    let server = Server::memory();
    let text = |text: &str| json!({ "stringValue": text });
    let attribute = |key: &str, value: Json| json!({ "key": key, "value": value });
    let span = json!({
        "traceId": "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "spanId": "018f3a2b9c1d7e8f", "name": "chat gpt-4o",
        "startTimeUnixNano": "1768003200000000000", "endTimeUnixNano": "1768003201500000000",
        "attributes": [
            attribute("gen_ai.operation.name", text("chat")), attribute("gen_ai.provider.name", text("openai")),
            attribute("gen_ai.request.model", text("gpt-4o")), attribute("gen_ai.request.temperature", json!({ "doubleValue": 0.5 })),
            attribute("gen_ai.usage.input_tokens", json!({ "intValue": "100" })), attribute("gen_ai.usage.output_tokens", json!({ "intValue": "-5" })),
            attribute("gen_ai.input.messages", text("[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}]")),
            attribute("gen_ai.tool.definitions", text("[{\"type\":\"function\",\"name\":\"search\"}]")),
        ],
        "events": [{ "timeUnixNano": "1768003201000000000", "name": "noted", "attributes": [attribute("why", text("because"))] }],
    });
    let body = json!({ "resourceSpans": [{ "resource": { "attributes": [attribute("service.name", text("shop"))] },
        "scopeSpans": [{ "scope": { "name": "by hand", "version": "1.2" }, "spans": [span] }] }] });
    assert_eq!(server.post("/v1/traces", &body).0, 200);
    let log = json!({ "resourceLogs": [{ "scopeLogs": [{ "scope": { "name": "logs" }, "logRecords": [{
        "timeUnixNano": "1768003201400000000", "eventName": "gen_ai.choice", "body": text("it said"),
        "traceId": "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6", "spanId": "018f3a2b9c1d7e8f",
    }]}]}]});
    assert_eq!(server.post("/v1/logs", &log).0, 200);
    let listed = server.spans("018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6");
    assert_eq!(listed.len(), 1, "what joined a span is inside it");
    let whole = server.read("/api/v1/runs/018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6/spans/018f3a2b9c1d7e8f");
    for (field, value) in listed[0].as_object().unwrap() {
        assert_eq!(&whole[field], value, "{field}");
    }
    assert_eq!(
        whole["messages"][0],
        json!({ "role": "user", "direction": "input", "parts": [{ "type": "text", "text": "hi" }] })
    );
    assert_eq!(
        (&whole["tools"], &whole["parameters"]),
        (&json!([{ "type": "function", "name": "search" }]), &json!({ "temperature": 0.5 }))
    );
    assert_eq!(
        (&whole["attributes"]["gen_ai.usage.output_tokens"], &whole["resource"]),
        (&json!(-5), &json!({ "service.name": "shop" }))
    );
    assert_eq!(whole["scope"], json!({ "name": "by hand", "version": "1.2" }));
    assert_eq!(
        whole["events"],
        json!([{ "time": "2026-01-10T00:00:01.000Z", "name": "noted", "attributes": { "why": "because" } }])
    );
    assert_eq!(whole["joined"][0]["scope"], "logs");
    assert_eq!(whole["filled_by"]["provider"], json!({ "dialect": "otel_genai", "key": "gen_ai.provider.name" }));
    assert_eq!(whole["tokens"]["output"], Json::Null, "a negative count is none");
    assert!(whole["price"].as_str().unwrap().contains("gpt-4o"), "{}", whole["price"]);
}

#[test]
fn a_span_tells_which_spans_it_links_to() {
    let server = Server::memory();
    let [here, other, elsewhere] =
        ["018f3a2b9c1d7e8fa4b9c2d7e8f1a301", "018f3a2b9c1d7e8fa4b9c2d7e8f1a302", "018f3a2b9c1d7e8fa4b9c2d7e8f1a303"];
    let span = |trace: &str, links: Json| {
        json!({
            "traceId": trace, "spanId": "018f3a2b9c1d7e8f", "name": "process", "links": links,
            "startTimeUnixNano": "1768003200000000000", "endTimeUnixNano": "1768003201500000000",
        })
    };
    let why = json!([{ "key": "why", "value": { "stringValue": "it asked" } }]);
    let links = json!([
        { "traceId": other, "spanId": "018f3a2b9c1d7e8f", "attributes": why },
        { "traceId": elsewhere, "spanId": "018f3a2b9c1d7e90" },
    ]);
    let body =
        json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span(other, json!([])), span(here, links)] }] }] });
    assert_eq!(server.post("/v1/traces", &body).0, 200);
    let links_of = |run: &str| server.read(&format!("/api/v1/runs/{run}/spans/018f3a2b9c1d7e8f"))["links"].clone();
    assert_eq!(
        links_of(here),
        json!([
            { "trace_id": other, "span_id": "018f3a2b9c1d7e8f", "run_id": format!("run_eu_{other}"),
                "attributes": { "why": "it asked" } },
            { "trace_id": elsewhere, "span_id": "018f3a2b9c1d7e90", "run_id": null, "attributes": {} },
        ])
    );
    assert_eq!(links_of(other), json!([]));
}

#[test]
fn a_tree_of_runs_is_summed_at_its_root() {
    let server = Server::memory();
    let id = |number: u32| format!("run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3{number:02x}");
    let costs = ["0.10", "0.02", "0.003"];
    for (number, cost) in (0..).zip(costs) {
        let parent = (number > 0).then(|| id(number - 1));
        let start =
            json!({ "id": id(number), "agent": "desk", "started_at": "2026-01-10T00:00:00Z", "parent_run_id": parent });
        assert_eq!(server.post("/v1/runs", &start).0, 202);
        let status = if number == 1 { "failed" } else { "success" };
        let finish = json!({ "status": status, "finished_at": "2026-01-10T00:00:02Z", "cost_usd": cost });
        assert_eq!(server.post(&format!("/v1/runs/{}/finish", id(number)), &finish).0, 202);
    }
    let told: Vec<Json> = (0..3)
        .map(|number| {
            let run = server.read(&format!("/api/v1/runs/{}", id(number)));
            json!([
                run["root_run_id"],
                run["child_run_ids"],
                run["failed_children"],
                run["cost_usd"],
                run["tree_cost_usd"],
            ])
        })
        .collect();
    let root = id(0);
    assert_eq!(
        told,
        [
            json!([root, [id(1)], 1, "0.1", "0.123"]),
            json!([root, [id(2)], 0, "0.02", "0.023"]),
            json!([root, [], 0, "0.003", "0.003"]),
        ]
    );
}

#[test]
fn the_price_list_is_searched_and_paged() {
    let server = Server::memory();
    let found = server.read("/api/v1/prices/bundled?q=GPT-4o-mini&limit=1000");
    let mini = found["prices"].as_array().unwrap().iter().find(|row| row["provider"] == "openai").unwrap();
    assert_eq!((&mini["model"], &mini["input_per_million_usd"]), (&json!("gpt-4o-mini"), &json!("0.15")), "{mini}");
    assert_eq!(
        (&mini["output_per_million_usd"], &mini["cache_read_per_million_usd"], &mini["cache_write_per_million_usd"]),
        (&json!("0.6"), &json!("0.075"), &Json::Null)
    );
    let name = |row: &Json| format!("{} {}", row["provider"], row["model"]);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/prices/bundled?q=claude&limit=7&cursor={}", cursor.replace('+', "%2B"));
        let page = server.read(&path);
        paged.extend(page["prices"].as_array().unwrap().iter().map(name));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let whole = server.read("/api/v1/prices/bundled?q=claude&limit=1000");
    let whole: Vec<String> = whole["prices"].as_array().unwrap().iter().map(name).collect();
    assert!(whole.len() > 14, "{whole:?}");
    assert_eq!(paged, whole);
    assert_eq!(server.read("/api/v1/prices/bundled?q=no-such-model-9")["prices"], json!([]));
    for wrong in ["limit=0", "cursor=x", "model=x"] {
        let answer = server.request("GET", &format!("/api/v1/prices/bundled?{wrong}")).send().unwrap();
        assert_eq!(answer.status(), 400, "{wrong}");
    }
}
