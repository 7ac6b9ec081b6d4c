"""Gemini's client: sync, async and streaming, a tool call, an error."""

import asyncio

import vedette

vedette.init()

from google import genai  # noqa: E402  after `init`, as programs may
from google.genai import errors, types  # noqa: E402

MODEL = "gemini-2.5-flash"
PARAMETERS = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
DECLARED = types.FunctionDeclaration(name="get_weather", description="The weather in a city", parameters=PARAMETERS)
CONFIG = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[DECLARED])])
QUESTION = types.Content(role="user", parts=[types.Part(text="What is the weather in Paris?")])
GOODBYE = {"model": MODEL, "contents": "Say goodbye."}


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


def question(*turns):
    return {"model": MODEL, "contents": [QUESTION, *turns], "config": CONFIG}


def after_tool(asked):
    """The conversation after the model's call was answered."""
    (call,) = asked.function_calls
    result = types.Part.from_function_response(name=call.name, response={"result": get_weather(**call.args)})
    return question(asked.candidates[0].content, types.Content(role="user", parts=[result]))


def in_turn():
    client = genai.Client()
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        client.models.generate_content(**after_tool(client.models.generate_content(**question())))
        for _ in client.models.generate_content_stream(**GOODBYE):
            pass


async def at_once():
    models = genai.Client().aio.models
    async with vedette.run("async-agent"):
        await models.generate_content(**after_tool(await models.generate_content(**question())))
        async for _ in await models.generate_content_stream(**GOODBYE):
            pass


def failing():
    client = genai.Client()
    try:
        with vedette.run("broken-agent"):
            client.models.generate_content(model="broken", contents="Will this fail?")
    except errors.ClientError:
        pass


in_turn()
asyncio.run(at_once())
failing()
