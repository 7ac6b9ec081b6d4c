"""Decorators: each call of a function is a run or a span."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, ParamSpec, TypeVar, cast, overload

from vedette import _core

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def trace_agent(name: Function, /) -> Function: ...
@overload
def trace_agent(name: str | None = None, /, **options: Any) -> Callable[[Function], Function]: ...
def trace_agent(name: Any = None, /, **options: Any) -> Any:
    """Make each call of a function a run of an agent, by default named as the function is.

    The options are those of `run`.
    """
    return _core.run(name, **options)


@overload
def trace(name: Function, /) -> Function: ...
@overload
def trace(
    name: str | None = None, session: str | dict[str, Any] | None = None, **attributes: Any
) -> Callable[[Function], Function]: ...
def trace(name: Any = None, session: Any = None, **attributes: Any) -> Any:
    """Make each call of a function a run, in a session of its own if one is given. Other words are its metadata."""
    return _core.run(name, session=session, metadata=attributes or None)


def wrap(template: _core.Span, function: Any) -> Any:
    """Make each call of `function` a span of the template's words."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(wrap(template, function.__func__))
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"vedette decorates functions and methods, not {function!r}")
    template = template._named(getattr(function, "__qualname__", type(function).__name__).rpartition(".")[2])
    names = _parameters(function)
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine(template, function, names)
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(template, function, names)
    if inspect.isgeneratorfunction(function):
        return _wrap_generator(template, function, names)
    return _wrap_function(template, function, names)


def _parameters(function: Callable[..., Any]) -> tuple[str | None, ...]:
    """Name the positional parameters; that of the object a method belongs to is not told."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return ()
    names: list[str | None] = list(code.co_varnames[: code.co_argcount])
    if names and names[0] in ("self", "cls"):
        names[0] = None
    return tuple(names)


def _wrap_function(
    template: _core.Span, function: Callable[Parameters, Result], names: tuple[str | None, ...]
) -> Callable[Parameters, Result]:
    again = template._again

    @functools.wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        with again(names, args, kwargs) as span:
            result = function(*args, **kwargs)
            span._result(result)
            return result

    return call


def _wrap_coroutine(template: _core.Span, function: Callable[..., Any], names: tuple[str | None, ...]) -> Any:
    again = template._again

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with again(names, args, kwargs) as span:
            result = await function(*args, **kwargs)
            span._result(result)
            return result

    return call


class _Items:
    """What a generator gave, as far as is worth keeping."""

    MAX = 1_000

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.count = 0

    def add(self, item: Any) -> None:
        self.count += 1
        if self.count <= self.MAX:
            self.items.append(item)

    def told(self) -> object:
        if self.items and self.count <= self.MAX and all(isinstance(item, str) for item in self.items):
            return "".join(cast("list[str]", self.items))
        return self.items if self.count <= self.MAX else [*self.items, f"[{self.count - self.MAX} more]"]


def _wrap_generator(template: _core.Span, function: Callable[..., Any], names: tuple[str | None, ...]) -> Any:
    again = template._again

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = again(names, args, kwargs)
        generator = function(*args, **kwargs)
        items = _Items()
        span._start()
        send: Callable[[], Any] = functools.partial(next, generator)
        try:
            while True:
                # Current only while the generator runs: between, its caller's span is.
                span._attach()
                try:
                    item = send()
                except StopIteration as stop:
                    span._result(items.told() if stop.value is None else stop.value)
                    span.__exit__(None, None, None)
                    return stop.value
                finally:
                    span._detach()
                items.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    span._attach()
                    try:
                        generator.close()
                    finally:
                        span._detach()
                    span._result(items.told())
                    raise
                except BaseException as error:
                    send = functools.partial(generator.throw, error)
                else:
                    send = functools.partial(generator.send, sent)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise

    return call


def _wrap_async_generator(template: _core.Span, function: Callable[..., Any], names: tuple[str | None, ...]) -> Any:
    again = template._again

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = again(names, args, kwargs)
        generator = function(*args, **kwargs)
        items = _Items()
        span._start()
        send: Callable[[], Any] = generator.__anext__
        try:
            while True:
                span._attach()
                try:
                    item = await send()
                except StopAsyncIteration:
                    span._result(items.told())
                    span.__exit__(None, None, None)
                    return
                finally:
                    span._detach()
                items.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    span._attach()
                    try:
                        await generator.aclose()
                    finally:
                        span._detach()
                    span._result(items.told())
                    raise
                except BaseException as error:
                    send = functools.partial(generator.athrow, error)
                else:
                    send = functools.partial(generator.asend, sent)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise

    return call
