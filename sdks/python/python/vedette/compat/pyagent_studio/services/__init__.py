"""Studio's services: that of its traces."""

from vedette.trace_service import TraceService

__all__ = ["TraceService"]
