"""Events into Langfuse: patterns as traces, agents as spans, model calls as generations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from vedette.events import TraceEvent, run_id_of

__all__ = ["LangfuseExporter"]

TRACES_OPEN = 1_000


class LangfuseExporter:
    """Sends events through a Langfuse client: the one given, else one of the installed package.

    A client may have the methods of Langfuse 2 (``trace``, ``span``, ``generation``) or those of later
    ones (``start_observation``). Runs are told apart by ``payload["trace_id"]``, else by the run the bus
    knows, else by the pattern.
    """

    def __init__(
        self,
        public_key: str = "",
        secret_key: str = "",
        host: str = "https://cloud.langfuse.com",
        client: Any | None = None,
    ) -> None:
        client = client if client is not None else _installed(public_key, secret_key, host)
        self._client = client
        self._trace: Callable[..., Any] = client.trace if hasattr(client, "trace") else _Observations(client).trace
        self._traces: dict[str, Any] = {}
        self._spans: dict[tuple[str, str], list[Any]] = {}

    def export_event(self, event: TraceEvent) -> None:
        """Sends one event; types that Langfuse has no word for are passed over."""
        take = _HANDLERS.get(event.event_type)
        if take is not None:
            take(self, event, self._key(event))

    def flush(self) -> None:
        """Asks the client to send what it holds."""
        self._client.flush()

    def shutdown(self) -> None:
        """As :meth:`flush`; the client stays the caller's."""
        self._client.flush()

    def _key(self, event: TraceEvent) -> str:
        named = event.payload.get("trace_id") or run_id_of(event) or event.pattern_type
        if not named and event.event_type != "pattern_start" and self._traces:
            # It names nothing, so it belongs to what was opened last.
            return next(reversed(self._traces))
        return str(named)

    def _pattern_start(self, event: TraceEvent, key: str) -> None:
        trace = self._trace(name=event.pattern_type or "unknown_pattern", metadata=event.payload)
        self._traces[key] = trace
        if len(self._traces) > TRACES_OPEN:
            self._forget(next(iter(self._traces)))

    def _pattern_end(self, event: TraceEvent, key: str) -> None:
        trace = self._forget(key)
        if trace is not None:
            trace.update(metadata={**event.payload, "completed": True})

    def _agent_start(self, event: TraceEvent, key: str) -> None:
        trace = self._traces.get(key)
        if trace is not None:
            span = trace.span(name=event.agent_name, metadata=event.payload)
            self._spans.setdefault((key, event.agent_name), []).append(span)

    def _agent_end(self, event: TraceEvent, key: str) -> None:
        opened = self._spans.get((key, event.agent_name), [])
        if opened:
            opened.pop().end(metadata=event.payload)
        if not opened:
            self._spans.pop((key, event.agent_name), None)

    def _llm_call(self, event: TraceEvent, key: str) -> None:
        opened = self._spans.get((key, event.agent_name))
        parent = opened[-1] if opened else self._traces.get(key)
        if parent is not None:
            parent.generation(
                name=f"llm_call.{event.agent_name}" if event.agent_name else "llm_call",
                model=event.payload.get("model", ""),
                input=event.payload.get("messages_in", ""),
                output=event.payload.get("response", ""),
                usage={
                    "input": event.payload.get("input_tokens", 0),
                    "output": event.payload.get("output_tokens", 0),
                },
                metadata=event.payload,
            )

    def _cost_record(self, event: TraceEvent, key: str) -> None:
        trace = self._traces.get(key)
        if trace is not None:
            absent = {"cost_usd": 0.0, "model": "", "input_tokens": 0, "output_tokens": 0}
            trace.update(metadata={name: event.payload.get(name, value) for name, value in absent.items()})

    def _forget(self, key: str) -> Any:
        """Lets go of a trace and of agents it left open."""
        for span_key in [span_key for span_key in self._spans if span_key[0] == key]:
            for span in reversed(self._spans.pop(span_key)):
                span.end()
        return self._traces.pop(key, None)


_HANDLERS: dict[str, Callable[[LangfuseExporter, TraceEvent, str], None]] = {
    "pattern_start": LangfuseExporter._pattern_start,
    "pattern_end": LangfuseExporter._pattern_end,
    "agent_start": LangfuseExporter._agent_start,
    "agent_end": LangfuseExporter._agent_end,
    "llm_call": LangfuseExporter._llm_call,
    "cost_record": LangfuseExporter._cost_record,
}


def _installed(public_key: str, secret_key: str, host: str) -> Any:
    try:
        from langfuse import Langfuse
    except ImportError as error:
        raise ImportError("langfuse is not installed; pip install vedette[langfuse] brings it") from error
    settings: dict[str, Any] = {"public_key": public_key or None, "secret_key": secret_key or None, "host": host}
    if "tracer_provider" in inspect.signature(Langfuse).parameters:
        from opentelemetry.sdk.trace import TracerProvider

        # One of its own: that of the program is not to be changed, and may be no SDK's.
        settings["tracer_provider"] = TracerProvider()
    return Langfuse(**settings)


class _Observations:
    """The words of Langfuse 2 on a client of Langfuse 3 and later, where all is an observation."""

    def __init__(self, parent: Any) -> None:
        self._parent = parent

    def trace(self, name: str, metadata: Any) -> _Observation:
        return self.span(name, metadata)

    def span(self, name: str, metadata: Any) -> _Observation:
        return _Observation(self._parent.start_observation(name=name, as_type="span", metadata=metadata))

    def generation(self, name: str, model: str, usage: dict[str, int], **told: Any) -> None:
        self._parent.start_observation(
            name=name,
            as_type="generation",
            model=model,
            usage_details=usage,
            **told,
        ).end()


class _Observation(_Observations):
    def update(self, metadata: dict[str, Any]) -> None:
        self._parent.update(metadata=metadata)
        if metadata.get("completed"):
            self._parent.end()

    def end(self, metadata: Any = None) -> None:
        if metadata is not None:
            self._parent.update(metadata=metadata)
        self._parent.end()
