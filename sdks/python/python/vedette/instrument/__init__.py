"""Automatic capture: the model and tool calls of the libraries that the program uses, seen by the best instrumentor.

An instrumentor is turned on when its library is imported, at once where that has happened. It gets the recorder as its
tracer provider. Where it fails the program and the other libraries are not affected: it is counted and logged.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Collection
from typing import Any

from vedette import _guard, _otel
from vedette.instrument import _switches
from vedette.instrument._imports import Imports
from vedette.instrument._native import DoesNotFitError
from vedette.instrument._switches import SAID
from vedette.instrument._table import ROWS, TARGETS

__all__ = ["SAID", "TARGETS", "instrument", "uninstrument"]

# One `init` or `shutdown` at a time; they call each other.
_lock = threading.RLock()
_hook: Imports | None = None
_active: dict[str, Any] = {}


def instrument(targets: Collection[str] = TARGETS, *, capture_content: bool = True) -> None:
    """Capture these libraries from now on, and no others; with what is said in their calls or without."""
    global _hook
    with _lock:
        uninstrument()
        wanted = set(targets) - _disabled()
        modules = {row.module for row in ROWS if row.target in wanted}
        loaded = {module for module in modules if module in sys.modules}

        def imported(module: str) -> None:
            for target in dict.fromkeys(row.target for row in ROWS if row.module == module):
                if target in wanted:
                    _turn_on(target, capture_content)

        _hook = Imports(modules - loaded, imported)
        sys.meta_path.insert(0, _hook)
        for module in loaded:
            imported(module)


def uninstrument() -> None:
    """Leave every library as it was."""
    global _hook
    with _lock:
        if _hook is not None and _hook in sys.meta_path:
            sys.meta_path.remove(_hook)
        _hook = None
        while _active:
            target, instrumentor = _active.popitem()
            try:
                instrumentor.uninstrument()
            except Exception as error:
                _guard.report(f"the capture of {target} could not be turned off", error)
        _switches.restore()


def _disabled() -> set[str]:
    """What OpenTelemetry's own variable excludes."""
    names = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "")
    return set(TARGETS) if names.strip() == "*" else {name.strip() for name in names.split(",")}


def _turn_on(target: str, capture_content: bool) -> None:
    # Not under the lock: it imports, and what another thread imports meanwhile may wait for us here.
    for row in ROWS:
        if row.target != target or target in _active:
            continue
        try:
            if (instrumentor := _instrumentor(row.entry)) is None:
                continue
            if instrumentor.is_instrumented_by_opentelemetry:
                return  # by the program itself
            more = row.switch(capture_content)
            instrumentor.instrument(tracer_provider=_otel.provider(), raise_exception_on_conflict=True, **more)
            _active[target] = instrumentor
        except Exception as error:
            if not _is_conflict(error):
                _guard.report(f"{target} cannot be captured by {row.entry}", error)


def _instrumentor(entry: str) -> Any:
    """Make one; `None` where it is not installed."""
    module, _, name = entry.partition(":")
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ModuleNotFoundError:  # a parent is not there
        return None
    return getattr(importlib.import_module(module), name)()


def _is_conflict(error: Exception) -> bool:
    """Whether an instrumentor says that it is not for this version of the library."""
    # By name: the package that raises it is not ours to import.
    return isinstance(error, DoesNotFitError) or type(error).__name__ == "DependencyConflictError"
