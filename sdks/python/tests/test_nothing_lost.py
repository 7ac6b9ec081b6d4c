"""Servers that are away, slow or refusing; processes that end, are copied or are killed (scenario 28)."""

from __future__ import annotations

import base64
import contextlib
import http.server
import random
import struct
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import vedette
from conftest import PATIENCE_S, Json, Program, Server, eventually

Many = Callable[[], list[Json]]

RECORD = """
    import sys, vedette
    vedette.init()
    for number in range(int(sys.argv[2])):
        with vedette.run(sys.argv[1], metadata={"number": number}): pass
"""


def numbers(runs: list[Json]) -> list[int]:
    return sorted(int(run["metadata"]["number"]) for run in runs)


def spooled(folder: Path) -> int:
    """Count the spans in a spool: each request stands behind its length, its spans and its encoding."""
    count = 0
    for path in folder.rglob("*.spool"):
        data = path.read_bytes()
        at = int.from_bytes(data[8:16], "little")
        while at + 12 <= len(data):
            length, spans, _ = struct.unpack_from("<III", data, at)
            at += 12 + length
            count += spans if at <= len(data) else 0
    return count


class Gate:
    """Stands before a server: answers as it is told, and lets through what it is not told about."""

    def __init__(self, behind: str) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.open = threading.Event()
        self.open.set()
        self.gave_up = False
        self.asked = 0
        self.capable = False
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                gate.asked += 1
                if not gate.open.wait(PATIENCE_S):
                    gate.gave_up = True
                status, headers, said = 200, {}, b""
                if gate.capable:
                    headers = {"vedette-capabilities": "open-spans"}
                if gate.answers:
                    status, headers = gate.answers.pop(0)
                else:
                    kept = {
                        name: self.headers[name] for name in ("content-type", "content-encoding") if self.headers[name]
                    }
                    request = urllib.request.Request(behind + self.path, body, kept)
                    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                        said = answer.read()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    gate = Gate(server.url)
    yield gate
    gate.close()


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
        eventually(lambda: vedette.stats().spooled == 0)
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
    eventually(lambda: vedette.flush() and not gate.answers)
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


def test_what_a_process_leaves_is_sent_by_the_next(tmp_path: Path, away: str, agent: str, program: Program) -> None:
    program.run(RECORD, agent, "5", VEDETTE_ENDPOINT=away)
    assert list(program.spool.rglob("*.spool"))
    server = Server(tmp_path / "data", port=int(away.rpartition(":")[2]))
    try:
        # One that records for another server leaves it alone; one for this server takes it along.
        program.run(RECORD, agent, "1", VEDETTE_ENDPOINT=away, VEDETTE_API_KEY="another")
        program.run(
            RECORD.replace("number)", "number + 5)").replace('"number": number', '"number": number + 5'),
            agent,
            "1",
            VEDETTE_ENDPOINT=away,
        )
        assert numbers(eventually(lambda: len(runs := server.runs(agent=agent)) >= 7 and runs)) == [0, 0, 1, 2, 3, 4, 5]
    finally:
        server.stop()


def test_what_a_process_leaves_is_read_by_a_server_at_its_start(
    tmp_path: Path, away: str, agent: str, program: Program
) -> None:
    program.run(RECORD, agent, "5", VEDETTE_ENDPOINT=away)
    env = {"VEDETTE_SPOOL": str(program.spool)}
    elsewhere = Server(tmp_path / "other", env=env)
    elsewhere.stop()
    server = Server(tmp_path / "data", port=int(away.rpartition(":")[2]), env=env)
    try:
        runs = eventually(lambda: len(runs := server.runs(agent=agent)) == 5 and runs)
        assert numbers(runs) == list(range(5))
        eventually(lambda: not list(program.spool.rglob("*.spool")))
        assert elsewhere.port != server.port
    finally:
        server.stop()


def test_a_killed_process_had_written_without_being_asked(
    server: Server, agent: str, away: str, tmp_path: Path, program: Program
) -> None:
    process = program.start(
        RECORD + "    print('ready', flush=True); sys.stdin.read()\n",
        agent,
        "100",
        VEDETTE_ENDPOINT=away,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    # Nobody flushed: it is there all the same, soon.
    eventually(lambda: spooled(program.spool) == 100)
    process.kill()
    process.communicate()
    back = Server(tmp_path / "data", port=int(away.rpartition(":")[2]))
    try:
        program.run(RECORD, agent, "0", VEDETTE_ENDPOINT=away)
        program.run(
            "import sys, vedette; vedette.init(); vedette.log('x'); vedette.record('other'); vedette.flush()",
            VEDETTE_ENDPOINT=away,
        )
        assert numbers(back.runs(agent=agent)) == list(range(100))
    finally:
        back.stop()


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
    runs = eventually(lambda: len(runs := server.runs(agent=agent)) == 20 and runs)
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


def test_the_spool_is_bounded_and_what_is_dropped_is_counted(away: str, agent: str, tmp_path: Path) -> None:
    spool = tmp_path / "small"
    vedette.init(endpoint=away, spool=spool, spool_bytes=9 << 20, instrument=False)
    # Nothing that compresses well.
    noise = base64.b64encode(random.Random(1).randbytes(150_000)).decode()
    for number in range(120):
        vedette.record(agent, metadata={"number": number}, input=noise)
        if number % 10 == 0:
            vedette.flush(0.5)
    stats = eventually(lambda: (stats := vedette.stats()).dropped + stats.spooled == 120 and stats)
    size = sum(path.stat().st_size for path in spool.rglob("*.spool"))
    assert size <= 9 << 20
    assert stats.dropped > 0
    assert stats.spooled > 0
    vedette.shutdown(0)


def test_without_a_disk_the_spool_is_in_memory(gate: Gate, agent: str, the_runs: Many, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    gate.answers = [(500, {})] * 2
    vedette.init(endpoint=gate.url, spool=tmp_path / "file" / "below", instrument=False)
    for number in range(10):
        vedette.record(agent, metadata={"number": number})
    eventually(lambda: vedette.flush() and not gate.answers)
    assert numbers(the_runs()) == list(range(10))


def test_nothing_is_told_twice(gate: Gate, agent: str, server: Server) -> None:
    """The server took it, but its answer was lost: the same spans are sent again and are the same."""

    class LostError(Exception): ...

    vedette.init(endpoint=gate.url, instrument=False)
    with contextlib.suppress(LostError), vedette.run(agent) as run:
        vedette.log("once")
        vedette.score("s", 1)
        raise LostError
    assert vedette.flush()
    before = server.get(f"/api/v1/runs/{run.id}")
    assert (before["span_count"], before["event_count"], len(server.scores(run.id))) == (1, 1, 1)


def test_only_a_server_that_understands_them_is_told_of_open_spans(gate: Gate, agent: str, server: Server) -> None:
    vedette.init(endpoint=gate.url, instrument=False)
    with vedette.run(agent):
        vedette.record(f"{agent}-other")
        assert vedette.flush()
        assert server.runs(agent=agent) == []
        gate.capable = True
        vedette.record(f"{agent}-other")
        assert vedette.flush()
        assert [run["status"] for run in eventually(lambda: server.runs(agent=agent))] == ["running"]
        # Nothing new happens, yet it is heard that the process lives.
        told = gate.asked
        eventually(lambda: gate.asked > told)
    assert vedette.flush()
    (run,) = server.runs(agent=agent)
    assert (run["status"], run["conflicting_spans"]) == ("success", 0)
