"""Questions to a server's API."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

SECONDS = 30


class RestError(RuntimeError):
    """The server did not answer, or refused."""


def ask(path: str, endpoint: str | None = None, api_key: str | None = None) -> Any:
    """The JSON that the server answers to ``GET``."""
    base = (endpoint or os.environ.get("VEDETTE_ENDPOINT") or "http://127.0.0.1:4318").rstrip("/")
    key = api_key or os.environ.get("VEDETTE_API_KEY")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    if not base.startswith(("http://", "https://")):
        raise ValueError(f"endpoint {base!r} is no http address")
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, headers=headers), timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RestError(f"{base} answered {error.code}: {_said(error)}") from error
    except OSError as error:
        raise RestError(f"no answer from {base}: {error}") from error


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)
