"""Runs as the documents show them (scenarios 1 to 12, 17, 55, 56)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import vedette
from conftest import Json, Program, Server, new_key

One = Callable[[], Json]
Many = Callable[[], list[Json]]


def test_01_an_agent_exists_after_its_first_call(server: Server, agent: str, the_run: One) -> None:
    assert server.runs(agent=agent) == []

    @vedette.trace_agent(agent)
    def qualify() -> None: ...

    qualify()
    assert the_run()["agent"] == agent
    assert agent in [known["name"] for known in server.get("/api/v1/agents")["agents"]]


def test_02_two_accounts_each_see_their_own_agent(tmp_path: Path, agent: str, program: Program) -> None:
    source = """
        import sys, vedette
        vedette.init()
        with vedette.run(sys.argv[1], metadata={"of": sys.argv[2]}): pass
        assert vedette.flush()
    """
    accounts = ("acme", "other")
    keys = {account: new_key(tmp_path / "data", account) for account in accounts}
    server = Server(tmp_path / "data")
    try:
        for account in accounts:
            program.run(source, agent, account, VEDETTE_ENDPOINT=server.url, VEDETTE_API_KEY=keys[account])
        for account in accounts:
            asked = server.as_key(keys[account])
            assert [run["metadata"] for run in asked.runs(agent=agent)] == [{"of": account}]
            agents = asked.get("/api/v1/agents")["agents"]
            assert [(known["name"], known["total_runs"]) for known in agents] == [(agent, 1)]
    finally:
        server.stop()


def test_03_two_processes_are_one_agent(server: Server, agent: str, program: Program) -> None:
    source = """
        import sys, vedette
        vedette.init()
        with vedette.run(sys.argv[1]): pass
    """
    for _ in range(2):
        program.run(source, agent, VEDETTE_ENDPOINT=server.url)
    assert len(server.runs(agent=agent)) == 2


def test_04_a_decorated_function_returns_what_it_did(agent: str, the_runs: Many) -> None:
    @vedette.trace_agent(agent)
    def handle_ticket(ticket_id: int) -> dict[str, int]:
        """Handle a ticket."""
        return {"id": ticket_id}

    assert [handle_ticket(id) for id in (1, 2, 3)] == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert (handle_ticket.__name__, handle_ticket.__doc__) == ("handle_ticket", "Handle a ticket.")
    runs = the_runs()
    assert [run["status"] for run in runs] == ["success"] * 3
    assert all(run["duration_ms"] >= 0 and run["finished_at"] >= run["started_at"] for run in runs)
    assert {run["input_preview"] for run in runs} == {f'{{"ticket_id":{id}}}' for id in (1, 2, 3)}
    assert {run["output_preview"] for run in runs} == {f'{{"id":{id}}}' for id in (1, 2, 3)}


def test_05_bare_the_function_names_the_agent(server: Server) -> None:
    @vedette.trace_agent
    def support_bot_of_scenario_five() -> str:
        return "done"

    assert support_bot_of_scenario_five() == "done"
    assert vedette.flush()
    assert len(server.runs(agent="support_bot_of_scenario_five")) == 1


def test_06_an_exception_fails_the_run_and_goes_on(agent: str, the_run: One) -> None:
    error = ValueError("x")

    @vedette.trace_agent(agent)
    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="x") as caught:
        fail()
    assert caught.value is error
    run = the_run()
    assert (run["status"], run["success"]) == ("failed", None)
    assert (run["error"]["type"], run["error"]["message"]) == ("ValueError", "x")


@pytest.mark.parametrize(("score", "success", "outcome"), [(0.9, True, "qualified"), (0.5, False, "unqualified")])
def test_07_08_the_outcome_is_what_was_said(
    agent: str, the_run: One, score: float, success: bool, outcome: str
) -> None:
    def qualify() -> str:
        with vedette.run(agent) as run:
            run.set_outcome(success=score > 0.7, outcome="qualified" if score > 0.7 else "unqualified")
            return f"recommendation {score}"

    assert qualify() == f"recommendation {score}"
    run = the_run()
    assert (run["status"], run["success"], run["outcome"]) == ("success", success, outcome)


def test_09_without_a_word_the_outcome_is_unknown(agent: str, the_run: One) -> None:
    with vedette.run(agent):
        pass
    run = the_run()
    assert (run["status"], run["success"], run["outcome"]) == ("success", None, None)


def test_10_an_exception_keeps_the_outcome_said_before(agent: str, the_run: One) -> None:
    with pytest.raises(KeyError), vedette.run(agent) as run:  # noqa: PT012
        run.set_outcome(True, "qualified")
        raise KeyError("gone")
    stored = the_run()
    assert (stored["status"], stored["success"], stored["outcome"]) == ("failed", True, "qualified")


def test_07_the_outcome_may_be_said_after_the_end(server: Server, agent: str, the_run: One) -> None:
    with vedette.run(agent) as run, vedette.span("step") as step:
        run.set_outcome(False, "open")
    assert the_run()["outcome"] == "open"
    run.set_outcome(True)
    assert (the_run()["success"], the_run()["outcome"]) == (True, "open")
    run.set_outcome(None, "qualified")
    step.set_outcome(False, "a step that ended says nothing more")
    stored = the_run()
    assert (stored["status"], stored["success"], stored["outcome"]) == ("success", True, "qualified")
    events = [span["name"] for span in server.spans(stored["id"]) if span["kind"] == "event"]
    assert events == ["outcome", "outcome"]


def test_11_record_is_a_run_in_one_call(agent: str, the_run: One) -> None:
    id = vedette.record(agent=agent, success=True, outcome="qualified", cost=0.043, duration_ms=1200)
    run = the_run()
    assert (run["id"], run["kind"], run["span_count"]) == (id, "record", 1)
    assert (run["success"], run["outcome"], run["cost_usd"], run["duration_ms"]) == (True, "qualified", "0.043", 1200)


def test_12_totals_are_those_of_the_model_calls(agent: str, the_run: One) -> None:
    with vedette.run(agent):
        for given, answered, cost in [(800, 120, "0.0032"), (400, 180, "0.0013")]:
            usage = {"gen_ai.usage.input_tokens": given, "gen_ai.usage.output_tokens": answered}
            with vedette.span("chat", span_type="llm", attributes=usage | {"vedette.cost_usd": cost}):
                pass
    run = the_run()
    assert (run["tokens"]["total"], run["cost_usd"], run["model_calls"]) == (1500, "0.0045", 2)


async def test_17_coroutines_and_generators_take_as_long_as_they_take(
    server: Server, agent: str, the_runs: Many
) -> None:
    @vedette.trace_agent(agent)
    async def coroutine() -> str:
        await asyncio.sleep(0.05)
        return "waited"

    @vedette.trace_agent(agent)
    def generator() -> Iterator[str]:
        yield "one "
        time.sleep(0.05)
        yield "two"

    @vedette.trace_agent(agent)
    async def async_generator() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0.02)
            yield number

    assert await coroutine() == "waited"
    assert list(generator()) == ["one ", "two"]
    assert [number async for number in async_generator()] == [0, 1, 2]
    runs = {run["output_preview"]: run["duration_ms"] for run in the_runs()}
    assert set(runs) == {"waited", "one two", "[0,1,2]"}
    assert all(duration >= 50 for duration in runs.values())


async def test_17_errors_of_coroutines_and_generators(agent: str, the_runs: Many) -> None:
    @vedette.trace_agent(agent)
    async def coroutine() -> None:
        raise RuntimeError("coroutine")

    @vedette.trace_agent(agent)
    def generator() -> Iterator[int]:
        yield 1
        raise RuntimeError("generator")

    @vedette.trace_agent(agent)
    async def async_generator() -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("async generator")

    with pytest.raises(RuntimeError):
        await coroutine()
    with pytest.raises(RuntimeError):
        list(generator())
    with pytest.raises(RuntimeError):
        _ = [number async for number in async_generator()]
    assert {run["error"]["message"] for run in the_runs()} == {"coroutine", "generator", "async generator"}


def test_17_a_generator_is_the_same_to_its_caller(agent: str, the_runs: Many) -> None:
    seen: list[Any] = []

    def plain() -> Any:
        try:
            got = yield 1
            seen.append(got)
            try:
                yield 2
            except KeyError:
                seen.append("thrown")
            yield 3
            return "returned"
        finally:
            seen.append("closed")

    def use(make: Callable[[], Any]) -> list[Any]:
        told: list[Any] = []
        generator = make()
        told += [next(generator), generator.send("sent"), generator.throw(KeyError())]
        try:
            next(generator)
        except StopIteration as stop:
            told.append(stop.value)
        early = make()
        next(early)
        early.close()
        return told

    expected = use(plain)
    untold, seen = seen, []
    assert use(vedette.trace_agent(agent)(plain)) == expected == [1, 2, 3, "returned"]
    assert seen == untold == ["sent", "thrown", "closed", "closed"]
    assert [run["status"] for run in the_runs()] == ["success", "success"]


def test_17_between_its_items_a_generator_is_not_current(agent: str) -> None:
    @vedette.trace_agent(agent)
    def generator() -> Iterator[str]:
        run = vedette.current_run()
        assert run is not None
        yield run.id
        yield run.id

    with vedette.run("around") as around:
        for id in generator():
            assert id != around.id
            assert vedette.current_run() is around
    assert vedette.current_run() is None


def test_27_a_trace_that_raises_is_stored_as_failed(agent: str, the_run: One) -> None:
    @vedette.trace(agent, session="user_123")
    def chat() -> None:
        raise KeyError("city")

    with pytest.raises(KeyError, match="city"):
        chat()
    run = the_run()
    assert (run["status"], run["success"], run["session"]["id"]) == ("failed", None, "user_123")
    assert (run["error"]["type"], run["error"]["message"]) == ("KeyError", "'city'")


def test_55_the_id_is_known_before_anything_is_sent(server: Server, agent: str, away: str, the_run: One) -> None:
    vedette.init(endpoint=away, instrument=False)
    with vedette.run(agent) as run:
        assert re.fullmatch(r"run_(eu|us)_[0-9a-f]{32}", run.id)
    vedette.init(endpoint=server.url, instrument=False)

    def triage() -> str:
        with vedette.run(agent, customer_id="acme-corp") as run:
            run.log("looked at it")
            run.score("confidence", 0.9)
            return run.id

    id = triage()
    stored = the_run()
    assert (stored["id"], stored["status"], stored["customer_id"]) == (id, "success", "acme-corp")
    assert [span["kind"] for span in server.spans(id)] == ["agent", "log"]
    assert [(score["name"], score["value"]) for score in server.scores(id)] == [("confidence", 0.9)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("x"), "failed"),
        (TimeoutError("slow"), "timeout"),
        (asyncio.CancelledError(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
        (SystemExit(1), "failed"),
        (SystemExit(0), "success"),
    ],
)
def test_56_what_ends_a_run_is_its_status(agent: str, the_run: One, error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), vedette.run(agent):
        raise error
    assert the_run()["status"] == status


async def test_56_async_blocks(agent: str, the_runs: Many) -> None:
    async with vedette.run(agent) as run, vedette.span("step") as span:
        assert vedette.current_run() is run
        assert vedette.current_span() is span
    with pytest.raises(ValueError, match="x"):
        async with vedette.run(agent):
            raise ValueError("x")
    assert [run["status"] for run in the_runs()] == ["failed", "success"]


def test_a_run_inside_a_run_is_a_child_of_its_own_trace(server: Server, agent: str) -> None:
    with vedette.run(f"{agent}-parent") as parent, vedette.span("step") as step, vedette.run(agent) as child:
        pass
    assert vedette.flush()
    run = server.get(f"/api/v1/runs/{child.id}")
    assert (run["id"], run["parent_run_id"], run["root_run_id"]) == (child.id, parent.id, parent.id)
    stand_in = server.span(parent.id, agent)
    assert (stand_in["kind"], stand_in["child_run_id"], stand_in["parent_id"]) == ("agent", child.id, step.id)


def test_methods_and_other_callables(agent: str, the_runs: Many) -> None:
    class Bot:
        @vedette.trace_agent(agent)
        def method(self, question: str) -> str:
            return f"method {question}"

        @classmethod
        @vedette.trace_agent(agent)
        def of_class(cls, question: str) -> str:
            return f"class {question}"

        @vedette.trace_agent(agent)
        @staticmethod
        def static(question: str) -> str:
            return f"static {question}"

    assert [Bot().method("q"), Bot.of_class("q"), Bot.static("q")] == ["method q", "class q", "static q"]
    assert {(run["input_preview"], run["output_preview"]) for run in the_runs()} == {
        ('{"question":"q"}', f"{kind} q") for kind in ("method", "class", "static")
    }
    for wrong in (type, 3, None):
        with pytest.raises(TypeError):
            vedette.trace_agent(agent)(wrong)  # type: ignore[type-var]


def test_before_init_every_word_does_nothing(program: Program) -> None:
    out = program.run("""
        import sys, vedette
        @vedette.trace_agent
        def work(x): return x
        with vedette.run("a") as run, vedette.span("b") as span:
            run.log("x"); run.score("s", 1); run.set_outcome(True); span.set_attribute("k", 1)
            print(work(3), repr(run.id), vedette.current_run(), vedette.inject_traceparent({}))
        vedette.log("x"); vedette.record("a"); vedette.heartbeat("a")
        print(vedette.flush(), vedette.stats().recorded, "opentelemetry.trace" in sys.modules)
    """)
    assert out == "3 '' None {}\nTrue 0 False\n"
    assert not program.spool.exists()


def test_a_running_run_is_seen_while_it_runs(server: Server, agent: str) -> None:
    with vedette.run(agent) as run:
        running = server.when(lambda: server.runs(agent=agent))
        assert [(stored["id"], stored["status"]) for stored in running] == [(run.id, "running")]
    assert vedette.flush()
    assert [stored["status"] for stored in server.runs(agent=agent)] == ["success"]


def test_import_does_no_work(program: Program) -> None:
    out = program.run("""
        import sys
        before = set(sys.modules)
        import vedette
        loaded = {name.split(".")[0] for name in set(sys.modules) - before}
        print(sorted(loaded & {"asyncio", "opentelemetry", "multiprocessing", "ssl", "http", "logging", "email"}))
    """)
    assert out == "[]\n"


def test_61_a_step_that_fails_is_one_incident_of_its_root(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    vedette.init(endpoint=server.url, instrument=False)

    def step(number: int) -> None:
        with vedette.run(f"step-{number}"):
            if number == 4:
                raise RuntimeError("the fourth step failed")
            if number < 5:
                step(number + 1)

    try:
        with pytest.raises(RuntimeError, match="fourth"), vedette.run("pipeline") as root:
            step(1)
        assert vedette.flush()
        runs = {run["agent"]: run for run in server.runs()}
        assert {agent: run["status"] for agent, run in runs.items()} == dict.fromkeys(
            ["pipeline", "step-1", "step-2", "step-3", "step-4"], "failed"
        )
        assert {run["root_run_id"] for run in runs.values()} == {root.id}
        (incident,) = server.when(lambda: server.get("/api/v1/incidents")["incidents"])
        assert (incident["agent"], [member["root_id"] for member in incident["runs"]]) == ("step-4", [root.id])
    finally:
        vedette.shutdown()
        server.stop()
