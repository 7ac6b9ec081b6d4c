from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, Literal, TypeVar, final, overload

from opentelemetry.trace import SpanContext

__all__ = [
    "OtelScope",
    "Recording",
    "Span",
    "TraceSpan",
    "after_fork",
    "configure",
    "current_run",
    "current_span",
    "extract_traceparent",
    "flush",
    "heartbeat",
    "json_text",
    "record",
    "record_otel_span",
    "run",
    "settle",
    "share_traces",
    "shutdown",
    "span",
    "start_otel_span",
    "stats",
    "strict",
    "traceparent",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])

@final
class Span:
    """A span or a run. It starts when its `with` block is entered and ends when that is left."""

    @property
    def id(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def parent_id(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def traceparent(self) -> str: ...
    def __enter__(self) -> Span: ...
    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None, /
    ) -> Literal[False]: ...
    async def __aenter__(self) -> Span: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None, /
    ) -> Literal[False]: ...
    def __call__(self, function: _Function) -> _Function: ...
    def set_outcome(self, success: bool | None, outcome: object = None) -> None: ...
    def set_input(self, value: object) -> None: ...
    def set_output(self, value: object) -> None: ...
    def log(self, message: object, level: str = "info", **data: Any) -> None: ...
    def decision(
        self,
        choice: object,
        *,
        name: str | None = None,
        options: object = None,
        reason: str | None = None,
        **data: Any,
    ) -> None: ...
    def score(
        self,
        name: str,
        value: object,
        *,
        reason: str | None = None,
        source: str | None = None,
        id: str | None = None,
    ) -> None: ...
    def event(self, name: str, **data: Any) -> None: ...
    def end(self, end_time: int | None = None) -> None: ...
    def is_recording(self) -> bool: ...
    def get_span_context(self) -> SpanContext: ...
    def set_attribute(self, key: str, value: object) -> None: ...
    def set_attributes(self, attributes: Mapping[str, Any]) -> None: ...
    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None: ...
    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None: ...
    def update_name(self, name: str) -> None: ...
    def set_status(self, status: Any, description: str | None = None) -> None: ...
    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None: ...
    def _named(self, name: str) -> Span: ...
    def _again(self, names: tuple[str | None, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span: ...
    def _start(self) -> None: ...
    def _attach(self) -> None: ...
    def _detach(self) -> None: ...
    def _result(self, result: object) -> None: ...

@final
class OtelScope:
    def __new__(cls, name: str, version: str) -> OtelScope: ...

@overload
def span(
    name: _Function,
    *,
    kind: str | None = None,
    span_type: str | None = None,
    input: Any = None,
    attributes: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> _Function: ...
@overload
def span(
    name: str | None = None,
    *,
    kind: str | None = None,
    span_type: str | None = None,
    input: Any = None,
    attributes: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Span: ...
@overload
def run(
    agent: _Function,
    *,
    session: str | dict[str, Any] | None = None,
    user_id: str | None = None,
    customer_id: str | None = None,
    feature: str | None = None,
    workflow: str | None = None,
    pattern: str | None = None,
    version: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Any = None,
    attributes: dict[str, Any] | None = None,
    parent_run_id: str | None = None,
    incoming_traceparent: Any = None,
    id: str | None = None,
) -> _Function: ...
@overload
def run(
    agent: str | None = None,
    *,
    session: str | dict[str, Any] | None = None,
    user_id: str | None = None,
    customer_id: str | None = None,
    feature: str | None = None,
    workflow: str | None = None,
    pattern: str | None = None,
    version: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Any = None,
    attributes: dict[str, Any] | None = None,
    parent_run_id: str | None = None,
    incoming_traceparent: Any = None,
    id: str | None = None,
) -> Span: ...
def record(
    agent: str,
    success: bool | None = None,
    outcome: str | None = None,
    cost: Any = None,
    duration_ms: float | None = None,
    *,
    session: str | dict[str, Any] | None = None,
    user_id: str | None = None,
    customer_id: str | None = None,
    feature: str | None = None,
    version: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Any = None,
    output: Any = None,
    error: str | None = None,
    attributes: dict[str, Any] | None = None,
    parent_run_id: str | None = None,
) -> str: ...
def heartbeat(
    agent: str,
    status: str = "ok",
    cost_usd: Any = None,
    duration_ms: float | None = None,
    *,
    id: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> str: ...
def current_span() -> Span | None: ...
def current_run() -> Span | None: ...
def traceparent() -> str | None: ...
def extract_traceparent(headers: Any) -> tuple[str, str] | None: ...
def json_text(value: object) -> str: ...
def start_otel_span(
    scope: OtelScope,
    name: str,
    context: Any = None,
    kind: int = 0,
    attributes: Mapping[str, Any] | None = None,
    start_time: int | None = None,
) -> Span: ...
def share_traces() -> None: ...
def record_otel_span(scope: OtelScope, span: Any) -> None: ...
def configure(
    *,
    endpoint: str,
    api_key: str | None,
    region: str,
    resource: dict[str, Any],
    facts: dict[str, Any],
    session: dict[str, Any],
    parent_run: str | None,
    redact_defaults: bool,
    redact_keys: list[str],
    redact_patterns: list[str],
    redact_call: Callable[[str, Any], Any] | None,
    sample: float,
    spool: str | PathLike[str] | None,
    spool_bytes: int | None,
) -> None: ...
def flush(timeout: float) -> bool: ...
def shutdown(timeout: float) -> bool: ...
def settle() -> None: ...
def after_fork() -> None: ...
def stats() -> dict[str, Any]: ...
def strict(yes: bool) -> None: ...

@final
class Recording:
    """A file of events, read whole."""

    @staticmethod
    def load(path: str | PathLike[str]) -> Recording: ...
    @property
    def skipped(self) -> int: ...
    def spans(self) -> list[TraceSpan]: ...
    def query(
        self,
        event_type: str | None,
        agent_name: str | None,
        model: str | None,
        run_id: str | None,
        min_duration_ms: float | None,
        max_duration_ms: float | None,
    ) -> list[int]: ...
    def summary(self) -> dict[str, Any]: ...

@final
class TraceSpan:
    """One event of a file."""

    @property
    def event_type(self) -> str: ...
    @property
    def agent_name(self) -> str: ...
    @property
    def timestamp(self) -> str: ...
    @property
    def duration_ms(self) -> float: ...
    @property
    def tokens(self) -> int: ...
    @property
    def model(self) -> str | None: ...
    @property
    def cost_estimate(self) -> float | None: ...
    @property
    def input_tokens(self) -> int | None: ...
    @property
    def output_tokens(self) -> int | None: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def workflow(self) -> str | None: ...
    @property
    def pattern(self) -> str | None: ...
    @property
    def data(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
