"""A real server for the tests, and the SDK set up to send to it."""

from __future__ import annotations

import contextlib
import copy
import http.server
import json
import os
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import vedette
import watchfiles
from vedette import _core

BINARY = os.environ.get("VEDETTE_BIN", "vedette")
PATIENCE_S = 60.0

Json = dict[str, Any]


def flushed() -> None:
    """Wait until the server has all that was recorded; an attempt that fails is followed by the next."""
    end = time.monotonic() + PATIENCE_S
    while not vedette.flush(PATIENCE_S):
        assert time.monotonic() < end, vedette.stats()


def when_written(folder: Path, look: Callable[[], Any]) -> Any:
    """Look again whenever something changes in a folder, until there is an answer."""
    folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + PATIENCE_S
    # What changed before the watch began is seen at its first turn.
    for _ in watchfiles.watch(folder, debounce=50, rust_timeout=500, yield_on_timeout=True):
        if answer := look():
            return answer
        assert time.monotonic() < end, f"nothing came within {PATIENCE_S} s"
    raise AssertionError("the watch ended")


class Server:
    """One `vedette serve`."""

    def __init__(self, data: Path | None = None, port: int = 0, env: dict[str, str] | None = None) -> None:
        place = ["--memory"] if data is None else ["--data", str(data)]
        self.process = subprocess.Popen(
            [BINARY, "serve", *place, "--listen", f"127.0.0.1:{port}"],
            stdout=subprocess.PIPE,
            text=True,
            # Not what other programs of this machine's user have left unsent.
            env=os.environ | {"VEDETTE_SPOOL": "/nonexistent"} | (env or {}),
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), "the server did not start"
        self.headers: dict[str, str] = {}
        self.port = urllib.parse.urlsplit(self.url).port

    def as_key(self, key: str) -> Server:
        """Give the same server, asked with this key."""
        asked = copy.copy(self)
        asked.headers = {"authorization": f"Bearer {key}"}
        return asked

    def get(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers=self.headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def runs(self, **filters: str) -> list[Json]:
        return self.get("/api/v1/runs?" + urllib.parse.urlencode({"limit": 1000, **filters}))["runs"]  # type: ignore[no-any-return]

    def run(self, id: str) -> Json | None:
        """Give a run, its spans with their content, and its scores."""
        try:
            run: Json = self.get(f"/api/v1/runs/{id}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return run

    def spans(self, id: str) -> list[Json]:
        return self.get(f"/api/v1/runs/{id}/spans")["spans"]  # type: ignore[no-any-return]

    def scores(self, id: str) -> list[Json]:
        return self.get(f"/api/v1/runs/{id}/spans")["scores"]  # type: ignore[no-any-return]

    def span(self, id: str, name: str) -> Json:
        """Give the one span of this name, whole."""
        (found,) = [span for span in self.spans(id) if span["name"] == name]
        return self.get(f"/api/v1/runs/{id}/spans/{found['id']}")  # type: ignore[no-any-return]

    def when(self, look: Callable[[], Any]) -> Any:
        """Look again whenever something happens on the server, until there is an answer."""
        end = time.monotonic() + PATIENCE_S
        with urllib.request.urlopen(self.url + "/traces/stream", timeout=PATIENCE_S) as stream:
            while not (answer := look()):
                assert stream.readline(), "the stream ended"
                assert time.monotonic() < end, f"nothing came within {PATIENCE_S} s"
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def new_key(data: Path, account: str) -> str:
    """Make an account in a folder of data, and a key that may read and write there."""
    for words in (["accounts", "create", account], ["keys", "create", "--account", account]):
        made = subprocess.run([BINARY, "--data", str(data), *words], check=True, capture_output=True, text=True)
    return made.stdout.strip()


class Gate:
    """Stands before a server: answers as it is told, and lets through what it is not told about.

    Of the first `answers_lost` requests that it lets through the answer is lost, after the server took them in.
    """

    def __init__(self, behind: str) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.open = threading.Event()
        self.open.set()
        self.gave_up = False
        self.asked = 0
        self._is_asked = threading.Condition()
        self.capable = False
        self.answers_lost = 0
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with gate._is_asked:
                    gate.asked += 1
                    gate._is_asked.notify_all()
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
                    if gate.answers_lost > 0:
                        gate.answers_lost -= 1
                        self.close_connection = True
                        return
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

    def wait_until_asked(self, times: int) -> None:
        """Wait for that many requests."""
        with self._is_asked:
            assert self._is_asked.wait_for(lambda: self.asked >= times, PATIENCE_S), "nothing was asked"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def agent() -> str:
    """Give a name that no other test uses."""
    return f"agent-{uuid.uuid4().hex[:12]}"


@pytest.fixture(autouse=True)
def recording(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Record to the server; errors of ours surface."""
    for variable in [name for name in os.environ if name.startswith(("VEDETTE_", "AGENTPING_"))]:
        if variable not in ("VEDETTE_BIN", "VEDETTE_CACHE"):
            del os.environ[variable]
    _core.strict(True)
    vedette.init(endpoint=server.url, name="tests", spool=tmp_path / "spool", instrument=False)
    yield
    vedette.shutdown()


@pytest.fixture
def the_run(server: Server, agent: str) -> Callable[[], Json]:
    """Give the one run of this test's agent, when all that was recorded is there."""

    def look() -> Json:
        assert vedette.flush(PATIENCE_S)
        (run,) = server.runs(agent=agent)
        return run

    return look


@pytest.fixture
def the_runs(server: Server, agent: str) -> Callable[[], list[Json]]:
    """Give all runs of this test's agent, when all that was recorded is there."""

    def look() -> list[Json]:
        assert vedette.flush(PATIENCE_S)
        return server.runs(agent=agent)

    return look


@pytest.fixture
def away() -> str:
    """Give the address of a server that is not there."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


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


class Program:
    """Programs of their own that use the SDK."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "spool"

    def start(self, source: str, *args: str, **env: str) -> subprocess.Popen[str]:
        path = self.folder / f"program_{uuid.uuid4().hex[:8]}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, str(path), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=os.environ | {"VEDETTE_SPOOL": str(self.spool), "VEDETTE_INSTRUMENT": "0"} | env,
        )

    def run(self, source: str, *args: str, **env: str) -> str:
        process = self.start(source, *args, **env)
        out, error = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, error
        return out


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    gate = Gate(server.url)
    yield gate
    gate.close()
