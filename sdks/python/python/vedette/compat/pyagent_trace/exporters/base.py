"""As :mod:`vedette.exporters.base`."""

from vedette.exporters.base import TraceExporter

__all__ = ["TraceExporter"]
