"""The Langfuse SDK: decorators and its OpenAI wrapper. It posts to /api/public/otel/v1/traces with Basic auth."""

import json

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import openai

client = openai.OpenAI()
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


@observe(as_type="tool")
def get_weather(city: str) -> str:
    return f"18 degrees in {city}"


@observe(name="weather-agent", as_type="agent")
def weather_agent(question: str) -> str:
    messages = [{"role": "user", "content": question}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
    (call,) = asked.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": result}]
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
    for _ in client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Say goodbye."}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        pass
    return answer.content


@observe(name="broken-agent", as_type="agent")
def broken_agent(question: str) -> None:
    client.chat.completions.create(model="broken", messages=[{"role": "user", "content": question}])


with propagate_attributes(session_id="session-1", user_id="user-42", tags=["paris"]):
    weather_agent("What is the weather in Paris?")
try:
    with propagate_attributes(session_id="session-2", user_id="user-42"):
        broken_agent("Will this fail?")
except openai.NotFoundError:
    pass

get_client().shutdown()
