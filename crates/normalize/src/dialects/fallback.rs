//! What nobody has seen before: keys are read by their last part, in any spelling. Heard last, and only
//! on spans that no known dialect explains.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text, spelled};
use crate::kind::Hint;
use crate::messages::Place;
use crate::signs::Signs;
use std::borrow::Cow;
use vedette_model::{Kind, NanoUsd, RawSpan, Value};

pub const DIALECT: Dialect = Dialect { name: "fallback", applies: |_| true, fill };

/// What a key means by its last part, lower case, without `_` and `-`.
#[derive(Clone, Copy)]
enum Meaning {
    Text(Text),
    Count(Count),
    Place(Slot),
    Cost,
}

fn meaning(last: &str) -> Option<Meaning> {
    Some(match last {
        "model" | "modelname" | "modelid" | "requestmodel" => Meaning::Text(Text::RequestModel),
        "responsemodel" => Meaning::Text(Text::Model),
        "provider" | "modelprovider" => Meaning::Text(Text::Provider),
        "toolname" => Meaning::Text(Text::Tool),
        "toolcallid" => Meaning::Text(Text::ToolCallId),
        "agentname" => Meaning::Text(Text::Agent),
        "sessionid" | "conversationid" | "threadid" => Meaning::Text(Text::Session),
        "userid" => Meaning::Text(Text::User),
        "finishreason" | "stopreason" => Meaning::Text(Text::FinishReason),
        "inputtokens" | "prompttokens" | "inputtokencount" | "prompttokencount" => Meaning::Count(Count::Input),
        "outputtokens" | "completiontokens" | "outputtokencount" | "completiontokencount" | "candidatestokencount" => {
            Meaning::Count(Count::Output)
        }
        "totaltokens" | "totaltokencount" => Meaning::Count(Count::Total),
        "cachereadtokens"
        | "cachereadinputtokens"
        | "cachedtokens"
        | "cachedinputtokens"
        | "cachedcontenttokencount" => Meaning::Count(Count::CacheRead),
        "cachewritetokens" | "cachecreationtokens" | "cachecreationinputtokens" => Meaning::Count(Count::CacheWrite),
        "reasoningtokens" | "thinkingtokens" | "thoughtstokencount" => Meaning::Count(Count::Reasoning),
        "costusd" | "totalcost" | "totalcostusd" => Meaning::Cost,
        "prompt" | "messages" | "inputmessages" => Meaning::Place(Slot::Sent),
        "completion" | "outputmessages" => Meaning::Place(Slot::Received),
        "input" | "arguments" | "toolinput" | "query" => Meaning::Place(Slot::Input),
        "output" | "response" | "result" | "tooloutput" => Meaning::Place(Slot::Output),
        _ => return None,
    })
}

fn read(key: &str) -> Option<Meaning> {
    // The longest last part that can mean anything.
    const LONGEST: usize = 40;
    let last = key.rsplit(['.', ':', '/']).next().filter(|last| last.len() <= LONGEST)?;
    let plain = last.bytes().all(|byte| byte.is_ascii_lowercase());
    if plain {
        return meaning(last);
    }
    let folded: String = last.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    meaning(&folded)
}

/// A model beside tokens or messages is a call; a tool's name is its execution.
pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.is_log {
        return None;
    }
    let (mut model, mut tokens, mut tool, mut says) = (false, false, false, false);
    for (key, value) in raw.attributes.iter() {
        match read(key) {
            Some(Meaning::Text(Text::RequestModel | Text::Model)) => {
                model |= value.as_str().is_some_and(|v| !v.is_empty())
            }
            Some(Meaning::Text(Text::Tool)) => tool |= value.as_str().is_some_and(|v| !v.is_empty()),
            Some(Meaning::Count(_)) => tokens = true,
            Some(Meaning::Place(_)) => says = true,
            _ => {}
        }
    }
    let known = ["gen_ai.request.model", "gen_ai.response.model", "llm.model_name"];
    if model && (tokens || says || known.iter().any(|key| raw.attributes.get(key).is_some())) {
        return Some((Kind::Llm, "(a model beside tokens or messages)"));
    }
    if tool || ["tool.name", "gen_ai.tool.name"].iter().any(|key| raw.attributes.str(key).is_some()) {
        return Some((Kind::Tool, "(a tool's name)"));
    }
    None
}

/// What plain tracing says: a database or an HTTP call.
pub fn by_role(raw: &RawSpan, _: &Signs) -> Option<Hint> {
    let has = |key: &'static str| raw.attributes.get(key).is_some().then_some(key);
    if let Some(key) = has("db.system.name").or_else(|| has("db.system")) {
        return Some((Kind::Db, key));
    }
    let key = has("http.request.method").or_else(|| has("http.method"))?;
    Some((Kind::Http, key))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if raw.is_log_record() {
        // Some only repeat the event's name.
        let repeats = raw.attributes.str(RawSpan::LOG_BODY).is_some_and(|line| line.ends_with(&raw.name));
        if !repeats && !draft.has_place(Slot::Sent) && !draft.has_place(Slot::Received) {
            draft.place(Slot::Input, &[RawSpan::LOG_BODY]);
        }
        return;
    }
    if draft.kind() == Kind::Http && raw.otel_kind == vedette_model::OtelKind::Client {
        draft.noise("an HTTP call");
    }
    if draft.kind.1.dialect != DIALECT.name || matches!(draft.kind(), Kind::Db | Kind::Http | Kind::Custom) {
        return;
    }
    let is_call = draft.kind().is_model_call();
    for (key, value) in raw.attributes.iter() {
        match read(key) {
            Some(Meaning::Text(field)) => {
                if let Some(text) = spelled(value) {
                    draft.put_text(field, key.to_owned(), text);
                }
            }
            Some(Meaning::Count(field)) => {
                if let Some(tokens) = value.as_i64().and_then(|tokens| u64::try_from(tokens).ok()) {
                    draft.put_count(field, key.to_owned(), tokens);
                }
            }
            Some(Meaning::Cost) => {
                if let Some(cost) = value.as_f64().and_then(NanoUsd::from_usd) {
                    draft.put_cost(key.to_owned(), cost);
                }
            }
            Some(Meaning::Place(slot)) if *value != Value::Null => {
                let slot = match slot {
                    Slot::Input if is_call => Slot::Sent,
                    Slot::Output if is_call => Slot::Received,
                    slot => slot,
                };
                draft.put_place(slot, Cow::Owned(key.to_owned()), Place::Value(value));
            }
            _ => {}
        }
    }
    draft.text(Text::Tool, &["tool.name"]);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::sample::span_of;
    use crate::{Prices, content, normalize};
    use serde_json::json;
    use vedette_model::{Direction, Kind};

    #[test]
    fn a_sender_nobody_has_seen_is_read_by_the_last_part_of_its_keys() {
        let raw = span_of(
            "acme.telemetry",
            "llm",
            json!({
                "acme.llm.modelName": "gpt-4o-mini", "acme.llm.provider": "openai", "acme.usage.prompt_tokens": 1000,
                "acme.usage.completionTokens": 10, "acme.usage.cached-tokens": 4, "acme/session_id": "s-1", "acme.user_id": "u-1",
                "acme.prompt": "weather?", "acme.completion": "21 C", "acme.finishReason": "STOP",
            }),
        );
        let span = normalize(&raw, &Prices::bundled());
        assert_eq!(
            (span.kind, span.model.as_deref(), span.provider.as_deref()),
            (Kind::Llm, Some("gpt-4o-mini"), Some("openai"))
        );
        let usage = span.usage.unwrap();
        assert_eq!((usage.input, usage.output, usage.cache_read), (Some(1000), Some(10), Some(4)));
        assert!(span.cost.is_some());
        assert_eq!(span.finish_reason.as_deref(), Some("stop"));
        let facts = span.facts.unwrap();
        assert_eq!((&*facts.session.unwrap().id, facts.user_id.as_deref()), ("s-1", Some("u-1")));
        assert_eq!((span.input_preview.as_deref(), span.output_preview.as_deref()), (Some("weather?"), Some("21 C")));
        let said: Vec<Direction> = content(&raw, &[]).messages.iter().map(|message| message.direction).collect();
        assert_eq!(said, [Direction::Input, Direction::Output]);
    }

    #[test]
    fn plain_tracing_stays_plain() {
        for (attributes, kind, noise) in [
            (json!({"tool_name": "search", "arguments": "{}"}), Kind::Tool, false),
            (json!({"gen_ai.tool.name": "search"}), Kind::Tool, false),
            (json!({"car.model": "T", "speed": 3}), Kind::Custom, false),
            (json!({"model": "T"}), Kind::Custom, false),
            (json!({"db.system": "sqlite", "db.statement": "select 1"}), Kind::Db, false),
            (json!({"http.request.method": "POST", "input_tokens": 3}), Kind::Http, false),
            (json!({}), Kind::Custom, false),
        ] {
            let span = normalize(&span_of("app", "work", attributes.clone()), &Prices::bundled());
            assert_eq!((span.kind, span.noise, span.usage.is_some()), (kind, noise, false), "{attributes}");
        }
    }
}
