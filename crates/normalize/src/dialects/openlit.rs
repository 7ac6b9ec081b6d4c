//! OpenLIT: current gen_ai names, with a cost from a price list it may not have been able to fetch, and
//! its own timings.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use vedette_model::{RawSpan, Value};

pub const DIALECT: Dialect = Dialect { name: "openlit", applies: |signs| signs.scope.starts_with("openlit"), fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    const COST: &str = "gen_ai.usage.cost";
    if attributes.get(COST).and_then(Value::as_f64) != Some(0.0) {
        draft.cost(&[COST]);
    }
    draft.count(Count::Total, &["gen_ai.client.token.usage"]);
    draft.text(Text::Environment, &["deployment.environment"]);
    const FIRST_TOKEN: &str = "gen_ai.server.time_to_first_token";
    let streams = attributes.get("gen_ai.request.stream").and_then(Value::as_bool) == Some(true);
    // Of an answer that came whole it is the time of all.
    if let Some(seconds) = attributes.get(FIRST_TOKEN).and_then(Value::as_f64).filter(|_| streams) {
        draft.first_token_ns(FIRST_TOKEN, (seconds * 1e9) as i64);
    }
    // Where OpenAI's stream brings no usage it counts itself, and has no cached part to tell.
    if streams
        && raw.scope.name == "openlit.instrumentation.openai"
        && draft.kind().is_model_call()
        && draft.get_count(Count::CacheRead).is_none()
        && draft.get_count(Count::Input).is_some()
    {
        draft.estimated("(counted by OpenLIT: a stream without usage)");
    }
    if raw.scope.name == "openlit" {
        // The decorator around the user's own functions.
        draft.place(Slot::Input, &["function.args", "function.kwargs"]);
        draft.place(Slot::Output, &["gen_ai.output.messages"]);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;

    #[test]
    fn tokens_it_counted_itself_are_marked() {
        for (scope, stream, cached, estimated) in [
            ("openlit.instrumentation.openai", true, None, true),
            ("openlit.instrumentation.openai", true, Some(16), false),
            ("openlit.instrumentation.openai", false, None, false),
            ("openlit.instrumentation.cohere", true, None, false),
        ] {
            let mut raw = span_of(
                scope,
                "chat",
                json!({
                    "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.request.stream": stream,
                    "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 20, "gen_ai.usage.cost": 0,
                }),
            );
            if let Some(cached) = cached {
                raw.attributes.set("gen_ai.usage.cache_read.input_tokens", i64::from(cached));
            }
            let span = normalize(&raw, &Prices::bundled());
            assert_eq!(span.usage_estimated, estimated, "{scope} {stream} {cached:?}");
            // Its price list was out of reach; ours is not.
            assert!(span.cost.is_some_and(|cost| cost.amount.0 > 0));
        }
    }
}
