"""What a blueprint says about tracing, and its graph wired accordingly.

``load`` reads ``observability.tracing`` of a blueprint. ``wire_trace`` makes a graph of patterns and agents
emit their events on a bus: their own, and for each model call ``llm_call_start`` and ``llm_call_end``, or
``llm_call_error``.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from vedette import _guard
from vedette._live import text
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import ConsoleExporter, OTelExporter
from vedette.recorder import Recorder

__all__ = ["Tracing", "load", "wire_trace"]

_EXPORTERS = ("console", "otlp", "jaeger", "none")

# The workflow and the pattern that run around a model call.
_around: ContextVar[tuple[str, str]] = ContextVar("vedette_workflow_and_pattern", default=("", ""))
# What the end of the run that is being traced will say.
_said: ContextVar[dict[str, Any]] = ContextVar("vedette_said_at_the_end")


class Tracing:
    """``observability.tracing`` of a blueprint, at work: a bus and, where it says ``record_to``, a recorder."""

    def __init__(self, *, enabled: bool, record_to: Path | None, exporter: str, endpoint: str) -> None:
        self.enabled = enabled
        self.record_to = record_to
        self.exporter = exporter
        self.endpoint = endpoint
        self.bus = TraceEventBus()
        self.recorder: Recorder | None = None
        self._sender: _Sender | None = None
        if enabled and record_to is not None:
            self.recorder = Recorder(self.bus, output_path=record_to)
        if enabled and exporter == "console":
            self.bus.subscribe(ConsoleExporter().export_event)
        if enabled and exporter in ("otlp", "jaeger"):
            self._sender = _Sender(endpoint)
            self.bus.subscribe(self._sender.export_event)

    def wire_trace(self, graph: Any) -> Any:
        """:func:`wire_trace` with this bus, if tracing is enabled; the graph."""
        return wire_trace(graph, self.bus) if self.enabled else graph

    def close(self) -> None:
        """Ends what is open, sends what waits and closes the file. Also done at the end of the program."""
        if self._sender is not None:
            self._sender.shutdown()
        if self.recorder is not None:
            self.recorder.close()


class _Sender(OTelExporter):
    """Sends the events of a bus to an OTLP server; Jaeger is one."""

    def __init__(self, endpoint: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise ImportError(
                "the exporters otlp and jaeger need OpenTelemetry's; pip install vedette[otlp]"
            ) from error
        # Given a base address, as OpenTelemetry's own environment variable is; none means that variable.
        base = endpoint.rstrip("/")
        url = base if not base or base.endswith("/v1/traces") else f"{base}/v1/traces"
        self._sdk = TracerProvider()
        self._sdk.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url or None)))
        super().__init__(tracer_provider=self._sdk)

    def shutdown(self) -> None:
        super().shutdown()
        self._sdk.shutdown()


def load(blueprint: str | os.PathLike[str] | Mapping[str, Any]) -> Tracing:
    """Reads a blueprint: a file in YAML (needs ``vedette[blueprint]``) or JSON, or what it holds.

    Without the section tracing is off. A section that cannot be meant raises ``ValueError`` naming the field.
    """
    where = "blueprint" if isinstance(blueprint, Mapping) else os.fspath(blueprint)
    whole = blueprint if isinstance(blueprint, Mapping) else _read(Path(blueprint))
    observability = _section(whole, "observability", where)
    tracing = _section(observability, "tracing", f"{where}: observability")
    here = f"{where}: observability.tracing"
    unknown = sorted(set(map(str, tracing)) - {"enabled", "record_to", "exporter", "endpoint"})
    if unknown:
        raise ValueError(f"{here}.{unknown[0]} is no setting; there are enabled, record_to, exporter, endpoint")
    enabled = tracing.get("enabled", bool(tracing))
    if not isinstance(enabled, bool):
        raise ValueError(f"{here}.enabled must be true or false, not {enabled!r}")
    record_to = tracing.get("record_to")
    if record_to is not None and (not isinstance(record_to, str) or not record_to.strip()):
        raise ValueError(f"{here}.record_to must be a path, not {record_to!r}")
    exporter = tracing.get("exporter", "none")
    if exporter not in _EXPORTERS:
        raise ValueError(f"{here}.exporter must be one of {', '.join(_EXPORTERS)}, not {exporter!r}")
    endpoint = tracing.get("endpoint", "")
    if not isinstance(endpoint, str) or (endpoint and not endpoint.startswith(("http://", "https://"))):
        raise ValueError(f"{here}.endpoint must be an address, not {endpoint!r}")
    return Tracing(
        enabled=enabled, record_to=None if record_to is None else Path(record_to), exporter=exporter, endpoint=endpoint
    )


def wire_trace(graph: Any, bus: TraceEventBus) -> Any:
    """Makes a graph, a pattern or an agent emit on a bus; returns it.

    Whatever has ``wire_trace`` or ``set_trace_bus`` is told. Beyond that each pattern with an async ``run``
    tells its end also when it fails, and each agent's ``llm`` tells its calls. Wiring again only changes the
    bus. Raises ``TypeError`` for something that has none of these.
    """
    patterns = dict(_named(graph, "_workflows", "workflows", "patterns"))
    agents = [agent for _, agent in _named(graph, "_agents", "agents")]
    if hasattr(graph, "pattern_type"):
        patterns.setdefault("", graph)
    if hasattr(graph, "llm"):
        agents.append(graph)
    for pattern in patterns.values():
        agents += [agent for _, agent in _named(pattern, "_agents", "agents")]
    # What is wired here tells no starts and ends of its own.
    heard = Quiet(bus) if patterns or agents else bus
    told = _tell(graph, heard, "wire_trace") or _tell(graph, heard, "set_trace_bus")
    if not told and not patterns and not agents:
        raise TypeError(f"{type(graph).__name__} has neither wire_trace, set_trace_bus, patterns nor agents")
    for workflow, pattern in patterns.items():
        _tell(pattern, heard, "set_trace_bus")
        _wire_run(pattern, bus, "pattern", workflow)
    for agent in agents:
        _tell(agent, heard, "set_trace_bus")
        _wire_run(agent, bus, "agent", "")
        if hasattr(agent, "llm"):
            _wire_model(agent, bus)
    return graph


class Quiet:
    """A bus for what is wired: passes events on, but for the starts and ends that the wiring tells itself.

    What an end would have said goes into the wiring's own.
    """

    def __init__(self, bus: TraceEventBus) -> None:
        self._bus = bus

    def emit(self, event: TraceEvent) -> str:
        if event.event_type in ("pattern_start", "agent_start"):
            return ""
        if event.event_type in ("pattern_end", "agent_end"):
            _said.get({}).update(event.payload)
            return ""
        return self._bus.emit(event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)


def _read(path: Path) -> Mapping[str, Any]:
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        read = json.loads(content)
    else:
        try:
            import yaml
        except ImportError as error:
            raise ImportError("a blueprint in YAML needs PyYAML; pip install vedette[blueprint] brings it") from error
        try:
            read = yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is no YAML: {error}") from error
    if not isinstance(read, Mapping):
        raise ValueError(f"{path} holds no blueprint but {type(read).__name__}")
    return read


def _section(above: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    section = above.get(name)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ValueError(f"{where}.{name} must be a section, not {section!r}")
    return section


def _named(holder: Any, *attributes: str) -> Iterable[tuple[str, Any]]:
    """Things that an object holds by name, or in a list, under the first of some attributes."""
    for attribute in attributes:
        held = getattr(holder, attribute, None)
        if isinstance(held, Mapping):
            return [(str(name), thing) for name, thing in held.items()]
        if isinstance(held, list | tuple):
            return [(str(getattr(thing, "name", index)), thing) for index, thing in enumerate(held)]
    return []


def _tell(thing: Any, bus: TraceEventBus | Quiet, method: str) -> bool:
    tell = getattr(thing, method, None)
    if callable(tell):
        tell(bus)
    return callable(tell)


def _wire_run(thing: Any, bus: TraceEventBus, kind: str, workflow: str) -> None:
    run = getattr(thing, "run", None)
    if not inspect.iscoroutinefunction(run):
        return
    plain = getattr(run, "_vedette_plain", run)

    @functools.wraps(plain)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        if kind == "pattern":
            pattern, agent = str(getattr(thing, "pattern_type", type(thing).__name__)), ""
            around = _around.set((workflow, pattern))
        else:
            pattern, agent = "", str(getattr(thing, "name", type(thing).__name__))
            around = _around.set(_around.get())
        said: dict[str, Any] = {}
        collected = _said.set(said)
        known = {"workflow": workflow} if workflow else {}
        started = time.perf_counter()
        _emit(bus, f"{kind}_start", agent, pattern, known)
        failure: dict[str, Any] = {}
        try:
            return await plain(*args, **kwargs)
        except BaseException as error:
            failure = {"error": _failure(error)}
            raise
        finally:
            length = {"duration_seconds": time.perf_counter() - started}
            _emit(bus, f"{kind}_end", agent, pattern, {**known, **length, **said, **failure})
            _said.reset(collected)
            _around.reset(around)

    traced._vedette_plain = plain  # type: ignore[attr-defined]
    thing.run = traced


def _wire_model(agent: Any, bus: TraceEventBus) -> None:
    plain = getattr(agent.llm, "_vedette_plain", agent.llm)
    name = str(getattr(agent, "name", type(agent).__name__))

    def begun(args: tuple[Any, ...]) -> Callable[[str, dict[str, Any], dict[str, Any]], None]:
        workflow, pattern = _around.get()
        model = getattr(plain, "model", None) or getattr(plain, "_model", None)
        provider = getattr(plain, "provider", None)
        known = {"workflow": workflow or None, "provider": provider, "model": model}
        known = {key: text(one) for key, one in known.items() if one is not None}
        started = time.perf_counter()
        _emit(bus, "llm_call_start", name, pattern, known, {"messages_in": _content(args)})

        def over(what: str, more: dict[str, Any], content: dict[str, Any]) -> None:
            length = {"duration_ms": (time.perf_counter() - started) * 1e3}
            _emit(bus, what, name, pattern, {**known, **length, **more}, content)

        return over

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        over = begun(args)
        try:
            answer = await plain(*args, **kwargs)
        except BaseException as error:
            over("llm_call_error", {"error": _failure(error)}, {})
            raise
        over("llm_call_end", _usage(answer), {"response": _text(answer)})
        return answer

    def called(*args: Any, **kwargs: Any) -> Any:
        over = begun(args)
        try:
            answer = plain(*args, **kwargs)
        except BaseException as error:
            over("llm_call_error", {"error": _failure(error)}, {})
            raise
        over("llm_call_end", _usage(answer), {"response": _text(answer)})
        return answer

    is_async = inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(type(plain).__call__)
    agent.llm = Wired(plain, awaited if is_async else called)


class Wired:
    """A model whose calls are told; it has whatever the model has."""

    def __init__(self, plain: Any, call: Callable[..., Any]) -> None:
        self._vedette_plain = plain
        self._vedette_call = call
        if inspect.iscoroutinefunction(call):
            # As the model itself, it is known to be awaited.
            self.__call__ = call  # type: ignore[method-assign]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._vedette_call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vedette_plain, name)


def _emit(
    bus: TraceEventBus, what: str, agent: str, pattern: str, payload: dict[str, Any], content: Any = None
) -> None:
    try:
        bus.emit(TraceEvent(time.time(), what, agent, pattern, payload, content=content or {}))
    except Exception:
        _guard.report("an event could not be emitted")


def _failure(error: BaseException) -> str:
    return f"{type(error).__name__}: {text(error)}"


def _content(args: tuple[Any, ...]) -> Any:
    from vedette.recorder import message

    sent = args[0] if args else []
    return [message(one) for one in sent] if isinstance(sent, list | tuple) else [message(sent)]


def _usage(answer: Any) -> dict[str, Any]:
    """What an answer says it used, as OpenAI, Anthropic and dicts say it."""
    usage = answer.get("usage") if isinstance(answer, Mapping) else getattr(answer, "usage", None)
    found: dict[str, Any] = {}
    for key, names in (
        ("input_tokens", ("input_tokens", "prompt_tokens")),
        ("output_tokens", ("output_tokens", "completion_tokens")),
    ):
        for name in names:
            count = usage.get(name) if isinstance(usage, Mapping) else getattr(usage, name, None)
            if isinstance(count, int):
                found.setdefault(key, count)
    return found


def _text(answer: Any) -> str:
    if isinstance(answer, Mapping) and isinstance(answer.get("content"), str):
        return str(answer["content"])
    content = getattr(answer, "content", None)
    return content if isinstance(content, str) else text(answer)
