"""A report for people: in colour on a terminal, the same words in plain text elsewhere.

Invariant: nothing of a learner's is read as markup, and control characters don't reach the terminal. Colour
never says anything alone: every state has its sign and its word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader.results import NOT_GIVEN, CheckResult, ExerciseResult, Report, Status, readable

if TYPE_CHECKING:
    from rich.console import Console

SIGNS = {Status.PASSED: "✔", Status.FAILED: "✘", Status.COULD_NOT_RUN: "–"}
WORDS = {Status.PASSED: "passed", Status.FAILED: "failed", Status.COULD_NOT_RUN: "could not run"}
_STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.COULD_NOT_RUN: "yellow"}


def print_report(report: Report, console: Console) -> None:
    """Print one report: its points, each exercise, for what failed the reason and the first hint."""
    from rich.text import Text

    def put(text: str, style: str = "") -> None:
        console.print(Text(_visible(text), style=style), soft_wrap=not console.is_terminal)

    points = f"{report.earned} of {report.points} points"
    head = f"{report.submission} · {report.lab or 'no lab'} · {points}, {WORDS[report.status]}"
    put(f"{SIGNS[report.status]} {head}", f"bold {_STYLES[report.status]}")
    for problem in report.problems:
        put(f"  ! {problem}", "yellow")
    for result in report.exercises:
        lines = list(exercise_lines(result))
        put(f"  {lines[0]}", _STYLES[result.status])
        for line in lines[1:]:
            put(f"  {line}")
    if report.protections:
        put(f"  {protections_line(report)}", "dim")
    put("")


def exercise_lines(result: ExerciseResult) -> Iterator[str]:
    """One exercise in lines of text: its state, and if it has not passed why, and the first hint."""
    head = f"{SIGNS[result.status]} {result.id} {result.title}".rstrip()
    yield f"{head}: {WORDS[result.status]}, {result.earned} of {result.points} points"
    if result.status is Status.PASSED:
        return
    if result.message:
        yield from (f"    {line}" for line in result.message.splitlines())
    if result.error:
        yield from (f"    could not run: {line}" for line in result.error.splitlines())
    shown = False
    for check in result.checks:
        yield f"    {SIGNS[check.status]} {check.description}"
        if check.status is Status.FAILED and not shown:
            shown = True
            yield from (f"        {name}: {value}" for name, value in _facts(check))
    if result.hints:
        yield f"    hint: {result.hints[0]}"


def protections_line(report: Report) -> str:
    """Which protections held, and which did not."""
    held = [name for name, held in report.protections.items() if held]
    missing = [name for name, held in report.protections.items() if not held]
    line = f"Protections that held: {', '.join(held) or 'none'}."
    return f"{line} Not here: {', '.join(missing)}." if missing else line


def _facts(check: CheckResult) -> Iterator[tuple[str, str]]:
    pairs = (("expected", check.expected, check.seen), ("seen", check.seen, check.expected))
    for name, value, beside in pairs:
        if value is not NOT_GIVEN:
            yield name, readable(value, beside)
    if check.where:
        yield "where", check.where


def _visible(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
