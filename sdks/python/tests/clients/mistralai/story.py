"""Mistral's client: sync, async and streaming, a tool call, an error."""

import asyncio
import json
import os

import vedette

vedette.init()

from mistralai.client import Mistral  # noqa: E402  after `init`, as programs may
from mistralai.client.errors import MistralError  # noqa: E402

MODEL = "mistral-small-latest"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
GOODBYE = {"model": MODEL, "messages": [{"role": "user", "content": "Say goodbye."}]}


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


def client():
    return Mistral(api_key="test", server_url=os.environ["MODEL_SERVER"])


def question(*turns):
    return {"model": MODEL, "messages": [QUESTION, *turns], "tools": TOOLS}


def after_tool(asked):
    """The conversation after the model's call was answered."""
    message = asked.choices[0].message
    (call,) = message.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    return question(message, {"role": "tool", "name": "get_weather", "tool_call_id": call.id, "content": result})


def in_turn():
    chat = client().chat
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        chat.complete(**after_tool(chat.complete(**question())))
        for _ in chat.stream(**GOODBYE):
            pass


async def at_once():
    chat = client().chat
    async with vedette.run("async-agent"):
        await chat.complete_async(**after_tool(await chat.complete_async(**question())))
        async for _ in await chat.stream_async(**GOODBYE):
            pass


def failing():
    try:
        with vedette.run("broken-agent"):
            client().chat.complete(model="broken", messages=[{"role": "user", "content": "Will this fail?"}])
    except MistralError:
        pass


in_turn()
asyncio.run(at_once())
failing()
