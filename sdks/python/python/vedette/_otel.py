"""One tree with OpenTelemetry: the recorder as its tracer provider."""

from __future__ import annotations

from typing import Any

from vedette import _core

_prepared = False
_provider: Any = None
_offered: Any = None


def prepare() -> None:
    """Make our spans OpenTelemetry's, so that its functions take them for its own."""
    global _prepared
    if _prepared:
        return
    from opentelemetry import trace

    trace.Span.register(_core.Span)
    _prepared = True


def provider() -> Any:
    """Give the recorder as a tracer provider, for an instrumentor's `tracer_provider=`."""
    global _provider
    if _provider is None:
        from vedette._provider import TracerProvider

        prepare()
        _provider = TracerProvider()
    return _provider


def is_ours(provider: object) -> bool:
    """Whether what this provider makes reaches the recorder by itself."""
    return provider is not None and (provider is _provider or provider is _offered)


def offer_provider() -> None:
    """Be the provider of a program that has none; one that it sets later takes its place."""
    global _offered
    from opentelemetry import trace

    current = trace.get_tracer_provider()
    if isinstance(current, trace.ProxyTracerProvider):
        from vedette._provider import OfferedProvider

        _offered = OfferedProvider()
        # Not by `set_tracer_provider`, which would refuse the program its own later.
        trace._TRACER_PROVIDER = _offered
    elif current is not _offered:
        from vedette._provider import join

        join(current)
