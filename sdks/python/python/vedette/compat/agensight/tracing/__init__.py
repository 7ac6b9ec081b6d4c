"""Where Agensight keeps its decorators."""
