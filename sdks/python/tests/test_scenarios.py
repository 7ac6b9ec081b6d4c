"""Which test shows which promise: start here when looking for one.

Numbers are those of the acceptance scenarios that names of tests carry too. A test is named as pytest names it; what
stands here and is no test fails below.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

VISTA, SIGHT, PING, PYAGENT = (f"compat/test_{name}.py" for name in ("agentvista", "agensight", "agentping", "pyagent"))

SCENARIOS: dict[int, tuple[str, list[str]]] = {
    # AgentVista
    1: ("an agent exists after its first call", [f"{VISTA}::test_1", "test_runs.py::test_01"]),
    2: ("two accounts each see their own agent", ["test_runs.py::test_02"]),
    3: ("one agent, two processes", ["test_runs.py::test_03"]),
    4: ("a decorated function returns what it did", [f"{VISTA}::test_4", "test_runs.py::test_04"]),
    5: ("a bare decorator", [f"{VISTA}::test_5", "test_runs.py::test_05"]),
    6: ("an exception fails the run and goes on", [f"{VISTA}::test_6", "test_runs.py::test_06"]),
    7: ("an outcome that is good", [f"{VISTA}::test_7_8", "test_runs.py::test_07"]),
    8: ("an outcome that is bad", [f"{VISTA}::test_7_8", "test_runs.py::test_07_08"]),
    9: ("no outcome", [f"{VISTA}::test_9", "test_runs.py::test_09"]),
    10: ("an exception keeps the outcome", [f"{VISTA}::test_10", "test_runs.py::test_10"]),
    11: ("record", [f"{VISTA}::test_11", "test_runs.py::test_11"]),
    12: ("totals", ["test_runs.py::test_12"]),
    17: ("coroutines and generators", [f"{VISTA}::test_17", "test_runs.py::test_17"]),
    # Agensight
    18: ("a cloud mode checks its token", [f"{SIGHT}::test_18"]),
    19: ("modes and tokens", [f"{SIGHT}::test_19"]),
    20: ("a session with a name and a user", [f"{SIGHT}::test_20", "test_words.py::test_20"]),
    21: ("the document's complete example", [f"{SIGHT}::test_21"]),
    22: ("a session holds for its trace only", [f"{SIGHT}::test_20_22", "test_words.py::test_20_22"]),
    23: ("sessions do not mix", [f"{SIGHT}::test_23", "test_words.py::test_23"]),
    24: ("usage is counted once", [f"{SIGHT}::test_24", "test_words.py::test_24"]),
    25: ("tool calls in an answer", [f"{SIGHT}::test_25", "test_words.py::test_24_25"]),
    26: ("all messages and arguments", [f"{SIGHT}::test_26", "test_words.py::test_26"]),
    27: ("a trace that raises is stored", [f"{SIGHT}::test_27", "test_runs.py::test_27"]),
    28: ("nothing is lost, nobody waits", ["test_nothing_lost.py::test_28", "test_spool.py::test_"]),
    # pyagent-trace
    29: ("subscribe and unsubscribe", ["test_events.py::test_29"]),
    30: ("filters", ["test_events.py::test_30"]),
    31: ("emit_async", ["test_events.py::test_31"]),
    32: ("subscribers that misbehave", ["test_events.py::test_32"]),
    33: ("an event is frozen", ["test_events.py::test_33"]),
    34: ("what an exporter is", ["test_exporters.py::test_34"]),
    35: ("console", ["test_exporters.py::test_35"]),
    36: ("JSON lines", ["test_exporters.py::test_36"]),
    37: ("Langfuse", ["test_exporters.py::test_37", f"{PYAGENT}::test_37"]),
    38: ("spans of patterns", ["test_spans.py::test_38"]),
    39: ("decorated patterns", ["test_spans.py::test_39", f"{PYAGENT}::test_39"]),
    40: ("decorated agents", ["test_spans.py::test_40", f"{PYAGENT}::test_39_40"]),
    41: ("costs", ["test_cost.py::test_41"]),
    42: ("a recorder saves and loads", ["test_recorder.py::test_42"]),
    43: ("a recorder tells its bus", ["test_recorder.py::test_43"]),
    44: ("replay", ["test_replay.py::test_44", f"{PYAGENT}::test_44", "compat/test_replay_http.py::test_"]),
    # PyAgent Studio
    45: ("a blueprint that records", ["test_blueprint.py::test_45", f"{PYAGENT}::test_45"]),
    46: ("a wired graph in a file", ["test_blueprint.py::test_46", "test_recorder.py::test_46", f"{PYAGENT}::test_46"]),
    52: ("TraceService", ["test_trace_service.py::test_52"]),
    # AgentPing
    55: ("a run, its log and its score", [f"{PING}::test_55", "test_runs.py::test_55"]),
    56: ("an exception", [f"{PING}::test_56", "test_runs.py::test_56"]),
    60: ("the parent from the environment", [f"{PING}::test_60", "test_words.py::test_60"]),
    61: ("one incident for five steps", ["test_runs.py::test_61"]),
    62: ("heartbeats", [f"{PING}::test_62", "test_words.py::test_62"]),
    63: ("calls of clients and frameworks", ["test_instrument.py::test_", "clients/openai/story.py"]),
    64: ("misuse", ["test_words.py::test_64", f"{PING}::test_60_misuse"]),
}

# The documented examples of each system, with only the import changed.
EXAMPLES: dict[str, list[str]] = {
    "AgentVista: init, trace_agent, run, set_outcome, record": [f"{VISTA}::test_", "compat/test_documents.py::test_"],
    "Agensight: init, trace, span, the chat with tools": [f"{SIGHT}::test_21", "compat/test_documents.py::test_"],
    "pyagent-trace: bus, exporters, spans, costs, recorder": [f"{PYAGENT}::test_import", "test_spans.py::test_38"],
    "Studio: blueprint, wire_trace, TraceService, the lines of a file": [
        "test_blueprint.py::test_45",
        "test_trace_service.py::test_52_the_document",
    ],
    "AgentPing: run, log, score, heartbeat, parents": [f"{PING}::test_", "compat/test_documents.py::test_"],
    "Vedette: its own guide": ["test_guide.py::test_"],
}


def there(named: str) -> bool:
    file, _, start = named.partition("::")
    if not start:
        return (TESTS / file).exists()
    module = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(start) for node in module.body
    )


@pytest.mark.parametrize("promise", [*SCENARIOS, *EXAMPLES])
def test_every_promise_has_its_test(promise: int | str) -> None:
    tests = SCENARIOS[promise][1] if isinstance(promise, int) else EXAMPLES[promise]
    assert [named for named in tests if not there(named)] == []


def test_no_promise_is_missing() -> None:
    assert set(SCENARIOS) >= {*range(1, 13), *range(17, 47), 52, 55, 56, 60, 61, 63, 64}
