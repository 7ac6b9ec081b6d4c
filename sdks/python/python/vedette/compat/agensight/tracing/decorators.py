"""``trace`` and ``span`` as Agensight has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import vedette
from vedette import Span, trace
from vedette._decorate import wrap

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

    ``input`` and ``output`` go before what was captured. Evaluators in ``metrics`` are named on the span and
    not run.
    """
    if callable(name):
        return wrap(vedette.span(), name)
    names = [str(getattr(metric, "name", type(metric).__name__)) for metric in metrics or ()]
    told = {**(metadata or {}), **({"metrics": names} if names else {})}
    template: Any = vedette.span(name, input=input, metadata=told or None)
    if output is not None:
        template = _Template(template, output)
    return lambda function: wrap(template, function)


class _Template:
    """A span whose output is what its decorator says."""

    def __init__(self, span: Span, output: Any) -> None:
        self._span, self._output = span, output

    def _named(self, name: str) -> _Template:
        return _Template(self._span._named(name), self._output)

    def _again(self, names: tuple[str | None, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call:
        return _Call(self._span._again(names, args, kwargs), self._output)


class _Call:
    """One call of it."""

    def __init__(self, span: Span, output: Any) -> None:
        self._span, self._output = span, output
        self._start, self._attach, self._detach = span._start, span._attach, span._detach

    def __enter__(self) -> _Call:
        self._span.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self._span.__exit__(kind, error, traceback)

    def _result(self, result: Any) -> None:
        self._span._result(result)
        self._span.set_output(self._output)
