"""The story: what the model says at each step, whatever the format."""

from dataclasses import dataclass

TOOL = "get_weather"
TOOL_ARGUMENTS = '{"city":"Paris"}'


@dataclass(frozen=True)
class Step:
    """What the model answers. Cache tokens are part of `input`, reasoning is part of `output`."""

    text: str | None  # None: call the tool instead
    input: int
    cache_read: int
    cache_write: int  # Anthropic and Bedrock only
    output: int
    reasoning: int  # OpenAI and Gemini only


CALL_TOOL = Step(None, input=30, cache_read=16, cache_write=4, output=12, reasoning=5)
ANSWER = Step("It is 18 degrees and sunny in Paris.", input=50, cache_read=32, cache_write=0, output=9, reasoning=0)
GOODBYE = Step("Goodbye from the model.", input=20, cache_read=0, cache_write=0, output=7, reasoning=2)


def next_step(last_is_tool_result: bool, tools: object) -> Step:
    if last_is_tool_result:
        return ANSWER
    return CALL_TOOL if tools else GOODBYE


def words(text: str) -> list[str]:
    """The pieces in which a text is streamed; joined they are the text."""
    head, *rest = text.split(" ")
    return [head] + [" " + word for word in rest]
