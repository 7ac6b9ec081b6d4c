"""AgentPing's words: ``import vedette.compat.agentping as agentping``."""

from __future__ import annotations

import os
from typing import Any

import vedette
from vedette import current_run, decision, event, flush, heartbeat, log, run, score, shutdown

__all__ = [
    "current_run",
    "decision",
    "event",
    "flush",
    "heartbeat",
    "init",
    "log",
    "run",
    "score",
    "shutdown",
]


def init(api_key: str | None = None, *, parent_run_id: str | None = None, **options: Any) -> None:
    """Begins to record with a key such as ``apk_...``; further options are those of :func:`vedette.init`.

    Runs are children of ``parent_run_id``, else of the run that ``AGENTPING_PARENT_RUN`` names, unless they
    name a parent of their own. An id or a region that is none raises ``ValueError``.
    """
    parent = parent_run_id or options.pop("parent_run", None) or os.environ.get("AGENTPING_PARENT_RUN") or None
    vedette.init(api_key, parent_run=parent, **options)
