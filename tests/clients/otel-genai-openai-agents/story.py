"""The OpenAI Agents SDK under genai-openai-agents, with genai-openai beside it for the model calls."""

import asyncio
import os

import openai
from agents import Agent, RunConfig, Runner, function_tool, set_trace_processors, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
set_trace_processors([])  # else the SDK uploads its own traces to OpenAI
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


weather = Agent(name="weather-agent", model="gpt-4o-mini", tools=[get_weather])
farewell = Agent(name="farewell-agent", model="gpt-4o-mini")
broken = Agent(name="broken-agent", model="broken")


async def story() -> None:
    with trace("weather-workflow", group_id="session-1"):
        await Runner.run(weather, "What is the weather in Paris?")
        async for _ in Runner.run_streamed(farewell, "Say goodbye.").stream_events():
            pass
    try:
        config = RunConfig(workflow_name="broken-workflow", group_id="session-2")
        await Runner.run(broken, "Will this fail?", run_config=config)
    except openai.NotFoundError:
        pass


asyncio.run(story())
provider.shutdown()
