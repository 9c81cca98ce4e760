"""The course of this repository, proved lab by lab: a new lab needs no new test.

Each test is parametrised over the folders in `course/`, so a failure names its lab.
"""

from pathlib import Path

import pytest

from course_builder import build, verify
from course_builder.lab_cells import read_cells, read_mistakes
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
def graded(course, lab, tmp_path_factory):
    """The lab's solution, starter and mistakes, each graded as a submission: (case, report) in that order."""
    cells = read_cells(course, lab)
    cases = [Case(lab, cells), Case(lab, cells, starter=True)]
    cases += [Case(lab, cells, mistake) for mistake in read_mistakes(lab, [])]
    folder = tmp_path_factory.mktemp("submissions")
    files = []
    for case in cases:
        files.append(folder / case.name)
        files[-1].write_text(case.text(), encoding="utf-8")
    only = [case.exercise for case in cases]
    return list(zip(cases, grade(files, course, jobs=2, seed=SEED, only=only), strict=True))


def test_every_folder_is_listed(course):
    assert sorted(lab.folder.name for lab in course.labs) == FOLDERS


def test_reading_it_finds_nothing(course, lab):
    assert [str(found) for found in verify(course, only=[lab.slug], grade=False)] == []


def test_committed_notebooks_are_what_the_source_gives(course, lab):
    changes = build(course, check=True, execute_solutions=False, only=[lab.slug])
    # Who works through the labs in this clone changes notebooks; the kit isn't broken by that.
    assert [str(found) for found in changes.findings if "changed by hand" not in str(found)] == []


def test_the_solution_earns_all_points(lab, graded):
    case, report = graded[0]
    assert [str(found) for found in case.findings(report)] == []
    assert (report.earned, report.points) == (lab.points, lab.points)


def test_the_starter_earns_none(lab, graded):
    case, report = graded[1]
    assert [str(found) for found in case.findings(report)] == []
    assert (report.earned, report.points) == (0, lab.points)


def test_every_mistake_is_met_with_its_own_hint(lab, graded):
    mistakes = graded[2:]
    assert {case.mistake.exercise for case, _ in mistakes} == {exercise.id for exercise in lab.exercises}
    assert [str(found) for case, report in mistakes for found in case.findings(report)] == []
