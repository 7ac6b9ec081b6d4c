"""OpenTelemetry's tracer provider, made of the recorder; and spans of a provider that the program has already."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.util import types
from opentelemetry.util._decorator import _agnosticcontextmanager

from vedette import _core


class Tracer(trace.Tracer):
    """Starts spans of one instrumentation."""

    def __init__(self, scope: _core.OtelScope) -> None:
        self._scope = scope

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: trace.SpanKind = trace.SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[trace.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> trace.Span:
        """Start a span below that of `context`, without making it current."""
        span: Any = _core.start_otel_span(self._scope, name, context, kind.value, attributes, start_time)
        for link in links or ():
            span.add_link(link.context, link.attributes)
        return span  # type: ignore[no-any-return]

    @_agnosticcontextmanager
    def start_as_current_span(
        self,
        name: str,
        context: Context | None = None,
        kind: trace.SpanKind = trace.SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[trace.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[trace.Span]:
        """Start a span and make it current within a block."""
        span = self.start_span(name, context, kind, attributes, links, start_time)
        with trace.use_span(
            span,
            end_on_exit=end_on_exit,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        ) as current:
            yield current


class TracerProvider(trace.TracerProvider):
    """The recorder for instrumentors; they need no OpenTelemetry SDK."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: types.Attributes | None = None,
    ) -> trace.Tracer:
        """Give the tracer of one instrumentation."""
        return Tracer(_core.OtelScope(instrumenting_module_name or "", instrumenting_library_version or ""))


class OfferedProvider(TracerProvider):
    """The recorder as the provider of a program that has none, until the program makes that its own.

    Libraries such as Langfuse take the global provider for one of OpenTelemetry's SDK and add a processor to it. From
    then on it hands out tracers of such a provider, which we have joined as we join one that was there before us.
    """

    def __init__(self) -> None:
        self._theirs: Any = None

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: types.Attributes | None = None,
    ) -> trace.Tracer:
        """Give the tracer of one instrumentation."""
        get: Any = super().get_tracer if self._theirs is None else self._theirs.get_tracer
        tracer: trace.Tracer = get(instrumenting_module_name, instrumenting_library_version, schema_url, attributes)
        return tracer

    def add_span_processor(self, processor: Any) -> None:
        """Become a provider of OpenTelemetry's SDK with this processor."""
        if self._theirs is None:
            from opentelemetry.sdk.trace import TracerProvider as SdkProvider

            theirs = SdkProvider()
            join(theirs)
            self._theirs = theirs
        self._theirs.add_span_processor(processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until all is sent."""
        return bool(self._theirs.force_flush(timeout_millis)) if self._theirs else _core.flush(timeout_millis / 1_000)

    def shutdown(self) -> None:
        """End the program's processors; the recorder ends by `vedette.shutdown`."""
        if self._theirs is not None:
            self._theirs.shutdown()

    def __getattr__(self, name: str) -> Any:
        if name == "_theirs" or self._theirs is None:
            raise AttributeError(name)
        return getattr(self._theirs, name)


_joined: weakref.WeakSet[Any] = weakref.WeakSet()


def join(provider: Any) -> None:
    """Take in spans of the program's own provider that belong to a run of ours; it works on as before."""
    add = getattr(provider, "add_span_processor", None)
    if callable(add) and provider not in _joined:
        from vedette._processor import Processor

        _joined.add(provider)
        _core.share_traces()
        add(Processor())
