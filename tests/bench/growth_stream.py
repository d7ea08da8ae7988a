"""What the stream itself costs where much is on it."""

__all__ = ["ROWS"]

ROWS = ()
