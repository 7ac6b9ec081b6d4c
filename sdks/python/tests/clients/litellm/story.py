"""LiteLLM over OpenAI, whose client is captured too: sync, async and streaming, a tool call, an error."""

import asyncio
import json

import vedette

vedette.init()

import litellm  # noqa: E402  after `init`, as programs may

MODEL = "gpt-4o-mini"
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
STREAMED = GOODBYE | {"stream": True, "stream_options": {"include_usage": True}}


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


def question(*turns):
    return {"model": MODEL, "messages": [QUESTION, *turns], "tools": TOOLS}


def after_tool(asked):
    """The conversation after the model's call was answered."""
    message = asked.choices[0].message
    (call,) = message.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    return question(message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": result})


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        litellm.completion(**after_tool(litellm.completion(**question())))
        for _ in litellm.completion(**STREAMED):
            pass


async def at_once():
    async with vedette.run("async-agent"):
        await litellm.acompletion(**after_tool(await litellm.acompletion(**question())))
        async for _ in await litellm.acompletion(**STREAMED):
            pass


def failing():
    try:
        with vedette.run("broken-agent"):
            messages = [{"role": "user", "content": "Will this fail?"}]
            litellm.completion(model="openai/broken", messages=messages, num_retries=0)
    except litellm.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
failing()
