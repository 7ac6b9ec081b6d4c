"""Costs. Numbers are those of the acceptance scenarios."""

from __future__ import annotations

import threading

from vedette.cost import CostEntry, CostTracker
from vedette.events import TraceEvent, TraceEventBus


def test_41_the_example_adds_up() -> None:
    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    tracker = CostTracker(bus)
    tracker.record("debate", "bull_agent", "gpt-4o", 500, 200, 0.003)
    tracker.record("debate", "bear_agent", "gpt-4o-mini", 500, 200, 0.0004)
    assert (tracker.total_cost, tracker.total_tokens) == (0.0034, 1400)
    assert tracker.summary() == {
        "total_cost_usd": 0.0034,
        "total_tokens": 1400,
        "entries": 2,
        "by_pattern": {"debate": 0.0034},
        "by_agent": {"bull_agent": 0.003, "bear_agent": 0.0004},
        "by_model": {"gpt-4o": 0.003, "gpt-4o-mini": 0.0004},
    }
    assert [(event.event_type, event.agent_name, event.pattern_type, event.payload) for event in heard] == [
        (
            "cost_record",
            "bull_agent",
            "debate",
            {"model": "gpt-4o", "input_tokens": 500, "output_tokens": 200, "cost_usd": 0.003},
        ),
        (
            "cost_record",
            "bear_agent",
            "debate",
            {"model": "gpt-4o-mini", "input_tokens": 500, "output_tokens": 200, "cost_usd": 0.0004},
        ),
    ]


def test_entries_are_a_copy() -> None:
    tracker = CostTracker()
    tracker.record("p", "a", "m", 1, 2, 0.5)
    tracker.entries.clear()
    assert tracker.entries == [CostEntry("p", "a", "m", 1, 2, 0.5)]
    assert CostTracker().summary() == {
        "total_cost_usd": 0,
        "total_tokens": 0,
        "entries": 0,
        "by_pattern": {},
        "by_agent": {},
        "by_model": {},
    }


def test_41_3c2_a_failing_subscriber_loses_no_cost() -> None:
    bus = TraceEventBus()

    def fails(_: TraceEvent) -> None:
        raise RuntimeError("no")

    bus.subscribe(fails)
    tracker = CostTracker(bus)
    threads = [
        threading.Thread(target=lambda: [tracker.record("p", "a", "m", 1, 1, 0.01) for _ in range(100)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tracker.total_cost, tracker.total_tokens, bus.failures) == (8.0, 1600, 800)
