"""Libraries that trace themselves: turned on by their own options, in the shape of OpenTelemetry's instrumentors."""

from __future__ import annotations

import importlib.util
from typing import Any

from vedette.instrument._switches import set_variable


class DoesNotFitError(Exception):
    """The library, in this version or as it is wanted, does not trace itself."""


class Anthropic:
    """From version 2 on each client writes spans to the global provider; only content has to be asked for."""

    is_instrumented_by_opentelemetry = False

    def instrument(self, *, capture_content: bool, **_: Any) -> None:
        """Ask for content. Clients that exist already keep what they read when they were made."""
        if importlib.util.find_spec("anthropic._tracing") is None:
            raise DoesNotFitError
        set_variable("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content", "metadata_only", capture_content)

    def uninstrument(self) -> None:
        """Do nothing: the variable is given back with all others."""


class Mistral:
    """From version 3 on each client writes spans, with content, to the global provider if a variable asks for it."""

    is_instrumented_by_opentelemetry = False

    def instrument(self, *, capture_content: bool, **_: Any) -> None:
        """Ask for spans. Without content it is not for us: there is no switch for that."""
        if importlib.util.find_spec("mistralai.extra.observability.telemetry") is None:
            raise DoesNotFitError
        set_variable("MISTRAL_SDK_TELEMETRY", "global", "false", capture_content)
        if not capture_content:
            raise DoesNotFitError

    def uninstrument(self) -> None:
        """Do nothing: the variable is given back with all others."""


class PydanticAI:
    """Its agents have settings of their own, which are also those of all agents."""

    def __init__(self) -> None:
        from pydantic_ai import Agent

        self._agent: Any = Agent
        self._ours: Any = None

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether the program, or Logfire, has called `Agent.instrument_all`."""
        return bool(self._agent._instrument_default)

    def instrument(self, *, tracer_provider: Any, capture_content: bool, **_: Any) -> None:
        """Set what holds for all agents that say nothing themselves."""
        from pydantic_ai.models.instrumented import InstrumentationSettings

        self._ours = InstrumentationSettings(tracer_provider=tracer_provider, include_content=capture_content)
        self._agent.instrument_all(self._ours)

    def uninstrument(self) -> None:
        """Take the settings away, unless the program has set its own since."""
        if self._agent._instrument_default is self._ours:
            self._agent.instrument_all(False)
