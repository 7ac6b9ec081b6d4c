"""Blueprints and wiring. Numbers are those of the acceptance scenarios; `3C.n` are faults of the original."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Server
from vedette import blueprint
from vedette.events import TraceEvent, TraceEventBus, run_id_of
from vedette.recorder import Recorder


class Model:
    """A model of the program: fails on demand, says what it used."""

    model = "gpt-4o"

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def __call__(self, messages: list[Any]) -> str:
        answer = self.answers.pop(0)
        if answer == "fail":
            raise RuntimeError("overloaded")
        return answer


class Agent:
    def __init__(self, name: str, llm: Any) -> None:
        self.name, self.llm = name, llm

    async def run(self, messages: list[Any]) -> str:
        return str(await self.llm(messages))


class Pattern:
    pattern_type = "supervisor"

    def __init__(self, *agents: Agent) -> None:
        self.agents = list(agents)

    async def run(self, task: str) -> str:
        return " ".join([await agent.run([{"role": "user", "content": task}]) for agent in self.agents])


class Graph:
    """As a compiled graph: told of a bus, it tells its patterns and agents."""

    def __init__(self, **workflows: Pattern) -> None:
        self.workflows = workflows
        self.bus: Any = None

    def wire_trace(self, bus: Any) -> None:
        self.bus = bus

    async def run(self, workflow: str, task: str) -> str:
        return await self.workflows[workflow].run(task)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


BLUEPRINT = """
name: support
observability:
  tracing:
    enabled: true
    record_to: {path}
"""


@pytest.mark.parametrize("form", ["yaml", "json", "dict"])
def test_45_3c10_a_blueprint_that_says_record_to_records(tmp_path: Path, form: str) -> None:
    path = tmp_path / "traces" / "runs.jsonl"
    section = {"observability": {"tracing": {"enabled": True, "record_to": str(path)}}}
    given: Any = section
    if form == "yaml":
        given = tmp_path / "blueprint.yaml"
        given.write_text(BLUEPRINT.format(path=path))
    elif form == "json":
        given = tmp_path / "blueprint.json"
        given.write_text(json.dumps(section))
    graph = Graph(main=Pattern(Agent("classifier", Model("billing")), Agent("billing_agent", Model("refunded"))))
    blueprint.load(given).wire_trace(graph)
    assert asyncio.run(graph.run("main", "help")) == "billing refunded"
    told = [(line["event_type"], line["agent_name"], line["workflow"]) for line in lines(path)]
    assert told == [
        ("pattern_start", "", "main"),
        ("agent_start", "classifier", None),
        ("llm_call_start", "classifier", "main"),
        ("llm_call_end", "classifier", "main"),
        ("agent_end", "classifier", None),
        ("agent_start", "billing_agent", None),
        ("llm_call_start", "billing_agent", "main"),
        ("llm_call_end", "billing_agent", "main"),
        ("agent_end", "billing_agent", None),
        ("pattern_end", "", "main"),
    ]
    assert len({line["run_id"] for line in lines(path)}) == 1
    end = lines(path)[3]
    assert (end["model"], end["pattern"], end["response"]) == ("gpt-4o", "supervisor", "billing")
    assert end["duration_ms"] >= 0


def test_46_a_failing_call_is_an_error_and_its_run_ends(tmp_path: Path) -> None:
    path, bus = tmp_path / "runs.jsonl", TraceEventBus()
    Recorder(bus, output_path=path)
    graph = blueprint.wire_trace(Graph(main=Pattern(Agent("a", Model("fail", "fine")))), bus)
    with pytest.raises(RuntimeError, match="overloaded"):
        asyncio.run(graph.run("main", "x"))
    assert asyncio.run(graph.run("main", "x")) == "fine"
    failed = [line for line in lines(path) if line["run_id"] == lines(path)[0]["run_id"]]
    assert [line["event_type"] for line in failed] == [
        "pattern_start",
        "agent_start",
        "llm_call_start",
        "llm_call_error",
        "agent_end",
        "pattern_end",
    ], "3C.6: a failed run ends too"
    assert failed[3]["error"] == "RuntimeError: overloaded"
    assert failed[5]["error"] == "RuntimeError: overloaded"
    assert len({line["run_id"] for line in lines(path)}) == 2


def test_46_a_graph_that_emits_by_itself_is_heard(tmp_path: Path) -> None:
    class Opaque:
        bus: Any = None

        def wire_trace(self, bus: Any) -> None:
            self.bus = bus

        def run(self) -> None:
            for what in ("llm_call_start", "llm_call_end", "llm_call_start", "llm_call_error"):
                self.bus.emit(TraceEvent(1.0, what, "a", payload={"model": "m"}))

    bus, graph = TraceEventBus(), Opaque()
    Recorder(bus, output_path=tmp_path / "runs.jsonl")
    graph.wire_trace(bus)
    graph.run()
    blueprint.wire_trace(graph, bus)
    graph.run()
    assert [line["event_type"] for line in lines(tmp_path / "runs.jsonl")] == [
        "llm_call_start",
        "llm_call_end",
        "llm_call_start",
        "llm_call_error",
    ] * 2


def test_what_tells_its_own_starts_and_ends_is_not_heard_twice() -> None:
    """As the original's patterns and agents do once they are told of a bus."""

    class Telling(Pattern):
        bus: Any = None

        def set_trace_bus(self, bus: Any) -> None:
            self.bus = bus

        async def run(self, task: str) -> str:
            self.bus.emit(TraceEvent(1.0, "pattern_start", pattern_type=self.pattern_type))
            answer = await super().run(task)
            self.bus.emit(TraceEvent(1.0, "routing_decision"))
            self.bus.emit(TraceEvent(1.0, "pattern_end", pattern_type=self.pattern_type, payload={"output_length": 5}))
            return answer

    bus, heard = TraceEventBus(), []
    bus.subscribe(heard.append)
    asyncio.run(blueprint.wire_trace(Telling(), bus).run("x"))
    assert [event.event_type for event in heard] == ["pattern_start", "routing_decision", "pattern_end"]
    assert heard[2].payload["output_length"] == 5


def test_wiring_twice_tells_once_and_to_the_last_bus() -> None:
    first, second = TraceEventBus(), TraceEventBus()
    heard: list[tuple[str, str]] = []
    first.subscribe(lambda event: heard.append(("first", event.event_type)))
    second.subscribe(lambda event: heard.append(("second", event.event_type)))
    agent = Agent("a", Model("x"))
    blueprint.wire_trace(blueprint.wire_trace(agent, first), second)
    assert asyncio.run(agent.run(["q"])) == "x"
    assert heard == [("second", what) for what in ("agent_start", "llm_call_start", "llm_call_end", "agent_end")]


def test_a_wired_model_keeps_what_it_has() -> None:
    agent = Agent("a", Model("x"))
    blueprint.wire_trace(agent, TraceEventBus())
    assert (agent.llm.model, agent.llm.answers) == ("gpt-4o", ["x"])
    plain = Agent("b", lambda messages: {"content": "y", "usage": {"prompt_tokens": 3, "completion_tokens": 4}})
    bus, heard = TraceEventBus(), []
    bus.subscribe_filter({"llm_call_end"}, lambda event: heard.append((event.payload, event.content)))
    blueprint.wire_trace(plain, bus)
    plain.llm(["q"])
    payload, content = heard[0]
    assert (payload["input_tokens"], payload["output_tokens"], content) == (3, 4, {"response": "y"})


def test_patterns_that_run_side_by_side_are_two_runs() -> None:
    bus, runs = TraceEventBus(), {}
    bus.subscribe(lambda event: runs.setdefault(run_id_of(event), []).append(event.event_type))
    graph = blueprint.wire_trace(Graph(a=Pattern(Agent("x", Model("1"))), b=Pattern(Agent("y", Model("2")))), bus)

    async def both() -> None:
        await asyncio.gather(graph.run("a", "q"), graph.run("b", "q"))

    asyncio.run(both())
    assert [len(told) for told in runs.values()] == [6, 6]


@pytest.mark.parametrize("exporter", ["otlp", "jaeger"])
def test_45_a_blueprint_that_says_otlp_sends_to_that_server(exporter: str) -> None:
    elsewhere = Server()
    try:
        said = {"enabled": True, "exporter": exporter, "endpoint": elsewhere.url}
        tracing = blueprint.load({"observability": {"tracing": said}})
        assert asyncio.run(tracing.wire_trace(Pattern(Agent("billing_agent", Model("refunded")))).run("help"))
        tracing.close()
        (run,) = elsewhere.runs()
        names = {span["id"]: span["name"] for span in elsewhere.spans(run["id"])}
        tree = {(span["name"], names.get(span["parent_id"])) for span in elsewhere.spans(run["id"])}
        assert tree == {
            ("pyagent.pattern", None),
            ("pyagent.agent", "pyagent.pattern"),
            ("pyagent.llm_call", "pyagent.agent"),
        }
    finally:
        elsewhere.stop()


def test_45_an_exporter_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ImportError, match=r"pip install vedette\[otlp\]"):
        blueprint.load({"observability": {"tracing": {"exporter": "otlp"}}})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"observability": []}, "blueprint.observability must be a section"),
        ({"observability": {"tracing": True}}, "observability.tracing must be a section"),
        ({"observability": {"tracing": {"enabled": "yes"}}}, "tracing.enabled must be true or false"),
        ({"observability": {"tracing": {"record_to": 7}}}, "tracing.record_to must be a path"),
        ({"observability": {"tracing": {"record_to": " "}}}, "tracing.record_to must be a path"),
        ({"observability": {"tracing": {"exporter": "x"}}}, "tracing.exporter must be one of"),
        ({"observability": {"tracing": {"endpoint": "localhost:4318"}}}, "tracing.endpoint must be an address"),
        ({"observability": {"tracing": {"recordto": "x"}}}, "tracing.recordto is no setting"),
    ],
)
def test_a_blueprint_that_cannot_be_meant_raises(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        blueprint.load(given)


def test_a_blueprint_without_tracing_wires_nothing(tmp_path: Path) -> None:
    for given in ({}, {"observability": {"tracing": {"enabled": False, "record_to": str(tmp_path / "x.jsonl")}}}):
        graph = Graph()
        assert blueprint.load(given).wire_trace(graph) is graph
        assert graph.bus is None
    assert not (tmp_path / "x.jsonl").exists()
    with pytest.raises(FileNotFoundError):
        blueprint.load(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(ValueError, match="holds no blueprint but list"):
        blueprint.load(tmp_path / "list.yaml")
    with pytest.raises(TypeError, match="neither wire_trace"):
        blueprint.wire_trace(object(), TraceEventBus())
