"""A Pydantic AI agent with its own instrumentation, no extra package."""

import asyncio

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
Agent.instrument_all()

agent = Agent(OpenAIChatModel("gpt-4o-mini"), name="weather-agent", instructions="You know the weather.")


@agent.tool_plain
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


farewell = Agent(OpenAIResponsesModel("gpt-4o-mini"), name="farewell-agent")


async def story() -> None:
    tracer = trace.get_tracer("weather-app")
    attributes = {"session.id": "session-1", "user.id": "user-42"}
    with tracer.start_as_current_span("handle-request", attributes=attributes):
        await agent.run("What is the weather in Paris?")
        async with farewell.run_stream("Say goodbye.") as answer:
            async for _ in answer.stream_text():
                pass
    try:
        await agent.run("Will this fail?", model=OpenAIChatModel("broken"), conversation_id="session-2")
    except ModelHTTPError:
        pass


asyncio.run(story())
provider.shutdown()
