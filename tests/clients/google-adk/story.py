"""Agents of Google's Agent Development Kit, which traces itself, with Gemini."""

import asyncio

from google.adk.agents import Agent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import types
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


async def ask(model: str, question: str, session: str, tools: list, streaming: StreamingMode = StreamingMode.NONE) -> None:
    runner = InMemoryRunner(agent=Agent(name="weather_agent", model=Gemini(model=model), tools=tools), app_name="weather-app")
    await runner.session_service.create_session(app_name="weather-app", user_id="user-42", session_id=session)
    said = types.Content(role="user", parts=[types.Part(text=question)])
    told = runner.run_async(
        user_id="user-42", session_id=session, new_message=said, run_config=RunConfig(streaming_mode=streaming)
    )
    async for _ in told:
        pass


async def main() -> None:
    await ask("gemini-2.5-flash", "What is the weather in Paris?", "session-1", [get_weather])
    await ask("gemini-2.5-flash", "Say goodbye.", "session-1", [], StreamingMode.SSE)
    try:
        await ask("broken", "Will this fail?", "session-2", [get_weather])
    except Exception as error:  # of the provider's client, or of the kit around it
        assert "does not exist" in str(error), error


asyncio.run(main())
provider.shutdown()
