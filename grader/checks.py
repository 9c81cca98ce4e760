"""What a lab's `checks.py` is written with: `@check`, `@mistake` and `Failure`; and how it is read.

Terms: a *check* judges one property of what the learner built; its docstring is the line that the learner
reads. A *mistake* is a known wrong answer: a detector that recognises it, and the hints that help there.
An *exercise* passes when all of its checks do.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from grader.front_matter import CourseError, Finding
from grader.results import HINT_LEVELS, NOT_GIVEN

if TYPE_CHECKING:
    from grader.course import LabSource
    from grader.lab import Lab

Assertion = Callable[["Lab"], None]
Detector = Callable[["Lab"], bool | str]


class Failure(Exception):
    """The learner's work doesn't have the property: what was expected, what was seen, where to look.

    `where` is shown even if the check is hidden, so it must not hold a part of an input; `path` (the place
    in the value that was seen, set by `lab.expect`) is not.
    """

    def __init__(
        self, expected: Any = NOT_GIVEN, seen: Any = NOT_GIVEN, where: str = "", *, path: str = ""
    ) -> None:
        self.expected, self.seen, self.where, self.path = expected, seen, where, path
        super().__init__(where)


@dataclass(frozen=True)
class Check:
    """One check of an exercise. `needs`: names of checks that must have passed before it is worth running."""

    exercise: str
    name: str
    description: str
    points: int
    hints: tuple[str, ...]
    hidden: bool
    needs: tuple[str, ...]
    function: Assertion = field(repr=False)


@dataclass(frozen=True)
class Mistake:
    """One known wrong answer of an exercise, and what recognises it."""

    exercise: str
    name: str
    hints: tuple[str, ...]
    function: Detector = field(repr=False)


@dataclass(frozen=True)
class LabChecks:
    """What a lab's checks are, in their order."""

    checks: tuple[Check, ...]
    mistakes: tuple[Mistake, ...]

    def of(self, exercise: str) -> tuple[tuple[Check, ...], tuple[Mistake, ...]]:
        """The checks and the mistakes of one exercise."""
        return (
            tuple(check for check in self.checks if check.exercise == exercise),
            tuple(mistake for mistake in self.mistakes if mistake.exercise == exercise),
        )


def check(
    exercise: str,
    points: int = 1,
    hints: Sequence[str] = (),
    hidden: bool = False,
    needs: Sequence[str] = (),
) -> Callable[[Assertion], Assertion]:
    """Declare a check of `exercise`.

    It passes unless it raises `Failure`; any other error is a crash of ours.
    """

    def declare(function: Assertion) -> Assertion:
        name = function.__name__
        description = " ".join((function.__doc__ or name.replace("_", " ")).split())
        given = (exercise, name, description, points, _texts(hints), hidden, _texts(needs), function)
        _declared().append(Check(*given))
        return function

    return declare


def mistake(name: str, exercise: str, hints: Sequence[str]) -> Callable[[Detector], Detector]:
    """Declare a known wrong answer. The detector runs when a check of the exercise failed.

    It answers False, or True, or the evidence as a sentence that the learner reads.
    """

    def declare(function: Detector) -> Detector:
        _declared().append(Mistake(exercise, name, _texts(hints), function))
        return function

    return declare


def load_checks(lab: LabSource) -> LabChecks:
    """Execute the lab's `checks.py`, or the files of its `checks/`, and give what they declare.

    In `checks/` each file may import what `__init__.py` defines: `from . import price_list`. Raises
    `CourseError` with every finding. Call it only where no learner's code runs: from then on this process
    holds the checks.
    """
    sources: list[tuple[Path, bytes]] = []
    for file in lab.checks_files:
        try:
            sources.append((file, file.read_bytes()))
        except OSError as error:
            raise CourseError([Finding(file, None, f"it can't be read ({error.strerror}).")]) from None
    key = tuple(sources)
    if key not in _loaded:
        _loaded[key] = _execute(lab.folder.name, sources)
    found = _loaded[key]
    findings = _findings(lab, found)
    if findings:
        raise CourseError(findings)
    return found


_loaded: dict[tuple[tuple[Path, bytes], ...], LabChecks] = {}
_collecting = threading.local()


def _declared() -> list[Check | Mistake]:
    """The list that the file being executed adds to; outside of `load_checks` what is declared is dropped."""
    found: list[Check | Mistake] | None = getattr(_collecting, "found", None)
    return [] if found is None else found


def _start_collecting() -> list[Check | Mistake]:
    found: list[Check | Mistake] = []
    _collecting.found = found
    return found


def _execute(lab: str, sources: Sequence[tuple[Path, bytes]]) -> LabChecks:
    found = _start_collecting()
    package = f"_labkit_checks_{lab.replace('-', '_')}"
    try:
        for file, source in sources:
            _execute_file(package, file, source)
    finally:
        _collecting.found = None
    return LabChecks(
        tuple(item for item in found if isinstance(item, Check)),
        tuple(item for item in found if isinstance(item, Mistake)),
    )


def _execute_file(package: str, file: Path, source: bytes) -> None:
    is_package = file.stem in ("checks", "__init__")
    name = package if is_package else f"{package}.{file.stem}"
    module = ModuleType(name)
    module.__file__, module.__package__ = str(file), package
    sys.modules[name] = module  # dataclasses and pickle look a module up by its name
    try:
        code: CodeType = compile(source, str(file), "exec")
        exec(code, module.__dict__)  # noqa: S102 - the course's own code, as pytest runs a test file
    except SyntaxError as error:
        raise CourseError([Finding(file, error.lineno, f"it is no Python: {error.msg}.")]) from None
    except Exception as error:
        _refuse(file, error)


def _refuse(file: Path, error: Exception) -> NoReturn:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    message = f"it can't be imported: {type(error).__name__}: {error}"
    raise CourseError([Finding(file, line, message)]) from error


def _findings(lab: LabSource, found: LabChecks) -> list[Finding]:
    known = {exercise.id for exercise in lab.exercises}
    findings: list[Finding] = []

    def add(item: Check | Mistake, message: str) -> None:
        code = item.function.__code__
        findings.append(Finding(Path(code.co_filename), code.co_firstlineno, f"`{item.name}`: {message}"))

    everything: list[Check | Mistake] = [*found.checks, *found.mistakes]
    for item in everything:
        if item.exercise not in known:
            add(item, f"the lab has no exercise {item.exercise!r}: it has {', '.join(sorted(known))}.")
        if item.hints and len(item.hints) != HINT_LEVELS:
            add(
                item, f"it has {len(item.hints)} hints: give {HINT_LEVELS} (question, concept, partial code)."
            )
    for number, item in enumerate(found.checks):
        before = [one.name for one in found.checks[:number] if one.exercise == item.exercise]
        if item.name in before:
            add(item, "another check of this exercise has the same name: rename one.")
        for need in item.needs:
            if need not in before:
                add(item, f"it needs `{need}`, which is no check of {item.exercise} above it.")
        if item.points < 0:
            add(item, "its points are below zero.")
    return findings


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
