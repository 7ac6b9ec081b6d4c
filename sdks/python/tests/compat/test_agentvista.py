"""AgentVista's documented examples with only the import changed. Numbers are those of the acceptance scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import vedette
import vedette.compat.agentvista as agentvista

from .conftest import Server


def test_1_an_agent_is_there_with_its_first_run(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")
    agentvista.trace_agent("lead-qualifier")(lambda: None)()
    server.runs()
    assert [(agent["name"], agent["total_runs"]) for agent in server.get("agents")["agents"]] == [("lead-qualifier", 1)]


def test_4_a_decorated_function_returns_what_it_does(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")

    @agentvista.trace_agent("support-bot")
    def handle_ticket(ticket_id: str) -> dict[str, str]:
        return {"ticket": ticket_id}

    assert [handle_ticket(f"T-{n}") for n in range(3)] == [{"ticket": f"T-{n}"} for n in range(3)]
    runs = server.runs()
    assert [(run["agent"], run["status"], run["success"]) for run in runs] == [("support-bot", "success", None)] * 3
    assert all(run["started_at"] and run["finished_at"] and run["duration_ms"] >= 0 for run in runs)


def test_5_a_bare_decorator_names_the_agent_as_the_function(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")

    @agentvista.trace_agent
    def support_bot(question: str) -> str:
        return question

    assert support_bot("q") == "q"
    assert server.run()["agent"] == "support_bot"


def test_6_3a5_an_exception_fails_the_run_and_leaves_success_alone(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")

    @agentvista.trace_agent("support-bot")
    def handle_ticket() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        handle_ticket()
    run = server.run()
    assert (run["status"], run["success"], run["error"]["message"]) == ("failed", None, "x")


@pytest.mark.parametrize(
    ("score", "success", "outcome", "said"),
    [(0.9, True, "qualified", "call them"), (0.5, False, "unqualified", "wait")],
)
def test_7_8_an_outcome_is_beside_how_it_ended(
    server: Server, score: float, success: bool, outcome: str, said: str
) -> None:
    agentvista.init(api_key="av_xxxxx")

    def qualify() -> str:
        with agentvista.run("lead-qualifier") as run:
            qualified = score > 0.7
            run.set_outcome(success=qualified, outcome="qualified" if qualified else "unqualified")
            return "call them" if qualified else "wait"

    assert qualify() == said
    run = server.run()
    assert (run["status"], run["success"], run["outcome"]) == ("success", success, outcome)


def test_9_without_an_outcome_there_is_none(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")
    with agentvista.run("lead-qualifier"):
        pass
    run = server.run()
    assert (run["success"], run["outcome"]) == (None, None)


def test_10_an_exception_keeps_the_outcome_before_it(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")

    def fails() -> None:
        with agentvista.run("lead-qualifier") as run:
            run.set_outcome(True)
            raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        fails()
    stored = server.run()
    assert (stored["status"], stored["success"], stored["outcome"]) == ("failed", True, None)


def test_11_record_is_one_run_of_one_span(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")
    agentvista.record(agent="lead-qualifier", success=True, outcome="qualified", cost=0.043, duration_ms=1200)
    run = server.run()
    assert (run["agent"], run["kind"], run["success"], run["outcome"]) == (
        "lead-qualifier",
        "record",
        True,
        "qualified",
    )
    assert (run["cost_usd"], run["duration_ms"], run["span_count"]) == ("0.043", 1200, 1)


def test_17_coroutines_and_generators_are_traced_for_as_long_as_they_work(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")
    working: dict[str, bool] = {}

    def note() -> None:
        run = vedette.current_run()
        assert run is not None
        working[run.name] = run.is_recording()

    @agentvista.trace_agent("coroutine")
    async def coroutine() -> int:
        await asyncio.sleep(0)
        note()
        return 1

    @agentvista.trace_agent("generator")
    def generator() -> Iterator[int]:
        yield 1
        note()
        raise ValueError("in the middle")

    @agentvista.trace_agent("async generator")
    async def async_generator() -> AsyncIterator[int]:
        await asyncio.sleep(0)
        note()
        yield 1

    async def main() -> None:
        assert await coroutine() == 1
        assert [item async for item in async_generator()] == [1]

    asyncio.run(main())
    items = generator()
    assert next(items) == 1
    with pytest.raises(ValueError, match="in the middle"):
        next(items)
    assert working == {"coroutine": True, "generator": True, "async generator": True}
    runs = {run["agent"]: run["status"] for run in server.runs()}
    assert runs == {"coroutine": "success", "generator": "failed", "async generator": "success"}


def test_a_span_is_a_step_of_the_run_and_nothing_outside_one(server: Server) -> None:
    with agentvista.span("before init", span_type="llm"):
        pass
    agentvista.init(api_key="av_xxxxx")
    with agentvista.span("outside"):
        pass
    with agentvista.run("bot"), agentvista.span("search", span_type="tool"), agentvista.span("query", span_type="db"):
        pass
    (run,) = server.runs()
    assert [one["agent"] for one in server.get("runs", kind="trace")["runs"]] == []
    spans = {span["name"]: span for span in server.spans(run)}
    assert {name: span["kind"] for name, span in spans.items()} == {"bot": "agent", "search": "tool", "query": "db"}
    assert spans["query"]["parent_id"] == spans["search"]["id"]
    assert spans["search"]["parent_id"] == spans["bot"]["id"]


def test_a_trace_goes_on_in_another_process(server: Server) -> None:
    agentvista.init(api_key="av_xxxxx")
    assert agentvista.inject_traceparent({"a": "b"}) == {"a": "b"}
    with agentvista.run("caller") as caller:
        headers = agentvista.inject_traceparent({})
        trace_id = caller.run_id.rpartition("_")[2]
        found = agentvista.extract_traceparent(headers)
        assert found is not None
        assert found[0] == trace_id
    with agentvista.run("callee", incoming_traceparent=headers["traceparent"]):
        pass
    run = server.run()
    assert [span["name"] for span in server.spans(run)] == ["caller", "callee"]
    for headers in ({}, {"traceparent": "nonsense"}):
        assert agentvista.extract_traceparent(headers) is None
