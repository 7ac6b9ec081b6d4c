"""A LangChain agent traced by LangSmith's own SDK, which is told to write OpenTelemetry and nothing else
(`LANGSMITH_OTEL_ENABLED`, `LANGSMITH_OTEL_ONLY`), and a function of the application under `@traceable`.

Sessions are LangChain's metadata `session_id`, as LangSmith documents for threads.
"""

import openai
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from langsmith import traceable
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def ask(model: str, question: str, session: str) -> None:
    agent = create_agent(ChatOpenAI(model=model), tools=[get_weather], name="weather-agent")
    metadata = {"session_id": session, "user_id": "user-42"}
    agent.invoke({"messages": [{"role": "user", "content": question}]}, {"metadata": metadata})


@traceable(name="farewell", metadata={"session_id": "session-1", "user_id": "user-42"})
def goodbye() -> str:
    return "".join(str(chunk.content) for chunk in ChatOpenAI(model="gpt-4o-mini", stream_usage=True).stream("Say goodbye."))


ask("gpt-4o-mini", "What is the weather in Paris?", "session-1")
goodbye()
try:
    ask("broken", "Will this fail?", "session-2")
except openai.NotFoundError:
    pass

wait_for_all_tracers()
provider.shutdown()
