"""Which library is captured by what. The one place to change when a better instrumentor appears."""

from __future__ import annotations

from dataclasses import dataclass

from vedette.instrument import _switches
from vedette.instrument._switches import Switch


@dataclass(frozen=True)
class Row:
    """One way to see the calls of one library."""

    target: str
    """The library's name, as in `init(instrument=[...])` and in `pip install 'vedette[...]'`."""
    module: str
    """What a program imports when it uses the library."""
    entry: str
    """The instrumentor, `module:Class`."""
    switch: Switch
    """What turns its capture of content on or off."""


_GENAI = "opentelemetry.instrumentation.genai"
_OPENINFERENCE = "openinference.instrumentation"

ROWS = (
    Row("openai", "openai", f"{_GENAI}.openai:OpenAIInstrumentor", _switches.genai),
    Row("openai", "openai", f"{_OPENINFERENCE}.openai:OpenAIInstrumentor", _switches.openinference),
    Row("anthropic", "anthropic", "vedette.instrument._native:Anthropic", _switches.own),
    Row("anthropic", "anthropic", f"{_GENAI}.anthropic:AnthropicInstrumentor", _switches.genai),
    Row("bedrock", "botocore", f"{_GENAI}.bedrock:BedrockInstrumentor", _switches.genai),
    Row(
        "google-genai",
        "google.genai",
        f"{_OPENINFERENCE}.google_genai:GoogleGenAIInstrumentor",
        _switches.openinference,
    ),
    Row("mistralai", "mistralai.client", "vedette.instrument._native:Mistral", _switches.own),
    Row("mistralai", "mistralai.client", f"{_OPENINFERENCE}.mistralai:MistralAIInstrumentor", _switches.openinference),
    Row("cohere", "cohere", f"{_OPENINFERENCE}.cohere:CohereInstrumentor", _switches.openinference),
    Row("litellm", "litellm", f"{_OPENINFERENCE}.litellm:LiteLLMInstrumentor", _switches.openinference),
    Row("langchain", "langchain_core", f"{_GENAI}.langchain:LangChainInstrumentor", _switches.genai),
    Row("langchain", "langchain_core", f"{_OPENINFERENCE}.langchain:LangChainInstrumentor", _switches.openinference),
    Row("llama-index", "llama_index.core", f"{_GENAI}.llama_index:LlamaIndexInstrumentor", _switches.genai),
    Row("pydantic-ai", "pydantic_ai", "vedette.instrument._native:PydanticAI", _switches.own),
    Row("crewai", "crewai", f"{_OPENINFERENCE}.crewai:CrewAIInstrumentor", _switches.openinference),
    Row("openai-agents", "agents", f"{_GENAI}.openai_agents:OpenAIAgentsInstrumentor", _switches.genai_agents),
)
"""In order of preference: of a target's rows the first that is installed and fits the library is taken, and only it."""

TARGETS = tuple(dict.fromkeys(row.target for row in ROWS))
