"""Pydantic AI, which traces itself, over OpenAI, whose client is captured too: sync, async, streaming, an error."""

import asyncio

import vedette

vedette.init()

from pydantic_ai import Agent  # noqa: E402  after `init`, as programs may
from pydantic_ai.exceptions import ModelHTTPError  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel  # noqa: E402

model = OpenAIChatModel("gpt-4o-mini")
weather = Agent(model, name="weather-agent")
farewell = Agent(model, name="farewell-agent")


@weather.tool_plain
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        weather.run_sync("What is the weather in Paris?")


async def at_once():
    async with vedette.run("async-agent"):
        await weather.run("What is the weather in Paris?")
        async with farewell.run_stream("Say goodbye.") as answer:
            async for _ in answer.stream_text():
                pass


def failing():
    try:
        with vedette.run("broken-agent"):
            farewell.run_sync("Will this fail?", model=OpenAIChatModel("broken"))
    except ModelHTTPError:
        pass


in_turn()
asyncio.run(at_once())
failing()
