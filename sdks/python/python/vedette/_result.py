"""What a returned object tells of a model call, in the shapes of OpenAI, Anthropic and Gemini."""

from __future__ import annotations

from typing import Any

from vedette import _core


def read(span: _core.Span, result: Any) -> None:
    """Set what is found on the span."""
