"""What grading finds: a report per submission, a result per exercise, a result per check.

Invariant: nothing here depends on when or where grading ran. The same submission with the same seed gives
the same bytes of JSON; `seconds` is the one exception, and is left out unless timings are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

SCHEMA_VERSION = 1
HINT_LEVELS = 3


class Status(StrEnum):
    """The three values of a result. A crash of the grader is `COULD_NOT_RUN`, never a learner's failure."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could-not-run"


class NotGiven(Enum):
    """The type of `NOT_GIVEN`: a failure that names no value there. (None is a value: JSON's null.)"""

    NOT_GIVEN = "not given"


NOT_GIVEN = NotGiven.NOT_GIVEN


def readable(value: Any, beside: Any = NOT_GIVEN) -> str:
    """A value as a learner reads it, next to the value that it is compared with.

    A text stands without quotation marks, unless it would be read as something else: the text "5" beside the
    number 5, an empty text.
    """
    if isinstance(value, str):
        return _readable_text(value, among_texts=beside is NOT_GIVEN or isinstance(beside, str))
    if value is None:
        return "null (None in Python)"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _readable_text(text: str, *, among_texts: bool) -> str:
    if not text:
        return '"" (an empty text)'
    if not all(character.isprintable() or character in "\n\t" for character in text):
        return json.dumps(text)
    if among_texts or not _reads_as_json(text):
        return text
    return f"{json.dumps(text, ensure_ascii=False)} (a text)"


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


@dataclass(frozen=True)
class CheckResult:
    """One check. A hidden check that failed names its property and where to look, no value."""

    name: str
    description: str
    status: Status
    points: int
    earned: int
    expected: Any = NOT_GIVEN
    seen: Any = NOT_GIVEN
    where: str = ""
    hidden: bool = False
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise. `mistake`: the id of the known wrong answer that was recognised; `hints`: its three.

    `message` is for the learner, `error` says what crashed on our side.
    """

    id: str
    title: str
    status: Status
    points: int
    earned: int
    checks: tuple[CheckResult, ...] = ()
    hints: tuple[str, ...] = ()
    mistake: str | None = None
    message: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Report:
    """One submission. `problems`: one sentence for everything that kept a part from being graded as usual.

    `protections`: name -> whether that layer of the sandbox held on this machine.
    """

    submission: str
    lab: str | None
    status: Status
    points: int
    earned: int
    exercises: tuple[ExerciseResult, ...] = ()
    problems: tuple[str, ...] = ()
    protections: dict[str, bool] = field(default_factory=dict)
    seed: int | None = None
    schema_version: int = SCHEMA_VERSION
    seconds: float = field(default=0.0, compare=False)

    def exercise(self, exercise_id: str) -> ExerciseResult:
        """The result of that exercise. Raises `KeyError`."""
        for result in self.exercises:
            if result.id == exercise_id:
                return result
        raise KeyError(f"the report on {self.submission} has no exercise {exercise_id!r}.")


def overall(statuses: Iterable[Status]) -> Status:
    """The status of a whole from its parts': what could not run shadows what failed, that what passed."""
    found = set(statuses)
    for status in (Status.COULD_NOT_RUN, Status.FAILED):
        if status in found:
            return status
    return Status.PASSED


def exit_code(reports: Iterable[Report]) -> int:
    """0: everything passed; 1: something failed; 2: something could not be graded (or nothing was)."""
    statuses = {report.status for report in reports}
    if not statuses or Status.COULD_NOT_RUN in statuses:
        return 2
    return 1 if Status.FAILED in statuses else 0
