"""OpenAI's client: chat and responses, sync, async and streaming, embeddings, a tool call, an error."""

import asyncio
import json

import openai
import vedette

vedette.init()

MODEL = "gpt-4o-mini"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
GOODBYE = {"model": MODEL, "messages": [{"role": "user", "content": "Say goodbye."}]}
STREAMED = GOODBYE | {"stream": True, "stream_options": {"include_usage": True}}


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


def after_tool(asked):
    """The conversation after the model's call was answered."""
    (call,) = asked.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    return [QUESTION, asked, {"role": "tool", "tool_call_id": call.id, "content": result}]


@vedette.span(kind="llm")
def ask_in_a_span(client):
    """What is returned tells of a call that was captured already."""
    return client.chat.completions.create(**GOODBYE)


def in_turn():
    client = openai.OpenAI()
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        client.embeddings.create(model="text-embedding-3-small", input="weather in Paris")
        asked = client.chat.completions.create(model=MODEL, messages=[QUESTION], tools=TOOLS).choices[0].message
        client.chat.completions.create(model=MODEL, messages=after_tool(asked), tools=TOOLS)
        for _ in client.chat.completions.create(**STREAMED):
            pass
        client.responses.create(model=MODEL, input="Say goodbye.")
        ask_in_a_span(client)


async def at_once():
    client = openai.AsyncOpenAI()
    async with vedette.run("async-agent"):
        asked = await client.chat.completions.create(model=MODEL, messages=[QUESTION], tools=TOOLS)
        await client.chat.completions.create(model=MODEL, messages=after_tool(asked.choices[0].message), tools=TOOLS)
        async for _ in await client.chat.completions.create(**STREAMED):
            pass
        async with client.responses.stream(model=MODEL, input="Say goodbye.") as stream:
            await stream.until_done()


def failing():
    try:
        with vedette.run("broken-agent"):
            openai.OpenAI().chat.completions.create(
                model="broken", messages=[{"role": "user", "content": "Will this fail?"}]
            )
    except openai.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
failing()
