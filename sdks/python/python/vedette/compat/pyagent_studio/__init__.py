"""PyAgent Studio's traces under their own paths."""

from vedette.recorder import Recorder
from vedette.trace_service import TraceService

__all__ = ["Recorder", "TraceService"]
