"""Exporters. Numbers are those of the acceptance scenarios; `3C.n` are faults of the original."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import ConsoleExporter, JsonlExporter, LangfuseExporter, OTelExporter, TraceExporter


class Own:
    def export_event(self, event: TraceEvent) -> None: ...
    def flush(self) -> None: ...
    def shutdown(self) -> None: ...


def test_34_any_object_with_the_three_methods_is_an_exporter(tmp_path: Path) -> None:
    client = Said()
    for exporter in (
        Own(),
        ConsoleExporter(),
        JsonlExporter(tmp_path / "x"),
        LangfuseExporter(client=client),
        OTelExporter(),
    ):
        assert isinstance(exporter, TraceExporter)
    assert not isinstance(object(), TraceExporter)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (TraceEvent(1.0, "llm_call", "a", "p", {"k": 1}), "[llm_call] pattern=p agent=a k=1"),
        (TraceEvent(1.0, "error"), "[error]"),
        (TraceEvent(1.0, "x", payload={"a": None, "b": [1], "c": "d e"}), "[x] a=None b=[1] c=d e"),
        (TraceEvent(1.0, "x", payload={"hostile": "a\n[fake] b\x1b[31m"}), "[x] hostile=a\\n[fake] b\\x1b[31m"),
    ],
)
def test_35_console_writes_one_line(event: TraceEvent, line: str) -> None:
    stream = io.StringIO()
    exporter = ConsoleExporter(stream)
    exporter.export_event(event)
    exporter.shutdown()
    assert stream.getvalue() == line + "\n"


def test_35_console_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleExporter().export_event(TraceEvent(1.0, "error"))
    assert capsys.readouterr().out == "[error]\n"


def test_36_jsonl_makes_its_folder_appends_and_reopens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exporter = JsonlExporter("traces/run_001.jsonl")
    path = tmp_path / "traces/run_001.jsonl"
    assert path.parent.is_dir()
    assert not path.exists()
    exporter.export_event(TraceEvent(1.5, "llm_call", "a", "p", {"when": Path("x")}))
    exporter.export_event(TraceEvent(2.0, "error"))
    exporter.flush()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [
        {"timestamp": 1.5, "event_type": "llm_call", "agent_name": "a", "pattern_type": "p", "payload": {"when": "x"}},
        {"timestamp": 2.0, "event_type": "error", "agent_name": "", "pattern_type": "", "payload": {}},
    ]
    exporter.shutdown()
    exporter.export_event(TraceEvent(3.0, "error"))
    JsonlExporter(path).export_event(TraceEvent(4.0, "error"))
    assert len(path.read_text().splitlines()) == 4


def test_3c3_jsonl_writes_the_run_where_the_bus_knows_it(tmp_path: Path) -> None:
    bus = TraceEventBus()
    bus.subscribe(JsonlExporter(tmp_path / "t.jsonl").export_event)
    for what in ("pattern_start", "llm_call", "pattern_end"):
        bus.emit(TraceEvent(time.time(), what))
    runs = {json.loads(line)["run_id"] for line in (tmp_path / "t.jsonl").read_text().splitlines()}
    assert len(runs) == 1
    assert runs.pop().startswith("run_eu_")


def test_3c8_jsonl_leaves_whole_lines_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    program = f"""
import os, signal, time
from vedette.events import TraceEvent
from vedette.exporters import JsonlExporter
exporter = JsonlExporter({str(path)!r})
for number in range(100):
    exporter.export_event(TraceEvent(1.0, "x", payload={{"n": number, "text": "é" * 1000}}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert [json.loads(line)["payload"]["n"] for line in path.read_text("utf-8").splitlines()] == list(range(100))


def test_3c8_jsonl_lines_of_several_threads_do_not_mix(tmp_path: Path) -> None:
    exporter = JsonlExporter(tmp_path / "t.jsonl")
    write = lambda: [exporter.export_event(TraceEvent(1.0, "x", payload={"t": "y" * 50_000})) for _ in range(50)]  # noqa: E731
    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "t.jsonl").read_text().splitlines()
    assert len(lines) == 400
    assert all(json.loads(line)["payload"]["t"] == "y" * 50_000 for line in lines)


class FailingText:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def test_jsonl_writes_what_has_no_json_as_text(tmp_path: Path) -> None:
    circle: list[Any] = []
    circle.append(circle)
    path = tmp_path / "t.jsonl"
    exporter = JsonlExporter(path)
    for payload in ({"a": FailingText()}, {("not", "text"): 1}, {"circle": circle}, {"lone": "\ud800"}):
        exporter.export_event(TraceEvent(1.0, "x", payload=payload))
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 4


class Said:
    """A client of Langfuse 2 that writes down what is said to it."""

    def __init__(self, name: str = "client", said: list[tuple[str, dict[str, Any]]] | None = None) -> None:
        self._name = name
        self.said: list[tuple[str, dict[str, Any]]] = [] if said is None else said

    def _say(self, what: str, **told: Any) -> Said:
        self.said.append((f"{self._name}.{what}", told))
        return Said(f"{what}:{told.get('name', '')}", self.said)

    def trace(self, **told: Any) -> Said:
        return self._say("trace", **told)

    def span(self, **told: Any) -> Said:
        return self._say("span", **told)

    def generation(self, **told: Any) -> Said:
        return self._say("generation", **told)

    def update(self, **told: Any) -> None:
        self._say("update", **told)

    def end(self, **told: Any) -> None:
        self._say("end", **told)

    def flush(self) -> None:
        self._say("flush")


def test_37_langfuse_is_told_of_a_pattern_in_order() -> None:
    client = Said()
    exporter = LangfuseExporter(client=client)
    call = {"model": "m", "response": "r", "messages_in": [{"role": "user"}], "input_tokens": 3, "output_tokens": 4}
    for event in (
        TraceEvent(1.0, "pattern_start", "", "debate", {"a": 1}),
        TraceEvent(2.0, "agent_start", "bull", "debate", {"b": 2}),
        TraceEvent(3.0, "llm_call", "bull", "debate", call),
        TraceEvent(4.0, "agent_end", "bull", "debate", {"c": 3}),
        TraceEvent(5.0, "cost_record", "bull", "debate", {"model": "m", "cost_usd": 0.5}),
        TraceEvent(5.5, "routing_decision", "", "debate"),
        TraceEvent(6.0, "pattern_end", "", "debate", {"d": 4}),
    ):
        exporter.export_event(event)
    exporter.flush()
    exporter.shutdown()
    assert client.said == [
        ("client.trace", {"name": "debate", "metadata": {"a": 1}}),
        ("trace:debate.span", {"name": "bull", "metadata": {"b": 2}}),
        (
            "span:bull.generation",
            {
                "name": "llm_call.bull",
                "model": "m",
                "input": [{"role": "user"}],
                "output": "r",
                "usage": {"input": 3, "output": 4},
                "metadata": call,
            },
        ),
        ("span:bull.end", {"metadata": {"c": 3}}),
        ("trace:debate.update", {"metadata": {"cost_usd": 0.5, "model": "m", "input_tokens": 0, "output_tokens": 0}}),
        ("trace:debate.update", {"metadata": {"d": 4, "completed": True}}),
        ("client.flush", {}),
        ("client.flush", {}),
    ]
    exporter.export_event(TraceEvent(7.0, "llm_call", "bull", "debate"))
    assert len(client.said) == 8, "nothing is left open"


def test_3c3_langfuse_keeps_the_events_of_a_recorder_and_closes_its_trace() -> None:
    client, bus = Said(), TraceEventBus()
    bus.subscribe(LangfuseExporter(client=client).export_event)
    for event in (
        TraceEvent(1.0, "pattern_start", pattern_type="debate"),
        TraceEvent(2.0, "llm_call", "bull", payload={"response": "up"}),
        TraceEvent(3.0, "pattern_end"),
    ):
        bus.emit(event)
    assert [what for what, _ in client.said] == ["client.trace", "trace:debate.generation", "trace:debate.update"]


def test_3c3_langfuse_tells_runs_of_one_pattern_apart() -> None:
    client = Said()
    exporter = LangfuseExporter(client=client)
    for run in ("1", "2"):
        exporter.export_event(TraceEvent(1.0, "pattern_start", "", "debate", {"trace_id": run}))
    for run in ("1", "2"):
        exporter.export_event(TraceEvent(2.0, "agent_start", "bull", "debate", {"trace_id": run}))
    for run in ("1", "2"):
        exporter.export_event(TraceEvent(3.0, "agent_end", "bull", "debate", {"trace_id": run}))
        exporter.export_event(TraceEvent(4.0, "pattern_end", "", "debate", {"trace_id": run}))
    ends = [what for what, _ in client.said if what.endswith((".end", ".update"))]
    assert ends == ["span:bull.end", "trace:debate.update"] * 2


def test_37_langfuse_without_client_and_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langfuse", None)
    with pytest.raises(ImportError, match=r"pip install vedette\[langfuse\]"):
        LangfuseExporter("pk", "sk")
