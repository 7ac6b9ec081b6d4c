"""What joins a provider of OpenTelemetry's SDK. Loaded only where the program has one."""

from __future__ import annotations

from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from vedette import _core


class Processor(SpanProcessor):
    """Hands spans of the program's own provider to the recorder, if they belong to a trace that it records."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], _core.OtelScope] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: what is open there is told when it ends."""

    def on_end(self, span: ReadableSpan) -> None:
        """Record an ended span of a run of ours."""
        _core.record_otel_span(self._scope(span.instrumentation_scope), span)

    def _scope(self, scope: Any) -> _core.OtelScope:
        name, version = (scope.name or "", scope.version or "") if scope is not None else ("", "")
        known = self._scopes.get((name, version))
        if known is None:
            known = self._scopes[name, version] = _core.OtelScope(name, version)
        return known

    def shutdown(self) -> None:
        """Leave the recorder as it is: it is not this provider's."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until the server has all."""
        return _core.flush(timeout_millis / 1_000)
