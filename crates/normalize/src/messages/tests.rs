use super::{Place, finish_reason, response_id, unwrapped};
use serde_json::{Value as Json, json};
use vedette_model::{Attributes, Direction, Message, Part, Value};

/// Messages on one line each: `role[finish]: part | part`.
fn lines(messages: &[Message]) -> String {
    let part = |part: &Part| match part {
        Part::Text { text } => format!("{text:?}"),
        Part::ToolCall { id, name, arguments } => format!("call {} {name}{arguments}", id.as_deref().unwrap_or("-")),
        Part::ToolCallResponse { id, result, .. } => format!("result {} {result}", id.as_deref().unwrap_or("-")),
        Part::Reasoning { text } => format!("thinks {text:?}"),
        Part::Image { media_type, url, data } => format!("image {media_type:?} {url:?} {data:?}"),
        Part::Other { value } => format!("other {value}"),
    };
    let line = |message: &Message| {
        let finish = message.finish_reason.as_deref().map(|reason| format!("[{reason}]")).unwrap_or_default();
        let parts: Vec<String> = message.parts.iter().map(part).collect();
        format!("{}{finish}: {}", message.role, parts.join(" | "))
    };
    messages.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(direction: Direction, sent: Json, read: &str) {
    let structured = Value::from_json(sent.clone());
    assert_eq!(lines(&Place::Value(&structured).messages(direction)), read, "structured {sent}");
    if sent.is_array() || sent.is_object() {
        let text = Value::Str(sent.to_string());
        assert_eq!(lines(&Place::Value(&text).messages(direction)), read, "as JSON text {sent}");
    }
}

#[test]
fn every_shape_of_a_request_gives_the_same_messages() {
    let input = |sent: Json, read: &str| check(Direction::Input, sent, read);
    // LiveKit
    input(
        json!({"items": [{"id": "i", "type": "message", "role": "user", "content": ["hi"]},
            {"id": "j", "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]}),
        "user: \"hi\"\nassistant: call c f{}",
    );
    // OTel GenAI
    input(
        json!([{"role": "assistant", "parts": [
            {"type": "server_tool_call", "id": "c", "name": "search", "server_tool_call": {"query": "x"}},
            {"type": "server_tool_call_response", "id": "c", "server_tool_call_response": {"found": 1}}]}]),
        "assistant: call c search{\"query\":\"x\"} | result c {\"found\":1}",
    );
    input(
        json!([{"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
               {"role": "user", "parts": [{"type": "text", "content": "hi"}], "name": null}]),
        "system: \"Be brief.\"\nuser: \"hi\"",
    );
    // OpenAI messages, content string and list
    input(
        json!([{"role": "user", "content": "hi"},
               {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}}]},
               {"role": "tool", "tool_call_id": "c1", "content": "{\"t\": 21}"},
               {"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]),
        "user: \"hi\"\nassistant: call c1 f{\"a\":1}\ntool: result c1 {\"t\":21}\nuser: \"see\" | image Some(\"image/png\") None Some(\"AAAA\")",
    );
    input(
        json!([{"role": "assistant", "parts": [{"type": "text", "content": ""}, {"type": "tool_call", "id": "c1", "name": "f", "arguments": {}}]}]),
        "assistant: call c1 f{}",
    );
    // Request bodies: chat, Responses, Anthropic, Gemini
    input(json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}), "user: \"hi\"");
    input(
        json!({"input": [{"role": "user", "content": "hi"}, {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"},
               {"type": "function_call_output", "id": "fco_1", "call_id": "c", "output": "21C"}], "instructions": "Be brief."}),
        "system: \"Be brief.\"\nuser: \"hi\"\nassistant: call c f{}\ntool: result c \"21C\"",
    );
    input(json!({"input": "hello", "stream": true}), "user: \"hello\"");
    input(
        json!({"system": "Be brief.", "messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "21"}]}]}),
        "system: \"Be brief.\"\nuser: result t \"21\"",
    );
    input(
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}, {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]}]}),
        "user: \"hi\"\nassistant: call - f{\"a\":1}",
    );
    // Converse blocks
    input(
        json!([{"role": "user", "content": [{"text": "hi"}]},
               {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}]},
               {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "21"}]}}]}]),
        "user: \"hi\"\nassistant: call t f{\"a\":1}\nuser: result t \"21\"",
    );
    // Vercel
    input(
        json!([{"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "t", "toolName": "f", "input": {"a": 1}}]},
               {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "t", "toolName": "f", "output": {"type": "text", "value": "21"}}]}]),
        "assistant: call t f{\"a\":1}\ntool: result t \"21\"",
    );
    // LangChain constructors, lists in lists, pairs
    input(
        json!({"messages": [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "hi", "type": "human"}}]]}),
        "user: \"hi\"",
    );
    input(json!({"messages": [["system", "be brief"], ["human", "hi"]]}), "system: \"be brief\"\nuser: \"hi\"");
    // A Python function's arguments, ADK's request
    input(json!({"args": [[{"role": "user", "content": "hi"}]], "kwargs": {}}), "user: \"hi\"");
    input(
        json!({"model": "m", "config": {"system_instruction": "be brief"}, "contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        "system: \"be brief\"\nuser: \"hi\"",
    );
    // Parts without a message, JSON inside a string, plain text, nothing
    input(json!([{"type": "text", "content": "Be brief."}]), "user: \"Be brief.\"");
    input(json!("hello"), "user: \"hello\"");
    input(json!([]), "");
    input(json!(null), "");
    input(json!({"some": "thing"}), "");
}

#[test]
fn every_shape_of_a_response_gives_the_same_messages() {
    let output = |sent: Json, read: &str| check(Direction::Output, sent, read);
    output(
        json!({"text": "Let me look.", "reasoning": "hm", "toolCalls": "[{\"toolCallId\": \"c\", \"toolName\": \"f\", \"input\": \"{}\"}]", "finishReason": "tool-calls"}),
        "assistant[tool_calls]: thinks \"hm\" | \"Let me look.\" | call c f{}",
    );
    output(
        json!({"id": "resp_1", "object": "response", "reasoning": {"effort": null}, "text": {"format": {}}, "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "21 C"}]}]}),
        "assistant: \"21 C\"",
    );
    output(
        json!([{"role": "assistant", "parts": [{"type": "reasoning", "content": "[{\"text\": \"hm\", \"type\": \"summary_text\"}]"},
               {"type": "tool_call", "id": "c", "name": "f", "arguments": "{\"a\": 1}"}], "finish_reason": "tool_call"}]),
        "assistant[tool_calls]: thinks \"hm\" | call c f{\"a\":1}",
    );
    output(
        json!({"id": "chatcmpl-1", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "21 C"}}]}),
        "assistant[stop]: \"21 C\"",
    );
    output(
        json!({"id": "resp_1", "output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
               {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "21 C"}]}]}),
        "assistant: thinks \"hm\"\nassistant: \"21 C\"",
    );
    output(
        json!({"role": "assistant", "type": "message", "stop_reason": "end_turn", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "21 C"}]}),
        "assistant[stop]: thinks \"hm\" | \"21 C\"",
    );
    output(
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "21 C"}]}, "finishReason": "STOP"}]}),
        "assistant[stop]: \"21 C\"",
    );
    output(
        json!({"output": {"message": {"role": "assistant", "content": [{"text": "21 C"}]}}, "stopReason": "end_turn"}),
        "assistant[stop]: \"21 C\"",
    );
    output(
        json!({"generations": [[{"text": "21 C", "message": {"lc": 1, "id": ["x", "AIMessage"], "kwargs": {"content": "21 C"}}}]]}),
        "assistant: \"21 C\"",
    );
    output(json!("It is 21 C."), "assistant: \"It is 21 C.\"");
}

#[test]
fn flattened_keys_are_folded_back_in_the_order_of_their_numbers() {
    let flat = |pairs: &[(&str, &str)]| -> Attributes { pairs.iter().map(|(key, value)| (*key, *value)).collect() };
    let mut many = vec![("m.10.message.role", "user"), ("m.10.message.content", "eleventh")];
    many.extend([("m.2.message.role", "tool"), ("m.2.message.content", "21"), ("m.2.message.tool_call_id", "c")]);
    many.extend([
        ("m.1.message.role", "assistant"),
        ("m.1.message.tool_calls.0.tool_call.id", "c"),
        ("m.1.message.tool_calls.0.tool_call.function.name", "f"),
        ("m.1.message.tool_calls.0.tool_call.function.arguments", "{\"a\": 1}"),
        ("m.0.message.role", "user"),
        ("m.0.message.contents.0.message_content.type", "text"),
        ("m.0.message.contents.0.message_content.text", "hi"),
        ("m.0.message.contents.1.message_content.type", "image"),
        ("m.0.message.contents.1.message_content.image.image.url", "https://a/b.png"),
    ]);
    let attributes = flat(&many);
    assert_eq!(
        lines(&Place::Indexed(&attributes, "m.").messages(Direction::Input)),
        "user: \"hi\" | image None Some(\"https://a/b.png\") None\nassistant: call c f{\"a\":1}\ntool: result c \"21\"\nuser: \"eleventh\""
    );
    // A call among the contents as well as beside them; and where there is none, one of nulls.
    let twice = flat(&[
        ("m.0.message.role", "assistant"),
        ("m.0.message.contents.0.message_content.type", "text"),
        ("m.0.message.contents.0.message_content.text", "Let me look."),
        ("m.0.message.contents.1.message_content.type", "tool_use"),
        ("m.0.message.contents.1.tool_call.id", "c"),
        ("m.0.message.contents.1.tool_call.function.name", "f"),
        ("m.0.message.contents.1.tool_call.function.arguments", "{}"),
        ("m.0.message.tool_calls.0.tool_call.id", "c"),
        ("m.0.message.tool_calls.0.tool_call.function.name", "f"),
        ("m.0.message.tool_calls.0.tool_call.function.arguments", "{}"),
    ]);
    assert_eq!(
        lines(&Place::Indexed(&twice, "m.").messages(Direction::Output)),
        "assistant: \"Let me look.\" | call c f{}"
    );
    let mut none = flat(&[("m.0.message.role", "user"), ("m.0.message.content", "hi")]);
    for key in ["id", "function.name", "function.arguments"] {
        none.set(&format!("m.0.message.tool_calls.0.tool_call.{key}"), Value::Null);
    }
    assert_eq!(lines(&Place::Indexed(&none, "m.").messages(Direction::Input)), "user: \"hi\"");
    let traceloop = flat(&[
        ("gen_ai.completion.0.role", "thinking"),
        ("gen_ai.completion.0.content", "hm"),
        ("gen_ai.completion.1.role", "assistant"),
        ("gen_ai.completion.1.finish_reason", "tool_calls"),
        ("gen_ai.completion.1.tool_calls.0.name", "f"),
        ("gen_ai.completion.1.tool_calls.0.id", "c"),
        ("gen_ai.completion.1.tool_calls.0.arguments", "{}"),
    ]);
    assert_eq!(
        lines(&Place::Indexed(&traceloop, "gen_ai.completion.").messages(Direction::Output)),
        "assistant: thinks \"hm\"\nassistant[tool_calls]: call c f{}"
    );
    // AutoGen's results stand beside their message, each as JSON.
    let autogen = flat(&[
        ("m.0.message.role", "function"),
        ("m.0.function.0", r#"{"name": "f", "content": "21", "call_id": "c", "is_error": false}"#),
        ("m.0.function.1", r#"{"name": "g", "content": "22", "call_id": "d", "is_error": false}"#),
    ]);
    assert_eq!(
        lines(&Place::Indexed(&autogen, "m.").messages(Direction::Input)),
        "tool: result c \"21\" | result d \"22\""
    );
    let completion = flat(&[("m.0.completion.text", "21 C")]);
    assert_eq!(lines(&Place::Indexed(&completion, "m.").messages(Direction::Output)), "assistant: \"21 C\"");
    // A key that is a value and a prefix at once, a number too large, an empty path: no panic, no loss of the rest.
    let odd =
        flat(&[("m.", "x"), ("m.0", "y"), ("m.0.role", "user"), ("m.0.content", "hi"), ("m.99999999999.role", "z")]);
    let _ = Place::Indexed(&odd, "m.").messages(Direction::Input);
}

#[test]
fn one_message_of_a_known_role_may_be_a_message_or_its_content() {
    for (body, read) in [
        (json!({"content": "hi"}), "user: \"hi\""),
        (json!("hi"), "user: \"hi\""),
        (json!([{"text": "hi"}]), "user: \"hi\""),
        (json!({"index": 0, "finish_reason": "stop", "message": {"content": "hi"}}), "user[stop]: \"hi\""),
    ] {
        let body = Value::from_json(body);
        assert_eq!(lines(&Place::Message("user", &body).messages(Direction::Input)), read);
    }
}

#[test]
fn reasons_to_stop_have_one_spelling() {
    for (sent, is) in [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("[\"stop\"]", "stop"),
        ("end_turn", "stop"),
        ("FinishReason.STOP", "stop"),
        ("completed", "stop"),
        ("tool-calls", "tool_calls"),
        ("[\"tool_calls\"]", "tool_calls"),
        ("tool_use", "tool_calls"),
        ("TOOL_CALL", "tool_calls"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("eos_token", "stop"),
        ("SAFETY", "content_filter"),
        ("content_filtered", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("ERROR_TOXIC", "content_filter"),
        ("UNEXPECTED_TOOL_CALL", "error"),
        ("pause_turn", "pause_turn"),
        ("Odd_One", "odd_one"),
        ("", ""),
    ] {
        assert_eq!(finish_reason(sent), is, "{sent}");
    }
}

#[test]
fn the_outermost_response_id_is_found() {
    for (body, id) in [
        (r#"{"id":"chatcmpl-1","choices":[]}"#, Some("chatcmpl-1")),
        (r#"{"choices": [{"message": {"id": "call_1"}}], "id": "chatcmpl-2"}"#, Some("chatcmpl-2")),
        (r#"{"output":[{"id":"msg_1"}],"id":"resp_1"}"#, Some("resp_1")),
        (r#"{"id": "msg_1", "type": "message"}"#, Some("msg_1")),
        (r#"{"id": 7, "x": {"id": "run-1"}}"#, None),
        (r#"{"id""#, None),
        ("plain", None),
    ] {
        assert_eq!(response_id(body), id, "{body}");
    }
}

#[test]
fn langchain_envelopes_are_taken_off() {
    for (sent, is) in [
        (json!({"input_str": "{'city': 'Paris'}", "tags": [], "metadata": {}}), json!({"city": "Paris"})),
        (json!({"inputs": {"q": 1}, "tags": [], "metadata": {}, "kwargs": {}}), json!({"q": 1})),
        (json!({"output": {"lc": 1, "id": ["ToolMessage"], "kwargs": {"content": "21C"}}, "kwargs": {}}), json!("21C")),
        (json!({"inputs": 1, "mine": 2}), json!({"inputs": 1, "mine": 2})),
    ] {
        assert_eq!(unwrapped(sent), is);
    }
}
