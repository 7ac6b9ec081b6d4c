"""Recordings loaded and asked: files of JSON lines, one event a line, in any shape a recorder writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vedette._core import Recording, TraceSpan

__all__ = ["TraceService", "TraceSpan"]


class TraceService:
    """Loads one file at a time. Each event is a span as its line stands; nothing is joined or made up."""

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._spans: list[TraceSpan] = []

    def load(self, path: str | os.PathLike[str]) -> list[TraceSpan]:
        """Reads a file. Blank lines and those that are no JSON object are passed over and counted."""
        if not Path(path).exists():
            raise FileNotFoundError(f"Trace file not found: {os.fspath(path)}")
        self._recording = Recording.load(os.fspath(path))
        self._spans = self._recording.spans()
        return list(self._spans)

    def query(
        self,
        event_type: str | None = None,
        agent_name: str | None = None,
        min_duration_ms: float | None = None,
        max_duration_ms: float | None = None,
        *,
        model: str | None = None,
        run_id: str | None = None,
    ) -> list[TraceSpan]:
        """The spans that meet every condition given, in the file's order."""
        if self._recording is None:
            return []
        # As the original has it, an empty name asks for nothing.
        found = self._recording.query(
            event_type or None, agent_name or None, model or None, run_id or None, min_duration_ms, max_duration_ms
        )
        return [self._spans[index] for index in found]

    @property
    def spans(self) -> list[TraceSpan]:
        """All spans, in the file's order."""
        return list(self._spans)

    @property
    def skipped(self) -> int:
        """Lines that are no event."""
        return 0 if self._recording is None else self._recording.skipped

    def summary(self) -> dict[str, Any]:
        """Figures over all spans; ``total_cost_usd`` is None where no span has a cost."""
        if self._recording is None or not self._spans:
            return {"loaded": False, "count": 0}
        return {"loaded": True, "count": len(self._spans), "skipped": self.skipped, **self._recording.summary()}
