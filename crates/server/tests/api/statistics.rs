//! Figures of agents: scenarios 3 and 12 to 16.

use crate::server::{Server, pick};
use crate::{each, send, trace, with};
use serde_json::{Value as Json, json};

const FIGURES: [&str; 14] = [
    "total_runs",
    "completed_runs",
    "running_runs",
    "failed_runs",
    "success_rate",
    "success_count",
    "failure_count",
    "no_signal_count",
    "avg_cost_per_run_usd",
    "costed_runs",
    "total_cost_usd",
    "p95_latency_ms",
    "model_calls",
    "error_count",
];

fn llm(id: &str, minute: u32, tokens: (u64, u64), cost: &str) -> Json {
    json!({
        "span_id": id, "type": "llm", "name": "chat", "model": "gpt-4o", "duration_ms": 10,
        "started_at": format!("2026-01-10T00:{minute:02}:00Z"),
        "input_tokens": tokens.0, "output_tokens": tokens.1, "cost_usd": cost,
    })
}

fn known(server: &Server, agent: &str) {
    let id = |number: u32| format!("{agent} {number}");
    let mut running = trace(&id(4), agent, 180, "running", 0, "0");
    running["spans"] = json!([{
        "span_id": "of the running one", "type": "llm", "model": "gpt-4o", "started_at": "2026-01-10T03:00:00Z",
        "duration_ms": 100, "input_tokens": 1, "output_tokens": 1, "cost_usd": "0.05",
    }]);
    send(
        server,
        &[
            with(trace(&id(1), agent, 0, "completed", 1_000, "0.10"), json!({ "success": true, "outcome": "done" })),
            with(trace(&id(2), agent, 60, "failed", 3_000, "0.30"), json!({ "success": false, "outcome": "lost" })),
            trace(&id(3), agent, 120, "timed_out", 2_000, "0"),
            running,
        ],
    );
}

fn expected() -> Json {
    json!({
        "total_runs": 4, "completed_runs": 3, "running_runs": 1, "failed_runs": 2, "success_rate": 0.25,
        "success_count": 1, "failure_count": 1, "no_signal_count": 2, "avg_cost_per_run_usd": "0.133333333",
        "costed_runs": 3, "total_cost_usd": "0.45", "p95_latency_ms": 3000.0,
        "model_calls": 1, "error_count": 0,
    })
}

#[test]
fn figures_count_what_the_words_say_and_follow_new_runs() {
    let server = Server::memory();
    known(&server, "support-bot");
    for path in ["/api/v1/agents/support-bot", "/api/v1/agents/support-bot/stats"] {
        assert_eq!(pick(&server.read(path), &FIGURES), expected(), "{path}");
    }
    let late = with(trace("one more", "support-bot", 240, "completed", 10_000, "0.50"), json!({ "success": true }));
    send(&server, &[late]);
    let more = pick(
        &server.read("/api/v1/agents/support-bot"),
        &["total_runs", "success_rate", "avg_cost_per_run_usd", "total_cost_usd", "p95_latency_ms"],
    );
    assert_eq!(
        more,
        json!({
            "total_runs": 5, "success_rate": 0.4, "avg_cost_per_run_usd": "0.225", "total_cost_usd": "0.95", "p95_latency_ms": 10000.0,
        })
    );
}

#[test]
fn a_range_leaves_older_and_newer_runs_out_of_every_figure() {
    let server = Server::memory();
    known(&server, "support-bot");
    // The end is not in the range, the beginning is.
    let range = "since=2026-01-10T01:00:00Z&until=2026-01-10T03:00:00Z";
    let expected = json!({
        "total_runs": 2, "completed_runs": 2, "running_runs": 0, "failed_runs": 2, "success_rate": 0.0,
        "success_count": 0, "failure_count": 1, "no_signal_count": 1, "avg_cost_per_run_usd": "0.15",
        "costed_runs": 2, "total_cost_usd": "0.3", "p95_latency_ms": 3000.0, "model_calls": 0, "error_count": 0,
    });
    let stats = server.read(&format!("/api/v1/agents/support-bot/stats?{range}&bucket=1h"));
    assert_eq!(pick(&stats, &FIGURES), expected);
    assert_eq!(stats["outcomes"], json!([{ "outcome": "lost", "count": 1 }]));
    let buckets = stats["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| pick(bucket, &["start", "total_runs", "total_cost_usd"]));
    let buckets: Vec<Json> = buckets.filter(|bucket| bucket["total_runs"] != 0).collect();
    assert_eq!(
        buckets,
        [
            json!({ "start": "2026-01-10T01:00:00.000Z", "total_runs": 1, "total_cost_usd": "0.3" }),
            json!({ "start": "2026-01-10T02:00:00.000Z", "total_runs": 1, "total_cost_usd": "0" }),
        ]
    );
    assert_eq!(pick(&server.read(&format!("/api/v1/agents?{range}"))["agents"][0], &FIGURES), expected);
    let compared = server.read(&format!("/api/v1/compare?a=support-bot&b=support-bot&{range}"));
    assert_eq!(pick(&compared["a"], &FIGURES), expected);
    assert_eq!(each(&server.read(&format!("/api/v1/runs?{range}")), "runs", "id"), ["support-bot 3", "support-bot 2"]);
    assert_eq!(server.read("/api/v1/agents?until=2026-01-10")["agents"], json!([]));
}

#[test]
fn two_agents_side_by_side_are_their_own_pages() {
    let server = Server::memory();
    known(&server, "support-bot-v1");
    send(&server, &[with(trace("v2", "support-bot-v2", 0, "completed", 1_500, "0.20"), json!({ "success": true }))]);
    let compared = server.read("/api/v1/compare?a=support-bot-v1&b=support-bot-v2");
    for (side, agent) in [("a", "support-bot-v1"), ("b", "support-bot-v2")] {
        let own = server.read(&format!("/api/v1/agents/{agent}"));
        assert_eq!(pick(&compared[side], &FIGURES), pick(&own, &FIGURES), "{agent}");
    }
    let difference = json!({ "success_rate": 0.75, "avg_cost_per_run_usd": "0.066666667", "p95_latency_ms": -1500.0 });
    assert_eq!(compared["difference"], difference);
}

#[test]
fn each_agent_is_an_entry_by_its_last_run() {
    let server = Server::memory();
    for (minute, agent) in ["support-bot", "lead-qualifier", "code-reviewer"].iter().enumerate() {
        send(&server, &[trace(agent, agent, minute as u32, "completed", 1, "0")]);
    }
    assert_eq!(
        each(&server.read("/api/v1/agents"), "agents", "name"),
        ["code-reviewer", "lead-qualifier", "support-bot"]
    );
    let first = server.read("/api/v1/agents?limit=2");
    let cursor = first["next_cursor"].as_str().unwrap();
    // What comes in between is before it all, and moves nothing into the next page or out of it.
    send(&server, &[trace("another", "another", 9, "completed", 1, "0")]);
    let second = server.read(&format!("/api/v1/agents?limit=2&cursor={cursor}"));
    assert_eq!(
        (each(&second, "agents", "name"), &second["next_cursor"]),
        (vec!["support-bot".to_owned()], &Json::Null)
    );
    for path in ["", "/stats", "/stats?bucket=1d", "/runs"] {
        assert_eq!(server.get(&format!("/api/v1/agents/nobody{path}")).0, 404, "{path}");
    }
}

#[test]
fn sums_over_model_calls_are_exact() {
    let server = Server::memory();
    let mut entry = trace("two calls", "support-bot", 0, "completed", 1_000, "9");
    entry["spans"] = json!([llm("1", 1, (800, 120), "0.0032"), llm("2", 2, (400, 180), "0.0013")]);
    send(&server, &[entry]);
    let run = server.only_run();
    assert_eq!((&run["tokens"]["total"], &run["cost_usd"]), (&json!(1500), &json!("0.0045")));
}
