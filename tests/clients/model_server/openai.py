"""OpenAI's formats: chat completions, responses, embeddings."""

from .steps import TOOL, TOOL_ARGUMENTS, Step, next_step, words


def chat_step(body: dict) -> Step:
    return next_step(body["messages"][-1]["role"] == "tool", body.get("tools"))


def chat_usage(step: Step) -> dict:
    return {
        "prompt_tokens": step.input,
        "completion_tokens": step.output,
        "total_tokens": step.input + step.output,
        "prompt_tokens_details": {"cached_tokens": step.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": step.reasoning, "audio_tokens": 0},
    }


def chat_head(body: dict, kind: str, number: int) -> dict:
    return {"id": f"chatcmpl-{number:06}", "object": kind, "created": 1767225600, "model": openai_model(body)}


def openai_model(body: dict) -> str:
    """The provider answers with a dated name, as the real one does."""
    return {"gpt-4o-mini": "gpt-4o-mini-2024-07-18"}.get(body["model"], body["model"])


def chat_message(step: Step, number: int) -> dict:
    if step.text is not None:
        return {"role": "assistant", "content": step.text, "refusal": None}
    function = {"name": TOOL, "arguments": TOOL_ARGUMENTS}
    call = {"id": f"call_{number:06}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}


def chat_finish(step: Step) -> str:
    return "tool_calls" if step.text is None else "stop"


def chat(body: dict, number: int) -> dict:
    step = chat_step(body)
    message = chat_message(step, number)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": chat_finish(step)}
    return chat_head(body, "chat.completion", number) | {"choices": [choice], "usage": chat_usage(step)}


def chat_stream(body: dict, number: int) -> list[tuple[str | None, object]]:
    step = chat_step(body)
    head = chat_head(body, "chat.completion.chunk", number)

    def chunk(delta: dict, finish: str | None = None) -> tuple[None, dict]:
        return None, head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    message = chat_message(step, number)
    if step.text is None:
        calls = [{"index": 0} | call for call in message["tool_calls"]]
        events = [chunk({"role": "assistant", "tool_calls": calls})]
    else:
        events = [chunk({"role": "assistant", "content": ""})]
        events += [chunk({"content": piece}) for piece in words(step.text)]
    last = chunk({}, chat_finish(step))
    events.append(last)
    if body["model"].startswith("mistral"):
        last[1]["usage"] = chat_usage(step)
    elif (body.get("stream_options") or {}).get("include_usage"):
        events.append((None, head | {"choices": [], "usage": chat_usage(step)}))
    events.append((None, "[DONE]"))
    return events


def responses_step(body: dict) -> Step:
    given = body["input"]
    last = given[-1] if isinstance(given, list) else {}
    return next_step(last.get("type") == "function_call_output", body.get("tools"))


def responses_item(step: Step, number: int) -> dict:
    if step.text is None:
        call = {"call_id": f"call_{number:06}", "name": TOOL, "arguments": TOOL_ARGUMENTS}
        return {"type": "function_call", "id": f"fc_{number:06}", "status": "completed"} | call
    part = {"type": "output_text", "text": step.text, "annotations": []}
    return {"type": "message", "id": f"msg_{number:06}", "status": "completed", "role": "assistant", "content": [part]}


def responses(body: dict, number: int) -> dict:
    step = responses_step(body)
    return {
        "id": f"resp_{number:06}",
        "object": "response",
        "created_at": 1767225600,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "model": openai_model(body),
        "output": [responses_item(step, number)],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": step.input,
            "input_tokens_details": {"cached_tokens": step.cache_read},
            "output_tokens": step.output,
            "output_tokens_details": {"reasoning_tokens": step.reasoning},
            "total_tokens": step.input + step.output,
        },
    }


def responses_stream(body: dict, number: int) -> list[tuple[str | None, object]]:
    step = responses_step(body)
    done = responses(body, number)
    opened = done | {"status": "in_progress", "output": [], "usage": None}
    item = done["output"][0]
    at = {"item_id": item["id"], "output_index": 0}
    if step.text is None:
        empty = item | {"status": "in_progress", "arguments": ""}
        middle = [
            ("response.function_call_arguments.delta", at | {"delta": TOOL_ARGUMENTS}),
            ("response.function_call_arguments.done", at | {"name": TOOL, "arguments": TOOL_ARGUMENTS}),
        ]
    else:
        empty = item | {"status": "in_progress", "content": []}
        part = at | {"content_index": 0}
        blank = {"type": "output_text", "text": "", "annotations": []}
        middle = [("response.content_part.added", part | {"part": blank})]
        for piece in words(step.text):
            middle.append(("response.output_text.delta", part | {"delta": piece, "logprobs": []}))
        middle.append(("response.output_text.done", part | {"text": step.text, "logprobs": []}))
        middle.append(("response.content_part.done", part | {"part": item["content"][0]}))
    events = [
        ("response.created", {"response": opened}),
        ("response.in_progress", {"response": opened}),
        ("response.output_item.added", {"output_index": 0, "item": empty}),
        *middle,
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": done}),
    ]
    return [
        (name, {"type": name, "sequence_number": position} | data) for position, (name, data) in enumerate(events)
    ]


def embeddings(body: dict, _number: int) -> dict:
    """Little-endian floats in base64 are what the official client asks for: 0.5 four times."""
    vector = "AAAAPwAAAD8AAAA/AAAAPw==" if body.get("encoding_format") == "base64" else [0.5] * 4
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(inputs))]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    return {"object": "list", "model": body["model"], "data": rows, "usage": usage}
