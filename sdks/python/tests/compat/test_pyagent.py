"""The pyagent family on a real server: what buses carry is seen live. Numbers are those of the acceptance scenarios."""

from __future__ import annotations

import contextlib
import importlib
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import vedette
from vedette import blueprint
from vedette.cost import CostTracker
from vedette.decorators import traced_agent, traced_pattern
from vedette.events import TraceEvent, TraceEventBus, run_id_of
from vedette.exporters import LangfuseExporter, OTelExporter
from vedette.recorder import Recorder
from vedette.replay import ReplayError, ReplayLLM

from .conftest import Server


@pytest.mark.parametrize(
    ("face", "names", "original"),
    [
        ("pyagent_trace", ["CostTracker", "Recorder", "TraceEvent", "TraceEventBus", "TraceExporter"], ""),
        ("pyagent_trace", ["PatternSpanEmitter", "PyAgentAttributes", "traced_agent", "traced_pattern"], ""),
        ("pyagent_trace.events", ["TraceEvent", "TraceEventBus"], "events"),
        ("pyagent_trace.exporters", ["ConsoleExporter", "JsonlExporter", "TraceExporter"], "exporters"),
        ("pyagent_trace.exporters.base", ["TraceExporter"], "exporters.base"),
        ("pyagent_trace.exporters.console", ["ConsoleExporter"], "exporters.console"),
        ("pyagent_trace.exporters.jsonl", ["JsonlExporter"], "exporters.jsonl"),
        ("pyagent_trace.exporters.langfuse", ["LangfuseExporter"], "exporters.langfuse"),
        ("pyagent_trace.exporters.otel", ["OTelExporter"], "exporters.otel"),
        ("pyagent_trace.cost", ["CostEntry", "CostTracker"], "cost"),
        ("pyagent_trace.recorder", ["RecordEntry", "Recorder"], "recorder"),
        ("pyagent_trace.spans", ["PatternSpanEmitter"], "spans"),
        ("pyagent_trace.decorators", ["traced_agent", "traced_pattern"], "decorators"),
        ("pyagent_trace.attributes", ["PyAgentAttributes"], "attributes"),
        ("pyagent_trace.replay", ["ReplayLLM"], "replay"),
        ("pyagent_studio.services", ["TraceService"], "trace_service"),
        ("pyagent_studio.services.trace_service", ["TraceService", "TraceSpan"], "trace_service"),
    ],
)
def test_import_paths_mirror_the_originals(face: str, names: list[str], original: str) -> None:
    module = importlib.import_module(f"vedette.compat.{face}")
    for name in names:
        assert hasattr(module, name)
        if original:
            assert getattr(module, name) is getattr(importlib.import_module(f"vedette.{original}"), name)


def shape(server: Server, run: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Kind and name of each span, and the name of the one above."""
    spans = server.get(f"runs/{run['id']}/spans")["spans"]
    names = {span["id"]: span["name"] for span in spans}
    return sorted((span["kind"], span["name"], names.get(span["parent_id"])) for span in spans)


def test_a_bus_feeds_the_recorder_and_a_cost_joins_its_call(server: Server) -> None:
    vedette.init(session="s1")
    bus = TraceEventBus()
    recorder = Recorder(bus)
    recorder.start("debate")
    bus.emit(TraceEvent(time.time(), "agent_start", "bull"))
    recorder.record_llm_call("bull", [{"role": "user", "content": "Buy?"}], "Yes.", {"model": "gpt-4o"})
    CostTracker(bus).record("debate", "bull", "gpt-4o", 500, 200, 0.003)
    bus.emit(TraceEvent(time.time(), "routing_decision", payload={"selected_model": "gpt-4o"}))
    bus.emit(TraceEvent(time.time(), "agent_end", "bull"))
    recorder.end("Buy.")
    run = server.run()
    assert (run["agent"], run["status"], run["session"]["id"]) == ("debate", "success", "s1")
    assert (run["cost_usd"], run["tokens"]["input"], run["model_calls"]) == ("0.003", 500, 1)
    assert shape(server, run) == [
        ("agent", "bull", "debate"),
        ("agent", "debate", None),
        ("decision", "routing_decision", "bull"),
        ("llm", "bull", "bull"),
    ]
    call = next(span for span in server.spans(run) if span["kind"] == "llm")
    said = [(one["direction"], one["parts"][0]["text"]) for one in call["messages"]]
    assert said == [("input", "Buy?"), ("output", "Yes.")]


def test_events_inside_a_run_are_its_steps(server: Server) -> None:
    vedette.init()
    bus = TraceEventBus()
    with vedette.run("outer") as outer:
        bus.emit(TraceEvent(time.time(), "pattern_start", pattern_type="debate"))
        for what, more in [
            ("start", {}),
            ("error", {"error": "overloaded"}),
            ("start", {}),
            ("end", {"output_tokens": 3}),
        ]:
            bus.emit(TraceEvent(time.time(), f"llm_call_{what}", "a", "debate", {"model": "m", **more}))
        bus.emit(TraceEvent(time.time(), "pattern_end", pattern_type="debate"))
    run = server.run()
    assert run["id"] == outer.id
    assert shape(server, run) == [
        ("agent", "outer", None),
        ("llm", "a", "debate"),
        ("llm", "a", "debate"),
        ("workflow", "debate", "outer"),
    ]
    assert [span["status"] for span in server.spans(run) if span["kind"] == "llm"] == ["failed", "success"]


def test_runs_are_spelled_with_the_region(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    bus = TraceEventBus()
    bus.subscribe(lambda event: runs.append(run_id_of(event)))
    monkeypatch.setenv("VEDETTE_REGION", "us")
    bus.emit(TraceEvent(time.time(), "pattern_start", pattern_type="not recorded"))
    bus.emit(TraceEvent(time.time(), "pattern_end", pattern_type="not recorded"))
    vedette.init()
    bus.emit(TraceEvent(time.time(), "llm_call", "lone"))
    with vedette.run("outer"):
        bus.emit(TraceEvent(time.time(), "llm_call", "inner"))
    assert len(runs) == 4
    assert all(run.startswith("run_us_") for run in runs)
    assert [run["id"].rpartition("_")[2] for run in server.runs()] == [run.rpartition("_")[2] for run in runs[2:]]


def test_a_running_pattern_is_seen(server: Server) -> None:
    vedette.init()
    bus = TraceEventBus()
    bus.emit(TraceEvent(time.time(), "pattern_start", pattern_type="debate"))
    # The server tells with its first answer that it takes open spans.
    with vedette.run("other"):
        pass
    deadline = time.monotonic() + 10
    while not (running := [run for run in server.runs() if run["status"] == "running"]):
        assert time.monotonic() < deadline, "a running pattern is not shown"
    assert running[0]["agent"] == "debate"
    bus.emit(TraceEvent(time.time(), "pattern_end", pattern_type="debate"))
    assert {run["status"] for run in server.runs()} == {"success"}


def test_runs_side_by_side_are_apart_on_the_server(server: Server) -> None:
    import asyncio

    vedette.init()
    bus = TraceEventBus()

    async def pattern(name: str) -> None:
        bus.emit(TraceEvent(time.time(), "pattern_start", pattern_type=name))
        for number in range(3):
            await asyncio.sleep(0)
            bus.emit(TraceEvent(time.time(), "llm_call", f"{name}{number}", payload={"model": "m"}))
        bus.emit(TraceEvent(time.time(), "pattern_end", pattern_type=name))

    async def main() -> None:
        await asyncio.gather(*(pattern(name) for name in "abc"))

    asyncio.run(main())
    told = {
        run["agent"]: sorted(name for kind, name, _ in shape(server, run) if kind == "llm") for run in server.runs()
    }
    assert told == {name: [f"{name}{number}" for number in range(3)] for name in "abc"}


def test_3c4_the_otel_exporter_doubles_nothing_where_vedette_is_the_provider(server: Server) -> None:
    vedette.init()
    bus = TraceEventBus()
    bus.subscribe(OTelExporter().export_event)
    bus.emit(TraceEvent(time.time(), "llm_call", "a", payload={"model": "m", "input_tokens": 3}))
    assert server.run()["model_calls"] == 1


def test_39_40_decorated_patterns_and_agents_are_a_tree_on_the_server(server: Server) -> None:
    import asyncio
    from types import SimpleNamespace

    vedette.init()

    class Agent:
        name = "my_agent"

        async def run(self, messages: list[str]) -> str:
            return messages[0]

    agent = traced_agent(Agent())

    @traced_pattern
    class Debate:
        pattern_type = "debate"

        async def run(self, task: str, context: Any = None) -> Any:
            await agent.run([task])
            return SimpleNamespace(token_estimate=3, cost_estimate=0.5, metadata={"rounds": 2})

    asyncio.run(Debate().run("t"))
    run = server.run()
    assert [(name, above) for _, name, above in shape(server, run)] == [
        ("pyagent.agent.my_agent", "pyagent.pattern.debate"),
        ("pyagent.pattern.debate", None),
    ]


def test_45_a_wired_graph_is_seen_live_and_in_its_file(server: Server, tmp_path: Any) -> None:
    import asyncio
    import subprocess

    from .conftest import VEDETTE

    class Agent:
        name = "billing_agent"

        async def llm(self, messages: list[Any]) -> str:
            return "refunded"

        async def run(self, messages: list[Any]) -> str:
            return await self.llm(messages)

    class Supervisor:
        pattern_type = "supervisor"

        def __init__(self) -> None:
            self.agents = [Agent()]

        async def run(self, task: str) -> str:
            return await self.agents[0].run([{"role": "user", "content": task}])

    vedette.init()
    tracing = blueprint.load({"observability": {"tracing": {"record_to": str(tmp_path / "runs.jsonl")}}})
    graph = tracing.wire_trace(Supervisor())
    assert asyncio.run(graph.run("help")) == "refunded"
    run = server.run()
    tree = [
        ("agent", "billing_agent", "supervisor"),
        ("agent", "supervisor", None),
        ("llm", "billing_agent", "billing_agent"),
    ]
    assert shape(server, run) == tree
    show = [VEDETTE, "show", "--trace", str(tmp_path / "runs.jsonl"), "--json", run["id"]]
    assert subprocess.run(show, check=True, capture_output=True).stdout, "the file has the run under the same id"


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside a run"])
@pytest.mark.parametrize(
    "told",
    [
        ["llm_call_start", "llm_call_end"],
        ["llm_call"],
        ["agent_start", "llm_call", "agent_end"],
        ["pattern_start", "llm_call_start", "llm_call_end", "pattern_end"],
    ],
    ids=lambda told: str(told[0]),
)
def test_46_what_was_seen_live_is_the_same_when_its_file_comes(
    server: Server, tmp_path: Path, told: list[str], inside: bool
) -> None:
    vedette.init()
    bus, path = TraceEventBus(), tmp_path / "runs.jsonl"
    recorder = Recorder(bus, output_path=path)
    payload = {"model": "gpt-4o", "input_tokens": 800, "output_tokens": 120, "cost_usd": 0.0032}
    with vedette.run("around") if inside else contextlib.nullcontext():
        for what in told:
            bus.emit(TraceEvent(time.time(), what, "x", "debate" if "pattern" in what else "", dict(payload)))
    recorder.close()
    live = server.run()
    assert (live["status"], live["finished_at"] is None, live["cost_usd"]) == ("success", False, "0.0032")
    tree = shape(server, live)
    request = urllib.request.Request(f"{server.url}/traces", path.read_bytes())
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["skipped"] == []
    after = server.run()
    known = ("id", "status", "finished_at", "agent", "span_count", "event_count", "cost_usd", "tokens")
    assert {key: after[key] for key in known} == {key: live[key] for key in known}
    assert shape(server, after) == tree


def test_44_a_stored_run_is_replayed_and_its_child_runs_too(server: Server) -> None:
    vedette.init()
    bus = TraceEventBus()
    recorder = Recorder(bus)
    recorder.start("debate")
    recorder.record_llm_call("bull", [{"role": "user", "content": "Buy?"}], "Yes.", {"model": "m"})
    recorder.record_llm_call("bear", [{"role": "user", "content": "Buy?"}], "No.", {"model": "m"})
    recorder.end("Hold.")
    run = server.run()
    bear = ReplayLLM.from_run(run["id"], "bear")
    assert bear.answer([{"role": "user", "content": "Sell?"}]) == "No."
    assert [str(one) for one in bear.differences] == ["call 1, message 1 content: recorded 'Buy?', asked 'Sell?'"]
    both = ReplayLLM.from_run(run["id"], endpoint=server.url)
    assert [both.answer("Buy?"), both.answer("Buy?")] == ["Yes.", "No."]
    with pytest.raises(ReplayError, match="its agents are: 'bear', 'bull'"):
        ReplayLLM.from_run(run["id"], "nobody")


def test_37_the_installed_package_of_langfuse_is_told_of_a_pattern(server: Server) -> None:
    """Langfuse's own client sends to Vedette here, which speaks its protocol."""
    exporter = LangfuseExporter("pk", "sk", host=server.url)
    call = {"model": "gpt-4o", "response": "r", "messages_in": [{"role": "user", "content": "q"}], "input_tokens": 3}
    for event in (
        TraceEvent(1.0, "pattern_start", "", "debate", {"a": 1}),
        TraceEvent(2.0, "agent_start", "bull", "debate"),
        TraceEvent(3.0, "llm_call", "bull", "debate", call),
        TraceEvent(4.0, "agent_end", "bull", "debate", {"c": 3}),
        TraceEvent(6.0, "pattern_end", "", "debate", {"d": 4}),
    ):
        exporter.export_event(event)
    exporter.shutdown()
    run = server.run()
    assert [(name, above) for _, name, above in shape(server, run)] == [
        ("bull", "debate"),
        ("debate", None),
        ("llm_call.bull", "bull"),
    ]
    assert (run["model_calls"], run["tokens"]["input"]) == (1, 3)
