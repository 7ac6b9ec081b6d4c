"""LlamaIndex over OpenAI, whose client is captured too: an agent, sync, async and streaming, a tool call, an error."""

import asyncio
import os

import openai
import vedette
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI

vedette.init()

MODEL = "gpt-4o-mini"


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def model(**more):
    return OpenAI(model=MODEL, api_base=os.environ["OPENAI_BASE_URL"], max_retries=0, **more)


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        model().complete("Say goodbye.")
        streaming = model(additional_kwargs={"stream_options": {"include_usage": True}})
        for _ in streaming.stream_complete("Say goodbye."):
            pass


async def at_once():
    tools = [FunctionTool.from_defaults(get_weather)]
    agent = FunctionAgent(name="weather-agent", tools=tools, llm=model(), streaming=False)
    async with vedette.run("async-agent"):
        await agent.run("What is the weather in Paris?")


def failing():
    try:
        with vedette.run("broken-agent"):
            model(additional_kwargs={"model": "broken"}).complete("Will this fail?")
    except openai.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
failing()
