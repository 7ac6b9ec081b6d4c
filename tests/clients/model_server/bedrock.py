"""Bedrock's formats: Converse, and models called in their own format; streams are binary."""

import base64
import json
import struct
import zlib

from . import anthropic
from .steps import TOOL, TOOL_ARGUMENTS, Step, next_step, words


def converse_step(body: dict) -> Step:
    last = body["messages"][-1]["content"]
    return next_step(any("toolResult" in block for block in last), body.get("toolConfig"))


def usage(step: Step) -> dict:
    return {
        # Without what came from or went to the cache.
        "inputTokens": step.input - step.cache_read - step.cache_write,
        "cacheReadInputTokens": step.cache_read,
        "cacheWriteInputTokens": step.cache_write,
        "outputTokens": step.output,
        "totalTokens": step.input + step.output,
    }


def converse(body: dict, number: int) -> dict:
    step = converse_step(body)
    if step.text is None:
        block = {"toolUse": {"toolUseId": f"tooluse_{number:06}", "name": TOOL, "input": json.loads(TOOL_ARGUMENTS)}}
    else:
        block = {"text": step.text}
    return {
        "output": {"message": {"role": "assistant", "content": [block]}},
        "stopReason": stop_reason(step),
        "usage": usage(step),
        "metrics": {"latencyMs": 1},
    }


def stop_reason(step: Step) -> str:
    return "tool_use" if step.text is None else "end_turn"


def converse_stream(body: dict, number: int) -> bytes:
    step = converse_step(body)
    at = {"contentBlockIndex": 0}
    if step.text is None:
        tool = {"toolUseId": f"tooluse_{number:06}", "name": TOOL}
        middle = [
            ("contentBlockStart", at | {"start": {"toolUse": tool}}),
            ("contentBlockDelta", at | {"delta": {"toolUse": {"input": TOOL_ARGUMENTS}}}),
        ]
    else:
        middle = [("contentBlockDelta", at | {"delta": {"text": text}}) for text in words(step.text)]
    events = [
        ("messageStart", {"role": "assistant"}),
        *middle,
        ("contentBlockStop", at),
        ("messageStop", {"stopReason": stop_reason(step)}),
        ("metadata", {"usage": usage(step), "metrics": {"latencyMs": 1}}),
    ]
    return b"".join(event(name, data) for name, data in events)


def invoke_stream(body: dict, number: int) -> bytes:
    chunks = [data for _, data in anthropic.messages_stream(body, number)]
    return b"".join(event("chunk", {"bytes": base64.b64encode(json.dumps(each).encode()).decode()}) for each in chunks)


def event(name: str, data: dict) -> bytes:
    """One message of AWS's event stream: lengths, headers, payload, and checksums of them."""
    headers = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    head = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in headers.items()
    )
    payload = json.dumps(data).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))
