"""As :mod:`vedette.trace_service`."""

from vedette.trace_service import TraceService, TraceSpan

__all__ = ["TraceService", "TraceSpan"]
