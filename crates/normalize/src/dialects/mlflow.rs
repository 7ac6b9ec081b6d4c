//! MLflow tracing exported as OTLP: every value is JSON text, strings with their quotes, and inputs and
//! outputs are the provider's whole bodies.

use crate::Dialect;
use crate::draft::{Count, Draft, Slot, Text};
use crate::kind::Hint;
use crate::messages::response_id;
use crate::quoted::{body_model, body_usage, leaves_cache_out, unquoted};
use crate::signs::{Family, Signs};
use vedette_model::{Kind, RawSpan, Status, Value};

pub const DIALECT: Dialect = Dialect { name: "mlflow", applies: |signs| signs.has(Family::MlFlow), fill };

const OUTPUTS: &str = "mlflow.spanOutputs";

pub fn kind(raw: &RawSpan, signs: &Signs) -> Option<Hint> {
    if !signs.has(Family::MlFlow) {
        return None;
    }
    const KEY: &str = "mlflow.spanType";
    let kind = match &*unquoted(raw.attributes.str(KEY)?) {
        "LLM" | "CHAT_MODEL" => Kind::Llm,
        "EMBEDDING" => Kind::Embedding,
        "AGENT" => Kind::Agent,
        "TOOL" => Kind::Tool,
        "RETRIEVER" => Kind::Retriever,
        "RERANKER" => Kind::Reranker,
        "CHAIN" | "WORKFLOW" | "TASK" => Kind::Workflow,
        "GUARDRAIL" => Kind::Guardrail,
        "EVALUATOR" => Kind::Evaluator,
        "PARSER" | "MEMORY" => Kind::Custom,
        _ => return None,
    };
    Some((kind, KEY))
}

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    draft.quoted_text(Text::Model, &["mlflow.llm.model"]);
    draft.quoted_text(Text::RequestModel, &["model"]);
    draft.quoted_text(Text::Provider, &["mlflow.llm.provider"]);
    draft.quoted_text(Text::Session, &["mlflow.trace.session"]);
    draft.quoted_text(Text::User, &["mlflow.trace.user"]);
    draft.quoted_metadata("mlflow.traceTag.");
    draft.usage_attribute("mlflow.chat.tokenUsage");
    draft.cost_attribute("mlflow.llm.cost");
    if let Some(event) = raw.events.iter().find(|event| event.name.starts_with("mlflow.chunk.item.")) {
        draft.first_token_at("event mlflow.chunk.item.", event.time);
    }
    const LEVEL: &str = "mlflow.spanLogLevel";
    if raw.attributes.get(LEVEL).and_then(Value::as_i64).is_some_and(|level| level >= 40) {
        draft.status(LEVEL, Status::Failed);
    }
    let kind = draft.kind();
    match kind {
        Kind::Llm => {
            draft.place(Slot::Sent, &["mlflow.spanInputs"]);
            draft.place(Slot::Received, &[OUTPUTS]);
            draft.place(Slot::Tools, &["mlflow.chat.tools"]);
        }
        _ => {
            if kind == Kind::Tool {
                draft.put_text(Text::Tool, "span name", raw.name.as_str());
            }
            if kind == Kind::Retriever {
                draft.place(Slot::Documents, &[OUTPUTS]);
            }
            draft.place(Slot::Input, &["mlflow.spanInputs"]);
            draft.place(Slot::Output, &[OUTPUTS]);
        }
    }
    if kind.is_model_call()
        && let Some(body) = raw.attributes.str(OUTPUTS)
    {
        if let Some(id) = response_id(body) {
            draft.put_text(Text::ResponseId, "mlflow.spanOutputs: id", id);
        }
        // Before it counted the cache in, only the answer has it.
        if let Some(usage) = body_usage(body)
            && (draft.get_count(Count::Input).is_none() || leaves_cache_out(&usage))
        {
            draft.usage_object(OUTPUTS, &usage);
        }
        if !draft.has_text(Text::Model)
            && !draft.has_text(Text::RequestModel)
            && let Some(model) = body_model(body)
        {
            draft.put_text(Text::Model, "mlflow.spanOutputs: model", model);
        }
    }
}
