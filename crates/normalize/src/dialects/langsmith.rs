//! LangSmith's OTLP exporter: `langsmith.*` beside gen_ai names, whole LangChain runs as JSON in
//! `gen_ai.prompt` and `gen_ai.completion`, and its environment among the users' metadata.

use crate::Dialect;
use crate::draft::{Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::response_id;
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Value};

pub const DIALECT: Dialect = Dialect { name: "langsmith", applies: |signs| signs.has(Family::LangSmith), fill };

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::LangSmith) {
        return None;
    }
    const KEY: &str = "langsmith.span.kind";
    let kind = match raw.attributes.str(KEY)?.to_ascii_lowercase().as_str() {
        "llm" => Kind::Llm,
        "embedding" => Kind::Embedding,
        "tool" => Kind::Tool,
        "chain" => Kind::Workflow,
        "retriever" => Kind::Retriever,
        "prompt" | "parser" => Kind::Custom,
        _ => return None,
    };
    Some((kind, KEY))
}

const METADATA: &str = "langsmith.metadata.";

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    let attributes = &raw.attributes;
    draft.text(Text::Agent, &["langsmith.metadata.lc_agent_name"]);
    draft.text(
        Text::Session,
        &["langsmith.metadata.session_id", "langsmith.metadata.thread_id", "langsmith.metadata.conversation_id"],
    );
    draft.text(Text::User, &["langsmith.metadata.user_id"]);
    draft.text(Text::RequestModel, &["langsmith.metadata.ls_model_name"]);
    draft.text(Text::Provider, &["langsmith.metadata.ls_provider"]);
    // LangChain's own tags say where in a sequence a run stood.
    if let Some(tags) = attributes.str("langsmith.span.tags") {
        let own = |tag: &&str| !["seq:step:", "graph:step:", "map:key:"].iter().any(|prefix| tag.starts_with(prefix));
        tags.split(", ").filter(own).for_each(|tag| draft.tag("langsmith.span.tags", tag));
    }
    if !draft.kind().is_model_call() {
        let is_environment = |name: &str| name.starts_with("LANGSMITH_") || name.starts_with("LANGCHAIN_");
        for (key, value) in attributes.prefixed(METADATA) {
            let name = key.get(METADATA.len()..).unwrap_or_default();
            if !is_environment(name) {
                draft.metadata(METADATA, name, value);
            }
        }
    }
    if let Some(project) = attributes.get("langsmith.trace.session_name") {
        draft.metadata("langsmith.trace.session_name", "project", project);
    }
    if draft.kind().is_model_call() {
        // The same twice, the second time as a Python repr.
        draft.usage_attribute("langsmith.metadata.usage_metadata");
        draft.usage_attribute("gen_ai.usage.input_token_details");
        draft.usage_attribute("gen_ai.usage.output_token_details");
    }
    if draft.kind() == Kind::Llm {
        draft.place(Slot::Sent, &["gen_ai.prompt"]);
        draft.place(Slot::Received, &["gen_ai.completion"]);
        if !draft.has_text(Text::ResponseId)
            && let Some(id) = attributes.str("gen_ai.completion").and_then(response_id)
        {
            draft.put_text(Text::ResponseId, "gen_ai.completion: id", id);
        }
    } else {
        draft.place(Slot::Input, &["gen_ai.prompt"]);
        draft.place(Slot::Output, &["gen_ai.completion"]);
        if draft.kind() == Kind::Retriever {
            draft.place(Slot::Documents, &["gen_ai.completion"]);
        }
    }
    exception(raw, draft);
}

/// Every exception is called `Exception`; its text is a Python repr with the trace-back right behind:
/// `ValueError('tool exploded')Traceback (most recent call last): ..`.
fn exception<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    const KEY: &str = "event exception exception.message";
    let event = raw.events.iter().rev().find(|event| event.name == "exception");
    let Some(text) = event.and_then(|event| event.attributes.get("exception.message")).and_then(Value::as_str) else {
        return;
    };
    let text = text.split("Traceback (most recent call last)").next().unwrap_or_default().trim();
    let Some((class, said)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else { return };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    if class.is_empty() || !class.chars().all(is_name) {
        return;
    }
    let said = said.trim();
    let quote = said.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let said = quote.and_then(|quote| said.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(said);
    draft.put_text(Text::ErrorKind, KEY, class);
    draft.put_text(Text::ErrorMessage, KEY, said);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::{Prices, normalize, sample::span_of};
    use serde_json::json;
    use vedette_model::{RawEvent, StatusCode};

    #[test]
    fn an_exception_is_read_out_of_its_repr() {
        for (text, kind, message) in [
            ("ValueError('tool exploded')Traceback (most recent call last):\n  File", "ValueError", "tool exploded"),
            ("openai.RateLimitError(\"it's slow\")", "openai.RateLimitError", "it's slow"),
            ("KeyError(3)", "KeyError", "3"),
            ("plain words (and more)", "Exception", "plain words (and more)"),
            ("no brackets", "Exception", "no brackets"),
        ] {
            let mut raw = span_of("langsmith", "s", json!({"langsmith.span.kind": "tool"}));
            raw.status.code = StatusCode::Error;
            raw.events.push(RawEvent {
                name: "exception".into(),
                attributes: [("exception.type", "Exception"), ("exception.message", text)].into_iter().collect(),
                ..RawEvent::default()
            });
            let failure = normalize(&raw, &Prices::bundled()).failure.unwrap();
            assert_eq!((failure.kind.as_deref(), failure.message.as_deref()), (Some(kind), Some(message)));
        }
    }

    #[test]
    fn what_users_attached_is_kept_and_the_environment_is_not() {
        let attributes = json!({
            "langsmith.span.kind": "chain",
            "langsmith.metadata.plan": "pro",
            "langsmith.metadata.LANGSMITH_API_KEY": "secret",
            "langsmith.metadata.langgraph_node": "model",
            "langsmith.metadata.thread_id": "t-1",
            "langsmith.span.tags": "prod, seq:step:1, graph:step:2, weather",
        });
        let facts = normalize(&span_of("langsmith", "s", attributes), &Prices::bundled()).facts.unwrap();
        assert_eq!(facts.metadata.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["plan=pro"]);
        assert_eq!(facts.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["prod", "weather"]);
        assert_eq!(&*facts.session.unwrap().id, "t-1");
    }
}
