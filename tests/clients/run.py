"""Real clients from their registries against a real server: are the runs they leave right?

    VEDETTE_BIN=path/to/vedette python tests/clients/run.py [CLIENT...]

For each client: a fresh `vedette serve --memory`, the client's `story.py` or `story.mjs` against the
stand-in model server, then the stored runs, read through the REST API, beside `expected.json`.
Needs a Python with vedette, and node; the clients themselves are installed once into $VEDETTE_CACHE.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import model_server

HERE = Path(__file__).resolve().parent
CAPTURED = HERE.parents[1] / "sdks/python/tests/clients"
CACHE = Path(os.environ.get("VEDETTE_CACHE") or Path.home() / ".cache/vedette") / "clients"
READY_SECONDS = 30
STORY_SECONDS = 120
STORED_SECONDS = 10
MODEL_CALLS_AND_AROUND = ("agent", "llm", "embedding", "tool")


@dataclass(frozen=True)
class Client:
    """A program in `folder`, what it is given, and what it must leave behind."""

    name: str
    folder: Path
    requirements: Path = HERE / "requirements.txt"
    environment: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    """Captured without content: figures as ever, but nothing of what was said."""

    def expected(self) -> list[dict]:
        return json.loads((self.folder / "expected.json").read_text())["runs"]

    @property
    def is_captured(self) -> bool:
        """Whether the Python SDK captures it."""
        return self.folder.parent == CAPTURED


def captured(library: str, group: str) -> list[Client]:
    """A library under automatic capture, with content and without."""
    told = Client(f"vedette-{library}", CAPTURED / library, CAPTURED / f"{group}.txt")
    silent = {"VEDETTE_CAPTURE_CONTENT": "0"}
    return [told, replace(told, name=f"{told.name}-silent", environment=silent, is_silent=True)]


# LangSmith's SDK, sending OpenTelemetry and nothing to LangSmith.
LANGSMITH = {name: "true" for name in ("LANGSMITH_TRACING", "LANGSMITH_OTEL_ENABLED", "LANGSMITH_OTEL_ONLY")}
# As OpenTelemetry's conventions ask for what was said.
CONTENT_IN_SPANS = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}

CLIENTS = [
    Client("otel-genai-openai", HERE / "otel-genai-openai"),
    Client("otel-genai-openai-grpc", HERE / "otel-genai-openai", environment={"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}),
    Client("openinference-langchain", HERE / "openinference-langchain"),
    Client("langsmith", HERE / "langsmith", environment=LANGSMITH),
    Client("pydantic-ai", HERE / "pydantic-ai"),
    Client("otel-genai-openai-agents", HERE / "otel-genai-openai-agents"),
    Client("langfuse", HERE / "langfuse"),
    Client("vercel-ai", HERE / "vercel-ai"),
    Client("strands", HERE / "strands", HERE / "agents.txt"),
    Client("google-adk", HERE / "google-adk", HERE / "agents.txt", CONTENT_IN_SPANS),
    Client("anthropic-native", HERE / "anthropic-native"),
    *captured("openai", "plain"),
    *captured("anthropic", "plain"),
    *captured("bedrock", "plain"),
    *captured("langchain", "plain"),
    *captured("pydantic-ai", "plain"),
    *captured("openai-agents", "plain"),
    *captured("google-genai", "openinference"),
    *captured("mistralai", "openinference"),
    *captured("cohere", "openinference"),
    *captured("litellm", "openinference"),
    *captured("llama-index", "openinference"),
    *captured("crewai", "crewai"),
]

SILENT = ("agent", "status", "session", "user_id", "model_calls", "tool_calls")
SAID = ("Paris", "18 degrees", "oodbye", "Will this fail")

STEPS = json.loads((HERE / "steps.json").read_text())


# The installed clients


def installed(wanted: list[Path], install) -> Path:
    """A folder outside the clone that holds what `wanted` pins; made once, kept by content."""
    version = f"{sys.version_info[:2]} {sys.platform}".encode()
    digest = hashlib.sha256(version + b"".join(path.read_bytes() for path in wanted)).hexdigest()[:16]
    folder = CACHE / digest
    if not (folder / "complete").exists():
        print(f"installing {wanted[0].relative_to(HERE.parents[1])} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        (folder / "complete").touch()
    return folder


def python_clients(requirements: Path) -> Path:
    def install(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", requirements], check=True)

    return installed([requirements], install)


def javascript_clients() -> Path:
    manifests = [HERE / "vercel-ai" / name for name in ("package-lock.json", "package.json")]

    def install(folder: Path) -> None:
        for manifest in manifests:
            shutil.copy(manifest, folder)
        npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(npm, cwd=folder, check=True)

    return installed(manifests, install)


def command(client: Client) -> list[Path | str]:
    script = client.folder / "story.mjs"
    if not script.exists():
        return [python_clients(client.requirements) / "bin/python", client.folder / "story.py"]
    # Node looks for modules upwards from the script, so the script goes to the modules.
    return ["node", shutil.copy(script, javascript_clients())]


def link_sdk(folder: Path) -> None:
    """Puts the installed Python SDK, and nothing that is installed beside it, where every group of clients finds it."""
    spec = importlib.util.find_spec("vedette")
    if spec is None or not spec.submodule_search_locations:
        raise AssertionError(f"{sys.executable} has no vedette: run `make test-clients`")
    folder.mkdir()
    (folder / "vedette").symlink_to(spec.submodule_search_locations[0])


# The processes


def plain_environment() -> dict[str, str]:
    """Ours without anything that would configure a client or the server behind the test's back."""
    foreign = ("OTEL_", "AWS_", "GOOGLE_", "GEMINI_", "OPENAI_", "ANTHROPIC_", "LANGFUSE_", "LANGSMITH_", "LANGCHAIN_", "VEDETTE_", "PYTHONPATH")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)} | {"NO_PROXY": "127.0.0.1"}


def story_environment(client: Client, vedette: str, model: str, logs: Path) -> dict[str, str]:
    """The variables that every one of these clients documents, ours among them."""
    ours = {"VEDETTE_ENDPOINT": vedette, "VEDETTE_SPOOL": str(logs / f"{client.name}.spool"), "PYTHONPATH": str(logs / "sdk")}
    return plain_environment() | (ours if client.is_captured else {}) | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": vedette,
        "OTEL_SERVICE_NAME": "weather-app",
        "LANGFUSE_BASE_URL": vedette,
        "LANGFUSE_PUBLIC_KEY": "pk-lf-test",
        "LANGFUSE_SECRET_KEY": "sk-lf-test",
        "OPENAI_BASE_URL": f"{model}/v1",
        "OPENAI_API_KEY": "sk-test",
        "ANTHROPIC_BASE_URL": model,
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "AWS_ENDPOINT_URL": model,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "GOOGLE_GEMINI_BASE_URL": model,
        "GEMINI_API_KEY": "test",
        "CO_API_URL": model,
        "CO_API_KEY": "test",
        "CREWAI_DISABLE_TELEMETRY": "true",
        "CREWAI_TRACING_ENABLED": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "MODEL_SERVER": model,  # for clients that have no variable
        **client.environment,
    }


def until(seconds: float, poll, failure) -> object:
    """Calls `poll` until it answers something, at most `seconds` long; then raises what `failure` says."""
    deadline = time.monotonic() + seconds
    while (answer := poll()) is None:
        if time.monotonic() > deadline:
            raise AssertionError(failure())
        time.sleep(0.02)
    return answer


@contextmanager
def vedette_server(binary: str, log_path: Path):
    """The address of a server of its own, which ends with the block."""
    # Not what the SDKs of this machine's user have left unsent.
    surroundings = plain_environment() | {"VEDETTE_SPOOL": "/nonexistent"}
    with log_path.open("wb") as log:
        serve = [binary, "serve", "--memory", "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(serve, stdout=log, stderr=log, env=surroundings)
    try:

        def address() -> str | None:
            found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", log_path.read_text(errors="replace"))
            if found is None and process.poll() is not None:
                raise AssertionError(f"the server ended with {process.returncode}:\n{tail(log_path)}")
            return found and found.group()

        yield until(READY_SECONDS, address, lambda: f"the server printed no address:\n{tail(log_path)}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tail(path: Path) -> str:
    return path.read_text(errors="replace")[-4000:]


def get(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


# What is stored


def observed(vedette: str) -> list[dict]:
    """The stored runs, oldest first, each with its whole spans in order of time: `all` of them, and as `spans` those of
    the kinds that all clients have."""
    runs = get(f"{vedette}/api/v1/runs?limit=100")["runs"]
    answer = []
    for run in sorted(runs, key=lambda run: run["started_at"]):
        whole = whole_spans(vedette, run["id"])
        spans = [span for span in whole if span["kind"] in MODEL_CALLS_AND_AROUND]
        answer.append({"run": get(f"{vedette}/api/v1/runs/{run['id']}"), "all": whole, "spans": spans})
    return answer


def whole_spans(vedette: str, run: str) -> list[dict]:
    address = f"{vedette}/api/v1/runs/{run}/spans"
    spans = sorted(get(address)["spans"], key=lambda span: (span["started_at"], span["parent_id"] or ""))
    whole = [get(f"{address}/{span['id']}") for span in spans]
    return [span | {"messages": [line(message) for message in span["messages"]]} for span in whole]


def line(message: dict) -> str:
    """A message in one line: `>` to the model or `<` from it, the role, then `text`, `call(arguments)` or `= result`."""
    arrow = {"input": ">", "output": "<"}[message["direction"]]
    return f"{arrow} {message['role']}: {' '.join(part(each) for each in message['parts'])}".rstrip()


def part(each: dict) -> str:
    if each["type"] == "text":
        return each["text"]
    if each["type"] == "tool_call":
        return f"{each['name']}({compact(each['arguments'])})"
    if each["type"] == "tool_call_response":
        result = each["result"]
        return f"= {result if isinstance(result, str) else compact(result)}"
    return f"{each['type']} {compact(each)}"


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# Expected against stored


def span_expectation(entry: dict | str) -> dict:
    """A step of the story as told in `steps.json`, with what this client changes."""
    if isinstance(entry, str):
        return STEPS[entry]
    changes = {key: value for key, value in entry.items() if key not in ("step", "why")}
    return merged(STEPS[entry["step"]], changes) if "step" in entry else changes


def merged(base: dict, changes: dict) -> dict:
    answer = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict) and "contains" not in value
        replaced = key in ("input", "output")
        answer[key] = merged(base[key], value) if both and not replaced else value
    return answer


def differences(expected: object, stored: object, path: str) -> list[str]:
    """One line for each place where `stored` is not as expected. Keys that are not expected are not judged."""
    if isinstance(expected, dict) and set(expected) == {"contains"}:
        found = stored if isinstance(stored, str) else compact(stored)
        return [] if expected["contains"] in found else [f"{path}: {expected['contains']!r} is not in {found[:300]}"]
    if isinstance(expected, dict) and isinstance(stored, dict):
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(value, stored[key], f"{path}.{key}") if key in stored else [f"{path}.{key}: no such key"]
            )
        ]
    return [] if expected == stored else [f"{path}: expected {compact(expected)}, stored {compact(stored)[:1000]}"]


def silent_differences(expected: dict, stored: dict) -> list[str]:
    """Where the figures are not those of the run with content, or where others than the program itself tell what was
    said."""
    run = {key: expected["run"][key] for key in SILENT if key in expected["run"]}
    if "tokens" in expected["run"]:
        run["tokens"] = {"total": expected["run"]["tokens"]["total"]}
    lines = differences(run, stored["run"], "run")
    for span in stored["all"]:
        if span["scope"]["name"] != "vedette":
            kept = compact([span["attributes"], span["events"]])
            lines += [f"{span['name']}: {word!r} is in {kept[:1000]}" for word in SAID if word in kept]
    return lines


def run_differences(expected: dict, stored: dict) -> list[str]:
    lines = differences(expected["run"], stored["run"], "run")
    spans = [span_expectation(entry) for entry in expected["spans"]]
    kinds = [span["kind"] for span in stored["spans"]]
    if kinds != [span["kind"] for span in spans]:
        return [*lines, f"spans: expected {[span['kind'] for span in spans]}, stored {kinds}"]
    for position, (span, found) in enumerate(zip(spans, stored["spans"])):
        lines += differences(span, found, f"spans[{position}]")
    return lines


Compare = Callable[[dict, dict], list[str]]


@dataclass(frozen=True)
class Check:
    """One run of one client: right if nothing differs."""

    name: str
    differences: list[str]


def check(client: Client, binary: str, model: str, logs: Path) -> list[Check]:
    expected = client.expected()
    compare = silent_differences if client.is_silent else run_differences
    try:
        stored = play(client, compare, binary, model, logs)
    except (AssertionError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        return [Check(client.name, [f"{type(error).__name__}: {error}"])]
    if len(stored) != len(expected):
        names = [f"{run['run']['name']} ({run['run']['status']})" for run in stored]
        return [Check(client.name, [f"expected {len(expected)} runs, stored {names}"])]
    return [
        Check(f"{client.name} run {number}", compare(*pair))
        for number, pair in enumerate(zip(expected, stored), start=1)
    ]


def play(client: Client, compare: Compare, binary: str, model: str, logs: Path) -> list[dict]:
    """What is stored after the client has told its story: at once as expected, else as it is at the deadline."""
    story_log = logs / f"{client.name}.story"
    with vedette_server(binary, logs / f"{client.name}.server") as vedette:
        with story_log.open("wb") as log:
            story = subprocess.run(
                command(client),
                env=story_environment(client, vedette, model, logs),
                stdout=log,
                stderr=log,
                timeout=STORY_SECONDS,
            )
        if story.returncode != 0:
            raise AssertionError(f"the client ended with {story.returncode}:\n{tail(story_log)}")
        expected = client.expected()
        latest: list[dict] = []

        def complete() -> list[dict] | None:
            latest[:] = observed(vedette)
            right = len(latest) == len(expected) and not any(map(compare, expected, latest))
            return latest if right else None

        try:
            until(STORED_SECONDS, complete, str)
        except AssertionError:
            pass  # the caller says what differs
        return latest


def main(names: list[str]) -> int:
    known = {client.name: client for client in CLIENTS}
    if unknown := [name for name in names if name not in known]:
        print(f"no such client: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    binary = os.environ.get("VEDETTE_BIN")
    if binary is None or not os.access(binary, os.X_OK):
        print("VEDETTE_BIN must name the built server")
        return 2
    chosen = [known[name] for name in names] or CLIENTS
    for client in chosen:
        command(client)  # installs, one after the other
    model = model_server.listen()
    threading.Thread(target=model.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{model.server_port}"
    with tempfile.TemporaryDirectory() as logs, ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        link_sdk(Path(logs) / "sdk")
        results = workers.map(lambda client: check(client, binary, address, Path(logs)), chosen)
        checks = [each for result in results for each in result]
    for each in checks:
        print("FAILED" if each.differences else "ok    ", each.name)
        for difference in each.differences:
            print("        " + difference.replace("\n", "\n        "))
    failed = sum(bool(each.differences) for each in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
