"""AgentVista's words: ``import vedette.compat.agentvista as agentvista``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import vedette
from vedette import Span, extract_traceparent, inject_traceparent, run, trace_agent

__all__ = ["extract_traceparent", "init", "inject_traceparent", "record", "run", "span", "trace_agent"]


def init(api_key: str | None = None, **options: Any) -> None:
    """Begins to record with a key such as ``av_...``; further options are those of :func:`vedette.init`."""
    vedette.init(api_key, **options)


def span(name: str, span_type: str = "custom") -> AbstractContextManager[Span]:
    """A step of the current run, of type ``agent``, ``llm``, ``tool``, ``http``, ``db`` or ``custom``.

    Outside a run it does nothing, also before ``init``.
    """
    return _Inside(vedette.span(name, kind=span_type))


def record(
    agent: str,
    success: bool | None = None,
    outcome: str | None = None,
    cost: float | None = None,
    duration_ms: float | None = None,
) -> None:
    """One finished run of a single span, in one call that does not wait for the network."""
    vedette.record(agent, success=success, outcome=outcome, cost=cost, duration_ms=duration_ms)


class _Inside(AbstractContextManager[Span]):
    """A span that begins only where there is something to hang it from."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._begun = False

    def __enter__(self) -> Span:
        self._begun = vedette.current_run() is not None
        return self._span.__enter__() if self._begun else self._span

    def __exit__(self, *error: Any) -> None:
        if self._begun:
            self._span.__exit__(*error)
