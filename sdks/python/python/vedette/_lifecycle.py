"""The end of recording: of the process, of a copy made by `fork`, of a worker."""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass

from vedette import _core, _guard

_hooks_set = False


@dataclass(frozen=True)
class Stats:
    """What became of what was recorded."""

    recorded: int
    """Spans and point events that were taken in."""
    sent: int
    """Of these, and of what other processes left, what the server has."""
    spooled: int
    """What waits on disk for the server."""
    dropped: int
    """What was lost: too much was waiting, or the spool was full."""
    refused: int
    """What the server refused for good."""
    errors: int
    """Errors of Vedette's own that were kept away from the program."""
    last_error: str | None
    """Why the server did not take the last request, if it did not."""


def flush(timeout: float = 10.0) -> bool:
    """Wait until the server has all that was recorded before; whether it has."""
    return _core.flush(timeout)


def shutdown(timeout: float = 10.0) -> bool:
    """Flush and record nothing more, until `init` is called again."""
    leave_libraries()
    return _core.shutdown(timeout)


def leave_libraries() -> None:
    """End automatic capture, if it was begun."""
    if module := sys.modules.get("vedette.instrument"):
        module.uninstrument()


def stats() -> Stats:
    """Tell what became of what was recorded."""
    told = _core.stats()
    return Stats(**told | {"errors": told["errors"] + _guard.errors()})


def set_hooks() -> None:
    """Let nothing be lost when the process ends or is copied. Once for the process."""
    global _hooks_set
    if _hooks_set:
        return
    _hooks_set = True
    atexit.register(_core.settle)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    for name in ("multiprocessing.util", "billiard.util"):
        if name in sys.modules:
            _register_worker(name)


def _after_fork() -> None:
    _core.after_fork()
    # A worker of these ends by `os._exit`, after its own finalizers only.
    for name in ("multiprocessing.util", "billiard.util"):
        if name in sys.modules:
            _register_worker(name)


_registered: set[str] = set()


def _register_worker(name: str) -> None:
    if name in _registered:
        return
    _registered.add(name)
    util = sys.modules[name]
    util.register_after_fork(_core.settle, lambda settle: util.Finalize(None, settle, exitpriority=0))
