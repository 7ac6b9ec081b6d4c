"""Servers that are away, slow or refusing; processes that end, are copied or are killed (scenario 28)."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import vedette
from conftest import PATIENCE_S, Gate, Json, Program, Server, flushed, numbers

Many = Callable[[], list[Json]]


def test_28_a_server_that_comes_back_gets_everything(tmp_path: Path, agent: str) -> None:
    server = Server(tmp_path / "data")
    server.stop()
    vedette.init(endpoint=server.url, instrument=False)
    for number in range(50):
        with vedette.run(agent, metadata={"number": number}):
            pass
    assert not vedette.flush(1)
    stats = vedette.stats()
    assert (stats.dropped, stats.sent) == (0, 0)
    assert stats.spooled >= 50
    assert stats.last_error
    assert server.port is not None
    server = Server(tmp_path / "data", port=server.port)
    try:
        flushed()
        assert numbers(server.runs(agent=agent)) == list(range(50))
    finally:
        vedette.shutdown()
        server.stop()


@pytest.mark.parametrize(
    "answers",
    [
        [(500, {})],
        [(429, {"Retry-After": "1"}), (503, {})],
        [(401, {}), (404, {}), (302, {"Location": "/elsewhere"})],
    ],
)
def test_28_a_server_that_refuses_for_now_is_asked_again(
    gate: Gate, agent: str, server: Server, answers: list[tuple[int, dict[str, str]]]
) -> None:
    gate.answers = answers
    vedette.init(endpoint=gate.url, instrument=False)
    for number in range(10):
        vedette.record(agent, metadata={"number": number})
    flushed()
    assert not gate.answers
    assert numbers(server.runs(agent=agent)) == list(range(10))
    assert (vedette.stats().dropped, vedette.stats().refused) == (0, 0)


def test_a_request_that_is_refused_for_good_is_counted(gate: Gate, agent: str) -> None:
    gate.answers = [(400, {})]
    vedette.init(endpoint=gate.url, instrument=False)
    vedette.record(agent)
    assert vedette.flush()
    stats = vedette.stats()
    assert (stats.refused, stats.sent, stats.spooled) == (1, 0, 0)
    assert "400" in str(stats.last_error)


def test_28_a_slow_server_delays_nobody(gate: Gate, agent: str, the_runs: Many) -> None:
    gate.open.clear()
    vedette.init(endpoint=gate.url, instrument=False)
    for number in range(1_000):
        with vedette.run(agent, metadata={"number": number}):
            pass
    assert not gate.gave_up, "the caller waited for the server"
    gate.open.set()
    assert numbers(the_runs()) == list(range(1_000))


@pytest.mark.parametrize(
    "end",
    [
        "",
        "sys.exit(3)",
        "raise RuntimeError('unhandled')",
        "import threading; threading.Thread(target=vedette.record, args=[agent], kwargs={'metadata': {'number': 1}}).start()",
    ],
)
def test_the_end_of_a_program_loses_nothing(server: Server, agent: str, program: Program, end: str) -> None:
    process = program.start(
        f"""
        import sys, vedette
        agent = sys.argv[1]
        vedette.init()
        vedette.record(agent, metadata={{"number": 0}})
        {end}
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    process.communicate(timeout=PATIENCE_S)
    assert numbers(server.runs(agent=agent)) == ([0, 1] if "threading" in end else [0])


def test_what_is_recorded_while_the_interpreter_ends(server: Server, agent: str, program: Program) -> None:
    program.run(
        """
        import atexit, sys, vedette
        agent = sys.argv[1]
        # Called after Vedette's own, which was registered later.
        atexit.register(lambda: vedette.record(agent, metadata={"number": 1}))
        vedette.init()
        vedette.record(agent, metadata={"number": 0})
        class Late:
            def __del__(self, record=vedette.record):
                record(agent, metadata={"number": 2})
        late = Late()
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    program.run("import vedette; vedette.init(); vedette.record('next')", VEDETTE_ENDPOINT=server.url)
    assert numbers(server.runs(agent=agent)) == [0, 1, 2]


def test_fork(server: Server, agent: str, program: Program) -> None:
    program.run(
        """
        import os, sys, vedette
        agent = sys.argv[1]
        vedette.init()
        with vedette.run(agent, metadata={"number": 0}) as run:
            children = []
            for number in range(1, 4):
                pid = os.fork()
                if pid == 0:
                    with vedette.span(f"child {number}"):
                        pass
                    vedette.record(agent, metadata={"number": number})
                    # Ends the block too: that is the parent's to tell.
                    break
                children.append(pid)
        for pid in children if pid else []:
            assert os.waitpid(pid, 0)[1] == 0
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    runs = server.runs(agent=agent)
    assert numbers(runs) == [0, 1, 2, 3]
    (parent,) = [run for run in runs if run["kind"] == "run"]
    names = sorted(span["name"] for span in server.spans(parent["id"]) if span["kind"] == "custom")
    assert names == ["child 1", "child 2", "child 3"]
    assert parent["conflicting_spans"] == 0


@pytest.mark.parametrize(
    ("library", "method"),
    [
        ("multiprocessing", "fork"),
        ("multiprocessing", "spawn"),
        ("multiprocessing", "forkserver"),
        ("billiard", "fork"),  # Celery's workers
        ("billiard", "spawn"),
    ],
)
def test_workers(server: Server, agent: str, program: Program, library: str, method: str) -> None:
    program.run(
        f"""
        import sys, vedette
        import {library} as library
        vedette.init()
        def work(number):
            with vedette.run(sys.argv[1], metadata={{"number": number}}):
                return number
        if __name__ == "__main__":
            pool = library.get_context("{method}").Pool(2)
            assert pool.map(work, range(20)) == list(range(20))
            pool.close()
            pool.join()
        """,
        agent,
        VEDETTE_ENDPOINT=server.url,
    )
    runs = server.when(lambda: len(runs := server.runs(agent=agent)) == 20 and runs)
    assert numbers(runs) == list(range(20))


@pytest.mark.parametrize("preload", [True, False])
def test_gunicorn(server: Server, agent: str, program: Program, tmp_path: Path, preload: bool) -> None:
    (tmp_path / "app.py").write_text(
        "import vedette\nvedette.init()\n"
        "def app(environ, start):\n"
        "    start('200 OK', [])\n"
        f"    with vedette.run({agent!r}, metadata={{'number': environ['PATH_INFO'][1:]}}): return [b'done']\n"
    )
    process = program.start(
        f"""
        import sys
        from gunicorn.app.wsgiapp import run
        sys.argv = ["gunicorn", "app:app", "-w", "2", "-b", "127.0.0.1:0"{', "--preload"' if preload else ""}]
        run()
        """,
        VEDETTE_ENDPOINT=server.url,
    )
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if "Listening at: " in line:
            address = line.partition("Listening at: ")[2].split()[0]
            break
    for number in range(20):
        with urllib.request.urlopen(f"{address}/{number}", timeout=PATIENCE_S) as answer:
            assert answer.read() == b"done"
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    assert numbers(server.runs(agent=agent)) == list(range(20))


def test_jupyter(server: Server, agent: str, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    cells = [
        f"import vedette\nvedette.init(endpoint={server.url!r}, spool={str(tmp_path / 'spool')!r}, instrument=False)",
        f"with vedette.run({agent!r}, metadata={{'number': 0}}): pass",
        # Run again, as people do.
        f"vedette.init(endpoint={server.url!r}, spool={str(tmp_path / 'spool')!r}, instrument=False)",
        f"@vedette.trace_agent({agent!r}, metadata={{'number': 1}})\nasync def work(): return vedette.current_run()",
        "assert await work()\nassert vedette.current_run() is None",
        f"vedette.record({agent!r}, metadata={{'number': 2}})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=PATIENCE_S, kernel_name="python3").execute()
    assert numbers(server.runs(agent=agent)) == [0, 1, 2]


async def test_cancelled_tasks_are_recorded_and_leave_nothing_behind(agent: str, the_runs: Many) -> None:
    import asyncio

    @vedette.trace_agent(agent)
    async def work(number: int) -> None:
        async with vedette.span("inner"):
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert vedette.current_span() is None
    assert [run["status"] for run in the_runs()] == ["cancelled"] * 5


def test_28_nothing_is_told_twice(gate: Gate, agent: str, server: Server) -> None:
    """The server took it, but its answer was lost: the same spans are sent again and are the same."""
    gate.answers_lost = 3
    vedette.init(endpoint=gate.url, instrument=False)
    with vedette.run(agent) as run, vedette.span("chat", kind="llm") as call:
        call.set_attributes({"gen_ai.usage.input_tokens": 800, "vedette.cost_usd": "0.0032"})
        run.log("once")
        run.score("s", 1)
    run.set_outcome(True, "told once")
    flushed()
    assert gate.answers_lost == 0
    assert gate.asked >= 4, "what was not answered was not sent again"
    (stored,) = server.runs(agent=agent)
    figures = (stored["span_count"], stored["event_count"], stored["tokens"]["input"], stored["cost_usd"])
    assert figures == (2, 2, 800, "0.0032")
    assert (len(server.scores(run.id)), stored["outcome"], stored["conflicting_spans"]) == (1, "told once", 0)
    assert vedette.stats().dropped == 0


def test_only_a_server_that_understands_them_is_told_of_open_spans(gate: Gate, agent: str, server: Server) -> None:
    vedette.init(endpoint=gate.url, instrument=False)
    with vedette.run(agent):
        vedette.record(f"{agent}-other")
        assert vedette.flush()
        assert server.runs(agent=agent) == []
        gate.capable = True
        vedette.record(f"{agent}-other")
        assert vedette.flush()
        assert [run["status"] for run in server.when(lambda: server.runs(agent=agent))] == ["running"]
        # Nothing new happens, yet it is heard that the process lives.
        gate.wait_until_asked(gate.asked + 1)
    assert vedette.flush()
    (run,) = server.runs(agent=agent)
    assert (run["status"], run["conflicting_spans"]) == ("success", 0)
