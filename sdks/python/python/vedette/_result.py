"""What a returned object tells of a model call, in the shapes of OpenAI, Anthropic and Gemini.

Objects of their clients and plain dicts are read alike. What is not there is not guessed.
"""

from __future__ import annotations

from typing import Any

from vedette import _core
from vedette._plain import fields_of

_TOOL_CALLS = 128


def read(span: _core.Span, result: Any) -> None:
    """Set on the span what is found, and make a span of each tool that the model asked for."""
    fields = fields_of(result)
    usage = _fields(_first(fields, "usage", "usage_metadata"))
    counts = _counts(usage)
    if not counts:
        return
    finish, calls = _openai(fields)
    if not calls and not finish:
        finish, calls = _anthropic(fields)
    if not calls and not finish:
        finish, calls = _gemini(fields)
    found: dict[str, Any] = {
        "vedette.kind": "llm",
        "gen_ai.response.model": _text(_first(fields, "model", "model_version")),
        "gen_ai.response.id": _text(_first(fields, "id", "response_id")),
        "gen_ai.response.finish_reasons": finish or None,
        **counts,
    }
    span.set_attributes(found)
    for name, call_id, arguments in calls[:_TOOL_CALLS]:
        attributes = {"gen_ai.tool.name": name, "gen_ai.tool.call.id": call_id}
        with _core.span(name or "tool", kind="tool", input=arguments, attributes=attributes):
            pass


def _counts(usage: dict[str, Any]) -> dict[str, Any]:
    read = _number(usage, "cache_read_input_tokens")
    written = _number(usage, "cache_creation_input_tokens")
    given = _number(usage, "input_tokens", "prompt_tokens", "prompt_token_count")
    if given is not None and "cache_read_input_tokens" in usage:
        # Anthropic counts what came from or went to its cache apart.
        given += (read or 0) + (written or 0)
    details = _fields(_first(usage, "prompt_tokens_details", "input_tokens_details"))
    answer = _number(usage, "output_tokens", "completion_tokens", "candidates_token_count")
    thought = _number(usage, "thoughts_token_count")
    answered = _fields(_first(usage, "completion_tokens_details", "output_tokens_details"))
    counts = {
        "gen_ai.usage.input_tokens": given,
        # Gemini counts thinking apart from the answer.
        "gen_ai.usage.output_tokens": answer if thought is None else (answer or 0) + thought,
        "gen_ai.usage.total_tokens": _number(usage, "total_tokens", "total_token_count"),
        "gen_ai.usage.cache_read.input_tokens": read
        if read is not None
        else _number(details, "cached_tokens") or _number(usage, "cached_content_token_count"),
        "gen_ai.usage.cache_write.input_tokens": written,
        "gen_ai.usage.reasoning.output_tokens": thought
        if thought is not None
        else _number(answered, "reasoning_tokens"),
    }
    return {key: count for key, count in counts.items() if count is not None}


_Calls = list[tuple["str | None", "str | None", Any]]


def _openai(fields: dict[str, Any]) -> tuple[list[str], _Calls]:
    finish: list[str] = []
    calls: _Calls = []
    for choice in map(_fields, _list(fields.get("choices"))):
        if reason := _text(choice.get("finish_reason")):
            finish.append(reason)
        for call in map(_fields, _list(_fields(choice.get("message")).get("tool_calls"))):
            function = _fields(call.get("function"))
            calls.append((_text(function.get("name")), _text(call.get("id")), function.get("arguments")))
    for item in map(_fields, _list(fields.get("output"))):  # the Responses API
        if item.get("type") == "function_call":
            calls.append((_text(item.get("name")), _text(item.get("call_id")), item.get("arguments")))
    return finish, calls


def _anthropic(fields: dict[str, Any]) -> tuple[list[str], _Calls]:
    reason = _text(fields.get("stop_reason"))
    blocks = [_fields(block) for block in _list(fields.get("content"))]
    calls: _Calls = [
        (_text(block.get("name")), _text(block.get("id")), block.get("input"))
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    return [reason] if reason else [], calls


def _gemini(fields: dict[str, Any]) -> tuple[list[str], _Calls]:
    finish: list[str] = []
    calls: _Calls = []
    for candidate in map(_fields, _list(fields.get("candidates"))):
        if (reason := candidate.get("finish_reason")) is not None:
            finish.append(str(getattr(reason, "name", reason)))
        for part in map(_fields, _list(_fields(candidate.get("content")).get("parts"))):
            if part.get("function_call") is not None:
                call = _fields(part["function_call"])
                calls.append((_text(call.get("name")), _text(call.get("id")), call.get("args")))
    return finish, calls


def _fields(value: object) -> dict[str, Any]:
    return {} if value is None else fields_of(value)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _first(fields: dict[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _number(fields: dict[str, Any], *names: str) -> int | None:
    value = _first(fields, *names)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
