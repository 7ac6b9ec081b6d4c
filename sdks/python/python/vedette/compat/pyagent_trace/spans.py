"""As :mod:`vedette.spans`."""

from vedette.spans import PatternSpanEmitter

__all__ = ["PatternSpanEmitter"]
