"""The one exception by which an evaluation fails."""

from __future__ import annotations

__all__ = ["StatesError"]


class StatesError(Exception):
    """A state failed: `error` is the name that Retry and Catch match, `cause` the sentence beside it."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.error}: {self.cause}"
