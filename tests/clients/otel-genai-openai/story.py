"""The OpenAI client under opentelemetry-instrumentation-genai-openai.

The instrumentation knows model calls only, so the agent and tool spans are written by hand with the
names of the GenAI conventions, as an application with its own loop does. OTEL_EXPORTER_OTLP_PROTOCOL
chooses the transport: http/protobuf or grpc.
"""

import json
import os

import openai
from opentelemetry import trace
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
OpenAIInstrumentor().instrument()

tracer = trace.get_tracer("weather-app")
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


def agent(session: str):
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "weather-agent",
        "gen_ai.conversation.id": session,
        "user.id": "user-42",
    }
    return tracer.start_as_current_span("invoke_agent weather-agent", attributes=attributes)


def get_weather(call) -> str:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.function.name,
        "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.call.arguments": call.function.arguments,
    }
    with tracer.start_as_current_span("execute_tool get_weather", attributes=attributes) as span:
        result = f"18 degrees in {json.loads(call.function.arguments)['city']}"
        span.set_attribute("gen_ai.tool.call.result", result)
        return result


with agent("session-1"):
    client.embeddings.create(model="text-embedding-3-small", input="weather in Paris")
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
    (call,) = asked.tool_calls
    messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": get_weather(call)}]
    client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    for _ in client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Say goodbye."}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        pass
    client.responses.create(model=MODEL, input="Say goodbye again.")

try:
    with agent("session-2"):
        client.chat.completions.create(model="broken", messages=[{"role": "user", "content": "Will this fail?"}])
except openai.NotFoundError:
    pass

provider.shutdown()
