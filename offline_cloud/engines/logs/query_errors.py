"""What is wrong with a query, and where."""

from __future__ import annotations

__all__ = ["MalformedQuery", "UnsupportedCommand"]


class MalformedQuery(ValueError):
    """A query that cannot be compiled; `start` and `end` are offsets of characters in it."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class UnsupportedCommand(NotImplementedError):
    """A command that AWS has and this engine hasn't."""
