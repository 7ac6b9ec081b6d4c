"""Gemini's format: generateContent."""

import json

from .steps import TOOL, TOOL_ARGUMENTS, Step, next_step, words


def content_step(body: dict) -> Step:
    last = body["contents"][-1]["parts"]
    return next_step(any("functionResponse" in part for part in last), body.get("tools"))


def generate(body: dict, number: int) -> dict:
    step = content_step(body)
    if step.text is None:
        return piece(body, number, {"functionCall": {"name": TOOL, "args": json.loads(TOOL_ARGUMENTS)}}, step)
    return piece(body, number, {"text": step.text}, step)


def generate_stream(body: dict, number: int) -> list[tuple[None, object]]:
    step = content_step(body)
    if step.text is None:
        return [(None, generate(body, number))]
    *head, last = words(step.text)
    pieces = [piece(body, number, {"text": text}) for text in head]
    return [(None, each) for each in [*pieces, piece(body, number, {"text": last}, step)]]


def piece(body: dict, number: int, part: dict, ended: Step | None = None) -> dict:
    """A whole answer, or a piece of a stream; the last says how it ended."""
    candidate = {"index": 0, "content": {"role": "model", "parts": [part]}}
    answer = {"responseId": f"gemini-{number:06}", "modelVersion": body["model"], "candidates": [candidate]}
    if ended is None:
        return answer
    candidate["finishReason"] = "STOP"
    usage = {
        "promptTokenCount": ended.input,
        "cachedContentTokenCount": ended.cache_read,
        # The answer without the thinking.
        "candidatesTokenCount": ended.output - ended.reasoning,
        "thoughtsTokenCount": ended.reasoning,
        "totalTokenCount": ended.input + ended.output,
    }
    return answer | {"usageMetadata": usage}
