"""The guide's examples run as they stand."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import vedette
from conftest import Server

GUIDE = Path(__file__).parents[3] / "docs" / "python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_guide_s_examples(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VEDETTE_ENDPOINT", server.url)
    monkeypatch.setenv("VEDETTE_SPOOL", str(tmp_path / "spool"))
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(compile(example, str(GUIDE), "exec"), names)
        assert vedette.flush()
    names["vedette"].init()
    asyncio.run(names["chat"]("hello"))
    assert vedette.flush()
    agents = {run["agent"] for run in server.runs()}
    assert agents >= {
        "support-bot",
        "lead-qualifier",
        "invoice-bot",
        "daily-summary",
        "researcher",
        "front",
        "multi_agent_chat",
    }


def test_every_setting_is_in_the_guide() -> None:
    import inspect

    guide = GUIDE.read_text(encoding="utf-8")
    for setting in inspect.signature(vedette.init).parameters:
        assert f"`{setting}`" in guide, setting
    for word in vedette.__all__:
        assert word in guide or word in ("Span", "Stats", "extract_traceparent"), word
