"""``trace`` and ``span`` as Agensight has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import vedette
from vedette import Span, trace
from vedette._decorate import wrap
from vedette.compat.agensight._evaluation import evaluate, name_of

__all__ = ["span", "trace"]

Function = TypeVar("Function", bound=Callable[..., Any])


def span(
    name: str | Callable[..., Any] | None = None,
    metadata: dict[str, Any] | None = None,
    input: Any = None,
    output: Any = None,
    metrics: list[Any] | None = None,
) -> Any:
    """Makes each call of a function a span: input, output, times, and what the result says of a model call.

    ``input`` and ``output`` go before what was captured. Evaluators in ``metrics`` judge each call afterwards, in a
    thread of their own: objects with ``measure(case)``, of which the call's ``input`` and ``actual_output`` are told;
    what they find are scores of the span.
    """
    if callable(name):
        return wrap(vedette.span(), name)
    names = [name_of(metric) for metric in metrics or ()]
    told = {**(metadata or {}), **({"metrics": names} if names else {})}
    template: Any = vedette.span(name, input=input, metadata=told or None)
    if output is not None or metrics:
        template = _Template(template, input, output, metrics or [])
    return lambda function: wrap(template, function)


class _Template:
    """A span whose output is what its decorator says, or whose calls are judged."""

    def __init__(self, span: Span, input: Any, output: Any, metrics: list[Any]) -> None:
        self._span, self._input, self._output, self._metrics = span, input, output, metrics

    def _named(self, name: str) -> _Template:
        return _Template(self._span._named(name), self._input, self._output, self._metrics)

    def _again(self, names: tuple[str | None, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call:
        given = {**{name: value for name, value in zip(names, args, strict=False) if name}, **kwargs}
        only = next(iter(given.values())) if len(given) == 1 else given
        input = only if self._input is None else self._input
        return _Call(self._span._again(names, args, kwargs), input, self._output, self._metrics)


class _Call:
    """One call of it."""

    def __init__(self, span: Span, input: Any, output: Any, metrics: list[Any]) -> None:
        self._span, self._input, self._output, self._metrics = span, input, output, metrics
        self._start, self._attach, self._detach = span._start, span._attach, span._detach

    def __enter__(self) -> _Call:
        self._span.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self._span.__exit__(kind, error, traceback)

    def _result(self, result: Any) -> None:
        self._span._result(result)
        if self._output is not None:
            self._span.set_output(self._output)
        if self._metrics:
            evaluate(self._span, self._metrics, self._input, result if self._output is None else self._output)
