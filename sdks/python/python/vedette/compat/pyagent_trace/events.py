"""As :mod:`vedette.events`."""

from vedette.events import TraceEvent, TraceEventBus

__all__ = ["TraceEvent", "TraceEventBus"]
