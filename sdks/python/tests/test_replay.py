"""Replay in the program itself. Numbers are those of the acceptance scenarios."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import JsonlExporter
from vedette.recorder import Recorder
from vedette.replay import ReplayError, ReplayLLM


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    recorder, path = Recorder(), tmp_path / "trace.jsonl"
    recorder.start("debate")
    recorder.record_llm_call("bull", [{"role": "system", "content": "be brief"}, "buy?"], "yes")
    recorder.record_llm_call("bear", ["buy?"], "no")
    recorder.record_llm_call("bull", ["sure?"], "sure")
    recorder.end("hold")
    recorder.save(path)
    return path


async def test_44_an_agent_gets_its_answers_in_order_and_then_an_error(recording: Path) -> None:
    bull = ReplayLLM.from_recording(recording, agent_name="bull")
    bear = ReplayLLM.from_recording(recording, agent_name="bear")
    assert await bull([{"role": "system", "content": "be brief"}, "buy?"]) == "yes"
    assert await bear.complete(["buy?"], model="m") == "no"
    assert bull.answer(["sure?"]) == "sure"
    assert (bull.remaining, bull.differences) == (0, [])
    with pytest.raises(ReplayError, match=r"all 2 recorded model calls of agent 'bull' in .*trace.jsonl were answered"):
        await bull(["more?"])


def test_44_without_a_name_all_answers_come_in_order(recording: Path) -> None:
    model = ReplayLLM.from_recording(recording)
    assert [asyncio.run(model.complete("x")) for _ in range(3)] == ["yes", "no", "sure"]


def test_44_an_agent_that_was_not_recorded_is_an_error_at_once(recording: Path) -> None:
    with pytest.raises(ReplayError, match=r"no model call of agent 'bul'; its agents are: 'bear', 'bull'"):
        ReplayLLM.from_recording(recording, agent_name="bul")


def test_44_a_call_that_differs_is_answered_and_says_how(recording: Path) -> None:
    heard: list[str] = []
    bull = ReplayLLM.from_recording(recording, "bull", on_difference=lambda difference: heard.append(str(difference)))
    assert bull.answer([{"role": "user", "content": "be brief"}, "sell?", "now?"]) == "yes"
    assert bull.answer(["sure?" + "x" * 100]) == "sure"
    assert heard == [
        "call 1, number of messages: recorded '2', asked '3'",
        "call 1, message 1 role: recorded 'system', asked 'user'",
        "call 1, message 2 content: recorded 'buy?', asked 'sell?'",
        f"call 2, message 1 content: recorded 'sure?', asked '{'sure?' + 'x' * 52}...'"
        f" (from character 6: '' became '{'x' * 57}...')",
    ]
    assert [str(difference) for difference in bull.differences] == heard


def test_44_other_shapes_of_recordings_replay_too(tmp_path: Path) -> None:
    flat, lines = tmp_path / "flat.jsonl", tmp_path / "lines.jsonl"
    bus = TraceEventBus()
    Recorder(bus, output_path=flat)
    bus.subscribe(JsonlExporter(lines).export_event)
    for run in ("1", "2"):
        told = {"response": f"answer {run}", "messages_in": ["q"], "run_id": run}
        bus.emit(TraceEvent(1.0, "llm_call_end", "a", payload=told))
    for path in (flat, lines):
        assert ReplayLLM.from_recording(path, run_id="2").answer(["q"]) == "answer 2"
    with pytest.raises(FileNotFoundError):
        ReplayLLM.from_recording(tmp_path / "none.jsonl")
