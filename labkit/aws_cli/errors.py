"""What goes wrong with a command line, and the exit code of the AWS CLI for it."""

from __future__ import annotations

__all__ = ["CommandError", "UsageError"]


class CommandError(Exception):
    """A line that can't be carried out; `code` is the exit code."""

    code = 255

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class UsageError(CommandError):
    """A line that is no command: an unknown word, a missing option."""

    code = 252
