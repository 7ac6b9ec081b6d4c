"""A deterministic stand-in for the HTTP APIs of model providers.

It plays one story whatever client asks: a request that offers tools is answered by a call of
`get_weather`, a tool result by a sentence about the weather, anything else by a goodbye, and the
model `broken` by an error. Usage depends only on the step, so the expected figures are constants.

Served is what `ENDPOINTS` lists and nothing else: an unknown path is a 404, so that a client which
starts to use another endpoint fails loudly.

`python3 -m model_server` listens on a free port of 127.0.0.1 and prints its address.
"""

import itertools
import json
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import anthropic, bedrock, cohere, gemini, openai

MAX_BODY_BYTES = 1 << 20

serial = itertools.count(1)


@dataclass(frozen=True)
class Endpoint:
    """What is served at a path: an answer, and a stream where the client asks for one."""

    path: str
    """A regular expression; where the model stands in it, it is named."""
    answer: Callable[[dict, int], dict] | None = None
    stream: Callable[[dict, int], list | bytes] | None = None
    """Events of name and data, or bytes as they are."""


ENDPOINTS = [
    Endpoint("/v1/chat/completions", openai.chat, openai.chat_stream),  # Mistral too
    Endpoint("/v1/responses", openai.responses, openai.responses_stream),
    Endpoint("/v1/embeddings", openai.embeddings),
    Endpoint("/v1/messages", anthropic.messages, anthropic.messages_stream),
    Endpoint("/v1(beta)?/models/(?P<model>[^:]+):generateContent", gemini.generate),
    Endpoint("/v1(beta)?/models/(?P<model>[^:]+):streamGenerateContent", stream=gemini.generate_stream),
    Endpoint("/model/(?P<model>[^/]+)/converse", bedrock.converse),
    Endpoint("/model/(?P<model>[^/]+)/converse-stream", stream=bedrock.converse_stream),
    Endpoint("/model/(?P<model>[^/]+)/invoke", anthropic.messages),
    Endpoint("/model/(?P<model>[^/]+)/invoke-with-response-stream", stream=bedrock.invoke_stream),
    Endpoint("/v2/chat", cohere.chat, cohere.chat_stream),
]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(min(int(self.headers["content-length"]), MAX_BODY_BYTES)))
        path = urllib.parse.unquote(self.path.split("?")[0])
        for endpoint in ENDPOINTS:
            if found := re.fullmatch(endpoint.path, path):
                self.play(endpoint, body | found.groupdict())
                return
        self.fail(path, f"no such path: {path}")

    def play(self, endpoint: Endpoint, body: dict) -> None:
        if body["model"] == "broken":
            self.fail(self.path, "The model `broken` does not exist.")
        elif endpoint.stream and (body.get("stream") or not endpoint.answer):
            self.send_stream(endpoint.stream(body, next(serial)))
        elif endpoint.answer:
            self.send_json(200, endpoint.answer(body, next(serial)))

    def fail(self, path: str, message: str) -> None:
        """404, which no client retries."""
        self.send_json(404, failure(path, message))

    def send_json(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if status != 200 and self.path.startswith("/model/"):
            self.send_header("x-amzn-errortype", "ResourceNotFoundException")
        self.end_headers()
        self.wfile.write(data)

    def send_stream(self, events: list | bytes) -> None:
        """One write an event; HTTP/1.0 ends the stream by closing the connection."""
        binary = isinstance(events, bytes)
        self.send_response(200)
        self.send_header("content-type", "application/vnd.amazon.eventstream" if binary else "text/event-stream")
        self.end_headers()
        if binary:
            self.wfile.write(events)
            return
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write(((f"event: {name}\n" if name else "") + f"data: {text}\n\n").encode())

    def log_message(self, *_: object) -> None:
        """A request is worth no line: what matters is what the client recorded."""


def failure(path: str, message: str) -> dict:
    """As the provider of this path tells it."""
    if path.startswith("/v1/messages"):
        return {"type": "error", "error": {"type": "not_found_error", "message": message}}
    if path.startswith(("/v1/models/", "/v1beta/models/")):
        return {"error": {"code": 404, "message": message, "status": "NOT_FOUND"}}
    if path.startswith(("/model/", "/v2/")):
        return {"message": message}
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    }


def listen() -> ThreadingHTTPServer:
    """Bound to a free port; the caller runs `serve_forever`."""
    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
