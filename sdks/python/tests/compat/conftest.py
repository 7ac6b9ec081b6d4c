"""A real server for the faces, and Vedette as a program finds it: set up by the face, torn down after."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import vedette
from opentelemetry import context
from vedette import _core, _guard

VEDETTE = os.environ["VEDETTE_BIN"]


class Server:
    """`vedette serve` in a folder of its own."""

    def __init__(self, folder: Path, *listen: str) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [VEDETTE, "serve", "--data", str(folder), "--listen", *(listen or ("127.0.0.1:0",))],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http"), "the server did not start"

    def get(self, path: str, **query: object) -> Any:
        """What the API answers."""
        question = f"?{urllib.parse.urlencode(query)}" if query else ""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}{question}", timeout=10) as answer:
            return json.load(answer)

    def runs(self) -> list[dict[str, Any]]:
        """Every run that was recorded so far, oldest first."""
        assert vedette.flush(10), vedette.stats()
        return list(reversed(self.get("runs", limit=100)["runs"]))

    def run(self) -> dict[str, Any]:
        """The only run, whole."""
        (run,) = self.runs()
        return dict(self.get(f"runs/{run['id']}"))

    def spans(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """What happened in a run, each whole, by start."""
        base = f"runs/{run['id']}/spans"
        return [self.get(f"{base}/{span['id']}") for span in self.get(base)["spans"]]

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the test."""
    servers: list[Server] = []

    def start(*listen: str) -> Server:
        servers.append(Server(tmp_path / "data", *listen))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server, named by the environment."""
    server = serve()
    monkeypatch.setenv("VEDETTE_ENDPOINT", server.url)
    return server


@pytest.fixture(autouse=True)
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is set up, as the faces are to do that; errors of ours surface."""
    monkeypatch.setenv("VEDETTE_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("VEDETTE_INSTRUMENT", "0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_guard, "STRICT", True)
    _core.strict(True)
    token = context.attach(context.Context())
    yield
    context.detach(token)
    vedette.shutdown(1)
