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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, content, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Attributes, Direction, Kind, RawEvent};

    fn event(name: &str, attributes: &[(&str, &str)]) -> RawEvent {
        let attributes: Attributes = attributes.iter().map(|(key, value)| (*key, *value)).collect();
        RawEvent { name: name.into(), attributes, ..RawEvent::default() }
    }

    #[test]
    fn messages_in_events_are_read_in_every_spelling() {
        for (scope, events) in [
            (
                "strands.telemetry.tracer",
                vec![
                    event("gen_ai.user.message", &[("content", r#"[{"text": "hi"}]"#)]),
                    event("gen_ai.choice", &[("message", r#"[{"text": "21 C"}]"#), ("finish_reason", "end_turn")]),
                ],
            ),
            (
                "azure.ai.inference",
                vec![
                    event("gen_ai.user.message", &[("gen_ai.event.content", r#"{"role": "user", "content": "hi"}"#)]),
                    event(
                        "gen_ai.choice",
                        &[("gen_ai.event.content", r#"{"message": {"content": "21 C"}, "finish_reason": "stop"}"#)],
                    ),
                ],
            ),
            (
                "old",
                vec![
                    event("gen_ai.content.prompt", &[("gen_ai.prompt", r#"[{"role": "user", "content": "hi"}]"#)]),
                    event(
                        "gen_ai.content.completion",
                        &[("gen_ai.completion", r#"[{"role": "assistant", "content": "21 C"}]"#)],
                    ),
                ],
            ),
            (
                "new",
                vec![event(
                    "gen_ai.client.inference.operation.details",
                    &[
                        (
                            "gen_ai.input.messages",
                            r#"[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]"#,
                        ),
                        (
                            "gen_ai.output.messages",
                            r#"[{"role": "assistant", "parts": [{"type": "text", "content": "21 C"}]}]"#,
                        ),
                    ],
                )],
            ),
        ] {
            let mut raw = span_of(scope, "chat", json!({"gen_ai.operation.name": "chat"}));
            raw.events = events;
            let said: Vec<(Direction, String)> = content(&raw, &[])
                .messages
                .iter()
                .map(|m| (m.direction, format!("{} {}", m.role, m.parts.len())))
                .collect();
            let expected = [(Direction::Input, "user 1".to_owned()), (Direction::Output, "assistant 1".to_owned())];
            assert_eq!(said, expected, "{scope}");
            let span = normalize(&raw, &Prices::bundled());
            assert_eq!(
                (span.input_preview.as_deref(), span.output_preview.as_deref()),
                (Some("hi"), Some("21 C")),
                "{scope}"
            );
        }
    }

    #[test]
    fn swarms_and_graphs_are_workflows() {
        for operation in ["invoke_swarm", "invoke_graph"] {
            let raw = span_of("strands.telemetry.tracer", operation, json!({"gen_ai.operation.name": operation}));
            assert_eq!(normalize(&raw, &Prices::bundled()).kind, Kind::Workflow);
        }
    }
}
