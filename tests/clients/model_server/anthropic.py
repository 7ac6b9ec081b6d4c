"""Anthropic's format: messages."""

import json

from .steps import TOOL, TOOL_ARGUMENTS, Step, next_step, words


def messages_step(body: dict) -> Step:
    content = body["messages"][-1]["content"]
    is_result = isinstance(content, list) and any(block["type"] == "tool_result" for block in content)
    return next_step(is_result, body.get("tools"))


def messages(body: dict, number: int) -> dict:
    step = messages_step(body)
    if step.text is None:
        block = {"type": "tool_use", "id": f"toolu_{number:06}", "name": TOOL, "input": json.loads(TOOL_ARGUMENTS)}
    else:
        block = {"type": "text", "text": step.text}
    return {
        "id": f"msg_{number:06}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [block],
        "stop_reason": "tool_use" if step.text is None else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": step.input - step.cache_read - step.cache_write,
            "cache_read_input_tokens": step.cache_read,
            "cache_creation_input_tokens": step.cache_write,
            "output_tokens": step.output,
        },
    }


def messages_stream(body: dict, number: int) -> list[tuple[str | None, object]]:
    done = messages(body, number)
    block = done["content"][0]
    opened = done | {"content": [], "stop_reason": None, "usage": done["usage"] | {"output_tokens": 1}}
    if block["type"] == "tool_use":
        empty = block | {"input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": TOOL_ARGUMENTS}]
    else:
        empty = block | {"text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in words(block["text"])]
    ending = {"stop_reason": done["stop_reason"], "stop_sequence": None}
    events = [
        ("message_start", {"message": opened}),
        ("content_block_start", {"index": 0, "content_block": empty}),
        *(("content_block_delta", {"index": 0, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": ending, "usage": {"output_tokens": done["usage"]["output_tokens"]}}),
        ("message_stop", {}),
    ]
    return [(name, {"type": name} | data) for name, data in events]
