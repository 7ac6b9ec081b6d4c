"""Spans of patterns and agents with OpenTelemetry's own SDK behind them.

Numbers are those of the acceptance scenarios; `3A.n` and `3C.n` are faults of the original.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from vedette import spans as spans_module
from vedette.attributes import PyAgentAttributes
from vedette.decorators import traced_agent, traced_pattern
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import OTelExporter
from vedette.spans import PatternSpanEmitter


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that ended in a program with a provider of its own."""
    provider, memory = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield memory
    provider.shutdown()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def status(span: ReadableSpan) -> str:
    return span.status.status_code.name


def test_38_3a4_a_with_block_makes_the_span_current_and_ends_it(ended: InMemorySpanExporter) -> None:
    emitter = PatternSpanEmitter()
    with emitter.pattern_span("debate", {"rounds": 3}) as span:
        assert trace.get_current_span().get_span_context() == span.get_span_context()
        with emitter.agent_span("inner"):
            pass
        emitter.set_pattern_result(span, 1240, rounds=3)
    assert not trace.get_current_span().get_span_context().is_valid
    inner, pattern = ended.get_finished_spans()
    assert (pattern.name, inner.name) == ("pyagent.pattern.debate", "pyagent.agent.inner")
    assert inner.parent == pattern.context
    assert attributes(pattern) == {
        "pyagent.pattern.type": "debate",
        "rounds": 3,
        "pyagent.pattern.rounds": 3,
        "pyagent.pattern.escalated": False,
        "pyagent.exec.duration_ms": 0.0,
        "pyagent.exec.token_estimate": 0,
        "pyagent.cost.total_usd": 0.0,
    }
    assert status(pattern) == "OK"


def test_38_without_a_with_block_the_caller_ends_it(ended: InMemorySpanExporter) -> None:
    emitter = PatternSpanEmitter()
    span = emitter.pattern_span("custom")
    child = emitter.agent_span("x", parent_span=span, attributes={"a": 1})
    assert not trace.get_current_span().get_span_context().is_valid
    child.end()
    span.end()
    agent, pattern = ended.get_finished_spans()
    assert (agent.parent, attributes(agent)) == (pattern.context, {"pyagent.agent.name": "x", "a": 1})


@pytest.mark.parametrize(
    ("call", "written", "said"),
    [
        (
            lambda span: PatternSpanEmitter.set_pattern_result(span, 9, 2, 0.5, True, 1.5, 7, 0.25),
            {
                "pyagent.pattern.rounds": 2,
                "pyagent.pattern.consensus": 0.5,
                "pyagent.pattern.escalated": True,
                "pyagent.exec.duration_ms": 1.5,
                "pyagent.exec.token_estimate": 7,
                "pyagent.cost.total_usd": 0.25,
            },
            "OK",
        ),
        (
            lambda span: PatternSpanEmitter.set_routing_info(span, 3, "m", 0.5),
            {"pyagent.router.difficulty": 3, "pyagent.router.selected_model": "m", "pyagent.router.cost_estimate": 0.5},
            "UNSET",
        ),
        (
            lambda span: PatternSpanEmitter.set_routing_info(span, 3, "m", 0.5, "hard"),
            {
                "pyagent.router.difficulty": 3,
                "pyagent.router.selected_model": "m",
                "pyagent.router.cost_estimate": 0.5,
                "pyagent.router.difficulty_category": "hard",
            },
            "UNSET",
        ),
        (
            lambda span: PatternSpanEmitter.set_compression_info(span, 10, 5, 50.0),
            {
                "pyagent.compress.input_tokens": 10,
                "pyagent.compress.output_tokens": 5,
                "pyagent.compress.savings_pct": 50.0,
            },
            "UNSET",
        ),
        (lambda span: PatternSpanEmitter.set_error(span, ValueError("x")), {}, "ERROR"),
    ],
)
def test_38_exactly_the_listed_keys_are_written(
    ended: InMemorySpanExporter, call: Any, written: dict[str, Any], said: str
) -> None:
    with PatternSpanEmitter().pattern_span("p") as span:
        call(span)
    (pattern,) = ended.get_finished_spans()
    assert attributes(pattern) == {"pyagent.pattern.type": "p", **written}
    assert status(pattern) == said
    assert [event.name for event in pattern.events] == (["exception"] if said == "ERROR" else [])


def test_38_a_block_that_raises_is_an_error_told_once(ended: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="no"), PatternSpanEmitter().pattern_span("p"):
        raise ValueError("no")
    (pattern,) = ended.get_finished_spans()
    assert (status(pattern), pattern.status.description, len(pattern.events)) == ("ERROR", "no", 1)


@dataclass
class Result:
    output: str = "done"
    metadata: dict[str, Any] = field(default_factory=dict)
    duration_seconds: float = 0.5
    token_estimate: int = 12
    cost_estimate: float = 0.03


def test_38_3a4_set_result_is_there_and_reads_a_result(ended: InMemorySpanExporter) -> None:
    emitter = PatternSpanEmitter()
    with emitter.pattern_span("p") as span:
        emitter.set_result(span, Result(metadata={"rounds": 2, "consensus": 0.75}))
    written = attributes(ended.get_finished_spans()[0])
    assert written[PyAgentAttributes.PATTERN_ROUNDS] == 2
    assert written[PyAgentAttributes.PATTERN_CONSENSUS] == 0.75
    assert (written[PyAgentAttributes.EXEC_DURATION_MS], written[PyAgentAttributes.COST_TOTAL_USD]) == (500.0, 0.03)


class Pattern:
    pattern_type = "debate"
    metadata: dict[str, Any] = {"rounds": 3}  # noqa: RUF012

    async def run(self, task: str, context: Any = None) -> Result:
        if task == "fail":
            raise ValueError("no consensus")
        if task == "wait":
            await asyncio.Event().wait()
        return Result(metadata=self.metadata)


async def test_39_a_traced_pattern_makes_one_span_a_run(ended: InMemorySpanExporter) -> None:
    @traced_pattern
    class MyPattern(Pattern):
        pass

    class Sibling(Pattern):
        pass

    assert (await MyPattern().run("t")).output == "done"
    await Sibling().run("t")
    await Pattern().run("t", context=None)
    (span,) = ended.get_finished_spans()
    written = attributes(span)
    assert written.pop(PyAgentAttributes.EXEC_DURATION_MS) >= 0
    assert (span.name, status(span)) == ("pyagent.pattern.debate", "OK")
    assert written == {
        "pyagent.pattern.type": "debate",
        "pyagent.exec.token_estimate": 12,
        "pyagent.cost.total_usd": 0.03,
        "pyagent.pattern.rounds": 3,
    }


async def test_39_3c5_an_error_is_told_once_and_raised_again(ended: InMemorySpanExporter) -> None:
    @traced_pattern
    class MyPattern(Pattern):
        pass

    with pytest.raises(ValueError, match="no consensus"):
        await MyPattern().run("fail")
    (span,) = ended.get_finished_spans()
    assert (status(span), span.status.description, len(span.events)) == ("ERROR", "no consensus", 1)


async def test_39_3c5_inheritance_does_not_double(ended: InMemorySpanExporter) -> None:
    @traced_pattern
    class Above(Pattern):
        pass

    @traced_pattern
    class Inherits(Above):
        pass

    @traced_pattern
    class Overrides(Above):
        async def run(self, task: str, context: Any = None) -> Result:
            return await super().run(task, context)

    for kind in (Above, Inherits, Overrides):
        ended.clear()
        await kind().run("t")
        assert len(ended.get_finished_spans()) == 1, kind


async def test_39_3c5_a_cancelled_pattern_says_so(ended: InMemorySpanExporter) -> None:
    @traced_pattern
    class MyPattern(Pattern):
        pass

    task = asyncio.create_task(MyPattern().run("wait"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (span,) = ended.get_finished_spans()
    written = attributes(span)
    assert (status(span), written["vedette.status"], len(span.events)) == ("ERROR", "cancelled", 1)
    assert written[PyAgentAttributes.EXEC_DURATION_MS] > 0


async def test_39_a_result_of_another_shape_is_returned_all_the_same(ended: InMemorySpanExporter) -> None:
    @traced_pattern
    class Odd:
        pattern_type = "odd"

        async def run(self, task: str) -> str:
            return task

    assert await Odd().run("t") == "t"
    assert status(ended.get_finished_spans()[0]) == "OK"


class Agent:
    def __init__(self, name: str) -> None:
        self.name = name

    async def run(self, messages: list[Any]) -> str:
        return f"{self.name} {len(messages)}"


async def test_40_a_traced_agent_makes_a_child_of_the_current_span(ended: InMemorySpanExporter) -> None:
    agent = traced_agent(traced_agent(Agent("my_agent")))
    other = Agent("other")
    with spans_module.tracer().start_as_current_span("around"):
        assert await agent.run([1]) == "my_agent 1"
        await other.run([])
    span, around = ended.get_finished_spans()
    assert (span.name, span.parent, status(span)) == ("pyagent.agent.my_agent", around.context, "OK")
    assert set(attributes(span)) == {"pyagent.agent.name", "pyagent.exec.duration_ms"}


def test_3c4_the_otel_exporter_pairs_starts_with_ends_at_their_own_times(ended: InMemorySpanExporter) -> None:
    bus = TraceEventBus()
    exporter = OTelExporter()
    bus.subscribe(exporter.export_event)
    start = 1_750_000_000.0
    for at, what, agent, payload in [
        (0.0, "pattern_start", "", {}),
        (1.0, "agent_start", "bull", {}),
        (3.0, "llm_call", "bull", {"model": "m", "input_tokens": 3, "duration_ms": 1500.0}),
        (3.0, "cost_record", "bull", {"model": "m", "cost_usd": 0.5}),
        (4.0, "agent_end", "bull", {}),
        (4.5, "error", "", {"message": "late"}),
        (5.0, "pattern_end", "", {"error": "failed"}),
    ]:
        bus.emit(TraceEvent(start + at, what, agent, "debate" if what.startswith("pattern") else "", payload))
    told = {}
    for span in ended.get_finished_spans():
        assert span.start_time is not None
        assert span.end_time is not None
        times = [(time - int(start * 1e9)) / 1e9 for time in (span.start_time, span.end_time)]
        told[span.name] = (*times, span.parent.span_id if span.parent else None, status(span))
    ids = {span.name: span.context.span_id for span in ended.get_finished_spans() if span.context}
    pattern, agent = ids["pyagent.pattern"], ids["pyagent.agent"]
    assert told == {
        "pyagent.pattern": (0.0, 5.0, None, "ERROR"),
        "pyagent.agent": (1.0, 4.0, pattern, "UNSET"),
        "pyagent.llm_call": (1.5, 3.0, agent, "UNSET"),
        "pyagent.error": (4.5, 4.5, pattern, "ERROR"),
    }
    call = next(span for span in ended.get_finished_spans() if span.name == "pyagent.llm_call")
    assert attributes(call)["pyagent.cost.total_usd"] == 0.5, "the cost joined its call"


def test_an_end_without_a_start_is_a_call_of_its_own(ended: InMemorySpanExporter) -> None:
    exporter = OTelExporter()
    told = {"error": "overloaded", "duration_ms": 1_000.0}
    exporter.export_event(TraceEvent(1_750_000_001.0, "llm_call_error", "a", payload=told))
    (call,) = ended.get_finished_spans()
    assert (call.name, status(call), call.status.description) == ("pyagent.llm_call", "ERROR", "overloaded")
    assert (call.start_time, call.end_time) == (1_750_000_000 * 10**9, 1_750_000_001 * 10**9)


def test_3c4_shutdown_ends_what_is_open(ended: InMemorySpanExporter) -> None:
    exporter = OTelExporter()
    exporter.export_event(TraceEvent(1.0, "pattern_start", pattern_type="p"))
    exporter.flush()
    assert ended.get_finished_spans() == ()
    exporter.shutdown()
    assert [span.name for span in ended.get_finished_spans()] == ["pyagent.pattern"]
