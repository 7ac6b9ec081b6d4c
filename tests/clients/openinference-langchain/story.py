"""A LangChain agent under openinference-instrumentation-langchain.

The first run names session and user by OpenInference's own context, the failing one by LangChain's
`thread_id` and metadata: applications do either.
"""

import openai
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
LangChainInstrumentor().instrument(tracer_provider=provider)


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def ask(model: str, question: str, config: dict) -> None:
    agent = create_agent(ChatOpenAI(model=model), tools=[get_weather], name="weather-agent")
    agent.invoke({"messages": [{"role": "user", "content": question}]}, config)


with using_attributes(session_id="session-1", user_id="user-42", tags=["paris"]):
    ask("gpt-4o-mini", "What is the weather in Paris?", {})
    for _ in ChatOpenAI(model="gpt-4o-mini", stream_usage=True).stream("Say goodbye."):
        pass

try:
    config = {"configurable": {"thread_id": "session-2"}, "metadata": {"user_id": "user-42"}}
    ask("broken", "Will this fail?", config)
except openai.NotFoundError:
    pass

provider.shutdown()
