"""As :mod:`vedette.exporters`."""

from vedette.exporters import ConsoleExporter, JsonlExporter, LangfuseExporter, OTelExporter, TraceExporter

__all__ = ["ConsoleExporter", "JsonlExporter", "LangfuseExporter", "OTelExporter", "TraceExporter"]
