"""Patterns and agents that make a span of each of their runs."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from opentelemetry.trace import Span, StatusCode

from vedette import _guard
from vedette.attributes import PyAgentAttributes
from vedette.spans import fail, tracer

__all__ = ["traced_agent", "traced_pattern"]

AnyType = TypeVar("AnyType", bound=type)
AnyAgent = TypeVar("AnyAgent")

# Patterns whose span is open: a `run` that calls the one it overrides makes no second span.
_running: ContextVar[tuple[int, ...]] = ContextVar("vedette_running_patterns", default=())


def traced_pattern(cls: AnyType) -> AnyType:
    """Makes a class with an async ``run`` trace it: ``pyagent.pattern.<pattern_type>``, current while it runs.

    The class is changed and returned; classes it inherits from are not. One that inherits from a traced
    class is traced already and makes one span a run.
    """
    run = cls.run  # type: ignore[attr-defined]
    if getattr(run, "_vedette_traced", False):
        return cls

    @functools.wraps(run)
    async def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self) in _running.get():
            return await run(self, *args, **kwargs)
        token = _running.set((*_running.get(), id(self)))
        try:
            kind = str(getattr(self, "pattern_type", type(self).__name__))
            attributes = {PyAgentAttributes.PATTERN_TYPE: kind}
            return await _traced(
                f"pyagent.pattern.{kind}", attributes, _pattern_result, lambda: run(self, *args, **kwargs)
            )
        finally:
            _running.reset(token)

    traced._vedette_traced = True  # type: ignore[attr-defined]
    cls.run = traced  # type: ignore[attr-defined]
    return cls


def traced_agent(agent: AnyAgent) -> AnyAgent:
    """Makes one object with an async ``run`` and a ``name`` trace it: ``pyagent.agent.<name>``."""
    run = agent.run  # type: ignore[attr-defined]
    if getattr(run, "_vedette_traced", False):
        return agent

    @functools.wraps(run)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        name = str(getattr(agent, "name", type(agent).__name__))
        attributes = {PyAgentAttributes.AGENT_NAME: name}
        return await _traced(f"pyagent.agent.{name}", attributes, _no_result, lambda: run(*args, **kwargs))

    traced._vedette_traced = True  # type: ignore[attr-defined]
    agent.run = traced  # type: ignore[attr-defined]
    return agent


async def _traced(
    name: str, attributes: dict[str, Any], told: Callable[[Span, Any], None], run: Callable[[], Awaitable[Any]]
) -> Any:
    started = time.perf_counter()
    with tracer().start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            result = await run()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                span.set_attribute("vedette.status", "cancelled")
            fail(span, error)
            raise
        else:
            try:
                told(span, result)
            except Exception:
                _guard.report("a pattern's result could not be read")
            span.set_status(StatusCode.OK)
            return result
        finally:
            span.set_attribute(PyAgentAttributes.EXEC_DURATION_MS, (time.perf_counter() - started) * 1_000)


def _pattern_result(span: Span, result: Any) -> None:
    span.set_attribute(PyAgentAttributes.EXEC_TOKEN_ESTIMATE, result.token_estimate)
    span.set_attribute(PyAgentAttributes.COST_TOTAL_USD, result.cost_estimate)
    if "rounds" in result.metadata:
        span.set_attribute(PyAgentAttributes.PATTERN_ROUNDS, result.metadata["rounds"])


def _no_result(span: Span, result: Any) -> None:
    """An agent's message says nothing that a span has an attribute for."""
