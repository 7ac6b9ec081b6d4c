"""Anthropic's client, which traces itself: sync, async and streaming, a tool call, its tool runner, an error."""

import asyncio
import warnings

import vedette

vedette.init()

import anthropic  # noqa: E402  after `init`, as programs may

warnings.simplefilter("ignore", DeprecationWarning)
MODEL = "claude-sonnet-4-5"
TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather in a city",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
]
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
GOODBYE = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Say goodbye."}]}


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


@anthropic.beta_tool(name="get_weather")
def runner_tool(city: str) -> str:
    """The weather in a city.

    Args:
        city: The name of the city.
    """
    return f"18 degrees in {city}"


def question(*turns):
    return {"model": MODEL, "max_tokens": 100, "tools": TOOLS, "messages": [QUESTION, *turns]}


def after_tool(asked):
    """The conversation after the model's call was answered."""
    (call,) = asked.content
    result = {"type": "tool_result", "tool_use_id": call.id, "content": get_weather(**call.input)}
    return question({"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]})


def in_turn():
    client = anthropic.Anthropic()
    with vedette.run("sync-agent", session="session-1", user_id="user-42"):
        client.messages.create(**after_tool(client.messages.create(**question())))
        with client.messages.stream(**GOODBYE) as stream:
            stream.until_done()
        for _ in client.messages.create(**GOODBYE, stream=True):
            pass


async def at_once():
    client = anthropic.AsyncAnthropic()
    async with vedette.run("async-agent"):
        await client.messages.create(**after_tool(await client.messages.create(**question())))
        async with client.messages.stream(**GOODBYE) as stream:
            await stream.until_done()


def runner():
    with vedette.run("runner-agent"):
        anthropic.Anthropic().beta.messages.tool_runner(
            model=MODEL, max_tokens=100, messages=[QUESTION], tools=[runner_tool]
        ).until_done()


def failing():
    try:
        with vedette.run("broken-agent"):
            anthropic.Anthropic().messages.create(
                model="broken", max_tokens=100, messages=[{"role": "user", "content": "Will this fail?"}]
            )
    except anthropic.NotFoundError:
        pass


in_turn()
asyncio.run(at_once())
runner()
failing()
