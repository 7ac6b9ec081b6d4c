"""The guides for those who come from another system, and that of replay: their examples run and print what they say."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
import vedette

from .conftest import Server

GUIDES = sorted((Path(__file__).parents[4] / "docs" / "coming-from").glob("*.md"))
REPLAY = Path(__file__).parents[4] / "docs" / "replay.md"


def test_there_is_a_guide_for_each_system() -> None:
    assert [guide.stem for guide in GUIDES] == [
        "agensight",
        "agentping",
        "agentvista",
        "pyagent-studio",
        "pyagent-trace",
    ]


@pytest.mark.parametrize("guide", [*GUIDES, REPLAY], ids=lambda guide: str(guide.stem))
def test_the_examples_of_a_guide_run(server: Server, guide: Path) -> None:
    blocks = re.findall(r"```(python|text)\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    assert {language for language, _ in blocks} == {"python", "text"}
    printed, names = io.StringIO(), {"__name__": "example"}
    with contextlib.redirect_stdout(printed):
        for language, text in blocks:
            if language == "python":
                exec(compile(text, str(guide), "exec"), names)
            else:
                assert printed.getvalue() == text
                printed.seek(0)
                printed.truncate()
    if "init(" in guide.read_text("utf-8"):
        assert server.runs()
        assert vedette.stats().errors == 0
