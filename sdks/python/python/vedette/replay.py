"""A model that answers from a record: what each agent was told, in order, without a key or a cost.

The record is a file, or a run that a server keeps. The same over HTTP, for clients of OpenAI and Anthropic:
``vedette replay``.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from vedette._rest import ask
from vedette.recorder import RecordEntry, Recorder, message

__all__ = ["Difference", "ReplayError", "ReplayLLM", "differences"]

_CALLS = frozenset({"llm_call", "llm_call_end", "provider_call_end"})


class ReplayError(LookupError):
    """The record has no such agent, or no further answer for it."""


@dataclass(frozen=True)
class Difference:
    """Where a call is not the recorded one: what, as recorded, as asked now."""

    where: str
    recorded: str
    asked: str

    def __str__(self) -> str:
        return f"{self.where}: recorded {_short(self.recorded)}, asked {_short(self.asked)}{_at(self)}"


class ReplayLLM:
    """Stands in for a model: ``await llm(messages)``, ``await llm.complete(messages)`` or ``llm.answer(messages)``.

    Answers come in the order of the record, for one agent if one is named. A call that differs from the
    recorded one is answered all the same; how it differs goes to ``on_difference`` and to ``differences``.
    After the last answer a call raises :class:`ReplayError`.
    """

    def __init__(
        self,
        calls: Iterable[RecordEntry],
        *,
        agent_name: str | None = None,
        on_difference: Callable[[Difference], object] | None = None,
        source: str = "the record",
    ) -> None:
        recorded = list(calls)
        self._calls = [call for call in recorded if agent_name is None or call.agent_name == agent_name]
        if not self._calls:
            agents = sorted({call.agent_name for call in recorded})
            wanted = "no model call" if agent_name is None else f"no model call of agent {agent_name!r}"
            raise ReplayError(f"{source} has {wanted}; its agents are: {', '.join(map(repr, agents)) or 'none'}")
        self._source, self._agent_name, self._on_difference = source, agent_name, on_difference
        self._next = 0
        self._lock = threading.Lock()
        self.differences: list[Difference] = []

    @classmethod
    def from_recording(
        cls,
        path: str | os.PathLike[str],
        agent_name: str | None = None,
        *,
        run_id: str | None = None,
        on_difference: Callable[[Difference], object] | None = None,
    ) -> ReplayLLM:
        """From a file that a recorder or an exporter wrote, of one run if it is named."""
        entries = [entry for entry in Recorder.load(path) if run_id in (None, entry.metadata.get("run_id"))]
        calls = [entry for entry in entries if entry.event_type in _CALLS]
        return cls(calls, agent_name=agent_name, on_difference=on_difference, source=os.fspath(path))

    @classmethod
    def from_run(
        cls,
        run_id: str,
        agent_name: str | None = None,
        *,
        endpoint: str | None = None,
        api_key: str | None = None,
        on_difference: Callable[[Difference], object] | None = None,
    ) -> ReplayLLM:
        """From a run that a server keeps; the server is the one of ``init`` unless ``endpoint`` names another."""
        base = f"/api/v1/runs/{quote(run_id, safe='')}/spans"
        spans = ask(base, endpoint, api_key)["spans"]
        # Copies of a call that two instrumentations saw are one answer.
        kept = [span["id"] for span in spans if span["kind"] == "llm" and span["duplicate_of"] is None]
        calls = [_stored(ask(f"{base}/{span_id}", endpoint, api_key)) for span_id in kept]
        return cls(calls, agent_name=agent_name, on_difference=on_difference, source=f"run {run_id}")

    @property
    def name(self) -> str:
        """Of the provider it stands in for."""
        return "replay"

    @property
    def remaining(self) -> int:
        """Answers that are left."""
        return len(self._calls) - self._next

    def answer(self, messages: Any) -> str:
        """The next recorded answer."""
        with self._lock:
            if self._next >= len(self._calls):
                whose = "" if self._agent_name is None else f" of agent {self._agent_name!r}"
                raise ReplayError(f"all {len(self._calls)} recorded model calls{whose} in {self._source} were answered")
            number, call = self._next, self._calls[self._next]
            self._next += 1
        found = [
            Difference(f"call {number + 1}, {difference.where}", difference.recorded, difference.asked)
            for difference in differences(call.messages_in, messages)
        ]
        self.differences.extend(found)
        if self._on_difference is not None:
            for difference in found:
                self._on_difference(difference)
        return call.response

    async def complete(self, messages: Any, model: str | None = None) -> str:
        """As :meth:`answer`, for what awaits its model."""
        await asyncio.sleep(0)
        return self.answer(messages)

    async def __call__(self, messages: Any) -> str:
        """As :meth:`complete`."""
        return await self.complete(messages)


def differences(recorded: list[dict[str, Any]], asked: Any) -> list[Difference]:
    """How a call's messages differ from the recorded ones; a record without messages differs from nothing."""
    if not recorded:
        return []
    now = [message(one) for one in ([asked] if isinstance(asked, str) else list(asked))]
    found = []
    if len(now) != len(recorded):
        found.append(Difference("number of messages", str(len(recorded)), str(len(now))))
    for index, (before, after) in enumerate(zip(recorded, now, strict=False)):
        for key in ("role", "content"):
            old, new = _plain(before.get(key)), _plain(after.get(key))
            if old != new:
                found.append(Difference(f"message {index + 1} {key}", old, new))
    return found


def _stored(span: dict[str, Any]) -> RecordEntry:
    """A stored model call as an entry."""
    said: dict[str, list[dict[str, Any]]] = {"input": [], "output": []}
    for one in span["messages"]:
        said[one["direction"]].append({"role": one["role"], "content": _content(one["parts"])})
    answer = said["output"][-1]["content"] if said["output"] else span["output"]
    return RecordEntry(
        timestamp=0.0,
        event_type="llm_call",
        agent_name=span["agent"] or "",
        messages_in=said["input"],
        response=answer if isinstance(answer, str) else json.dumps(answer),
        metadata={"model": span["model"]},
    )


def _content(parts: list[dict[str, Any]]) -> Any:
    """Text where it is only text, else the parts."""
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, default=str, sort_keys=True)


def _short(content: str) -> str:
    return repr(content if len(content) <= 60 else content[:57] + "...")


def _at(difference: Difference) -> str:
    """Where long texts part, which their beginnings may not show."""
    if max(len(difference.recorded), len(difference.asked)) <= 60:
        return ""
    pairs = enumerate(zip_longest(difference.recorded, difference.asked))
    at = next((at for at, (before, after) in pairs if before != after), 0)
    return f" (from character {at + 1}: {_short(difference.recorded[at:])} became {_short(difference.asked[at:])})"
