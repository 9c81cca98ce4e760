"""The error a learner sees: one plain sentence, also in a notebook."""

from __future__ import annotations

from typing import NoReturn


class LabkitError(Exception):
    """Something that a learner can put right; its text says what happened and what to do next.

    IPython asks an exception for `_render_traceback_`: this one shows its sentence and no traceback.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def refuse(sentence: str) -> NoReturn:
    """Raise a `LabkitError` that hides where it came from."""
    raise LabkitError(sentence) from None
