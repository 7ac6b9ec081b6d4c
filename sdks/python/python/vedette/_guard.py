"""What goes wrong in us stays with us: counted, the first of each kind logged, never raised into the caller."""

from __future__ import annotations

import sys
import threading

STRICT = False
"""Whether errors of ours surface: for our own tests."""

_lock = threading.Lock()
_counts: dict[str, int] = {}
_errors = 0


def report(what: str, error: BaseException | None = None, *, ours: bool = True) -> None:
    """Count a failure of one kind and log the first with its traceback; `ours` unless the program's code failed."""
    global _errors
    error = error or sys.exc_info()[1]
    if STRICT and ours and error is not None:
        raise error
    with _lock:
        first = what not in _counts
        _counts[what] = _counts.get(what, 0) + 1
        _errors += ours
    if first:
        # Not before there is something to tell: a program that uses no logging need not load it.
        import logging

        logging.getLogger("vedette").warning("%s; further ones are counted, not logged", what, exc_info=error)


def counts() -> dict[str, int]:
    """Give how often each kind of failure came."""
    with _lock:
        return dict(_counts)


def errors() -> int:
    """Give how many failures were ours."""
    return _errors
