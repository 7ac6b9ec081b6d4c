"""The OpenAI Agents SDK, with OpenAI's client below it: sync, async and streaming, a tool call, an error."""

import asyncio
import contextlib

import openai
import vedette
from agents import Agent, Runner, function_tool

vedette.init()


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


weather = Agent(name="weather-agent", model="gpt-4o-mini", tools=[get_weather])
farewell = Agent(name="farewell-agent", model="gpt-4o-mini")
broken = Agent(name="broken-agent", model="broken")


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        Runner.run_sync(weather, "What is the weather in Paris?")


async def at_once():
    async with vedette.run("async-agent"):
        await Runner.run(weather, "What is the weather in Paris?")
        async for _ in Runner.run_streamed(farewell, "Say goodbye.").stream_events():
            pass
    with contextlib.suppress(openai.NotFoundError):
        await Runner.run(broken, "Will this fail?")  # without a run around it


in_turn()
asyncio.run(at_once())
