"""Evaluators of ``@span(metrics=[...])``: run beside the program, their verdicts kept as scores of the span."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from vedette import Span, _core, _guard

# Evaluators that wait for their turn; beyond it new ones are not run, and that is counted.
WAITING = 1_000

_lock = threading.Lock()
_thread: ThreadPoolExecutor | None = None
_waiting = 0


def _begin_again() -> None:
    """In a copy of the process made by `fork`, which has neither the thread nor what waits for it."""
    global _lock, _thread, _waiting
    _lock, _thread, _waiting = threading.Lock(), None, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)


def name_of(metric: Any) -> str:
    """What an evaluator calls itself."""
    return str(getattr(metric, "name", None) or type(metric).__name__)


def evaluate(span: Span, metrics: list[Any], input: Any, output: Any) -> None:
    """Has each evaluator judge one call, in a thread of its own. The end of the program waits for those that wait.

    An evaluator has ``measure(case)``, where a case has ``input`` and ``actual_output``; what it returns, else its
    ``score``, becomes the score, with its ``reason``. One that raises is counted and judges nothing.
    """
    global _waiting
    if not span.is_recording():
        return
    case = SimpleNamespace(
        input=_text(input), actual_output=_text(output), expected_output=None, context=None, retrieval_context=None
    )
    for metric in metrics:
        if not callable(getattr(metric, "measure", None)):
            continue
        with _lock:
            full = _waiting >= WAITING
            _waiting += not full
        if full:
            _guard.report("too many evaluators wait")
            continue
        try:
            _own_thread().submit(_judge, span, metric, case).add_done_callback(_done)
        except RuntimeError:  # the program ends
            _done(None)


def _judge(span: Span, metric: Any, case: Any) -> None:
    try:
        given = metric.measure(case)
        value = getattr(metric, "score", None) if given is None else given
        if value is None:
            return
        reason = getattr(metric, "reason", None)
        span.score(name_of(metric), value, reason=None if reason is None else str(reason), source="judge")
    except Exception as error:
        _guard.report("an evaluator failed", error, ours=False)


def _done(_: Future[None] | None) -> None:
    global _waiting
    with _lock:
        _waiting -= 1


def _own_thread() -> ThreadPoolExecutor:
    global _thread
    with _lock:
        if _thread is None:
            _thread = ThreadPoolExecutor(1, thread_name_prefix="vedette-evaluators")
        return _thread


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _core.json_text(value)
