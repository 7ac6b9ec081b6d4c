"""CrewAI over OpenAI, whose client is captured too: sync, async and streaming, a tool call, an error."""

import asyncio

import vedette

vedette.init()

from crewai import LLM, Agent, Crew, Task  # noqa: E402  after `init`, as programs may
from crewai.tools import tool  # noqa: E402


@tool("get_weather")
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def crew(model="gpt-4o-mini", tools=(), **more):
    meteorologist = Agent(
        role="Meteorologist",
        goal="Know the weather",
        backstory="You know the weather.",
        llm=LLM(model, **more),
        max_retry_limit=0,
    )
    question = "What is the weather in Paris?"
    task = Task(description=question, expected_output="One sentence", agent=meteorologist, tools=tools)
    return Crew(agents=[meteorologist], tasks=[task], name="weather-crew")


def in_turn():
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        crew(tools=[get_weather]).kickoff()
        crew(stream=True).kickoff()


async def at_once():
    async with vedette.run("async-agent"):
        await crew(tools=[get_weather]).kickoff_async()


def failing():
    try:
        with vedette.run("broken-agent"):
            crew("broken", provider="openai").kickoff()
    except ValueError:
        pass


in_turn()
asyncio.run(at_once())
failing()
