"""Any object as one that JSON knows: its fields, its items, else its text."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence, Set
from typing import Any

ITEMS = 10_000
_TEXT_CHARS = 100_000


def plain(value: Any) -> object:
    """Give a dict, list, text or number for what is none. Never raises an `Exception`."""
    try:
        return _plain(value)
    except Exception:
        return _text(value)


def _plain(value: Any) -> object:
    if isinstance(value, type):
        return value.__qualname__
    if (fields := getattr(value, "__dataclass_fields__", None)) is not None:
        return {name: getattr(value, name, None) for name in fields}
    if callable(dump := getattr(value, "model_dump", None)):  # Pydantic, and the clients made with it
        return dict(dump())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return dict(itertools.islice(value.items(), ITEMS))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    if isinstance(value, (Sequence, Set)):
        return list(itertools.islice(value, ITEMS))
    if callable(getattr(value, "isoformat", None)):
        return str(value.isoformat())
    if (shape := getattr(value, "shape", None)) is not None and hasattr(value, "dtype"):
        return f"[array {shape} {value.dtype}]"
    return _text(value)


def _text(value: object) -> str:
    try:
        return repr(value)[:_TEXT_CHARS]
    except Exception:
        return f"[unreadable {type(value).__qualname__}]"


def fields_of(value: object) -> dict[str, Any]:
    """Give the fields of an object or a dict, for who looks for some of them."""
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    return getattr(value, "__dict__", {})
