"""How a task fails: the name that Retry and Catch match, and the cause beside it."""

from __future__ import annotations

__all__ = ["TaskFault"]


class TaskFault(Exception):
    """A task failed."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
