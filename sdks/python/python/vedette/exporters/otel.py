"""Events as OpenTelemetry spans of the program's own tracer provider."""

from __future__ import annotations

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Tracer

from vedette import _live
from vedette._tree import Event, EventTree, Kind, value
from vedette.attributes import PyAgentAttributes
from vedette.events import TraceEvent

__all__ = ["OTelExporter"]

_NAMES = {
    "pattern": "pyagent.pattern",
    "agent": "pyagent.agent",
    "call": "pyagent.llm_call",
    "routing_decision": "pyagent.routing",
    "cost_record": "pyagent.cost",
}
_FIGURES = {
    PyAgentAttributes.COST_TOTAL_USD: ("cost_usd", "cost_estimate"),
    PyAgentAttributes.COST_MODEL: ("model",),
    PyAgentAttributes.COST_INPUT_TOKENS: ("input_tokens",),
    PyAgentAttributes.COST_OUTPUT_TOKENS: ("output_tokens",),
    PyAgentAttributes.EXEC_DURATION_MS: ("duration_ms",),
}


class OTelExporter:
    """Makes one span of each start and its end, nested, at the times the events tell.

    The provider is the one that is given, else whichever the program has set. Where that is Vedette's own recorder
    nothing is done: the bus feeds it already.
    """

    def __init__(
        self,
        tracer_name: str = "pyagent",
        tracer_version: str = "0.1.0",
        *,
        tracer_provider: trace.TracerProvider | None = None,
    ) -> None:
        self._name, self._version = tracer_name, tracer_version
        self._provider = tracer_provider
        self._tree = EventTree(self._tracer, _describe)

    def export_event(self, event: TraceEvent) -> None:
        """Begins, ends or makes a span."""
        self._tree.take(event)

    def flush(self) -> None:
        """Nothing to do: spans that have ended are with the provider, which has its own flush."""

    def shutdown(self) -> None:
        """Ends the spans that are still open."""
        self._tree.close()

    def _tracer(self) -> Tracer | None:
        if self._provider is not None:
            return self._provider.get_tracer(self._name, self._version)
        return None if _live.is_global() else trace.get_tracer(self._name, self._version)


def _describe(kind: Kind, event: Event, *, top: bool) -> tuple[str, dict[str, Any]]:
    what = event.event_type if kind == "point" else kind
    attributes: dict[str, Any] = {
        PyAgentAttributes.PATTERN_TYPE: event.pattern_type,
        PyAgentAttributes.AGENT_NAME: event.agent_name,
        **{name: value(event, *keys) for name, keys in _FIGURES.items()},
    }
    attributes = {name: figure for name, figure in attributes.items() if figure not in ("", None)}
    return _NAMES.get(what, f"pyagent.{what}"), attributes
