"""Recordings loaded and asked. Numbers are those of the acceptance scenarios; `3x.n` are faults of the original."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import JsonlExporter
from vedette.recorder import Recorder
from vedette.trace_service import TraceService

FIXTURES = Path(__file__).parents[3] / "fixtures" / "studio"


@pytest.fixture
def service() -> TraceService:
    service = TraceService()
    service.load(FIXTURES / "document.jsonl")
    return service


def test_52_the_document_s_example_prints_its_line(service: TraceService) -> None:
    spans = service.query(event_type="llm_call_end")
    assert len(spans) == len(service.spans)
    (span,) = service.query(agent_name="billing_agent")
    line = f"{span.agent_name} ({span.model}): {span.duration_ms:.0f}ms, ${span.cost_estimate:.5f}"
    assert line == "billing_agent (claude-sonnet-4-20250514): 2401ms, $0.00840"
    assert (span.timestamp, span.run_id, span.tokens) == ("2025-06-09T14:32:01.243Z", "run-174", 320)
    assert (span.workflow, span.pattern, span.provider) == ("main", "supervisor", "anthropic")


def test_52_3d1_query_by_duration(service: TraceService) -> None:
    slow = service.query(min_duration_ms=2000)
    assert [span.agent_name for span in slow] == ["billing_agent"]
    assert all(span.duration_ms >= 2000 for span in slow)
    fast = service.query(max_duration_ms=299, event_type="llm_call_end")
    assert fast
    assert all(span.duration_ms <= 299 for span in fast)
    assert service.query("llm_call_end", "nobody") == []
    assert [span.run_id for span in service.query(run_id="run-173")] == ["run-173"] * 3


def test_52_3d1_the_loop_over_costs_runs_where_some_are_none(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    costs = [("a", 0.5), ("a", None), ("b", 0.25)]
    path.write_text(
        "\n".join(
            json.dumps({"event_type": "llm_call_end", "model": model, "cost_estimate": cost}) for model, cost in costs
        )
    )
    service = TraceService()
    cost_by_model: dict[str, float] = {}
    for span in service.load(path):
        assert span.model is not None
        cost_by_model[span.model] = cost_by_model.get(span.model, 0) + (span.cost_estimate or 0)
    assert cost_by_model == {"a": 0.5, "b": 0.25}
    assert service.summary()["total_cost_usd"] == 0.75


def test_3d1_what_is_no_object_is_passed_over_and_counted() -> None:
    service = TraceService()
    spans = service.load(FIXTURES / "mixed.jsonl")
    events = [line for line in (FIXTURES / "mixed.jsonl").read_text().splitlines() if line.startswith("{")]
    assert (len(spans), service.skipped) == (len(events), 2)
    assert [span.data for span in spans] == [json.loads(line) for line in events]


def test_3d1_tokens_of_split_counts_and_costs_are_summed(service: TraceService) -> None:
    lines = [json.loads(line) for line in (FIXTURES / "document.jsonl").read_text().splitlines()]
    summary = service.summary()
    assert summary == {
        "loaded": True,
        "count": len(lines),
        "skipped": 0,
        "event_types": ["llm_call_end"],
        "agents": sorted({line["agent_name"] for line in lines}),
        "runs": len({line["run_id"] for line in lines}),
        "total_tokens": sum(line["input_tokens"] + line["output_tokens"] for line in lines),
        "total_duration_ms": pytest.approx(sum(line["duration_ms"] for line in lines)),
        "total_cost_usd": pytest.approx(sum(line["cost_estimate"] for line in lines)),
    }


def test_53_3d3_files_of_our_recorders_load(tmp_path: Path) -> None:
    bus = TraceEventBus()
    flat, events, entries = tmp_path / "flat", tmp_path / "events", tmp_path / "entries"
    recorder = Recorder(bus, output_path=flat)
    bus.subscribe(JsonlExporter(events).export_event)
    recorder.start("debate")
    recorder.record_llm_call("bull", ["why?"], "up", {"model": "m", "duration_ms": 5, "input_tokens": 3})
    recorder.end("x")
    recorder.save(entries)
    for path in (flat, events, entries):
        service = TraceService()
        assert [span.event_type for span in service.load(path)] == ["pattern_start", "llm_call", "pattern_end"]
        (call,) = service.query("llm_call")
        assert (call.agent_name, call.model, call.duration_ms, call.tokens) == ("bull", "m", 5.0, 3), path
        assert abs(time.time() - time.mktime(time.strptime(call.timestamp[:19], "%Y-%m-%dT%H:%M:%S"))) < 90_000
    for path in (flat, events):
        service.load(path)
        assert service.summary()["runs"] == 1


def test_52_a_missing_file_and_no_file(tmp_path: Path) -> None:
    service = TraceService()
    assert (service.summary(), service.query(), service.spans) == ({"loaded": False, "count": 0}, [], [])
    with pytest.raises(FileNotFoundError, match=f"Trace file not found: {tmp_path / 'none.jsonl'}"):
        service.load(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n\n")
    assert service.load(tmp_path / "empty.jsonl") == []
    assert service.summary() == {"loaded": False, "count": 0}


def test_a_span_is_a_value(service: TraceService) -> None:
    again = TraceService().load(FIXTURES / "document.jsonl")
    assert again == service.spans
    assert len({*again, *service.spans}) == len(again)
    assert again[0] != again[1]
    assert again[0] != "x"
    with pytest.raises(AttributeError):
        again[0].model = "other"  # type: ignore[misc]
    spans = service.spans
    spans.clear()
    assert service.spans == again


def test_3c3_events_name_their_run_in_every_shape(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    exporter = JsonlExporter(path)
    exporter.export_event(TraceEvent(1.0, "llm_call", payload={"trace_id": "run-1"}))
    exporter.export_event(TraceEvent(1.0, "llm_call", run_id="run-2"))
    assert [span.run_id for span in TraceService().load(path)] == ["run-1", "run-2"]
