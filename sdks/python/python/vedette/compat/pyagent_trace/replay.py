"""As :mod:`vedette.replay`."""

from vedette.replay import ReplayLLM

__all__ = ["ReplayLLM"]
