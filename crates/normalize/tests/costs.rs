//! What the captured runs cost, and who says so: each reported cost counts once, wherever the client put it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod captured;

use std::collections::BTreeMap;
use vedette_model::{Control, Copies, RunKey, Skeleton, Timestamp};
use vedette_normalize::{Prices, normalize};
use vedette_summary::summarize;

/// Name, cost and source of each run of a client, by name; a run without cost is left out.
fn costs(client: &str, prices: &Prices) -> Vec<String> {
    let mut runs: BTreeMap<RunKey, Vec<Skeleton>> = BTreeMap::new();
    for raw in captured::read(&captured::folder(client)) {
        runs.entry(raw.run).or_default().push(Skeleton::of(&normalize(&raw, prices), Timestamp(0)));
    }
    let line = |(run, skeletons): (&RunKey, &Vec<Skeleton>)| {
        let run = summarize(*run, skeletons, &Control::default(), &Copies::default()).run;
        let cost = run.cost.filter(|cost| cost.0 > 0)?;
        let source = run.cost_source().map_or("several".to_owned(), |source| format!("{source:?}").to_lowercase());
        Some(format!("{} {cost} {source}", run.name))
    };
    let mut lines: Vec<String> = runs.iter().filter_map(line).collect();
    lines.sort();
    lines
}

#[test]
fn a_run_costs_what_its_sender_says_once() {
    let prices = Prices::bundled();
    for (client, lines) in [
        // Three requests, told only by log records of the interaction.
        ("claude-code-native", &["claude_code.interaction 0.0018225 reported"] as &[&str]),
        // A tool that costs 0.01, and two calls that we price.
        ("agentops", &["default.session 0.010039 several"]),
        // One generation says 0.003, the others are priced; the failed one's zero is no cost.
        ("langfuse", &["weather-agent 0.0030856 several"]),
        // Each call's own price, not the raw request's below it.
        (
            "litellm-otel",
            &[
                "g 0.0000198 reported",
                "litellm_request 0.0000001 reported",
                "litellm_request 0.0000183 reported",
                "litellm_request 0.0000183 reported",
                "litellm_request 0.0000213 reported",
                "litellm_request 0.00005828 reported",
                "litellm_request 0.0006075 reported",
            ],
        ),
        // A cost event repeats its call's; a pattern's sum stands where nothing below it says more.
        (
            "pyagent-trace",
            &[
                "pyagent.llm_call 0.003 reported",
                "pyagent.pattern.chain 0.002 reported",
                "pyagent.pattern.debate 0.004 reported",
            ],
        ),
        // 14 calls of gpt-4o-mini, one of them told only by its log, one of gpt-5-mini, one of Claude.
        ("logfire-pydantic-ai", &["my run user_id=user-42 0.0009516 several"]),
        // The crew's own sum of tokens is not counted beside its calls.
        ("crewai-native", &["execute crew weather-crew 0.000105 computed"]),
        (
            "strands",
            &[
                "invoke_agent boss 0.0000822 computed",
                "invoke_agent weather_agent 0.0000426 computed",
                "invoke_agent weather_agent 0.0000426 computed",
            ],
        ),
    ] {
        assert_eq!(costs(client, &prices), lines, "{client}");
    }
}
