"""As :mod:`vedette.exporters.otel`."""

from vedette.exporters.otel import OTelExporter

__all__ = ["OTelExporter"]
