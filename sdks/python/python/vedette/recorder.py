"""Recordings of patterns: in memory for a look, on disk line by line, and back.

A file is in one of two shapes. ``output_path`` appends flat lines as Studio reads them, one an event, as it
happens. :meth:`Recorder.save` writes entries, whole. :meth:`Recorder.load` reads both, and bus events too.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from vedette import _guard
from vedette._lines import LineFile, json_line
from vedette._live import text
from vedette._tree import Event, content_of, mint_run_id, run_id_of, span_ids_of, time_ns, value
from vedette.events import TraceEvent, TraceEventBus

__all__ = ["RecordEntry", "Recorder"]

# With a file beside it, memory keeps the newest only.
ENTRIES_KEPT = 10_000


@dataclass
class RecordEntry:
    """One recorded event: ``pattern_start``, ``llm_call`` or ``pattern_end``."""

    timestamp: float
    event_type: str
    agent_name: str
    messages_in: list[dict[str, Any]]
    response: str
    metadata: dict[str, Any]


class Recorder:
    """Records what a pattern asked its models and what they answered. Safe to use from several threads.

    With a bus, what is recorded is also emitted there. With ``output_path`` (a keyword), every event of the
    bus, or every record where there is no bus, is appended to that file at once, each with the id of its
    run; a path that cannot be written raises here, nothing raises later.
    """

    def __init__(
        self, event_bus: TraceEventBus | None = None, *, output_path: str | os.PathLike[str] | None = None
    ) -> None:
        if event_bus is not None and not hasattr(event_bus, "subscribe"):
            raise TypeError(f"event_bus must be a TraceEventBus, not {type(event_bus).__name__}")
        self._event_bus = event_bus
        self._entries: deque[RecordEntry] = deque(maxlen=None if output_path is None else ENTRIES_KEPT)
        self._lock = threading.Lock()
        self._started: float | None = None
        self._run_id = ""
        self._lines: LineFile | None = None
        if output_path is not None:
            self._lines = LineFile(output_path)
            self._lines.open()
            if event_bus is not None:
                event_bus.subscribe(self._write)

    def start(self, pattern_type: str) -> None:
        """A pattern begins, and with it a run."""
        now = time.time()
        self._record(RecordEntry(now, "pattern_start", "", [], "", {"pattern_type": pattern_type}))
        # Through a bus the run is the one the bus opens.
        run_id = "" if self._event_bus is not None else mint_run_id()
        event = TraceEvent(now, "pattern_start", "", pattern_type, {"pattern_type": pattern_type}, run_id=run_id)
        found = self._emit(event)
        with self._lock:
            self._started, self._run_id = now, found

    def record_llm_call(
        self, agent_name: str, messages: Iterable[Any], response: str, metadata: dict[str, Any] | None = None
    ) -> None:
        """A model was called. Messages are objects with ``role``, ``content`` and ``name``, dicts or texts."""
        now = time.time()
        told = dict(metadata or {})
        sent = _messages(messages)
        self._record(RecordEntry(now, "llm_call", agent_name, sent, response, told))
        payload = {"model": "", **told, "response": response}
        content = {"messages_in": sent}
        self._emit(TraceEvent(now, "llm_call", agent_name, "", payload, run_id=self._run_id, content=content))

    def end(self, result_output: str) -> None:
        """The pattern is over."""
        now = time.time()
        with self._lock:
            seconds = 0.0 if self._started is None else now - self._started
            run_id, self._started, self._run_id = self._run_id, None, ""
        self._record(RecordEntry(now, "pattern_end", "", [], result_output, {"duration_seconds": seconds}))
        payload = {"result_output": result_output, "duration_seconds": seconds}
        self._emit(TraceEvent(now, "pattern_end", "", "", payload, run_id=run_id))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes all entries to a file, over what stands there, as one: whole or not at all."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
        with beside.open("wb") as file:
            file.writelines(json_line(asdict(entry)) for entry in self.entries)
        beside.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> list[RecordEntry]:
        """Reads a file of entries, of flat lines or of bus events; what is no event is passed over."""
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return [entry for line in file if (entry := _entry(line)) is not None]

    @property
    def entries(self) -> list[RecordEntry]:
        """A copy of what was recorded, in order."""
        with self._lock:
            return list(self._entries)

    @property
    def llm_calls(self) -> list[RecordEntry]:
        """The model calls among the entries."""
        return [entry for entry in self.entries if entry.event_type == "llm_call"]

    def close(self) -> None:
        """Closes the file; a later event opens it again."""
        if self._lines is not None:
            self._lines.close()

    def _record(self, entry: RecordEntry) -> None:
        with self._lock:
            self._entries.append(entry)

    def _emit(self, event: TraceEvent) -> str:
        """Passes an event on; the id of its run."""
        if self._event_bus is not None:
            return self._event_bus.emit(event) or ""
        if self._lines is not None:
            self._write(event)
        return event.run_id

    def _write(self, event: TraceEvent) -> None:
        """Appends the flat line of an event."""
        assert self._lines is not None
        try:
            self._lines.append(flat_line(event, run_id_of(event) or mint_run_id(), *span_ids_of(event)))
        except OSError:
            _guard.report("a recording could not be written")


def flat_line(event: Event, run_id: str, span_id: str = "", parent_span_id: str = "") -> dict[str, Any]:
    """An event as Studio's files have it. A call's end has all of its keys, other events what they know."""
    moment = datetime.fromtimestamp(time_ns(event) / 1e9, timezone.utc)
    figures: dict[str, Any] = {
        "provider": value(event, "provider"),
        "model": value(event, "model"),
        "input_tokens": value(event, "input_tokens", "prompt_tokens"),
        "output_tokens": value(event, "output_tokens", "completion_tokens"),
        "duration_ms": _duration_ms(event),
        "cost_estimate": value(event, "cost_estimate", "cost_usd"),
    }
    if event.event_type != "llm_call_end":
        figures = {key: figure for key, figure in figures.items() if figure is not None}
    line = {
        "event_type": event.event_type,
        "agent_name": event.agent_name,
        "workflow": value(event, "workflow"),
        "pattern": event.pattern_type or value(event, "pattern", "pattern_type"),
        "run_id": run_id,
        **figures,
        "timestamp": _iso(moment),
    }
    said = {"cost_usd", "duration_seconds", "pattern_type", "prompt_tokens", "completion_tokens", "trace_id"}
    rest = {**event.payload, **content_of(event)}
    if span_id:
        # Seen live too: the server knows it again in this file.
        line["span_id"] = span_id
        if parent_span_id:
            line["parent_span_id"] = parent_span_id
    return line | {key: kept for key, kept in rest.items() if key not in line and key not in said}


def _iso(moment: datetime) -> str:
    """To the millisecond, or to the microsecond where there is more to tell: so that it is the time seen live."""
    digits = "microseconds" if moment.microsecond % 1_000 else "milliseconds"
    return moment.isoformat(timespec=digits).replace("+00:00", "Z")


def _duration_ms(event: Event) -> Any:
    seconds = value(event, "duration_seconds")
    return seconds * 1e3 if isinstance(seconds, int | float) else value(event, "duration_ms", "latency_ms")


def _messages(messages: Iterable[Any]) -> list[dict[str, Any]]:
    if isinstance(messages, str):
        messages = [messages]
    try:
        return [message(one) for one in messages]
    except TypeError:
        return [message(messages)]


def message(one: Any) -> dict[str, Any]:
    """A message as an entry has it: role, content and name, and whatever else a dict has."""
    if isinstance(one, Mapping):
        return {"role": "user", "content": "", "name": None, **one}
    if isinstance(one, str):
        return {"role": "user", "content": one, "name": None}
    role = getattr(one, "role", "user")
    content = getattr(one, "content", None)
    return {
        "role": text(getattr(role, "value", role)),
        "content": text(one) if content is None else content,
        "name": getattr(one, "name", None),
    }


_OWN = frozenset(
    {"timestamp", "event_type", "agent_name", "messages_in", "messages", "response", "output", "result_output"}
)


def _entry(line: str) -> RecordEntry | None:
    try:
        read = json.loads(line)
    except ValueError:
        return None
    if not isinstance(read, dict) or not isinstance(read.get("event_type"), str):
        return None
    payload: dict[str, Any] = next(
        (read[key] for key in ("metadata", "payload") if isinstance(read.get(key), dict)), {}
    )
    known = {**payload, **{key: value for key, value in read.items() if key not in ("metadata", "payload")}}
    sent = known.get("messages_in") or known.get("messages") or []
    made = next((known[key] for key in ("response", "output", "result_output") if known.get(key) is not None), "")
    # Entries keep their metadata as it was; of other shapes it is all that has no place of its own.
    metadata = payload if "metadata" in read else {key: kept for key, kept in known.items() if key not in _OWN}
    return RecordEntry(
        timestamp=_seconds(read.get("timestamp")),
        event_type=read["event_type"],
        agent_name=str(known.get("agent_name") or ""),
        messages_in=_messages(sent) if not _plain(sent) else sent,
        response=made if isinstance(made, str) else json.dumps(made),
        metadata=metadata,
    )


def _plain(messages: Any) -> bool:
    return isinstance(messages, list) and all(isinstance(one, dict) for one in messages)


def _seconds(timestamp: Any) -> float:
    if isinstance(timestamp, int | float):
        return float(timestamp)
    try:
        moment = datetime.fromisoformat(str(timestamp).replace("Z", "+00:00"))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
