"""`verify`: prove a course, by reading it (`lint`) and by grading it (`proof`); all findings at once."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence

from course_builder import lint
from course_builder.lab_cells import Cell, Mistake, read_cells, read_mistakes
from course_builder.proof import SEEDS, prove
from grader.course import Course, LabSource
from grader.front_matter import CourseError, Finding


def verify(
    course: Course,
    *,
    seeds: Sequence[int] = SEEDS,
    jobs: int | None = None,
    only: Sequence[str] | None = None,
    today: datetime.date | None = None,
    grade: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Every finding about a course, sorted by file and line; an empty list is a proved course.

    `only` restricts the work to labs of these slugs; `grade=False` leaves out what needs a cloud. `today`
    is the day against which facts are dated.
    """
    findings = lint.course_findings(course, today or datetime.date.today())  # noqa: DTZ011 - a date, not a moment
    provable: list[tuple[LabSource, tuple[Cell, ...], Sequence[Mistake]]] = []
    for lab in course.labs:
        if only is not None and lab.slug not in only and lab.folder.name not in only:
            continue
        cells = read_cells(course, lab)
        broken = lint.cell_findings(lab, cells)
        findings += [*broken, *lint.lab_findings(course, lab, cells)]
        mistakes = read_mistakes(lab, findings)
        try:
            findings += _check_findings(lab, mistakes)
        except CourseError as error:
            findings += error.findings
            broken = [*broken, *error.findings]
        if not broken:
            findings += lint.leak_findings(lab, cells)
            provable.append((lab, cells, mistakes))
    if grade and provable:
        workers = jobs or os.cpu_count() or 1
        findings += prove(course, provable, seeds=seeds, jobs=workers, on_progress=on_progress)
    return sorted(set(findings), key=lambda found: (found.file, found.line or 0, found.message))


def _check_findings(lab: LabSource, mistakes: Sequence[Mistake]) -> list[Finding]:
    from grader import load_checks

    loaded = load_checks(lab)
    findings = lint.hint_findings(lab, loaded.checks, loaded.mistakes, mistakes)
    for exercise in lab.exercises:
        points = sum(check.points for check in loaded.checks if check.exercise == exercise.id)
        if points != exercise.points:
            number = lab.exercises.index(exercise)
            line = lab.document.line("labkit", "exercises", number, "points")
            message = (
                f"{exercise.id} has {exercise.points} points, its checks add up to {points}: make them equal."
            )
            findings.append(Finding(lab.lab_file, line, message))
    return findings
