"""Agensight's words: ``from vedette.compat.agensight import init, trace, span``."""

from __future__ import annotations

import json
import logging
import os
import urllib.error
import urllib.request
from typing import Any

import vedette
from vedette.compat.agensight.tracing.decorators import span, trace

__all__ = ["init", "span", "trace"]

MODES = ("local", "dev", "prod", "console", "memory", "db")

_CHECK_SECONDS = 5
_logger = logging.getLogger("vedette")


def init(
    name: str = "default",
    mode: str = "local",
    auto_instrument_llms: bool = True,
    session: str | dict[str, Any] | None = None,
    token: str | None = None,
) -> None:
    """Begins to record, in a session if one is given: an id or a dict of ``id``, ``name`` and ``user_id``.

    ``local`` is the server on this machine; where none runs, what is recorded waits on disk for it. ``dev``
    and ``prod`` need a token, which the server is asked about: one that it refuses raises ``ValueError``, a
    server that is away does not. The other modes are ``local`` too.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if mode in ("dev", "prod"):
        if not token:
            raise ValueError("token is required when using prod/dev mode")
        _check(token)
    environment = mode if mode in ("dev", "prod") else None
    vedette.init(token, name=name, session=session, instrument=auto_instrument_llms, environment=environment)


def _check(token: str) -> None:
    base = (os.environ.get("VEDETTE_ENDPOINT") or "http://127.0.0.1:4318").rstrip("/")
    request = urllib.request.Request(f"{base}/me/api-keys/ping/", headers={"authorization": f"Bearer {token}"})
    try:
        urllib.request.urlopen(request, timeout=_CHECK_SECONDS).close()
    except urllib.error.HTTPError as error:
        with error:
            if error.code in (401, 403):
                raise ValueError(f"Token validation failed: {_said(error)}") from None
    except (OSError, ValueError) as error:
        _logger.warning("the token could not be checked, as %s does not answer: %s", base, error)


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {error.code}"
