"""One tree with OpenTelemetry, both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import vedette
from conftest import Json, Program, Server
from opentelemetry import propagate, trace
from vedette import _otel

One = Callable[[], Json]


def test_spans_of_an_instrumentor_without_an_sdk(server: Server, agent: str, the_run: One) -> None:
    tracer = _otel.provider().get_tracer("some.instrumentor", "1.2")
    with vedette.run(agent) as run:
        with tracer.start_as_current_span("chat gpt-4o", kind=trace.SpanKind.CLIENT) as call:
            call.set_attribute("gen_ai.operation.name", "chat")
            call.set_attributes(
                {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 800, "gen_ai.usage.output_tokens": 120}
            )
            call.add_event("first token", {"n": 1}, timestamp=1_700_000_000_000_000_000)
            call.add_link(run.get_span_context(), {"why": "test"})
            assert trace.get_current_span() is call
            with vedette.span("inside"):
                carrier: dict[str, str] = {}
                propagate.inject(carrier)
                assert carrier["traceparent"] == vedette.inject_traceparent({})["traceparent"]
        with pytest.raises(ValueError, match="broken"), tracer.start_as_current_span("failing"):
            raise ValueError("broken")
        detached = tracer.start_span("detached", attributes={"a": [1, 2]}, start_time=1_700_000_000_000_000_000)
        detached.update_name("renamed")
        detached.set_status(trace.Status(trace.StatusCode.ERROR, "bad"))
        detached.end(end_time=1_700_000_001_000_000_000)
        detached.set_attribute("late", True)
    stored = the_run()
    spans = {span["name"]: span for span in server.spans(stored["id"])}
    assert (stored["model_calls"], stored["tokens"]["total"], stored["cost_usd"]) == (1, 920, "0.0032")
    assert (spans["chat gpt-4o"]["parent_id"], spans["inside"]["parent_id"]) == (
        spans[agent]["id"],
        spans["chat gpt-4o"]["id"],
    )
    assert (spans["failing"]["status"], spans["failing"]["error"]["message"]) == ("failed", "ValueError: broken")
    assert (spans["renamed"]["status"], spans["renamed"]["duration_ms"]) == ("failed", 1000)
    whole = json.dumps(server.span(stored["id"], "chat gpt-4o"))
    assert "first token" in whole
    assert "some.instrumentor" in whole


def test_a_call_that_an_instrumentor_saw_is_not_read_again(server: Server, agent: str, the_run: One) -> None:
    tracer = _otel.provider().get_tracer("some.instrumentor")

    @vedette.span(name="llm")
    def call() -> dict[str, Any]:
        with tracer.start_as_current_span("chat", attributes={"gen_ai.operation.name": "chat"}) as span:
            span.set_attribute("gen_ai.usage.input_tokens", 3)
        return {"usage": {"prompt_tokens": 3, "completion_tokens": 4}, "choices": []}

    with vedette.run(agent):
        call()
    assert {span["name"]: span["kind"] for span in server.spans(the_run()["id"])} == {
        agent: "agent",
        "llm": "custom",
        "chat": "llm",
    }


EXISTING = """
    import sys
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    import vedette

    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    def set_provider(): trace.set_tracer_provider(provider)
    BEFORE
    vedette.init()
    vedette.init()
    AFTER
    assert trace.get_tracer_provider() is provider
    tracer = trace.get_tracer("the.program")
    with tracer.start_as_current_span("not ours"): pass
    with vedette.run(sys.argv[1]) as run:
        with tracer.start_as_current_span("theirs", attributes={"k": "v"}) as theirs:
            assert vedette.current_run() is run
            with vedette.span("ours") as ours: pass
            with vedette.run("child") as child: pass
    assert [span.name for span in kept.get_finished_spans()] == ["not ours", "theirs"]
    with tracer.start_as_current_span("request"):
        with vedette.span("below"): pass
        with vedette.run("linked"): pass
"""


def test_a_provider_that_is_there_works_on_and_joins_the_tree(server: Server, agent: str, program: Program) -> None:
    program.run(EXISTING.replace("BEFORE", "set_provider()").replace("AFTER", ""), agent, VEDETTE_ENDPOINT=server.url)
    (run,) = [run for run in server.runs(agent=agent) if run["agent"] == agent]
    spans = {span["name"]: span for span in server.spans(run["id"])}
    assert set(spans) == {agent, "theirs", "ours", "child"}
    parents = {name: spans[name]["parent_id"] for name in ("theirs", "ours", "child")}
    assert parents == {"theirs": spans[agent]["id"], "ours": spans["theirs"]["id"], "child": spans["theirs"]["id"]}
    (below,) = [run for run in server.runs(kind="trace") if run["name"] == "request"]
    assert {span["name"] for span in server.spans(below["id"])} == {"request", "below"}


def test_a_provider_that_comes_later_takes_its_place(server: Server, agent: str, program: Program) -> None:
    program.run(EXISTING.replace("BEFORE", "").replace("AFTER", "set_provider()"), agent, VEDETTE_ENDPOINT=server.url)
    (run,) = [run for run in server.runs(agent=agent) if run["agent"] == agent]
    assert {"ours", "child"} <= {span["name"] for span in server.spans(run["id"])}


def test_without_a_provider_ours_is_the_program_s(server: Server, agent: str, program: Program) -> None:
    program.run(
        """
        import sys, vedette
        from opentelemetry import trace
        early = trace.get_tracer("early")
        vedette.init()
        with vedette.run(sys.argv[1]):
            with early.start_as_current_span("early"): pass
            with trace.get_tracer("late").start_as_current_span("late"): pass
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    (run,) = server.runs(agent=agent)
    assert {span["name"] for span in server.spans(run["id"])} == {agent, "early", "late"}


def test_a_library_that_adds_a_processor_to_the_global_provider(server: Server, agent: str, program: Program) -> None:
    out = program.run(
        """
        import sys, vedette
        from opentelemetry import trace
        vedette.init()
        from langfuse import Langfuse
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        langfuse = Langfuse(public_key="pk-lf-1", secret_key="sk-lf-1", base_url="http://127.0.0.1:9", timeout=1)
        kept = InMemorySpanExporter()
        trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(kept))
        vedette.init()
        with vedette.run(sys.argv[1]):
            with langfuse.start_as_current_observation(name="theirs"):
                with vedette.span("ours"): pass
        with trace.get_tracer("the.program").start_as_current_span("not ours"): pass
        print([span.name for span in kept.get_finished_spans()])
        assert vedette.flush()
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    assert out.strip() == "['theirs', 'not ours']"
    (run,) = server.runs(agent=agent)
    spans = {span["name"]: span for span in server.spans(run["id"])}
    assert set(spans) == {agent, "theirs", "ours"}
    assert spans["ours"]["parent_id"] == spans["theirs"]["id"]
    assert spans["theirs"]["parent_id"] == spans[agent]["id"]
