"""Cohere's client: sync, async and streaming, a tool call, an error."""

import asyncio
import json

import vedette

vedette.init()

import cohere  # noqa: E402  after `init`, as programs may

MODEL = "command-a-03-2025"
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


def question(*turns):
    return {"model": MODEL, "messages": [QUESTION, *turns], "tools": TOOLS}


def after_tool(asked):
    """The conversation after the model's call was answered."""
    (call,) = asked.message.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    return question(asked.message, {"role": "tool", "tool_call_id": call.id, "content": result})


def in_turn():
    client = cohere.ClientV2()
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        client.chat(**after_tool(client.chat(**question())))
        for _ in client.chat_stream(**GOODBYE):
            pass


async def at_once():
    client = cohere.AsyncClientV2()
    async with vedette.run("async-agent"):
        await client.chat(**after_tool(await client.chat(**question())))
        async for _ in client.chat_stream(**GOODBYE):
            pass


def failing():
    try:
        with vedette.run("broken-agent"):
            cohere.ClientV2().chat(model="broken", messages=[{"role": "user", "content": "Will this fail?"}])
    except cohere.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
failing()
