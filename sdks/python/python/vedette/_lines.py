"""A file of JSON lines that grows: each line whole and out of the process when it is appended."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from vedette._live import text


class LineFile:
    """Safe for threads, and for processes that append to the same file. UTF-8 everywhere."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file: int | None = None

    def append(self, line: dict[str, Any]) -> None:
        """Appends one line. What has no JSON is written as its text."""
        data = json_line(line)
        with self._lock:
            file = self._open()
            while data:
                data = data[os.write(file, data) :]

    def open(self) -> None:
        """Opens the file now, so that one that cannot be written is known."""
        with self._lock:
            self._open()

    def flush(self) -> None:
        """Returns when all lines are on disk."""
        with self._lock:
            if self._file is not None:
                os.fsync(self._file)

    def close(self) -> None:
        """Flushes and closes; the next line opens it again."""
        with self._lock:
            if self._file is not None:
                os.fsync(self._file)
                os.close(self._file)
                self._file = None

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        return self._file


def json_line(line: dict[str, Any]) -> bytes:
    """One line of JSON with its end. Keys that are no text become text; a circle is told as what it is."""
    try:
        encoded = json.dumps(line, default=text)
    except (TypeError, ValueError, RecursionError):
        encoded = json.dumps({key: _plain(value, 0) for key, value in line.items()})
    return encoded.encode("utf-8", "replace") + b"\n"


def _plain(value: Any, depth: int) -> Any:
    if depth > 20:
        return "<nested too deep>"
    if isinstance(value, dict):
        return {text(key): _plain(inner, depth + 1) for key, inner in list(value.items())}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, depth + 1) for inner in list(value)]
    return value if isinstance(value, str | int | float | bool | None) else text(value)
