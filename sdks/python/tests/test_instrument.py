"""Automatic capture: what is turned on when, by whom, and that it is left as it was. What each library leaves is told by
the stories in `clients/`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import vedette
from conftest import Program, Server
from vedette.instrument import TARGETS

sys.path.append(str(Path(__file__).parents[3] / "tests" / "clients"))
import model_server

ASK = """
    import os, openai
    def ask():
        openai.OpenAI().chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Say goodbye."}]
        )
"""


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """Give the address of a stand-in for the providers."""
    server = model_server.listen()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Asking:
    """Programs that ask a model."""

    def __init__(self, program: Program, server: Server, model: str) -> None:
        self.folder = program.folder
        self._program = program
        self._env = {
            "VEDETTE_ENDPOINT": server.url,
            "OPENAI_BASE_URL": f"{model}/v1",
            "OPENAI_API_KEY": "sk-test",
            "ANTHROPIC_BASE_URL": model,
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "VEDETTE_INSTRUMENT": "",
        }

    def run(self, source: str, *args: str, **env: str) -> str:
        return self._program.run(source, *args, **(self._env | env))


@pytest.fixture
def asking(program: Program, server: Server, model: str) -> Asking:
    return Asking(program, server, model)


def captured(server: Server, agent: str) -> list[str]:
    """Give what models were asked in the one run of this agent, and what they answered."""
    (run,) = server.runs(agent=agent)
    calls = [span for span in server.spans(run["id"]) if span["kind"] == "llm"]
    assert len(calls) == run["model_calls"]
    whole = [server.get(f"/api/v1/runs/{run['id']}/spans/{call['id']}") for call in calls]
    return [" ".join(part["text"] for message in call["messages"] for part in message["parts"]) for call in whole]


SAID = "Say goodbye. Goodbye from the model."


def test_nothing_is_imported_that_the_program_does_not_use(server: Server, agent: str, asking: Asking) -> None:
    asking.run(
        """
        import sys
        import vedette
        vedette.init()
        others = ("openai", "anthropic", "botocore", "langchain_core", "opentelemetry.instrumentation")
        assert not [name for name in sys.modules if name.startswith(others)]
        from openai.types import chat
        import openai
        assert not [name for name in sys.modules if name.startswith(others[1:-1])]
        assert "opentelemetry.sdk" not in sys.modules
        assert type(openai.__loader__).__name__ == type(openai.__spec__.loader).__name__ == "SourceFileLoader"
        with vedette.run(sys.argv[1]):
            openai.OpenAI().responses.create(model="gpt-4o-mini", input="Say goodbye.")
        assert vedette.stats().errors == 0
        """,
        agent,
    )
    assert captured(server, agent) == [SAID]


@pytest.mark.parametrize(
    ("given", "variable", "calls"),
    [
        ("", "", [SAID]),
        ("", "0", []),
        ("instrument=False", "1", []),
        ("instrument=True", "0", [SAID]),
        ("", "anthropic,openai", [SAID]),
        ("instrument=['anthropic']", "", []),
    ],
)
def test_what_is_captured_is_chosen(
    server: Server, agent: str, asking: Asking, given: str, variable: str, calls: list[str]
) -> None:
    program = (
        ASK
        + f"""
    import sys, vedette
    vedette.init({given})
    with vedette.run(sys.argv[1]): ask()
    """
    )
    asking.run(program, agent, VEDETTE_INSTRUMENT=variable)
    assert captured(server, agent) == calls


@pytest.mark.parametrize("target", TARGETS)
def test_each_library_has_an_extra_a_line_in_the_guide_and_a_story(target: str) -> None:
    package = Path(__file__).parents[1]
    extras = (
        (package / "pyproject.toml").read_text().partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    )
    assert f"\n{target} = [" in extras
    assert target in extras.partition("\nall = [")[2]
    assert f"\n| `{target}` |" in (package.parents[1] / "docs/python.md").read_text()
    assert (package / "tests/clients" / target / "story.py").exists()


def test_a_library_that_is_not_captured_is_named() -> None:
    with pytest.raises(ValueError, match="'opnai' is none of the libraries that are captured: openai, anthropic"):
        vedette.init(instrument=["opnai"])
    with pytest.raises(TypeError, match="instrument must be true, false or a list of names, not 'openai'"):
        vedette.init(instrument="openai")


def test_opentelemetry_s_own_variable_excludes(server: Server, agent: str, asking: Asking) -> None:
    program = (
        ASK
        + """
    import sys, vedette
    vedette.init()
    with vedette.run(sys.argv[1]): ask()
    """
    )
    asking.run(program, agent, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="flask, openai")
    assert captured(server, agent) == []


@pytest.mark.parametrize(
    "off", ["init", "VEDETTE_CAPTURE_CONTENT", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"]
)
def test_without_content_nothing_is_kept_of_what_was_said(server: Server, agent: str, asking: Asking, off: str) -> None:
    program = (
        ASK
        + f"""
    import sys, vedette, anthropic, warnings
    warnings.simplefilter("ignore")
    vedette.init({"capture_content=False" if off == "init" else ""})
    with vedette.run(sys.argv[1]):
        ask()
        if "VEDETTE" in {off!r}:
            anthropic.Anthropic().messages.create(
                model="claude-sonnet-4-5", max_tokens=9, messages=[{{"role": "user", "content": "Say goodbye."}}]
            )
    """
    )
    variables = {
        "init": {"ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content"},
        "VEDETTE_CAPTURE_CONTENT": {"VEDETTE_CAPTURE_CONTENT": "0"},
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": {
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT"
        },
    }
    asking.run(program, agent, **variables[off])
    (run,) = server.runs(agent=agent)
    calls = 2 if "VEDETTE" in off else 1
    assert (run["model_calls"], run["tokens"]["total"]) == (calls, 27 * calls)
    for span in server.spans(run["id"]):
        whole = json.dumps(server.get(f"/api/v1/runs/{run['id']}/spans/{span['id']}"))
        assert "oodbye" not in whole


def test_init_again_and_shutdown_leave_the_library_as_it_was(server: Server, agent: str, asking: Asking) -> None:
    program = (
        ASK
        + """
    import sys, vedette
    from openai.resources.chat.completions import Completions
    variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    before, finders = Completions.create, list(sys.meta_path)
    vedette.init()
    assert os.environ[variable] == "SPAN_ONLY"
    vedette.init(capture_content=False)
    vedette.init()
    assert Completions.create is not before
    with vedette.run(sys.argv[1]): ask()
    vedette.shutdown()
    assert Completions.create is before
    assert variable not in os.environ
    assert sys.meta_path == finders
    ask()
    vedette.init(instrument=False)
    assert Completions.create is before
    """
    )
    asking.run(program, agent)
    assert captured(server, agent) == [SAID]


def test_what_the_program_instrumented_itself_stays_its_own(server: Server, agent: str, asking: Asking) -> None:
    program = (
        ASK
        + """
    import sys, vedette
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()
    vedette.init()
    with vedette.run(sys.argv[1]): ask()
    vedette.shutdown()
    assert OpenAIInstrumentor().is_instrumented_by_opentelemetry
    """
    )
    asking.run(program, agent)
    # Without content, as the program left it when it was turned on; through the provider that we offer.
    assert len(captured(server, agent)) == 1


BROKEN = {
    "cohere.py": "import broken_dependency",
    "litellm.py": "",
    "openinference/instrumentation/__init__.py": "TraceConfig = dict",
    "openinference/instrumentation/litellm/__init__.py": """
class LiteLLMInstrumentor:
    is_instrumented_by_opentelemetry = False
    def instrument(self, **_):
        raise RuntimeError("no such method")
""",
}


def test_an_instrumentor_that_fails_is_counted_and_harms_nothing(server: Server, agent: str, asking: Asking) -> None:
    for name, text in BROKEN.items():
        path = asking.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = (
        ASK
        + """
    import sys, vedette, logging
    logging.basicConfig(stream=sys.stdout)
    vedette.init()
    try:
        import cohere
    except ModuleNotFoundError as error:
        assert error.name == "broken_dependency"
    else:
        raise AssertionError("the program has to see its own errors")
    import litellm
    vedette.init()
    with vedette.run(sys.argv[1]): ask()
    assert vedette.stats().errors == 2
    """
    )
    out = asking.run(program, agent)
    assert out.count("litellm cannot be captured by openinference.instrumentation.litellm") == 1
    assert "no such method" in out
    assert captured(server, agent) == [SAID]


MEETING = {
    "cohere.py": "",
    "litellm.py": "",
    "meeting.py": "import threading; both = threading.Barrier(2)",
    "openinference/instrumentation/__init__.py": "TraceConfig = dict",
} | {
    f"openinference/instrumentation/{name}/__init__.py": f"""
import meeting
class {kind}Instrumentor:
    is_instrumented_by_opentelemetry = False
    def instrument(self, **_):
        meeting.both.wait(30)
    def uninstrument(self):
        pass
"""
    for name, kind in (("cohere", "Cohere"), ("litellm", "LiteLLM"))
}


def test_threads_that_import_do_not_wait_for_each_other(asking: Asking) -> None:
    for name, text in MEETING.items():
        path = asking.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    asking.run("""
    import importlib, threading, vedette
    vedette.init()
    threads = [threading.Thread(target=importlib.import_module, args=[name]) for name in ("cohere", "litellm")]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert vedette.stats().errors == 0
    """)


def test_a_call_in_a_span_of_the_program_s_own_counts_once(server: Server, agent: str, asking: Asking) -> None:
    program = (
        ASK
        + """
    import sys, vedette
    vedette.init()
    @vedette.span(kind="llm")
    def call():
        return openai.OpenAI().chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Weather?"}],
            tools=[{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}],
        )
    with vedette.run(sys.argv[1]): call()
    """
    )
    asking.run(program, agent)
    (run,) = server.runs(agent=agent)
    assert (run["model_calls"], run["tool_calls"], run["tokens"]["total"]) == (1, 0, 42)
