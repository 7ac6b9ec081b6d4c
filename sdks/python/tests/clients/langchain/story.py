"""LangChain and LangGraph over OpenAI, whose client is captured too: sync, async and streaming, a tool call, an error."""

import asyncio
import operator
from typing import Annotated, TypedDict

import openai
import vedette
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph

vedette.init()  # after the imports, as programs may

MODEL = "gpt-4o-mini"
ASKED = {"messages": [{"role": "user", "content": "What is the weather in Paris?"}]}


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def agent(model):
    return create_agent(ChatOpenAI(model=model), tools=[get_weather], name="weather-agent")


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        agent(MODEL).invoke(ASKED)
        for _ in ChatOpenAI(model=MODEL, stream_usage=True).stream("Say goodbye."):
            pass


async def at_once():
    async with vedette.run("async-agent"):
        await agent(MODEL).ainvoke(ASKED)
        async for _ in ChatOpenAI(model=MODEL, stream_usage=True).astream("Say goodbye."):
            pass


class State(TypedDict):
    said: Annotated[list, operator.add]


def graph():
    """A graph of the program's own, without a run around it."""
    built = StateGraph(State)
    built.add_node("farewell", lambda _: {"said": [ChatOpenAI(model=MODEL).invoke("Say goodbye.").content]})
    built.add_edge(START, "farewell")
    built.add_edge("farewell", END)
    built.compile(name="farewell-graph").invoke({"said": []})


def failing():
    try:
        with vedette.run("broken-agent"):
            ChatOpenAI(model="broken").invoke("Will this fail?")
    except openai.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
graph()
failing()
