//! Genkit: what an action is stands in `genkit:metadata:subtype`, its input and output as JSON beside it.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::quoted::body_usage;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status};

pub const DIALECT: Dialect = Dialect { name: "genkit", applies: |signs| signs.has(Family::Genkit), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::Genkit) {
        return None;
    }
    const KEY: &str = "genkit:metadata:subtype";
    let kind = match raw.attributes.str(KEY)?.split('.').next().unwrap_or_default() {
        "model" | "background-model" => Kind::Llm,
        "embedder" => Kind::Embedding,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "flow" => Kind::Workflow,
        "retriever" => Kind::Retriever,
        "reranker" => Kind::Reranker,
        "evaluator" => Kind::Evaluator,
        _ => Kind::Custom,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const OUTPUT: &str = "genkit:output";
    let kind = draft.kind();
    draft.text(Text::Session, &["genkit:sessionId", "genkit:metadata:sessionId"]);
    match kind {
        Kind::Tool => draft.text(Text::Tool, &["genkit:name"]),
        Kind::Agent => draft.text(Text::Agent, &["genkit:name"]),
        Kind::Workflow => draft.text(Text::Workflow, &["genkit:name"]),
        Kind::Llm | Kind::Embedding => draft.text(Text::RequestModel, &["genkit:name"]),
        _ => {}
    }
    if raw.attributes.str("genkit:state") == Some("error") {
        draft.status("genkit:state", Status::Failed);
    }
    if kind == Kind::Llm {
        draft.place(Slot::Sent, &["genkit:input"]);
        draft.place(Slot::Received, &[OUTPUT]);
        if let Some(usage) = raw.attributes.str(OUTPUT).and_then(body_usage) {
            draft.usage_object(OUTPUT, &usage);
        }
    } else {
        draft.place(Slot::Input, &["genkit:input"]);
        if kind != Kind::Embedding {
            draft.place(Slot::Output, &[OUTPUT]);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, content, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{Direction, Kind, Part, Status};

    #[test]
    fn an_action_is_what_its_subtype_says() {
        for (subtype, kind) in [
            ("flow", Kind::Workflow),
            ("model", Kind::Llm),
            ("tool.v2", Kind::Tool),
            ("embedder", Kind::Embedding),
            ("retriever", Kind::Retriever),
            ("prompt", Kind::Custom),
        ] {
            let attributes = json!({"genkit:type": "action", "genkit:metadata:subtype": subtype, "genkit:name": "n"});
            let span = normalize(&span_of("genkit-tracer", "n", attributes), &Prices::bundled());
            assert_eq!(span.kind, kind, "{subtype}");
        }
    }

    #[test]
    fn a_model_s_bodies_tell_tokens_and_messages() {
        let input =
            json!({"messages": [{"role": "user", "content": [{"text": "weather?"}]}], "tools": [{"name": "f"}]});
        let output = json!({
            "message": {"role": "model", "content": [
                {"reasoning": "hm"}, {"text": "Let me look."}, {"toolRequest": {"name": "f", "ref": "r", "input": {"a": 1}}},
            ]},
            "finishReason": "stop",
            "usage": {"inputTokens": 42, "outputTokens": 12, "totalTokens": 57, "thoughtsTokens": 3, "cachedContentTokens": 16},
        });
        let attributes = json!({
            "genkit:metadata:subtype": "model", "genkit:name": "googleai/gemini-2.5-flash", "genkit:sessionId": "s",
            "genkit:input": input.to_string(), "genkit:output": output.to_string(), "genkit:state": "error",
        });
        let raw = span_of("genkit-tracer", "googleai/gemini-2.5-flash", attributes);
        let span = normalize(&raw, &Prices::bundled());
        let usage = span.usage.unwrap();
        assert_eq!([usage.input, usage.output, usage.cache_read, usage.reasoning], [42, 15, 16, 3].map(Some));
        assert_eq!((span.status, span.model.as_deref()), (Status::Failed, Some("googleai/gemini-2.5-flash")));
        let said = content(&raw, &[]);
        assert_eq!(said.tools, [json!({"name": "f"})]);
        let answer = said.messages.iter().find(|message| message.direction == Direction::Output).unwrap();
        let call = Part::ToolCall { id: Some("r".into()), name: "f".into(), arguments: json!({"a": 1}) };
        assert_eq!((answer.role.as_str(), answer.finish_reason.as_deref()), ("assistant", Some("stop")));
        assert_eq!(
            answer.parts,
            [Part::Reasoning { text: "hm".into() }, Part::Text { text: "Let me look.".into() }, call]
        );
    }
}
