"""Sessions, results, events, heartbeats, parents, contexts (scenarios 20 to 26, 60, 62, 64 of the client)."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import threading
import types
from collections.abc import Callable
from typing import Any

import pytest
import vedette
from conftest import Json, Server

One = Callable[[], Json]
Many = Callable[[], list[Json]]


def test_20_22_23_sessions(server: Server, agent: str, the_runs: Many) -> None:
    vedette.init(endpoint=server.url, session="user_456", instrument=False)

    @vedette.trace(agent, session={"id": "xyz123", "name": "multi agent chat", "user_id": "123"})
    def chat() -> None: ...

    @vedette.trace(name=agent)
    def plain() -> None: ...

    @vedette.trace(name=agent, session="user_123")
    def other() -> None:
        plain()

    for call in (chat, plain, other, plain):
        call()
    told = sorted((run["session"]["id"], run["session"]["name"], run["user_id"]) for run in the_runs())
    assert told == sorted(
        [
            ("xyz123", "multi agent chat", "123"),
            ("user_456", None, None),
            ("user_123", None, None),
            ("user_456", None, None),
            ("user_456", None, None),
        ],
        key=str,
    )


def test_23_concurrent_threads_and_tasks_do_not_mix(server: Server, agent: str, the_runs: Many) -> None:
    async def task(number: int) -> None:
        async with vedette.run(agent, session=f"task-{number}", metadata={"number": number}) as run:
            await asyncio.sleep(0)
            with vedette.span(f"step {number}"):
                await asyncio.sleep(0.001)
            assert vedette.current_run() is run

    def thread(number: int) -> None:
        assert vedette.current_run() is None
        with (
            vedette.run(agent, session=f"thread-{number}", metadata={"number": number}),
            vedette.span(f"step {number}"),
        ):
            pass

    async def all_tasks() -> None:
        await asyncio.gather(*(task(number) for number in range(20)))

    asyncio.run(all_tasks())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(thread, range(20)))
    runs = the_runs()
    assert len(runs) == 40
    for run in runs:
        assert run["session"]["id"].endswith(f"-{run['metadata']['number']}")
        assert [span["name"] for span in server.spans(run["id"])][1:] == [f"step {run['metadata']['number']}"]


def openai_answer() -> Any:
    call = types.SimpleNamespace(
        id="call_1", function=types.SimpleNamespace(name="weather", arguments='{"city": "Paris"}')
    )
    other = types.SimpleNamespace(id="call_2", function=types.SimpleNamespace(name="time", arguments="{}"))
    message = types.SimpleNamespace(role="assistant", content=None, tool_calls=[call, other])
    return types.SimpleNamespace(
        id="chatcmpl-1",
        model="gpt-4o",
        choices=[types.SimpleNamespace(finish_reason="tool_calls", message=message)],
        usage=types.SimpleNamespace(prompt_tokens=3, completion_tokens=4, total_tokens=7),
    )


def anthropic_answer() -> Any:
    return {
        "id": "msg_1",
        "model": "claude-sonnet-4-20250514",
        "stop_reason": "tool_use",
        "content": [
            {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Paris"}},
            {"type": "text", "text": "one moment"},
            {"type": "tool_use", "id": "call_2", "name": "time", "input": {}},
        ],
        "usage": {
            "input_tokens": 1,
            "cache_read_input_tokens": 2,
            "cache_creation_input_tokens": 0,
            "output_tokens": 4,
        },
    }


def gemini_answer() -> Any:
    def call(name: str, args: Any) -> Any:
        return types.SimpleNamespace(function_call=types.SimpleNamespace(name=name, args=args, id=None))

    content = types.SimpleNamespace(parts=[call("weather", {"city": "Paris"}), call("time", {})])
    return types.SimpleNamespace(
        response_id="gemini-1",
        model_version="gemini-2.5-pro",
        candidates=[types.SimpleNamespace(finish_reason=types.SimpleNamespace(name="STOP"), content=content)],
        usage_metadata=types.SimpleNamespace(
            prompt_token_count=3, candidates_token_count=1, thoughts_token_count=3, total_token_count=7
        ),
    )


@pytest.mark.parametrize("answer", [openai_answer, anthropic_answer, gemini_answer])
def test_24_25_what_a_returned_object_tells(
    server: Server, agent: str, the_run: One, answer: Callable[[], Any]
) -> None:
    @vedette.span(name="llm")
    def call(question: str) -> Any:
        return answer()

    @vedette.span(name="outer")
    def outer(question: str) -> Any:
        return call(question)

    with vedette.run(agent):
        outer("Weather in Paris?")
    run = the_run()
    assert (run["tokens"]["input"], run["tokens"]["output"], run["model_calls"]) == (3, 4, 1)
    spans = {span["name"]: span for span in server.spans(run["id"])}
    assert (spans["llm"]["kind"], spans["outer"]["kind"]) == ("llm", "custom")
    assert {name: spans[name]["parent_id"] for name in ("weather", "time")} == dict.fromkeys(
        ("weather", "time"), spans["llm"]["id"]
    )
    assert server.span(run["id"], "weather")["input"] == {"city": "Paris"}


def test_26_every_argument_is_kept(server: Server, agent: str, the_run: One) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather in Paris?"}]

    @vedette.span(name="step")
    def call(messages: list[Any], *more: str, temperature: float = 1.0, **options: Any) -> list[str]:
        return ["first", "second"]

    with vedette.run(agent):
        call(messages, "a", "b", temperature=0.5, seed=7)
    span = server.span(the_run()["id"], "step")
    assert span["input"] == {"messages": messages, "args": ["a", "b"], "temperature": 0.5, "seed": 7}
    assert span["output"] == ["first", "second"]


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Cyclic:
    def __init__(self) -> None:
        self.me = self


def test_any_value_can_be_recorded(server: Server, agent: str, the_run: One) -> None:
    import dataclasses
    import datetime
    import decimal
    import enum

    class Color(enum.Enum):
        RED = 1

    @dataclasses.dataclass
    class Point:
        x: int
        lock: Any = None

    cycle: list[Any] = []
    cycle.append(cycle)
    values: dict[str, Any] = {
        "unreadable": Unreadable(),
        "cycle": cycle,
        "point": Point(1, threading.Lock()),
        "time": datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc),
        "money": decimal.Decimal("1.50"),
        "color": Color.RED,
        "set": {1},
        "bytes": b"\x00\xff",
        "huge": 10**30,
        "nan": float("nan"),
        "surrogate": "\ud800",
        "class": Point,
        "none": None,
        "range": range(3),
    }

    @vedette.span(name="step")
    def call(**values: Any) -> None: ...

    with vedette.run(agent) as run:
        call(**values)
        for key, value in values.items():
            run.set_attribute(f"app.{key}", value)
    told = server.span(the_run()["id"], "step")["input"]
    assert told["point"]["x"] == 1
    assert (told["time"], told["set"], told["range"]) == ("2026-11-21T00:00:00+00:00", [1], [0, 1, 2])
    assert told["unreadable"] == "[unreadable Unreadable]"
    assert "nested too deep" in json.dumps(told["cycle"])
    assert "1.50" in told["money"]


def test_what_is_too_large_is_cut_and_says_so(server: Server, agent: str, the_run: One) -> None:
    with vedette.run(agent) as run:
        run.set_attribute("app.long", "é" * 2_000_000)
        run.set_input({"items": ["x" * 1_000] * 5_000})
    span = server.span(the_run()["id"], agent)
    attributes = json.dumps(span, ensure_ascii=False)
    assert "vedette.truncated" in attributes
    assert attributes.count("é") == 1 << 19
    assert "[cut]" in json.dumps(span["input"])


def test_events_of_a_run(server: Server, agent: str, the_run: One) -> None:
    with vedette.run(agent) as run, vedette.span("step") as step:
        vedette.log("disk is nearly full", "warn", free_mb=12)
        vedette.decision("search", name="route", options=["search", "answer"], reason="needs facts")
        vedette.event("cache", hit=True)
        vedette.score("confidence", 0.9, reason="sure")
        step.score("grounded", True)
        vedette.set_outcome(True, "answered")
    stored = the_run()
    spans = {span["kind"]: span for span in server.spans(run.id)}
    assert {kind: spans[kind]["parent_id"] for kind in ("log", "decision", "event")} == dict.fromkeys(
        ("log", "decision", "event"), step.id
    )
    assert spans["log"]["level"] == "warn"
    decision = server.span(run.id, "route")
    assert decision["output"] == "search"
    assert decision["input"]["options"] == ["search", "answer"]
    assert server.span(run.id, "log")["input"] == "disk is nearly full"
    assert {(score["name"], score["value"], score["span_id"]) for score in server.scores(run.id)} == {
        ("confidence", 0.9, None),
        ("grounded", True, step.id),
    }
    assert (stored["success"], stored["outcome"], stored["event_count"]) == (True, "answered", 3)


def test_what_a_run_knows_of_itself(server: Server, agent: str, the_run: One) -> None:
    vedette.init(endpoint=server.url, environment="staging", tags=["a", "b"], instrument=False)
    facts: dict[str, str] = {
        "customer_id": "c-1",
        "feature": "search",
        "workflow": "w",
        "pattern": "debate",
        "version": "7",
        "user_id": "u-1",
    }
    with vedette.run(agent, metadata={"plan": "pro"}, **facts):
        pass
    run = the_run()
    assert {key: run[key] for key in facts} == facts
    assert (run["environment"], run["tags"], run["metadata"]) == ("staging", ["a", "b"], {"plan": "pro"})


def test_60_the_parent_run_from_the_environment(
    server: Server, agent: str, the_runs: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"
    explicit = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b7"
    monkeypatch.setenv("VEDETTE_PARENT_RUN", parent)
    vedette.init(endpoint=server.url, instrument=False)
    with vedette.run(agent):
        pass
    with vedette.run(agent, parent_run_id=explicit):
        pass
    vedette.record(agent)
    assert [run["parent_run_id"] for run in the_runs()] == [parent, explicit, parent]


def test_62_heartbeats(server: Server, agent: str, the_runs: Many) -> None:
    vedette.heartbeat(agent, status="ok", cost_usd=0.084)
    vedette.heartbeat(agent, status="fail", duration_ms=1500)
    started = vedette.heartbeat(agent, status="start")
    assert vedette.heartbeat(agent, status="timeout", id=started) == started
    runs = {run["status"]: run for run in the_runs()}
    assert {run["kind"] for run in runs.values()} == {"heartbeat"}
    assert set(runs) == {"success", "failed", "timeout"}
    assert runs["success"]["started_at"] == runs["success"]["finished_at"]
    assert (runs["success"]["cost_usd"], runs["failed"]["duration_ms"]) == ("0.084", 1500)
    assert runs["timeout"]["id"] == started


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "localhost"},
        {"region": "de"},
        {"sample": 2},
        {"sample": "much"},
        {"session": {"name": "no id"}},
        {"session": 3},
        {"redact": __import__("re").compile("(?<=a)b")},
        {"parent_run": "run-174"},
        {"api_key": "two words"},
    ],
)
def test_64_misuse_raises_at_init_and_changes_nothing(agent: str, the_run: One, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        vedette.init(**wrong)
    vedette.record(agent)
    assert the_run()["agent"] == agent


def test_64_recording_never_raises_but_in_our_tests(agent: str) -> None:
    from vedette import _core

    wrong: list[dict[str, Any]] = [{"status": "dancing"}, {"id": "run-174"}]
    for words in wrong:
        with pytest.raises(ValueError, match=next(iter(words))):
            vedette.heartbeat(agent, **words)
    _core.strict(False)
    for words in wrong:
        assert vedette.heartbeat(agent, **words) == ""


def test_sampling_takes_whole_trees_or_nothing(server: Server, agent: str, the_runs: Many) -> None:
    vedette.init(endpoint=server.url, sample=0.5, instrument=False)
    for _ in range(200):
        with vedette.run(agent) as run:
            header = vedette.inject_traceparent({})["traceparent"]
            assert header.endswith("1" if run.is_recording() else "0")
            with vedette.run(agent), vedette.span("step"):
                pass
    runs = the_runs()
    parents = [run for run in runs if run["parent_run_id"] is None]
    assert len(runs) == 2 * len(parents)
    assert 50 < len(parents) < 150
    assert {len(server.spans(run["id"])) for run in runs[:20]} == {2}


def test_redaction(server: Server, agent: str, the_run: One) -> None:
    import re

    def hide(key: str, value: Any) -> Any:
        if key == "app.fails":
            raise RuntimeError("no")
        return value.replace("Ann", "A.") if isinstance(value, str) else value

    vedette.init(endpoint=server.url, redact=["patient", re.compile(r"[\w.]+@[\w.]+"), hide], instrument=False)
    secret = "sk-" + "ant-api03-abcdefgh12345678"
    with vedette.run(
        agent, input={"password": "hunter2", "nested": {"Patient": "Bob"}, "text": f"key {secret}"}
    ) as run:
        run.set_attribute("app.mail", "ask ann@example.org or Ann")
        run.set_attribute("app.fails", "secret of the function")
        run.log("card 4111 1111 1111 1111", token="abc")
        run.log("asked by Ann", of="Ann")
        run.set_outcome(True, "for bob@example.org")
    vedette.record(f"{agent}-whole", input={"of": "Ann"}, output="Ann")
    with pytest.raises(ValueError, match="key"), vedette.run(f"{agent}-failed"):
        raise ValueError(f"key {secret} of Ann")
    stored = the_run()
    text = json.dumps([server.span(stored["id"], agent), server.spans(stored["id"]), stored])
    (failed,) = server.runs(agent=f"{agent}-failed")
    text += json.dumps([failed, server.span(failed["id"], f"{agent}-failed")])
    (whole,) = server.runs(agent=f"{agent}-whole")
    assert (whole["input_preview"], whole["output_preview"]) == ('{"of":"A."}', "A.")
    for hidden in ("hunter2", "Bob", secret, "example.org", "Ann", "4111", "abc\\", "secret of the function"):
        assert hidden not in text, hidden
    assert server.span(stored["id"], agent)["input"]["password"] == "[redacted]"


def test_what_another_process_began_goes_on_here(server: Server, agent: str, the_run: One) -> None:
    with vedette.run(agent) as run, vedette.span("request") as request:
        headers = vedette.inject_traceparent({"accept": "*/*"})
    trace, parent = run.id.removeprefix("run_eu_"), request.id
    assert headers == {"accept": "*/*", "traceparent": f"00-{trace}-{parent}-01"}
    assert vedette.inject_traceparent({}) == {}
    for spelling in (
        headers,
        {"Traceparent": headers["traceparent"]},
        [(b"traceparent", headers["traceparent"].encode())],
    ):
        assert vedette.extract_traceparent(spelling) == (trace, parent)
    for wrong in ({}, {"traceparent": "00-0-0-00"}, {"traceparent": ""}, "garbage"):
        assert vedette.extract_traceparent(wrong) is None
    with vedette.run("served", incoming_traceparent=headers["traceparent"]) as served:
        assert served.run_id == run.id
    stored = the_run()
    (span,) = [span for span in server.spans(stored["id"]) if span["name"] == "served"]
    assert (span["parent_id"], sorted(stored["agents"])) == (request.id, sorted([agent, "served"]))
