"""What is said of the run or span that is current. Without one it is said to nobody."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from vedette import _core

Headers = TypeVar("Headers", bound=MutableMapping[str, str])


def log(message: object, level: str = "info", **data: Any) -> None:
    """Say a line of log; `level` is `debug`, `info`, `warn` or `error`."""
    if (span := _core.current_span() or _core.current_run()) is not None:
        span.log(message, level, **data)


def decision(
    choice: object, *, name: str | None = None, options: object = None, reason: str | None = None, **data: Any
) -> None:
    """Say which choice was made, among which options and why."""
    if (span := _core.current_span() or _core.current_run()) is not None:
        span.decision(choice, name=name, options=options, reason=reason, **data)


def event(name: str, **data: Any) -> None:
    """Say that something else happened."""
    if (span := _core.current_span() or _core.current_run()) is not None:
        span.event(name, **data)


def score(
    name: str, value: object, *, reason: str | None = None, source: str | None = None, id: str | None = None
) -> None:
    """Judge the current run: a number, a yes or no, or a word."""
    if (run := _core.current_run()) is not None:
        run.score(name, value, reason=reason, source=source, id=id)


def set_outcome(success: bool | None, outcome: str | None = None) -> None:
    """Say whether the current run did its job; beside whether it ended well."""
    if (run := _core.current_run()) is not None:
        run.set_outcome(success, outcome)


def inject_traceparent(headers: Headers) -> Headers:
    """Name the current span in the headers of a request, so that what serves it joins this run."""
    if (header := _core.traceparent()) is not None:
        headers["traceparent"] = header
    return headers
