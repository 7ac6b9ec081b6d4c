"""Watch your AI agents: every run, every model call, every tool call, what it cost, whether it worked.

    import vedette

    vedette.init()

    with vedette.run("lead-qualifier") as run:
        ...
        run.set_outcome(True, "qualified")

Before `init` every word does nothing. After it no word raises, waits for the network or loses what it took.
"""

from vedette._configuration import init
from vedette._core import Span, current_run, current_span, extract_traceparent, heartbeat, record, run, span
from vedette._decorate import trace, trace_agent
from vedette._lifecycle import Stats, flush, shutdown, stats
from vedette._said import decision, event, inject_traceparent, log, score, set_outcome

__all__ = [
    "Span",
    "Stats",
    "current_run",
    "current_span",
    "decision",
    "event",
    "extract_traceparent",
    "flush",
    "heartbeat",
    "init",
    "inject_traceparent",
    "log",
    "record",
    "run",
    "score",
    "set_outcome",
    "shutdown",
    "span",
    "stats",
    "trace",
    "trace_agent",
]
