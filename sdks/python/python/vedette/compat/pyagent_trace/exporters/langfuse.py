"""As :mod:`vedette.exporters.langfuse`."""

from vedette.exporters.langfuse import LangfuseExporter

__all__ = ["LangfuseExporter"]
