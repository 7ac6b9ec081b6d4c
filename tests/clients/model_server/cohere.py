"""Cohere's format: chat of version 2."""

from .steps import TOOL, TOOL_ARGUMENTS, Step, next_step, words


def chat_step(body: dict) -> Step:
    return next_step(body["messages"][-1]["role"] == "tool", body.get("tools"))


def usage(step: Step) -> dict:
    counts = {"input_tokens": step.input, "output_tokens": step.output}
    return {"billed_units": counts, "tokens": counts, "cached_tokens": step.cache_read}


def tool_call(number: int, arguments: str) -> dict:
    return {"id": f"{TOOL}_{number:06}", "type": "function", "function": {"name": TOOL, "arguments": arguments}}


def finish_reason(step: Step) -> str:
    return "TOOL_CALL" if step.text is None else "COMPLETE"


def chat(body: dict, number: int) -> dict:
    step = chat_step(body)
    message: dict = {"role": "assistant"}
    if step.text is None:
        message |= {"tool_plan": "I will look.", "tool_calls": [tool_call(number, TOOL_ARGUMENTS)]}
    else:
        message["content"] = [{"type": "text", "text": step.text}]
    ended = {"finish_reason": finish_reason(step), "usage": usage(step)}
    return {"id": f"cohere-{number:06}", "message": message} | ended


def chat_stream(body: dict, number: int) -> list[tuple[str, object]]:
    step = chat_step(body)

    def said(message: dict) -> dict:
        return {"index": 0, "delta": {"message": message}}

    if step.text is None:
        middle = [
            ("tool-call-start", said({"tool_calls": tool_call(number, "")})),
            ("tool-call-delta", said({"tool_calls": {"function": {"arguments": TOOL_ARGUMENTS}}})),
            ("tool-call-end", {"index": 0}),
        ]
    else:
        middle = [
            ("content-start", said({"content": {"type": "text", "text": ""}})),
            *(("content-delta", said({"content": {"text": text}})) for text in words(step.text)),
            ("content-end", {"index": 0}),
        ]
    opened = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    events = [
        ("message-start", {"id": f"cohere-{number:06}", "delta": {"message": opened}}),
        *middle,
        ("message-end", {"delta": {"finish_reason": finish_reason(step), "usage": usage(step)}}),
    ]
    return [(name, {"type": name} | data) for name, data in events]
