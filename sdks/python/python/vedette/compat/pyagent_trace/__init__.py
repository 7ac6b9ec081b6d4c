"""pyagent-trace under its own paths: ``from vedette.compat.pyagent_trace import TraceEventBus``."""

from vedette.attributes import PyAgentAttributes
from vedette.cost import CostTracker
from vedette.decorators import traced_agent, traced_pattern
from vedette.events import TraceEvent, TraceEventBus
from vedette.exporters import TraceExporter
from vedette.recorder import Recorder
from vedette.replay import ReplayLLM
from vedette.spans import PatternSpanEmitter

__all__ = [
    "CostTracker",
    "PatternSpanEmitter",
    "PyAgentAttributes",
    "Recorder",
    "ReplayLLM",
    "TraceEvent",
    "TraceEventBus",
    "TraceExporter",
    "traced_agent",
    "traced_pattern",
]
