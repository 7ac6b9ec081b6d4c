"""`init`: what is recorded and where it goes, from arguments and the environment. Misuse raises here."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from vedette import _core, _lifecycle, _otel

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"


def init(
    api_key: str | None = None,
    *,
    name: str | None = None,
    session: str | dict[str, Any] | None = None,
    endpoint: str | None = None,
    region: str | None = None,
    environment: str | None = None,
    tags: Iterable[str] | None = None,
    redact: Any = None,
    sample: float | None = None,
    instrument: bool | Iterable[str] | None = None,
    capture_content: bool | None = None,
    parent_run: str | None = None,
    spool: str | os.PathLike[str] | None = None,
    spool_bytes: int | None = None,
) -> None:
    """Begin to record, or record otherwise from now on.

    What is not given is read from the environment (`VEDETTE_ENDPOINT`, `VEDETTE_API_KEY`, and so on), else it is:

    - `endpoint`: `http://127.0.0.1:4318`, the server on this machine. Any OTLP server will do.
    - `name`: the program's, told as `service.name`.
    - `session`: an id or a dict of `id`, `name` and `user_id`, for all runs that name none of their own.
    - `region`: `eu` or `us`, as it stands in run ids.
    - `redact`: what is taken out before anything is kept: a key (text), a regular expression (`re.compile`), a
      function of key and value, or several of these, beside common secrets, which are always taken out.
      `False` takes out nothing.
    - `sample`: the share of runs that are recorded, 1.
    - `instrument`: whether libraries that call models and tools are captured, yes; or the names of those that are.
    - `capture_content`: whether what is said in captured calls is kept, yes; else only models, tokens and times are.
    - `parent_run`: the run that this process works for.
    - `spool`, `spool_bytes`: where and how much is kept for a server that is away.
    """
    keys, patterns, call, defaults = _redaction(redact)
    chosen_tags = _tags(tags)
    chosen_environment = _text(environment, "VEDETTE_ENVIRONMENT")
    captured = _captured(instrument)
    captures_content = _flag(capture_content, "VEDETTE_CAPTURE_CONTENT")
    if captured and not captures_content:
        from vedette.instrument import SAID

        keys += SAID
    facts: dict[str, Any] = {"vedette.environment": chosen_environment, "vedette.tags": chosen_tags or None}
    # Loaded now rather than in the first span.
    _otel.prepare()
    _core.configure(
        endpoint=_text(endpoint, "VEDETTE_ENDPOINT") or DEFAULT_ENDPOINT,
        api_key=_text(api_key, "VEDETTE_API_KEY"),
        region=_text(region, "VEDETTE_REGION") or "eu",
        resource=_resource(_text(name, "VEDETTE_NAME") or os.environ.get("OTEL_SERVICE_NAME"), chosen_environment),
        facts=facts,
        session=_session(session if session is not None else os.environ.get("VEDETTE_SESSION")),
        parent_run=_text(parent_run, "VEDETTE_PARENT_RUN"),
        redact_defaults=defaults,
        redact_keys=keys,
        redact_patterns=patterns,
        redact_call=call,
        sample=_sample(sample),
        spool=Path(chosen) if (chosen := spool or os.environ.get("VEDETTE_SPOOL")) else None,
        spool_bytes=spool_bytes if spool_bytes is not None else _bytes(os.environ.get("VEDETTE_SPOOL_BYTES")),
    )
    _lifecycle.set_hooks()
    _otel.offer_provider()
    _lifecycle.leave_libraries()
    if captured:
        from vedette.instrument import instrument as capture

        capture(captured, capture_content=captures_content)


def _text(given: str | None, variable: str) -> str | None:
    if given is None:
        return os.environ.get(variable) or None
    if not isinstance(given, str):
        raise TypeError(f"{variable.removeprefix('VEDETTE_').lower()} must be text, not {given!r}")
    return given


def _captured(given: bool | Iterable[str] | None) -> tuple[str, ...]:
    """Name the libraries that are captured."""
    word = os.environ.get("VEDETTE_INSTRUMENT") or "1"
    if given is None:
        given = _FLAGS[word.lower()] if word.lower() in _FLAGS else [name.strip() for name in word.split(",")]
    if given is False:
        return ()
    from vedette.instrument import TARGETS

    if isinstance(given, str):
        raise TypeError(f"instrument must be true, false or a list of names, not {given!r}")
    names = TARGETS if given is True else tuple(given)
    for name in names:
        if name not in TARGETS:
            raise ValueError(f"instrument: {name!r} is none of the libraries that are captured: {', '.join(TARGETS)}")
    return names


_FLAGS = {"0": False, "false": False, "no": False, "off": False, "1": True, "true": True, "yes": True, "on": True}


def _flag(given: bool | None, variable: str) -> bool:
    if given is not None:
        return bool(given)
    word = os.environ.get(variable) or "1"
    if word.lower() not in _FLAGS:
        raise ValueError(f"{variable} must be true or false, not {word!r}")
    return _FLAGS[word.lower()]


def _sample(given: float | None) -> float:
    share: Any = given if given is not None else os.environ.get("VEDETTE_SAMPLE") or 1.0
    try:
        return float(share)
    except (TypeError, ValueError):
        raise ValueError(f"sample must be a number from 0 to 1, not {share!r}") from None


def _bytes(word: str | None) -> int | None:
    if not word:
        return None
    if not word.isdecimal():
        raise ValueError(f"VEDETTE_SPOOL_BYTES must be a whole number, not {word!r}")
    return int(word)


def _tags(given: Iterable[str] | None) -> list[str]:
    if given is None:
        given = os.environ.get("VEDETTE_TAGS", "").split(",")
    if isinstance(given, str):
        raise TypeError(f"tags must be a list of text, not {given!r}")
    tags = list(given)
    if not all(isinstance(tag, str) for tag in tags):
        raise TypeError(f"tags must be a list of text, not {tags!r}")
    return [tag.strip() for tag in tags if tag.strip()]


def _session(session: Any) -> dict[str, Any]:
    if session is None or session == "":
        return {}
    if isinstance(session, str):
        return {"session.id": session}
    if isinstance(session, dict) and isinstance(session.get("id"), str) and session["id"]:
        return {
            "session.id": session["id"],
            "vedette.session.name": session.get("name"),
            "user.id": session.get("user_id"),
        }
    raise ValueError(f"session must be an id or a dict with an id, not {session!r}")


def _resource(name: str | None, environment: str | None) -> dict[str, Any]:
    resource: dict[str, Any] = {}
    for pair in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, sign, value = pair.partition("=")
        if sign:
            resource[key.strip()] = value.strip()
    program = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c", "-m") else ""
    resource["service.name"] = name or resource.get("service.name") or program or "unknown_service:python"
    if environment:
        resource["deployment.environment.name"] = environment
    resource["host.name"] = socket.gethostname()
    resource["telemetry.sdk.language"] = "python"
    return resource


def _redaction(given: Any) -> tuple[list[str], list[str], Callable[[str, Any], Any] | None, bool]:
    if given is None or given is True:
        return [], [], None, True
    if given is False:
        return [], [], None, False
    rules = [given] if isinstance(given, (str, re.Pattern)) or callable(given) else list(given)
    keys: list[str] = []
    patterns: list[str] = []
    calls: list[Callable[[str, Any], Any]] = []
    for rule in rules:
        if isinstance(rule, str):
            keys.append(rule)
        elif isinstance(rule, re.Pattern):
            patterns.append(_pattern(rule))
        elif callable(rule):
            calls.append(rule)
        else:
            raise TypeError(f"redact takes keys, regular expressions and functions, not {rule!r}")
    return keys, patterns, _chain(calls), True


def _pattern(rule: re.Pattern[str]) -> str:
    if not isinstance(rule.pattern, str):
        raise TypeError(f"redact takes regular expressions of text, not {rule!r}")
    flags = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x"}
    letters = "".join(letter for flag, letter in flags.items() if rule.flags & flag)
    return f"(?{letters}){rule.pattern}" if letters else rule.pattern


def _chain(calls: list[Callable[[str, Any], Any]]) -> Callable[[str, Any], Any] | None:
    if len(calls) <= 1:
        return calls[0] if calls else None

    def chained(key: str, value: Any) -> Any:
        for call in calls:
            value = call(key, value)
        return value

    return chained
