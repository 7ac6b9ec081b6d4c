"""`vedette replay`: the real clients of OpenAI and Anthropic are answered from a recording and from a stored run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
import vedette
from vedette.events import TraceEventBus
from vedette.recorder import Recorder

from .conftest import VEDETTE, Server

LONG = "Yes. " * 40 + 'é\n"done"'


class Replay:
    """A running `vedette replay`."""

    def __init__(self, *words: str) -> None:
        command = [VEDETTE, *words, "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.said: list[str] = []

    def openai(self, agent: str | None = None) -> openai.OpenAI:
        base = self.url if agent is None else f"{self.url}/agents/{agent}"
        return openai.OpenAI(base_url=f"{base}/v1", api_key="none")

    def anthropic(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self.url, api_key="none")

    def stop(self) -> list[str]:
        """What it said of each call."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=30)
        return [line for line in out.splitlines() if line.startswith("call ")]


@pytest.fixture
def replay() -> Iterator[Callable[..., Replay]]:
    running: list[Replay] = []

    def start(*words: str) -> Replay:
        running.append(Replay(*words))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop()


def line(agent: str, question: str, answer: Any, **more: Any) -> str:
    told = {"event_type": "llm_call_end", "agent_name": agent, "run_id": "run-1", "model": "gpt-4o", "input_tokens": 7}
    asked = {"messages_in": [{"role": "user", "content": question}], "response": answer, "output_tokens": 3}
    return json.dumps({**told, **asked, "timestamp": f"2025-06-09T14:32:0{len(question)}Z", **more})


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    lines = [line("bull", "1", LONG), line("bear", "22", "No."), line("bull", "333", "Sure.")]
    path.write_text("\n".join(lines))
    return path


def user(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_chat_completions_whole_and_streamed(replay: Callable[..., Replay], recording: Path) -> None:
    served = replay("replay", "--trace", str(recording))
    client = served.openai()
    whole = client.chat.completions.create(model="gpt-4o", messages=user("1"))
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (LONG, "stop")
    assert whole.usage is not None
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (7, 3)
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="gpt-4o", messages=user("22"), stream=True, stream_options=options)
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "No."
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 10
    assert served.stop() == ["call 1 of bull: as recorded", "call 2 of bear: as recorded"]


def test_messages_whole_and_streamed(replay: Callable[..., Replay], recording: Path) -> None:
    client = replay("replay", "--trace", str(recording)).anthropic()
    with client.messages.stream(model="gpt-4o", max_tokens=9, messages=user("1")) as stream:
        assert "".join(stream.text_stream) == LONG
        assert stream.get_final_message().usage.output_tokens == 3
    whole = client.messages.create(model="gpt-4o", max_tokens=9, messages=user("22"))
    assert (whole.content[0].text, whole.stop_reason) == ("No.", "end_turn")  # type: ignore[union-attr]


def test_responses_whole_and_streamed(replay: Callable[..., Replay], recording: Path) -> None:
    client = replay("replay", "--trace", str(recording)).openai()
    with client.responses.stream(model="gpt-4o", input="1") as stream:
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(texts) == LONG == final.output_text
    assert client.responses.create(model="gpt-4o", input="22").output_text == "No."


def test_a_call_that_differs_is_answered_and_says_how(replay: Callable[..., Replay], recording: Path) -> None:
    served = replay("replay", "--trace", str(recording))
    raw = served.openai("bull").chat.completions.with_raw_response.create(model="gpt-4o", messages=user("1!"))
    assert raw.parse().choices[0].message.content == LONG
    how = 'message 1 (user), from character 2: recorded "1", asked "1!"'
    assert raw.headers["vedette-replay-differs"] == how.replace('"', '\\"')
    assert served.stop() == [f"call 1 of bull: answered, but it differs: {how}"]


def test_strict_refuses_what_differs(replay: Callable[..., Replay], recording: Path) -> None:
    client = replay("replay", "--trace", str(recording), "--strict").openai()
    with pytest.raises(openai.ConflictError, match="differs from its record"):
        client.chat.completions.create(model="gpt-4o", messages=user("other"))
    assert client.chat.completions.create(model="gpt-4o", messages=user("1")).choices[0].message.content == LONG


def test_after_the_last_answer_there_is_a_clear_error(replay: Callable[..., Replay], recording: Path) -> None:
    served = replay("replay", "--trace", str(recording))
    served.openai("bear").chat.completions.create(model="gpt-4o", messages=user("22"))
    with pytest.raises(openai.NotFoundError, match="all 1 recorded model calls of agent bear"):
        served.openai("bear").chat.completions.create(model="gpt-4o", messages=user("22"))
    with pytest.raises(openai.NotFoundError, match="its agents are: bear, bull"):
        served.openai("nobody").chat.completions.create(model="gpt-4o", messages=user("22"))
    with pytest.raises(openai.BadRequestError, match="no JSON"):
        served.openai().post("/chat/completions", cast_to=object, content=b"no")


def test_a_stored_run_is_replayed_with_its_tools(server: Server, replay: Callable[..., Replay]) -> None:
    vedette.init()
    call = {
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "weather?"}]}]),
        "gen_ai.output.messages": json.dumps(
            [
                {
                    "role": "assistant",
                    "parts": [{"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Paris"}}],
                    "finish_reason": "tool_call",
                }
            ]
        ),
    }
    with vedette.run("planner") as run, vedette.span("chat", kind="llm", attributes=call):
        pass
    server.runs()
    client = replay("--server", server.url, "replay", run.id)
    whole = client.openai().chat.completions.create(model="gpt-4o", messages=user("weather?"))
    (tool,) = whole.choices[0].message.tool_calls or []
    assert (tool.id, tool.function.name) == ("call_1", "weather")  # type: ignore[union-attr]
    assert json.loads(tool.function.arguments) == {"city": "Paris"}  # type: ignore[union-attr]
    assert whole.choices[0].finish_reason == "tool_calls"
    again = replay("--server", server.url, "replay", run.id).anthropic()
    with again.messages.stream(model="gpt-4o", max_tokens=9, messages=user("weather?")) as stream:
        (block,) = stream.get_final_message().content
    assert (block.type, block.name, block.input) == ("tool_use", "weather", {"city": "Paris"})  # type: ignore[union-attr]


def test_what_cannot_be_replayed_says_why(replay: Callable[..., Replay], tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    Recorder(TraceEventBus(), output_path=path).start("p")
    for words, said in [
        (("replay", "--trace", str(path)), "has no model call to answer with"),
        (("replay", "--trace", str(path), "run-9"), "no run is called run-9"),
    ]:
        _, error = replay(*words).process.communicate(timeout=30)
        assert said in error
