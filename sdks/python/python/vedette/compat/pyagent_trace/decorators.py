"""As :mod:`vedette.decorators`."""

from vedette.decorators import traced_agent, traced_pattern

__all__ = ["traced_agent", "traced_pattern"]
