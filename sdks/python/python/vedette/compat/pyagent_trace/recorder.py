"""As :mod:`vedette.recorder`."""

from vedette.recorder import RecordEntry, Recorder

__all__ = ["RecordEntry", "Recorder"]
