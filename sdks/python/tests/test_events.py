"""The trace bus. Numbers are those of the acceptance scenarios; `3C.n` are faults of the original."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time

import pytest
from vedette.events import TraceEvent, TraceEventBus, run_id_of


def event(what: str = "llm_call", agent: str = "", **payload: object) -> TraceEvent:
    return TraceEvent(time.time(), what, agent, payload=dict(payload))


def test_29_a_subscriber_is_called_until_it_is_removed() -> None:
    bus, heard = TraceEventBus(), []
    subscription = bus.subscribe(heard.append)
    assert len(subscription) == 32
    assert int(subscription, 16)
    first = TraceEvent(time.time(), "llm_call")
    bus.emit(first)
    bus.unsubscribe(subscription)
    bus.unsubscribe("unknown")
    bus.emit(event())
    assert heard == [first]


@pytest.mark.parametrize(("types", "heard"), [({"llm_call"}, ["llm_call"]), (set(), []), ({"error", "x"}, ["error"])])
def test_30_a_filter_passes_only_its_types(types: set[str], heard: list[str]) -> None:
    bus, seen = TraceEventBus(), []
    bus.subscribe_filter(types, lambda event: seen.append(event.event_type))
    bus.emit(event("error"))
    bus.emit(event("llm_call"))
    assert seen == heard


def test_30_unfiltered_subscribers_run_first() -> None:
    bus, order = TraceEventBus(), []
    bus.subscribe_filter({"llm_call"}, lambda _: order.append("filtered 1"))
    bus.subscribe(lambda _: order.append("plain 1"))
    bus.subscribe_filter({"llm_call"}, lambda _: order.append("filtered 2"))
    bus.subscribe(lambda _: order.append("plain 2"))
    bus.emit(event())
    assert order == ["plain 1", "plain 2", "filtered 1", "filtered 2"]


def test_a_text_is_no_set_of_types() -> None:
    with pytest.raises(TypeError, match="set of types"):
        TraceEventBus().subscribe_filter("llm_call", print)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="callable"):
        TraceEventBus().subscribe("print")  # type: ignore[arg-type]


async def test_31_emit_async_awaits_each_callback_in_order() -> None:
    bus, order = TraceEventBus(), []

    async def later(_: TraceEvent) -> None:
        await asyncio.sleep(0)
        order.append("async")

    bus.subscribe(later)
    bus.subscribe(lambda _: order.append("sync"))
    bus.subscribe_filter({"llm_call"}, later)
    await bus.emit_async(event())
    assert order == ["async", "sync", "async"]


async def test_3c2_emit_runs_a_coroutine_callback_in_the_running_loop() -> None:
    bus, done = TraceEventBus(), asyncio.Event()

    async def later(_: TraceEvent) -> None:
        done.set()

    bus.subscribe(later)
    bus.emit(event())
    await asyncio.wait_for(done.wait(), 5)


def test_3c2_emit_runs_a_coroutine_callback_where_no_loop_runs() -> None:
    bus, heard = TraceEventBus(), []

    async def later(event: TraceEvent) -> None:
        await asyncio.sleep(0)
        heard.append(event)

    bus.subscribe(later)
    bus.emit(event())
    assert len(heard) == 1


def test_32_3c2_a_raising_subscriber_disturbs_nobody_and_is_counted() -> None:
    bus, heard = TraceEventBus(), []

    def fails(_: TraceEvent) -> None:
        raise RuntimeError("no")

    async def fails_later(_: TraceEvent) -> None:
        raise RuntimeError("no")

    bus.subscribe(fails)
    bus.subscribe(fails_later)
    bus.subscribe(heard.append)
    bus.emit(event())
    asyncio.run(bus.emit_async(event()))
    assert (len(heard), bus.failures) == (2, 4)


def test_32_3c1_a_subscriber_may_remove_itself_and_add_others() -> None:
    bus, heard = TraceEventBus(), []

    def once(event: TraceEvent) -> None:
        heard.append("once")
        bus.unsubscribe(subscription)
        bus.subscribe(lambda _: heard.append("added"))

    subscription = bus.subscribe(once)
    bus.subscribe(lambda _: heard.append("other"))
    bus.emit(event())
    assert heard == ["once", "other"]
    bus.emit(event())
    assert heard == ["once", "other", "other", "added"]
    assert bus.failures == 0


def test_32_3c1_threads_subscribe_while_others_emit() -> None:
    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    failures: list[BaseException] = []
    begin = threading.Barrier(8)

    def work(number: int) -> None:
        begin.wait()
        try:
            for _ in range(200):
                if number % 2:
                    bus.emit(event())
                else:
                    bus.unsubscribe(bus.subscribe(lambda _: None))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, len(heard), bus.failures) == ([], 800, 0)


def test_33_an_event_is_frozen_and_shares_nothing() -> None:
    first, second = TraceEvent(1.0, "x"), TraceEvent(1.0, "x")
    assert (first.agent_name, first.pattern_type, first.payload) == ("", "", {})
    assert first.payload is not second.payload
    assert first == second
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.agent_name = "a"  # type: ignore[misc]
    with pytest.raises(TypeError):
        hash(first)


def test_3c3_concurrent_runs_are_told_apart() -> None:
    bus, runs = TraceEventBus(), {}
    bus.subscribe(lambda event: runs.setdefault(run_id_of(event), []).append((event.event_type, event.agent_name)))

    async def pattern(name: str) -> None:
        bus.emit(TraceEvent(time.time(), "pattern_start", pattern_type="debate"))
        await asyncio.sleep(0)
        await asyncio.gather(*(asyncio.create_task(call(f"{name}{n}")) for n in range(2)))
        bus.emit(TraceEvent(time.time(), "pattern_end", pattern_type="debate"))

    async def call(agent: str) -> None:
        await asyncio.sleep(0)
        bus.emit(event("llm_call", agent))

    async def both() -> None:
        await asyncio.gather(pattern("a"), pattern("b"))

    asyncio.run(both())
    assert sorted(sorted(told) for told in runs.values()) == [
        [("llm_call", "a0"), ("llm_call", "a1"), ("pattern_end", ""), ("pattern_start", "")],
        [("llm_call", "b0"), ("llm_call", "b1"), ("pattern_end", ""), ("pattern_start", "")],
    ]
    assert all(len(run) == len("run_eu_") + 32 for run in runs)


@pytest.mark.parametrize(
    "named",
    [
        TraceEvent(1.0, "llm_call", run_id="run-174"),
        TraceEvent(1.0, "llm_call", payload={"run_id": "run-174"}),
        TraceEvent(1.0, "llm_call", payload={"trace_id": "run-174"}),
    ],
)
def test_3c3_an_event_may_name_its_run(named: TraceEvent) -> None:
    bus, runs = TraceEventBus(), []
    bus.subscribe(lambda event: runs.append(run_id_of(event)))
    bus.emit(named)
    assert runs == ["run-174"]


def test_events_from_other_threads_belong_to_the_run_that_is_open() -> None:
    bus, runs = TraceEventBus(), []
    bus.subscribe(lambda event: runs.append(run_id_of(event)))
    bus.emit(event("pattern_start"))
    thread = threading.Thread(target=bus.emit, args=(event(),))
    thread.start()
    thread.join()
    bus.emit(event("pattern_end"))
    bus.emit(event())
    assert runs[0] == runs[1] == runs[2] != runs[3]


@pytest.mark.parametrize(
    "odd",
    [
        TraceEvent("noon", "llm_call"),  # type: ignore[arg-type]
        TraceEvent(float("nan"), "llm_call_end", payload={"duration_ms": "long"}),
        TraceEvent(1.0, "llm_call", payload=None),  # type: ignore[arg-type]
        TraceEvent(-5.0, "pattern_end"),
        TraceEvent(1e300, "cost_record", payload={"cost_usd": object()}),
    ],
)
def test_odd_events_reach_the_subscribers_all_the_same(odd: TraceEvent) -> None:
    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    bus.emit(odd)
    assert heard == [odd]
