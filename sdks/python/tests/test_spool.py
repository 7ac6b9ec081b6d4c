"""What waits on disk: for a server that is away, from processes that are gone, within its bound (scenario 28)."""

from __future__ import annotations

import base64
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import vedette
from conftest import PATIENCE_S, RECORD, Gate, Json, Program, Server, flushed, new_key, numbers, spooled, when_written

Many = Callable[[], list[Json]]


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
        runs = server.when(lambda: len(runs := server.runs(agent=agent)) >= 7 and runs)
        assert numbers(runs) == [0, 0, 1, 2, 3, 4, 5]
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
        runs = server.when(lambda: len(runs := server.runs(agent=agent)) == 5 and runs)
        assert numbers(runs) == list(range(5))
        when_written(program.spool, lambda: not list(program.spool.rglob("*.spool")))
        assert elsewhere.port != server.port
    finally:
        server.stop()


def test_a_server_with_keys_reads_what_was_left_under_one_of_its_own(
    tmp_path: Path, away: str, agent: str, program: Program
) -> None:
    """What a process left is taken in for the account of its key; what stands under a foreign key stays."""
    data = tmp_path / "data"
    keys = {account: new_key(data, account) for account in ("acme", "other")}
    program.run(RECORD, agent, "5", VEDETTE_ENDPOINT=away, VEDETTE_API_KEY=keys["acme"])
    program.run(RECORD, agent, "1", VEDETTE_ENDPOINT=away, VEDETTE_API_KEY="unknown-key")
    server = Server(data, port=int(away.rpartition(":")[2]), env={"VEDETTE_SPOOL": str(program.spool)})
    try:
        when_written(program.spool, lambda: spooled(program.spool) == 1)
        assert numbers(server.as_key(keys["acme"]).runs(agent=agent)) == list(range(5))
        assert server.as_key(keys["other"]).runs(agent=agent) == []
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
    when_written(program.spool, lambda: spooled(program.spool) == 100)
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


def test_the_spool_is_bounded_and_what_is_dropped_is_counted(away: str, agent: str, tmp_path: Path) -> None:
    spool = tmp_path / "small"
    vedette.init(endpoint=away, spool=spool, spool_bytes=9 << 20, instrument=False)
    # Nothing that compresses well.
    noise = base64.b64encode(random.Random(1).randbytes(150_000)).decode()
    for number in range(120):
        vedette.record(agent, metadata={"number": number}, input=noise)
        if number % 10 == 0:
            vedette.flush(0.5)
    assert not vedette.flush(1)
    stats = vedette.stats()
    assert stats.dropped + stats.spooled == 120
    size = sum(path.stat().st_size for path in spool.rglob("*.spool"))
    assert size <= 9 << 20
    assert stats.dropped > 0
    assert stats.spooled > 0
    vedette.shutdown(0)


def test_the_bound_of_a_spool_holds_for_all_processes(away: str, agent: str, program: Program) -> None:
    """A process that is short of room drops what is oldest, also of one that is alive, and counts it."""
    source = """
        import base64, random, sys, vedette
        vedette.init(spool_bytes=20 << 20, instrument=False)
        noise = random.Random(sys.argv[2])
        for line in sys.stdin:
            for number in range(int(line)):
                text = base64.b64encode(noise.randbytes(150_000)).decode()
                vedette.record(sys.argv[1], metadata={"number": number}, input=text)
            vedette.flush(5)
            print(vedette.stats().dropped, flush=True)
        vedette.shutdown(0)
    """
    first, second = (program.start(source, agent, seed, VEDETTE_ENDPOINT=away) for seed in "12")

    def record(process: subprocess.Popen[str], count: int) -> int:
        """Record so much in a process; how much it dropped so far."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        dropped = int(process.stdout.readline())
        assert sum(path.stat().st_size for path in program.spool.rglob("*.spool")) <= 20 << 20
        return dropped

    assert record(first, 100) == 0
    # It had the room to itself; now the older half of its files makes room for the other.
    dropped = sum(record(second, 10) for _ in range(6)) and record(second, 1)
    assert dropped > 0
    assert record(first, 0) == 0, "what another process dropped is counted there, once"
    assert spooled(program.spool) == 100 + 61 - dropped
    for process in (first, second):
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0


def test_without_a_disk_the_spool_is_in_memory(gate: Gate, agent: str, the_runs: Many, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    gate.answers = [(500, {})] * 2
    vedette.init(endpoint=gate.url, spool=tmp_path / "file" / "below", instrument=False)
    for number in range(10):
        vedette.record(agent, metadata={"number": number})
    flushed()
    assert not gate.answers
    assert numbers(the_runs()) == list(range(10))
