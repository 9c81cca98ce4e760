"""What only grading shows: solutions earn all points, starters none, each mistake is met with its own hint.

Every notebook of every lab is graded as a learner's submission would be, in the grader's sandbox.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course_builder import notebooks
from course_builder.lab_cells import Cell, Mistake, answer_cell
from grader.course import Course, LabSource
from grader.front_matter import Finding

if TYPE_CHECKING:
    from grader import ExerciseResult, Report

SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Case:
    """One notebook to grade: the solution, the starter, or the solution with mistakes in it.

    Of an exercise there is one mistake at most; the exercises without one are not judged then.
    """

    lab: LabSource
    cells: tuple[Cell, ...]
    mistakes: tuple[Mistake, ...] = ()
    starter: bool = False

    @property
    def name(self) -> str:
        """The file's name, which says what it is."""
        wrong = self.mistakes[0].id if len(self.mistakes) == 1 else "mistakes"
        what = "starter" if self.starter else wrong if self.mistakes else "solution"
        return f"{self.lab.folder.name}--{what}.ipynb"

    @property
    def only(self) -> tuple[str, ...] | None:
        """The exercises that it is about; None for all."""
        return tuple(mistake.exercise for mistake in self.mistakes) or None

    def text(self) -> str:
        """The notebook."""
        if self.starter:
            return notebooks.to_text(notebooks.learner_notebook(self.lab, self.cells))
        if self.mistakes:
            return notebooks.to_text(notebooks.mistake_notebook(self.lab, self.cells, self.mistakes))
        return notebooks.to_text(notebooks.solution_notebook(self.lab, self.cells))

    def findings(self, report: Report) -> list[Finding]:
        """What the report shows that shouldn't be."""
        if report.problems and not report.exercises:
            said = "; ".join(str(problem) for problem in report.problems)
            return [
                Finding(self.lab.lab_file, None, f"{self.name} can't be graded ({said}): mend that first.")
            ]
        found: list[Finding] = []
        made = {mistake.exercise: mistake for mistake in self.mistakes}
        for result in report.exercises:
            mistake = made.get(result.id)
            if made and mistake is None:
                continue
            if str(result.status) == "could-not-run":
                spoken = "the starter" if self.starter else mistake.id if mistake else "the solution"
                found.append(self._at(result.id, f"{spoken} could not be checked ({_why(result)}): mend it."))
            elif mistake is not None:
                found += _mistake_findings(mistake, result)
            elif self.starter:
                if result.earned:
                    message = (
                        f"the starter earns {result.earned} of {result.points} points: a check is too kind."
                    )
                    found.append(self._at(result.id, f"{result.id}: {message}"))
            elif result.earned != result.points:
                message = (
                    f"the solution earns {result.earned} of {result.points} points with seed {report.seed}"
                )
                found.append(
                    self._at(result.id, f"{result.id}: {message} ({_why(result)}): mend one of them.")
                )
        return found

    def _at(self, exercise: str, message: str) -> Finding:
        cell = answer_cell(self.cells, exercise)
        return Finding(self.lab.lab_file, cell.line if cell else None, message)


def prove(
    course: Course,
    labs: Sequence[tuple[LabSource, tuple[Cell, ...], Sequence[Mistake]]],
    *,
    seeds: Sequence[int] = SEEDS,
    jobs: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Grade every lab's solution (once per seed), starter and mistakes; return what is not as it must be."""
    from grader import grade

    work = [(Case(lab, cells), seed) for lab, cells, _ in labs for seed in seeds]
    work += [(Case(lab, cells, starter=True), seeds[0]) for lab, cells, _ in labs]
    work += [
        (Case(lab, cells, (mistake,)), seeds[0]) for lab, cells, mistakes in labs for mistake in mistakes
    ]
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="labkit-verify-") as folder:
        files = []
        for case, _ in work:
            files.append(Path(folder) / case.name)
            files[-1].write_text(case.text(), encoding="utf-8")
        reports = grade(
            files,
            course,
            jobs=jobs,
            seed=[seed for _, seed in work],
            only=[case.only for case, _ in work],
            on_progress=lambda done, total, report: on_progress(done, total) if on_progress else None,
        )
        for (case, _), report in zip(work, reports, strict=True):
            findings += case.findings(report)
    return list(dict.fromkeys(findings))


def _mistake_findings(mistake: Mistake, result: ExerciseResult) -> list[Finding]:
    shown = result.hints[0] if result.hints else ""
    if str(result.status) == "passed":
        message = f"{mistake.exercise} passes with this wrong answer: add a check that fails it."
    elif _same(shown, mistake.hint):
        return []
    elif shown:
        message = (
            f"it brings up “{shown}” in place of its own hint: let a `@mistake` detector or check give that."
        )
    else:
        message = f"it brings up no hint ({_why(result)}): let a `@mistake` detector or check give it."
    return [Finding(mistake.file, 1, message)]


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _why(result: ExerciseResult) -> str:
    """The shortest true reason why an exercise did not pass."""
    for check in result.checks:
        if str(check.status) != "passed":
            seen = f", seen {check.seen!r}" if check.seen is not None else ""
            return f"{check.description}{seen}"[:300]
    return str(result.error or result.message or result.status)[:300]
