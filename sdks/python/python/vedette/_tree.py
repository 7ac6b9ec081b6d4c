"""From a stream of events to the runs and the tree of spans they tell of.

Starts and ends are paired within a run, a cost told apart joins its call, what has no run opens one of its
own. The run of an event is the one it names, else the one opened around it in its thread or task, else the
newest that is open. What waits for its other half is bounded: the oldest run is closed as it is.
"""

from __future__ import annotations

import math
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, StatusCode, Tracer

from vedette import _guard

RUNS_OPEN = 1_000
SPANS_WAITING = 1_000

Kind = Literal["pattern", "agent", "call", "point"]


class Event(Protocol):
    """What is asked of an event; any object that has these will do."""

    @property
    def timestamp(self) -> float: ...
    @property
    def event_type(self) -> str: ...
    @property
    def agent_name(self) -> str: ...
    @property
    def pattern_type(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...


class Describe(Protocol):
    """Names a span that an event begins, ends or is, and says its attributes."""

    def __call__(self, kind: Kind, event: Event, *, top: bool) -> tuple[str, dict[str, Any]]: ...


OpenRun = Callable[[str, dict[str, Any], int], "Span | None"]
"""Begins a run of its own: name, attributes, start in nanoseconds. None where the tracer is to do it."""

_delivered: ContextVar[Place | None] = ContextVar("vedette_delivered", default=None)
_surrounding: ContextVar[Run | None] = ContextVar("vedette_surrounding_run", default=None)


def run_id_of(event: Event) -> str:
    """The run of an event: what it names, else, while a bus delivers it, the one the bus found; else empty."""
    place = _delivered.get()
    return named_run(event) or ("" if place is None else place.run_id)


def span_ids_of(event: Event) -> tuple[str, str]:
    """The recorded span that an event begins, ends or is, and the one above it, while a bus delivers it; else empty."""
    place = _delivered.get()
    return ("", "") if place is None else (place.span_id, place.parent_span_id)


def named_run(event: Event) -> str:
    """The run that an event names itself, or nothing."""
    own = getattr(event, "run_id", "")
    named = own or value(event, "run_id", "trace_id")
    return str(named) if isinstance(named, str | int) else ""


def value(event: Event, *keys: str) -> Any:
    """The first of some keys of the payload that has a value."""
    payload, content = event.payload, getattr(event, "content", None)
    for source in (payload, content) if content else (payload,):
        if isinstance(source, dict):
            for key in keys:
                if (found := source.get(key)) is not None:
                    return found
    return None


def content_of(event: Event) -> dict[str, Any]:
    """What was said, where an event carries it beside its payload."""
    content = getattr(event, "content", None)
    return content if isinstance(content, dict) else {}


def time_ns(event: Event) -> int:
    """When it happened, to the microsecond that a float can hold; now, where it does not say."""
    seconds = event.timestamp
    if isinstance(seconds, int | float) and math.isfinite(seconds) and 0 < seconds < 9e9:
        return round(seconds * 1e6) * 1_000
    return time.time_ns()


def duration_ns(event: Event) -> int | None:
    """How long it took, if it says."""
    for key, scale in (("duration_ms", 1e6), ("latency_ms", 1e6), ("duration_seconds", 1e9)):
        length = value(event, key)
        if isinstance(length, int | float) and 0 <= length * scale < 1e18:
            return round(length * scale)
    return None


def mint_run_id() -> str:
    """An id for a run that is told of only in a file: time-ordered, as those of the recorder."""
    return (
        f"run_{os.environ.get('VEDETTE_REGION') or 'eu'}_{time.time_ns() // 1_000_000:012x}7{secrets.token_hex(10)[1:]}"
    )


def _run_id(span: Span) -> str:
    """The run of a span: as ours spell it, else by its trace."""
    return getattr(span, "run_id", "") or f"run_eu_{span.get_span_context().trace_id:032x}"


class Place(NamedTuple):
    """Where an event belongs; empty where that is not known."""

    run_id: str
    span_id: str = ""
    parent_span_id: str = ""


class Delivering:
    """While this context is open, :func:`run_id_of` and :func:`span_ids_of` answer with a place."""

    __slots__ = ("_place", "_token")

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        self._token: Token[Place | None] = _delivered.set(self._place)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _delivered.reset(self._token)


class _Open:
    """A span that has begun, or a call that is told and waits for its cost."""

    __slots__ = ("agent", "begun_ns", "ended_ns", "kind", "model", "name", "says_cost", "says_tokens", "span")

    def __init__(self, kind: Kind, event: Event, span: Span | None, begun_ns: int) -> None:
        self.kind = kind
        self.name = str(event.pattern_type if kind == "pattern" else event.agent_name)
        self.agent = str(event.agent_name)
        self.model = str(value(event, "model") or "")
        self.span = span
        self.begun_ns = begun_ns
        self.ended_ns: int | None = None
        self.says_tokens = False
        self.says_cost = False

    def end(self, at_ns: int) -> None:
        if self.span is not None:
            self.span.end(max(at_ns, self.begun_ns))


class Run:
    """One run while its events come."""

    __slots__ = ("agents", "calls", "id", "is_open", "opener", "parent", "patterns", "said", "tree")

    def __init__(self, tree: EventTree, run_id: str) -> None:
        self.tree = tree
        self.id = run_id
        self.is_open = True
        self.opener: _Open | None = None
        # The context that spans at the top of the run hang from.
        self.parent: Context | None = None
        self.patterns: list[_Open] = []
        self.agents: list[_Open] = []
        self.calls: list[_Open] = []
        # Calls that are over and wait for a cost told apart.
        self.said: list[_Open] = []


class EventTree:
    """See the module. Without a tracer it only tells runs apart. Never raises."""

    def __init__(
        self, tracer: Callable[[], Tracer | None], describe: Describe, open_run: OpenRun | None = None
    ) -> None:
        self._tracer = tracer
        self._describe = describe
        self._open_run = open_run
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {}

    def take(self, event: Event) -> Place:
        """Takes one event in; where it belongs."""
        try:
            with self._lock:
                return self._take(event)
        except Exception:
            _guard.report("an event could not be read")
            return Place("")

    def close(self) -> None:
        """Ends whatever is open, as it is."""
        with self._lock:
            for run in list(self._runs.values()):
                self._close(run, time.time_ns())

    def _take(self, event: Event) -> Place:
        what = event.event_type
        run = self._run_of(event)
        span: Span | None
        if what.endswith("_call_start"):
            self._settle(run, event.agent_name)
            span = self._opened(run.calls, self._begin("call", event, run))
        elif what.endswith(("_call_end", "_call_error")):
            span = self._end_call(event, run)
        elif what == "pattern_start":
            span = self._opened(run.patterns, self._begin("pattern", event, run))
        elif what == "agent_start":
            span = self._opened(run.agents, self._begin("agent", event, run))
        elif what == "pattern_end":
            span = self._end(event, run, "pattern", run.patterns, event.pattern_type)
        elif what == "agent_end":
            self._settle(run, event.agent_name)
            span = self._end(event, run, "agent", run.agents, event.agent_name)
        elif what == "llm_call":
            span = self._say_call(event, run)
        elif what == "llm_response":
            span = self._respond(event, run)
        elif what == "cost_record":
            span = self._cost(event, run)
        else:
            span = self._point(event, run)
        for waiting in (run.patterns, run.agents, run.calls, run.said):
            if len(waiting) > SPANS_WAITING:
                waiting.pop(0).end(time_ns(event))
        if run.opener is None:
            self._close(run, time_ns(event))
        known = None if span is None else span.get_span_context()
        if known is None or not known.is_valid:
            return Place(run.id)
        return Place(run.id, f"{known.span_id:016x}", getattr(span, "parent_id", None) or "")

    # Runs

    def _run_of(self, event: Event) -> Run:
        named = named_run(event)
        if named:
            return self._runs.get(named) or self._open(event, named)
        around = _surrounding.get()
        if around is not None and around.tree is self:
            if around.is_open or event.event_type == "cost_record":
                return around
        elif event.event_type != "pattern_start" and self._runs:
            return next(reversed(self._runs.values()))
        return self._open(event, "")

    def _open(self, event: Event, named: str) -> Run:
        run = Run(self, named or mint_run_id())
        current = trace.get_current_span()
        if current.get_span_context().is_valid:
            run.id = named or _run_id(current)
        else:
            run.parent = Context()
        self._runs[run.id] = run
        _surrounding.set(run)
        if len(self._runs) > RUNS_OPEN:
            self._close(next(iter(self._runs.values())), time_ns(event))
        return run

    def _close(self, run: Run, at_ns: int) -> None:
        run.is_open = False
        self._runs.pop(run.id, None)
        self._settle(run)
        for left in (run.calls, run.agents, run.patterns):
            while left:
                left.pop().end(at_ns)

    def _settle(self, run: Run, agent: str | None = None) -> None:
        """Ends the calls of an agent that wait for a cost; of every agent, if none is named."""
        for call in [call for call in run.said if agent is None or call.agent == agent]:
            run.said.remove(call)
            call.end(call.ended_ns or call.begun_ns)

    # Spans; each answers with the one that the event is about

    def _opened(self, waiting: list[_Open], opened: _Open) -> Span | None:
        waiting.append(opened)
        return opened.span

    def _begin(self, kind: Kind, event: Event, run: Run, at_ns: int | None = None) -> _Open:
        begun_ns = time_ns(event) if at_ns is None else at_ns
        tracer = self._tracer()
        span = None
        if tracer is not None:
            top = run.opener is None and run.parent is not None
            name, attributes = self._describe(kind, event, top=top)
            if top and kind != "call" and self._open_run is not None:
                span = self._open_run(name, attributes, begun_ns)
            if span is None:
                span = tracer.start_span(name, self._context(event, run), attributes=attributes, start_time=begun_ns)
            if top and not named_run(event):
                self._rename(run, span)
        opened = _Open(kind, event, span, begun_ns)
        run.opener = run.opener or opened
        return opened

    def _rename(self, run: Run, span: Span) -> None:
        """A run of its own has the id of its trace, once there is one."""
        if span.get_span_context().is_valid:
            self._runs.pop(run.id, None)
            run.id = _run_id(span)
            self._runs[run.id] = run

    def _context(self, event: Event, run: Run) -> Context | None:
        """Below its agent, else the innermost agent of no name, else the innermost pattern."""
        agents = [agent for agent in run.agents if agent.name == event.agent_name]
        above = agents[-1:] or ([] if event.agent_name else run.agents[-1:]) or run.patterns[-1:]
        if event.event_type == "agent_start":
            above = run.patterns[-1:] or run.agents[-1:]
        span = above[0].span if above else None
        if span is None and run.opener is not None and not above:
            span = run.opener.span
        return run.parent if span is None else trace.set_span_in_context(span, run.parent)

    def _end(self, event: Event, run: Run, kind: Kind, opened: list[_Open], name: str) -> Span | None:
        fits = [one for one in opened if not name or one.name == name]
        if not fits:
            return self._point(event, run)
        ended = fits[-1]
        opened.remove(ended)
        self._finish(ended, kind, event)
        ended.end(time_ns(event))
        if ended is run.opener:
            self._close(run, time_ns(event))
        return ended.span

    def _end_call(self, event: Event, run: Run) -> Span | None:
        model = str(value(event, "model") or "")
        fits = [call for call in run.calls if call.agent == event.agent_name]
        call = next((call for call in fits if call.model == model), fits[0] if fits else None)
        if call is None:
            return self._say_call(event, run)
        run.calls.remove(call)
        self._finish(call, "call", event)
        return self._said(call, event, run)

    def _say_call(self, event: Event, run: Run) -> Span | None:
        self._settle(run, event.agent_name)
        call = self._begin("call", event, run, time_ns(event) - (duration_ns(event) or 0))
        self._fail(call, event)
        return self._said(call, event, run)

    def _said(self, call: _Open, event: Event, run: Run) -> Span | None:
        call.ended_ns = time_ns(event)
        call.says_tokens = value(event, "input_tokens", "output_tokens") is not None
        call.says_cost = value(event, "cost_usd", "cost_estimate") is not None
        if call is run.opener:
            # Nothing will tell that no cost follows, so it does not wait.
            call.end(call.ended_ns)
            self._close(run, call.ended_ns)
        else:
            run.said.append(call)
        return call.span

    def _respond(self, event: Event, run: Run) -> Span | None:
        call = next((call for call in reversed(run.said) if call.agent == event.agent_name), None)
        if call is None:
            return self._point(event, run)
        self._finish(call, "call", event)
        call.ended_ns = time_ns(event)
        return call.span

    def _cost(self, event: Event, run: Run) -> Span | None:
        """Joins the call it is of, once. Of a call that told its cost it is a repeat; of no call it is one."""
        model = str(value(event, "model") or "")
        lone = [run.opener] if run.opener is not None and not run.is_open else []
        fits = [call for call in run.said + lone if call.agent == event.agent_name and call.model in ("", model)]
        call = fits[0] if fits else None
        if call is not None and call in run.said and not call.says_cost:
            self._finish(call, "call", event)
            call.says_cost = True
            return call.span
        if call is not None and (call.says_cost or call.says_tokens):
            # As a call of its own it would count the tokens twice.
            return self._point(event, run)
        at_ns = time_ns(event)
        told = self._begin("call", event, run, at_ns)
        told.end(at_ns)
        return told.span

    def _point(self, event: Event, run: Run) -> Span | None:
        tracer = self._tracer()
        if tracer is None:
            return None
        name, attributes = self._describe("point", event, top=False)
        at_ns = time_ns(event)
        span = tracer.start_span(name, self._context(event, run), attributes=attributes, start_time=at_ns)
        if event.event_type == "error":
            span.set_status(StatusCode.ERROR, str(value(event, "message", "error") or ""))
        span.end(at_ns)
        return span

    def _finish(self, opened: _Open, kind: Kind, event: Event) -> None:
        if opened.span is None:
            return
        _, attributes = self._describe(kind, event, top=False)
        # What kind of span it is was said when it began.
        attributes.pop("vedette.kind", None)
        opened.span.set_attributes(attributes)
        self._fail(opened, event)

    def _fail(self, opened: _Open, event: Event) -> None:
        error = value(event, "error", "error_message")
        if opened.span is not None and (error or event.event_type.endswith("_error")):
            opened.span.set_status(StatusCode.ERROR, str(error or value(event, "message") or ""))
