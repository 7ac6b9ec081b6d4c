//! What no capture shows: other versions, other providers and other ways to call the captured clients. A row a
//! spelling; only the fields named are compared.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::{Value as Json, json};
use std::sync::Arc;
use vedette_model::{
    Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, Span, SpanKey, Timestamp, Value,
};
use vedette_normalize::{Prices, normalize};

fn span_of(scope: &str, name: &str, attributes: &Json) -> RawSpan {
    let Value::Map(attributes) = Value::from_json(attributes.clone()) else { panic!("an object: {attributes}") };
    RawSpan {
        run: RunKey([1; 16]),
        id: SpanKey([1; 8]),
        parent: None,
        name: name.to_owned(),
        otel_kind: OtelKind::Internal,
        start: Timestamp(0),
        end: Some(Timestamp(1_000_000_000)),
        status: RawStatus::default(),
        attributes: Attributes::new(attributes),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope { name: scope.to_owned(), ..Scope::default() }),
    }
}

fn shown(span: &Span) -> Json {
    let usage = span.usage.unwrap_or_default();
    let facts = span.facts.clone().unwrap_or_default();
    json!({
        "kind": span.kind.as_str(),
        "status": span.status.as_str(),
        "model": span.model,
        "usage": [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning],
        "cost": span.cost.as_ref().map(|cost| cost.amount.to_string()),
        "agent": span.agent,
        "error": span.failure.as_ref().and_then(|failure| failure.message.clone()),
        "session": facts.session.map(|session| session.id),
        "user": facts.user_id,
        "metadata": facts.metadata,
    })
}

fn check(scope: &str, name: &str, rows: &[(Json, Json)]) {
    let prices = Prices::bundled();
    for (attributes, expected) in rows {
        let is = shown(&normalize(&span_of(scope, name, attributes), &prices));
        for (field, expected) in expected.as_object().unwrap() {
            assert_eq!(&is[field], expected, "{field} of {scope} {name} {attributes}");
        }
    }
}

/// Anthropic's own words for 500 tokens of input beside the cache.
fn anthropic() -> Json {
    json!({"input_tokens": 500, "output_tokens": 20, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50})
}

#[test]
fn a_chain_of_openllmetry_is_what_its_operation_says_unless_it_claims_to_be_an_agent() {
    let is = |kind: &str, operation: &str| json!({"traceloop.span.kind": kind, "gen_ai.operation.name": operation});
    check(
        "opentelemetry.instrumentation.langchain",
        "s",
        &[
            (is("task", "invoke_agent"), json!({"kind": "workflow"})),
            (is("workflow", "invoke_agent"), json!({"kind": "workflow"})),
            (is("agent", "invoke_agent"), json!({"kind": "agent"})),
            (is("task", "execute_task"), json!({"kind": "workflow"})),
            (is("task", "execute_tool"), json!({"kind": "tool"})),
            (is("task", "chat"), json!({"kind": "llm"})),
            (is("task", "vector_db_retrieve"), json!({"kind": "retriever"})),
            (is("workflow", "handoff"), json!({"kind": "decision"})),
        ],
    );
}

#[test]
fn litellm_names_operations_by_its_functions() {
    let is = |operation: &str| json!({"gen_ai.operation.name": operation, "gen_ai.request.model": "m"});
    check(
        "litellm",
        "litellm_request",
        &[
            (is("acompletion"), json!({"kind": "llm"})),
            (is("atext_completion"), json!({"kind": "llm"})),
            (is("aresponses"), json!({"kind": "llm"})),
            (is("anthropic_messages"), json!({"kind": "llm"})),
            (is("agenerate_content_stream"), json!({"kind": "llm"})),
            (is("aembedding"), json!({"kind": "embedding"})),
            (is("arerank"), json!({"kind": "reranker"})),
            (is("acreate_file"), json!({"kind": "custom"})),
            (json!({"llm.openai.model": "m"}), json!({"kind": "custom"})),
            (
                json!({"litellm.guardrail.name": "pii", "litellm.guardrail.status": "success"}),
                json!({"kind": "guardrail"}),
            ),
            (
                json!({"gen_ai.operation.name": "chat", "litellm.cost.total": 0.5, "litellm.end_user.id": "u"}),
                json!({"kind": "llm", "cost": "0.5", "user": "u"}),
            ),
        ],
    );
}

#[test]
fn anthropic_s_own_usage_leaves_the_cache_out() {
    let body = json!({"id": "msg_1", "model": "claude-sonnet-4-5", "usage": anthropic()}).to_string();
    let all = json!({"usage": [650, 20, 100, 50, null]});
    let mlflow = |usage: Json| json!({"mlflow.spanType": "\"CHAT_MODEL\"", "mlflow.spanOutputs": body, "mlflow.chat.tokenUsage": usage.to_string()});
    check(
        "mlflow.tracing.provider",
        "Messages.create",
        &[
            (
                json!({"mlflow.spanType": "\"CHAT_MODEL\"", "mlflow.spanOutputs": body}),
                json!({"usage": [650, 20, 100, 50, null], "model": "claude-sonnet-4-5"}),
            ),
            // Its older versions, then its newer.
            (mlflow(json!({"input_tokens": 500, "output_tokens": 20, "total_tokens": 520})), all.clone()),
            (
                mlflow(
                    json!({"input_tokens": 650, "output_tokens": 20, "total_tokens": 670, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50}),
                ),
                all.clone(),
            ),
        ],
    );
    let response = json!({"message": {"role": "assistant", "content": "hi"}, "usage": anthropic()}).to_string();
    check(
        "logfire.anthropic",
        "Message",
        &[
            (json!({"gen_ai.request.model": "m", "logfire.msg": "m", "response_data": response}), all.clone()),
            (
                json!({"gen_ai.request.model": "m", "logfire.msg": "m", "response_data": response, "gen_ai.usage.input_tokens": 650}),
                all.clone(),
            ),
        ],
    );
    let langfuse = |usage: Json| json!({"langfuse.observation.type": "generation", "langfuse.observation.usage_details": usage.to_string()});
    check(
        "langfuse-sdk",
        "s",
        &[
            (langfuse(anthropic()), all.clone()),
            (
                langfuse(json!({"input": 100, "output": 20, "cache_read_input_tokens": 30})),
                json!({"usage": [100, 20, 30, null, null]}),
            ),
        ],
    );
    let vercel = |usage: Json, input: u64| {
        json!({
            "ai.operationId": "ai.generateText.doGenerate", "ai.usage.inputTokens": input, "ai.usage.outputTokens": 20,
            "gen_ai.usage.input_tokens": input, "ai.usage.cachedInputTokens": 100,
            "ai.response.providerMetadata": json!({"anthropic": {"usage": usage, "cacheCreationInputTokens": 50}}).to_string(),
        })
    };
    // Version 5, then 6.
    check("ai", "s", &[(vercel(anthropic(), 500), all.clone()), (vercel(anthropic(), 650), all)]);
}

#[test]
fn details_of_usage_are_found_where_each_version_puts_them() {
    let langfuse = |usage: Json| json!({"langfuse.observation.type": "generation", "langfuse.observation.usage_details": usage.to_string()});
    check(
        "langfuse-sdk",
        "its LangChain handler takes details out of their sides",
        &[
            (
                langfuse(
                    json!({"input": 34, "output": 12, "total": 70, "input_cache_read": 16, "output_reasoning": 8}),
                ),
                json!({"usage": [50, 20, 16, null, 8]}),
            ),
            (
                langfuse(
                    json!({"input": 0, "output": 20, "total": 200, "input_cache_read": 100, "input_cache_creation": 50, "input_ephemeral_5m_input_tokens": 50}),
                ),
                json!({"usage": [180, 20, 100, 50, null]}),
            ),
            (langfuse(json!({"input": 34, "input_cache_read": 16})), json!({"usage": [50, null, 16, null, null]})),
            (langfuse(json!({"input": 50.0, "output": "20"})), json!({"usage": [50, 20, null, null, null]})),
        ],
    );
    check(
        "strands.telemetry.tracer",
        "chat",
        &[(
            json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 42, "gen_ai.usage.output_tokens": 20, "gen_ai.usage.total_tokens": 82,
               "gen_ai.usage.cache_read_input_tokens": 16, "gen_ai.usage.cache_write_input_tokens": 4}),
            json!({"usage": [62, 20, 16, 4, null]}),
        )],
    );
    let pydantic = |read: &str, written: &str, thought: &str| {
        json!({
            "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 180, "gen_ai.usage.output_tokens": 20,
            format!("gen_ai.usage.details.{read}"): 100, format!("gen_ai.usage.details.{written}"): 50,
            format!("gen_ai.usage.details.{thought}"): 8,
        })
    };
    let all = json!({"usage": [180, 20, 100, 50, 8]});
    check(
        "pydantic-ai",
        "chat m",
        &[
            (pydantic("cache_read_tokens", "cache_write_tokens", "reasoning_tokens"), all.clone()),
            (pydantic("cache_read_input_tokens", "cache_creation_input_tokens", "reasoning_tokens"), all.clone()),
            (pydantic("cached_content_tokens", "cache_write_tokens", "thoughts_tokens"), all.clone()),
            (pydantic("cached_tokens", "cache_write_tokens", "reasoning_tokens"), all),
        ],
    );
    let vercel = json!({"openai": {"cachedPromptTokens": 16, "reasoningTokens": 8}}).to_string();
    check(
        "ai",
        "version 4",
        &[(
            json!({"ai.operationId": "ai.generateText.doGenerate", "ai.usage.promptTokens": 50, "ai.usage.completionTokens": 20, "ai.response.providerMetadata": vercel}),
            json!({"usage": [50, 20, 16, null, 8]}),
        )],
    );
    let created =
        json!({"finish_reason": "stop", "content": "21 C", "usage": {"prompt_tokens": 50, "completion_tokens": 20}})
            .to_string();
    check(
        "openinference.instrumentation.autogen_agentchat",
        "OpenAIChatCompletionClient.create",
        &[
            (
                json!({"openinference.span.kind": "LLM", "output.value": created}),
                json!({"usage": [50, 20, null, null, null]}),
            ),
            (
                json!({"openinference.span.kind": "LLM", "output.value": created, "llm.token_count.total": 90}),
                json!({"usage": [null, null, null, null, null]}),
            ),
            (
                json!({"openinference.span.kind": "CHAIN", "output.value": created}),
                json!({"usage": [null, null, null, null, null]}),
            ),
        ],
    );
}

#[test]
fn what_a_call_cost_may_be_told_in_parts() {
    let parts = json!({"openinference.span.kind": "LLM", "llm.cost.prompt": 0.2, "llm.cost.completion": 0.3});
    let mut whole = parts.clone();
    whole["llm.cost.total"] = json!(0.75);
    check(
        "openinference.instrumentation.x",
        "s",
        &[
            (parts, json!({"cost": "0.5"})),
            (whole, json!({"cost": "0.75"})),
            (json!({"openinference.span.kind": "LLM", "llm.cost.prompt": 0.2}), json!({"cost": null})),
        ],
    );
}

#[test]
fn ids_may_be_numbers_or_quoted() {
    let is = json!({"session": "12", "user": "42"});
    check(
        "openinference.instrumentation.langchain",
        "s",
        &[
            (
                json!({"openinference.span.kind": "CHAIN", "metadata": "{\"session_id\": 12, \"user_id\": 42, \"plan\": \"pro\"}"}),
                json!({"session": "12", "user": "42", "metadata": {"plan": "pro"}}),
            ),
            (
                json!({"openinference.span.kind": "CHAIN", "metadata": "{'session_id': '12', 'user_id': 42}"}),
                is.clone(),
            ),
            (
                json!({"openinference.span.kind": "CHAIN", "metadata": {"session_id": "12", "user_id": "42"}}),
                is.clone(),
            ),
        ],
    );
    check(
        "ai",
        "s",
        &[(
            json!({"ai.operationId": "ai.generateText", "ai.telemetry.metadata.sessionId": 12, "ai.telemetry.metadata.userId": 42}),
            is.clone(),
        )],
    );
    check(
        "acme",
        "s",
        &[(json!({"acme.model": "m", "acme.input_tokens": 5, "acme.session_id": 12, "acme.user_id": 42}), is.clone())],
    );
    check(
        "mlflow.tracing.provider",
        "s",
        &[(json!({"mlflow.spanType": "\"AGENT\"", "session.id": "\"12\"", "user.id": "\"42\""}), is)],
    );
}

#[test]
fn a_level_of_error_is_a_failure() {
    check(
        "logfire",
        "s",
        &[
            (json!({"logfire.span_type": "span", "logfire.level_num": 17}), json!({"status": "failed"})),
            (json!({"logfire.span_type": "span", "logfire.level_num": 13}), json!({"status": "success"})),
            (json!({"logfire.span_type": "log", "logfire.level_num": 17}), json!({"status": "success"})),
        ],
    );
    check(
        "mlflow.tracing.provider",
        "s",
        &[
            (json!({"mlflow.spanType": "\"CHAIN\"", "mlflow.spanLogLevel": "40"}), json!({"status": "failed"})),
            (json!({"mlflow.spanType": "\"CHAIN\"", "mlflow.spanLogLevel": 30}), json!({"status": "success"})),
        ],
    );
    check(
        "any",
        "no error has no type",
        &[
            (json!({"error.type": "None"}), json!({"status": "success"})),
            (json!({"error.type": "TimeoutError"}), json!({"status": "failed"})),
        ],
    );
}

#[test]
fn names_stand_in_for_what_is_not_said() {
    check(
        "pyagent",
        "pyagent.agent.planner",
        &[
            (json!({}), json!({"kind": "agent", "agent": "planner"})),
            (json!({"pyagent.agent.name": "Planner"}), json!({"agent": "Planner"})),
        ],
    );
    let error = |more: Json| {
        let mut all = json!({"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "last"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    check(
        "langfuse-sdk",
        "its message comes after the shared ones",
        &[
            (error(json!({})), json!({"status": "failed", "error": "last"})),
            (error(json!({"error.message": "first"})), json!({"status": "failed", "error": "first"})),
        ],
    );
}
