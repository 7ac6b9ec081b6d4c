use super::{Call, PriceRule, Prices};
use genai_prices::Calculator;
use proptest::prelude::*;
use vedette_model::{CostSource, NanoUsd, Timestamp, Usage};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// input, output, cache read, cache write
fn usage([input, output, cache_read, cache_write]: [u64; 4]) -> Usage {
    let known = |tokens: u64| (tokens > 0).then_some(tokens);
    Usage {
        input: known(input),
        output: known(output),
        cache_read: known(cache_read),
        cache_write: known(cache_write),
        reasoning: None,
    }
}

#[test]
fn known_prices_and_the_pitfalls_of_others() {
    struct Case {
        why: &'static str,
        provider: &'static str,
        model: &'static str,
        at: &'static str,
        tokens: [u64; 4],
        usd: Option<&'static str>,
    }
    const DAY: &str = "2026-11-01";
    let cases = [
        Case {
            why: "plain",
            provider: "openai",
            model: "gpt-4o-mini",
            at: DAY,
            tokens: [1_000_000, 1_000_000, 0, 0],
            usd: Some("0.75"),
        },
        Case {
            why: "cached input is part of input and cheaper",
            provider: "openai",
            model: "gpt-4o-mini",
            at: DAY,
            tokens: [1_000_000, 0, 400_000, 0],
            usd: Some("0.12"),
        },
        Case {
            why: "reads and writes of cache, claude",
            provider: "anthropic",
            model: "claude-sonnet-4-5",
            at: DAY,
            tokens: [10_000, 1_000, 8_000, 1_000],
            usd: Some("0.02415"),
        },
        Case {
            why: "the whole prompt at the rate above 200k",
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            at: DAY,
            tokens: [250_000, 1_000, 100_000, 0],
            usd: Some("0.415"),
        },
        Case {
            why: "exactly 200k is not above",
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            at: DAY,
            tokens: [200_000, 0, 0, 0],
            usd: Some("0.25"),
        },
        Case {
            why: "one more is",
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            at: DAY,
            tokens: [200_001, 0, 0, 0],
            usd: Some("0.5000025"),
        },
        Case {
            why: "before a price change",
            provider: "openai",
            model: "o3",
            at: "2025-06-09T23:59:59Z",
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("10"),
        },
        Case {
            why: "after it",
            provider: "openai",
            model: "o3",
            at: "2025-06-10T00:00:00Z",
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("2"),
        },
        Case {
            why: "at peak",
            provider: "deepseek",
            model: "deepseek-chat-v3-0324",
            at: "2025-06-01T12:00:00Z",
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.27"),
        },
        Case {
            why: "off peak",
            provider: "deepseek",
            model: "deepseek-chat-v3-0324",
            at: "2025-06-01T17:00:00Z",
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.135"),
        },
        Case {
            why: "a fee for each request",
            provider: "perplexity",
            model: "sonar",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("1.012"),
        },
        Case {
            why: "Bedrock with a region",
            provider: "aws.bedrock",
            model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("3.3"),
        },
        Case {
            why: "Bedrock by a profile's address",
            provider: "aws.bedrock",
            model: "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("3.3"),
        },
        Case {
            why: "a router's prefix",
            provider: "openai",
            model: "openai/gpt-4o-mini",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.15"),
        },
        Case {
            why: "a router's prefix without provider",
            provider: "",
            model: "gemini/gemini-2.5-flash",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.3"),
        },
        Case {
            why: "a date nobody listed",
            provider: "openai",
            model: "gpt-4o-mini-2026-01-01",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.15"),
        },
        Case {
            why: "dots for dashes",
            provider: "anthropic",
            model: "claude-sonnet-4.5",
            at: DAY,
            tokens: [100_000, 0, 0, 0],
            usd: Some("0.3"),
        },
        Case {
            why: "a fine-tuned model has its own price",
            provider: "openai",
            model: "ft:gpt-4o-mini-2024-07-18:org::id",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.3"),
        },
        Case {
            why: "Azure serves OpenAI's",
            provider: "azure.ai.openai",
            model: "gpt-4o-mini",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: Some("0.15"),
        },
        Case {
            why: "Vertex serves Anthropic's",
            provider: "gcp.vertex_ai",
            model: "claude-sonnet-4-5",
            at: DAY,
            tokens: [100_000, 0, 0, 0],
            usd: Some("0.3"),
        },
        Case {
            why: "the model alone",
            provider: "",
            model: "claude-sonnet-4-5",
            at: DAY,
            tokens: [100_000, 0, 0, 0],
            usd: Some("0.3"),
        },
        Case {
            why: "an unknown model is unknown, not free",
            provider: "openai",
            model: "my-own-model",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: None,
        },
        Case {
            why: "a provider of one's own is not the public one",
            provider: "ollama",
            model: "deepseek-chat",
            at: DAY,
            tokens: [1_000_000, 0, 0, 0],
            usd: None,
        },
        Case {
            why: "priced by the hour, not by tokens",
            provider: "openai",
            model: "whisper-1",
            at: DAY,
            tokens: [1_000, 0, 0, 0],
            usd: None,
        },
        Case {
            why: "free",
            provider: "openrouter",
            model: "deepseek/deepseek-r1:free",
            at: DAY,
            tokens: [1_000, 0, 0, 0],
            usd: Some("0"),
        },
        Case {
            why: "no tokens, no cost",
            provider: "openai",
            model: "gpt-4o-mini",
            at: DAY,
            tokens: [0, 0, 0, 0],
            usd: None,
        },
        Case {
            why: "more cached than sent contradicts itself",
            provider: "openai",
            model: "gpt-4o-mini",
            at: DAY,
            tokens: [10, 0, 20, 0],
            usd: None,
        },
    ];
    let prices = Prices::bundled();
    for case in cases {
        let provider = Some(case.provider).filter(|provider| !provider.is_empty());
        let call = Call { provider, model: case.model, at: at(case.at), usage: usage(case.tokens), ..Call::default() };
        // Asked twice: the second answer comes from kept rates.
        for _ in 0..2 {
            let cost = prices.price(&call);
            assert_eq!(
                cost.as_ref().map(|cost| cost.amount.to_string()).as_deref(),
                case.usd,
                "{}: {cost:?}",
                case.why
            );
            assert!(cost.is_none_or(|cost| cost.source == CostSource::Computed && cost.price.is_some()));
        }
    }
}

#[test]
fn what_the_price_depends_on_besides() {
    let prices = Prices::bundled();
    let usd = |call: Call<'_>| prices.price(&call).map(|cost| cost.amount.to_string());
    let million = usage([1_000_000, 0, 0, 0]);
    let o3 = Call { provider: Some("openai"), model: "o3", at: at("2026-11-01"), usage: million, ..Call::default() };
    assert_eq!(usd(o3).as_deref(), Some("2"));
    assert_eq!(usd(Call { tier: Some("flex"), ..o3 }).as_deref(), Some("1"));
    assert_eq!(usd(Call { tier: Some("batch"), ..o3 }).as_deref(), Some("1"));
    assert_eq!(usd(Call { tier: Some("a tier of tomorrow"), ..o3 }).as_deref(), Some("2"));

    let written = usage([100_000, 0, 0, 100_000]);
    let claude = Call { provider: Some("anthropic"), model: "claude-sonnet-4-5", usage: written, ..o3 };
    assert_eq!(usd(claude).as_deref(), Some("0.375"), "written for five minutes");
    assert_eq!(usd(Call { cache_write_1h: 100_000, ..claude }).as_deref(), Some("0.6"), "written for an hour");

    let audio = Call { model: "gpt-audio", ..o3 };
    assert_eq!(usd(audio).as_deref(), Some("2.5"));
    assert_eq!(usd(Call { audio_input: 500_000, ..audio }).as_deref(), Some("17.25"), "half of it heard");
    // Audio tokens of a model that prices them as text.
    assert_eq!(usd(Call { audio_input: 500_000, ..o3 }).as_deref(), Some("2"));
}

#[test]
fn an_account_has_its_own_prices_from_a_date_on() {
    let rule = |id: &str, provider: &str, from: &str, dollars: i64| PriceRule {
        id: id.into(),
        provider: provider.into(),
        model: "gpt-4o-mini".into(),
        valid_from: at(from),
        input_per_million: NanoUsd(dollars * 1_000_000_000),
        output_per_million: NanoUsd(1_000_000_000),
        cache_read_per_million: Some(NanoUsd::ZERO),
        cache_write_per_million: None,
    };
    let prices = Prices::bundled().with_overrides(vec![
        rule("old", "", "2026-01-01", 3),
        rule("new", "", "2026-06-01", 5),
        rule("azure", "azure.ai.openai", "2026-01-01", 7),
    ]);
    for (day, provider, id, usd) in [
        ("2025-12-31", "openai", "openai/gpt-4o-mini", "0.15"),
        ("2026-01-01", "openai", "old", "3"),
        ("2026-05-31T23:59:59Z", "openai", "old", "3"),
        ("2026-06-01", "openai", "new", "5"),
        ("2026-07-01", "azure.ai.openai", "azure", "7"),
    ] {
        let call = Call {
            provider: Some(provider),
            model: "gpt-4o-mini",
            at: at(day),
            usage: usage([1_000_000, 0, 0, 0]),
            ..Call::default()
        };
        let cost = prices.price(&call).expect(id);
        assert_eq!((cost.price.as_deref(), cost.amount.to_string().as_str()), (Some(id), usd), "{day}");
    }
    let mixed = Call {
        provider: Some("openai"),
        model: "gpt-4o-mini",
        at: at("2026-02-01"),
        usage: usage([1_000_000, 500_000, 400_000, 100_000]),
        ..Call::default()
    };
    assert_eq!(
        prices.price(&mixed).map(|cost| cost.amount.to_string()).as_deref(),
        Some("2.3"),
        "0.5 fresh, 0.4 read free, 0.1 written as input"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn kept_rates_give_what_the_table_gives(
        pick in any::<prop::sample::Index>(), sent in 0_u64..600_000, read in 0_u64..100, written in 0_u64..100,
        output in 0_u64..50_000, seconds in 1_700_000_000_i64..1_800_000_000,
    ) {
        let models: Vec<(&str, &str)> = Calculator::bundled()
            .providers()
            .flat_map(|provider| provider.models().map(move |model| (provider.id(), model.id())))
            .collect();
        let (provider, model) = *pick.get(&models);
        let (cache_read, cache_write) = (sent * read / 200, sent * written / 200);
        let usage = Usage { input: Some(sent), output: Some(output), cache_read: Some(cache_read), cache_write: Some(cache_write), reasoning: None };
        let call = Call { provider: Some(provider), model, at: Timestamp(seconds * 1_000_000_000), usage, ..Call::default() };
        let prices = Prices::bundled();
        let (kept, asked) = (prices.price(&call), prices.table.ask(&call));
        match (&kept, &asked) {
            (Some(kept), Some(asked)) => {
                prop_assert!((kept.amount.0 - asked.amount.0).abs() <= 1, "{provider} {model}: {kept:?} {asked:?}");
                prop_assert_eq!(&kept.price, &asked.price);
            }
            _ => prop_assert_eq!(kept, asked),
        }
    }
}

#[test]
fn the_list_tells_what_calls_cost() {
    let prices = Prices::bundled();
    let at = Timestamp::parse("2026-01-10T00:00:00Z").expect("a time");
    let list: Vec<_> = prices.bundled_list("", None, at).collect();
    assert!(list.len() > 500, "{}", list.len());
    assert!(list.is_sorted_by_key(|row| (row.provider, row.model)));
    for row in &list {
        let usage = Usage { input: Some(1_000), output: Some(1_000), ..Usage::default() };
        let call = Call { provider: Some(row.provider), model: row.model, at, usage, ..Call::default() };
        let million = (row.input_per_million.0 + row.output_per_million.0) as f64 / 1_000.0;
        // Some providers ask for something each time; nobody less than for the tokens.
        let cost = prices.price(&call).map(|cost| cost.amount.0 as f64);
        assert!(cost.is_some_and(|cost| cost >= million - 2.0), "{row:?}: {cost:?}");
    }
    let half = list.get(list.len() / 2).expect("a row");
    let rest: Vec<_> = prices.bundled_list("", Some((half.provider, half.model)), at).collect();
    assert!(list.get(list.len() / 2 + 1..) == Some(rest.as_slice()), "the list goes on after {half:?}");
    let sonnet: Vec<_> = prices.bundled_list("Claude Sonnet 4", None, at).collect();
    assert!(sonnet.iter().any(|row| row.provider == "anthropic"), "{sonnet:?}");
    assert!(sonnet.len() < list.len());
}
