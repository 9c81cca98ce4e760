"""Regular expressions of definitions, which end whatever they are applied to.

Python's own may try for ever (`(a+)+$` on forty letters), and nothing else of the process runs meanwhile. So
a pattern that repeats something is matched by the library `regex`, which gives up after a second.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

__all__ = ["Pattern", "TookTooLong"]

_SECONDS = 1.0
#: A text so short is done with at once by any pattern.
_SHORT = 16


class TookTooLong(Exception):
    """A pattern was applied to a text for more than a second."""


class Pattern:
    """A compiled pattern; `flags` are those of `re`. Raises re.error if it is none."""

    def __init__(self, text: str, flags: int = 0) -> None:
        self.text = text
        self._flags = int(flags)
        self._plain = re.compile(text, flags)
        self._repeats = any(sign in text for sign in "*+{")

    @cached_property
    def _bounded(self) -> Any:
        import regex  # it is needed by few machines

        return regex.compile(self.text, self._flags)

    def search(self, text: str, start: int = 0) -> Any:
        """The first match from `start` on, an object like re.Match; None if there is none."""
        if not self._repeats or len(text) - start <= _SHORT:
            return self._plain.search(text, start)
        try:
            return self._bounded.search(text, start, timeout=_SECONDS)
        except TimeoutError:
            raise TookTooLong from None

    def matches_all(self, text: str) -> bool:
        """Whether the whole text matches."""
        if not self._repeats or len(text) <= _SHORT:
            return self._plain.fullmatch(text) is not None
        try:
            return self._bounded.fullmatch(text, timeout=_SECONDS) is not None
        except TimeoutError:
            raise TookTooLong from None
