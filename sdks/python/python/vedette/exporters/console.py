"""Events as lines of text."""

from __future__ import annotations

import sys
from typing import IO

from vedette._live import text
from vedette.events import TraceEvent

__all__ = ["ConsoleExporter"]

# One event is one line, whatever stands in it.
_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r", "\x0b": "\\x0b", "\x0c": "\\x0c", "\x1b": "\\x1b"})


class ConsoleExporter:
    """Writes ``[llm_call] pattern=p agent=a k=1`` to a stream, standard output if none is given."""

    def __init__(self, output: IO[str] | None = None) -> None:
        self._output = output

    def export_event(self, event: TraceEvent) -> None:
        """Writes one line."""
        parts = [f"[{event.event_type}]"]
        if event.pattern_type:
            parts.append(f"pattern={event.pattern_type}")
        if event.agent_name:
            parts.append(f"agent={event.agent_name}")
        parts += [f"{key}={text(value)}" for key, value in event.payload.items()]
        self._stream().write(" ".join(parts).translate(_BREAKS) + "\n")

    def flush(self) -> None:
        """Flushes the stream."""
        self._stream().flush()

    def shutdown(self) -> None:
        """Flushes the stream, which stays open."""
        self.flush()

    def _stream(self) -> IO[str]:
        return sys.stdout if self._output is None else self._output
