"""The course of this repository, proved lab by lab: a new lab needs no new test.

Each test is parametrised over the folders in `course/`, so a failure names its lab.
"""

from itertools import zip_longest
from pathlib import Path

import pytest

from course_builder import build, verify
from course_builder.lab_cells import Mistake, read_cells, read_mistakes
from course_builder.proof import Case
from grader import grade, load_course
from grader.course import Course, LabSource

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent.name for path in (ROOT / "course").glob("*/lab.md"))
SEED = 11


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(ROOT)


@pytest.fixture(params=FOLDERS, scope="module")
def lab(request, course) -> LabSource:
    return course.lab(request.param)


@pytest.fixture(scope="module")
def graded(course, lab, tmp_path_factory, warm):
    """`graded(cases)`: the report of each, graded as a submission."""

    def graded(cases):
        folder = tmp_path_factory.mktemp("submissions")
        files = []
        for number, case in enumerate(cases):
            files.append(folder / f"{number}-{case.name}")
            files[-1].write_text(case.text(), encoding="utf-8")
        only = [case.only for case in cases]
        return grade(files, course, jobs=2, seed=SEED, only=only, warm=warm)

    return graded


@pytest.fixture(scope="module")
def reports(course, lab, graded):
    """The lab's solution, starter and sheets of mistakes, each with its report, in that order."""
    cells = read_cells(course, lab)
    by_exercise: dict[str, list[Mistake]] = {}
    for mistake in read_mistakes(lab, []):
        by_exercise.setdefault(mistake.exercise, []).append(mistake)
    sheets = [tuple(filter(None, row)) for row in zip_longest(*by_exercise.values())]
    cases = [Case(lab, cells), Case(lab, cells, starter=True)]
    cases += [Case(lab, cells, mistakes) for mistakes in sheets]
    return list(zip(cases, graded(cases), strict=True))


def test_every_folder_is_listed(course):
    assert sorted(lab.folder.name for lab in course.labs) == FOLDERS


def test_reading_it_finds_nothing(course, lab):
    assert [str(found) for found in verify(course, only=[lab.slug], grade=False)] == []


def test_committed_notebooks_are_what_the_source_gives(course, lab):
    changes = build(course, check=True, execute_solutions=False, only=[lab.slug])
    # Who works through the labs in this clone changes notebooks; the kit isn't broken by that.
    assert [str(found) for found in changes.findings if "changed by hand" not in str(found)] == []


def test_the_solution_earns_all_points(lab, reports):
    case, report = reports[0]
    assert [str(found) for found in case.findings(report)] == []
    assert (report.earned, report.points) == (lab.points, lab.points)


def test_the_starter_earns_none(lab, reports):
    case, report = reports[1]
    assert [str(found) for found in case.findings(report)] == []
    assert (report.earned, report.points) == (0, lab.points)


def test_every_mistake_is_met_with_its_own_hint(lab, reports, graded):
    """One mistake of each exercise in a notebook, which is five times as quick as each in its own.

    What goes wrong then may be the doing of the mistakes above it, so it is tried again alone, as
    `labkit verify` tries all of them.
    """
    sheets = reports[2:]
    assert {mistake.exercise for case, _ in sheets for mistake in case.mistakes} == {
        exercise.id for exercise in lab.exercises
    }
    alone = [
        Case(lab, case.cells, (mistake,))
        for case, report in sheets
        for mistake in case.mistakes
        if {mistake.file, lab.lab_file} & {found.file for found in case.findings(report)}
    ]
    again = zip(alone, graded(alone), strict=True) if alone else ()
    assert [str(found) for case, report in again for found in case.findings(report)] == []
