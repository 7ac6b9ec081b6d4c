"""Costs of a workflow by pattern, agent and model."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vedette.events import TraceEvent, TraceEventBus

__all__ = ["CostEntry", "CostTracker"]


@dataclass
class CostEntry:
    """What one call used and cost."""

    pattern_type: str
    agent_name: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float


class CostTracker:
    """Adds up costs; with a bus, also emits each as a ``cost_record``. Safe to use from several threads."""

    def __init__(self, event_bus: TraceEventBus | None = None) -> None:
        self._entries: list[CostEntry] = []
        self._event_bus = event_bus
        self._lock = threading.Lock()

    def record(
        self,
        pattern_type: str,
        agent_name: str,
        model: str,
        input_tokens: int,
        output_tokens: int,
        cost_usd: float,
    ) -> None:
        """Adds one call."""
        entry = CostEntry(pattern_type, agent_name, model, input_tokens, output_tokens, cost_usd)
        with self._lock:
            self._entries.append(entry)
        if self._event_bus is not None:
            payload = {
                "model": model,
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "cost_usd": cost_usd,
            }
            self._event_bus.emit(TraceEvent(time.time(), "cost_record", agent_name, pattern_type, payload))

    @property
    def entries(self) -> list[CostEntry]:
        """A copy of what was recorded, in order."""
        with self._lock:
            return list(self._entries)

    @property
    def total_cost(self) -> float:
        """In USD."""
        return _sum(entry.cost_usd for entry in self.entries)

    @property
    def total_tokens(self) -> int:
        """Given to models and made by them."""
        return sum(entry.input_tokens + entry.output_tokens for entry in self.entries)

    def by_pattern(self) -> dict[str, float]:
        """USD by pattern."""
        return self._by(lambda entry: entry.pattern_type)

    def by_agent(self) -> dict[str, float]:
        """USD by agent."""
        return self._by(lambda entry: entry.agent_name)

    def by_model(self) -> dict[str, float]:
        """USD by model."""
        return self._by(lambda entry: entry.model)

    def summary(self) -> dict[str, Any]:
        """All figures."""
        return {
            "total_cost_usd": self.total_cost,
            "total_tokens": self.total_tokens,
            "entries": len(self.entries),
            "by_pattern": self.by_pattern(),
            "by_agent": self.by_agent(),
            "by_model": self.by_model(),
        }

    def _by(self, key: Callable[[CostEntry], str]) -> dict[str, float]:
        costs: dict[str, list[float]] = {}
        for entry in self.entries:
            costs.setdefault(key(entry), []).append(entry.cost_usd)
        return {name: _sum(amounts) for name, amounts in costs.items()}


def _sum(amounts: Iterable[float]) -> float:
    """To a millionth of a millionth: dollars, without what binary fractions add."""
    return round(math.fsum(amounts), 12)
