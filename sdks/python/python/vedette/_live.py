"""Buses feed the recorder: their events as spans in the native dialect, live once ``init`` has run."""

from __future__ import annotations

import json
import time
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Tracer

from vedette import _core, _lifecycle, _otel
from vedette._tree import Event, Kind, value

_tracer: Tracer | None = None

# What began so shortly before began now.
_NOW_NS = 1_000_000_000

# Content has attributes of its own; the rest of a payload is kept as it came.
CONTENT = frozenset(
    {"messages_in", "messages", "input", "response", "output", "result_output", "completion", "prompt", "task"}
)


def tracer() -> Tracer | None:
    """The recorder's tracer, once ``init`` has run."""
    global _tracer
    if not _lifecycle._hooks_set:
        return None
    if _tracer is None:
        _tracer = _otel.provider().get_tracer("vedette.bus")
    return _tracer


def open_run(name: str, attributes: dict[str, Any], begun_ns: int) -> Any:
    """Begin a run with all that ``init`` says of runs; one that began at another time is the tracer's."""
    if abs(time.time_ns() - begun_ns) > _NOW_NS:
        return None
    run = _core.run(name, attributes=attributes)
    run._start()
    return run


def is_global() -> bool:
    """Whether the program's tracer provider is the recorder."""
    return _otel.is_ours(trace.get_tracer_provider())


def describe(kind: Kind, event: Event, *, top: bool) -> tuple[str, dict[str, Any]]:
    """See :class:`vedette._tree.Describe`."""
    pattern = str(event.pattern_type or value(event, "pattern_type", "pattern") or "")
    workflow = str(value(event, "workflow") or "")
    agent = str(event.agent_name)
    attributes: dict[str, Any] = {"vedette.workflow": workflow, "vedette.pattern": pattern}
    if kind == "pattern":
        name = pattern or "pattern"
        attributes["vedette.kind"] = "agent" if top else "workflow"
        attributes["vedette.agent"] = workflow or pattern if top else ""
        attributes |= _content(event)
    elif kind == "agent":
        name = agent or "agent"
        attributes |= {"vedette.kind": "agent", "vedette.agent": agent} | _content(event)
    elif kind == "call":
        attributes |= _call(event, agent)
        name = agent or str(value(event, "model") or "") or "model call"
    else:
        name = event.event_type
        attributes["vedette.kind"] = "decision" if name == "routing_decision" else "event"
        attributes |= {"vedette.agent": agent, "vedette.level": name, "vedette.data": _json(_rest(event))}
    return name, {key: value for key, value in attributes.items() if value not in ("", None)}


def _call(event: Event, agent: str) -> dict[str, Any]:
    # A traced provider writes its own name where others write the agent's, and counts characters for tokens.
    of_provider = event.event_type.startswith("provider_call")
    tokens = {
        "gen_ai.usage.input_tokens": value(event, "input_tokens", "prompt_tokens"),
        "gen_ai.usage.output_tokens": value(event, "output_tokens", "completion_tokens"),
    }
    tokens = {key: int(count) for key, count in tokens.items() if isinstance(count, int | float)}
    cost = value(event, "cost_usd", "cost_estimate")
    # A cost of nothing for tokens is a place holder, not a cost.
    placeholder = not cost and any(tokens.values())
    return {
        "vedette.kind": "llm",
        "vedette.agent": "" if of_provider else agent,
        "gen_ai.provider.name": str(value(event, "provider") or (agent if of_provider else "")),
        "gen_ai.request.model": str(value(event, "model") or ""),
        "vedette.usage_estimated": True if of_provider and tokens else None,
        "vedette.cost_usd": None if cost is None or placeholder else _amount(cost),
        **tokens,
        **_content(event),
    }


def _amount(cost: Any) -> str:
    return f"{cost:.12f}".rstrip("0").rstrip(".") if isinstance(cost, int | float) else str(cost)


def _content(event: Event) -> dict[str, Any]:
    given = value(event, "messages_in", "messages", "input", "prompt", "task")
    made = value(event, "response", "output", "result_output", "completion")
    content = {"vedette.input": _json(given), "vedette.output": _json(made)}
    return {key: text for key, text in content.items() if text}


def _rest(event: Event) -> dict[str, Any]:
    return {key: value for key, value in dict(event.payload).items() if key not in CONTENT}


def _json(content: Any) -> str:
    """Text as it is, anything else as JSON; what has no JSON as its text."""
    if content is None or isinstance(content, str):
        return content or ""
    return json.dumps(content, default=text, ensure_ascii=False)


def text(content: Any) -> str:
    """The text of any object, also of one whose own text fails."""
    try:
        return str(content)
    except Exception as error:
        return f"<{type(content).__name__} without a text: {type(error).__name__}>"
