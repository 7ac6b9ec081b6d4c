"""As :mod:`vedette.exporters.console`."""

from vedette.exporters.console import ConsoleExporter

__all__ = ["ConsoleExporter"]
