use super::{Backwards, message, one_line, plain};
use crate::messages::Place;
use serde_json::{Value as Json, json};
use vedette_model::{Attributes, Direction, Value, limits};

fn shown(sent: &Json, direction: Direction) -> Option<String> {
    let text = if let Json::String(text) = sent { text.clone() } else { sent.to_string() };
    let structured = message(&Place::Value(&Value::from_json(sent.clone())), direction);
    let as_text = message(&Place::Value(&Value::Str(text)), direction);
    assert_eq!(structured, as_text, "structured and as text: {sent}");
    as_text.map(|line| line.to_string())
}

#[test]
fn the_last_message_of_the_user_is_shown() {
    for (sent, line) in [
        (
            json!([{"role": "system", "content": "s"}, {"role": "user", "content": "first"}, {"role": "user", "content": "hi\n  there"}]),
            "hi there",
        ),
        (json!([{"role": "user", "parts": [{"type": "text", "content": "hi"}], "name": null}]), "hi"),
        (
            json!([{"role": "user", "content": "weather?"}, {"role": "assistant", "tool_calls": [{"id": "c"}]}, {"role": "tool", "content": "21"}]),
            "weather?",
        ),
        (
            json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "what is this"}]}]),
            "what is this",
        ),
        (json!([{"role": "user", "content": [{"text": "converse"}]}]), "converse"),
        (json!({"model": "m", "messages": [{"role": "user", "content": "in a body"}]}), "in a body"),
        (json!({"input": "plain"}), "plain"),
        (json!({"contents": [{"role": "user", "parts": [{"text": "gemini"}]}]}), "gemini"),
        (json!([{"role": "system", "content": "only a system prompt"}]), "only a system prompt"),
        (json!([{"role": "user", "content": "quote \" and \\ and ] and é 😀"}]), "quote \" and \\ and ] and é 😀"),
        (json!("just text"), "just text"),
        (json!({"city": "Paris"}), "{\"city\":\"Paris\"}"),
        // What is only a tool's answer in the user's name is not what the user said.
        (
            json!([{"role": "user", "content": "weather?"}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "21"}]}]),
            "weather?",
        ),
        (
            json!([{"role": "user", "parts": [{"text": "weather?"}]}, {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"t": 21}}}]}]),
            "weather?",
        ),
        (
            json!([{"role": "user", "parts": [{"type": "tool_call_response", "id": "t", "response": "21"}, {"type": "text", "content": "and now?"}]}]),
            "21 and now?",
        ),
        // LangChain: lists of lists of constructors, and pairs
        (
            json!([[{"lc": 1, "kwargs": {"content": "be brief", "type": "system"}}, {"lc": 1, "kwargs": {"content": "hi", "type": "human"}}, {"lc": 1, "kwargs": {"content": "", "type": "ai"}}]]),
            "hi",
        ),
        (json!({"messages": [["system", "be brief"], ["user", "hi"]]}), "hi"),
        // A Python function's arguments
        (json!({"args": ["weather?"], "kwargs": {}}), "weather?"),
        (json!({"args": [[{"role": "user", "content": "hi"}]], "kwargs": {}}), "hi"),
        (json!({"args": [], "kwargs": {"city": "Paris"}}), "{\"city\":\"Paris\"}"),
    ] {
        assert_eq!(shown(&sent, Direction::Input).as_deref(), Some(line), "{sent}");
    }
    for nothing in [json!(""), json!("  \n ")] {
        assert_eq!(shown(&nothing, Direction::Input), None);
    }
}

#[test]
fn the_answer_or_the_call_for_a_tool_is_shown() {
    for (sent, line) in [
        (
            json!([{"role": "assistant", "parts": [{"type": "text", "content": "It is 21 C."}], "finish_reason": "stop"}]),
            "It is 21 C.",
        ),
        (
            json!([{"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "21 C"}]}]),
            "21 C",
        ),
        (
            json!([{"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": 1}}]}]),
            "f {\"a\":1}",
        ),
        (
            json!({"id": "chatcmpl-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "21 C"}}]}),
            "21 C",
        ),
        (
            json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": "{\"a\":1}"}}]}}]}),
            "f {\"a\":1}",
        ),
        (json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "21 C"}]}}]}), "21 C"),
        (json!({"role": "assistant", "content": [{"type": "text", "text": "21 C"}]}), "21 C"),
        (json!({"output": [{"type": "message", "content": [{"type": "output_text", "text": "21 C"}]}]}), "21 C"),
        (
            json!({"generations": [[{"text": "", "message": {"lc": 1, "id": ["AIMessage"], "kwargs": {"content": "21 C", "type": "ai"}}}]]}),
            "21 C",
        ),
        // An agent's whole turn: its answer is what it said after the last tool.
        (
            json!([{"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": {}}]}, {"role": "tool", "content": "21"}, {"role": "assistant", "content": "21 C"}]),
            "21 C",
        ),
        (json!({"content": {"parts": [{"function_call": {"name": "f", "args": {"a": 1}}}]}}), "f {\"a\":1}"),
    ] {
        assert_eq!(shown(&sent, Direction::Output).as_deref(), Some(line), "{sent}");
    }
}

#[test]
fn flattened_messages_and_plain_values_are_shown() {
    let attributes: Attributes = [
        ("m.0.message.role", "user"),
        ("m.0.message.content", "first"),
        ("m.10.message.role", "user"),
        ("m.10.message.content", "last"),
        ("m.11.message.role", "tool"),
        ("m.11.message.content", "21"),
        ("o.0.message.role", "assistant"),
        ("o.0.message.tool_calls.0.tool_call.function.name", "f"),
        ("o.0.message.tool_calls.0.tool_call.function.arguments", "{\"a\": 1}"),
    ]
    .into_iter()
    .collect();
    let shown = |prefix, direction| message(&Place::Indexed(&attributes, prefix), direction);
    assert_eq!(shown("m.", Direction::Input).as_deref(), Some("last"));
    assert_eq!(shown("o.", Direction::Output).as_deref(), Some("f {\"a\": 1}"));
    assert_eq!(shown("none.", Direction::Input), None);

    let beside: Attributes = [
        ("a.text", ""),
        ("a.toolCalls", r#"[{"toolCallId": "c", "toolName": "f", "input": {"a": 1}}]"#),
        ("b.text", "Let me look."),
        ("b.toolCalls", "[]"),
    ]
    .into_iter()
    .collect();
    let shown = |prefix| message(&Place::Object(&beside, prefix), Direction::Output);
    assert_eq!(shown("a.").as_deref(), Some("f {\"a\": 1}"));
    assert_eq!(shown("b.").as_deref(), Some("Let me look."));

    for (state, direction, line) in [
        (
            r#"{"messages": [{"type": "human", "content": "hi"}, {"type": "ai", "content": "21 C"}]}"#,
            Direction::Input,
            Some("hi"),
        ),
        (
            r#"{"messages": [{"type": "human", "content": "hi"}, {"type": "ai", "content": "21 C"}]}"#,
            Direction::Output,
            Some("21 C"),
        ),
        (r#"{"output":"21 C"}"#, Direction::Output, Some("21 C")),
        (r#"{"args": ["Paris"], "kwargs": {}}"#, Direction::Input, Some("Paris")),
        (r#"{"args": [], "kwargs": {}}"#, Direction::Input, None),
        (r#"{"city": "Paris"}"#, Direction::Input, Some(r#"{"city": "Paris"}"#)),
        ("null", Direction::Input, None),
    ] {
        assert_eq!(plain(&Place::Value(&Value::from(state)), direction).as_deref(), line, "{state}");
    }

    let quoted = Value::from("\"It is\\n21 C \\u00e9\\ud83d\\ude00 \\\"now\\\"\"");
    assert_eq!(plain(&Place::Value(&quoted), Direction::Output).as_deref(), Some("It is 21 C é😀 \"now\""));
    assert_eq!(plain(&Place::Value(&Value::Int(7)), Direction::Output).as_deref(), Some("7"));
}

#[test]
fn a_line_is_bounded_and_one_line() {
    let long = "wörd\t\n ".repeat(1_000);
    let line = one_line(&long).expect("not empty");
    assert_eq!(line.chars().count(), limits::PREVIEW_CHARS);
    assert!(line.starts_with("wörd wörd") && !line.contains(['\n', '\t']));
    let history: Vec<Json> =
        (0..5_000).map(|n| json!({"role": "user", "content": format!("turn {n} {long}")})).collect();
    let line = shown(&Json::Array(history), Direction::Input).expect("not empty");
    assert!(line.starts_with("turn 4999 wörd"));
}

#[test]
fn elements_come_from_the_end_whatever_the_strings_hold() {
    for list in [
        json!([]),
        json!([1, "two", {"three": [3, "]", "}", ","]}, null]),
        json!(["\"", "\\", "\\\"", "a,b", "[", "{\"x\": \"\\\\\"}"]),
        json!([[["deep"], {"a": {"b": "c,\"d"}}]]),
    ] {
        for text in [list.to_string(), serde_json::to_string_pretty(&list).expect("prints")] {
            let mut backwards: Vec<Json> =
                Backwards::of(&text).map(|element| serde_json::from_str(element).expect(element)).collect();
            backwards.reverse();
            assert_eq!(Json::Array(backwards), list, "{text}");
        }
    }
    for broken in ["[", "]", "[\"", "[}]", "[,]", "[1,", "[\\\"]", ""] {
        let _ = Backwards::of(broken).count();
    }
}

#[test]
fn however_deep_it_is_the_line_comes_back() {
    for (open, close) in [
        ("[", "]"),
        ("{\"content\":", "}"),
        ("{\"kwargs\":", "}"),
        ("{\"args\":[", "],\"kwargs\":{}}"),
        ("{\"messages\":[", "]}"),
    ] {
        let deep = open.repeat(20_000) + "\"x\"" + &close.repeat(20_000);
        for direction in [Direction::Input, Direction::Output] {
            let line = message(&Place::Text(deep.as_str().into()), direction).unwrap();
            assert!(line.chars().count() <= limits::PREVIEW_CHARS, "{open}");
        }
    }
}
