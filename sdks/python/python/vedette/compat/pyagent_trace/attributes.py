"""As :mod:`vedette.attributes`."""

from vedette.attributes import PyAgentAttributes

__all__ = ["PyAgentAttributes"]
