"""Agensight's documented examples with only the import changed.

Numbers are those of the acceptance scenarios; `3B.n` are faults of the original.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import vedette
from vedette.compat import agensight
from vedette.compat.agensight import _evaluation, init
from vedette.compat.agensight.tracing.decorators import span, trace

from .conftest import VEDETTE, Server


def sessions(server: Server) -> dict[str, tuple[str | None, str | None]]:
    server.runs()
    return {one["id"]: (one["name"], one["user_id"]) for one in server.get("sessions")["sessions"]}


@pytest.mark.parametrize("mode", ["prod", "dev"])
def test_18_3b8_a_cloud_mode_checks_its_token_and_exports(server: Server, mode: str) -> None:
    init(name="chatbot-with-tools", mode=mode, token="abc12345", session="user_123")
    trace("turn")(lambda: None)()
    assert sessions(server) == {"user_123": (None, None)}
    assert server.run()["environment"] == mode


def test_18_a_token_that_the_server_refuses_raises(server: Server) -> None:
    command = [VEDETTE, "--data", str(server.folder), "accounts", "create", "acme"]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(ValueError, match="Token validation failed"):
        init(mode="prod", token="wrong")


@pytest.mark.parametrize("mode", ["prod", "dev"])
def test_19_a_cloud_mode_without_token_raises(mode: str) -> None:
    with pytest.raises(ValueError, match="token is required when using prod/dev mode"):
        init(mode=mode)


def test_19_misuse_raises_at_init() -> None:
    with pytest.raises(ValueError, match="mode must be one of local, dev, prod"):
        init(mode="production")
    with pytest.raises(ValueError, match="session"):
        init(session={"name": "no id"})


def test_19_local_needs_no_token_and_waits_for_its_server(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = serve()
    monkeypatch.setenv("VEDETTE_ENDPOINT", first.url)
    first.stop()
    init(name="bot")
    for number in range(3):
        trace(f"away {number}")(lambda: None)()
    assert not vedette.flush(0.5)
    again = serve(first.url.removeprefix("http://"))
    assert [run["agent"] for run in again.runs()] == ["away 0", "away 1", "away 2"]


def test_20_22_23_3b3_a_session_of_a_trace_is_for_that_trace_only(server: Server) -> None:
    init(name="bot", session="user_456")

    @trace(name="multi_agent_chat", session={"id": "xyz123", "name": "multi agent chat", "user_id": "123"})
    def chat() -> None: ...

    @trace(name="do_task", session="user_123")
    def do_task() -> None: ...

    @trace(name="plain")
    def plain() -> None: ...

    chat()
    plain()
    do_task()
    plain()
    told = [(run["agent"], run["session"]["id"]) for run in server.runs()]
    assert told == [
        ("multi_agent_chat", "xyz123"),
        ("plain", "user_456"),
        ("do_task", "user_123"),
        ("plain", "user_456"),
    ]
    assert sessions(server)["xyz123"] == ("multi agent chat", "123")


def test_23_threads_and_tasks_do_not_mix_sessions(server: Server) -> None:
    init(session="default")

    def work(number: int) -> None:
        @trace(name=f"thread {number}", session=f"s{number}")
        def outer() -> None:
            barrier.wait(10)

        outer()

    async def task(number: int) -> None:
        @trace(name=f"task {number}", session=f"s{number}")
        async def outer() -> None:
            await asyncio.sleep(0)

        await outer()

    async def tasks() -> None:
        await asyncio.gather(*(task(number) for number in range(4)))

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(tasks())
    told = {run["agent"]: run["session"]["id"] for run in server.runs()}
    assert told == {f"{kind} {number}": f"s{number}" for kind in ("thread", "task") for number in range(4)}


def test_21_the_document_s_complete_example(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    init(name="chatbot-with-tools", mode="local", session="user_456")

    @span(name="llm")
    def llm_call(messages: list[dict[str, str]]) -> dict[str, str]:
        return {"role": "assistant", "content": "Mock response"}

    @trace(name="multi_agent_chat", session={"id": "user_789"})
    def main() -> str:
        first = llm_call([{"role": "user", "content": "Weather in Paris?"}])
        second = llm_call([{"role": "user", "content": f"Summarize: {first['content']}"}])
        return second["content"]

    print("Final Output:", main())
    assert capsys.readouterr().out == "Final Output: Mock response\n"
    run = server.run()
    assert (run["agent"], run["session"]["id"]) == ("multi_agent_chat", "user_789")
    root, first, second = server.spans(run)
    assert [first["name"], second["name"]] == ["llm", "llm"]
    assert first["parent_id"] == second["parent_id"] == root["id"], "3B.5: parents are those of the spans"
    assert "Weather in Paris?" in json.dumps(first["input"] or first["messages"])
    assert "Summarize: Mock response" in json.dumps(second["input"] or second["messages"])
    for one in (first, second):
        assert "Mock response" in json.dumps(one["output"] or one["messages"])


class Answer:
    def __init__(self, total: int = 7) -> None:
        self.model = "gpt-4o"
        self.usage = SimpleNamespace(prompt_tokens=3, completion_tokens=4, total_tokens=total)


def test_24_3b6_usage_is_counted_once(server: Server) -> None:
    init()

    @span(name="llm")
    def llm() -> Answer:
        return Answer()

    @span(name="outer")
    def outer() -> Answer:
        return llm()

    trace("t")(outer)()
    run = server.run()
    assert (run["tokens"]["input"], run["tokens"]["output"]) == (3, 4)
    tokens = {one["name"]: one["tokens"] for one in server.spans(run)}
    assert (tokens["llm"]["input"], tokens["llm"]["output"]) == (3, 4)


def test_25_3b11_tool_calls_are_spans_below_the_call(server: Server) -> None:
    init()

    def tool(name: str, arguments: str) -> SimpleNamespace:
        return SimpleNamespace(
            id=f"call_{name}", type="function", function=SimpleNamespace(name=name, arguments=arguments)
        )

    message = SimpleNamespace(
        role="assistant", content=None, tool_calls=[tool("weather", '{"city":"Paris"}'), tool("time", "{}")]
    )
    choice = SimpleNamespace(index=0, message=message, finish_reason="tool_calls")
    usage = SimpleNamespace(prompt_tokens=3, completion_tokens=4, total_tokens=7)
    response = SimpleNamespace(id="chatcmpl-1", model="gpt-4o", choices=[choice], usage=usage)
    span(name="llm")(lambda: response)()
    (run,) = server.runs()
    spans = server.spans(run)
    call = next(one for one in spans if one["name"] == "llm")
    tools = [(one["name"], one["input"], one["parent_id"]) for one in spans if one["kind"] == "tool"]
    assert tools == [("weather", {"city": "Paris"}, call["id"]), ("time", {}, call["id"])]


def test_25_3b11_an_anthropic_answer_that_begins_with_a_tool_breaks_nothing(server: Server) -> None:
    init()
    block = SimpleNamespace(type="tool_use", id="toolu_1", name="weather", input={"city": "Paris"})
    usage = SimpleNamespace(input_tokens=5, output_tokens=6)
    answer = SimpleNamespace(
        id="msg_1",
        type="message",
        role="assistant",
        model="claude",
        content=[block],
        usage=usage,
        stop_reason="tool_use",
    )
    assert span(name="llm")(lambda: answer)() is answer
    run = server.run()
    assert (run["tokens"]["input"], run["tokens"]["output"]) == (5, 6)


def test_26_3b7_all_messages_and_arguments_are_kept(server: Server) -> None:
    init()

    @span(name="llm")
    def llm(messages: list[dict[str, str]], *, temperature: float) -> list[str]:
        return ["one", "two"]

    messages = [{"role": "system", "content": "first"}, {"role": "user", "content": "second"}]
    trace("t")(lambda: llm(messages, temperature=0.5))()
    (run,) = server.runs()
    _, one = server.spans(run)
    given = json.dumps(one["input"] or one["messages"])
    assert all(text in given for text in ("first", "second", "temperature", "0.5"))
    assert json.dumps(one["output"]) == '["one", "two"]'


@pytest.mark.parametrize(
    ("output", "stored"), [("told", "told"), ("", None), (0, "0"), (False, "false"), ({"a": 1}, {"a": 1})]
)
def test_3b7_what_the_decorator_says_goes_before_what_was_captured(server: Server, output: Any, stored: Any) -> None:
    init()
    metric = SimpleNamespace(name="Relevancy")

    @span(name="step", input="asked", output=output, metadata={"team": "a"}, metrics=[metric])
    def step(argument: str) -> str:
        return "returned"

    assert trace("t")(step)("given") == "returned"
    (run,) = server.runs()
    _, one = server.spans(run)
    assert (one["input"], one["output"] or None) == ("asked", stored)
    assert one["attributes"]["vedette.metadata.team"] == "a"
    assert "Relevancy" in json.dumps(one["attributes"])


class Length:
    """An evaluator as Agensight's users write them; some work and some fail."""

    def __init__(self, name: str, threshold: int, fails: bool = False) -> None:
        self.name, self.threshold, self.fails = name, threshold, fails
        self.reason = ""
        self.told: tuple[str, str] = ("", "")

    def measure(self, case: Any) -> float:
        if self.fails:
            raise RuntimeError("no judge")
        self.told = (case.input, case.actual_output)
        self.reason = f"{len(case.actual_output)} letters"
        return 1.0 if len(case.actual_output) >= self.threshold else 0.0


def test_evaluators_judge_a_call_afterwards(server: Server) -> None:
    init()
    good, bad, failing = Length("long enough", 3), Length("very long", 100), Length("broken", 0, fails=True)

    @span(name="llm", metrics=[failing, good, bad, SimpleNamespace(name="no evaluator")])
    def llm(messages: list[str]) -> str:
        return "Mock response"

    assert trace("t")(lambda: llm(["Weather in Paris?"]))() == "Mock response"
    _evaluation._own_thread().submit(lambda: None).result(30)
    run = server.run()
    (call,) = [one for one in server.spans(run) if one["name"] == "llm"]
    told = {(score["name"], score["value"], score["reason"], score["span_id"]) for score in run["scores"]}
    assert told == {("long enough", 1, "13 letters", call["id"]), ("very long", 0, "13 letters", call["id"])}
    assert good.told == ('["Weather in Paris?"]', "Mock response")


def test_27_3b1_a_trace_that_raises_is_stored_as_failed(server: Server) -> None:
    init()

    @trace("fails")
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        fails()
    assert (server.run()["status"], server.run()["agent"]) == ("failed", "fails")


def test_3b2_coroutines_are_traced_to_their_end(server: Server) -> None:
    init()

    working: list[bool] = []

    @span()
    async def step() -> str:
        await asyncio.sleep(0)
        run = vedette.current_run()
        working.append(run is not None and run.is_recording())
        return "done"

    @agensight.trace("t")
    async def main() -> str:
        return str(await step())

    assert asyncio.run(main()) == "done"
    run = server.run()
    assert working == [True]
    assert [one["output"] for one in server.spans(run)] == ["done", "done"]


def test_3b4_spans_after_a_trace_do_not_attach_to_it(server: Server) -> None:
    init()
    step = span(name="step")(lambda: None)
    trace("one")(step)()
    step()
    trace("two")(lambda: trace("inner")(step)())()
    counts = {run["name"]: run["span_count"] for run in server.runs()}
    assert counts["one"] == 2
    assert counts["inner"] == 2


def test_3b14_span_works_without_parentheses(server: Server) -> None:
    init()

    @span
    def bare(number: int) -> int:
        return number + 1

    assert trace(name="t")(bare)(1) == 2
    (run,) = server.runs()
    assert server.spans(run)[1]["name"] == "bare"


class _Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_18_a_server_in_trouble_does_not_stop_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), _Slow) as trouble:
        thread = threading.Thread(target=trouble.handle_request)
        thread.start()
        monkeypatch.setenv("VEDETTE_ENDPOINT", f"http://127.0.0.1:{trouble.server_port}")
        init(mode="prod", token="t")
        thread.join()
    monkeypatch.setenv("VEDETTE_ENDPOINT", f"http://127.0.0.1:{trouble.server_port}")
    init(mode="prod", token="t")
