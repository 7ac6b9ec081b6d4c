"""Content on or off: each family of instrumentors has a switch of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

Switch = Callable[[bool], dict[str, Any]]
"""Sets the switch; gives what `instrument` is called with beside the provider."""

SAID = ("crew_agents", "crew_tasks", "crew_inputs", "flow_inputs")
"""Attributes with what was said that no switch of their instrumentor leaves out; without content they are redacted."""

_before: dict[str, str | None] = {}


def genai(capture_content: bool) -> dict[str, Any]:
    """OpenTelemetry's GenAI instrumentors read one variable."""
    set_variable("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY", "NO_CONTENT", capture_content)
    return {}


def genai_agents(capture_content: bool) -> dict[str, Any]:
    """As `genai`; and the SDK's own traces, with all that is said, are not sent to OpenAI beside ours."""
    return genai(capture_content) | {"disable_openai_trace_export": True}


def openinference(capture_content: bool) -> dict[str, Any]:
    """OpenInference's take a configuration; what it leaves open is read from their own variables."""
    from openinference.instrumentation import TraceConfig

    hidden = {} if capture_content else {"hide_inputs": True, "hide_outputs": True, "hide_prompts": True}
    return {"config": TraceConfig(hide_embedding_vectors=True, hide_embeddings_vectors=True, **hidden)}


def own(capture_content: bool) -> dict[str, Any]:
    """Those of `_native` are told."""
    return {"capture_content": capture_content}


def set_variable(name: str, on: str, off: str | None, capture_content: bool) -> None:
    """Set a variable of the process until `restore`. Where content is wanted, what the program set itself stands."""
    given = os.environ.get(name)
    if capture_content and given:
        return
    _before.setdefault(name, given)
    _put(name, on if capture_content else off)


def restore() -> None:
    """Give the program its own variables back."""
    while _before:
        _put(*_before.popitem())


def _put(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
