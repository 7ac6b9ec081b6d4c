"""A real server for the tests, and the SDK set up to send to it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
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
from vedette import _core

BINARY = os.environ.get("VEDETTE_BIN", "vedette")
PATIENCE_S = 60.0

Json = dict[str, Any]


def eventually(look: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
    """Ask until there is an answer."""
    end = time.monotonic() + patience_s
    while True:
        if answer := look():
            return answer
        assert time.monotonic() < end, f"nothing came within {patience_s} s"
        time.sleep(0.02)


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
        self.port = urllib.parse.urlsplit(self.url).port

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
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

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


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
