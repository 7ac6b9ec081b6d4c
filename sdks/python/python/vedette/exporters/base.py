"""What an exporter is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from vedette.events import TraceEvent

__all__ = ["TraceExporter"]


@runtime_checkable
class TraceExporter(Protocol):
    """Anything that has these three methods."""

    def export_event(self, event: TraceEvent) -> None:
        """Takes one event."""
        ...

    def flush(self) -> None:
        """Returns when what was taken is out."""
        ...

    def shutdown(self) -> None:
        """As :meth:`flush`, and lets go of what it holds."""
        ...
