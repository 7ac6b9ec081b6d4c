"""Events as lines of JSON."""

from __future__ import annotations

import os
from typing import Any

from vedette._lines import LineFile
from vedette.events import TraceEvent, run_id_of

__all__ = ["JsonlExporter"]


class JsonlExporter:
    """Appends each event to a file as one line: its five fields, and ``run_id`` where its run is known.

    Folders above the file are made at once, the file is opened with the first event. Every line is on its
    way to the disk when :meth:`export_event` returns.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lines = LineFile(path)

    def export_event(self, event: TraceEvent) -> None:
        """Appends one line; after :meth:`shutdown` the file is opened again."""
        line: dict[str, Any] = {
            "timestamp": event.timestamp,
            "event_type": event.event_type,
            "agent_name": event.agent_name,
            "pattern_type": event.pattern_type,
            "payload": event.payload,
        }
        if run_id := run_id_of(event):
            line["run_id"] = run_id
        self._lines.append(line)

    def flush(self) -> None:
        """Returns when the lines are on disk."""
        self._lines.flush()

    def shutdown(self) -> None:
        """Flushes and closes the file."""
        self._lines.close()
