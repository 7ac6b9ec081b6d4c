"""Called when the program imports a module, so that nothing is imported that it does not use."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class Imports(MetaPathFinder):
    """Stands first among the finders; finds nothing itself, but lets the watched modules tell when they are there."""

    def __init__(self, watched: set[str], imported: Callable[[str], None]) -> None:
        self._watched = watched
        self._imported = imported
        self._finding: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module as everybody does, and have its loader tell of it."""
        if fullname not in self._watched or fullname in self._finding:
            return None
        self._finding.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._finding.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._tell)
        return spec

    def _tell(self, name: str) -> None:
        if name in self._watched and self in sys.meta_path:
            self._watched.discard(name)
            self._imported(name)


class _Telling(Loader):
    """A loader that tells when its module is loaded, and is the loader itself in everything else."""

    def __init__(self, loader: Any, tell: Callable[[str], None]) -> None:
        self._loader = loader
        self._tell = tell

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        # The program sees the loader that it would have seen without us.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._tell(module.__name__)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
