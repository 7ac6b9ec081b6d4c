//! Pydantic AI's own spans beyond the current conventions: those before version 2 (no operation names,
//! `agent_name`, `tool_arguments`, one list of events), and what only it says (`final_result`,
//! `operation.cost`, sums of its agents).

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::Place;
use crate::signs::Signs;
use serde_json::Value as Json;
use std::borrow::Cow;
use vedette_model::{Kind, RawSpan};

const SCOPE: &str = "pydantic-ai";

pub const DIALECT: Dialect = Dialect {
    name: "pydantic_ai",
    // Logfire's wrappers write the same list of events.
    applies: |signs| signs.scope == SCOPE || signs.scope.starts_with("logfire."),
    fill,
};

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.scope != SCOPE {
        return None;
    }
    if raw.attributes.get("agent_name").is_some() {
        return Some((Kind::Agent, "agent_name"));
    }
    match raw.name.as_str() {
        name if name.starts_with("running tools") => Some((Kind::Workflow, "(named running tools)")),
        name if name.starts_with("running tool") => Some((Kind::Tool, "(named running tool)")),
        _ => None,
    }
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.text(Text::Agent, &["agent_name"]);
    draft.text(Text::RequestModel, &["model_name"]);
    draft.cost(&["operation.cost"]);
    draft.count(Count::Input, &["gen_ai.aggregated_usage.input_tokens"]);
    draft.count(Count::Output, &["gen_ai.aggregated_usage.output_tokens"]);
    draft.count(
        Count::CacheRead,
        &[
            "gen_ai.usage.details.cache_read_tokens",
            // Before version 1 each provider's own word.
            "gen_ai.usage.details.cached_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "gen_ai.usage.details.cached_content_tokens",
            "gen_ai.aggregated_usage.cache_read.input_tokens",
            "gen_ai.aggregated_usage.details.cache_read_tokens",
        ],
    );
    draft.count(
        Count::CacheWrite,
        &[
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
            "gen_ai.aggregated_usage.cache_creation.input_tokens",
            "gen_ai.aggregated_usage.details.cache_write_tokens",
        ],
    );
    draft.count(
        Count::Reasoning,
        &[
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.details.thoughts_tokens",
            "gen_ai.aggregated_usage.details.reasoning_tokens",
        ],
    );
    match draft.kind() {
        Kind::Tool => {
            draft.place(Slot::Input, &["tool_arguments"]);
            draft.place(Slot::Output, &["tool_response"]);
        }
        Kind::Agent => {
            draft.place(Slot::Sent, &["pydantic_ai.all_messages", "all_messages_events"]);
            draft.place(Slot::Output, &["final_result"]);
        }
        Kind::Llm | Kind::Event if !draft.has_place(Slot::Sent) => events(raw, draft),
        _ => {}
    }
}

/// One list of all that was said, as JSON: what the model says at its end is the answer.
fn events<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const KEY: &str = "events";
    let Some(list) = raw.attributes.str(KEY) else { return };
    let Ok(mut sent) = serde_json::from_str::<Vec<Json>>(list) else { return };
    let from_model = |event: &Json| {
        event.get("event.name").and_then(Json::as_str) == Some("gen_ai.choice")
            || event.get("role").and_then(Json::as_str) == Some("assistant")
    };
    let answer = sent.iter().rposition(|event| !from_model(event)).map_or(0, |last| last + 1);
    let received = sent.split_off(answer);
    for (slot, events) in [(Slot::Sent, sent), (Slot::Received, received)] {
        if !events.is_empty() {
            draft.put_place(slot, KEY, Place::Text(Cow::Owned(Json::Array(events).to_string())));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{content, sample::span_of};
    use serde_json::json;
    use vedette_model::Direction;

    /// Version 0.4 and Logfire's older wrappers.
    #[test]
    fn one_list_of_events_is_parted_into_question_and_answer() {
        let message = |role: &str, text: &str| json!({"event.name": format!("gen_ai.{role}.message"), "role": role, "content": text});
        let choice =
            json!({"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "21 C"}});
        for (events, sent, received) in [
            (json!([message("system", "s"), message("user", "hi"), choice]), 2, 1),
            (
                json!([
                    message("user", "hi"),
                    message("assistant", "so"),
                    message("user", "on"),
                    message("assistant", "21")
                ]),
                3,
                1,
            ),
            (json!([message("user", "hi")]), 1, 0),
            (json!([choice]), 0, 1),
            (json!([]), 0, 0),
            (json!({"no": "list"}), 0, 0),
        ] {
            let attributes = json!({"gen_ai.operation.name": "chat", "events": events.to_string()});
            let said = content(&span_of("pydantic-ai", "chat m", attributes), &[]);
            let count = |direction| said.messages.iter().filter(|message| message.direction == direction).count();
            assert_eq!((count(Direction::Input), count(Direction::Output)), (sent, received), "{events}");
        }
    }
}
