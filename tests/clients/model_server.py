"""A deterministic stand-in for the OpenAI and Anthropic HTTP APIs.

It plays one story whatever client asks: a request that offers tools is answered by a call of
`get_weather`, a tool result by a sentence about the weather, anything else by a goodbye, and the
model `broken` by an error. Usage depends only on the step, so the expected figures are constants.

Served: `/v1/chat/completions`, `/v1/responses`, `/v1/embeddings` and `/v1/messages`; all but
embeddings also as a stream. Nothing else is: an unknown path is a 404, so that a client which
starts to use another endpoint fails loudly.

`python3 model_server.py` listens on a free port of 127.0.0.1 and prints its address.
"""

import itertools
import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOOL = "get_weather"
TOOL_ARGUMENTS = '{"city":"Paris"}'
MAX_BODY_BYTES = 1 << 20

serial = itertools.count(1)


@dataclass(frozen=True)
class Step:
    """What the model answers. Cache tokens are part of `input`, reasoning is part of `output`."""

    text: str | None  # None: call the tool instead
    input: int
    cache_read: int
    cache_write: int  # Anthropic only, OpenAI reports none
    output: int
    reasoning: int  # OpenAI only, Anthropic reports none


CALL_TOOL = Step(None, input=30, cache_read=16, cache_write=4, output=12, reasoning=5)
ANSWER = Step("It is 18 degrees and sunny in Paris.", input=50, cache_read=32, cache_write=0, output=9, reasoning=0)
GOODBYE = Step("Goodbye from the model.", input=20, cache_read=0, cache_write=0, output=7, reasoning=2)


def next_step(last_is_tool_result: bool, tools: object) -> Step:
    if last_is_tool_result:
        return ANSWER
    return CALL_TOOL if tools else GOODBYE


def words(text: str) -> list[str]:
    """The pieces in which a text is streamed; joined they are the text."""
    head, *rest = text.split(" ")
    return [head] + [" " + word for word in rest]


# OpenAI chat completions


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
    events.append(chunk({}, chat_finish(step)))
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append((None, head | {"choices": [], "usage": chat_usage(step)}))
    events.append((None, "[DONE]"))
    return events


# OpenAI responses


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


# OpenAI embeddings


def embeddings(body: dict, _number: int) -> dict:
    """Little-endian floats in base64 are what the official client asks for: 0.5 four times."""
    vector = "AAAAPwAAAD8AAAA/AAAAPw==" if body.get("encoding_format") == "base64" else [0.5] * 4
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(inputs))]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    return {"object": "list", "model": body["model"], "data": rows, "usage": usage}


# Anthropic messages


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


ENDPOINTS = {
    "/v1/chat/completions": (chat, chat_stream),
    "/v1/responses": (responses, responses_stream),
    "/v1/embeddings": (embeddings, None),
    "/v1/messages": (messages, messages_stream),
}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(min(int(self.headers["content-length"]), MAX_BODY_BYTES)))
        answer, stream = ENDPOINTS.get(self.path.split("?")[0], (None, None))
        if answer is None:
            self.send_json(404, failure(self.path, f"no such path: {self.path}"))
        elif body["model"] == "broken":
            self.send_json(404, failure(self.path, "The model `broken` does not exist."))
        elif body.get("stream") and stream:
            self.send_events(stream(body, next(serial)))
        else:
            self.send_json(200, answer(body, next(serial)))

    def send_json(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_events(self, events: list[tuple[str | None, object]]) -> None:
        """One write an event; HTTP/1.0 ends the stream by closing the connection."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write(((f"event: {name}\n" if name else "") + f"data: {text}\n\n").encode())

    def log_message(self, *_: object) -> None:
        """A request is worth no line: what matters is what the client recorded."""


def failure(path: str, message: str) -> dict:
    """404, which no client retries. Both providers nest an object `error`."""
    if path.startswith("/v1/messages"):
        return {"type": "error", "error": {"type": "not_found_error", "message": message}}
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    }


def listen() -> ThreadingHTTPServer:
    """Bound to a free port; the caller runs `serve_forever`."""
    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


if __name__ == "__main__":
    server = listen()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
