"""What an exception says of the span that it ends."""

from __future__ import annotations

import sys
import traceback

Failure = tuple["str | None", str, str, str]

_MESSAGE_CHARS = 10_000
_STACK_CHARS = 50_000


def describe(exception: BaseException) -> Failure:
    """Give its status (none if the work ended well), type, message and stack."""
    kind = type(exception)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(exception)
    except Exception:
        message = "[no readable message]"
    try:
        stack = "".join(traceback.format_exception(kind, exception, exception.__traceback__))
    except Exception:
        stack = ""
    return _status(exception), name, message[:_MESSAGE_CHARS], stack[-_STACK_CHARS:]


def _status(exception: BaseException) -> str | None:
    if isinstance(exception, GeneratorExit) or (isinstance(exception, SystemExit) and not exception.code):
        return None
    # A program that has not loaded asyncio has none of its exceptions.
    asyncio = sys.modules.get("asyncio")
    if isinstance(exception, KeyboardInterrupt) or (asyncio and isinstance(exception, asyncio.CancelledError)):
        return "cancelled"
    if isinstance(exception, TimeoutError) or (asyncio and isinstance(exception, asyncio.TimeoutError)):
        return "timeout"
    return "failed"
