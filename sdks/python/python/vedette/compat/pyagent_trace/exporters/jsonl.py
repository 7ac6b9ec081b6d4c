"""As :mod:`vedette.exporters.jsonl`."""

from vedette.exporters.jsonl import JsonlExporter

__all__ = ["JsonlExporter"]
