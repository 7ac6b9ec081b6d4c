"""Recordings. Numbers are those of the acceptance scenarios; `3A.n` and `3C.n` are faults of the original."""

from __future__ import annotations

import enum
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from vedette.cost import CostTracker
from vedette.events import TraceEvent, TraceEventBus
from vedette.recorder import RecordEntry, Recorder


class Role(enum.Enum):
    USER = "user"


@dataclass
class Message:
    content: str
    role: Role = Role.USER
    name: str | None = None


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_42_what_is_recorded_is_saved_and_loaded(tmp_path: Path) -> None:
    recorder, path = Recorder(), tmp_path / "new" / "debug_trace.jsonl"
    recorder.start("debate")
    recorder.record_llm_call("bull", [Message("why?", name="n")], "up", {"round": 1})
    recorder.save(path)
    assert len(lines(path)) == 2
    assert lines(path)[1] == {
        "timestamp": recorder.entries[1].timestamp,
        "event_type": "llm_call",
        "agent_name": "bull",
        "messages_in": [{"role": "user", "content": "why?", "name": "n"}],
        "response": "up",
        "metadata": {"round": 1},
    }
    recorder.end("x")
    recorder.save(path)
    assert len(lines(path)) == 3
    assert Recorder.load(path) == recorder.entries
    assert [call.response for call in recorder.llm_calls] == ["up"]
    recorder.entries.clear()
    assert len(recorder.entries) == 3
    start, _, end = recorder.entries
    assert (start.event_type, start.metadata) == ("pattern_start", {"pattern_type": "debate"})
    assert (end.event_type, end.response, list(end.metadata)) == ("pattern_end", "x", ["duration_seconds"])
    assert os.listdir(path.parent) == [path.name]


def test_43_a_bus_hears_what_is_recorded() -> None:
    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    recorder = Recorder(bus)
    recorder.start("debate")
    recorder.record_llm_call("bull", [], "up")
    recorder.record_llm_call("bear", [], "down", {"model": "m", "round": 2})
    recorder.end("flat")
    said = [(event.event_type, event.agent_name, event.pattern_type, event.payload) for event in heard]
    seconds = heard[3].payload["duration_seconds"]
    assert said == [
        ("pattern_start", "", "debate", {"pattern_type": "debate"}),
        ("llm_call", "bull", "", {"response": "up", "model": ""}),
        ("llm_call", "bear", "", {"response": "down", "model": "m", "round": 2}),
        ("pattern_end", "", "", {"result_output": "flat", "duration_seconds": seconds}),
    ]
    assert 0 <= seconds < 60


def test_46_3a1_output_path_appends_flat_lines_with_the_run(tmp_path: Path) -> None:
    path, bus = tmp_path / "traces" / "runs.jsonl", TraceEventBus()
    Recorder(bus, output_path=path)
    bus.emit(TraceEvent(1_749_479_521.243, "pattern_start", "", "supervisor", {"workflow": "main"}))
    bus.emit(TraceEvent(1_749_479_521.243, "llm_call_start", "billing_agent", "supervisor", {"model": "m"}))
    call = {"workflow": "main", "provider": "anthropic", "model": "m", "input_tokens": 180, "output_tokens": 140}
    bus.emit(
        TraceEvent(
            1_749_479_521.243,
            "llm_call_end",
            "billing_agent",
            "supervisor",
            {**call, "duration_seconds": 2.401, "cost_usd": 0.0084},
        )
    )
    bus.emit(TraceEvent(1_749_479_521.243, "llm_call_error", "billing_agent", "supervisor", {"error": "boom"}))
    bus.emit(TraceEvent(1_749_479_522.0, "pattern_end", "", "supervisor"))
    written = lines(path)
    (run,) = {line["run_id"] for line in written}
    assert run.startswith("run_eu_")
    # Where the recorder sends what the bus carries too, lines name their spans.
    spans = [line.pop("span_id") for line in written]
    assert spans[0] == spans[4] != spans[1] == spans[2]
    assert [line.pop("parent_span_id", None) for line in written] == [None, spans[0], spans[0], spans[0], None]
    assert written[2] == {
        "event_type": "llm_call_end",
        "agent_name": "billing_agent",
        "workflow": "main",
        "pattern": "supervisor",
        "run_id": run,
        "provider": "anthropic",
        "model": "m",
        "input_tokens": 180,
        "output_tokens": 140,
        "duration_ms": 2401.0,
        "cost_estimate": 0.0084,
        "timestamp": "2025-06-09T14:32:01.243Z",
    }
    assert list(written[2]) == [
        "event_type",
        "agent_name",
        "workflow",
        "pattern",
        "run_id",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
        "duration_ms",
        "cost_estimate",
        "timestamp",
    ]
    assert (written[3]["event_type"], written[3]["error"]) == ("llm_call_error", "boom")


@pytest.mark.parametrize("bus", [None, TraceEventBus()])
def test_3a1_a_recorder_writes_its_own_records_too(tmp_path: Path, bus: TraceEventBus | None) -> None:
    path = tmp_path / "runs.jsonl"
    recorder = Recorder(bus, output_path=path)
    for _ in range(2):
        recorder.start("debate")
        recorder.record_llm_call("bull", [Message("why?")], "up", {"model": "m"})
        recorder.end("done")
    written = lines(path)
    assert [line["event_type"] for line in written] == ["pattern_start", "llm_call", "pattern_end"] * 2
    runs = [line["run_id"] for line in written]
    assert (len(set(runs)), len(set(runs[:3]))) == (2, 1)
    assert written[1]["messages_in"] == [{"role": "user", "content": "why?", "name": None}]
    assert (written[1]["response"], written[1]["model"]) == ("up", "m")


def test_46_3c7_a_killed_process_leaves_complete_lines(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    program = f"""
import os, signal
from vedette.events import TraceEventBus
from vedette.recorder import Recorder
recorder = Recorder(TraceEventBus(), output_path={str(path)!r})
recorder.start("p")
for number in range(50):
    recorder.record_llm_call("a", ["x" * 2_000], str(number))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert [line.get("response") for line in lines(path)] == [None, *map(str, range(50))]


def test_3c7_several_threads_record(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    recorder = Recorder(output_path=path)
    recorder.start("p")

    def work() -> None:
        for _ in range(100):
            recorder.record_llm_call("a", ["x" * 3_000], "y")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(path)) == 801
    assert len(recorder.llm_calls) == 800


def test_3c7_an_end_without_a_start_took_no_time() -> None:
    recorder = Recorder()
    recorder.end("x")
    assert recorder.entries[0].metadata == {"duration_seconds": 0.0}


def test_3c7_blank_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    entry = RecordEntry(1.0, "llm_call", "a", [{"role": "user", "content": "q", "name": None}], "r", {"k": 1})
    shapes = [
        "",
        "no json",
        "[1]",
        '{"a": 1}',
        json.dumps(asdict(entry)),
        json.dumps(
            {"timestamp": "2025-06-09T14:32:01Z", "event_type": "llm_call_end", "agent_name": "b"}
            | {"run_id": "run-1", "model": "m", "response": "s"}
        ),
        json.dumps(
            {
                "timestamp": 2.0,
                "event_type": "llm_call",
                "agent_name": "c",
                "pattern_type": "p",
                "payload": {"response": "t", "messages_in": ["q"], "model": "m"},
            }
        ),
    ]
    path.write_text("\n".join(shapes))
    first, second, third = Recorder.load(path)
    assert first == entry
    assert (second.agent_name, second.response, second.timestamp) == ("b", "s", 1_749_479_521.0)
    assert second.metadata == {"run_id": "run-1", "model": "m"}
    assert (third.agent_name, third.response, third.messages_in[0]["content"]) == ("c", "t", "q")
    assert third.metadata == {"pattern_type": "p", "model": "m"}


@pytest.mark.parametrize(
    ("message", "read"),
    [
        (
            {"role": "user", "content": "a", "tool_call_id": "1"},
            {"role": "user", "content": "a", "name": None, "tool_call_id": "1"},
        ),
        ("a", {"role": "user", "content": "a", "name": None}),
        (Message("a"), {"role": "user", "content": "a", "name": None}),
        (7, {"role": "user", "content": "7", "name": None}),
    ],
)
def test_3c7_messages_of_any_kind_are_recorded(message: Any, read: dict[str, Any]) -> None:
    recorder = Recorder()
    recorder.record_llm_call("a", [message], "r")
    assert recorder.entries[0].messages_in == [read]


def test_3c7_metadata_does_not_override_the_response() -> None:
    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    Recorder(bus).record_llm_call("a", [], "real", {"response": "other", "model": "m"})
    assert heard[0].payload == {"response": "real", "model": "m"}


def test_misuse_raises_when_a_recorder_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Recorder(output_path=tmp_path / "file" / "runs.jsonl")
    with pytest.raises(OSError, match=r"[Dd]irectory"):
        Recorder(output_path=tmp_path)
    with pytest.raises(TypeError, match="event_bus must be a TraceEventBus, not str"):
        Recorder("traces/runs.jsonl")  # type: ignore[arg-type]


def test_recording_goes_on_where_the_file_cannot_be_written(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a disk that is always full")
    bus = TraceEventBus()
    recorder = Recorder(bus, output_path="/dev/full")
    recorder.start("p")
    recorder.end("x")
    assert (len(recorder.entries), bus.failures) == (2, 0)


def test_costs_are_recorded_in_their_run(tmp_path: Path) -> None:
    bus, path = TraceEventBus(), tmp_path / "runs.jsonl"
    recorder = Recorder(bus, output_path=path)
    recorder.start("p")
    recorder.record_llm_call("a", [], "r")
    CostTracker(bus).record("p", "a", "m", 10, 5, 0.5)
    recorder.end("x")
    cost = lines(path)[2]
    assert (cost["event_type"], cost["cost_estimate"], cost["input_tokens"]) == ("cost_record", 0.5, 10)
    assert len({line["run_id"] for line in lines(path)}) == 1
