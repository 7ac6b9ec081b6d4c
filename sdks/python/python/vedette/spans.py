"""Spans of patterns and agents, made by hand with the program's OpenTelemetry tracer."""

# ruff: noqa: D102 (what the methods of a span do is OpenTelemetry's to say)

from __future__ import annotations

from types import TracebackType
from typing import Any

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanContext, Status, StatusCode
from opentelemetry.util.types import Attributes, AttributeValue

from vedette._live import text
from vedette.attributes import PyAgentAttributes

__all__ = ["PatternSpan", "PatternSpanEmitter", "tracer"]


def tracer() -> trace.Tracer:
    """The tracer of scope ``pyagent`` of whichever provider the program has."""
    return trace.get_tracer("pyagent", "0.3.0")


class PatternSpan(Span):
    """A span that is current inside its ``with`` block and ends with it; without one, ``end`` it yourself."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> PatternSpan:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        context.detach(self._token)
        if error is not None:
            fail(self._span, error)
        self._span.end()

    def end(self, end_time: int | None = None) -> None:
        self._span.end(end_time)

    def get_span_context(self) -> SpanContext:
        return self._span.get_span_context()

    def set_attributes(self, attributes: Any) -> None:
        self._span.set_attributes(attributes)

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        self._span.set_attribute(key, value)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        self._span.add_event(name, attributes, timestamp)

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        self._span.add_link(context, attributes)

    def update_name(self, name: str) -> None:
        self._span.update_name(name)

    def is_recording(self) -> bool:
        return self._span.is_recording()

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self._span.set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        self._span.record_exception(exception, attributes, timestamp, escaped)


class PatternSpanEmitter:
    """Makes spans of patterns and agents and writes what is known of them."""

    def pattern_span(self, pattern_type: str, attributes: dict[str, Any] | None = None) -> PatternSpan:
        """Starts ``pyagent.pattern.<type>`` below the current span."""
        given = {PyAgentAttributes.PATTERN_TYPE: pattern_type, **(attributes or {})}
        return PatternSpan(tracer().start_span(f"pyagent.pattern.{pattern_type}", attributes=given))

    def agent_span(
        self, agent_name: str, parent_span: Span | None = None, attributes: dict[str, Any] | None = None
    ) -> PatternSpan:
        """Starts ``pyagent.agent.<name>`` below a span, the current one if none is given."""
        above = None if parent_span is None else trace.set_span_in_context(parent_span)
        given = {PyAgentAttributes.AGENT_NAME: agent_name, **(attributes or {})}
        return PatternSpan(tracer().start_span(f"pyagent.agent.{agent_name}", above, attributes=given))

    @staticmethod
    def set_pattern_result(
        span: Span,
        output_length: int,
        rounds: int | None = None,
        consensus: float | None = None,
        escalated: bool = False,
        duration_ms: float = 0.0,
        token_estimate: int = 0,
        cost_estimate: float = 0.0,
    ) -> None:
        """Writes how a pattern ended. ``output_length`` is taken for compatibility and not written."""
        if rounds is not None:
            span.set_attribute(PyAgentAttributes.PATTERN_ROUNDS, rounds)
        if consensus is not None:
            span.set_attribute(PyAgentAttributes.PATTERN_CONSENSUS, consensus)
        span.set_attribute(PyAgentAttributes.PATTERN_ESCALATED, escalated)
        span.set_attribute(PyAgentAttributes.EXEC_DURATION_MS, duration_ms)
        span.set_attribute(PyAgentAttributes.EXEC_TOKEN_ESTIMATE, token_estimate)
        span.set_attribute(PyAgentAttributes.COST_TOTAL_USD, cost_estimate)
        span.set_status(StatusCode.OK)

    @staticmethod
    def set_result(span: Span, result: Any) -> None:
        """As :meth:`set_pattern_result`, from the result a pattern returned."""
        metadata = getattr(result, "metadata", None)
        known = metadata if isinstance(metadata, dict) else {}
        PatternSpanEmitter.set_pattern_result(
            span,
            output_length=len(str(getattr(result, "output", result))),
            rounds=known.get("rounds"),
            consensus=known.get("consensus"),
            escalated=bool(known.get("escalated", False)),
            duration_ms=float(getattr(result, "duration_seconds", 0.0)) * 1_000,
            token_estimate=getattr(result, "token_estimate", 0),
            cost_estimate=getattr(result, "cost_estimate", 0.0),
        )

    @staticmethod
    def set_routing_info(
        span: Span, difficulty: int, selected_model: str, cost_estimate: float, category: str = ""
    ) -> None:
        """Writes what a router chose."""
        span.set_attribute(PyAgentAttributes.ROUTER_DIFFICULTY, difficulty)
        span.set_attribute(PyAgentAttributes.ROUTER_SELECTED_MODEL, selected_model)
        span.set_attribute(PyAgentAttributes.ROUTER_COST_ESTIMATE, cost_estimate)
        if category:
            span.set_attribute(PyAgentAttributes.ROUTER_DIFFICULTY_CATEGORY, category)

    @staticmethod
    def set_compression_info(span: Span, input_tokens: int, output_tokens: int, savings_pct: float) -> None:
        """Writes what a compression saved."""
        span.set_attribute(PyAgentAttributes.COMPRESS_INPUT_TOKENS, input_tokens)
        span.set_attribute(PyAgentAttributes.COMPRESS_OUTPUT_TOKENS, output_tokens)
        span.set_attribute(PyAgentAttributes.COMPRESS_SAVINGS_PCT, savings_pct)

    @staticmethod
    def set_error(span: Span, error: BaseException) -> None:
        """Writes that it failed, and why."""
        fail(span, error)


def fail(span: Span, error: BaseException) -> None:
    """Status and exception of a span that an exception left."""
    span.set_status(StatusCode.ERROR, text(error))
    span.record_exception(error)
