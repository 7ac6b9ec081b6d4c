"""As :mod:`vedette.cost`."""

from vedette.cost import CostEntry, CostTracker

__all__ = ["CostEntry", "CostTracker"]
