"""Events of running patterns and the bus that carries them.

A producer emits, subscribers receive, in the producer's thread and in the order of subscription. The bus
knows which run an event belongs to, so that concurrent runs can be told apart, and feeds every event to
Vedette's recorder once :func:`vedette.init` has run. A subscriber that fails is counted and disturbs
neither the others nor the producer.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import uuid
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from vedette import _guard, _live
from vedette._tree import Delivering, EventTree, run_id_of

__all__ = ["TraceEvent", "TraceEventBus", "run_id_of"]


@dataclass(frozen=True)
class TraceEvent:
    """One event of a run.

    ``timestamp`` is in Unix seconds. ``event_type`` is usually one of ``pattern_start``, ``pattern_end``,
    ``agent_start``, ``agent_end``, ``llm_call``, ``llm_response``, ``routing_decision``, ``compression``,
    ``error``, ``cost_record``, or Studio's ``llm_call_start``, ``llm_call_end``, ``llm_call_error``; any
    other is carried too. ``run_id`` names the run; where it is empty the bus finds it: the run of the
    surrounding ``pattern_start``. ``content`` is what was said, where that is no part of the payload.
    """

    timestamp: float
    event_type: str
    agent_name: str = ""
    pattern_type: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    run_id: str = field(default="", kw_only=True)
    content: dict[str, Any] = field(default_factory=dict, kw_only=True, repr=False)


Callback = Callable[[TraceEvent], object]


@dataclass(frozen=True)
class _Subscription:
    id: str
    callback: Callback
    event_types: frozenset[str] | None

    def wants(self, event: TraceEvent) -> bool:
        return self.event_types is None or event.event_type in self.event_types


class TraceEventBus:
    """Carries events from producers to subscribers. Safe to use from several threads and tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Replaced, never changed: an emission in progress keeps the list it began with.
        self._subscriptions: tuple[_Subscription, ...] = ()
        self._tree = EventTree(_live.tracer, _live.describe, _live.open_run)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failures = 0

    @property
    def failures(self) -> int:
        """How often a subscriber failed."""
        return self._failures

    def subscribe(self, callback: Callback) -> str:
        """Calls back for every event, until :meth:`unsubscribe` with the id that this returns."""
        return self._add(callback, None)

    def subscribe_filter(self, event_types: Set[str], callback: Callback) -> str:
        """Calls back for these types of events only; an empty set matches none."""
        if isinstance(event_types, str):
            raise TypeError(f"event_types must be a set of types, not the text {event_types!r}")
        return self._add(callback, frozenset(event_types))

    def unsubscribe(self, subscription_id: str) -> None:
        """Ends a subscription. An id that is not known is ignored."""
        with self._lock:
            self._subscriptions = tuple(s for s in self._subscriptions if s.id != subscription_id)

    def emit(self, event: TraceEvent) -> str:
        """Gives an event to all subscribers that want it, unfiltered ones first; the id of its run. Never raises.

        A coroutine that a callback returns becomes a task of the running loop, or is run to its end where
        no loop runs.
        """
        place = self._tree.take(event)
        with Delivering(place):
            for result in self._results(event):
                if inspect.iscoroutine(result):
                    self._run(result)
        return place.run_id

    async def emit_async(self, event: TraceEvent) -> str:
        """As :meth:`emit`; a coroutine that a callback returns is awaited before the next one is called."""
        place = self._tree.take(event)
        with Delivering(place):
            for result in self._results(event):
                if inspect.isawaitable(result):
                    try:
                        await result
                    except Exception:
                        self._failed()
        return place.run_id

    def _add(self, callback: Callback, event_types: frozenset[str] | None) -> str:
        if not callable(callback):
            raise TypeError(f"a subscriber must be callable, not {type(callback).__name__}")
        subscription = _Subscription(uuid.uuid4().hex, callback, event_types)
        with self._lock:
            unfiltered = [s for s in self._subscriptions if s.event_types is None]
            filtered = [s for s in self._subscriptions if s.event_types is not None]
            (unfiltered if event_types is None else filtered).append(subscription)
            self._subscriptions = (*unfiltered, *filtered)
        return subscription.id

    def _results(self, event: TraceEvent) -> Iterator[object]:
        for subscription in self._subscriptions:
            try:
                result = subscription.callback(event) if subscription.wants(event) else None
            except Exception:
                self._failed()
            else:
                yield result

    def _run(self, coroutine: Any) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            try:
                asyncio.run(coroutine)
            except Exception:
                self._failed()
            return
        task = loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failed(task.exception())

    def _failed(self, error: BaseException | None = None) -> None:
        self._failures += 1
        _guard.report("a subscriber of a trace bus failed", error, ours=False)
