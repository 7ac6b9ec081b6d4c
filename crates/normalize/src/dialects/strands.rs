//! Strands Agents: gen_ai names on spans, and what was said in span events, as the conventions before
//! 1.37 had it (`gen_ai.user.message`, `gen_ai.choice`), in Bedrock's shape. Others that put messages
//! into span events are read here too (Azure AI Inference, Semantic Kernel).

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::Place;
use crate::signs::{Family, Signs};
use vedette_model::{Attributes, Kind, RawSpan, Value};

pub const DIALECT: Dialect =
    Dialect { name: "strands", applies: |signs| signs.has(Family::GenAi) && !signs.is_log, fill };

const SCOPE: &str = "strands.telemetry.tracer";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if signs.scope != SCOPE {
        return None;
    }
    const KEY: &str = "gen_ai.operation.name";
    matches!(raw.attributes.str(KEY)?, "invoke_swarm" | "invoke_graph").then_some((Kind::Workflow, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if raw.scope.name == SCOPE {
        const FIRST_TOKEN: &str = "gen_ai.server.time_to_first_token";
        if let Some(millis) = raw.attributes.get(FIRST_TOKEN).and_then(Value::as_f64) {
            draft.first_token_ns(FIRST_TOKEN, (millis * 1e6) as i64);
        }
        if raw.attributes.str("gen_ai.operation.name") == Some("execute_event_loop_cycle") {
            draft.noise("a cycle repeats what its call and tools say");
        }
        draft.tags("tags");
        draft.place(Slot::System, &["system_prompt"]);
    }
    if raw.events.iter().any(|event| event.name.starts_with("gen_ai.")) {
        said_in_events(raw, draft);
    }
}

fn said_in_events<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for event in &raw.events {
        let attributes = &event.attributes;
        let role = match event.name.as_str() {
            "gen_ai.system.message" => "system",
            "gen_ai.user.message" => "user",
            "gen_ai.assistant.message" => "assistant",
            "gen_ai.tool.message" => "tool",
            "gen_ai.choice" => {
                if let Some(reason) = attributes.str("finish_reason") {
                    draft.put_text(Text::FinishReason, "event gen_ai.choice finish_reason", reason);
                }
                received
                    .extend(body(attributes, &["message", "content"]).map(|body| Place::Message("assistant", body)));
                continue;
            }
            // The current shape: a whole operation in one event.
            "gen_ai.client.inference.operation.details" => {
                draft.place_from(Slot::System, attributes, &["gen_ai.system_instructions"]);
                draft.place_from(Slot::Sent, attributes, &["gen_ai.input.messages"]);
                draft.place_from(Slot::Received, attributes, &["gen_ai.output.messages"]);
                continue;
            }
            "gen_ai.content.prompt" => {
                draft.place_from(Slot::Sent, attributes, &["gen_ai.prompt"]);
                continue;
            }
            "gen_ai.content.completion" => {
                draft.place_from(Slot::Received, attributes, &["gen_ai.completion"]);
                continue;
            }
            _ => continue,
        };
        sent.extend(body(attributes, &["content", "message"]).map(|body| Place::Message(role, body)));
    }
    if draft.kind() == Kind::Tool {
        // The arguments went in as the tool's message, the result came out as a choice.
        let last = |places: Vec<Place<'a>>| match places.into_iter().next_back() {
            Some(Place::Message(_, body)) => Some(Place::Value(body)),
            _ => None,
        };
        let (arguments, result) = (last(sent), last(received));
        arguments.into_iter().for_each(|place| draft.put_place(Slot::Input, "event gen_ai.tool.message", place));
        result.into_iter().for_each(|place| draft.put_place(Slot::Output, "event gen_ai.choice", place));
        return;
    }
    if !sent.is_empty() {
        draft.put_place(Slot::Sent, "events gen_ai.*.message", Place::Many(sent));
    }
    if !received.is_empty() {
        draft.put_place(Slot::Received, "event gen_ai.choice", Place::Many(received));
    }
}

/// What the event holds, or Azure's JSON of it all.
fn body<'a>(attributes: &'a Attributes, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().chain(&["gen_ai.event.content"]).find_map(|key| attributes.get(key))
}
