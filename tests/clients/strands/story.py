"""Agents of Strands, which traces itself; sessions and users are its documented trace attributes."""

from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry

telemetry = StrandsTelemetry().setup_otlp_exporter()


@tool
def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: Its name.
    """
    return f"18 degrees in {city}"


def ask(model: str, question: str, session: str, tools: list) -> None:
    Agent(
        name="weather-agent",
        model=OpenAIModel(model_id=model),
        tools=tools,
        callback_handler=None,
        trace_attributes={"session.id": session, "user.id": "user-42", "tags": ["paris"]},
    )(question)


ask("gpt-4o-mini", "What is the weather in Paris?", "session-1", [get_weather])
ask("gpt-4o-mini", "Say goodbye.", "session-1", [])
try:
    ask("broken", "Will this fail?", "session-2", [get_weather])
except Exception as error:  # of the provider's client, or of Strands around it
    assert "broken" in str(error)

telemetry.tracer_provider.shutdown()
