"""Ways out of a trace bus. Attach one with ``bus.subscribe(exporter.export_event)``."""

from vedette.exporters.base import TraceExporter
from vedette.exporters.console import ConsoleExporter
from vedette.exporters.jsonl import JsonlExporter
from vedette.exporters.langfuse import LangfuseExporter
from vedette.exporters.otel import OTelExporter

__all__ = ["ConsoleExporter", "JsonlExporter", "LangfuseExporter", "OTelExporter", "TraceExporter"]
