"""The Anthropic SDK, which traces itself as soon as a tracer provider exists; its tool runner is the agent."""

import anthropic
from anthropic import beta_tool
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

client = anthropic.Anthropic(open_telemetry={"conversation_id": "session-1", "traces": {"content_mode": "content"}})
MODEL = "claude-sonnet-4-5"


@beta_tool
def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The name of the city.
    """
    return f"18 degrees in {city}"


def ask(question: str) -> dict:
    return {"max_tokens": 100, "messages": [{"role": "user", "content": question}]}


with trace.get_tracer("weather-app").start_as_current_span("handle-request", attributes={"user.id": "user-42"}):
    question = ask("What is the weather in Paris?")
    client.beta.messages.tool_runner(model=MODEL, tools=[get_weather], **question).until_done()
    with client.messages.stream(model=MODEL, **ask("Say goodbye.")) as stream:
        stream.until_done()

try:
    client.messages.create(model="broken", **ask("Will this fail?"))
except anthropic.NotFoundError:
    pass

provider.shutdown()
